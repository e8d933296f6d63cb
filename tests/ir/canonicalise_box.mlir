// passes: canonicalise
!t = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
!l = !ts.val<"List[int]">
!b = !ts.val<"Union[List[int], Tensor]">
!r = !ts.val<"Tuple[Tensor, Tensor, List[int]]">
func.func @f(%x : !t, %other : !b) -> !r {
  %box = "ts.box"(%x) : (!t) -> !b
  %same = "ts.unbox"(%box) : (!b) -> !u
  %elsewhere = "ts.unbox"(%other) : (!b) -> !u
  %never = "ts.unbox"(%box) : (!b) -> !l
  %r = "ts.tuple"(%same, %elsewhere, %never) : (!u, !u, !l) -> !r
  func.return %r : !r
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %other: !ts.val<"Union[List[int], Tensor]">) -> !ts.val<"Tuple[Tensor, Tensor, List[int]]"> {
    %box = "ts.box"(%x) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Union[List[int], Tensor]">
    %same = "ts.refine"(%x) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor">
    %elsewhere = "ts.unbox"(%other) : (!ts.val<"Union[List[int], Tensor]">) -> !ts.val<"Tensor">
    %never = "ts.unbox"(%box) : (!ts.val<"Union[List[int], Tensor]">) -> !ts.val<"List[int]">
    %r = "ts.tuple"(%same, %elsewhere, %never) : (!ts.val<"Tensor">, !ts.val<"Tensor">, !ts.val<"List[int]">) -> !ts.val<"Tuple[Tensor, Tensor, List[int]]">
    func.return %r : !ts.val<"Tuple[Tensor, Tensor, List[int]]">
  }
}
