// passes: fuse
// The consumer writes x while the producer would read a view of it: they stay apart. Reading x itself is no problem.
!t = !ts.val<"Tensor[f32]">
!c = !ts.val<"Tensor[f32; ...; contiguous]">
func.func @view(%x : !t) -> !t {
  %v = "ts.aten"(%x) <{op = "t", effects = "view"}> : (!t) -> !t
  %a = "ts.generic"(%v) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t) -> !c
  %b = "ts.generic"(%a, %x, %x) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 1, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.addf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!c, !t, !t) -> !t
  func.return %b : !t
}
func.func @itself(%x : !t) -> !t {
  %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t) -> !c
  %b = "ts.generic"(%a, %x, %x) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 1, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.addf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!c, !t, !t) -> !t
  func.return %b : !t
}
// ----- after
builtin.module {
  func.func @view(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    %v = "ts.aten"(%x) <{op = "t", effects = "view"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %a = "ts.generic"(%v) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0: f32):
      %r = math.exp %e0 : f32
      "ts.yield"(%r) : (f32) -> ()
    }) {ts.not_fused = "its consumer may write what it reads"} : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    %b = "ts.generic"(%a, %x, %x) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 1, 0>}> ({
    ^bb0(%e0_1: f32, %e1: f32):
      %r_1 = arith.addf %e0_1, %e1 : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; ...; contiguous]">, !ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    func.return %b : !ts.val<"Tensor[f32]">
  }
  func.func @itself(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    %b = "ts.generic"(%x, %x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 1, 0>}> ({
    ^bb0(%e0: f32):
      %r = math.exp %e0 : f32
      %r_1 = arith.addf %r, %e0 : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    func.return %b : !ts.val<"Tensor[f32]">
  }
}
