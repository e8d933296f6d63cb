// passes: specialise
// What follows a raise that is always reached is cut.
!u = !ts.val<"Tensor">
!x = !ts.val<"Tensor[f32; 2, 3]">
func.func @f(%x : !x) -> !u {
  %rank = "ts.aten"(%x) <{op = "dim", effects = "pure"}> : (!x) -> i64
  %one = arith.constant 1 : i64
  %wrong = arith.cmpi ne, %rank, %one : i64
  scf.if %wrong {
    %m = "ts.str"() <{value = "one dim, please"}> : () -> !ts.val<"str">
    "ts.raise"(%m) <{kind = "RuntimeError"}> : (!ts.val<"str">) -> ()
  } else {
  }
  %y = "ts.aten"(%x, %x) <{op = "mm", effects = "read"}> : (!x, !x) -> !u
  func.return %y : !u
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32; 2, 3]">) -> !ts.val<"Tensor"> {
    %m = "ts.str"() <{value = "one dim, please"}> : () -> !ts.val<"str">
    "ts.raise"(%m) <{kind = "RuntimeError"}> : (!ts.val<"str">) -> ()
    %0 = "ts.undef"() : () -> !ts.val<"Tensor">
    func.return %0 : !ts.val<"Tensor">
  }
}
