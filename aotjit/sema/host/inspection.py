"""What asks values of compile time about themselves: isinstance, hasattr, getattr, setattr, delattr, type, callable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aotjit.diagnostics import CompileError, Span
from aotjit.ops import REGISTRY
from aotjit.sema import library
from aotjit.sema.attributes import TENSOR_ATTRIBUTES
from aotjit.sema.class_types import enum_type
from aotjit.sema.host import modules as host_modules
from aotjit.sema.host import targets as host_targets
from aotjit.sema.host.objects import HostEnum, HostInstance, HostNamedTuple, class_member
from aotjit.sema.modules import (
    BoundHostMethod,
    HostFunction,
    HostLambda,
    HostMethod,
    HostPartial,
    HostTensor,
    HostTupleClass,
    HostValue,
    ModuleObject,
)
from aotjit.sema.values import ClassValue, FunctionValue, Namespace
from aotjit.syntax import ast

if TYPE_CHECKING:
    from aotjit.sema.host.expressions import ExpressionFrame

_KINDS: dict[str, type] = {
    "int": int, "float": float, "complex": complex, "bool": bool, "str": str, "list": list, "tuple": tuple,
    "NoneType": type(None), "dict": dict, "set": set, "frozenset": frozenset, "object": object,
}  # fmt: skip
_ABSTRACT: dict[str, tuple[type, ...]] = {
    "Sequence": (list, tuple, str), "Iterable": (list, tuple, str, dict, set, frozenset), "Mapping": (dict,),
    "Number": (int, float, complex), "List": (list,), "Dict": (dict,), "Tuple": (tuple,), "OrderedDict": (dict,),
}  # fmt: skip
_FUNCTIONS = (FunctionValue, HostFunction, HostLambda, BoundHostMethod, HostMethod, HostPartial, ClassValue, Namespace,
              HostTupleClass)  # fmt: skip


def inspect(frame: ExpressionFrame, name: str, node: ast.Call) -> HostValue:
    """A call of one of INSPECTIONS."""
    counts = {"getattr": (2, 3), "setattr": (3, 3), "type": (1, 1), "callable": (1, 1)}
    least, most = counts.get(name, (2, 2))
    if node.keywords or not least <= len(node.args) <= most:
        raise CompileError.at(node.span, f"{name} takes {most} argument{'s' if most > 1 else ''}")
    value = frame.expression(node.args[0])
    if name == "isinstance":
        return is_instance(frame, value, frame.expression(node.args[1]), node.args[1].span)
    if name == "issubclass":
        raise CompileError.at(node.span, "issubclass is not evaluated at compile time")
    if name == "type":
        return type_of(value, node.span)
    if name == "callable":
        return isinstance(value, _FUNCTIONS) or (
            isinstance(value, ModuleObject) and value.method("forward") is not None
        )
    attribute = frame.expression(node.args[1])
    if not isinstance(attribute, str):
        raise CompileError.at(node.args[1].span, f"{name} takes the attribute's name as a str")
    if name == "setattr":
        host_targets.set_attribute(value, attribute, frame.expression(node.args[2]), node.span)
        return None
    if name == "delattr":
        host_targets.delete_attribute(value, attribute, node.span)
        return None
    if name == "hasattr":
        return has_attribute(value, attribute, node.span)
    if len(node.args) == 3 and not has_attribute(value, attribute, node.span):
        return frame.expression(node.args[2])
    return frame.attribute(value, attribute, node.span)


def has_attribute(value: HostValue, name: str, span: Span) -> bool:
    """hasattr(value, name)."""
    if isinstance(value, ModuleObject):
        return host_modules.has_attribute(value, name)
    if isinstance(value, HostInstance):
        return name in value.attributes or value.method(name) is not None or class_member(value.value, name) is not None
    if isinstance(value, HostTensor):
        return name in TENSOR_ATTRIBUTES or bool(REGISTRY.overloads(name))
    if isinstance(value, HostNamedTuple):
        return name in (value.type.fields or ())
    if isinstance(value, HostEnum):
        return name in ("name", "value")
    if isinstance(value, ClassValue):
        enum = enum_type(value)
        return class_member(value, name) is not None or (enum is not None and name in [n for n, _ in enum.members])
    if value is None or isinstance(value, bool | int | float | complex | str | list | tuple | dict | set | frozenset):
        return hasattr(value, name)
    raise CompileError.at(span, f"whether this has an attribute '{name}' is not known at compile time")


def type_of(value: HostValue, span: Span) -> HostValue:
    """type(value)."""
    if isinstance(value, ModuleObject):
        return host_modules.class_of(value)
    if isinstance(value, HostInstance):
        return value.value
    if isinstance(value, HostTensor):
        return Namespace("torch.nn.Parameter" if value.is_parameter else "torch.Tensor")
    for name, kind in _KINDS.items():
        if type(value) is kind:
            return Namespace(f"builtins.{name}")
    raise CompileError.at(span, "the type of this value is not known at compile time")


def same_type(left: HostValue, right: HostValue) -> bool:
    """Do two values name the same class? A class of torch.nn has several paths."""

    def canonical(value: HostValue) -> HostValue:
        if not isinstance(value, Namespace):
            return value
        path = value.path.replace("torch.nn.parameter.Parameter", "torch.nn.Parameter")
        return library.module_class(path) or path

    return bool(canonical(left) == canonical(right))


def is_instance(frame: ExpressionFrame, value: HostValue, wanted: HostValue, span: Span) -> bool:
    """isinstance(value, wanted)."""
    if isinstance(wanted, tuple):
        return any(is_instance(frame, value, w, span) for w in wanted)
    if isinstance(value, ModuleObject):
        return host_modules.instance_of(value, wanted, span)
    if isinstance(wanted, ClassValue):
        if isinstance(value, HostInstance):
            return value.value is wanted
        enum = enum_type(wanted)
        return isinstance(value, HostEnum | HostNamedTuple) and value.type.name in (
            enum.name if enum is not None else "", wanted.definition.name,
        )  # fmt: skip
    path = wanted.path if isinstance(wanted, Namespace) else ""
    name = path.rpartition(".")[2]
    if path == "torch.Tensor":
        return isinstance(value, HostTensor)
    if path in ("torch.nn.Parameter", "torch.nn.parameter.Parameter"):
        return isinstance(value, HostTensor) and value.is_parameter
    if path.startswith("torch.nn."):
        return False
    if path == "torch.Size":
        return isinstance(value, tuple)
    if path.startswith("builtins.") and name in _KINDS:
        return isinstance(value, _KINDS[name])
    if name in _ABSTRACT and path.startswith(("typing.", "collections.", "numbers.")):
        return isinstance(value, _ABSTRACT[name])
    if name == "Callable":
        return isinstance(value, _FUNCTIONS)
    raise CompileError.at(span, "whether a value is an instance of this is not known at compile time")
