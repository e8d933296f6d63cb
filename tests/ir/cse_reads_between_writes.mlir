// passes: cse
// The two first norms are one; the third comes after a write.
!t = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
func.func @f(%x : !t, %y : !t) -> !ts.val<"Tuple[int, int, int]"> {
  %a = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!t) -> i64
  %b = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!t) -> i64
  %w = "ts.aten"(%x) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!t) -> !t
  %c = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!t) -> i64
  %r = "ts.tuple"(%a, %b, %c) : (i64, i64, i64) -> !ts.val<"Tuple[int, int, int]">
  func.return %r : !ts.val<"Tuple[int, int, int]">
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %y: !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[int, int, int]"> {
    %a = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> i64
    %w = "ts.aten"(%x) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %c = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> i64
    %r = "ts.tuple"(%a, %a, %c) : (i64, i64, i64) -> !ts.val<"Tuple[int, int, int]">
    func.return %r : !ts.val<"Tuple[int, int, int]">
  }
}
