// passes: refcount
// A part of a tuple is retained before the tuple goes; a value returned twice needs two references.
!t = !ts.val<"Tensor[f32]">
!l = !ts.val<"List[Tensor[f32]]">
!p = !ts.val<"Tuple[Tensor[f32], List[Tensor[f32]]]">
!q = !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
func.func @f(%p : !q, %n : i64) -> !q {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %r = scf.for %i = %zero to %n step %one iter_args(%h = %p) -> (!q) : i64 {
    %a = "ts.tuple_get"(%h) <{index = 0 : i64}> : (!q) -> !t
    %b = "ts.tuple_get"(%h) <{index = 1 : i64}> : (!q) -> !t
    %s = "ts.aten"(%a, %b, %one) <{op = "add.Tensor", effects = "read"}> : (!t, !t, i64) -> !t
    %t = "ts.tuple"(%s, %a) : (!t, !t) -> !q
    scf.yield %t : !q
  }
  %x = "ts.tuple_get"(%r) <{index = 0 : i64}> : (!q) -> !t
  %y = "ts.tuple"(%x, %x) : (!t, !t) -> !q
  func.return %y : !q
}
// ----- after
builtin.module {
  func.func @f(%p: !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">, %n: i64) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]"> {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    "ts.retain"(%p) : (!ts.val<"Tuple[Tensor[f32], Tensor[f32]]">) -> ()
    %r = scf.for %i = %zero to %n step %one iter_args(%h = %p) -> (!ts.val<"Tuple[Tensor[f32], Tensor[f32]]">) : i64 {
      %a = "ts.tuple_get"(%h) <{index = 0 : i64}> : (!ts.val<"Tuple[Tensor[f32], Tensor[f32]]">) -> !ts.val<"Tensor[f32]">
      %b = "ts.tuple_get"(%h) <{index = 1 : i64}> : (!ts.val<"Tuple[Tensor[f32], Tensor[f32]]">) -> !ts.val<"Tensor[f32]">
      %s = "ts.aten"(%a, %b, %one) <{op = "add.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">, i64) -> !ts.val<"Tensor[f32]">
      %t = "ts.tuple"(%s, %a) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
      "ts.retain"(%a) : (!ts.val<"Tensor[f32]">) -> ()
      "ts.release"(%h) : (!ts.val<"Tuple[Tensor[f32], Tensor[f32]]">) -> ()
      scf.yield %t : !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
    }
    %x = "ts.tuple_get"(%r) <{index = 0 : i64}> : (!ts.val<"Tuple[Tensor[f32], Tensor[f32]]">) -> !ts.val<"Tensor[f32]">
    %y = "ts.tuple"(%x, %x) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
    "ts.retain"(%x) : (!ts.val<"Tensor[f32]">) -> ()
    "ts.retain"(%x) : (!ts.val<"Tensor[f32]">) -> ()
    "ts.release"(%r) : (!ts.val<"Tuple[Tensor[f32], Tensor[f32]]">) -> ()
    func.return %y : !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
  }
}
