// passes: specialise
// A list that starts empty holds what is put in later, so that torch.stack has an element type.
!x = !ts.val<"Tensor[f32; T, 3]">
!u = !ts.val<"Tensor">
!l = !ts.val<"List[Tensor]">
func.func @f(%x : !x, %n : i64) -> !u {
  %l = "ts.list"() : () -> !l
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  scf.for %i = %zero to %n step %one : i64 {
    %r = "ts.aten"(%x, %zero, %i) <{op = "select.int", effects = "view"}> : (!x, i64, i64) -> !u
    %e = "ts.aten"(%r) <{op = "tanh", effects = "read"}> : (!u) -> !u
    %s = "ts.aten"(%l, %e) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!l, !u) -> !l
    scf.yield
  }
  %y = "ts.aten"(%l, %zero) <{op = "stack", effects = "read"}> : (!l, i64) -> !u
  func.return %y : !u
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32; T, 3]">, %n: i64) -> !ts.val<"Tensor[f32; ?, 3; contiguous]"> {
    %l = "ts.list"() : () -> !ts.val<"List[Tensor[f32; 3; contiguous]]">
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    scf.for %i = %zero to %n step %one : i64 {
      %r = "ts.aten"(%x, %zero, %i) <{op = "select.int", effects = "view"}> : (!ts.val<"Tensor[f32; T, 3]">, i64, i64) -> !ts.val<"Tensor[f32; 3]">
      %e = "ts.aten"(%r) <{op = "tanh", effects = "read"}> : (!ts.val<"Tensor[f32; 3]">) -> !ts.val<"Tensor[f32; 3; contiguous]">
      %s = "ts.aten"(%l, %e) <{op = "append.t", effects = "write", writes = array<i64: 0>}> : (!ts.val<"List[Tensor[f32; 3; contiguous]]">, !ts.val<"Tensor[f32; 3; contiguous]">) -> !ts.val<"List[Tensor[f32; 3; contiguous]]">
    }
    %y = "ts.aten"(%l, %zero) <{op = "stack", effects = "read"}> : (!ts.val<"List[Tensor[f32; 3; contiguous]]">, i64) -> !ts.val<"Tensor[f32; ?, 3; contiguous]">
    func.return %y : !ts.val<"Tensor[f32; ?, 3; contiguous]">
  }
}
