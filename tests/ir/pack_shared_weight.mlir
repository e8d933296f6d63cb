// passes: fold pack dce
// weight: w f32 4 2
// The transposed weight is packed; the plain one is kept for its other use.
!x = !ts.val<"Tensor[f32; N, 2]">
!w = !ts.val<"Tensor[f32; 4, 2; contiguous]">
!v = !ts.val<"Tensor[f32; 2, 4]">
!y = !ts.val<"Tensor[f32; N, 4; contiguous]">
!p = !ts.val<"Tuple[Tensor[f32; N, 4; contiguous], Tensor[f32; 4, 2; contiguous]]">
func.func @f(%x : !x) -> !p {
  %w0 = "ts.weight"() <{symbol = "w"}> : () -> !w
  %w = "ts.aten"(%w0) <{op = "t", effects = "view"}> : (!w) -> !v
  %m = "ts.matmul"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
  ^bb0(%s : f32):
    "ts.yield"(%s) : (f32) -> ()
  }) : (!x, !v) -> !y
  %p = "ts.tuple"(%m, %w0) : (!y, !w) -> !p
  func.return %p : !p
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32; N, 2]">) -> !ts.val<"Tuple[Tensor[f32; N, 4; contiguous], Tensor[f32; 4, 2; contiguous]]"> {
    %w0 = "ts.weight"() <{symbol = "w"}> : () -> !ts.val<"Tensor[f32; 4, 2; contiguous]">
    %w = "ts.weight"() <{symbol = "w.t.panel"}> : () -> !ts.val<"Tensor[f32; 2, 4; contiguous]">
    %m = "ts.matmul"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>, packed = "panel"}> ({
    ^bb0(%s: f32):
      "ts.yield"(%s) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; N, 2]">, !ts.val<"Tensor[f32; 2, 4; contiguous]">) -> !ts.val<"Tensor[f32; N, 4; contiguous]">
    %p = "ts.tuple"(%m, %w0) : (!ts.val<"Tensor[f32; N, 4; contiguous]">, !ts.val<"Tensor[f32; 4, 2; contiguous]">) -> !ts.val<"Tuple[Tensor[f32; N, 4; contiguous], Tensor[f32; 4, 2; contiguous]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32; N, 4; contiguous], Tensor[f32; 4, 2; contiguous]]">
  }
}
