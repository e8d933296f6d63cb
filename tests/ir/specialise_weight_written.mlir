// passes: specialise
// weight: w f32 3
// error: may change a parameter or constant tensor in place
!w = !ts.val<"Tensor[f32; 3; contiguous]">
!u = !ts.val<"Tensor">
func.func @f() -> !u {
  %w = "ts.weight"() <{symbol = "w"}> : () -> !w
  %v = "ts.aten"(%w) <{op = "detach", effects = "view"}> : (!w) -> !u
  %r = "ts.aten"(%v) <{op = "neg_", effects = "write", writes = array<i64: 0>}> : (!u) -> !u
  func.return %r : !u
}
