"""Bounds on the value of a pickle, so that what reads it may recurse over it and take its time to be bounded."""

from __future__ import annotations

from aotjit.archive.values import ArchiveObject, EnumValue, Value, children

MAX_DEPTH = 200
MAX_VALUES = 20_000_000
_CONTAINERS = (list, tuple, dict, ArchiveObject, EnumValue)


class PickleError(Exception):
    """The pickle is not one that torch writes; the text says why."""


def check_extent(root: Value) -> None:
    """Refuses values that contain themselves, are deeper than MAX_DEPTH, or grow without bound when written out.

    Shared lists make small pickles that are trees of 2**n values; objects are met once, since they keep identity.
    """
    # id -> (height, values when written out); the height is -1 while the value's children are being looked at.
    known: dict[int, tuple[int, int]] = {}
    stack: list[tuple[Value, int]] = [(root, 1)]
    while stack:
        value, depth = stack.pop()
        if not isinstance(value, _CONTAINERS):
            continue
        if depth < 0:
            height, count = 0, 1
            for child in children(value):
                below, within = known.get(id(child), (0, 1))
                height, count = max(height, below), count + within
            if count > MAX_VALUES:
                raise PickleError("its values are too many")
            known[id(value)] = (height + 1, 1 if isinstance(value, ArchiveObject) else count)
            continue
        height = known.get(id(value), (0, 0))[0]
        if height < 0:
            raise PickleError("a value in it contains itself")
        if depth + height > MAX_DEPTH:
            raise PickleError("its values are nested too deeply")
        if height == 0:
            known[id(value)] = (-1, 0)
            stack.append((value, -1))
            stack += [(child, depth + 1) for child in children(value)]
