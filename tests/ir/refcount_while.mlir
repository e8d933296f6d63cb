// passes: refcount
// What a condition passes on is moved, what it only looks at is released.
!t = !ts.val<"Tensor[f32]">
!l = !ts.val<"List[Tensor[f32]]">
!p = !ts.val<"Tuple[Tensor[f32], List[Tensor[f32]]]">
func.func @f(%x : !t) -> !t {
  %r = scf.while (%a = %x) : (!t) -> (!t) {
    %s = "ts.aten"(%a) <{op = "relu", effects = "read"}> : (!t) -> !t
    %c = "ts.aten"(%s) <{op = "Bool.Tensor", effects = "read"}> : (!t) -> i1
    scf.condition(%c) %a : !t
  } do {
  ^bb0(%b : !t):
    %d = "ts.aten"(%b) <{op = "neg", effects = "read"}> : (!t) -> !t
    scf.yield %d : !t
  }
  func.return %r : !t
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    "ts.retain"(%x) : (!ts.val<"Tensor[f32]">) -> ()
    %r = scf.while (%a = %x) : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
      %s = "ts.aten"(%a) <{op = "relu", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
      %c = "ts.aten"(%s) <{op = "Bool.Tensor", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> i1
      "ts.release"(%s) : (!ts.val<"Tensor[f32]">) -> ()
      scf.condition(%c) %a : !ts.val<"Tensor[f32]">
    } do {
    ^bb0(%b: !ts.val<"Tensor[f32]">):
      %d = "ts.aten"(%b) <{op = "neg", effects = "read"}> : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
      "ts.release"(%b) : (!ts.val<"Tensor[f32]">) -> ()
      scf.yield %d : !ts.val<"Tensor[f32]">
    }
    func.return %r : !ts.val<"Tensor[f32]">
  }
}
