// passes: dce
// weight: w f32 3
// weight: v f32 3
// Weights that nothing names are dropped with the operations.
!w = !ts.val<"Tensor[f32; 3; contiguous]">
func.func @f() -> !w {
  %w = "ts.weight"() <{symbol = "w"}> : () -> !w
  %v = "ts.weight"() <{symbol = "v"}> : () -> !w
  func.return %w : !w
}
// ----- after
builtin.module {
  func.func @f() -> !ts.val<"Tensor[f32; 3; contiguous]"> {
    %w = "ts.weight"() <{symbol = "w"}> : () -> !ts.val<"Tensor[f32; 3; contiguous]">
    func.return %w : !ts.val<"Tensor[f32; 3; contiguous]">
  }
}
