"""In-place forms of what computes a whole new tensor: the result is copied over `self`.

torch refuses a result of another shape or element type, which copying would broadcast or convert: so it is asked here.
"""

from __future__ import annotations

from aotjit.ops.declare import composite
from aotjit.ops.infer import same


def in_place(text: str, call: str, checks_dtype: bool = True) -> None:
    """`text` without the first argument (which is `self`) and the result; `call` computes the new elements."""
    name, _, rest = text.partition("(")
    dtype = f"""
if result.dtype != self.dtype:
    raise RuntimeError("{name.partition(".")[0]}: the result's element type is not that of the tensor written to")
"""
    composite(
        f"aten::{name}(Tensor(a!) self{', ' * bool(rest)}{rest}) -> Tensor(a!)",
        f"""
result = {call}
if result.size() != self.size():
    raise RuntimeError("{name.partition(".")[0]}: the result does not have the shape of the tensor written to")
"""
        + dtype * checks_dtype
        + "return self.copy_(result)",
        infer=same(),
    )


# -- sums and products along a dim ------------------------------------------------------------------------------------

for _name in ("cumsum", "cumprod"):
    in_place(f"{_name}_(int dim, *, ScalarType? dtype=None",
             f"torch.{_name}(self, dim, dtype=self.dtype if dtype is None else dtype)")  # fmt: skip

# -- matrix products --------------------------------------------------------------------------------------------------

_FACTORS = "*, Scalar beta=1, Scalar alpha=1"
for _name, _given in (
    ("addmm", "mat1, mat2"), ("addmv", "mat, vec"), ("addr", "vec1, vec2"), ("addbmm", "batch1, batch2"),
    ("baddbmm", "batch1, batch2"),
):  # fmt: skip
    _typed = ", ".join(f"Tensor {name}" for name in _given.split(", "))
    in_place(f"{_name}_({_typed}, {_FACTORS}", f"torch.{_name}(self, {_given}, beta=beta, alpha=alpha)")

# -- parts of the elements --------------------------------------------------------------------------------------------

for _name in ("tril", "triu"):
    in_place(f"{_name}_(SymInt diagonal=0", f"torch.{_name}(self, diagonal)")
in_place("masked_scatter_(Tensor mask, Tensor source", "torch.masked_scatter(self, mask, source)")
composite(
    "aten::fill_diagonal_(Tensor(a!) self, Scalar fill_value, bool wrap=False) -> Tensor(a!)",
    """
if self.dim() < 2:
    raise RuntimeError("dimensions must larger than 1")
for i in range(1, self.dim()):
    if self.dim() > 2 and self.size(i) != self.size(0):
        raise RuntimeError("all dimensions of input must be of equal length")
step = 0
for i in range(self.dim()):
    step += self.stride(i)
least = self.size(0)
for i in range(self.dim()):
    least = min(least, self.size(i))
torch.as_strided(self, [least], [step]).fill_(fill_value)
width = self.size(1)
if wrap and self.dim() == 2 and self.size(0) > width + 1:
    count = (self.numel() + width) // (width + 1) - least
    torch.as_strided(self.narrow(0, width + 1, 1), [count], [step]).fill_(fill_value)
return self
""",
    infer=same(),
)
composite("aten::index_fill_.int_Tensor(Tensor(a!) self, int dim, Tensor index, Tensor value) -> Tensor(a!)",
          "return self.index_fill_(dim, index, value.item())", infer=same())  # fmt: skip

# -- elementwise ------------------------------------------------------------------------------------------------------

for _direction in ("left", "right"):
    for _overload, _other in (("Tensor", "Tensor"), ("Tensor_Scalar", "Scalar")):
        in_place(f"bitwise_{_direction}_shift_.{_overload}({_other} other",
                 f"torch.bitwise_{_direction}_shift(self, other)")  # fmt: skip
for _python, _name in (
    ("and", "bitwise_and"), ("or", "bitwise_or"), ("xor", "bitwise_xor"), ("lshift", "bitwise_left_shift"),
    ("rshift", "bitwise_right_shift"),
):  # fmt: skip
    for _other in ("Tensor", "Scalar"):
        in_place(f"__i{_python}__.{_other}({_other} other", f"torch.{_name}(self, other)")
in_place("mvlgamma_(int p", "torch.mvlgamma(self, p)")
composite("aten::detach_(Tensor(a!) self) -> Tensor(a!)", "return self", infer=same())
for _value in ("int", "float"):
    composite(f"aten::copy_.{_value}(Tensor(a!) self, {_value} other) -> Tensor(a!)", "return self.fill_(other)",
              infer=same())  # fmt: skip
