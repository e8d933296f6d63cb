// passes: dce
// Prints and raises stay, with what decides whether they run; the unused reads go.
!t = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
func.func @f(%x : !t, %n : i64) -> i64 {
  %unused = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %sum = scf.for %i = %zero to %n step %one iter_args(%a = %zero) -> (i64) : i64 {
    %c = arith.cmpi eq, %a, %one : i64
    scf.if %c {
      "ts.print"(%i) : (i64) -> ()
    } else {
    }
    %b = arith.addi %a, %i : i64
    scf.yield %b : i64
  }
  func.return %n : i64
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">, %n: i64) -> i64 {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %sum = scf.for %i = %zero to %n step %one iter_args(%a = %zero) -> (i64) : i64 {
      %c = arith.cmpi eq, %a, %one : i64
      scf.if %c {
        "ts.print"(%i) : (i64) -> ()
      } else {
      }
      %b = arith.addi %a, %i : i64
      scf.yield %b : i64
    }
    func.return %n : i64
  }
}
