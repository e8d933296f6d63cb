// passes: fuse
// What is folded is computed on the way in.
!t = !ts.val<"Tensor[f32]">
!c = !ts.val<"Tensor[f32; ...; contiguous]">
func.func @f(%x : !t) -> !c {
  %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    %r = math.exp %e0 : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t) -> !c
  %s = "ts.generic"(%a) <{kind = "reduction", combiners = ["add"], dims = array<i64: -1>, keepdim, operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%e0 : f32):
    "ts.yield"(%e0) : (f32) -> ()
  }) : (!c) -> !c
  func.return %s : !c
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]"> {
    %s = "ts.generic"(%x) <{kind = "reduction", combiners = ["add"], dims = array<i64: -1>, keepdim, operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
    ^bb0(%e0: f32):
      %r = math.exp %e0 : f32
      "ts.yield"(%r) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32; ...; contiguous]">
    func.return %s : !ts.val<"Tensor[f32; ...; contiguous]">
  }
}
