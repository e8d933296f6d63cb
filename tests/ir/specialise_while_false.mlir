// passes: specialise
// A loop whose condition is false at once runs its condition only.
func.func @f(%n : i64) -> i64 {
  %no = arith.constant false
  %r = scf.while (%a = %n) : (i64) -> (i64) {
    %b = arith.addi %a, %a : i64
    scf.condition(%no) %b : i64
  } do {
  ^bb0(%c : i64):
    scf.yield %c : i64
  }
  func.return %r : i64
}
// ----- after
builtin.module {
  func.func @f(%n: i64) -> i64 {
    %b = arith.addi %n, %n : i64
    func.return %b : i64
  }
}
