"""Strings: Python's semantics, indices in code points. As in torch, letters, digits and spaces are ASCII's."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from aotjit.ops.declare import operator
from aotjit.ops.ieee import float_text
from aotjit.ops.opdef import Intrinsic, Lent, Lowering, Rewrite, Runtime


def method(text: str, lowering: Lowering, reference: Callable[..., Any], effects: str = "pure") -> None:
    """One overload on immutable strings."""
    operator(f"aten::{text}", reference=reference, lowering=lowering, effects=effects)


def internal(text: str, symbol: str, reference: Callable[..., Any], lent: Lent | None = None) -> None:
    """The operator behind a C function, with exactly its arguments."""
    operator(f"aotjit::{text}", reference=reference, lowering=Runtime(symbol, lent=lent), effects="pure")


def _runtime(symbol: str, kind: str, item: str | None = None, **only: int) -> Runtime:
    """A C function that has another one beside it for what nobody keeps."""
    return Runtime(symbol, item=item, lent=Lent(kind, f"{symbol}_lent", only))


def _item(s: Sequence[str], i: int, kind: str = "string") -> str:
    if not -len(s) <= i < len(s):
        raise IndexError(f"{kind} index out of range")
    return s[i]


def _split(s: str, separator: str | None, limit: int) -> list[str]:
    if separator == "":
        raise ValueError("empty separator")
    return s.split() if separator is None else s.split(separator, limit)  # as torch.jit: no limit without separator


def _window(s: str, start: int, end: int) -> tuple[int, int]:
    """From where to where torch looks: an end of -1 is the end of the string."""
    return max(0, start + len(s)) if start < 0 else start, max(0, end + len(s) + 1) if end < 0 else end


def _check_start(s: str, start: int) -> None:
    if start > len(s):
        raise RuntimeError(f"the start, {start}, is behind the end of a str of {len(s)} characters")


def _find(name: str) -> Callable[[str, str, int, int], int]:
    """`find` and its like: a part that ends before it starts is empty, and is where it starts."""

    def reference(s: str, part: str, start: int, end: int) -> int:
        start, end = _window(s, start, end)
        if end > start:
            _check_start(s, start)
        at = getattr(s[start:end], name.replace("index", "find"))(part)
        if at < 0 and "index" in name:
            raise ValueError("substring not found")
        return -1 if at < 0 else start + int(at)

    return reference


def _count(s: str, part: str, start: int, end: int) -> int:
    """Those that begin before the end. ("" as Python counts it, torch does so for ever.)"""
    start, end = _window(s, start, end)
    if start > len(s) or end <= start:
        return 0
    if not part:
        return s.count(part, start, end)
    total, at = 0, s.find(part, start)
    while 0 <= at < end:
        total, at = total + 1, s.find(part, at + len(part))
    return total


def _ends(name: str) -> Callable[[str, str, int, int], bool]:
    """`startswith` and `endswith`: an end before the start is none."""

    def reference(s: str, part: str, start: int, end: int) -> bool:
        start, end = _window(s, start, end)
        _check_start(s, start)
        return bool(getattr(s[start:] if end < start else s[start:end], name)(part))

    return reference


def _replace(s: str, old: str, new: str, limit: int) -> str:
    """Torch puts all in front of the string where there is nothing to replace."""
    return s.replace(old, new, limit) if old or limit < 0 else new * limit + s


def _partition(name: str) -> Callable[[str, str], tuple[str, str, str]]:
    def reference(s: str, separator: str) -> tuple[str, str, str]:
        if separator:
            return getattr(s, name)(separator)  # type: ignore[no-any-return]  # getattr of a str
        return ("", "", s) if name == "partition" else (s, "", "")

    return reference


def _of_ascii(change: Callable[[str], str]) -> Callable[[str], str]:
    """`change` where it concerns ASCII; other characters stay and are no letters."""
    return lambda s: re.sub(r"[\x00-\x7f]+", lambda match: change(match[0]), s)


def _single(value: float) -> float:
    """The value as float32 holds it."""
    from aotjit.ops import numpy_lazily as np

    with np.errstate(all="ignore"):
        return float(np.float32(value))


def _title(s: str) -> str:
    return re.sub(r"[A-Za-z]+", lambda match: match[0].capitalize(), s)


def _lines(s: str, keep: bool) -> list[str]:
    """Each character that ends a line ends one; ends that are kept are pieces of their own."""
    parts = re.split(r"([\n-\r\x1c-\x1e])", s)
    if not parts[-1]:
        parts.pop()
    return parts if keep else parts[::2]


method("len.str(str s) -> int", Intrinsic("str_len"), len)
method("add.str(str a, str b) -> str", _runtime("aj_str_concat", "text"), lambda a, b: a + b)
method("__getitem__.str(str s, int index) -> str", Runtime("aj_str_get"), _item)
method("slice.str(str string, int? start=None, int? end=None, int step=1) -> str",
       _runtime("aj_str_slice", "parts", step=1), lambda s, start, end, step: s[start:end:step])  # fmt: skip
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
method("join(str self, str[] values) -> str", Runtime("aj_str_join"), lambda s, values: s.join(values),
       effects="read")  # fmt: skip  # the list may change
method("list(str t) -> str[]", Runtime("aj_str_characters"), list)

# -- letters and digits -----------------------------------------------------------------------------------------------

method("upper(str self) -> str", _runtime("aj_str_upper", "text"), _of_ascii(str.upper))
method("lower(str self) -> str", _runtime("aj_str_lower", "text"), _of_ascii(str.lower))
method("swapcase(str self) -> str", Runtime("aj_str_swapcase"), _of_ascii(str.swapcase))
method("capitalize(str self) -> str", Runtime("aj_str_capitalize"),
       lambda s: _of_ascii(str.upper)(s[:1]) + _of_ascii(str.lower)(s[1:]))  # fmt: skip
method("title(str self) -> str", Runtime("aj_str_title"), _title)
method("isidentifier(str self) -> bool", Runtime("aj_str_isidentifier"),
       lambda s: s.isascii() and s.isalnum() and not s[0].isdigit())  # fmt: skip  # as torch: without _
for _name in ("isalnum", "isalpha", "isdigit", "isspace", "isprintable"):
    method(f"{_name}(str self) -> bool", Runtime(f"aj_str_{_name}"),
           lambda s, name=_name: s.isascii() and getattr(s, name)())  # fmt: skip
for _name in ("isdecimal", "isnumeric"):  # the same in ASCII
    method(f"{_name}(str self) -> bool", Runtime("aj_str_isdigit"), lambda s: s.isascii() and s.isdigit())
for _name in ("isupper", "islower", "istitle"):
    method(f"{_name}(str self) -> bool", Runtime(f"aj_str_{_name}"),
           lambda s, name=_name: getattr(re.sub(r"[^\x00-\x7f]", " ", s), name)())  # fmt: skip

# -- ends and padding -------------------------------------------------------------------------------------------------

for _name in ("strip", "lstrip", "rstrip"):
    method(f'{_name}(str self, str chars=" \\n\\t\\f\\v") -> str', _runtime(f"aj_str_{_name}", "parts"),
           lambda s, chars, name=_name: getattr(s, name)(chars))  # fmt: skip
for _name in ("center", "ljust", "rjust"):
    method(f'{_name}(str self, int width, str fillchar=" ") -> str', Runtime(f"aj_str_{_name}"),
           lambda s, width, fill, name=_name: getattr(s, name)(width, fill))  # fmt: skip
method("zfill(str self, int width) -> str", Runtime("aj_str_zfill"),
       lambda s, width: s.rjust(width, "0"))  # fmt: skip  # in front of a sign too, as torch
method("expandtabs(str self, int tabsize=8) -> str", Runtime("aj_str_expandtabs"), lambda s, size: s.expandtabs(size))

# -- looking for text -------------------------------------------------------------------------------------------------

for _name, _returned, _reference in (
    *((n, "int", _find(n.partition(".")[0])) for n in ("find", "rfind", "index.str", "rindex")),
    ("count", "int", _count), *((n, "bool", _ends(n)) for n in ("startswith", "endswith")),
):  # fmt: skip
    method(f"{_name}(str self, str substr, int start=0, int end=-1) -> {_returned}",
           Runtime(f"aj_str_{_name.partition('.')[0]}"), _reference)  # fmt: skip
method("replace(str self, str old, str new, int max=-1) -> str", Runtime("aj_str_replace"), _replace)
method("split.str(str self, str? separator=None, int max=-1) -> str[]",
       _runtime("aj_str_split", "list", item="aotjit::split_item"), _split)  # fmt: skip
internal("split_item(str self, str? separator, int max, int index) -> str", "aj_str_split_item",
         lambda s, separator, limit, i: _item(_split(s, separator, limit), i, "list"),
         Lent("parts", "aj_str_split_item_lent"))  # fmt: skip
method('rsplit(str self, str separator=" ", int max=-1) -> str[]', Runtime("aj_str_rsplit"),
       lambda s, separator, limit: s.rsplit(separator, limit))  # fmt: skip
method("splitlines(str self, bool keepends=False) -> str[]", _runtime("aj_str_splitlines", "list"), _lines)
for _name in ("partition", "rpartition"):
    method(f"{_name}(str self, str separator) -> (str, str, str)", _runtime(f"aj_str_{_name}", "parts"),
           _partition(_name))

# -- characters and numbers -------------------------------------------------------------------------------------------

method("ord(str string) -> int", Runtime("aj_str_ord"), ord)
method("chr(int i) -> str", Runtime("aj_str_chr"), chr)
method("hex(int i) -> str", Runtime("aj_int_hex"), hex)
method("oct(int i) -> str", Runtime("aj_int_oct"), oct)
method("bin(int i) -> str", Runtime("aj_int_bin"), bin)
_INT = re.compile(r"[ \t-\r]*[+-]?[0-9]+")
_FLOAT = re.compile(r"[ \t-\r]*[+-]?((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE)


def _to_int(text: str) -> int:
    if _INT.fullmatch(text) is None or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"invalid literal for int(): '{text}'")
    return int(text)


def _to_float(text: str) -> float:
    """Too large, or too small for all its digits, is an error as in std::stod."""
    found = _FLOAT.fullmatch(text)
    value = float(text) if found is not None else 0.0
    fits = abs(value) >= sys.float_info.min or not re.search("[1-9]", re.split("[eE]", text)[0])
    if found is None or not fits or (math.isinf(value) and "inf" not in text.lower()):
        raise ValueError(f"could not convert string to float: '{text}'")
    return value


method("Int.str(str a) -> int", Runtime("aj_str_to_int"), _to_int)
method("Float.str(str a) -> float", Runtime("aj_str_to_float"), _to_float)
internal("float_fixed(float a) -> str", "aj_float_fixed", lambda a: float_text(_single(a), "f"))
internal("float_scientific(float a) -> str", "aj_float_scientific", lambda a: float_text(_single(a), "e"))
