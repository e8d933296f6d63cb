// passes: specialise
// The carried tensor's shape changes on the way: only what every iteration has in common is left.
!x = !ts.val<"Tensor[f32; 2, 3]">
!u = !ts.val<"Tensor">
func.func @f(%x : !x, %n : i64) -> !u {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %i0 = "ts.refine"(%x) : (!x) -> !u
  %r = scf.for %i = %zero to %n step %one iter_args(%h = %i0) -> (!u) : i64 {
    %t = "ts.aten"(%h) <{op = "t", effects = "view"}> : (!u) -> !u
    scf.yield %t : !u
  }
  func.return %r : !u
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32; 2, 3]">, %n: i64) -> !ts.val<"Tensor[f32; ?, ?]"> {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %i0 = "ts.refine"(%x) : (!ts.val<"Tensor[f32; 2, 3]">) -> !ts.val<"Tensor[f32; 2, 3]">
    %0 = "ts.refine"(%i0) : (!ts.val<"Tensor[f32; 2, 3]">) -> !ts.val<"Tensor[f32; ?, ?]">
    %r = scf.for %i = %zero to %n step %one iter_args(%h = %0) -> (!ts.val<"Tensor[f32; ?, ?]">) : i64 {
      %t = "ts.aten"(%h) <{op = "t", effects = "view"}> : (!ts.val<"Tensor[f32; ?, ?]">) -> !ts.val<"Tensor[f32; ?, ?]">
      scf.yield %t : !ts.val<"Tensor[f32; ?, ?]">
    }
    func.return %r : !ts.val<"Tensor[f32; ?, ?]">
  }
}
