"""torch.nn.init while constructors run: the numbers that torch draws from the same seed, in its order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from aotjit.dtypes import DType
from aotjit.ops import bounds
from aotjit.ops.numeric import round_bf16
from aotjit.sema.host.generator import Generator, memory_order
from aotjit.sema.host.tensors import is_deferred
from aotjit.sema.modules import HostTensor


def fill_uniform(generator: Generator, tensor: HostTensor, low: float = 0.0, high: float = 1.0) -> HostTensor:
    low, high = float(low), float(high)
    _check_floating(tensor)
    return _store(tensor, lambda: generator.uniform(math.prod(tensor.shape), low, high, tensor.dtype))


def fill_normal(generator: Generator, tensor: HostTensor, mean: float = 0.0, std: float = 1.0) -> HostTensor:
    mean, std = float(mean), float(std)
    _check_floating(tensor)
    return _store(tensor, lambda: _normal(generator, tensor, mean, std).reshape(-1))


def fill_constant(_: Generator, tensor: HostTensor, value: float) -> HostTensor:
    if not isinstance(value, int | float):
        raise TypeError("a tensor is filled with a number")
    bounds.fitting(value, tensor.dtype)

    def constant() -> Any:
        import numpy

        return numpy.full(math.prod(tensor.shape), value)

    return _store(tensor, constant)


def _store(tensor: HostTensor, numbers: Callable[[], Any]) -> HostTensor:
    """Changes all elements, later where they are computed later."""

    def change(array: Any) -> None:
        made = numbers()
        if made.ndim == 1:  # drawn one after the other
            array = array.transpose(memory_order(array))
        made = made.reshape(array.shape)
        array[...] = round_bf16(made) if tensor.dtype is DType.BF16 else made

    if is_deferred(tensor):
        tensor.source.change(change)
    else:
        change(tensor.numpy())
        tensor.source = None
    return tensor


def _fans(tensor: HostTensor) -> tuple[int, int]:
    """torch.nn.init._calculate_fan_in_and_fan_out."""
    if len(tensor.shape) < 2:
        raise ValueError("fan in and fan out need a tensor of at least 2 dims")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


_GAINS = {
    "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4, "sigmoid": 1.0, "linear": 1.0,
    **{f"conv{of}{d}d": 1.0 for of in ("", "_transpose") for d in (1, 2, 3)},
}  # fmt: skip


def gain_of(nonlinearity: str, param: float | None = None) -> float:
    """torch.nn.init.calculate_gain."""
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return _GAINS[nonlinearity]


def kaiming_std(tensor: HostTensor, a: float, mode: str, nonlinearity: str) -> float:
    fan = _fans(tensor)[0 if mode == "fan_in" else 1]
    return gain_of(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform(
    generator: Generator, tensor: HostTensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> HostTensor:
    bound = math.sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity)
    return fill_uniform(generator, tensor, -bound, bound)


def kaiming_normal(
    generator: Generator, tensor: HostTensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> HostTensor:
    return fill_normal(generator, tensor, 0.0, kaiming_std(tensor, a, mode, nonlinearity))


def xavier_uniform(generator: Generator, tensor: HostTensor, gain: float = 1.0) -> HostTensor:
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / sum(_fans(tensor)))
    return fill_uniform(generator, tensor, -bound, bound)


def xavier_normal(generator: Generator, tensor: HostTensor, gain: float = 1.0) -> HostTensor:
    return fill_normal(generator, tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))))


def eye(_: Generator, tensor: HostTensor) -> HostTensor:
    """torch.nn.init.eye_."""
    _check_dims(tensor, 2)
    rows, columns = tensor.shape

    def identity() -> Any:
        import numpy

        return numpy.eye(rows, columns)

    return _store(tensor, identity)


def dirac(_: Generator, tensor: HostTensor, groups: int = 1) -> HostTensor:
    """torch.nn.init.dirac_: each group's channels handed on by a convolution."""
    if len(tensor.shape) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")

    def deltas() -> Any:
        import numpy

        result = numpy.zeros(tensor.shape)
        each, middle = tensor.shape[0] // groups, tuple(n // 2 for n in tensor.shape[2:])
        for channel in range(min(each, tensor.shape[1])):
            for group in range(groups):
                result[(group * each + channel, channel, *middle)] = 1
        return result

    return _store(tensor, deltas)


def sparse(generator: Generator, tensor: HostTensor, sparsity: float, std: float = 0.01) -> HostTensor:
    """torch.nn.init.sparse_: normal numbers, of each column a fraction of `sparsity` zero."""
    _check_dims(tensor, 2)
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)

    def numbers() -> Any:
        result = _normal(generator, tensor, 0.0, std)
        for column in range(columns):
            result[generator.permutation(rows)[:zeros], column] = 0
        return result

    return _store(tensor, numbers)


def trunc_normal(
    generator: Generator, tensor: HostTensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0
) -> HostTensor:
    """torch.nn.init.trunc_normal_: normal numbers drawn until they fit; uniform ones where few would fit."""
    low, high = (math.erf((bound - mean) / std / math.sqrt(2.0)) / 2 for bound in (a, b))
    if a > b:
        raise ValueError(f"no number lies between {a} and {b}")
    if high - low > 0.3:
        return _store(tensor, lambda: _between(generator, tensor, mean, std, (a, b)))
    return _store(tensor, lambda: _accepted(generator, tensor, mean, std, (a, b)))


def _between(generator: Generator, tensor: HostTensor, mean: float, std: float, bounds: tuple[float, float]) -> Any:
    """Normal numbers; all are drawn anew until each has been between the bounds."""
    import numpy

    result = _normal(generator, tensor, mean, std)
    low, high = (result.dtype.type(bound) for bound in bounds)
    while (outside := (result < low) | (result > high)).any():
        result = numpy.where(outside, _normal(generator, tensor, mean, std), result)
    return result


def _accepted(generator: Generator, tensor: HostTensor, mean: float, std: float, bounds: tuple[float, float]) -> Any:
    """Uniform numbers between the bounds, each accepted with the density of the normal distribution at its place."""
    import numpy

    peak = -0.5 * ((max(bounds[0], min(mean, bounds[1])) - mean) / std) ** 2
    result, pending = None, True
    while numpy.any(pending):
        drawn = _uniform(generator, tensor, *bounds)
        number = drawn.dtype.type
        density = ((drawn - number(mean)) / number(std)) ** 2 * number(-0.5) - number(peak)
        with numpy.errstate(divide="ignore"):
            refused = numpy.log(_uniform(generator, tensor, 0.0, 1.0)) > density
        result = drawn if result is None else numpy.where(pending, drawn, result)
        pending = pending & refused
    return result


def orthogonal(generator: Generator, tensor: HostTensor, gain: float = 1) -> HostTensor:
    """torch.nn.init.orthogonal_: Q of a normal matrix, with the signs that make R's diagonal positive.

    torch factorises in the tensor's dtype by LAPACK, numpy in float64: float32 numbers differ in the last digits.
    """
    if len(tensor.shape) < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if math.prod(tensor.shape) == 0:
        return tensor

    def numbers() -> Any:
        import numpy

        drawn = _normal(generator, tensor, 0.0, 1.0).reshape(tensor.shape[0], -1)
        wide = drawn.shape[0] < drawn.shape[1]
        q, r = numpy.linalg.qr(drawn.T if wide else drawn)
        q = q * numpy.sign(numpy.diag(r)) * gain
        return q.T if wide else q

    return _store(tensor, numbers)


def _check_floating(tensor: HostTensor) -> None:
    if not tensor.dtype.is_floating:
        raise TypeError(f"random numbers of this kind are floating point, not {tensor.dtype}")


def _check_dims(tensor: HostTensor, dims: int) -> None:
    if len(tensor.shape) != dims:
        raise ValueError(f"Only tensors with {dims} dimensions are supported")


def _normal(generator: Generator, tensor: HostTensor, mean: float, std: float) -> Any:
    count = math.prod(tensor.shape)
    dense = tensor.array is None or bool(tensor.array.flags.c_contiguous)
    return generator.normal(count, mean, std, tensor.dtype, dense=dense).reshape(tensor.shape)


def _uniform(generator: Generator, tensor: HostTensor, low: float, high: float) -> Any:
    count = math.prod(tensor.shape)
    return generator.uniform(count, low, high, tensor.dtype).reshape(tensor.shape)


FILLS: dict[str, Callable[..., HostTensor]] = {
    "uniform_": fill_uniform,
    "normal_": fill_normal,
    "fill_": fill_constant,
    "zero_": lambda g, t: fill_constant(g, t, 0.0),
}
"""The methods of tensors that fill with numbers, called with the generator first."""
INITIALISERS: dict[str, Callable[..., HostTensor]] = {
    "uniform_": fill_uniform,
    "normal_": fill_normal,
    "constant_": fill_constant,
    "zeros_": lambda g, t: fill_constant(g, t, 0.0),
    "ones_": lambda g, t: fill_constant(g, t, 1.0),
    "kaiming_uniform_": kaiming_uniform,
    "kaiming_normal_": kaiming_normal,
    "xavier_uniform_": xavier_uniform,
    "xavier_normal_": xavier_normal,
    "orthogonal_": orthogonal,
    "trunc_normal_": trunc_normal,
    "eye_": eye,
    "dirac_": dirac,
    "sparse_": sparse,
}
"""The functions of torch.nn.init, called with the generator first."""
FACTS: dict[str, Callable[..., Any]] = {
    "calculate_gain": gain_of,
    "_calculate_fan_in_and_fan_out": _fans,
    "_calculate_correct_fan": lambda tensor, mode: _fans(tensor)[0 if mode == "fan_in" else 1],
}
"""The functions of torch.nn.init that only compute numbers."""
