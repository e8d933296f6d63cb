// passes: fuse
// The producer reads x, which is written before its result is used.
!t = !ts.val<"Tensor[f32]">
!c = !ts.val<"Tensor[f32; ...; contiguous]">
func.func @f(%x : !t, %y : !t) -> !c {
  %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t) -> !c
  %w = "ts.aten"(%y) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!t) -> !t
  %b = "ts.generic"(%a, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.mulf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!c, !t) -> !c
  func.return %b : !c
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %y: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]"> {
    %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0: f32):
      %r = math.exp %e0 : f32
      "ts.yield"(%r) : (f32) -> ()
    }) {ts.not_fused = "what it reads is written before it is used"} : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    %w = "ts.aten"(%y) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %b = "ts.generic"(%a, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e0_1: f32, %e1: f32):
      %r_1 = arith.mulf %e0_1, %e1 : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; ...; contiguous]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    func.return %b : !ts.val<"Tensor[f32; ...; contiguous]">
  }
}
