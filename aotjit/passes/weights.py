"""New weights made of others when the output is written: nothing is computed, and numpy not imported, before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aotjit.dtypes import DType
from aotjit.program import Origin, Program, Weight
from aotjit.types import TensorType

if TYPE_CHECKING:
    import numpy

KEPT_BYTES = 1 << 20
"""What is larger is made again when it is needed again, so that one at a time is in memory beside the given weights."""


def kept(made: list[memoryview], data: memoryview) -> memoryview:
    """`data`, put into `made` for the next time where it is small."""
    if data.nbytes <= KEPT_BYTES:
        made.append(data)
    return data


def has_array(dtype: DType) -> bool:
    """numpy has this element type."""
    return dtype is not DType.BF16


def array_of(weight: Weight) -> numpy.ndarray:
    """The elements of a row-major weight, read-only."""
    import numpy

    from aotjit.ops.numeric import numpy_dtype

    flat = numpy.frombuffer(weight.data(), dtype=numpy_dtype(weight.dtype))
    return flat.reshape(weight.shape)


Move = Callable[["numpy.ndarray"], "numpy.ndarray"]
"""Gives other elements of an array, or the same in another order: a view where it can."""


def moved(weight: Weight, step: Move, how: str) -> Origin:
    """The origin of a weight that `step` makes of `weight`."""
    origin = weight.origin
    if origin is None:
        return Origin((weight.name,), step, how)
    before = origin.moved
    if before is None:
        return origin
    return Origin(origin.sources, lambda array: step(before(array)), how)


def computed(weights: Sequence[Weight], how: str) -> Origin:
    """The origin of a weight whose elements are computed of those of others."""
    sources = [s for w in weights for s in (w.origin.sources if w.origin is not None else (w.name,))]
    return Origin(tuple(dict.fromkeys(sources)), None, how)


def add_weight(
    program: Program, name: str, t: TensorType, compute: Callable[[], object], origin: Origin | None = None
) -> Weight:
    """A weight of static type `t` whose elements `compute` gives when the bytes are needed."""
    assert t.dtype is not None and t.dims is not None
    shape = tuple(d for d in t.dims if isinstance(d, int))
    made: list[memoryview] = []

    def data() -> memoryview:
        import numpy

        if made:
            return made[0]
        array = numpy.asarray(compute())
        if array.shape != shape:
            raise AssertionError(f"{name}: made {array.shape}, not {shape}")
        array = numpy.ascontiguousarray(array)  # row-major, whatever the strides were
        return kept(made, array.reshape(-1).view(numpy.uint8).data)

    weight = Weight(unused_name(program, name), t.dtype, shape, data, origin=origin)
    program.weights[weight.name] = weight
    return weight


def unused_name(program: Program, name: str) -> str:
    """`name`, or with a number when it is taken."""
    found, number = name, 1
    while found in program.weights:
        number += 1
        found = f"{name}.{number}"
    return found
