// passes: specialise
// Two lists that may be one object hold the join of what is put into either.
!x = !ts.val<"Tensor[f32; 2]">
!y = !ts.val<"Tensor[f32; 3]">
!u = !ts.val<"Tensor">
!l = !ts.val<"List[Tensor]">
func.func @f(%x : !x, %y : !y, %c : i1) -> !u {
  %a = "ts.list"(%x) : (!x) -> !l
  %b = "ts.list"(%y) : (!y) -> !l
  %l = scf.if %c -> (!l) {
    scf.yield %a : !l
  } else {
    scf.yield %b : !l
  }
  %zero = arith.constant 0 : i64
  %e = "ts.aten"(%a, %zero) <{op = "__getitem__.t", effects = "read"}> : (!l, i64) -> !u
  func.return %e : !u
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32; 2]">, %y: !ts.val<"Tensor[f32; 3]">, %c: i1) -> !ts.val<"Tensor[f32; ?]"> {
    %a = "ts.list"(%x) : (!ts.val<"Tensor[f32; 2]">) -> !ts.val<"List[Tensor[f32; ?]]">
    %b = "ts.list"(%y) : (!ts.val<"Tensor[f32; 3]">) -> !ts.val<"List[Tensor[f32; ?]]">
    %l = scf.if %c -> (!ts.val<"List[Tensor[f32; ?]]">) {
      scf.yield %a : !ts.val<"List[Tensor[f32; ?]]">
    } else {
      scf.yield %b : !ts.val<"List[Tensor[f32; ?]]">
    }
    %zero = arith.constant 0 : i64
    %e = "ts.aten"(%a, %zero) <{op = "__getitem__.t", effects = "read"}> : (!ts.val<"List[Tensor[f32; ?]]">, i64) -> !ts.val<"Tensor[f32; ?]">
    func.return %e : !ts.val<"Tensor[f32; ?]">
  }
}
