// passes: cse
// Two new tensors stay two when one of them is written, or when the caller sees both.
!t = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
!p = !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
func.func @written(%x : !t) -> !t {
  %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %b = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %w = "ts.aten"(%a) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!t) -> !t
  func.return %b : !t
}
func.func @both_returned(%x : !t) -> !p {
  %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %b = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %p = "ts.tuple"(%a, %b) : (!t, !t) -> !p
  func.return %p : !p
}
func.func @shared(%x : !t) -> !t {
  %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %b = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %one = arith.constant 1 : i64
  %c = "ts.aten"(%a, %b, %one) <{op = "add.Tensor", effects = "read"}> : (!t, !t, i64) -> !t
  func.return %c : !t
}
func.func @three(%x : !t) -> !p {
  %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %u = "ts.aten"(%a) <{op = "Int.Tensor", effects = "read"}> : (!t) -> i64
  %b = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %c = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  "ts.print"(%u) : (i64) -> ()
  %p = "ts.tuple"(%b, %c) : (!t, !t) -> !p
  func.return %p : !p
}
// ----- after
builtin.module {
  func.func @written(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %b = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %w = "ts.aten"(%a) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    func.return %b : !ts.val<"Tensor[f32]">
  }
  func.func @both_returned(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]"> {
    %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %b = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %p = "ts.tuple"(%a, %b) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
  }
  func.func @shared(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %one = arith.constant 1 : i64
    %c = "ts.aten"(%a, %a, %one) <{op = "add.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">, i64) -> !ts.val<"Tensor[f32]">
    func.return %c : !ts.val<"Tensor[f32]">
  }
  func.func @three(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]"> {
    %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %u = "ts.aten"(%a) <{op = "Int.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> i64
    %c = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    "ts.print"(%u) : (i64) -> ()
    %p = "ts.tuple"(%a, %c) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
  }
}
