// passes: refcount
// The argument is retained for the loop, the list is only lent to it; a body owns what it carries.
!t = !ts.val<"Tensor[f32]">
!l = !ts.val<"List[Tensor[f32]]">
!p = !ts.val<"Tuple[Tensor[f32], List[Tensor[f32]]]">
func.func @f(%x : !t, %n : i64) -> !p {
  %l = "ts.list"() : () -> !l
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %r = scf.for %i = %zero to %n step %one iter_args(%h = %x) -> (!t) : i64 {
    %e = "ts.aten"(%h) <{op = "tanh", effects = "read"}> : (!t) -> !t
    %s = "ts.aten"(%l, %e) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!l, !t) -> !l
    scf.yield %e : !t
  }
  %p = "ts.tuple"(%r, %l) : (!t, !l) -> !p
  func.return %p : !p
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %n: i64) -> !ts.val<"Tuple[Tensor[f32], List[Tensor[f32]]]"> {
    %l = "ts.list"() : () -> !ts.val<"List[Tensor[f32]]">
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    "ts.retain"(%x) : (!ts.val<"Tensor[f32]">) -> ()
    %r = scf.for %i = %zero to %n step %one iter_args(%h = %x) -> (!ts.val<"Tensor[f32]">) : i64 {
      %e = "ts.aten"(%h) <{op = "tanh", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
      "ts.release"(%h) : (!ts.val<"Tensor[f32]">) -> ()
      %s = "ts.aten"(%l, %e) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!ts.val<"List[Tensor[f32]]">, !ts.val<"Tensor[f32]">) -> !ts.val<"List[Tensor[f32]]">
      "ts.release"(%s) : (!ts.val<"List[Tensor[f32]]">) -> ()
      scf.yield %e : !ts.val<"Tensor[f32]">
    }
    %p = "ts.tuple"(%r, %l) : (!ts.val<"Tensor[f32]">, !ts.val<"List[Tensor[f32]]">) -> !ts.val<"Tuple[Tensor[f32], List[Tensor[f32]]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32], List[Tensor[f32]]]">
  }
}
