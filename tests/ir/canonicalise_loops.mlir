// passes: canonicalise dce
// A value that the loop only passes on is the initial one; a loop that runs once is its body.
func.func @f(%n : i64, %m : i64) -> i64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %r, %s = scf.for %i = %zero to %n step %one iter_args(%a = %zero, %b = %m) -> (i64, i64) : i64 {
    %c = arith.addi %a, %b : i64
    scf.yield %c, %b : i64, i64
  }
  %t = scf.for %i = %zero to %one step %one iter_args(%a = %r) -> (i64) : i64 {
    %c = arith.muli %a, %s : i64
    scf.yield %c : i64
  }
  func.return %t : i64
}
// ----- after
builtin.module {
  func.func @f(%n: i64, %m: i64) -> i64 {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %r = scf.for %i = %zero to %n step %one iter_args(%a = %zero) -> (i64) : i64 {
      %c = arith.addi %a, %m : i64
      scf.yield %c : i64
    }
    %c_1 = arith.muli %r, %m : i64
    func.return %c_1 : i64
  }
}
