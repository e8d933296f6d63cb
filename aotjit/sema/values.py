"""What an expression may stand for while a function is compiled.

Most are `Plain`: a value that exists at run time. The others are known to the compiler only (a namespace, a function,
a module instance, a range) and never reach the IR; using one where a run-time value is needed is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

from aotjit.diagnostics import Span
from aotjit.ir import ts
from aotjit.syntax import ast
from aotjit.types import ClassLayout, ClassType, Type

if TYPE_CHECKING:
    from xdsl.ir import SSAValue as Ssa

    from aotjit.sema.modules import ModuleObject
    from aotjit.sema.names import ModuleScope
    from aotjit.sema.signatures import ParameterInfo


_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def immutable(cls: type[_T]) -> type[_T]:
    """A dataclass that mypy holds to be frozen; doing that at run time, and equality by value, cost start-up time."""
    return dataclass(eq=False, repr=False)(cls)


class Value:
    """Base of everything an expression may stand for."""

    def describe(self) -> str:
        """How messages call it."""
        return "a value known to the compiler only"


@immutable
class Plain(Value):
    """A run-time value; `unannotated` is the parameter without annotation that it is."""

    ssa: Ssa
    unannotated: ParameterInfo | None = None

    @property
    def type(self) -> Type:
        return ts.type_of(self.ssa)

    def describe(self) -> str:
        return f"a value of type {self.type}"


@immutable
class TupleValue(Value):
    """A tuple written out in the source; its elements may be any values."""

    elements: tuple[Value, ...]

    def describe(self) -> str:
        return f"a tuple of {len(self.elements)}"


@immutable
class Namespace(Value):
    """A Python module or something inside it, by full path: torch, torch.nn.functional.relu, typing.List."""

    path: str

    def describe(self) -> str:
        return self.path


@immutable
class FunctionValue(Value):
    """A function of the program, with the scope that its names are looked up in."""

    definition: ast.FunctionDef
    scope: ModuleScope
    symbol: str
    parameter_types: Mapping[str, Type] | None = None

    def describe(self) -> str:
        return f"the function {self.definition.name}"


@immutable
class ClassValue(Value):
    """A class of the program; `path` is its dotted name in an archive."""

    definition: ast.ClassDef
    scope: ModuleScope
    path: str = ""
    layout: ClassLayout = field(default_factory=ClassLayout)

    def describe(self) -> str:
        return f"the class {self.definition.name}"


@immutable
class InstanceMethod(Value):
    """A method of an instance of a class of the program."""

    receiver: Plain
    definition: ast.FunctionDef

    def describe(self) -> str:
        return f"the method {self.definition.name}"


@immutable
class NewInstance(Value):
    """`__new__` of a class, which archives call."""

    type: ClassType

    def describe(self) -> str:
        return f"__new__ of {self.type}"


@immutable
class ClosureValue(Value):
    """A function inside a function, as archives have them for forked tasks, with the names that it sees."""

    definition: ast.FunctionDef
    bindings: Mapping[str, Binding]

    def describe(self) -> str:
        return f"the function {self.definition.name}"


@immutable
class TypeValue(Value):
    """A type used as a value, as in isinstance(x, int)."""

    type: Type

    def describe(self) -> str:
        return f"the type {self.type}"


@immutable
class ModuleValue(Value):
    """An nn.Module instance."""

    object: ModuleObject

    def describe(self) -> str:
        return f"the module {self.object.path or 'self'}"


@immutable
class ModuleMethod(Value):
    """A method of an nn.Module instance."""

    object: ModuleObject
    definition: ast.FunctionDef
    scope: ModuleScope
    static: bool = False

    def describe(self) -> str:
        return f"the method {self.definition.name}"


@immutable
class ModuleChoice(Value):
    """One of the modules of a ModuleList, by an index of run time, seen through an interface."""

    modules: tuple[ModuleValue, ...]
    index: Plain
    interface: ClassValue

    def describe(self) -> str:
        return f"a module of the interface {self.interface.definition.name}"


@immutable
class ChoiceMethod(Value):
    """A method of a module that is chosen at run time."""

    choice: ModuleChoice
    name: str

    def describe(self) -> str:
        return f"the method {self.name}"


@immutable
class ContainerMethod(Value):
    """items, keys or values of a container of modules."""

    object: ModuleObject
    name: str

    def describe(self) -> str:
        return f"the method {self.name}"


@immutable
class ValueMethod(Value):
    """A method of a run-time value, `x.relu`: called with the value as the operator's first argument."""

    receiver: Plain
    name: str
    span: Span

    def describe(self) -> str:
        return f"the method {self.name} of {self.receiver.describe()}"


@immutable
class RangeValue(Value):
    """range(start, stop, step); `step` is a compile-time constant when `constant_step` is given."""

    start: Plain
    stop: Plain
    step: Plain
    constant_step: int | None = None
    constant_start: int | None = None

    def describe(self) -> str:
        return "a range"


@immutable
class EnumerateValue(Value):
    inner: Value
    start: Plain

    def describe(self) -> str:
        return "enumerate(...)"


@immutable
class ZipValue(Value):
    inner: tuple[Value, ...]

    def describe(self) -> str:
        return "zip(...)"


DELETED = "was deleted"
"""What Binding.missing says of a name behind `del`."""


@immutable
class Binding:
    """What a local name stands for. `declared` is the widest type it may be given in an inner block; `depth` the block
    nesting where it was first bound, `span` the place. `refined_from` is the binding that a None test narrowed this one
    from. A name with `missing` is bound on some paths only, and the text says which."""

    value: Value | None
    declared: Type | None
    depth: int
    refined_from: Binding | None = field(default=None, compare=False)
    missing: str | None = None
    poisoned: bool = False
    span: Span | None = field(default=None, compare=False)
