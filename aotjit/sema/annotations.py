"""Annotations, type comments and types in expressions, read as types of the language."""

from __future__ import annotations

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.dtypes import DType
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.values import ClassValue, Namespace
from aotjit.syntax import ast
from aotjit.types import (
    ANY,
    BOOL,
    COMPLEX,
    DEVICE,
    FLOAT,
    INT,
    NONE,
    NUMBER,
    STR,
    TENSOR,
    DictType,
    Dim,
    ListType,
    TensorType,
    TupleType,
    Type,
    erase,
    future_type,
    union_of,
)

_SIMPLE: dict[str, Type] = {
    "builtins.int": INT, "builtins.float": FLOAT, "builtins.complex": COMPLEX, "builtins.bool": BOOL,
    "builtins.str": STR, "torch.Tensor": TENSOR,
    "torch.device": DEVICE, "torch.dtype": INT, "torch.layout": INT, "torch.memory_format": INT, "typing.Any": ANY,
    "numbers.Number": NUMBER, "number": NUMBER, "Tensor": TENSOR, "Device": DEVICE, "int": INT, "float": FLOAT,
    "complex": COMPLEX, "bool": BOOL, "str": STR, "NoneType": NONE, "Any": ANY, "builtins.NoneType": NONE,
    "torch.nn.Parameter": TENSOR,
    "torch.nn.parameter.Parameter": TENSOR, "torch.types.Number": NUMBER, "Scalar": NUMBER,
}  # fmt: skip
_GENERIC = {
    "List": "List", "list": "List", "Optional": "Optional", "Dict": "Dict", "dict": "Dict", "Tuple": "Tuple",
    "tuple": "Tuple", "Union": "Union", "Final": "Final", "Future": "Future", "NoneType": "NoneType",
}  # fmt: skip
_GENERIC_HOMES = ("typing.", "builtins.", "typing_extensions.", "torch.jit.", "torch.futures.", "")
_JAXTYPING: dict[str, DType] = {
    "Float": DType.F32, "Float16": DType.F16, "BFloat16": DType.BF16, "Float32": DType.F32, "Float64": DType.F64,
    "Int": DType.I64, "Int8": DType.I8, "Int16": DType.I16, "Int32": DType.I32, "Int64": DType.I64,
    "UInt8": DType.U8, "Bool": DType.BOOL, "Complex64": DType.C64, "Complex128": DType.C128, "Num": DType.F32,
}  # fmt: skip
_NAMED_TUPLES = ("typing.NamedTuple", "NamedTuple", "collections.namedtuple", "namedtuple")
_INSTEAD = {
    "Size": "List[int]", "ndarray": "Tensor", "object": "Any", "bytes": "str", "bytearray": "List[int]",
    "set": "Dict[..., bool]", "Set": "Dict[..., bool]", "frozenset": "Dict[..., bool]", "FrozenSet": "Dict[..., bool]",
    "Sequence": "List[...]", "MutableSequence": "List[...]", "Iterable": "List[...]", "Iterator": "List[...]",
    "Collection": "List[...]", "Generator": "List[...]", "Deque": "List[...]", "deque": "List[...]",
    "Mapping": "Dict[...]", "MutableMapping": "Dict[...]", "DefaultDict": "Dict[...]", "defaultdict": "Dict[...]",
    "OrderedDict": "Dict[...]", "Counter": "Dict[..., int]", "Literal": "the type of the values, such as str",
    "TypeVar": "the type itself, in a function for each",
}  # fmt: skip
"""What to write for types that TorchScript has not, by their names without the module."""
_OTHER_WAYS = {
    "Module": "a module is no value: hold it as self.name, and call that",
    "Callable": "a function is no value: call it by its name",
    "Type": "a type is no value: test values with isinstance",
    "type": "a type is no value: test values with isinstance",
}
_EXAMPLES = {"Dict": "Dict[str, int]", "Tuple": "Tuple[int, str]"}
_NAMES = ("int", "float", "bool", "str", "Tensor", "List", "Dict", "Tuple", "Optional", "Any", "Union")


def path_of(node: ast.Expr, scope: ModuleScope) -> str | None:
    """The full path that a dotted name stands for: `nn.Module` is torch.nn.Module."""
    if isinstance(node, ast.Name):
        value = scope.lookup(node.id)
        if isinstance(value, Namespace):
            return value.path
        return node.id if value is None else None
    if isinstance(node, ast.Attribute):
        base = path_of(node.value, scope)
        return None if base is None else f"{base}.{node.name}"
    return None


def read_type(node: ast.Expr, scope: ModuleScope) -> Type:
    """The type that an annotation says, without the dims and element types of jaxtyping's annotations: only those of
    entries' parameters are checked. Raises CompileError where it says none."""
    return erase(read_facts(node, scope))


def read_facts(node: ast.Expr, scope: ModuleScope) -> Type:
    """The type that an annotation says, tensor facts included."""
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            return read_facts(_parse_quoted(node, text), scope)
        case ast.Binary(op="|", left=left, right=right):
            return _union(node, [read_facts(left, scope), read_facts(right, scope)])
        case ast.Subscript(value=generic, indices=indices):
            return _generic(node, generic, indices, scope)
        case ast.Name() | ast.Attribute():
            return _named(node, scope)
    raise CompileError.at(node.span, "this is not a type", "write a type such as int, Tensor or List[int]")


def _parse_quoted(node: ast.Constant, text: str) -> ast.Expr:
    from aotjit.syntax.parse import parse_expression

    return parse_expression(SourceText(node.span.source.name, text), node.span)


def _named(node: ast.Expr, scope: ModuleScope) -> Type:
    path = path_of(node, scope)
    if path is not None and path in _SIMPLE:
        return _SIMPLE[path]
    if _generic_name(path) in ("List", "Dict", "Tuple", "Optional"):
        generic = str(_generic_name(path))
        example = f"as in {_EXAMPLES.get(generic, f'{generic}[int]')}"
        raise CompileError.at(node.span, f"{path} needs the types of its elements", example)
    if isinstance(node, ast.Name) and isinstance(value := scope.lookup(node.id), ClassValue):
        return _class_type(node, value)
    if isinstance(node, ast.Name) and node.id in scope.constants:
        return _alias(node.id, scope)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        path = path or f"{node.value.id}.{node.name}"
        if isinstance(inner := scope.names.get(path), ClassValue):
            return _class_type(node, inner)
    definition = scope.definition(path) if path is not None else None
    if isinstance(definition, ClassValue):
        return _class_type(node, definition)
    if path is not None and path.endswith("Tensor") and path.startswith("torch."):
        return TENSOR
    shown = node.id if isinstance(node, ast.Name) else (path or "this")
    hint = _instead(shown) or (close_match(shown, _NAMES) if isinstance(node, ast.Name) else None)
    raise CompileError.at(node.span, f"unknown type '{shown}'", hint)


def _instead(path: str) -> str | None:
    """What to write for a type that TorchScript has not."""
    name = path.rpartition(".")[2]
    return f"write {_INSTEAD[name]}" if name in _INSTEAD else _OTHER_WAYS.get(name)


def _alias(name: str, scope: ModuleScope) -> Type:
    """The type that `name = ...` at top level says. While it is read it has no meaning of its own."""
    meaning = scope.constants.pop(name)
    try:
        return read_facts(meaning, scope)
    finally:
        scope.constants[name] = meaning


def _class_type(node: ast.Expr, value: ClassValue) -> Type:
    from aotjit.sema.class_types import enum_type, instance_type
    from aotjit.sema.interfaces import classes_of, is_interface

    if is_interface(value) and (classes := classes_of(value)):
        return union_of(instance_type(c, node.span) for c in classes)
    return named_tuple(value) or enum_type(value) or instance_type(value, node.span)


def named_tuple(value: ClassValue) -> TupleType | None:
    """The tuple type of a class that inherits from typing.NamedTuple, or was made by a call of it or of namedtuple."""
    bases = [path_of(b, value.scope) for b in value.definition.bases]
    if len(bases) != 1 or bases[0] not in _NAMED_TUPLES:
        return None
    fields = [s for s in value.definition.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
    names = tuple(f.target.id for f in fields if isinstance(f.target, ast.Name))
    return TupleType(tuple(read_type(f.annotation, value.scope) for f in fields), value.definition.name, names)


KEY_TYPES: tuple[Type, ...] = (STR, INT, FLOAT, COMPLEX, BOOL, TENSOR, DEVICE)


def dict_type(key: Type, value: Type, span: Span) -> DictType:
    """Dict[key, value], if there are such dicts."""
    if erase(key) not in KEY_TYPES:
        hint = f"keys are {', '.join(map(str, KEY_TYPES))}"
        raise CompileError.at(span, f"a dict with keys of type {key} is not part of TorchScript", hint)
    return DictType(key, value)


def _generic_name(path: str | None) -> str | None:
    if path is None:
        return None
    for home in _GENERIC_HOMES:
        if path.startswith(home) and path[len(home) :] in _GENERIC:
            return _GENERIC[path[len(home) :]]
    return None


def _generic(node: ast.Subscript, generic: ast.Expr, indices: tuple[ast.Expr, ...], scope: ModuleScope) -> Type:
    path = path_of(generic, scope)
    if path is not None and path.startswith("jaxtyping."):
        return _jaxtyping(node, path.removeprefix("jaxtyping."), indices)
    name = _generic_name(path)
    if name == "Tuple":
        empty = len(indices) == 1 and isinstance(indices[0], ast.TupleExpr) and not indices[0].elements
        if isinstance(last := indices[-1], ast.Constant) and last.value is ...:
            raise CompileError.at(node.span, "a tuple of any length is not part of TorchScript", "write List[...]")
        return TupleType(() if empty else tuple(read_facts(i, scope) for i in indices))
    if name == "Union":
        return _union(node, [read_facts(i, scope) for i in indices])
    if name == "Dict" and len(indices) == 2:
        return dict_type(read_facts(indices[0], scope), read_facts(indices[1], scope), node.span)
    if name == "Future" and len(indices) == 1:
        return future_type(erase(read_type(indices[0], scope)))
    if name in ("List", "Optional", "Final") and len(indices) == 1:
        inner = read_facts(indices[0], scope)
        if name == "Final":
            return inner
        return ListType(inner) if name == "List" else _optional(inner)
    if name in ("Dict", "List", "Optional"):
        raise CompileError.at(node.span, f"{name} takes {2 if name == 'Dict' else 1} types, found {len(indices)}")
    hint = _instead(path or "") or "List, Dict, Tuple, Optional and Union are known"
    raise CompileError.at(generic.span, f"unknown generic type '{(path or str(name)).rpartition('.')[2]}'", hint)


def _optional(inner: Type) -> Type:
    return union_of([inner, NONE])


def _union(node: ast.Expr, members: list[Type]) -> Type:
    return union_of(members)


def _jaxtyping(node: ast.Subscript, name: str, indices: tuple[ast.Expr, ...]) -> Type:
    """`Float32[Tensor, "n 3 224 224"]`: dtype and dims of a tensor (https://docs.kidger.site/jaxtyping)."""
    if len(indices) != 2 or not isinstance(indices[1], ast.Constant) or not isinstance(indices[1].value, str):
        raise CompileError.at(node.span, 'a shaped type is written as in Float32[Tensor, "n 3 224 224"]')
    dtype = _JAXTYPING.get(name)
    if dtype is None and name not in ("Shaped", "Inexact", "Real"):
        raise CompileError.at(node.span, f"unknown element type '{name}'", close_match(name, _JAXTYPING))
    dims: list[Dim] = []
    for token in indices[1].value.split():
        text = token.split("=")[-1]
        if text.startswith("*") or text == "...":
            return TensorType(dtype, None)
        dims.append(int(text) if text.isdigit() else (text if text.isidentifier() and text[0] != "_" else None))
    return TensorType(dtype, tuple(dims))
