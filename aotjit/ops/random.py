"""Random numbers: torch's CPU generator (runtime/random.c)."""

from __future__ import annotations

from typing import Any

from aotjit.dtypes import DEFAULT_DTYPE, DType
from aotjit.ops.create import _FORMAT, _OPTIONS, _like, _own, _sized, creation
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import like, same
from aotjit.ops.opdef import Runtime

_INTO = (
    ("uniform", "float low, float high"), ("normal", "float mean, float std"), ("integers", "int low, int? high"),
    ("whole", ""),
    ("bernoulli", "float p"), ("exponential", "float rate"), ("chances", "Tensor chances"), ("permutation", ""),
)  # fmt: skip
for _name, _numbers in _INTO:
    operator(f"aotjit::random_{_name}(Tensor(a!) self{', ' if _numbers else ''}{_numbers}) -> ()",
             lowering=Runtime(f"aj_random_{_name}"), effects="io")  # fmt: skip
operator("aten::manual_seed(int seed) -> ()", lowering=Runtime("aj_manual_seed"), effects="io")


def _drawn(text: str, body: str, **options: Any) -> None:
    composite(f"aten::{text}", body, effects="io", **options)


_GENERATOR = ", *, Generator? generator=None"
# -- in place ---------------------------------------------------------------------------------------------------------
for _text, _call in (
    (f"uniform_(Tensor(a!) self, float from=0., float to=1.{_GENERATOR})", "random_uniform(self, from_, to)"),
    (f"normal_(Tensor(a!) self, float mean=0., float std=1.{_GENERATOR})", "random_normal(self, mean, std)"),
    (f"exponential_(Tensor(a!) self, float lambd=1.{_GENERATOR})", "random_exponential(self, lambd)"),
    (f"bernoulli_.float(Tensor(a!) self, float p=0.5{_GENERATOR})", "random_bernoulli(self, p)"),
    (f"bernoulli_.Tensor(Tensor(a!) self, Tensor p{_GENERATOR})", "random_chances(self, p.expand(self.size()))"),
    (f"random_.from(Tensor(a!) self, int from, int? to{_GENERATOR})", "random_integers(self, from_, to)"),
    (f"random_(Tensor(a!) self{_GENERATOR})", "random_whole(self)"),
    (f"random_.to(Tensor(a!) self, int to{_GENERATOR})", "random_integers(self, 0, to)"),
):
    _drawn(f"{_text} -> Tensor(a!)", f"torch.{_call}\nreturn self", infer=same())

# -- new tensors ------------------------------------------------------------------------------------------------------
_DTYPE = "dtype=torch.float32 if dtype is None else dtype"
for _name, _fill in (("rand", "uniform(result, 0.0, 1.0)"), ("randn", "normal(result, 0.0, 1.0)")):
    _drawn(f"{_name}(SymInt[] size, *, {_OPTIONS}) -> Tensor",
           f"result = torch.empty(size, {_DTYPE})\ntorch.random_{_fill}\nreturn result",
           infer=creation(lambda args: DEFAULT_DTYPE, _sized))  # fmt: skip
    _drawn(f"{_name}_like(Tensor self, *, {_OPTIONS}{_FORMAT}) -> Tensor",
           "result = torch.empty(self.size(), dtype=self.dtype if dtype is None else dtype)\n"
           f"torch.random_{_fill}\nreturn result", infer=creation(_own, _like))  # fmt: skip
_LONG_OPTIONS = _OPTIONS.replace("dtype=None", f"dtype={DType.I64.code}")
_LONG = "result = torch.empty(size, dtype=torch.int64 if dtype is None else dtype)\n"
_drawn(f"randint(SymInt high, SymInt[] size, *, {_LONG_OPTIONS}) -> Tensor",
       f"{_LONG}torch.random_integers(result, 0, high)\nreturn result",
       infer=creation(lambda args: DType.I64, _sized))  # fmt: skip
_drawn(f"randint.low(SymInt low, SymInt high, SymInt[] size, *, {_LONG_OPTIONS}) -> Tensor",
       f"{_LONG}torch.random_integers(result, low, high)\nreturn result",
       infer=creation(lambda args: DType.I64, _sized))  # fmt: skip
for _overload, _bounds, _low in (("", "SymInt high", "0"), (".low_dtype", "SymInt low, SymInt high", "low")):
    _drawn(f"randint_like{_overload}(Tensor self, {_bounds}, *, {_OPTIONS}{_FORMAT}) -> Tensor",
           "result = torch.empty(self.size(), dtype=self.dtype if dtype is None else dtype)\n"
           f"torch.random_integers(result, {_low}, high)\nreturn result", infer=creation(_own, _like))  # fmt: skip
_drawn(f"randperm(SymInt n, *, {_LONG_OPTIONS}) -> Tensor",
       "result = torch.empty([n], dtype=torch.int64)\ntorch.random_permutation(result)\n"
       "return result.to(torch.int64 if dtype is None else dtype)",
       infer=creation(lambda args: DType.I64, lambda args: (None,)))  # fmt: skip
_drawn(f"bernoulli(Tensor self{_GENERATOR}) -> Tensor",
       "result = torch.empty(self.size(), dtype=self.dtype)\ntorch.random_chances(result, self)\nreturn result",
       infer=like())  # fmt: skip
_drawn(f"bernoulli.p(Tensor self, float p{_GENERATOR}) -> Tensor",
       "result = torch.empty(self.size(), dtype=self.dtype)\ntorch.random_bernoulli(result, p)\nreturn result",
       infer=like())  # fmt: skip
_drawn(f"normal.float_float(float mean, float std, SymInt[] size{_GENERATOR}, {_OPTIONS}) -> Tensor",
       f"result = torch.empty(size, {_DTYPE})\ntorch.random_normal(result, mean, std)\nreturn result",
       infer=creation(lambda args: DEFAULT_DTYPE, _sized))  # fmt: skip
_drawn(f"normal.Tensor_Tensor(Tensor mean, Tensor std{_GENERATOR}) -> Tensor",
       "shape = (mean + std).size()\nresult = torch.empty(shape, dtype=mean.dtype)\n"
       "torch.random_normal(result, 0.0, 1.0)\nreturn result * std + mean")  # fmt: skip
_drawn(f"normal.Tensor_float(Tensor mean, float std=1.{_GENERATOR}) -> Tensor",
       "result = torch.empty(mean.size(), dtype=mean.dtype)\ntorch.random_normal(result, 0.0, std)\n"
       "return result + mean", infer=like("mean"))  # fmt: skip
_drawn(f"normal.float_Tensor(float mean, Tensor std{_GENERATOR}) -> Tensor",
       "result = torch.empty(std.size(), dtype=std.dtype)\ntorch.random_normal(result, 0.0, 1.0)\n"
       "return result * std + mean", infer=like("std"))  # fmt: skip

# -- dropout ----------------------------------------------------------------------------------------------------------
_CHECK = """
if p < 0.0 or p > 1.0:
    raise RuntimeError("dropout probability has to be between 0 and 1, but got " + str(p))
"""
_PLAIN = """
if not train or p == 0.0 or input.numel() == 0:
    return input
if p == 1.0:
    return input * torch.zeros_like(input)
noise = torch.empty({shape}, dtype=input.dtype)
torch.random_bernoulli(noise, 1.0 - p)
"""
_FEATURES = "[input.size(0), input.size(1)] + [1] * (input.dim() - 2)"
_ALPHA = """
alpha = 1.7580993408473766
a = 1.0 / math.sqrt((alpha * alpha * p + 1.0) * (1.0 - p))
b = (noise - 1) * (alpha * a) + alpha * a * p
return input * (noise * a) + b
"""
for _name, _shape, _end in (
    ("dropout", "input.size()", "return input * noise.div_(1.0 - p)"),
    ("feature_dropout", _FEATURES, "return input * noise.div_(1.0 - p)"),
    ("alpha_dropout", "input.size()", _ALPHA),
    ("feature_alpha_dropout", _FEATURES, _ALPHA),
):
    _body = _CHECK + _PLAIN.format(shape=_shape) + _end
    _drawn(f"{_name}(Tensor input, float p, bool train) -> Tensor", _body, infer=lambda args: (args.types[0],))
    _drawn(f"{_name}_(Tensor(a!) self, float p, bool train) -> Tensor(a!)",
           f"return self.copy_(torch.{_name}(self, p, train))", infer=same())  # fmt: skip
_drawn(
    "rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, "
    "Generator? generator=None) -> Tensor",
    """
if not (abs(float(lower)) < math.inf and abs(float(upper)) < math.inf):
    raise RuntimeError("rrelu: the bounds must be finite, got {} and {}".format(lower, upper))
if not training:
    return torch.leaky_relu(self, (float(lower) + float(upper)) / 2.0)
falling = self <= 0
drawn = torch.empty([int(falling.sum())], dtype=torch.float64)
torch.random_uniform(drawn, float(lower), float(upper))
slopes = torch.ones(self.size(), dtype=self.dtype)
slopes[falling] = drawn.to(self.dtype)
return self * slopes
""",
    infer=like(),
)
_drawn(
    "rrelu_(Tensor(a!) self, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, "
    "Generator? generator=None) -> Tensor(a!)",
    "return self.copy_(torch.rrelu(self, lower, upper, training))",
    infer=same(),
)
_drawn(
    "multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
    """
rows = self if self.dim() == 2 else self.unsqueeze(0)
if replacement:
    limits = torch.cumsum(rows, 1)
    drawn = torch.empty([rows.size(0), num_samples], dtype=torch.float64)
    torch.random_uniform(drawn, 0.0, 1.0)
    shares = (limits / limits[:, -1:]).to(torch.float64)
    chosen = torch.places_in(shares.contiguous(), drawn, True)
    return chosen if self.dim() == 2 else chosen.squeeze(0)
noise = torch.empty(rows.size(), dtype=rows.dtype)
torch.random_exponential(noise, 1.0)
chosen = torch.topk(rows / noise, num_samples, 1)[1] if num_samples > 1 else torch.argmax(rows / noise, 1, True)
return chosen if self.dim() == 2 else chosen.squeeze(0)
""",
)
