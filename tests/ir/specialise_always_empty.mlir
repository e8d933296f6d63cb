// passes: specialise
// Nothing is ever put into the list: taking its last element fails, and there is no element type for what follows.
!x = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
!l = !ts.val<"List[Tensor]">
func.func @f(%x : !x, %n : i64) -> !u {
  %l = "ts.list"() : () -> !l
  %zero = arith.constant 0 : i64
  %some = arith.cmpi sgt, %n, %zero : i64
  %u = "ts.refine"(%x) : (!x) -> !u
  %r = scf.if %some -> (!u) {
    %e = "ts.aten"(%l, %zero) <{op = "__getitem__.t", effects = "read"}> : (!l, i64) -> !u
    %y = "ts.aten"(%e) <{op = "tanh", effects = "read"}> : (!u) -> !u
    scf.yield %y : !u
  } else {
    scf.yield %u : !u
  }
  func.return %r : !u
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %n: i64) -> !ts.val<"Tensor[f32]"> {
    %l = "ts.list"() : () -> !ts.val<"List[Tensor]">
    %zero = arith.constant 0 : i64
    %some = arith.cmpi sgt, %n, %zero : i64
    %u = "ts.refine"(%x) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %r = scf.if %some -> (!ts.val<"Tensor[f32]">) {
      %0 = "ts.str"() <{value = "__getitem__: the list is empty"}> : () -> !ts.val<"str">
      "ts.raise"(%0) <{kind = "IndexError"}> : (!ts.val<"str">) -> ()
      %1 = "ts.undef"() : () -> !ts.val<"Tensor">
      %2 = "ts.undef"() : () -> !ts.val<"Tensor[f32]">
      scf.yield %2 : !ts.val<"Tensor[f32]">
    } else {
      scf.yield %u : !ts.val<"Tensor[f32]">
    }
    func.return %r : !ts.val<"Tensor[f32]">
  }
}
