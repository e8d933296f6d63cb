"""Which of the runtime's conversions a library needs (runtime/handlers.h): what its table names is linked, the rest is
not. A need that is missed would be a NULL in the table, so every rule here errs towards more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llvmlite import ir
from xdsl.ir import Operation

from aotjit.codegen.constants import ProgramContext
from aotjit.codegen.layout import HANDLERS, PTR, TYPE_KINDS
from aotjit.ir import ts
from aotjit.ir.boundary import any_types, parts, reach, signature_types
from aotjit.ir.c_form import spread
from aotjit.program import Program, Required
from aotjit.types import (
    BOOL,
    COMPLEX,
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
    "from_python": (
        "str", "list", "dict", "class", "future", "tuple", "optional", "enum", "int", "float", "complex", "bool", "box",
        "tensor",
    ),
    "to_python": ("complex", "tensor", "str", "list", "dict", "class", "future", "tuple", "enum", "box"),
    "from_c": ("complex", "tensor", "str", "list", "dict", "class", "future", "tuple", "optional", "enum", "box"),
    "to_c": ("complex", "str", "list", "dict", "class", "future", "tuple", "optional", "box"),
    "check": ("list", "dict", "tuple", "optional"),
    "copy": ("complex", "tensor", "str", "list", "dict", "class", "future", "tuple", "optional", "box"),
    "show": ("complex", "tensor", "list", "dict", "class", "future", "tuple", "optional", "enum", "float", "box"),
    "destroy": ("str", "dict", "class", "future"),
}
"""The kinds of types that each column has a function for: aj_<column>_<kind>."""

_SIMPLE: dict[Type, str] = {INT: "int", FLOAT: "float", COMPLEX: "complex", BOOL: "bool", STR: "str"}
_COMPOSED: tuple[tuple[type[Type], str], ...] = (
    (TensorType, "tensor"),
    (ListType, "list"),
    (DictType, "dict"),
    (TupleType, "tuple"),
    (OptionalType, "optional"),
    (ClassType, "class"),
    (EnumType, "enum"),
)


def kind_of(t: Type) -> str | None:
    """The row of the table for values of the type; None where there is nothing to do with them."""
    if is_boxed(t):
        return "box"
    return _SIMPLE.get(t) or next((name for cls, name in _COMPOSED if isinstance(t, cls)), None)


def _all_kinds(types: Iterable[Type], of_any: Sequence[Type] = ()) -> set[str]:
    """The kinds of the types and of all that they are made of. A record, which an instance and a box are, keeps its
    parts as a tuple; a future is a record too."""
    found = reach(types, of_any)
    kinds = {kind for kind in map(kind_of, found) if kind is not None}
    if kinds & {"class", "box"}:
        kinds |= {"class", "tuple"}
    return kinds | ({"future"} if any(map(is_future, found)) else set())


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
    everywhere = [*inside, *taken, *given, *states]
    of_any = any_types(program)

    def kinds(types: Iterable[Type]) -> set[str]:
        return _all_kinds(types, of_any)

    needed = {
        "from_python": kinds(taken),
        "to_python": kinds([*given, *defaults]),
        "from_c": kinds(taken),
        "to_c": kinds(part for t in given for part in spread(t)),
        "check": kinds(taken),
        "copy": kinds([*defaults, *(everywhere if states else [])]),
        "show": _shown(ops, inside),
        "destroy": kinds(everywhere),
    }
    if tells_tensors_apart(program):
        needed["destroy"].add("dict")  # a call's tensors by their objects
    else:
        for column in _BOUNDARY:
            needed[column].discard("tensor")
    return {column: found.intersection(HANDLED[column]) for column, found in needed.items()}


_BOUNDARY = ("from_python", "to_python", "from_c")
"""Columns in which tensors have a function only where it matters which object a tensor is."""


def tells_tensors_apart(program: Program) -> bool:
    """The program may ask whether two tensors are one object, or its callers: of a dict's keys."""
    ops = list(program.module.walk())
    keyed = reach([*_value_types(ops), *signature_types(program)])
    if any(isinstance(t, DictType) and isinstance(t.key, TensorType) for t in keyed):
        return True
    return any(isinstance(ts.type_of(op.first), TensorType | OptionalType) for op in ops if isinstance(op, ts.SameOp))


def _shown(ops: Iterable[Operation], inside: Iterable[Type]) -> set[str]:
    """What print and format write, and keys that a dict does not have."""
    printing = [op for op in ops if isinstance(op, ts.PrintOp | ts.FormatOp)]
    written = {t for op in printing for t in map(ts.type_of, op.operands)}
    keys = {part.key for part in reach(inside) if isinstance(part, DictType)}
    every = _printed(written | keys)
    return set(HANDLED["show"]) if any(map(is_boxed, every)) else _all_kinds(t for t in every if not _is_record(t)) | {
        "future" if is_future(t) else "class" for t in every if _is_record(t)
    }


def _is_record(t: Type) -> bool:
    return isinstance(t, ClassType)


def _printed(types: Iterable[Type]) -> set[Type]:
    """What is written of values of the types: of an instance, its class and place only."""
    found: set[Type] = set()
    work = list(types)
    while work:
        t = work.pop()
        if t not in found:
            found.add(t)
            work += () if _is_record(t) else parts(t)
    return found


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
