"""Samples of the operators on lists, strings and numbers, by qualified name."""

from __future__ import annotations

import math
from typing import Any

from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Scalar
from aotjit.types import BOOL, COMPLEX, FLOAT, INT, NUMBER
from tests.ops.cases import CASES, Cases, plain
from tests.ops.samples import INF, NAN

_STR = ("", "abc", "hello world", "a,b,,c", "  x y\t")

# -- lists and strings ------------------------------------------------------------------------------------------------

CASES |= {
    "Size": plain(([1, 2],), ([],)),
    "len.t": plain(([1, 2],), ([],)),
    "__getitem__.t": plain(([1, 2, 3], 0), ([1, 2, 3], -1), ([1], 1), ([1.5], 0)),
    "select.t": plain(([1, 2, 3], 0), ([1, 2, 3], -1), ([1], 1)),
    "_set_item.t": plain(([1, 2, 3], 1, 9), ([1, 2], -1, 5), ([1], 2, 0)),
    "aotjit::has_room": plain(([1], 2), ([0.5], 0)),
    "append.t": plain(([1], 2), ([0.5], 1.5)),
    "extend.t": plain(([1], [2, 3]), ([1], [])),
    "add_.t": plain(([1], [2, 3])),
    "insert.t": plain(([1, 2], 0, 5), ([1, 2], -1, 5), ([1], 9, 5)),
    "pop.t": plain(([1, 2], -1), ([1, 2], 0), ([], -1), ([1], 3)),
    "Delete.t": plain(([1, 2], -1), ([1, 2], 0), ([1], 3)),
    "clear.t": plain(([1, 2],)),
    "reverse.t": plain(([1, 2, 3],)),
    "copy.t": plain(([1, 2],)),
    "list.t": plain(([1, 2],)),
    "add.t": plain(([1], [2, 3])),
    "mul.left_t": plain(([1, 2], 2), ([1], 0), ([1], -1)),
    "mul.right_": plain((2, [1, 2])),
    "slice.t": plain(
        ([1, 2, 3, 4], None, None, 1),
        ([1, 2, 3, 4], 1, -1, 1),
        ([1, 2, 3, 4], None, None, 2),
        ([1, 2, 3], 5, None, 1),
        ([1, 2, 3, 4], None, None, -1),
    ),
    "sum.int": plain(([1, 2, 3],), ([],)),
    "sum.float": plain(([1.5, 2.0],)),
    "sum.bool": plain(([True, True, False],)),
}
_ITEMS: dict[str, list[list[Any]]] = {
    "int": [[3, 1, 2], [1, 1], [5]],
    "float": [[2.5, -1.0, 0.0], [1.5]],
    "bool": [[True, False], [False]],
    "str": [["b", "a", ""], ["x"]],
}
for _kind, _lists in _ITEMS.items():
    _pairs = [(a, b) for a in _lists for b in _lists]
    _members = [(a, a[-1]) for a in _lists] + [(_lists[0], _lists[-1][0])]
    for _name in ("eq", "ne"):
        CASES[f"{_name}.{_kind}_list"] = plain(*_pairs)
    for _name in ("min", "max") if _kind != "str" else ():
        CASES[f"prim::{_name}.{_kind}_list"] = plain(*_pairs)
    CASES[f"index.list_{_kind}"] = CASES[f"count.{_kind}"] = CASES[f"remove.{_kind}"] = plain(*_members)
    CASES[f"__contains__.{_kind}_list"] = plain(*_members)
    CASES[f"sort.{_kind}"] = plain(*((a, r) for a in _lists for r in (False, True)))
    CASES[f"sorted.{_kind}"] = plain(*((a,) for a in _lists))
    for _name in ("any", "all"):
        CASES[f"{_name}.{_kind}"] = plain(*((a,) for a in _lists))
    for _name in ("min", "max"):
        CASES[f"prim::{_name}.self_{_kind}"] = plain(*((a,) for a in _lists))

CASES |= {
    "len.str": plain(*((s,) for s in _STR)),
    "add.str": plain(*((a, b) for a in _STR for b in _STR)),
    "__getitem__.str": plain(("abc", 0), ("abc", -1), ("abc", 3)),
    "slice.str": plain(("abcdef", 1, 4, 1), ("abcdef", None, -2, 1), ("abcdef", None, None, 2)),
    **{f"{n}.str": plain(*((a, b) for a in _STR for b in (*_STR, "b"))) for n in ("eq", "ne", "lt", "le", "gt", "ge")},
    "upper": plain(("aBc1",), ("",)),
    "lower": plain(
        ("aBC1",),
    ),
    "strip": plain(("  ab \n", " \n\t\f\v"), ("xxaxx", "x")),
    "join": plain((", ", ["a", "b"]), ("", ["a", "b"]), ("x", ["a"])),
    "ord": plain(("a",), ("Z",)),
    "chr": plain((97,), (65,)),
    "Int.str": plain(("12",), ("-3",)),
    "Float.str": plain(("1.5",), ("-2",)),
    "find": plain(("hello", "l", 0, -1), ("hello", "z", 0, -1), ("hello", "lo", 2, 4)),
    "startswith": plain(("hello", "he", 0, -1), ("hello", "lo", 0, -1)),
    "endswith": plain(("hello", "he", 0, -1), ("hello", "lo", 0, -1)),
    "replace": plain(("aXbX", "X", "--", -1), ("aXbX", "X", "", 1)),
    "split.str": plain(("a b  c", None, -1), ("a,b,,c", ",", -1), ("a,b,c", ",", 1)),
}

# -- scalars ----------------------------------------------------------------------------------------------------------

_VALUES: dict[Any, list[Any]] = {
    INT: [0, 1, -1, 7, -7, 2, 63],
    FLOAT: [0.0, 0.5, -2.5, 3.0, 1e10, INF, -INF, NAN],
    BOOL: [True, False],
    NUMBER: [3, -2.5, 0.5],
    COMPLEX: [1 + 2j, -0.5 + 0j, 3 - 4j],
}
_POWERS = ("pow.int", "pow.float", "pow.int_float", "pow.float_int", "pow.Scalar_Scalar")
"""Numbers in and out too, but written in the language: zero to a negative power fails."""
_UNDEFINED = {"__lshift__.int": 5, "__rshift__.int": 5}


def _scalar_cases(name: str) -> Cases:
    kinds = [a.type for a in REGISTRY[name].schema.arguments]
    rows: list[tuple[Any, ...]] = [()]
    for kind in kinds:
        rows = [(*row, v) for row in rows for v in _VALUES[kind]]
    if name in _UNDEFINED:  # C++ leaves shifts by a negative amount open
        rows = [r for r in rows if r[1] >= 0]
    if REGISTRY[name].schema.returns == (INT,) and any(k == FLOAT for k in kinds):
        rows = [r for r in rows if all(math.isfinite(v) for v in r)]
    return plain(*rows)


_ROUNDED = ("floor.float", "floor.Scalar", "ceil.float", "ceil.Scalar", "lgamma.int", "lgamma.float")


for _name, _operator in REGISTRY.by_qualified.items():
    if isinstance(_operator.lowering, Scalar) or _name in (*_POWERS, *_ROUNDED):
        CASES.setdefault(_name, _scalar_cases(_name))
CASES |= {
    "floordiv.int": plain(*((a, b) for a in (7, -7, 0) for b in (2, -2, 0))),
    "remainder.int": plain(*((a, b) for a in (7, -7, 0) for b in (2, -2))),
    "pow.int_to_int": plain((2, 10), (3, 0), (-2, 3)),
    "__range_length": plain((0, 5, 1), (5, 0, -2), (0, 5, 2), (5, 0, 1)),
    "gcd.int": plain((12, 18), (-4, 6), (0, 0)),
    "factorial.int": plain((5,), (0,)),
    "gamma.int": plain((5,), (0,), (-3,), (24,), (180,)),
    "gamma.float": plain((2.5,), (0.5,), (-1.5,), (-0.0,), (150.5,)),
}

from tests.ops import text_cases  # noqa: E402, F401  (its samples take the place of some above)
