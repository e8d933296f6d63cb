"""Running one operator: by its reference, by torch, and lowered by the interpreter."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from aotjit.ops.numeric import element_dtype
from aotjit.ops.opdef import Tolerance

torch = pytest.importorskip("torch")


def to_torch(value: Any) -> Any:
    """The value for torch: arrays become tensors with their strides, on memory of their own."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(np.array(value, order="K"))
    return [to_torch(v) for v in value] if isinstance(value, list) else value


def from_torch(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.resolve_conj().numpy()
    if isinstance(value, list | tuple):
        return type(value)(from_torch(v) for v in value)
    return str(value) if isinstance(value, torch.device) else value


def torch_call(qualified: str, args: tuple[Any, ...]) -> Any:
    """torch's result of one overload, as numpy and Python values."""
    namespace, _, rest = qualified.rpartition("::")
    name, _, overload = rest.partition(".")
    packet = getattr(getattr(torch.ops, namespace or "aten"), name)
    function = getattr(packet, overload or "default")
    schema = function._schema.arguments
    positional = [to_torch(v) for v, a in zip(args, schema, strict=True) if not a.kwarg_only]
    keywords = {a.name: to_torch(v) for v, a in zip(args, schema, strict=True) if a.kwarg_only}
    for name_, value in list(keywords.items()):
        if name_ == "dtype" and isinstance(value, int):
            keywords[name_] = DTYPES_BY_CODE[value]
    return from_torch(function(*positional, **keywords))


DTYPES_BY_CODE = {
    0: torch.uint8, 1: torch.int8, 2: torch.int16, 3: torch.int32, 4: torch.int64, 5: torch.float16, 6: torch.float32,
    7: torch.float64, 9: torch.complex64, 10: torch.complex128, 11: torch.bool,
}  # fmt: skip


def own(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """A copy that an in-place operator may write to."""
    return tuple(np.array(v, order="K") if isinstance(v, np.ndarray) else copy.deepcopy(v) for v in args)


def assert_same(actual: Any, expected: Any, what: str, tolerance: Tolerance = Tolerance()) -> None:  # noqa: B008
    """Equal within the tolerance (torch.testing's default where it says nothing), types and shapes too."""
    if isinstance(expected, np.ndarray):
        assert isinstance(actual, np.ndarray), f"{what}: {type(actual)}"
        assert actual.dtype == expected.dtype, f"{what}: dtype {actual.dtype}, expected {expected.dtype}"
        assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
        atol, rtol = tolerance.by_dtype.get(str(element_dtype(expected)), (None, None))
        torch.testing.assert_close(
            to_torch(actual), to_torch(expected), atol=atol, rtol=rtol, equal_nan=True, msg=lambda m: f"{what}\n{m}"
        )
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected), what
        for a, e in zip(actual, expected, strict=True):
            assert_same(a, e, what, tolerance)
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, rel=1e-12, nan_ok=True) and type(actual) is float, (
            f"{what}: {actual}, {expected}"
        )
    else:
        assert actual == expected and type(actual) is type(expected), f"{what}: {actual!r}, expected {expected!r}"
