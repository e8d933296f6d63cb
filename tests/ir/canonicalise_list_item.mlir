// passes: canonicalise dce
// A list that only one of its elements is taken from is not made, unless something happens before that.
!l = !ts.val<"List[str]">
!s = !ts.val<"str">
!o = !ts.val<"Optional[str]">
func.func @f(%x : !s, %by : !o, %items : !l) -> !s {
  %most = arith.constant -1 : i64
  %first = arith.constant 0 : i64
  %parts = "ts.aten"(%x, %by, %most) <{op = "split.str", effects = "pure"}> : (!s, !o, i64) -> !l
  %part = "ts.aten"(%parts, %first) <{op = "__getitem__.t", effects = "read"}> : (!l, i64) -> !s
  %others = "ts.aten"(%part, %by, %most) <{op = "split.str", effects = "pure"}> : (!s, !o, i64) -> !l
  %again = "ts.aten"(%items, %part) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!l, !s) -> !l
  %other = "ts.aten"(%others, %first) <{op = "__getitem__.t", effects = "read"}> : (!l, i64) -> !s
  func.return %other : !s
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"str">, %by: !ts.val<"Optional[str]">, %items: !ts.val<"List[str]">) -> !ts.val<"str"> {
    %most = arith.constant -1 : i64
    %first = arith.constant 0 : i64
    %part = "ts.aten"(%x, %by, %most, %first) <{op = "aotjit::split_item", effects = "pure"}> : (!ts.val<"str">, !ts.val<"Optional[str]">, i64, i64) -> !ts.val<"str">
    %others = "ts.aten"(%part, %by, %most) <{op = "split.str", effects = "pure"}> : (!ts.val<"str">, !ts.val<"Optional[str]">, i64) -> !ts.val<"List[str]">
    %again = "ts.aten"(%items, %part) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!ts.val<"List[str]">, !ts.val<"str">) -> !ts.val<"List[str]">
    %other = "ts.aten"(%others, %first) <{op = "__getitem__.t", effects = "read"}> : (!ts.val<"List[str]">, i64) -> !ts.val<"str">
    func.return %other : !ts.val<"str">
  }
}
