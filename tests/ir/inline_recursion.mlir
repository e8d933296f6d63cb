// passes: inline
// error: recursive call of g
func.func private @g(%x : i64) -> i64 {
  %y = func.call @f(%x) : (i64) -> i64
  func.return %y : i64
}
func.func @f(%x : i64) -> i64 {
  %y = func.call @g(%x) : (i64) -> i64
  func.return %y : i64
}
