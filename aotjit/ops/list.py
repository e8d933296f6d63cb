"""Lists: references are Python lists, shared and changed in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import element, same
from aotjit.ops.opdef import UNKNOWN, Arguments, Infer, Intrinsic, Lowering, Rewrite, Runtime, Symbol


def method(text: str, lowering: Lowering, reference: Callable[..., Any], infer: Infer | None = None,
           effects: str = "read", adds: int | str | None = None,
           value: Callable[[Arguments], object] | None = None) -> None:  # fmt: skip
    """One overload; without a rule, its results are what the schema says."""
    operator(f"aten::{text}", infer=infer, reference=reference, lowering=lowering, effects=effects, adds=adds,
             value=value)  # fmt: skip


def _length(args: Arguments) -> object:
    """The length where it follows from how the list was made."""
    length = args.length("a")
    return UNKNOWN if length is None else Symbol(length) if isinstance(length, str) else length


def wrapped(items: Sequence[Any], i: int) -> int:
    if not -len(items) <= i < len(items):
        raise IndexError("list index out of range")
    return i


def _set(items: list[Any], i: int, value: Any) -> list[Any]:
    items[wrapped(items, i)] = value
    return items


def _append(items: list[Any], value: Any) -> list[Any]:
    items.append(value)
    return items


def _add_(items: list[Any], other: list[Any]) -> list[Any]:
    items.extend(list(other))
    return items


def _mul_(items: list[Any], count: int) -> list[Any]:
    items *= count
    return items


def _build_extend(emit: Any, self: Any, b: Any) -> list[Any]:
    """`self += [x, y]` appends: the list in between is never made."""
    from aotjit.ir import ts

    if isinstance(b.owner, ts.ListOp) and b.has_one_use():
        for item in b.owner.elements:
            emit.aten("append.t", self, item)
    else:
        emit.aten("extend.t", self, b)
    return [self]


def _pop(items: list[Any], i: int) -> Any:
    if not items:
        raise IndexError("pop from empty list")
    if not -len(items) <= i < len(items):
        raise IndexError("pop index out of range")
    return items.pop(i)


def _slice(items: Sequence[Any], start: int | None, end: int | None, step: int) -> Sequence[Any]:
    if step == 0:
        raise ValueError("slice step cannot be zero")
    return items[start:end:step]


def _delete(items: list[Any], i: int) -> None:
    del items[wrapped(items, i)]


method("len.t(t[] a) -> int", Intrinsic("list_len"), len, value=_length)
method("__getitem__.t(t[](a) list, int idx) -> t(*)", Intrinsic("list_get"),
       lambda items, i: items[wrapped(items, i)], element("list"))  # fmt: skip
method("select.t(t[](a) list, int idx) -> t(*)", Intrinsic("list_get"), lambda items, i: items[wrapped(items, i)],
       element("list"))  # fmt: skip
method("_set_item.t(t[](a!) l, int idx, t(b -> *) el) -> t[](a!)", Intrinsic("list_set"), _set, same("l"))
method("append.t(t[](a!) self, t(c -> *) el) -> t[](a!)", Intrinsic("list_append"), _append, same(),
       adds=1)  # fmt: skip
operator("aotjit::has_room(t[](a!) self, int count) -> bool", reference=lambda items, count: True,
         lowering=Runtime("aj_list_has_room"), effects="read", adds=0)  # fmt: skip
method("extend.t(t[](a!) self, t[] other) -> ()", Runtime("aj_list_extend"), lambda a, b: a.extend(list(b)),
       adds="other")  # fmt: skip
method("add_.t(t[](a!) self, t[] b) -> t[]", Rewrite(_build_extend), _add_, same(), adds="b")
method("mul_.t(t[](a!) l, int n) -> t[](a!)", Runtime("aj_list_repeat_"), _mul_, same("l"))
method("insert.t(t[](a!) self, int idx, t(b -> *) el) -> ()", Runtime("aj_list_insert"),
       lambda items, i, value: items.insert(i, value), adds=1)  # fmt: skip
method("pop.t(t[](a!) self, int idx=-1) -> t(*)", Intrinsic("list_pop"), _pop, element("self"))
method("Delete.t(t[](a!) self, int idx) -> ()", Runtime("aj_list_delete"), _delete)
method("clear.t(t[](a!) self) -> ()", Runtime("aj_list_clear"), lambda items: items.clear())
method("reverse.t(t[](a!) self) -> ()", Runtime("aj_list_reverse"), lambda items: items.reverse())
method("copy.t(t[](a) self) -> t[]", Runtime("aj_list_copy"), lambda items: list(items), same())
method("list.t(t[] l) -> t[]", Runtime("aj_list_copy"), lambda items: list(items), same("l"))
method("add.t(t[] a, t[] b) -> t[]", Runtime("aj_list_concat"), lambda a, b: a + b, same("a"))
method("mul.left_t(t[] l, int n) -> t[]", Runtime("aj_list_repeat"), lambda items, n: items * n, same("l"))
method("mul.right_(int n, t[] l) -> t[]", Rewrite(lambda emit, n, l: emit.aten("mul.left_t", l, n)),  # noqa: E741
       lambda n, items: items * n, same("l"))  # fmt: skip
method("slice.t(t[] l, int? start=None, int? end=None, int step=1) -> t[]", Runtime("aj_list_slice"), _slice,
       same("l"))  # fmt: skip

# -- lists of comparable values ---------------------------------------------------------------------------------------

_KINDS = ("int", "float", "bool", "str")


def _index(items: list[Any], value: Any) -> int:
    if value not in items:
        raise ValueError(f"'{value}' is not in list")
    return items.index(value)


def _remove(items: list[Any], value: Any) -> None:
    if value not in items:
        raise ValueError("list.remove(x): x not in list")
    items.remove(value)


def _equal(args: Arguments) -> object:
    """Whether two lists of ints are equal, where their known items say so."""
    a, b = args.constants
    if not isinstance(a, list) or not isinstance(b, list):
        return UNKNOWN
    pairs = list(zip(a, b, strict=False))
    if len(a) != len(b) or any(isinstance(x, int) and isinstance(y, int) and x != y for x, y in pairs):
        return False
    return True if all(isinstance(x, int | Symbol) and x == y for x, y in pairs) else UNKNOWN


for _kind in _KINDS:
    method(f"eq.{_kind}_list({_kind}[] a, {_kind}[] b) -> bool", Runtime("aj_list_equal", code=2),
           lambda a, b: a == b, value=_equal)  # fmt: skip
    method(f"ne.{_kind}_list({_kind}[] a, {_kind}[] b) -> bool",
           Rewrite(lambda emit, a, b, kind=_kind: [emit.logical_not(*emit.aten(f"eq.{kind}_list", a, b))]),
           lambda a, b: a != b)  # fmt: skip
    method(f"index.list_{_kind}({_kind}[] self, {_kind} el) -> int",
           Rewrite(lambda emit, self, el: emit.aten("aotjit::list_index", self, el)), _index)  # fmt: skip
    method(f"count.{_kind}({_kind}[] self, {_kind} el) -> int",
           Rewrite(lambda emit, self, el: emit.aten("aotjit::list_count", self, el)),
           lambda items, value: items.count(value))  # fmt: skip
    method(f"remove.{_kind}({_kind}[](a!) self, {_kind} el) -> ()",
           Rewrite(lambda emit, self, el: emit.aten("aotjit::list_remove", self, el)), _remove)  # fmt: skip
    method(f"sort.{_kind}({_kind}[](a!) self, bool reverse=False) -> ()", Runtime("aj_list_sort", code=2),
           lambda items, reverse: items.sort(reverse=reverse))  # fmt: skip
    method(f"sorted.{_kind}({_kind}[](a) input) -> {_kind}[]",
           Rewrite(lambda emit, input, kind=_kind: emit.sorted_copy(input, kind)), sorted)  # fmt: skip
# Of tuples; sema looks at what is in them.
method("sort.any(t[](a!) self, bool reverse=False) -> ()", Runtime("aj_list_sort", code=2),
       lambda items, reverse: items.sort(reverse=reverse))  # fmt: skip
method("sorted.any(t[](a) self) -> t[]", Rewrite(lambda emit, self: emit.sorted_copy(self, "any")), sorted,
       same())  # fmt: skip
for _kind in ("int", "float", "str"):
    method(f"__contains__.{_kind}_list({_kind}[] l, {_kind} item) -> bool",
           Rewrite(lambda emit, l, item: emit.aten("aotjit::list_contains", l, item)),  # noqa: E741
           lambda items, value: value in items)  # fmt: skip

for _text, _symbol, _search in (
    ("list_contains(t[] l, t item) -> bool", "aj_list_contains", lambda items, value: value in items),
    ("list_index(t[] l, t item) -> int", "aj_list_find", _index),
    ("list_count(t[] l, t item) -> int", "aj_list_count", lambda items, value: items.count(value)),
    ("list_remove(t[](a!) l, t item) -> ()", "aj_list_remove", _remove),
):
    operator(f"aotjit::{_text}", reference=_search, lowering=Runtime(_symbol, code=2))  # fmt: skip

operator(
    "aotjit::range(int start, int end, int step) -> int[]",
    reference=lambda start, end, step: list(range(start, end, step)),
    lowering=Runtime("aj_list_range"),
    effects="pure",
)


def _extreme(kind: str, relation: str) -> str:
    """min or max of two lists as torch has it: a copy of one, by the first element that differs, else by length."""
    first = f"l[i] {relation} r[i]"
    if kind == "bool":
        first = "r[i]" if relation == "<" else "l[i]"
    return f"""
for i in range(len(l)):
    if i < len(r) and l[i] != r[i]:
        if {first}:
            return l.copy()
        return r.copy()
if len(l) {relation} len(r):
    return l.copy()
return r.copy()
"""


for _kind in ("int", "float", "bool"):
    for _name, _relation in (("min", "<"), ("max", ">")):
        composite(f"prim::{_name}.{_kind}_list({_kind}[] l, {_kind}[] r) -> {_kind}[]", _extreme(_kind, _relation))
