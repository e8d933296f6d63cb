// passes: dce
// Slots of a while loop go one by one: what the condition needs is carried, the unused count is not passed on.
func.func @f(%n : i64, %m : i64) -> i64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %r, %s, %t = scf.while (%a = %n, %b = %zero, %u = %m) : (i64, i64, i64) -> (i64, i64, i64) {
    %c = arith.cmpi sgt, %a, %zero : i64
    scf.condition(%c) %a, %b, %u : i64, i64, i64
  } do {
  ^bb0(%d : i64, %e : i64, %v : i64):
    %g = arith.subi %d, %one : i64
    %h = arith.addi %e, %one : i64
    %w = arith.muli %v, %one : i64
    scf.yield %g, %h, %w : i64, i64, i64
  }
  func.return %t : i64
}
// ----- after
builtin.module {
  func.func @f(%n: i64, %m: i64) -> i64 {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %r, %t = scf.while (%a = %n, %u = %m) : (i64, i64) -> (i64, i64) {
      %c = arith.cmpi sgt, %a, %zero : i64
      scf.condition(%c) %a, %u : i64, i64
    } do {
    ^bb0(%d: i64, %v: i64):
      %g = arith.subi %d, %one : i64
      %w = arith.muli %v, %one : i64
      scf.yield %g, %w : i64, i64
    }
    func.return %t : i64
  }
}
