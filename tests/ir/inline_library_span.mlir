// passes: inline
// Code of the library speaks of the line that called it; the user's own functions keep their lines.
!t = !ts.val<"Tensor[f32]">
!u = !ts.val<"Tensor">
func.func private @library(%x : !t) -> !t {
  %y = "ts.aten"(%x) <{op = "relu", effects = "read"}> {loc = #ts.span<"<relu>":1:1:1:9>} : (!t) -> !t
  func.return %y : !t
}
func.func private @own(%x : !t) -> !t {
  %y = "ts.aten"(%x) <{op = "neg", effects = "read"}> {loc = #ts.span<"m.py":2:5:2:9>} : (!t) -> !t
  func.return %y : !t
}
func.func @f(%x : !t) -> !t {
  %a = func.call @library(%x) {loc = #ts.span<"m.py":7:3:7:12>} : (!t) -> !t
  %b = func.call @own(%a) {loc = #ts.span<"m.py":8:3:8:12>} : (!t) -> !t
  func.return %b : !t
}
// ----- after
builtin.module {
  func.func @f(%x: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
    %y = "ts.aten"(%x) <{op = "relu", effects = "read"}> {loc = #ts.span<"m.py":7:3:7:12>} : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    %y_1 = "ts.aten"(%y) <{op = "neg", effects = "read"}> {loc = #ts.span<"m.py":2:5:2:9>} : (!ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
    func.return %y_1 : !ts.val<"Tensor[f32]">
  }
}
