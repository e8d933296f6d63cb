"""Discrete Fourier transforms (torch.fft). Three operators along the last dim are what the runtime has; the others are
written in the language with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import dtype_of, fresh, tensor
from aotjit.ops.matmul import PRODUCT
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments, Infer, Runtime
from aotjit.types import Dim, Type

_KERNELS = "fourier"

# -- along the last dim -----------------------------------------------------------------------------------------------


def _transform(real: bool, dtype: Callable[[DType], DType], length: Callable[[int], int]) -> Infer:
    def rule(args: Arguments) -> Sequence[Type]:
        source, given, n = tensor(args.types[0]), dtype_of(args, "self"), args.constant("n")
        if given.part not in (DType.F32, DType.F64) or given.is_complex is real:
            raise args.error(f"not defined for {given} tensors")
        if source.dims is None:
            return fresh(dtype(given), None)
        last: Dim = length(n) if isinstance(n, int) else None
        return fresh(dtype(given), (*source.dims[:-1], last))

    return rule


def _complex(x: Array, n: int, inverse: bool, scale: float) -> Array:
    wide = x.astype(np.complex128)
    result = np.fft.ifft(wide, n, norm="forward") if inverse else np.fft.fft(wide, n)
    return (result * scale).astype(x.dtype)


def _of_real(x: Array, n: int, scale: float) -> Array:
    return (np.fft.rfft(x.astype(np.float64), n) * scale).astype(np.result_type(np.complex64, x))


def _to_real(x: Array, n: int, scale: float) -> Array:
    return (np.fft.irfft(x.astype(np.complex128), n, norm="forward") * scale).astype(x.real.dtype)


operator("aotjit::fourier_complex(Tensor self, int n, bool inverse, float scale) -> Tensor",
         infer=_transform(False, lambda d: d, lambda n: n), reference=_complex,
         lowering=Runtime("aj_fourier_complex", kernels=_KERNELS), tolerance=PRODUCT)  # fmt: skip
operator("aotjit::fourier_of_real(Tensor self, int n, float scale) -> Tensor",
         infer=_transform(True, lambda d: d.pair, lambda n: n // 2 + 1), reference=_of_real,
         lowering=Runtime("aj_fourier_of_real", kernels=_KERNELS), tolerance=PRODUCT)  # fmt: skip
operator("aotjit::fourier_to_real(Tensor self, int n, float scale) -> Tensor",
         infer=_transform(False, lambda d: d.part, lambda n: n), reference=_to_real,
         lowering=Runtime("aj_fourier_to_real", kernels=_KERNELS), tolerance=PRODUCT)  # fmt: skip

# -- torch.fft --------------------------------------------------------------------------------------------------------

composite("aotjit::fourier_scale(str? norm, bool inverse, int n) -> float", """
mode = "backward" if norm is None else norm
if mode == "ortho":
    return 1.0 / math.sqrt(float(n))
if mode != "forward" and mode != "backward":
    raise RuntimeError("Invalid normalization mode: \\"" + mode + "\\"")
return 1.0 / float(n) if (mode == "backward") == inverse else 1.0
""")  # fmt: skip
composite("aotjit::inexact(Tensor self) -> Tensor",
          "return self if self.is_floating_point() or self.is_complex() else self.to(torch.float32)")  # fmt: skip
composite("aotjit::as_complex_numbers(Tensor self) -> Tensor", """
if self.is_complex():
    return self
x = torch.inexact(self)
return x.to(torch.complex128 if x.dtype == torch.float64 else torch.complex64)
""")  # fmt: skip

_BODIES = {
    "fft": """
x = torch.as_complex_numbers(self).transpose(dim, -1)
size = x.size(-1) if n is None else n
return torch.fourier_complex(x, size, {inverse}, torch.fourier_scale(norm, {inverse}, size)).transpose(dim, -1)
""",
    "rfft": """
if self.is_complex():
    raise RuntimeError("{name} expects a real input tensor")
x = torch.inexact(self).transpose(dim, -1)
size = x.size(-1) if n is None else n
result = torch.fourier_of_real(x, size, torch.fourier_scale(norm, {inverse}, size))
return {result}.transpose(dim, -1)
""",
    "irfft": """
x = torch.as_complex_numbers(self).transpose(dim, -1)
size = 2 * (x.size(-1) - 1) if n is None else n
return torch.fourier_to_real({source}, size, torch.fourier_scale(norm, {inverse}, size)).transpose(dim, -1)
""",
}


def _one(name: str, body: str, inverse: bool, **texts: str) -> None:
    source = _BODIES[body].format(name=name, inverse=inverse, **texts)
    composite(f"aten::fft_{name}(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor", source)


_one("fft", "fft", False)
_one("ifft", "fft", True)
_one("rfft", "rfft", False, result="result")
_one("ihfft", "rfft", True, result="torch.conj(result)")
_one("irfft", "irfft", True, source="x")
_one("hfft", "irfft", False, source="torch.conj(x)")

# -- over several dims ------------------------------------------------------------------------------------------------

composite("aotjit::fourier_dims(Tensor self, int[]? s, int[]? dim) -> int[]", """
if dim is not None:
    if s is not None:
        if len(s) != len(dim):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    return [d + self.dim() if d < 0 else d for d in dim]
if s is not None:
    if len(s) > self.dim():
        raise RuntimeError("Got shape with " + str(len(s)) + " values but input tensor only has " + str(self.dim())
                           + " dimensions.")
    return [i for i in range(self.dim() - len(s), self.dim())]
return [i for i in range(self.dim())]
""")  # fmt: skip
composite("aotjit::fourier_sizes(Tensor self, int[]? s, int[] dims) -> int[]", """
result = [self.size(d) for d in dims]
if s is not None:
    for i in range(len(s)):
        if s[i] != -1:
            result[i] = s[i]
return result
""")  # fmt: skip

_PRELUDE = """
dims = torch.fourier_dims(self, s, dim)
sizes = torch.fourier_sizes(self, s, dims)
last = len(dims) - 1
"""
_SEVERAL = {
    "fft": """
x = torch.as_complex_numbers(self)
for i in range(len(dims)):
    x = torch.fft.{one}(x, sizes[i], dims[i], norm)
return x
""",
    "rfft": """
if last < 0:
    raise RuntimeError("{name} must transform at least one axis")
x = torch.fft.{first}(self, sizes[last], dims[last], norm)
for i in range(last):
    x = torch.fft.{one}(x, sizes[i], dims[i], norm)
return x
""",
    "irfft": """
if last < 0:
    raise RuntimeError("{name} must transform at least one axis")
x = torch.as_complex_numbers(self)
for i in range(last):
    x = torch.fft.{one}(x, sizes[i], dims[i], norm)
size = 2 * (self.size(dims[last]) - 1)
if s is not None:
    if s[last] != -1:
        size = s[last]
return torch.fft.{first}(x, size, dims[last], norm)
""",
}


def _several(name: str, body: str, one: str, first: str = "") -> None:
    for suffix, tail in (("2", "SymInt[1]? s=None, int[1] dim=[-2, -1]"), ("n", "SymInt[1]? s=None, int[1]? dim=None")):
        source = _PRELUDE + _SEVERAL[body].format(name=name + suffix, one=one, first=first)
        composite(f"aten::fft_{name}{suffix}(Tensor self, {tail}, str? norm=None) -> Tensor", source)


_several("fft", "fft", "fft")
_several("ifft", "fft", "ifft")
_several("rfft", "rfft", "fft", "rfft")
_several("ihfft", "rfft", "ifft", "ihfft")
_several("irfft", "irfft", "ifft", "irfft")
_several("hfft", "irfft", "fft", "hfft")

# -- what the ones of torch.fft are in a trace ------------------------------------------------------------------------

composite(
    "aten::_fft_c2c(Tensor self, SymInt[] dim, int normalization, bool forward) -> Tensor",
    """
x = self
count = 1
for d in dim:
    count *= x.size(d)
    x = torch.fourier_complex(x.transpose(d, -1), x.size(d), not forward, 1.0).transpose(d, -1)
if normalization == 0:
    return x
return x * (1.0 / float(count) if normalization == 2 else 1.0 / math.sqrt(float(count)))
""",
)
composite(
    "aten::_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided) -> Tensor",
    """
if not onesided:
    return torch._fft_c2c(torch.as_complex_numbers(self), dim, normalization, True)
last = dim[len(dim) - 1]
x = torch.fourier_of_real(self.transpose(last, -1), self.size(last), 1.0).transpose(last, -1)
count = self.size(last)
for i in range(len(dim) - 1):
    count *= x.size(dim[i])
    x = torch.fourier_complex(x.transpose(dim[i], -1), x.size(dim[i]), False, 1.0).transpose(dim[i], -1)
if normalization == 0:
    return x
return x * (1.0 / float(count) if normalization == 2 else 1.0 / math.sqrt(float(count)))
""",
)
composite(
    "aten::_fft_c2r(Tensor self, int[] dim, int normalization, SymInt last_dim_size) -> Tensor",
    """
x = self
last = dim[len(dim) - 1]
count = last_dim_size
for i in range(len(dim) - 1):
    count *= x.size(dim[i])
    x = torch.fourier_complex(x.transpose(dim[i], -1), x.size(dim[i]), True, 1.0).transpose(dim[i], -1)
result = torch.fourier_to_real(x.transpose(last, -1), last_dim_size, 1.0).transpose(last, -1)
if normalization == 0:
    return result
return result * (1.0 / float(count) if normalization == 2 else 1.0 / math.sqrt(float(count)))
""",
)

# -- frequencies ------------------------------------------------------------------------------------------------------

_OPTIONS = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"
_KIND = "kind = torch.float32 if dtype is None else dtype\n"
composite(f"aten::fft_fftfreq(int n, float d=1., *, {_OPTIONS}) -> Tensor", _KIND + """
places = torch.arange(n, dtype=kind)
return torch.where(places >= float((n + 1) // 2), places - float(n), places) * (1.0 / (float(n) * d))
""")  # fmt: skip
composite(f"aten::fft_rfftfreq(int n, float d=1., *, {_OPTIONS}) -> Tensor", _KIND + """
return torch.arange(n // 2 + 1, dtype=kind) * (1.0 / (float(n) * d))
""")  # fmt: skip
for _name, _shift in (("fftshift", "n // 2"), ("ifftshift", "(n + 1) // 2")):
    composite(f"aten::fft_{_name}(Tensor self, int[1]? dim=None) -> Tensor", f"""
dims = [i for i in range(self.dim())] if dim is None else dim
shifts = [0 for _ in dims]
for i in range(len(dims)):
    n = self.size(dims[i])
    shifts[i] = {_shift}
return torch.roll(self, shifts, dims)
""")  # fmt: skip
