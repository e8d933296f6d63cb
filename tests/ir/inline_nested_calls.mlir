// passes: inline
// A callee's own calls are inlined first; each call gets its own copy.
func.func private @twice(%x : i64) -> i64 {
  %y = arith.addi %x, %x : i64
  func.return %y : i64
}
func.func private @four(%x : i64) -> i64 {
  %a = func.call @twice(%x) : (i64) -> i64
  %b = func.call @twice(%a) : (i64) -> i64
  func.return %b : i64
}
func.func @f(%x : i64, %c : i1) -> i64 {
  %r = scf.if %c -> (i64) {
    %a = func.call @four(%x) : (i64) -> i64
    scf.yield %a : i64
  } else {
    %b = func.call @twice(%x) : (i64) -> i64
    scf.yield %b : i64
  }
  func.return %r : i64
}
// ----- after
builtin.module {
  func.func @f(%x: i64, %c: i1) -> i64 {
    %r = scf.if %c -> (i64) {
      %a = arith.addi %x, %x : i64
      %b = arith.addi %a, %a : i64
      scf.yield %b : i64
    } else {
      %y = arith.addi %x, %x : i64
      scf.yield %y : i64
    }
    func.return %r : i64
  }
}
