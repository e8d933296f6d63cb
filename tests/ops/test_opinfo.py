"""torch's own samples (OpInfo) of the operators that are declared: the reference against torch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from aotjit import types
from aotjit.diagnostics import CompileError
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Operator, unstated
from aotjit.types import ListType, OptionalType, Type
from tests.ops.conftest import assert_same, own, torch_call
from tests.ops.one_operator import OneOperator
from tests.ops.test_derived import describe, outcome

torch = pytest.importorskip("torch")
warnings.simplefilter("ignore")

NAMES = {
    "nn.functional.gelu": "gelu", "nn.functional.elu": "elu", "nn.functional.leaky_relu": "leaky_relu",
    "nn.functional.softplus": "softplus", "nn.functional.hardtanh": "hardtanh", "nn.functional.silu": "silu",
    "nn.functional.hardswish": "hardswish", "nn.functional.hardsigmoid": "hardsigmoid", "nn.functional.mish": "mish",
    "nn.functional.relu": "relu", "nn.functional.linear": "linear", "nn.functional.layer_norm": "layer_norm",
}  # fmt: skip
"""Names in OpInfo of operators whose own name differs."""
PER_OPERATOR = 25


def _opinfos() -> list[Any]:
    from torch.testing._internal.common_methods_invocations import op_db

    uninitialised = ("empty", "empty_like", "new_empty")
    return [
        i
        for i in op_db
        if NAMES.get(i.name, i.name) in REGISTRY.by_name and not i.variant_test_name and i.name not in uninitialised
    ]


def matches(value: Any, t: Type) -> bool:
    """Can the value be given for an argument of the type?"""
    if isinstance(t, OptionalType):
        return value is None or matches(value, t.element)
    if isinstance(t, ListType):
        return isinstance(value, list | tuple) and all(matches(v, t.element) for v in value)
    kinds: dict[Type, tuple[type, ...]] = {
        types.TENSOR: (torch.Tensor,), types.INT: (int,), types.FLOAT: (float,), types.BOOL: (bool,),
        types.STR: (str,), types.NUMBER: (bool, int, float),
    }  # fmt: skip
    return isinstance(value, kinds.get(t, ())) and not (t in (types.INT,) and isinstance(value, bool))


def bound(operator: Operator, given: list[Any], keywords: dict[str, Any]) -> tuple[Any, ...] | None:
    """The sample's arguments in the schema's order; None where they do not fit."""
    result: list[Any] = []
    rest, named = list(given), dict(keywords)
    for a in operator.schema.arguments:
        if a.name in named:
            value = named.pop(a.name)
        elif rest and not a.keyword_only:
            value = rest.pop(0)
        elif a.required:
            return None
        else:
            value = a.default
        if isinstance(value, torch.dtype):
            return None
        if a.type == types.FLOAT and type(value) is int:
            value = float(value)
        if not matches(value, a.type):
            return None
        result.append(_plain(value))
    return None if rest or named else tuple(result)


def _plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().numpy()
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def calls(info: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Overload and arguments of the first samples that some overload takes."""
    for dtype in (torch.float32, torch.int64, torch.bool):
        if not info.supports_dtype(dtype, "cpu"):
            continue
        for count, sample in enumerate(info.sample_inputs("cpu", dtype)):
            if count == PER_OPERATOR:
                break
            for operator in REGISTRY.overloads(NAMES.get(info.name, info.name)):
                if operator.schema.namespace == "aotjit" or operator.reference is unstated:
                    continue
                args = bound(operator, [sample.input, *sample.args], sample.kwargs)
                if args is not None:
                    yield operator.schema.qualified, args
                    break


TIES = {"sort": 1, "argsort": 1, "topk": 2}
"""Which order equal elements come in is not specified: what the indices name is compared. The place of `dim`."""


def ordered(name: str, args: tuple[Any, ...], result: Any) -> list[Any]:
    """The elements that the indices name, and the values where the operator gives them."""
    *values, indices = result if isinstance(result, list | tuple) else [result]
    assert indices.dtype == np.int64
    x = args[0]
    return [*values, np.take_along_axis(x, indices, args[TIES[name]]) if x.ndim else indices]


@pytest.mark.parametrize("info", _opinfos(), ids=lambda i: i.name)
def test_reference_on_torch_samples(info: Any) -> None:
    for name, args in calls(info):
        if any(isinstance(v, np.ndarray) and v.dtype.kind == "c" for v in args):
            continue
        expected, problem = outcome(torch_call, name, own(args))
        if problem is not None or outcome(OneOperator, REGISTRY[name], own(args))[1] is not None:
            continue
        actual, failure = outcome(REGISTRY[name].reference, *own(args))
        assert failure is None or isinstance(failure, CompileError), f"{describe(name, args)}: {failure!r}"
        if name in TIES:
            actual, expected = ordered(name, args, actual), ordered(name, args, expected)
        assert_same(actual, expected, describe(name, args), REGISTRY[name].tolerance)
