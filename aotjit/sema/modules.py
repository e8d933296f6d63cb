"""nn.Module instances at compile time: trees of objects with attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aotjit.dtypes import DType
from aotjit.sema.deferred import Elements
from aotjit.sema.values import ClassValue
from aotjit.syntax import ast
from aotjit.types import Type

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

HostValue = Any
"""What the evaluator computes with: Python's own values, HostTensor, ModuleObject, and compile-time Values."""


@dataclass(eq=False)
class HostTensor:
    """A tensor of compile time. Identity matters: two attributes that hold the same object share one weight.

    `source` gives the elements where `array` does not yet; `shape` and `dtype` are known without them.
    """

    dtype: DType
    shape: tuple[int, ...]
    array: Array | None = None
    source: Any = None
    is_parameter: bool = False

    def numpy(self) -> Array:
        """The elements; bfloat16 as float32."""
        if self.array is None:
            self.array = self.source.numpy()
        return self.array

    def bytes(self) -> memoryview:
        """The elements in row-major order."""
        if self.source is not None and not isinstance(self.source, Elements):
            view: memoryview = self.source.data()
            return view
        import numpy

        array = numpy.ascontiguousarray(self.numpy())
        if self.dtype is DType.BF16:
            array = _to_bfloat16(array)
        return array.reshape(-1).view(numpy.uint8).data

    @classmethod
    def of(cls, array: Array) -> HostTensor:
        """A tensor of an array's elements."""
        from aotjit.dtypes import DTYPE_BY_TORCH

        return cls(DTYPE_BY_TORCH[array.dtype.name], tuple(int(n) for n in array.shape), array)


def _to_bfloat16(array: Array) -> Array:
    """float32 to the upper half of its bits, rounded to nearest even."""
    import numpy

    bits = array.astype(numpy.float32).view(numpy.uint32)
    rounded = bits + numpy.uint32(0x7FFF) + ((bits >> numpy.uint32(16)) & numpy.uint32(1))
    return (rounded >> numpy.uint32(16)).astype(numpy.uint16)


@dataclass(eq=False)
class ModuleObject:
    """An instance. `classes` are its class and bases in method resolution order, nn.Module aside; `buffers` names the
    attributes that register_buffer made (True: saved in a state_dict); `annotations` the types that attributes were
    given; `mutable` those that compiled methods change."""

    class_name: str
    classes: tuple[ClassValue, ...]
    attributes: dict[str, HostValue] = field(default_factory=dict)
    buffers: dict[str, bool] = field(default_factory=dict)
    annotations: dict[str, Type] = field(default_factory=dict)
    mutable: set[str] = field(default_factory=set)
    path: str = ""
    container: str | None = None
    mode_chosen: bool = False
    """train() or eval() was called, which says what `training` is."""

    @property
    def children(self) -> list[HostValue] | None:
        """The items of a ModuleList, ModuleDict or Sequential; None for other modules."""
        if self.container is None:
            return None
        return [v for n, v in self.attributes.items() if n in self.item_names]

    @property
    def item_names(self) -> list[str]:
        """The keys of a container's items, in order."""
        names: list[str] = self.attributes.get("_items", [])
        return names

    def hold(self, name: str, value: HostValue) -> None:
        """Sets an attribute; what a container is given under a name of its own is one of its items, as in torch."""
        self.attributes[name] = int(value) if isinstance(value, HostDType) else value
        if self.container is not None and isinstance(value, ModuleObject) and name not in self.item_names:
            self.attributes["_items"] = [*self.item_names, name]

    def set_items(self, items: dict[str, HostValue]) -> None:
        """Makes `items` what a container holds."""
        for key in self.item_names:
            self.attributes.pop(key, None)
        self.attributes.update(items)
        self.attributes["_items"] = list(items)

    def set_item(self, key: int | str, value: HostValue) -> None:
        """`container[key] = value`. A ModuleList and a Sequential replace one of their items."""
        if isinstance(key, int):
            key = self.item_names[key]
        if not isinstance(key, str):
            raise TypeError("the items of a container of modules are set one by one")
        self.hold(key, value)
        if key not in self.item_names:
            self.attributes["_items"] = [*self.item_names, key]

    def child_path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def method(self, name: str) -> tuple[ast.FunctionDef, ClassValue] | None:
        """The definition of a method, with the class that has it."""
        for value in self.classes:
            for statement in value.definition.body:
                if isinstance(statement, ast.FunctionDef) and statement.name == name and not is_overload(statement):
                    return statement, value
        return None

    def setter(self, name: str) -> tuple[ast.FunctionDef, ClassValue] | None:
        """The definition of what assigns a property, with the class that has it."""
        for value in self.classes:
            for statement in value.definition.body:
                if (
                    isinstance(statement, ast.FunctionDef)
                    and statement.name == name
                    and has_decorator(statement, "setter")
                ):
                    return statement, value
        return None

    def setters(self) -> Iterator[ast.FunctionDef]:
        """What assigns its properties."""
        for method in self.methods():
            found = self.setter(method.name)
            if found is not None:
                yield found[0]

    def methods(self) -> Iterator[ast.FunctionDef]:
        """Its methods, those of base classes too."""
        seen = set()
        for value in self.classes:
            for statement in value.definition.body:
                if isinstance(statement, ast.FunctionDef) and statement.name not in seen and not is_overload(statement):
                    seen.add(statement.name)
                    yield statement

    def tensors(self) -> Iterator[tuple[str, HostTensor]]:
        """Its own parameters and buffers."""
        for name, value in self.attributes.items():
            if isinstance(value, HostTensor):
                yield name, value

    def walk(self) -> Iterator[ModuleObject]:
        """This module and all below it, each once."""
        seen: set[int] = set()
        pending = [self]
        while pending:
            module = pending.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield module
            pending += [v for v in reversed(list(module.attributes.values())) if isinstance(v, ModuleObject)]


def assign_paths(root: ModuleObject) -> None:
    """Names every module below `root` by its first dotted path."""
    seen = {id(root)}

    def visit(module: ModuleObject) -> None:
        for name, value in module.attributes.items():
            if isinstance(value, ModuleObject) and id(value) not in seen:
                seen.add(id(value))
                value.path = module.child_path(name)
                visit(value)

    root.path = ""
    visit(root)


def has_decorator(definition: ast.FunctionDef, *names: str) -> bool:
    """Is the function decorated with one of these, as in @torch.jit.export or @staticmethod?"""
    for decorator in definition.decorators:
        node = decorator.function if isinstance(decorator, ast.Call) else decorator
        name = node.name if isinstance(node, ast.Attribute) else (node.id if isinstance(node, ast.Name) else "")
        if name in names:
            return True
    return False


def is_unused(definition: ast.FunctionDef) -> bool:
    """Does a call of it raise: is it marked torch.jit.unused, or torch.jit.ignore(drop=True)?"""
    dropped = any(
        k.name == "drop" and isinstance(k.value, ast.Constant) and k.value.value is True
        for d in definition.decorators if isinstance(d, ast.Call) for k in d.keywords
    )  # fmt: skip
    return has_decorator(definition, "unused") or (dropped and has_decorator(definition, "ignore"))


def is_overload(definition: ast.FunctionDef) -> bool:
    """Does the definition declare a signature of a function that has several?"""
    return has_decorator(definition, "_overload", "_overload_method")


# -- what calls at compile time may find ------------------------------------------------------------------------------


class HostDType(int):
    """A dtype: torch's number of it, which is written as torch writes it."""

    def __repr__(self) -> str:
        from aotjit.dtypes import DTYPE_BY_CODE

        return f"torch.{DTYPE_BY_CODE[int(self)].value.torch}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class BoundHostMethod:
    """A method with its instance."""

    def __init__(self, receiver: HostValue, definition: ast.FunctionDef, owner: ClassValue) -> None:
        self.receiver, self.definition, self.owner = receiver, definition, owner


class UnboundHostMethod:
    """A method as an attribute of its class: `Base.__init__(self)`."""

    def __init__(self, definition: ast.FunctionDef, owner: ClassValue) -> None:
        self.definition, self.owner = definition, owner


class HostMethod:
    """A method of a Python value, a tensor, or nn.Module itself, by name."""

    def __init__(self, receiver: HostValue, name: str) -> None:
        self.receiver, self.name = receiver, name


class HostLambda:
    """A lambda with the names around it, and the values that its defaults had where it stands."""

    def __init__(self, definition: ast.Lambda, defaults: dict[str, HostValue], frame: Any) -> None:
        self.definition, self.defaults, self.frame = definition, defaults, frame


class HostFunction:
    """A function that another function defines, with the names around it and the values of its defaults."""

    def __init__(self, definition: ast.FunctionDef, defaults: dict[str, HostValue], frame: Any) -> None:
        self.definition, self.defaults, self.frame = definition, defaults, frame


@dataclass(eq=False)
class HostPartial:
    """functools.partial: a function with some of its arguments."""

    function: HostValue
    args: tuple[HostValue, ...]
    keywords: dict[str, HostValue]


@dataclass(eq=False)
class HostTupleClass:
    """What collections.namedtuple makes."""

    name: str
    fields: tuple[str, ...]
    defaults: dict[str, HostValue]


class SuperProxy:
    """What super() gives inside a method of `owner`."""

    def __init__(self, receiver: ModuleObject, owner: ClassValue) -> None:
        self.receiver, self.owner = receiver, owner
