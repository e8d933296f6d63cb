"""Which of the runtime's conversions a library needs (runtime/handlers.h): what its table names is linked, the rest is
not. A need that is missed would be a NULL in the table, so every rule here errs towards more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llvmlite import ir
from xdsl.ir import Operation

from aotjit.codegen.c_form import has_c_form, spread
from aotjit.codegen.constants import ProgramContext
from aotjit.codegen.layout import HANDLERS, PTR, TYPE_KINDS
from aotjit.ir import ts
from aotjit.program import Program, Required
from aotjit.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    ClassType,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    is_boxed,
    is_future,
)

HANDLED: dict[str, tuple[str, ...]] = {
    "from_python": ("str", "list", "dict", "tuple", "optional", "enum", "int", "float", "bool"),
    "to_python": ("str", "list", "dict", "tuple"),
    "from_c": ("str", "list", "dict", "tuple", "optional"),
    "to_c": ("str", "list", "dict", "tuple", "optional"),
    "check": ("list", "tuple", "optional"),
    "copy": ("tensor", "str", "list", "dict", "tuple", "optional"),
    "show": ("tensor", "list", "dict", "class", "tuple", "optional", "enum", "float"),
    "destroy": ("str", "dict", "class", "future"),
}
"""The kinds of types that each column has a function for: aj_<column>_<kind>."""

_SIMPLE: dict[Type, str] = {INT: "int", FLOAT: "float", BOOL: "bool", STR: "str"}
_COMPOSED: tuple[tuple[type[Type], str], ...] = (
    (TensorType, "tensor"),
    (ListType, "list"),
    (DictType, "dict"),
    (TupleType, "tuple"),
    (OptionalType, "optional"),
    (ClassType, "class"),
    (EnumType, "enum"),
)


def kinds_of(t: Type) -> Iterator[str]:
    """The kinds of `t` and of the types it is made of; a box, which may hold anything, is an object like a record."""
    kind = _SIMPLE.get(t) or next((name for cls, name in _COMPOSED if isinstance(t, cls)), "")
    if kind or is_boxed(t):
        yield kind or "class"
    if is_future(t):
        yield "future"
    for part in _parts(t):
        yield from kinds_of(part)


def _parts(t: Type) -> tuple[Type, ...]:
    if isinstance(t, ListType | OptionalType):
        return (t.element,)
    if isinstance(t, DictType):
        return (t.key, t.value)
    return t.elements if isinstance(t, TupleType) else ()


def _all_kinds(types: Iterable[Type]) -> set[str]:
    return {kind for t in types for kind in kinds_of(t)}


def _value_types(ops: Iterable[Operation]) -> set[Type]:
    """The types of all values that are objects or have some in them."""
    found = set()
    for op in ops:
        blocks = [block for region in op.regions for block in region.blocks]
        for value in (*op.results, *(a for block in blocks for a in block.args)):
            if isinstance(value.type, ts.ValueType):
                found.add(value.type.data)
    return found


def needs(program: Program) -> dict[str, set[str]]:
    """The kinds that each column of the table has a function for."""
    ops = list(program.module.walk())
    parameters = [p for entry in program.entries for p in entry.parameters]
    taken = [p.type for p in parameters]
    defaults = [p.type for p in parameters if not isinstance(p.default, Required)]
    given = [entry.result for entry in program.entries]
    states = [s.type for s in program.states]
    inside = _value_types(ops)
    in_c = [e for e in program.entries if all(has_c_form(t) for t in (*(p.type for p in e.parameters), e.result))]
    everywhere = [*inside, *taken, *given, *states]
    needed = {
        "from_python": _all_kinds(taken),
        "to_python": _all_kinds([*given, *defaults]),
        "from_c": _all_kinds(p.type for e in in_c for p in e.parameters),
        "to_c": _all_kinds(part for e in in_c for part in spread(e.result)),
        "check": _all_kinds(taken),
        "copy": _all_kinds([*defaults, *(everywhere if states else [])]),
        "show": _shown(ops, inside),
        "destroy": _all_kinds(everywhere),
    }
    return {column: kinds.intersection(HANDLED[column]) for column, kinds in needed.items()}


def _shown(ops: Iterable[Operation], inside: Iterable[Type]) -> set[str]:
    """What print and format write, and keys that a dict does not have."""
    printing = [op for op in ops if isinstance(op, ts.PrintOp | ts.FormatOp)]
    written = {t for op in printing for t in map(ts.type_of, op.operands)}
    keys = {part.key for t in inside for part in _nested(t) if isinstance(part, DictType)}
    every = written | keys
    boxes = any(is_boxed(part) for t in every for part in _nested(t))
    return set(HANDLED["show"]) if boxes else _all_kinds(every)


def _nested(t: Type) -> Iterator[Type]:
    yield t
    for part in _parts(t):
        yield from _nested(part)


def define_handlers(module: ProgramContext) -> ir.GlobalVariable:
    """The table of the program's handlers."""
    needed = needs(module.program)
    null = ir.Constant(PTR, None)
    columns = [name for name, _ in HANDLERS.fields]
    rows = []
    for kind in TYPE_KINDS:
        functions = [
            module.external(f"aj_{column}_{kind}") if kind in needed[column] else null for column in columns
        ]
        rows.append(ir.Constant(HANDLERS.type, functions))
    t = ir.ArrayType(HANDLERS.type, len(rows))
    return module.constant("aj_handlers_table", t, ir.Constant(t, rows))
