"""What assignments and `del` do while constructors run: names, attributes, items of containers, elements of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.host import tensors as host_tensors
from aotjit.sema.host.objects import HostInstance
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject
from aotjit.syntax import ast

if TYPE_CHECKING:
    from aotjit.sema.host.expressions import ExpressionFrame


def assign(frame: ExpressionFrame, target: ast.Expr, value: HostValue) -> None:
    """`target = value`."""
    match target:
        case ast.Name(id=name):
            frame.names[name] = value
        case ast.TupleExpr(elements=elements) | ast.ListExpr(elements=elements):
            _unpack(frame, target, elements, frame.iterate(value, target.span))
        case ast.Attribute(value=owner, name=name):
            set_attribute(frame.expression(owner), name, value, target.span)
        case ast.Subscript(value=container, indices=indices):
            set_item(frame, frame.expression(container), frame.index(indices), value, target.span)
        case _:
            raise CompileError.at(target.span, "this cannot be assigned to at compile time")


def _unpack(frame: ExpressionFrame, target: ast.Expr, elements: Sequence[ast.Expr], items: list[HostValue]) -> None:
    starred = next((i for i, e in enumerate(elements) if isinstance(e, ast.Starred)), None)
    if starred is not None:
        taken = len(items) - len(elements) + 1
        if taken >= 0:
            items = [*items[:starred], items[starred : starred + taken], *items[starred + taken :]]
    if len(items) != len(elements):
        raise CompileError.at(target.span, f"{len(items)} values for {len(elements)} targets")
    for element, item in zip(elements, items, strict=True):
        assign(frame, element.value if isinstance(element, ast.Starred) else element, item)


def set_item(frame: ExpressionFrame, held: HostValue, index: HostValue, value: HostValue, span: Span) -> None:
    """`held[index] = value`."""
    if isinstance(held, HostTensor):
        frame.attempt(lambda: host_tensors.store(held, index, value), span)
    elif isinstance(held, list | dict):
        frame.attempt(lambda: held.__setitem__(index, value), span)
    elif isinstance(held, ModuleObject) and held.container is not None:
        frame.attempt(lambda: held.set_item(index, value), span)
    else:
        raise CompileError.at(span, "this cannot be assigned to at compile time")


def set_attribute(owner: HostValue, name: str, value: HostValue, span: Span) -> None:
    """`owner.name = value`."""
    if isinstance(owner, HostTensor) and name == "data" and isinstance(value, HostTensor):
        owner.numpy()  # what changes it later has its turn first
        owner.array, owner.shape, owner.dtype, owner.source = value.numpy(), value.shape, value.dtype, None
    elif isinstance(owner, HostTensor) and name == "requires_grad":
        pass
    elif isinstance(owner, ModuleObject) and owner.setter(name) is None:
        owner.hold(name, value)
    elif isinstance(owner, HostInstance):
        owner.attributes[name] = value
    else:
        raise CompileError.at(span, f"'{name}' cannot be set at compile time")


def delete(frame: ExpressionFrame, target: ast.Expr) -> None:
    """`del target`."""
    match target:
        case ast.Name(id=name) if name in frame.names:
            del frame.names[name]
        case ast.Attribute(value=owner, name=name):
            delete_attribute(frame.expression(owner), name, target.span)
        case ast.Subscript(value=container, indices=indices):
            _delete_item(frame, frame.expression(container), frame.index(indices), target.span)
        case _:
            raise CompileError.at(target.span, "this cannot be deleted at compile time")


def delete_attribute(owner: HostValue, name: str, span: Span) -> None:
    """`del owner.name`."""
    held = owner.attributes if isinstance(owner, ModuleObject | HostInstance) else {}
    if name not in held:
        raise CompileError.at(span, f"there is no attribute '{name}' to delete")
    del held[name]
    if isinstance(owner, ModuleObject):
        owner.buffers.pop(name, None)
        if name in owner.item_names:
            owner.attributes["_items"] = [n for n in owner.item_names if n != name]


def _delete_item(frame: ExpressionFrame, held: HostValue, index: HostValue, span: Span) -> None:
    if isinstance(held, list | dict):
        frame.attempt(lambda: held.__delitem__(index), span)
        return
    if not isinstance(held, ModuleObject) or held.container is None:
        raise CompileError.at(span, "this cannot be deleted at compile time")
    names = list(held.item_names)
    frame.attempt(lambda: names.remove(index) if isinstance(index, str) else names.__delitem__(index), span)
    named = held.container in ("ModuleDict", "ParameterDict")
    held.set_items({n if named else str(i): held.attributes[n] for i, n in enumerate(names)})
