// passes: canonicalise
!t = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
!o = !ts.val<"Optional[Tensor[f32]]">
func.func @f(%x : !t, %y : !t) -> !t {
  %o = "ts.some"(%x) : (!t) -> !o
  %is_none = "ts.is_none"(%o) : (!o) -> i1
  %r = scf.if %is_none -> (!t) {
    scf.yield %y : !t
  } else {
    %v = "ts.unwrap"(%o) : (!o) -> !t
    scf.yield %v : !t
  }
  func.return %r : !t
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %y: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    %o = "ts.some"(%x) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Optional[Tensor[f32]]">
    %is_none = arith.constant false
    func.return %x : !ts.val<"Tensor[f32]">
  }
}
