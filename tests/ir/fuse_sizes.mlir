// passes: fuse
// A mean asks how many elements what it adds up has: that is asked of an argument of the same size, and nothing but the
// sum needs the elements. Where an operand that may be larger has a say, the question stays.
!t = !ts.val<"Tensor[f32; N, C]">
!m = !ts.val<"Tensor[f32; N, 1]">
!u = !ts.val<"Tensor[f32]">
func.func @known(%x : !t, %m : !m) -> i64 {
  %c = "ts.generic"(%x, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e : f32, %g : f32):
    %d = arith.subf %e, %g : f32
    "ts.yield"(%d) : (f32) -> ()
  }) : (!t, !m) -> !t
  %n = "ts.aten"(%c) <{op = "numel", effects = "pure"}> : (!t) -> i64
  func.return %n : i64
}
func.func @unknown(%x : !u, %m : !u) -> i64 {
  %c = "ts.generic"(%x, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e : f32, %g : f32):
    %d = arith.subf %e, %g : f32
    "ts.yield"(%d) : (f32) -> ()
  }) : (!u, !u) -> !u
  %s = "ts.generic"(%c) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e : f32):
    %d = arith.mulf %e, %e : f32
    "ts.yield"(%d) : (f32) -> ()
  }) : (!u) -> !u
  %n = "ts.aten"(%s) <{op = "numel", effects = "pure"}> : (!u) -> i64
  func.return %n : i64
}
// ----- after
builtin.module {
  func.func @known(%x: !ts.val<"Tensor[f32; N, C]">, %m: !ts.val<"Tensor[f32; N, 1]">) -> i64 {
    %c = "ts.generic"(%x, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e: f32, %g: f32):
      %d = arith.subf %e, %g : f32
      "ts.yield"(%d) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; N, C]">, !ts.val<"Tensor[f32; N, 1]">) -> !ts.val<"Tensor[f32; N, C]">
    %n = "ts.aten"(%x) <{op = "numel", effects = "pure"}> : (!ts.val<"Tensor[f32; N, C]">) -> i64
    func.return %n : i64
  }
  func.func @unknown(%x: !ts.val<"Tensor[f32]">, %m: !ts.val<"Tensor[f32]">) -> i64 {
    %c = "ts.generic"(%x, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e: f32, %g: f32):
      %d = arith.subf %e, %g : f32
      "ts.yield"(%d) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %s = "ts.generic"(%x, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e_1: f32, %g_1: f32):
      %d_1 = arith.subf %e_1, %g_1 : f32
      %d_2 = arith.mulf %d_1, %d_1 : f32
      "ts.yield"(%d_2) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %n = "ts.aten"(%c) <{op = "numel", effects = "pure"}> : (!ts.val<"Tensor[f32]">) -> i64
    func.return %n : i64
  }
}
