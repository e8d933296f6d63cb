"""Python's own functions while constructors run, as Python defines them: `map(lambda n: nn.Linear(n, n), sizes)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aotjit.diagnostics import Span
from aotjit.sema.host.expressions import ExpressionFrame, check_order
from aotjit.sema.host.tensors import call_reference
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject

Call = Callable[..., HostValue]
BUILTINS: dict[str, Callable[..., Any]] = {
    "range": lambda *a: list(range(*a)), "len": lambda v: v.shape[0] if isinstance(v, HostTensor) else len(v),
    "int": int, "float": float, "complex": complex, "bool": bool, "str": str, "hex": hex,
    "max": max, "min": min, "sum": sum, "abs": abs, "round": round, "list": list, "sorted": sorted,
    "tuple": tuple, "zip": zip, "any": any, "all": all, "set": set, "frozenset": frozenset, "map": map,
    "filter": filter, "reversed": reversed, "iter": iter, "next": next,
    "enumerate": enumerate, "repr": repr, "ord": ord, "chr": chr, "slice": slice, "divmod": divmod,
    "bin": bin, "oct": oct, "pow": pow, "dict": dict,
}  # fmt: skip
INSPECTIONS = frozenset(("isinstance", "issubclass", "hasattr", "getattr", "setattr", "delattr", "type", "callable"))
"""Functions that ask a value about itself (inspection.py)."""
_OF_FUNCTIONS = frozenset(("map", "filter"))
_OF_TRUTHS = frozenset(("any", "all"))
_ORDERLESS = frozenset(("len", "any", "all", "set", "frozenset", "bool", "sorted", "min", "max"))
"""Functions for which the order of a set's elements makes no difference (of the last three without a key)."""


def call_builtin(
    frame: ExpressionFrame, call: Call, name: str, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span
) -> HostValue:
    """A function of Python on host values; `call` calls a host value with a span behind the arguments."""
    if name == "print":
        return None
    given, named = list(args), with_key(call, keywords, span)
    if name in ("bool", "float", "int") and len(given) == 1 and isinstance(given[0], HostTensor):
        given[0] = frame.attempt(lambda: args[0].numpy().item(), span)
    if name == "str" and given:
        return frame.text(given[0], span)
    if name == "abs" and isinstance(args[0], HostTensor):
        return call_reference(frame.evaluator.generator, "abs", args, {}, span)
    if name == "sum" and given:
        total, items = (*args[1:], keywords.get("start", 0))[0], frame.iterate(given[0], span)
        for item in items:
            total = frame.binary("+", total, item, span)
        return total
    if name == "repr" and given:
        frame.text(given[0], span)  # refuses what has no text
    if name == "slice":
        return frame.attempt(lambda: slice(*args), span)
    if name in _OF_FUNCTIONS and given:
        given[0] = _predicate(frame, call, given[0], span) if name == "filter" else partial(call, span, given[0])
    if name in ("max", "min", "sorted") and "key" not in named:
        named = {**named, **_key_of_tensors(frame, given, span)}
    ordered = name not in _ORDERLESS or "key" in keywords
    given = [_iterable(frame, v, ordered, span) for v in given]
    if name in _OF_TRUTHS and len(given) == 1:
        given = [(frame.true(v, span) for v in given[0])]
    return frame.attempt(lambda: BUILTINS[name](*given, **named), span)


def with_key(call: Call, keywords: dict[str, HostValue], span: Span) -> dict[str, HostValue]:
    """The keyword arguments, with the `key=` of sorted, min, max and list.sort as a function of Python."""
    key = keywords.get("key")
    return keywords if key is None else {**keywords, "key": partial(call, span, key)}


def _key_of_tensors(frame: ExpressionFrame, given: Sequence[HostValue], span: Span) -> dict[str, HostValue]:
    """The key by which tensors of one element are compared: their numbers."""
    whole = isinstance(given[0], HostTensor) and len(given) == 1 if given else False
    items = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    if whole or any(isinstance(item, HostTensor) for item in items):
        return {"key": lambda v: frame.attempt(lambda: v.numpy().item(), span) if isinstance(v, HostTensor) else v}
    return {}


def _predicate(frame: ExpressionFrame, call: Call, function: HostValue, span: Span) -> Callable[[HostValue], bool]:
    if function is None:
        return lambda value: frame.true(value, span)
    return lambda value: frame.true(call(span, function, value), span)


def _iterable(frame: ExpressionFrame, value: HostValue, ordered: bool, span: Span) -> HostValue:
    """A value as Python's functions iterate over it."""
    if isinstance(value, ModuleObject | HostTensor):
        return frame.iterate(value, span)
    if ordered and isinstance(value, set | frozenset):
        check_order(value, span)
    return value
