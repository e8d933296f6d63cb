// passes: fuse
// exp of one column would be computed for each element of the matrix: it stays.
!m = !ts.val<"Tensor[f32; 8, 4; contiguous]">
!k = !ts.val<"Tensor[f32; 8, 1; contiguous]">
func.func @f(%x : !m, %y : !k) -> !m {
  %a = "ts.generic"(%y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!k) -> !k
  %b = "ts.generic"(%x, %a) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.mulf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!m, !k) -> !m
  func.return %b : !m
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32; 8, 4; contiguous]">, %y: !ts.val<"Tensor[f32; 8, 1; contiguous]">) -> !ts.val<"Tensor[f32; 8, 4; contiguous]"> {
    %a = "ts.generic"(%y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0: f32):
      %r = math.exp %e0 : f32
      "ts.yield"(%r) : (f32) -> ()
    }) {ts.not_fused = "it is smaller than the kernel that uses it and costly to compute for each of its elements"} : (!ts.val<"Tensor[f32; 8, 1; contiguous]">) -> !ts.val<"Tensor[f32; 8, 1; contiguous]">
    %b = "ts.generic"(%x, %a) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e0_1: f32, %e1: f32):
      %r_1 = arith.mulf %e0_1, %e1 : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; 8, 4; contiguous]">, !ts.val<"Tensor[f32; 8, 1; contiguous]">) -> !ts.val<"Tensor[f32; 8, 4; contiguous]">
    func.return %b : !ts.val<"Tensor[f32; 8, 4; contiguous]">
  }
}
