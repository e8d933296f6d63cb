"""Argument tuples for the tests derived from the declarations: from the schema for elementwise operators, from a table
for the others. Arrays are numpy's; the tests make torch tensors of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from aotjit import types
from aotjit.ops.declare import operands_of
from aotjit.ops.opdef import Operator, Pointwise, Reduction
from aotjit.types import OptionalType

Array = Any
Sample = tuple[Any, ...]

INF, NAN = math.inf, math.nan
FLOAT_EDGES = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -2.5, 3.0, 88.0, -88.0, 1e-40, INF, -INF, NAN, 0.3]
DTYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


def array(rng: np.random.Generator, shape: tuple[int, ...], dtype: str, edges: bool = False) -> Array:
    """Random elements of moderate size; with `edges`, special values among them."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.startswith(("int", "uint")):
        low = 0 if dtype == "uint8" else -9
        return rng.integers(low, 10, shape).astype(dtype)
    if dtype.startswith("complex"):
        return np.asarray(rng.standard_normal(shape) * 2 + rng.standard_normal(shape) * 2j).astype(dtype)
    x = np.asarray(rng.standard_normal(shape) * 2)
    if edges and x.size:
        flat = x.reshape(-1)
        count = min(len(FLOAT_EDGES), flat.size)
        flat[:count] = rng.permutation(FLOAT_EDGES)[:count]
    return x.astype(dtype)


AVOIDED: dict[str, tuple[float, ...]] = {
    "gelu": (INF,),  # torch's vector code gives nan, its scalar code inf
    "fmod": (1e-40,),  # torch's vector code gives nan for quotients this large
    "remainder": (1e-40,),
}


def without(x: Array, avoided: tuple[float, ...]) -> Array:
    """The array with values that torch itself is not sure about replaced by 1."""
    for value in avoided:
        x = np.where(np.isclose(x, value, rtol=1e-3, atol=0), x.dtype.type(1), x) if x.dtype.kind == "f" else x
    return x


SHAPES: list[list[tuple[int, ...]]] = [
    [(3, 17), (3, 17), (3, 17)], [(), (), ()], [(0, 3), (0, 3), (0, 3)], [(2, 1, 5), (4, 1), (5,)], [(4,), (), (4,)],
]  # fmt: skip
"""Shapes of up to three operands: equal, 0-dim, empty, broadcast, tensor with 0-dim tensor."""


def pointwise_samples(operator: Operator, rng: np.random.Generator) -> Iterator[Sample]:
    """All dtypes, mixed dtypes, broadcasting, strides, edge values; numbers of each kind."""
    for dtype in DTYPES:
        for shapes in SHAPES if dtype == "float32" else SHAPES[:2]:
            yield _pointwise_sample(operator, rng, [dtype] * 3, shapes)
    for mixed in (
        ["float32", "int64"],
        ["int32", "float64"],
        ["bool", "int16"],
        ["float32", "float64"],
        ["uint8", "int8"],
    ):
        for shapes in SHAPES[0], SHAPES[4]:
            yield _pointwise_sample(operator, rng, [*mixed, mixed[0]], shapes)
    yield _pointwise_sample(operator, rng, ["float32"] * 3, SHAPES[0], strided=True)
    yield from _unfit_samples(operator, rng)
    lowering = operator.lowering
    for dtype in ("complex64", "complex128") if isinstance(lowering, Pointwise) and lowering.on_complex else ():
        for shapes in SHAPES:
            yield _pointwise_sample(operator, rng, [dtype] * 3, shapes)
        yield _pointwise_sample(operator, rng, [dtype] * 3, SHAPES[0], strided=True)
        yield _pointwise_sample(operator, rng, [dtype, "float64", dtype], SHAPES[4])
        yield _pointwise_sample(operator, rng, ["float32", dtype, "int32"], SHAPES[3])


UNFIT: list[tuple[str, float]] = [
    ("uint8", 300), ("uint8", -1), ("uint8", -300), ("int8", 2**40), ("int32", 2.75), ("int16", NAN), ("int64", 1e300),
    ("bool", 300), ("float16", 2**40), ("float16", 1e300), ("float32", 1e300), ("float32", -INF),
]  # fmt: skip
"""Numbers that an element type does not hold, or holds in part only."""


def _unfit_samples(operator: Operator, rng: np.random.Generator) -> Iterator[Sample]:
    """Each of the operator's numbers in turn is one that does not fit."""
    names = [a.name for a in operator.schema.arguments]
    for at, a in enumerate(operator.schema.arguments):
        plain = a.type.element if isinstance(a.type, OptionalType) else a.type
        if plain not in (types.NUMBER, types.FLOAT) or (names[at], operator.schema.name) in UNCERTAIN:
            continue
        for dtype, value in UNFIT:
            sample = list(_pointwise_sample(operator, rng, [dtype] * 3, [(3,), (3,), (3,)]))
            sample[at] = float(value) if plain == types.FLOAT else value
            yield tuple(sample)


UNCERTAIN: set[tuple[str, str]] = set()


def _pointwise_sample(operator: Operator, rng: np.random.Generator, dtypes: list[str], shapes: list[tuple[int, ...]],
                      strided: bool = False) -> Sample:  # fmt: skip
    lowering = operator.lowering
    assert isinstance(lowering, Pointwise)
    result: list[Any] = []
    tensors = 0
    for a in operator.schema.arguments:
        plain = a.type.element if isinstance(a.type, OptionalType) else a.type
        if plain == types.TENSOR:
            shape = shapes[0] if operator.schema.arguments[0].writes and not tensors else shapes[min(tensors, 2)]
            if operator.schema.arguments[0].writes and tensors and len(shape) > len(shapes[0]):
                shape = shapes[0]
            dtype = "bool" if a.name in lowering.keep and a.name in ("mask", "condition") else dtypes[min(tensors, 2)]
            edges = not any(d.startswith("complex") for d in dtypes)
            x = without(array(rng, shape, dtype, edges), AVOIDED.get(operator.schema.name.rstrip("_"), ()))
            result.append(np.asfortranarray(x) if strided else x)
            tensors += 1
        elif plain in (types.NUMBER, types.FLOAT):
            result.append(_number(rng, a.name, dtypes[0]))
        elif plain == types.STR:
            result.append(a.default)
        else:
            result.append(a.default)
    assert operands_of(operator.schema)
    return tuple(result)


def _number(rng: np.random.Generator, name: str, dtype: str) -> int | float | bool:
    if dtype.startswith(("float", "complex")):
        return [2, 0.5, 3, 1.25, True][rng.integers(0, 5)] if name not in ("value", "alpha") else 2
    return [2, 3, 1][rng.integers(0, 3)]


def reduction_samples(operator: Operator, rng: np.random.Generator) -> Iterator[Sample]:
    arguments = operator.schema.arguments[1:]
    listed = any(a.name == "dim" and a.type != types.INT for a in arguments)
    dims: list[Any] = [[1], [0, 2], [-1]] if listed else [0, 1, -1]
    # torch rounds a float16 product after each factor.
    half = () if operator.schema.name == "prod" else ("float16",)
    for dtype in ("float32", "float64", "int64", "uint8", "bool", "int32", *half):
        for dim in dims:
            for keepdim in (False, True):
                x = array(rng, (3, 4, 5), dtype)
                yield (x, *(_reduction_argument(a.name, dim, keepdim) for a in arguments))
    if operator.schema.name in ("sum", "mean", "any", "all"):
        for dtype in ("complex64", "complex128"):
            for dim, keepdim in zip(dims, (False, True, False), strict=True):
                x = array(rng, (3, 4, 5), dtype)
                yield (x, *(_reduction_argument(a.name, dim, keepdim) for a in arguments))
                yield (x.transpose(1, 2, 0), *(_reduction_argument(a.name, dim, keepdim) for a in arguments))
    for shape in ((), (0,), (2, 0, 3), (1000,), (257, 33)):
        x = array(rng, shape, "float32", edges=shape == (1000,))
        dim = [0] if listed else 0
        yield (x, *(_reduction_argument(a.name, dim, False) for a in arguments))
    if listed and operator.schema.name not in ("any", "all"):
        yield (array(rng, (2, 3), "float32"), *(_reduction_argument(a.name, [], True) for a in arguments))
    yield (
        np.asfortranarray(array(rng, (6, 7), "float32")),
        *(_reduction_argument(a.name, dims[-1], True) for a in arguments),
    )


def _reduction_argument(name: str, dim: Any, keepdim: bool) -> Any:
    return {"dim": dim, "keepdim": keepdim, "dtype": None}[name]


def derived_samples(operator: Operator, rng: np.random.Generator) -> Iterator[Sample]:
    """Samples that follow from the kind of lowering; none for others."""
    if isinstance(operator.lowering, Pointwise):
        yield from pointwise_samples(operator, rng)
    elif isinstance(operator.lowering, Reduction):
        yield from reduction_samples(operator, rng)
