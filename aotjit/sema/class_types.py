"""Which type a class of the program stands for: a NamedTuple, an Enum, or a class whose instances are objects."""

from __future__ import annotations

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.annotations import path_of
from aotjit.sema.names import ModuleScope
from aotjit.sema.values import ClassValue
from aotjit.syntax import ast
from aotjit.types import ClassType, EnumType

_ENUMS = ("enum.Enum", "Enum")
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
    """The type of an Enum's members; None when the class is no Enum."""
    if not any(path in _ENUMS for path in base_paths(value)):
        return None
    members: list[tuple[str, EnumValue]] = []
    for statement in value.definition.body:
        match statement:
            case ast.Assign(targets=(ast.Name(id=name),), value=node) if not name.startswith("__"):
                members.append((name, _member_value(node, members, value)))
            case ast.AnnAssign(target=ast.Name(id=name), value=node) if node is not None:
                members.append((name, _member_value(node, members, value)))
            case ast.FunctionDef() as method:
                raise CompileError.at(method.span, "methods of an Enum are not part of TorchScript")
    if not members:
        raise CompileError.at(value.definition.span, f"the Enum {value.definition.name} has no members")
    kinds = {type(held) for _, held in members}
    if len(kinds) != 1:
        raise CompileError.at(
            value.definition.span, f"the values of the Enum {value.definition.name} must be of one type",
            "int, float or str",
        )  # fmt: skip
    return EnumType(class_name(value), _without_aliases(members))


def _without_aliases(members: list[tuple[str, EnumValue]]) -> tuple[tuple[str, EnumValue], ...]:
    """In Python a second name for a value is another name of the first member."""
    first: dict[EnumValue, str] = {}
    for name, held in members:
        first.setdefault(held, name)
    return tuple((name, held) for held, name in first.items())


def _member_value(node: ast.Expr, before: list[tuple[str, EnumValue]], value: ClassValue) -> EnumValue:
    match node:
        case ast.Constant(value=int() | float() | str() as constant) if not isinstance(constant, bool):
            return constant
        case ast.Unary(op="-", operand=ast.Constant(value=int() | float() as number)) if not isinstance(number, bool):
            return -number
        case ast.Call(function=function, args=()) if path_of(function, value.scope) in ("enum.auto", "auto"):
            numbers = [held for _, held in before if isinstance(held, int)]
            return max(numbers, default=0) + 1
    raise CompileError.at(node.span, "the value of an Enum's member is an int, a float or a str")
