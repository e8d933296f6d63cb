"""Which type a class of the program stands for: a NamedTuple, an Enum, or a class whose instances are objects."""

from __future__ import annotations

import operator
from collections.abc import Callable

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.annotations import path_of
from aotjit.sema.names import ModuleScope
from aotjit.sema.values import ClassValue
from aotjit.syntax import ast
from aotjit.types import ClassType, EnumType

_ENUMS = ("Enum", "IntEnum", "StrEnum", "Flag")
_PLAIN = ("builtins.object", "object")
EnumValue = int | float | str


def class_name(value: ClassValue) -> str:
    """The name that no other class of the program has."""
    return value.path or value.definition.name


def base_paths(value: ClassValue) -> list[str]:
    """The dotted names of the bases; "" where one is no dotted name, or another class of the program."""
    return [path_of(base, value.scope) or "" for base in value.definition.bases]


def is_plain_class(value: ClassValue) -> bool:
    """It has no base: its instances are objects of the language."""
    return all(path in _PLAIN for path in base_paths(value))


def instance_type(value: ClassValue, span: Span) -> ClassType:
    """The type of the instances of a class. Raises CompileError for classes with bases."""
    if not is_plain_class(value):
        raise CompileError.at(
            span,
            f"the class {value.definition.name} has a base class: inheritance of classes is not part of TorchScript",
            "write out what it inherits, or hold an instance of the other class in an attribute",
        )
    if value.layout.source is None:
        value.layout.source = value
    return ClassType(class_name(value), value.layout)


def names_module(node: ast.Expr, scope: ModuleScope) -> bool:
    """Does an annotation name a class of modules, as in Optional[Block]? Such a class is no type of a value."""
    match node:
        case ast.Subscript(indices=indices):
            return any(names_module(i, scope) for i in indices)
        case ast.Binary(op="|", left=left, right=right):
            return names_module(left, scope) or names_module(right, scope)
        case ast.Name(id=name) if isinstance(value := scope.lookup(name), ClassValue):
            return not is_plain_class(value) and any(_is_module_base(b, value.scope) for b in value.definition.bases)
    path = path_of(node, scope) or ""
    return path.startswith("torch.nn.") and not path.endswith("Parameter")


def _is_module_base(node: ast.Expr, scope: ModuleScope) -> bool:
    return path_of(node, scope) in ("torch.nn.Module", "torch.jit.ScriptModule") or names_module(node, scope)


# -- enums ------------------------------------------------------------------------------------------------------------


def enum_type(value: ClassValue) -> EnumType | None:
    """The type of an Enum's members; None when the class is no Enum. Its methods are Python's alone."""
    kind = _enum_kind(value)
    if kind is None:
        return None
    members: dict[str, EnumValue] = {}
    for statement in value.definition.body:
        match statement:
            case ast.Assign(targets=(ast.Name(id=name),), value=node) if not name.startswith("_"):
                members[name] = _member_value(node, name, members, value, kind)
            case ast.AnnAssign(target=ast.Name(id=name), value=node) if node is not None:
                members[name] = _member_value(node, name, members, value, kind)
    if not members:
        raise CompileError.at(value.definition.span, f"the Enum {value.definition.name} has no members")
    kinds = {type(held) for held in members.values()}
    if len(kinds) != 1:
        raise CompileError.at(
            value.definition.span, f"the values of the Enum {value.definition.name} must be of one type",
            "int, float or str",
        )  # fmt: skip
    return EnumType(class_name(value), _without_aliases(members, kind))


def _enum_kind(value: ClassValue) -> str | None:
    """Which class of Python's enum it comes from, by bases without members too."""
    for base, path in zip(value.definition.bases, base_paths(value), strict=True):
        if path.rpartition(".")[2] in _ENUMS and path.rpartition(".")[0] in ("enum", ""):
            return path.rpartition(".")[2]
        found = value.scope.lookup(base.id) if isinstance(base, ast.Name) else None
        if isinstance(found, ClassValue) and found is not value and (kind := _enum_kind(found)) is not None:
            return kind
    return None


def _without_aliases(members: dict[str, EnumValue], kind: str) -> tuple[tuple[str, EnumValue], ...]:
    """In Python a second name for a value is another name of the first member; so is a Flag of several bits or none."""
    first: dict[EnumValue, str] = {}
    for name, held in members.items():
        if kind != "Flag" or (isinstance(held, int) and held > 0 and held & (held - 1) == 0):
            first.setdefault(held, name)
    return tuple((name, held) for held, name in first.items())


def _member_value(
    node: ast.Expr, name: str, before: dict[str, EnumValue], value: ClassValue, kind: str
) -> EnumValue:
    if isinstance(node, ast.Call) and not node.args and path_of(node.function, value.scope) in ("enum.auto", "auto"):
        if kind == "StrEnum":
            return name.lower()
        highest = max((held for held in before.values() if isinstance(held, int)), default=0)
        return 1 << highest.bit_length() if kind == "Flag" else highest + 1
    found = _constant(node, before)
    if found is None or (isinstance(found, int) and found.bit_length() > 63 and found != -(1 << 63)):
        raise CompileError.at(
            node.span, "the value of an Enum's member is an int of 64 bits, a float or a str",
            "or an expression of such constants",
        )  # fmt: skip
    return found


def _constant(node: ast.Expr, before: dict[str, EnumValue]) -> EnumValue | None:
    """The value of an expression of literals and earlier members; None where it is none, or fails."""
    match node:
        case ast.Constant(value=int() | float() | str() as constant) if not isinstance(constant, bool):
            return constant
        case ast.Name(id=name):
            return before.get(name)
        case ast.Unary(op=op, operand=operand) if op in _UNARY:
            inner = _constant(operand, before)
            return _applied(_UNARY[op], inner)
        case ast.Binary(op=op, left=left, right=right) if op in _BINARY:
            return _applied(_BINARY[op], _constant(left, before), _constant(right, before))
    return None


def _applied(operation: Callable[..., object], *operands: EnumValue | None) -> EnumValue | None:
    if None in operands:
        return None
    try:
        result = operation(*operands)
    except (TypeError, ValueError, ArithmeticError, MemoryError):
        return None
    return result if isinstance(result, int | float | str) else None


_UNARY: dict[str, Callable[..., object]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
_BINARY: dict[str, Callable[..., object]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor,
}  # fmt: skip
