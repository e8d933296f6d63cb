// passes: cse
// A write at the end of the body comes before the read at its start, from the second iteration on.
!t = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
func.func @f(%x : !t, %n : i64) -> i64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %a = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!t) -> i64
  %s = scf.for %i = %zero to %n step %one iter_args(%k = %a) -> (i64) : i64 {
    %b = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!t) -> i64
    %c = arith.addi %k, %b : i64
    %w = "ts.aten"(%x) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!t) -> !t
    scf.yield %c : i64
  }
  func.return %s : i64
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %n: i64) -> i64 {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %a = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> i64
    %s = scf.for %i = %zero to %n step %one iter_args(%k = %a) -> (i64) : i64 {
      %b = "ts.aten"(%x) <{op = "Int.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> i64
      %c = arith.addi %k, %b : i64
      %w = "ts.aten"(%x) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
      scf.yield %c : i64
    }
    func.return %s : i64
  }
}
