// passes: specialise
// error: element type
!u = !ts.val<"Tensor">
func.func @f(%x : !u) -> !u {
  %r = "ts.aten"(%x) <{op = "tanh", effects = "read"}> : (!u) -> !u
  func.return %r : !u
}
