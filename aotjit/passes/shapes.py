"""What is known about how shapes broadcast."""

from __future__ import annotations

from aotjit.types import Dim, TensorType, Type


def broadcasts_to(t: Type, target: TensorType) -> bool:
    """A tensor of type `t` is known to fit into the shape of `target` without making it larger."""
    if not isinstance(t, TensorType) or t.dims is None:
        return False
    if not t.dims:
        return True
    if target.dims is None or len(t.dims) > len(target.dims):
        return False
    tail = target.dims[len(target.dims) - len(t.dims) :]
    return all(d == 1 or (d is not None and d == o) for d, o in zip(t.dims, tail, strict=True))


def is_smaller(dims: tuple[Dim, ...], other: tuple[Dim, ...]) -> bool:
    """A tensor with `dims` is known to be broadcast when it is combined with one that has the dims `other`."""
    if len(other) > len(dims):
        return any(d != 1 for d in other[: len(other) - len(dims)])
    tail = dims[len(dims) - len(other) :]
    return any(d == 1 and o != 1 for d, o in zip(tail, other, strict=True))
