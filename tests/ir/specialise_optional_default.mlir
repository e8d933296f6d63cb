// passes: specialise
// An Optional that is always None takes the branch for None away.
!o = !ts.val<"Optional[Tensor]">
!u = !ts.val<"Tensor">
!x = !ts.val<"Tensor[f32]">
func.func @f(%x : !x) -> !u {
  %none = "ts.none"() : () -> !o
  %is_none = "ts.is_none"(%none) : (!o) -> i1
  %u = "ts.refine"(%x) : (!x) -> !u
  %r = scf.if %is_none -> (!u) {
    scf.yield %u : !u
  } else {
    %b = "ts.unwrap"(%none) : (!o) -> !u
    scf.yield %b : !u
  }
  func.return %r : !u
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    %u = "ts.refine"(%x) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    func.return %u : !ts.val<"Tensor[f32]">
  }
}
