// passes: fuse
// A costly producer with two users stays and says why; a cheap one is computed in both.
!t = !ts.val<"Tensor[f32]">
!c = !ts.val<"Tensor[f32; ...; contiguous]">
!p = !ts.val<"Tuple[Tensor[f32; ...; contiguous], Tensor[f32; ...; contiguous]]">
func.func @costly(%x : !t, %y : !t) -> !p {
  %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t) -> !c
  %b = "ts.generic"(%a, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.mulf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!c, !t) -> !c
  %d = "ts.generic"(%a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = arith.negf %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!c) -> !c
  %p = "ts.tuple"(%b, %d) : (!c, !c) -> !p
  func.return %p : !p
}
func.func @cheap(%x : !t, %y : !t) -> !p {
  %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = arith.negf %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t) -> !c
  %b = "ts.generic"(%a, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.mulf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!c, !t) -> !c
  %d = "ts.generic"(%a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!c) -> !c
  %p = "ts.tuple"(%b, %d) : (!c, !c) -> !p
  func.return %p : !p
}
// ----- after
builtin.module {
  func.func @costly(%x: !ts.val<"Tensor[f32]">, %y: !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32; ...; contiguous], Tensor[f32; ...; contiguous]]"> {
    %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0: f32):
      %r = math.exp %e0 : f32
      "ts.yield"(%r) : (f32) -> ()
    }) {ts.not_fused = "it has several users"} : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    %b = "ts.generic"(%a, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e0_1: f32, %e1: f32):
      %r_1 = arith.mulf %e0_1, %e1 : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; ...; contiguous]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    %d = "ts.generic"(%a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0_2: f32):
      %r_2 = arith.negf %e0_2 : f32
      "ts.yield"(%r_2) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; ...; contiguous]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    %p = "ts.tuple"(%b, %d) : (!ts.val<"Tensor[f32; ...; contiguous]">, !ts.val<"Tensor[f32; ...; contiguous]">) -> !ts.val<"Tuple[Tensor[f32; ...; contiguous], Tensor[f32; ...; contiguous]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32; ...; contiguous], Tensor[f32; ...; contiguous]]">
  }
  func.func @cheap(%x: !ts.val<"Tensor[f32]">, %y: !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32; ...; contiguous], Tensor[f32; ...; contiguous]]"> {
    %b = "ts.generic"(%y, %x) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e1: f32, %e0: f32):
      %r = arith.negf %e0 : f32
      %r_1 = arith.mulf %r, %e1 : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    %d = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0_1: f32):
      %r_2 = arith.negf %e0_1 : f32
      %r_3 = math.exp %r_2 : f32
      "ts.yield"(%r_3) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    %p = "ts.tuple"(%b, %d) : (!ts.val<"Tensor[f32; ...; contiguous]">, !ts.val<"Tensor[f32; ...; contiguous]">) -> !ts.val<"Tuple[Tensor[f32; ...; contiguous], Tensor[f32; ...; contiguous]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32; ...; contiguous], Tensor[f32; ...; contiguous]]">
  }
}
