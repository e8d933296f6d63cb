// passes: functionalise
// A view or a list that already refers to the tensor sees the write: it stays in place. So does an input of unknown size.
!t = !ts.val<"Tensor[f32; 4; contiguous]">
!u = !ts.val<"Tensor[f32; ?]">
!l = !ts.val<"List[Tensor[f32; 4; contiguous]]">
!p = !ts.val<"Tuple[Tensor[f32; 4; contiguous], Tensor[f32; 4; contiguous]]">
func.func @view(%x : !t) -> !p {
  %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
  %v = "ts.aten"(%y) <{op = "detach", effects = "view"}> : (!t) -> !t
  %z = "ts.generic"(%y, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 1, 0>}> ({
  ^bb0(%e : f32):
    %r = math.exp %e : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t, !t) -> !t
  %p = "ts.tuple"(%y, %v) : (!t, !t) -> !p
  func.return %p : !p
}
func.func @list(%x : !t) -> !l {
  %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
  %l = "ts.list"(%y) : (!t) -> !l
  %z = "ts.generic"(%y, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 1, 0>}> ({
  ^bb0(%e : f32):
    %r = math.exp %e : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t, !t) -> !t
  func.return %l : !l
}
func.func @unknown(%x : !t, %b : !u) -> !t {
  %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
  %z = "ts.generic"(%y, %b, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 1, 0>}> ({
  ^bb0(%e : f32, %g : f32):
    %r = arith.addf %e, %g : f32
    "ts.yield"(%r) : (f32) -> ()
  }) : (!t, !u, !t) -> !t
  func.return %y : !t
}
// ----- after
builtin.module {
  func.func @view(%x: !ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tuple[Tensor[f32; 4; contiguous], Tensor[f32; 4; contiguous]]"> {
    %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tensor[f32; 4; contiguous]">
    %v = "ts.aten"(%y) <{op = "detach", effects = "view"}> : (!ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tensor[f32; 4; contiguous]">
    %z = "ts.generic"(%y, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 1, 0>}> ({
    ^bb0(%e: f32):
      %r = math.exp %e : f32
      "ts.yield"(%r) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; 4; contiguous]">, !ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tensor[f32; 4; contiguous]">
    %p = "ts.tuple"(%y, %v) : (!ts.val<"Tensor[f32; 4; contiguous]">, !ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tuple[Tensor[f32; 4; contiguous], Tensor[f32; 4; contiguous]]">
    func.return %p : !ts.val<"Tuple[Tensor[f32; 4; contiguous], Tensor[f32; 4; contiguous]]">
  }
  func.func @list(%x: !ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"List[Tensor[f32; 4; contiguous]]"> {
    %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tensor[f32; 4; contiguous]">
    %l = "ts.list"(%y) : (!ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"List[Tensor[f32; 4; contiguous]]">
    %z = "ts.generic"(%y, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 1, 0>}> ({
    ^bb0(%e: f32):
      %r = math.exp %e : f32
      "ts.yield"(%r) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; 4; contiguous]">, !ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tensor[f32; 4; contiguous]">
    func.return %l : !ts.val<"List[Tensor[f32; 4; contiguous]]">
  }
  func.func @unknown(%x: !ts.val<"Tensor[f32; 4; contiguous]">, %b: !ts.val<"Tensor[f32; ?]">) -> !ts.val<"Tensor[f32; 4; contiguous]"> {
    %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tensor[f32; 4; contiguous]">
    %z = "ts.generic"(%y, %b, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 1, 0>}> ({
    ^bb0(%e: f32, %g: f32):
      %r = arith.addf %e, %g : f32
      "ts.yield"(%r) : (f32) -> ()
    }) : (!ts.val<"Tensor[f32; 4; contiguous]">, !ts.val<"Tensor[f32; ?]">, !ts.val<"Tensor[f32; 4; contiguous]">) -> !ts.val<"Tensor[f32; 4; contiguous]">
    func.return %y : !ts.val<"Tensor[f32; 4; contiguous]">
  }
}
