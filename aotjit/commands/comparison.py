"""Whether two results are the same, as torch.testing.assert_close sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

# Absolute and relative, by the wider dtype's size in bytes: torch.testing.assert_close's defaults.
_TOLERANCE = {2: (1e-5, 1e-3), 4: (1e-5, 1.3e-6), 8: (1e-7, 1e-7)}


@dataclass(frozen=True)
class Failure:
    """A call that ended with an exception of this class."""

    kind: str
    message: str


def outcome_difference(expected: Any, actual: Any) -> str | None:
    """What is different first between two `Failure`s or pairs of result and arguments after the call, or None."""
    if isinstance(expected, Failure) or isinstance(actual, Failure):
        return _failure_difference(expected, actual)
    return difference(expected[0], actual[0], "result") or difference(expected[1], actual[1], "arguments")


def difference(expected: Any, actual: Any, where: str) -> str | None:
    """What is different first between two values, or None."""
    if hasattr(expected, "__array__") or hasattr(actual, "__array__"):
        return _array_difference(expected, actual, where)
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        if isinstance(expected, tuple) != isinstance(actual, tuple) or len(expected) != len(actual):
            kinds = f"{type(expected).__name__} of {len(expected)}, {type(actual).__name__} of {len(actual)}"
            return f"{where}: {kinds}"
        pairs = enumerate(zip(expected, actual, strict=True))
        return next((text for i, (e, a) in pairs if (text := difference(e, a, f"{where}[{i}]"))), None)
    if isinstance(expected, dict) and isinstance(actual, dict) and list(expected) == list(actual):
        return next((text for k in expected if (text := difference(expected[k], actual[k], f"{where}[{k!r}]"))), None)
    if isinstance(expected, SimpleNamespace) and type(expected).__name__ == type(actual).__name__:
        fields = vars(expected)  # an instance, or a member of an Enum
        found = {name: getattr(actual, name, None) for name in fields}
        return next((text for k in fields if (text := difference(fields[k], found[k], f"{where}.{k}"))), None)
    if type(expected) is not type(actual):
        return f"{where}: expected {expected!r}, got {actual!r}"
    if isinstance(expected, float):
        close = math.isclose(expected, actual, rel_tol=1e-7, abs_tol=1e-7)
        return None if close or (math.isnan(expected) and math.isnan(actual)) else f"{where}: {expected!r}, {actual!r}"
    return None if expected == actual else f"{where}: expected {expected!r}, got {actual!r}"


def _failure_difference(expected: Any, actual: Any) -> str | None:
    if isinstance(expected, Failure) and isinstance(actual, Failure):
        same = expected.kind == actual.kind
        return None if same else f"expected {expected.kind}, got {actual.kind}: {actual.message}"
    if isinstance(expected, Failure):
        return f"expected {expected.kind} ({expected.message}), got a result"
    return f"expected a result, got {actual.kind}: {actual.message}"


def _array_difference(expected: Any, actual: Any, where: str) -> str | None:
    import numpy as np

    e, a = np.asarray(expected), np.asarray(actual)
    if e.dtype != a.dtype:
        return f"{where}: expected dtype {e.dtype}, got {a.dtype}"
    if e.shape != a.shape:
        return f"{where}: expected shape {list(e.shape)}, got {list(a.shape)}"
    if e.dtype.kind not in "fc":
        equal = e == a
        return None if equal.all() else f"{where}: {int((~equal).sum())} of {e.size} elements differ"
    real_size = e.dtype.itemsize // (2 if e.dtype.kind == "c" else 1)
    absolute, relative = _TOLERANCE[real_size]
    close = np.isclose(a, e, rtol=relative, atol=absolute, equal_nan=True)
    if close.all():
        return None
    at = tuple(int(i) for i in np.argwhere(~close)[0])
    place = f"first at {list(at)}: expected {e[at]!r}, got {a[at]!r}"
    return f"{where}: {int((~close).sum())} of {e.size} elements differ, {place}"
