"""`model.load_state(state)`: weights of a mapping or a file checked by name and handed to the library, which calls this
(runtime/python_model.c)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from aotjit.diagnostics import UsageError


def load_state(model: Any, state: Mapping[str, Any] | str | os.PathLike[str], strict: bool = True) -> None:
    """Gives the library of `model` other weights: a mapping from names to tensors or arrays, or a file of them.

    With `strict` the names are those of the program, no more and no fewer (a tensor with several names needs one).
    Raises KeyError for names, TypeError and ValueError for dtypes and shapes, RuntimeError for a weight that the
    compiler computed with, UsageError for a file that is none.
    """
    given = dict(state) if isinstance(state, Mapping) else _read_state(os.fspath(state))
    known = {name: number for name, _, _, _, number in model._parameters}
    if strict:
        unknown = [name for name in given if name not in known]
        tied = {known[name] for name in given if name in known}
        missing = [name for name, number in known.items() if name not in given and number >= 0 and number not in tied]
        problems = [f"{what} {', '.join(n[:8])}" for what, n in (("unknown", unknown), ("missing", missing)) if n]
        if problems:
            raise KeyError(f"the weights do not fit the model: {'; '.join(problems)}")
    given = {name: value for name, value in given.items() if name in known}
    model._replace_weights(given)
    if hasattr(model, "save"):
        _replaced.setdefault(type(model), {}).update(zip(given, map(_copy, given.values()), strict=True))


_replaced: WeakKeyDictionary[type, dict[str, Any]] = WeakKeyDictionary()
"""The weights that libraries have been given, for those models that can be saved."""


def replaced_weights(model: Any) -> Mapping[str, Any]:
    """The arrays that took the place of the model's weights, by name; None for what numpy has no arrays of."""
    return _replaced.get(type(model), {})


def _copy(value: Any) -> Any:
    import numpy

    try:
        return numpy.asarray(value.detach() if hasattr(value, "detach") else value).copy()
    except TypeError:  # bfloat16
        return None


def _read_state(path: str) -> dict[str, Any]:
    from aotjit.archive import read_weights
    from aotjit.dtypes import DType

    tensors = read_weights(path)
    for name, value in tensors.items():
        if value.dtype is DType.BF16:
            raise UsageError(f"{path}: {name} is bfloat16, which numpy has not; pass a dict of torch tensors")
    return {name: value.numpy() for name, value in tensors.items()}
