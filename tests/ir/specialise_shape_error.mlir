// passes: specialise
// error: cannot be broadcast
!x = !ts.val<"Tensor[f32; 2]">
!y = !ts.val<"Tensor[f32; 3]">
!u = !ts.val<"Tensor">
func.func @f(%x : !x, %y : !y) -> !u {
  %one = arith.constant 1 : i64
  %r = "ts.aten"(%x, %y, %one) <{op = "add.Tensor", effects = "read"}> : (!x, !y, i64) -> !u
  func.return %r : !u
}
