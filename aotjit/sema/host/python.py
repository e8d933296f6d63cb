"""Python's own modules of functions while constructors run: functools, itertools, operator, collections, typing."""

from __future__ import annotations

import collections
import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.modules import HostPartial, HostTensor, HostTupleClass, HostValue
from aotjit.sema.names import close_match

if TYPE_CHECKING:
    from aotjit.sema.host.expressions import ExpressionFrame

Call = Callable[..., HostValue]
_ITERTOOLS = frozenset(
    ("product", "combinations", "permutations", "chain", "repeat", "islice", "pairwise", "zip_longest", "count",
     "accumulate", "starmap", "takewhile", "dropwhile", "combinations_with_replacement", "cycle", "compress", "groupby")
)  # fmt: skip
_OPERATORS = frozenset(
    ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "itemgetter", "lt", "le", "gt", "ge", "eq", "ne",
     "and_", "or_", "xor", "not_", "getitem", "contains")
)  # fmt: skip
_WITH_FUNCTION = {"accumulate": 1, "starmap": 0, "takewhile": 0, "dropwhile": 0, "reduce": 0}
"""Where a function stands among the arguments."""
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "and_": "&",
          "or_": "|", "xor": "^", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}  # fmt: skip
MODULES = frozenset(("functools", "itertools", "operator", "collections", "typing"))


def call_python(
    frame: ExpressionFrame, call: Call, path: str, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span
) -> HostValue:
    """A function of MODULES on host values; `call` calls a host value with a span before the arguments."""
    home, _, name = path.rpartition(".")
    if home == "itertools.chain" and name == "from_iterable":
        return itertools.chain.from_iterable(frame.items(inner, span) for inner in frame.items(args[0], span))
    if path == "functools.partial" and args:
        return HostPartial(args[0], tuple(args[1:]), keywords)
    if home == "functools" and name in ("lru_cache", "cache", "wraps"):
        raise CompileError.at(span, f"{path} is not evaluated at compile time", "call the function without it")
    given = list(args)
    at = _WITH_FUNCTION.get(name)
    if at is not None and len(given) > at and given[at] is not None and home != "operator":
        given[at] = functools.partial(call, span, given[at])
    if path == "functools.reduce":
        given[1] = list(frame.items(given[1], span))
        return frame.attempt(lambda: functools.reduce(*given), span)
    if home == "itertools" and name in _ITERTOOLS:
        made = getattr(itertools, name)
        key = {"key": functools.partial(call, span, keywords["key"])} if keywords.get("key") is not None else {}
        return frame.attempt(lambda: made(*[_iterable(frame, v, span) for v in given], **{**keywords, **key}), span)
    if home == "operator" and name in _OPERATORS:
        if name in _SIGNS and any(isinstance(v, HostTensor) for v in args):
            return frame.binary(_SIGNS[name], args[0], args[1], span)
        return frame.attempt(lambda: getattr(operator, name)(*args), span)
    if home == "collections":
        return _collection(frame, call, name, args, keywords, span)
    if path == "typing.cast" and len(args) == 2:
        return args[1]
    known = [*_ITERTOOLS] if home == "itertools" else [*_OPERATORS] if home == "operator" else []
    raise CompileError.at(span, f"{path} is not evaluated at compile time", close_match(name, known))


def _iterable(frame: ExpressionFrame, value: HostValue, span: Span) -> Any:
    """What functions of itertools go through; numbers and functions are as they are."""
    if isinstance(value, bool | int | float | None) or (callable(value) and not hasattr(value, "__iter__")):
        return value
    return frame.items(value, span)


def _collection(
    frame: ExpressionFrame, call: Call, name: str, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span
) -> HostValue:
    if name == "OrderedDict":
        return frame.attempt(lambda: dict(*args, **keywords), span)
    if name == "namedtuple" and len(args) == 2:
        fields = args[1].replace(",", " ").split() if isinstance(args[1], str) else [*args[1]]
        defaults = [*keywords.get("defaults", ())]
        return HostTupleClass(str(args[0]), tuple(fields), dict(zip(fields[len(fields) - len(defaults) :], defaults,
                                                                   strict=True)))  # fmt: skip
    if name == "defaultdict" and args:
        return collections.defaultdict(functools.partial(call, span, args[0]), *args[1:], **keywords)
    if name == "deque":
        return collections.deque(*[frame.iterate(v, span) if i == 0 else v for i, v in enumerate(args)], **keywords)
    if name == "Counter" and len(args) == 1:
        return dict(collections.Counter(frame.iterate(args[0], span)))
    raise CompileError.at(span, f"collections.{name} is not evaluated at compile time with these arguments")
