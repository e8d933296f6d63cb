"""The interpreter with the constructors' random generator: what compiled code draws is drawn from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from aotjit.dtypes import DType
from aotjit.interp.interpreter import Interpreter
from aotjit.ir import ts
from aotjit.ops.numeric import check_writable, element_dtype, round_bf16
from aotjit.program import Program
from aotjit.sema.host.generator import Generator, memory_order

Array = Any
_LARGEST = {
    DType.BOOL: 1, DType.U8: 2**8 - 1, DType.I8: 2**7 - 1, DType.I16: 2**15 - 1, DType.I32: 2**31 - 1,
    DType.F16: 2**11, DType.BF16: 2**8, DType.F32: 2**24, DType.F64: 2**53,
}  # fmt: skip
"""The largest whole number that random_ draws: for a floating dtype, the last below which it holds all of them."""


class DrawingInterpreter(Interpreter):
    """An interpreter whose random operators take their numbers from `generator`."""

    def __init__(self, program: Program, generator: Generator) -> None:
        self.generator = generator
        super().__init__(program)

    def reference(self, op: ts.AtenOp, arguments: Sequence[Any]) -> Any:
        """What the operator's reference gives; random numbers for those that draw."""
        name = op.op.data.removeprefix("aotjit::random_")
        if op.op.data == "manual_seed":
            self.generator.seed(arguments[0])
            return None
        if name == op.op.data:
            return super().reference(op, arguments)
        target = arguments[0]
        t = ts.type_of(op.arguments[0])
        dtype = DType.BF16 if getattr(t, "dtype", None) is DType.BF16 else element_dtype(target)
        check_writable(target, (), uniform=False)
        draw(self.generator, name, target, dtype, arguments[1:])
        return None


def draw(generator: Generator, kind: str, target: Array, dtype: DType, numbers: Sequence[Any]) -> None:
    """Fills an array with random numbers, as runtime/random.c does. RuntimeError for what torch refuses."""
    if kind in ("uniform", "normal", "exponential") and not dtype.is_floating:
        raise RuntimeError(f'"{kind}_" not implemented for \'{dtype}\'')
    options = {"dense": bool(target.flags.c_contiguous)} if kind == "normal" else {}
    order = memory_order(target)
    if kind == "chances":
        numbers = [numbers[0].transpose(order)]
    target = target.transpose(order)
    drawn = _DRAWS[kind](generator, target, dtype, *numbers, **options).reshape(target.shape)
    target[...] = round_bf16(drawn) if dtype is DType.BF16 else drawn


def _uniform(generator: Generator, target: Array, dtype: DType, low: float, high: float) -> Array:
    if not low <= high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    return generator.uniform(target.size, low, high, dtype)


def _normal(generator: Generator, target: Array, dtype: DType, mean: float, std: float, dense: bool) -> Array:
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    return generator.normal(target.size, mean, std, dtype, dense=dense)


def _exponential(generator: Generator, target: Array, dtype: DType, rate: float) -> Array:
    import numpy

    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    return -1.0 / rate * numpy.log(1 - generator.doubles(target.size))


def _integers(generator: Generator, target: Array, dtype: DType, low: int, high: int | None) -> Array:
    end = _LARGEST.get(dtype, 2**63 - 1) + 1 if high is None else high
    if low >= end:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={end}")
    return generator.integers(target.size, low, end)


def _whole(generator: Generator, target: Array, dtype: DType) -> Array:
    span = _LARGEST.get(dtype, 2**63 - 1) + 1
    return generator.whole(target.size, span, dtype in (DType.I64, DType.F64))


def _bernoulli(generator: Generator, target: Array, dtype: DType, p: float) -> Array:
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return generator.doubles(target.size) < p


def _chances(generator: Generator, target: Array, dtype: DType, chances: Array) -> Array:
    import numpy

    p = chances.reshape(-1)
    if not numpy.all((p >= 0) & (p <= 1)):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    if p.dtype == numpy.float64:
        return generator.doubles(p.size) < p
    return generator.uniform(p.size, 0.0, 1.0) < p


def _permutation(generator: Generator, target: Array, dtype: DType) -> Array:
    import numpy

    return numpy.array(generator.permutation(math.prod(target.shape)), numpy.int64)


_DRAWS: dict[str, Callable[..., Array]] = {
    "uniform": _uniform, "normal": _normal, "integers": _integers, "whole": _whole, "bernoulli": _bernoulli,
    "exponential": _exponential, "chances": _chances, "permutation": _permutation,
}  # fmt: skip
