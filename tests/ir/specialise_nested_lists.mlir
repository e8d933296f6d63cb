// passes: specialise
// A list of lists: what is put into an inner list through one name is seen through every other.
!x = !ts.val<"Tensor[f32; 3]">
!u = !ts.val<"Tensor">
!l = !ts.val<"List[Tensor]">
!ll = !ts.val<"List[List[Tensor]]">
func.func @f(%x : !x) -> !u {
  %zero = arith.constant 0 : i64
  %inner = "ts.list"() : () -> !l
  %outer = "ts.list"(%inner) : (!l) -> !ll
  %same = "ts.aten"(%outer, %zero) <{op = "__getitem__.t", effects = "read"}> : (!ll, i64) -> !l
  %a = "ts.aten"(%same, %x) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!l, !x) -> !l
  %e = "ts.aten"(%inner, %zero) <{op = "__getitem__.t", effects = "read"}> : (!l, i64) -> !u
  func.return %e : !u
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32; 3]">) -> !ts.val<"Tensor[f32; 3]"> {
    %zero = arith.constant 0 : i64
    %inner = "ts.list"() : () -> !ts.val<"List[Tensor[f32; 3]]">
    %outer = "ts.list"(%inner) : (!ts.val<"List[Tensor[f32; 3]]">) -> !ts.val<"List[List[Tensor[f32; 3]]]">
    %same = "ts.aten"(%outer, %zero) <{op = "__getitem__.t", effects = "read"}> : (!ts.val<"List[List[Tensor[f32; 3]]]">, i64) -> !ts.val<"List[Tensor[f32; 3]]">
    %a = "ts.aten"(%same, %x) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!ts.val<"List[Tensor[f32; 3]]">, !ts.val<"Tensor[f32; 3]">) -> !ts.val<"List[Tensor[f32; 3]]">
    %e = "ts.aten"(%inner, %zero) <{op = "__getitem__.t", effects = "read"}> : (!ts.val<"List[Tensor[f32; 3]]">, i64) -> !ts.val<"Tensor[f32; 3]">
    func.return %e : !ts.val<"Tensor[f32; 3]">
  }
}
