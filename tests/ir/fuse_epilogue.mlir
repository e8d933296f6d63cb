// passes: fuse
// Bias and activation are applied where the product is computed; a row of unknown length may not fit and stays outside.
!x = !ts.val<"Tensor[f32; N, 2]">
!w = !ts.val<"Tensor[f32; 2, 4]">
!y = !ts.val<"Tensor[f32; N, 4; contiguous]">
!b = !ts.val<"Tensor[f32; 4]">
!u = !ts.val<"Tensor[f32; ?, ?]">
!z = !ts.val<"Tensor[f32; ?, 4; contiguous]">
func.func @bias(%x : !x, %w : !w, %b : !b) -> !y {
  %m = "ts.matmul"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
  ^bb0(%s : f32):
    "ts.yield"(%s) : (f32) -> ()
  }) : (!x, !w) -> !y
  %a = "ts.generic"(%m, %b) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.addf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!y, !b) -> !y
  %t = "ts.generic"(%a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.tanh %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!y) -> !y
  func.return %t : !y
}
func.func @unknown(%x : !x, %w : !w, %b : !u) -> !z {
  %m = "ts.matmul"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
  ^bb0(%s : f32):
    "ts.yield"(%s) : (f32) -> ()
  }) : (!x, !w) -> !y
  %a = "ts.generic"(%m, %b) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%e0 : f32, %e1 : f32):
    %r = arith.addf %e0, %e1 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!y, !u) -> !z
  func.return %a : !z
}
// ----- after
builtin.module {
  func.func @bias(%x: !ts.val<"Tensor[f32; N, 2]">, %w: !ts.val<"Tensor[f32; 2, 4]">, %b: !ts.val<"Tensor[f32; 4]">) -> !ts.val<"Tensor[f32; N, 4; contiguous]"> {
    %t = "ts.matmul"(%x, %w, %b) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
    ^bb0(%s: f32, %e1: f32):
      %r = arith.addf %s, %e1 : f32
      %r_1 = math.tanh %r : f32
      "ts.yield"(%r_1) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; N, 2]">, !ts.val<"Tensor[f32; 2, 4]">, !ts.val<"Tensor[f32; 4]">) -> !ts.val<"Tensor[f32; N, 4; contiguous]">
    func.return %t : !ts.val<"Tensor[f32; N, 4; contiguous]">
  }
  func.func @unknown(%x: !ts.val<"Tensor[f32; N, 2]">, %w: !ts.val<"Tensor[f32; 2, 4]">, %b: !ts.val<"Tensor[f32; ?, ?]">) -> !ts.val<"Tensor[f32; ?, 4; contiguous]"> {
    %m = "ts.matmul"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
    ^bb0(%s: f32):
      "ts.yield"(%s) : (f32) -> ()
    }) {ts.not_fused = "the shapes of what it is combined with are not known to fit into it; give them with --input"} : (!ts.val<"Tensor[f32; N, 2]">, !ts.val<"Tensor[f32; 2, 4]">) -> !ts.val<"Tensor[f32; N, 4; contiguous]">
    %a = "ts.generic"(%m, %b) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
    ^bb0(%e0: f32, %e1: f32):
      %r = arith.addf %e0, %e1 : f32
      "ts.yield"(%r) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; N, 4; contiguous]">, !ts.val<"Tensor[f32; ?, ?]">) -> !ts.val<"Tensor[f32; ?, 4; contiguous]">
    func.return %a : !ts.val<"Tensor[f32; ?, 4; contiguous]">
  }
}
