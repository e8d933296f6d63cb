// passes: fold dce
// i64 wraps, division is IEEE's, a false operand decides an `and`.
func.func @f(%c : i1) -> !ts.val<"Tuple[int, float, bool]"> {
  %max = arith.constant 9223372036854775807 : i64
  %one = arith.constant 1 : i64
  %sum = arith.addi %max, %one : i64
  %x = arith.constant 1.0 : f64
  %zero = arith.constant -0.0 : f64
  %inf = arith.divf %x, %zero : f64
  %no = arith.constant false
  %and = arith.andi %c, %no : i1
  %r = "ts.tuple"(%sum, %inf, %and) : (i64, f64, i1) -> !ts.val<"Tuple[int, float, bool]">
  func.return %r : !ts.val<"Tuple[int, float, bool]">
}
// ----- after
builtin.module {
  func.func @f(%c: i1) -> !ts.val<"Tuple[int, float, bool]"> {
    %sum = arith.constant -9223372036854775808 : i64
    %inf = arith.constant 0xfff0000000000000 : f64
    %and = arith.constant false
    %r = "ts.tuple"(%sum, %inf, %and) : (i64, f64, i1) -> !ts.val<"Tuple[int, float, bool]">
    func.return %r : !ts.val<"Tuple[int, float, bool]">
  }
}
