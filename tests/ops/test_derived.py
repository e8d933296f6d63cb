"""What follows from the declarations: torch agrees with the reference, inference with the results, the lowered form
with the reference."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from aotjit.diagnostics import CompileError
from aotjit.interp.interpreter import ProgramError
from aotjit.ops import REGISTRY
from aotjit.ops.declare import promotes_of
from aotjit.ops.infer import undecided
from aotjit.ops.numeric import element_dtype
from aotjit.ops.opdef import Composite, Operator, Pointwise, unstated
from aotjit.types import DictType, ListType, OptionalType, SimpleType, TensorType, TupleType, Type
from tests.ops import (  # noqa: F401  (they add to CASES)
    arrangement_cases,
    attention_cases,
    complex_cases,
    composed_cases,
    convolution_cases,
    factorise_cases,
    in_place_cases,
    inquiry_cases,
    loss_cases,
    plain_cases,
    special_cases,
    statistics_cases,
    unfit_cases,
    window_cases,
)
from tests.ops.cases import CASES
from tests.ops.conftest import assert_same, own, torch_call
from tests.ops.one_operator import OneOperator
from tests.ops.samples import derived_samples

warnings.simplefilter("ignore")



def of_complex_numbers(operator: Operator) -> bool:
    """Plain complex numbers go in or come out: programs with them are in tests/e2e (complex_programs.py)."""
    schema = operator.schema
    return any(COMPLEX_TEXT.search(str(t)) for t in (*(a.type for a in schema.arguments), *schema.returns))


COMPLEX_TEXT = re.compile(r"\bcomplex\b")
ALL = [n for n, o in REGISTRY.by_qualified.items() if not of_complex_numbers(o)]
FAILURES = (
    ArithmeticError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    CompileError,
    ProgramError,
    OverflowError,
)


def samples(name: str) -> Iterator[tuple[Any, ...]]:
    rng = np.random.default_rng(7)
    yield from derived_samples(REGISTRY[name], rng)
    yield from CASES.get(name, lambda rng: ())(rng)


def describe(name: str, args: tuple[Any, ...]) -> str:
    shown = [f"{v.dtype}{list(v.shape)}" if isinstance(v, np.ndarray) else repr(v) for v in args]
    return f"{name}({', '.join(shown)})"


def outcome(function: Any, *args: Any) -> tuple[Any, Exception | None]:
    try:
        return function(*args), None
    except FAILURES as problem:
        return None, problem


def has_torch(name: str) -> bool:
    """torch.ops takes the arguments: lists of any type it does not."""
    schema = REGISTRY[name].schema
    generic = any(is_generic(a.type) for a in schema.arguments)
    return schema.namespace != "aotjit" and not generic and name not in UNREACHABLE


def is_generic(t: Type) -> bool:
    """A list of any type, or a dict or list of tuples with values of any type."""
    if isinstance(t, DictType):
        return True
    return isinstance(t, ListType) and (t.element == SimpleType("t") or isinstance(t.element, TupleType))


UNREACHABLE = ("prim::device", "prim::data", "pow.int_to_int")
"""What torch.ops does not call: an attribute, and an overload that loses to another."""
STRICTER = {"square", "square_", "nextafter", "nextafter_"}
"""Operators that reject at compile time what torch takes: the square of a bool tensor, steps of half precision."""
DRAWN = tuple(n for n, o in REGISTRY.by_qualified.items() if o.effects == "io")
"""Random numbers: tests/e2e/test_random.py."""
UNINITIALISED = ("empty.memory_format", "empty_like", "new_empty", "empty_strided", "new_empty_strided")
ELSEWHERE = ("embedding_bag", "embedding_bag.padding_idx", "linalg_eigh", "linalg_svd", "svd")
"""Tested through torch.nn's module, as all but the first result are torch's own affair, and in
tests/e2e/tensor_programs.py, as vectors have any sign."""
REFUSED = ("_nested_tensor_from_mask", "_nested_tensor_from_mask_left_aligned", "to_padded_tensor")
"""Calls of them compile and raise when they run: tests/e2e/test_run_time_errors.py."""

BY_OBJECT = tuple(
    name for name, operator in REGISTRY.by_qualified.items()
    if any(str(a.type).startswith(("Dict[Tensor", "List[Tuple[Tensor, t")) for a in operator.schema.arguments)
)  # fmt: skip
"""Keys that are tensors are the objects that they are, which samples are not: tests/e2e/dict_programs.py."""


@pytest.mark.parametrize("name", ALL)
def test_every_operator_has_samples(name: str) -> None:
    without = (*UNINITIALISED, *ELSEWHERE, *REFUSED, *DRAWN, *BY_OBJECT)
    if REGISTRY[name].schema.namespace != "aotjit" and name not in without:
        assert next(samples(name), None) is not None


def meaning(name: str) -> Any:
    """The reference; torch where the operator has none of its own."""
    stated = REGISTRY[name].reference
    return stated if stated is not unstated else lambda *args: torch_call(name, args)


@pytest.mark.parametrize("name", [n for n in ALL if has_torch(n) and REGISTRY[n].reference is not unstated])
def test_reference_is_torch(name: str) -> None:
    for args in samples(name):
        expected, torch_problem = outcome(torch_call, name, own(args))
        if torch_problem is not None:
            # Either the call is rejected when it is compiled or it fails when it runs.
            _, ours = outcome(compiled_reference, name, own(args))
            assert ours is not None, f"{describe(name, args)}: torch says {torch_problem}"
            if "without overflow" in str(torch_problem) and not isinstance(ours, CompileError):
                assert str(ours) == str(torch_problem).splitlines()[0], describe(name, args)
            continue
        if name in STRICTER and isinstance(outcome(compiled_reference, name, own(args))[1], CompileError):
            continue
        actual, problem = outcome(REGISTRY[name].reference, *own(args))
        assert problem is None, f"{describe(name, args)}: {problem!r}"
        assert_same(actual, expected, describe(name, args), REGISTRY[name].tolerance)


def compiled_reference(name: str, args: tuple[Any, ...]) -> Any:
    OneOperator(REGISTRY[name], args)
    return REGISTRY[name].reference(*args)


ERASED = (frozenset[str](), frozenset({"rank"}), frozenset({"dims"}))
"""Which facts of the arguments are left out: each sample in turn."""


@pytest.mark.parametrize("name", ALL)
def test_inference_holds(name: str) -> None:
    operator = REGISTRY[name]
    for i, args in enumerate(samples(name)):
        call, problem = outcome(OneOperator, operator, args, ERASED[i % 3])
        expected, failure = outcome(meaning(name), *own(args))
        if failure is not None or (call is not None and dims_decide(call, args)):
            continue
        assert problem is None or isinstance(problem, CompileError), f"{describe(name, args)}: {problem!r}"
        if call is not None:
            results = list(expected) if len(call.types) > 1 else [expected] if call.types else []
            for t, value in zip(call.types, results, strict=True):
                check_type(t, value, describe(name, args))


def dims_decide(call: OneOperator, args: tuple[Any, ...]) -> bool:
    """The result's dtype hangs on whether a tensor has dims, which is taken to be so, and one has none."""
    lowering = call.operator.lowering
    if not isinstance(lowering, Pointwise):
        return False
    names = undecided(call.arguments, promotes_of(call.operator.schema, lowering))
    at = [i for i, a in enumerate(call.operator.schema.arguments) if a.name in names]
    return any(isinstance(args[i], np.ndarray) and args[i].ndim == 0 for i in at)


def check_type(t: Type, value: Any, what: str) -> None:
    """The facts of `t` hold for the value."""
    if isinstance(t, OptionalType):
        if value is not None:
            check_type(t.element, value, what)
    elif isinstance(t, DictType):
        assert isinstance(value, dict), what
        for k, v in value.items():
            check_type(t.key, k, what)
            check_type(t.value, v, what)
    elif isinstance(t, TupleType):
        assert isinstance(value, tuple), what
        for e, v in zip(t.elements, value, strict=True):
            check_type(e, v, what)
    elif isinstance(t, ListType):
        assert isinstance(value, list), what
        for v in value:
            check_type(t.element, v, what)
    elif isinstance(t, TensorType):
        assert t.dtype in (None, element_dtype(value)), f"{what}: {t} for {value.dtype}"
        if t.dims is not None:
            assert len(t.dims) == value.ndim, f"{what}: {t} for shape {value.shape}"
            assert all(d in (None, s) for d, s in zip(t.dims, value.shape, strict=True)), f"{what}: {t}, {value.shape}"
        if t.contiguous:
            assert value.flags.c_contiguous, f"{what}: {t}"
    else:
        kinds = {"int": int, "float": float, "bool": bool, "str": str, "Device": str}
        assert type(value) is kinds[str(t)], f"{what}: {t} for {value!r}"


def lowers(operator: Operator) -> bool:
    return not isinstance(operator.lowering, Composite)


@pytest.mark.parametrize("name", [n for n in ALL if lowers(REGISTRY[n])])
def test_lowered_is_reference(name: str) -> None:
    operator = REGISTRY[name]
    for i, args in enumerate(samples(name)):
        call, _ = outcome(OneOperator, operator, own(args), ERASED[i % 2])
        if call is None:
            continue
        expected_args = own(args)
        expected, failure = outcome(operator.reference, *expected_args)
        lowered, refused = outcome(call.lowered)
        if refused is not None:
            assert isinstance(refused, CompileError) and "internal" not in str(refused), (
                f"{describe(name, args)}: {refused!r}"
            )
            continue
        actual, problem = outcome(lowered.run)
        if failure is not None:
            assert problem is not None, f"{describe(name, args)}: should fail with {failure}"
            continue
        if problem is not None and dims_decide(call, args):
            assert "a tensor without dims" in str(problem), describe(name, args)
            continue
        assert problem is None, f"{describe(name, args)}: {problem!r}"
        if operator.schema.returns:
            assert_same(actual, expected, describe(name, args), REGISTRY[name].tolerance)
        for written in operator.writes:
            assert_same(call.inputs[written], expected_args[written], describe(name, args))
