// passes: fold dce
// Constant scalars become constants of the kernel's body.
!t = !ts.val<"Tensor[f32]">
!c = !ts.val<"Tensor[f32; ...; contiguous]">
func.func @f(%x : !t) -> !c {
  %k = arith.constant 2.500000e+00 : f64
  %b = "ts.generic"(%x, %k) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
  ^bb0(%e0 : f32, %s : f64):
    %n = arith.truncf %s : f64 to f32
    %r = arith.mulf %e0, %n : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t, f64) -> !c
  func.return %b : !c
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]"> {
    %b = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0: f32):
      %s = arith.constant 2.500000e+00 : f64
      %n = arith.truncf %s : f64 to f32
      %r = arith.mulf %e0, %n : f32
      "ts.yield"(%r) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    func.return %b : !ts.val<"Tensor[f32; ...; contiguous]">
  }
}
