"""Windows of signal processing, and logarithmically spaced numbers."""

from __future__ import annotations

from aotjit.ops.declare import composite

_OPTIONS = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor"
_WINDOW = """
if window_length < 0:
    raise RuntimeError("{name}_window requires non-negative window_length")
kind = torch.float32 if dtype is None else dtype
if kind != torch.float32 and kind != torch.float64 and kind != torch.float16 and kind != torch.bfloat16:
    raise RuntimeError("{name}_window expects floating point dtypes")
if window_length <= 1:
    return torch.ones([window_length], dtype=kind)
steps = float(window_length if periodic else window_length - 1)
n = torch.arange(window_length).to(torch.float64)
{formula}
return result.to(kind)
"""
_FORMULAS = {
    "hann": "result = 0.5 - 0.5 * torch.cos(n * (2.0 * math.pi / steps))",
    "hamming": "result = alpha - beta * torch.cos(n * (2.0 * math.pi / steps))",
    "blackman": "angle = n * (2.0 * math.pi / steps)\n"
                "result = 0.42 - 0.5 * torch.cos(angle) + 0.08 * torch.cos(2.0 * angle)",
    "bartlett": "result = 1.0 - torch.abs(2.0 * n / steps - 1.0)",
    "kaiser": "place = 2.0 * n / steps - 1.0\n"
              "full = torch.i0(torch.full([1], beta, dtype=torch.float64))\n"
              "result = torch.i0(beta * torch.sqrt(torch.clamp(1.0 - place * place, min=0.0))) / full",
}  # fmt: skip
_MORE = {"hamming": (("alpha", "0.54"), ("beta", "0.46")), "kaiser": (("beta", "12.0"),)}
"""What further arguments a window has, and their defaults."""


def _window(name: str) -> None:
    """The overloads: each names one argument more."""
    more = _MORE.get(name, ())
    overloads = ["", "periodic", *(["periodic_alpha", "periodic_alpha_beta"] if name == "hamming" else
                                   ["beta"] if more else [])]  # fmt: skip
    for given, overload in enumerate(overloads):
        known = max(given - 1, 0)
        arguments = ["int window_length", *["bool periodic"][:given], *(f"float {m}" for m, _ in more[:known])]
        missing = ([] if given else ["periodic = True"]) + [f"{m} = {d}" for m, d in more[known:]]
        composite(
            f"aten::{name}_window{'.' * bool(overload)}{overload}({', '.join(arguments)}, *, {_OPTIONS}",
            "\n".join(missing) + _WINDOW.format(name=name, formula=_FORMULAS[name]),
        )


for _name in _FORMULAS:
    _window(_name)
composite(
    f"aten::logspace(Scalar start, Scalar end, int steps, float base=10., *, {_OPTIONS}",
    "kind = torch.float32 if dtype is None else dtype\n"
    "exponents = torch.linspace(torch.element(start, kind), torch.element(end, kind), steps, dtype=torch.float64)\n"
    "return torch.pow(base, exponents).to(kind)",
)
