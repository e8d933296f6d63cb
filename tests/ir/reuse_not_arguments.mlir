// passes: reuse
// Neither the caller's tensors nor one that is still used may be overwritten.
!t = !ts.val<"Tensor[f32]">
func.func @f(%x : !t) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]"> {
  %a = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
  %b = "ts.generic"(%x, %a) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.addf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t, !t) -> !t
  %d = "ts.generic"(%a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t) -> !t
  %p = "ts.tuple"(%b, %d) : (!t, !t) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
  func.return %p : !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]"> {
    %a = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %b = "ts.generic"(%x, %a) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e0: f32, %e1: f32):
      %r = arith.addf %e0, %e1 : f32
      "ts.yield"(%r) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %d = "ts.generic"(%a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>, reuse = array<i64: 0>}> ({
    ^bb0(%e0_1: f32):
      %r_1 = math.exp %e0_1 : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %p = "ts.tuple"(%b, %d) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
  }
}
