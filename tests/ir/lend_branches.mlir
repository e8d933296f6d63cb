// passes: lend refcount
// A part comes out of a branch where what it shows was there before (%p), not where that ends with the branch (%r):
// %x outlives the part %p, and %b, which is appended, is a str of its own.
!s = !ts.val<"str">
!l = !ts.val<"List[str]">
func.func @f(%y : !s, %kept : !l, %flag : i1) -> i64 {
  %blank = "ts.str"() <{value = " "}> : () -> !s
  %x = "ts.aten"(%y, %y) <{op = "replace", effects = "pure"}> : (!s, !s) -> !s
  %p = scf.if %flag -> (!s) {
    %a = "ts.aten"(%x, %blank) <{op = "strip", effects = "pure"}> : (!s, !s) -> !s
    scf.yield %a : !s
  } else {
    scf.yield %y : !s
  }
  %r = scf.if %flag -> (!s) {
    %c = "ts.aten"(%x, %y) <{op = "replace", effects = "pure"}> : (!s, !s) -> !s
    %d = "ts.aten"(%c, %blank) <{op = "strip", effects = "pure"}> : (!s, !s) -> !s
    scf.yield %d : !s
  } else {
    scf.yield %y : !s
  }
  %b = "ts.aten"(%x, %blank) <{op = "strip", effects = "pure"}> : (!s, !s) -> !s
  %k = "ts.aten"(%kept, %b) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!l, !s) -> !l
  %n = "ts.aten"(%p) <{op = "len.str", effects = "pure"}> : (!s) -> i64
  %m = "ts.aten"(%r) <{op = "len.str", effects = "pure"}> : (!s) -> i64
  %sum = arith.addi %n, %m : i64
  func.return %sum : i64
}
// ----- after
builtin.module {
  func.func @f(%y: !ts.val<"str">, %kept: !ts.val<"List[str]">, %flag: i1) -> i64 {
    %blank = "ts.str"() <{value = " "}> : () -> !ts.val<"str">
    %x = "ts.aten"(%y, %y) <{op = "replace", effects = "pure"}> : (!ts.val<"str">, !ts.val<"str">) -> !ts.val<"str">
    %p = scf.if %flag -> (!ts.val<"str">) {
      %a = "ts.aten"(%x, %blank) <{op = "strip", effects = "pure", lent = "parts"}> : (!ts.val<"str">, !ts.val<"str">) -> !ts.val<"str">
      scf.yield %a : !ts.val<"str">
    } else {
      "ts.retain"(%y) : (!ts.val<"str">) -> ()
      scf.yield %y : !ts.val<"str">
    }
    %r = scf.if %flag -> (!ts.val<"str">) {
      %c = "ts.aten"(%x, %y) <{op = "replace", effects = "pure"}> : (!ts.val<"str">, !ts.val<"str">) -> !ts.val<"str">
      %d = "ts.aten"(%c, %blank) <{op = "strip", effects = "pure"}> : (!ts.val<"str">, !ts.val<"str">) -> !ts.val<"str">
      "ts.release"(%c) : (!ts.val<"str">) -> ()
      scf.yield %d : !ts.val<"str">
    } else {
      "ts.retain"(%y) : (!ts.val<"str">) -> ()
      scf.yield %y : !ts.val<"str">
    }
    %b = "ts.aten"(%x, %blank) <{op = "strip", effects = "pure"}> : (!ts.val<"str">, !ts.val<"str">) -> !ts.val<"str">
    %k = "ts.aten"(%kept, %b) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!ts.val<"List[str]">, !ts.val<"str">) -> !ts.val<"List[str]">
    "ts.release"(%k) : (!ts.val<"List[str]">) -> ()
    "ts.release"(%b) : (!ts.val<"str">) -> ()
    %n = "ts.aten"(%p) <{op = "len.str", effects = "pure"}> : (!ts.val<"str">) -> i64
    "ts.release"(%p) : (!ts.val<"str">) -> ()
    "ts.release"(%x) : (!ts.val<"str">) -> ()
    %m = "ts.aten"(%r) <{op = "len.str", effects = "pure"}> : (!ts.val<"str">) -> i64
    "ts.release"(%r) : (!ts.val<"str">) -> ()
    %sum = arith.addi %n, %m : i64
    func.return %sum : i64
  }
}
