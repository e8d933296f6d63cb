// passes: fold
// weight: w f32 2 3
// A new tensor made of a weight stays an operation when it is written later.
!w = !ts.val<"Tensor[f32; 2, 3; contiguous]">
func.func @f() -> !w {
  %w = "ts.weight"() <{symbol = "w"}> : () -> !w
  %a = "ts.aten"(%w) <{op = "relu", effects = "read"}> : (!w) -> !w
  %b = "ts.aten"(%a) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!w) -> !w
  func.return %b : !w
}
// ----- after
builtin.module {
  func.func @f() -> !ts.val<"Tensor[f32; 2, 3; contiguous]"> {
    %w = "ts.weight"() <{symbol = "w"}> : () -> !ts.val<"Tensor[f32; 2, 3; contiguous]">
    %a = "ts.aten"(%w) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32; 2, 3; contiguous]">) -> !ts.val<"Tensor[f32; 2, 3; contiguous]">
    %b = "ts.aten"(%a) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!ts.val<"Tensor[f32; 2, 3; contiguous]">) -> !ts.val<"Tensor[f32; 2, 3; contiguous]">
    func.return %b : !ts.val<"Tensor[f32; 2, 3; contiguous]">
  }
}
