"""Strings: Python's semantics, indices in code points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aotjit.ops.declare import operator
from aotjit.ops.opdef import Intrinsic, Lowering, Rewrite, Runtime


def method(text: str, lowering: Lowering, reference: Callable[..., Any]) -> None:
    """One overload on immutable strings."""
    operator(f"aten::{text}", reference=reference, lowering=lowering, effects="pure")


def internal(text: str, symbol: str, reference: Callable[..., Any]) -> None:
    """The operator behind a C function, with exactly its arguments."""
    operator(f"aotjit::{text}", reference=reference, lowering=Runtime(symbol), effects="pure")


def _item(s: str, i: int) -> str:
    if not -len(s) <= i < len(s):
        raise IndexError("string index out of range")
    return s[i]


def _split(s: str, separator: str | None, limit: int) -> list[str]:
    if separator == "":
        raise ValueError("empty separator")
    return s.split(separator, limit)


def _bounds(s: str, start: int, end: int) -> tuple[int, int]:
    """TorchScript's end of -1 is the end of the string."""
    return start, len(s) if end == -1 else end


method("len.str(str s) -> int", Intrinsic("str_len"), len)
method("add.str(str a, str b) -> str", Runtime("aj_str_concat"), lambda a, b: a + b)
method("__getitem__.str(str s, int index) -> str", Runtime("aj_str_get"), _item)
method("slice.str(str string, int? start=None, int? end=None, int step=1) -> str", Runtime("aj_str_slice"),
       lambda s, start, end, step: s[start:end:step])  # fmt: skip
method("eq.str(str a, str b) -> bool", Runtime("aj_str_equal"), lambda a, b: a == b)
method("ne.str(str a, str b) -> bool",
       Rewrite(lambda emit, a, b: [emit.logical_not(*emit.aten("eq.str", a, b))]), lambda a, b: a != b)  # fmt: skip
for _name, _relation in (("lt", lambda a, b: a < b), ("le", lambda a, b: a <= b), ("gt", lambda a, b: a > b),
                         ("ge", lambda a, b: a >= b)):  # fmt: skip
    method(f"{_name}.str(str a, str b) -> bool",
           Rewrite(lambda emit, a, b, name=_name: [
               emit.compare(name, *emit.aten("aotjit::str_compare", a, b), emit.constant(0))]),
           _relation)  # fmt: skip
internal("str_compare(str a, str b) -> int", "aj_str_compare", lambda a, b: (a > b) - (a < b))
internal("__contains__.str(str l, str item) -> bool", "aj_str_contains", lambda s, part: part in s)
method("upper(str self) -> str", Runtime("aj_str_upper"), lambda s: s.upper())
method("lower(str self) -> str", Runtime("aj_str_lower"), lambda s: s.lower())
method('strip(str self, str chars=" \\n\\t\\f\\v") -> str', Runtime("aj_str_strip"), lambda s, chars: s.strip(chars))
method("join(str self, str[] values) -> str", Runtime("aj_str_join"), lambda s, values: s.join(values))
method("ord(str string) -> int", Runtime("aj_str_ord"), ord)
method("chr(int i) -> str", Runtime("aj_str_chr"), chr)
method("Int.str(str a) -> int", Runtime("aj_str_to_int"), int)
method("Float.str(str a) -> float", Runtime("aj_str_to_float"), float)
method("find(str self, str substr, int start=0, int end=-1) -> int", Runtime("aj_str_find"),
       lambda s, part, start, end: s.find(part, *_bounds(s, start, end)))  # fmt: skip
for _name in ("startswith", "endswith"):
    method(f"{_name}(str self, str substr, int start=0, int end=-1) -> bool",
           Rewrite(lambda emit, self, substr, start, end, name=_name: emit.only(start, 0, end, -1).aten(
               f"aotjit::{name}", self, substr)),
           lambda s, part, start, end, name=_name: getattr(s, name)(part, *_bounds(s, start, end)))  # fmt: skip
    internal(f"{_name}(str a, str part) -> bool", f"aj_str_{_name}", lambda s, part, n=_name: getattr(s, n)(part))
method("replace(str self, str old, str new, int max=-1) -> str",
       Rewrite(lambda emit, self, old, new, max: emit.only(max, -1).aten("aotjit::replace", self, old, new)),
       lambda s, old, new, limit: s.replace(old, new, limit))  # fmt: skip
operator(
    "aotjit::replace(str a, str old, str new) -> str",
    reference=lambda s, old, new: s.replace(old, new),
    lowering=Runtime("aj_str_replace"),
    effects="pure",
)
method("split.str(str self, str? separator=None, int max=-1) -> str[]",
       Rewrite(lambda emit, self, separator, max: emit.only(max, -1).aten(
           "aotjit::split", self, emit.optional(separator, "str"))),
       _split)  # fmt: skip
internal("split(str a, str? separator) -> str[]", "aj_str_split", lambda s, separator: _split(s, separator, -1))
