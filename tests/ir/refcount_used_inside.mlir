// passes: refcount
// %a is carried into the loop and also used in its body: the loop gets a reference of its own.
!t = !ts.val<"Tensor[f32]">
!l = !ts.val<"List[Tensor[f32]]">
!p = !ts.val<"Tuple[Tensor[f32], List[Tensor[f32]]]">
func.func @f(%x : !t, %n : i64) -> !t {
  %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %r = scf.for %i = %zero to %n step %one iter_args(%h = %a) -> (!t) : i64 {
    %e = "ts.aten"(%h, %a, %one) <{op = "add.Tensor", effects = "read"}> : (!t, !t, i64) -> !t
    scf.yield %e : !t
  }
  func.return %r : !t
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %n: i64) -> !ts.val<"Tensor[f32]"> {
    %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    "ts.retain"(%a) : (!ts.val<"Tensor[f32]">) -> ()
    %r = scf.for %i = %zero to %n step %one iter_args(%h = %a) -> (!ts.val<"Tensor[f32]">) : i64 {
      %e = "ts.aten"(%h, %a, %one) <{op = "add.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">, i64) -> !ts.val<"Tensor[f32]">
      "ts.release"(%h) : (!ts.val<"Tensor[f32]">) -> ()
      scf.yield %e : !ts.val<"Tensor[f32]">
    }
    "ts.release"(%a) : (!ts.val<"Tensor[f32]">) -> ()
    func.return %r : !ts.val<"Tensor[f32]">
  }
}
