"""Samples of the operators on strings, dicts and parts of numbers, by qualified name."""

from __future__ import annotations

from typing import Any

from tests.ops.cases import CASES, plain
from tests.ops.samples import INF, NAN

TEXTS = ("", "abc", "Hello World", "a,b,,c", "  x y\t", "aXbX12", "-7", "x\ny", "they're", "\t", "_a1", "A")
PARTS = ("a", ",", "l", " ", "zz")
BOUNDS = ((0, -1), (1, -1), (2, 4), (-3, -1), (9, -1), (3, 1), (-1, -3), (40, 2))
WIDTHS = (0, 4, 7, 11)  # a negative one is a huge one to torch, which then fills all memory

_ONE = plain(*((s,) for s in TEXTS))
_PADDED = plain(*((s, n, c) for s in TEXTS for n in WIDTHS for c in (" ", "*")), ("a", 3, "ab"))
_FOUND = plain(*((s, c, *b) for s in TEXTS for c in PARTS for b in BOUNDS))

for _name in (
    "upper", "lower", "swapcase", "capitalize", "title", "isalnum", "isalpha", "isdigit", "isdecimal", "isnumeric",
    "isspace", "isupper", "islower", "istitle", "isprintable", "list",
):  # fmt: skip
    CASES[_name] = _ONE
CASES["isidentifier"] = _ONE
for _name in ("strip", "lstrip", "rstrip"):
    CASES[_name] = plain(*((s, c) for s in TEXTS for c in (" \n\t\f\v", "a", "xX")))
for _name in ("center", "ljust", "rjust"):
    CASES[_name] = _PADDED
for _name in ("find", "rfind", "index.str", "rindex", "count", "startswith", "endswith"):
    CASES[_name] = _FOUND
for _name in ("partition", "rpartition"):
    CASES[_name] = plain(*((s, c) for s in TEXTS for c in ("", *PARTS)))
CASES |= {
    "zfill": plain(*((s, n) for s in TEXTS for n in WIDTHS)),
    "expandtabs": plain(*((s, n) for s in TEXTS for n in (1, 4, 8))),
    "replace": plain(*((s, c, "--", n) for s in TEXTS for c in PARTS for n in (-1, 0, 1))),
    "split.str": plain(*((s, c, n) for s in TEXTS for c in (*PARTS, None) for n in (-1, 0, 1)), ("a", "", -1)),
    "rsplit": plain(*((s, c, n) for s in TEXTS for c in PARTS for n in (-1, 0, 1))),
    "splitlines": plain(*((s, False) for s in TEXTS)),
    "hex": plain((0,), (255,), (-255,), (-(2**63),)),
    "oct": plain((0,), (8,), (-9,)),
    "bin": plain((0,), (5,), (-5,)),
    "any.str": plain((["", "a"],), ([""],), ([],)),
    "mul_.t": plain(([1, 2], 2), ([1], 0), ([1], -1), ([1], 1)),
    "sort.any": plain(([(2, 1), (1, 5), (1, 2)], False), ([(2, 1), (1, 5)], True)),
    "sorted.any": plain(([(2, 1), (1, 5), (1, 2)],)),
    "divmod.int": plain(*((a, b) for a in (7, -7, 0) for b in (2, -2, 0))),
    "frexp": plain(*((v,) for v in (2.5, -3.75, 0.0, 1e300, 5e-324))),
    "modf": plain(*((v,) for v in (2.5, -3.75, 0.0, 1e300, INF))),
    "ldexp": plain(*((v, n) for v in (2.5, -0.75, 0.0, INF, NAN) for n in (-1080, -1, 0, 3, 2000))),
}
_FLOATS, _INTS = (7.5, -7.5, 0.25, 6.0), (7, -7, 6)
for _overload, _a, _b in (
    ("float", _FLOATS, (2.0, -2.0, 0.1, 0.0)), ("int_float", _INTS, (2.5, -2.5)), ("float_int", _FLOATS, (2, -2)),
):  # fmt: skip
    CASES[f"divmod.{_overload}"] = plain(*((a, b) for a in _a for b in _b))
    CASES[f"mathremainder.{_overload}"] = plain(*((a, b) for a in _a for b in _b))
CASES["mathremainder.int"] = plain(*((a, b) for a in _INTS for b in (2, -3)))

# -- dicts ------------------------------------------------------------------------------------------------------------

_KEYS: dict[str, tuple[Any, Any, Any]] = {
    "str": ("a", "bc", "missing"), "int": (1, -5, 9), "bool": (True, True, False), "float": (0.5, -2.0, 9.0),
    "complex": (1 + 2j, -0.5j, 9 + 0j), "Device": ("cpu", "meta", "cuda"),
}  # fmt: skip
for _key in _KEYS:
    _first, _second, _missing = _KEYS[_key]
    _table, _other = {_first: 1, _second: 2}, {_second: 7, _missing: 8}
    _tables = plain((_table,), ({},), ({_first: 0.5},))
    _asked = plain((_table, _first), (_table, _missing))
    _default = plain((_table, _first, 9), (_table, _missing, 9))
    CASES |= {
        f"len.Dict_{_key}": _tables,
        f"__contains__.{_key}": _asked,
        f"__getitem__.Dict_{_key}": _asked,
        f"get.{_key}": _asked,
        f"get.default_{_key}": _default,
        f"_set_item.{_key}": _default,
        f"setdefault.{_key}": _default,
        f"Delete.Dict_{_key}": _asked,
        f"pop.Dict_{_key}": _asked,
        f"pop.Dict_default_{_key}": _default,
        f"popitem.{_key}": _tables,
        f"clear.{_key}": _tables,
        f"update.{_key}": plain((_table, _other), (_table, {})),
        f"keys.{_key}": _tables,
        f"values.{_key}": _tables,
        f"items.{_key}": _tables,
        f"copy.Dict_{_key}": _tables,
        f"dict.Dict_{_key}": _tables,
        f"dict.{_key}": plain(([(_first, 1), (_second, 2), (_first, 3)],)),
    }
