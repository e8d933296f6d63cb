"""Assignments: to names, tuples of targets, attributes and subscripts; plain, annotated and augmented."""

from __future__ import annotations

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.ops import REGISTRY
from aotjit.sema import subscripts
from aotjit.sema.annotations import read_type
from aotjit.sema.context import NUMERIC, FunctionContext, is_tensor, not_compiled
from aotjit.sema.conversions import plain, require
from aotjit.sema.expressions import binary, unpack
from aotjit.sema.interfaces import interface_of, through_interface
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.user_classes import BINARY_METHODS, call_special, special_method
from aotjit.sema.values import Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import DictType, ListType, Type


def assign_statement(ctx: FunctionContext, node: ast.Assign) -> None:
    expected: Type | None = None
    if node.type_comment is not None:
        expected = comment_type(ctx, node.type_comment, node.span)
    elif len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        binding = ctx.bindings.get(node.targets[0].id)
        if binding is not None and binding.depth < ctx.depth:
            expected = binding.declared
    elif len(node.targets) == 1 and isinstance(node.targets[0], ast.Attribute):
        expected = ctx.compiler.attribute_type(ctx, node.targets[0])
    value = ctx.expression(node.value, expected)
    if node.type_comment is not None and expected is not None:
        value = require(ctx, plain(ctx, value, node.value.span, expected), expected, node.value.span, "the value")
    for target in node.targets:
        assign(ctx, target, value, node.span, expected if node.type_comment is not None else None)


def comment_type(ctx: FunctionContext, text: str, span: Span) -> Type:
    """The type that a `# type:` comment says."""
    from aotjit.syntax.parse import parse_expression

    return read_type(parse_expression(SourceText(span.source.name, text), span), ctx.scope)


def annotated_statement(ctx: FunctionContext, node: ast.AnnAssign) -> None:
    interface = interface_of(node.annotation, ctx.scope)
    if interface is not None and node.value is not None:
        assign(ctx, node.target, through_interface(ctx, node.value, interface), node.span)
        return
    t = read_type(node.annotation, ctx.scope)
    if node.value is None:
        raise CompileError.at(node.span, "an annotation without a value is not part of TorchScript", "give it a value")
    value = plain(ctx, ctx.expression(node.value, t), node.value.span, t)
    value = require(ctx, value, t, node.value.span, _described(node.target))
    assign(ctx, node.target, value, node.span, t)


def _described(target: ast.Expr) -> str:
    return f"'{target.id}'" if isinstance(target, ast.Name) else "the value"


def assign(ctx: FunctionContext, target: ast.Expr, value: Value, span: Span, declared: Type | None = None) -> None:
    """Gives `target` the value."""
    match target:
        case ast.Name(id=name):
            ctx.bind(name, value, span, declared)
        case ast.TupleExpr(elements=elements) | ast.ListExpr(elements=elements):
            _assign_elements(ctx, elements, value, span)
        case ast.Attribute():
            ctx.compiler.set_attribute(ctx, target, plain(ctx, value, span), span, declared)
        case ast.Subscript():
            subscripts.write(ctx, target, plain(ctx, value, span), span)
        case _:
            raise CompileError.at(target.span, "this cannot be assigned to")


def _assign_elements(ctx: FunctionContext, targets: tuple[ast.Expr, ...], value: Value, span: Span) -> None:
    if isinstance(value, Plain) and isinstance(value.type, ListType):
        return _assign_list(ctx, targets, value, span)
    elements = unpack(ctx, value, span)
    starred = [i for i, t in enumerate(targets) if isinstance(t, ast.Starred)]
    if starred:
        at = starred[0]
        behind = len(targets) - at - 1
        if len(starred) > 1 or len(elements) < len(targets) - 1:
            raise CompileError.at(span, f"{len(elements)} values cannot be unpacked into these targets")
        middle = TupleValue(tuple(elements[at : len(elements) - behind]))
        elements = [*elements[:at], plain(ctx, middle, span), *elements[len(elements) - behind :]]
    if len(elements) != len(targets):
        raise CompileError.at(span, f"{len(elements)} values cannot be unpacked into {len(targets)} targets")
    for target, element in zip(targets, elements, strict=True):
        assign(ctx, target.value if isinstance(target, ast.Starred) else target, element, span)
    return None


def _assign_list(ctx: FunctionContext, targets: tuple[ast.Expr, ...], value: Plain, span: Span) -> None:
    """`a, b = list`: the length is tested at run time."""
    from aotjit.sema.checks import require_length

    starred = next((t for t in targets if isinstance(t, ast.Starred)), None)
    if starred is not None:
        raise CompileError.at(
            starred.span, "'*' takes what is left of a tuple: the length of a list is not known", "use slices"
        )
    require_length(ctx, value, len(targets), span)
    for i, target in enumerate(targets):
        assign(ctx, target, call_operator(ctx, "__getitem__", [value, ctx.constant(i, span)], {}, span), span)


_TENSOR_IN_PLACE = {
    "+": "add_", "-": "sub_", "*": "mul_", "/": "div_", "%": "fmod_", "<<": "bitwise_left_shift_",
    ">>": "bitwise_right_shift_",
}  # fmt: skip
"""As torch.jit has it: the others make a new tensor, and % is C's fmod (of ints too, which gives a float)."""


def augmented_statement(ctx: FunctionContext, node: ast.AugAssign) -> None:
    if node.op in ("//", "@"):
        raise CompileError.at(node.span, f"'{node.op}=' is not part of TorchScript", f"write a = a {node.op} b")
    if isinstance(node.target, ast.Subscript):
        return _augmented_subscript(ctx, node, node.target)
    current = ctx.plain(node.target)
    value = ctx.plain(node.value, current.type if isinstance(current.type, ListType) else None)
    if not _in_place(ctx, node.op, current, value, node.span):
        assign(ctx, node.target, _updated(ctx, node.op, current, value, node.span), node.span)
    return None


def _updated(ctx: FunctionContext, op: str, current: Plain, value: Plain, span: Span) -> Plain:
    """What `current op= value` assigns: of an instance what its in-place method gives, where the class has one."""
    name = BINARY_METHODS[op].replace("__", "__i", 1)
    if special_method(ctx, current, name, span) is not None:
        result = call_special(ctx, current, name, [value], span, f"'{op}='")
        assert result is not None
        return result
    if op == "%" and current.type in NUMERIC and value.type in NUMERIC:
        return single(call_operator(ctx, "fmod", [current, value], {}, span, "'%='"))
    return binary(ctx, op, current, value, span)


def _in_place(ctx: FunctionContext, op: str, current: Plain, value: Plain, span: Span) -> bool:
    """Changes a tensor or list itself; False for values that are replaced."""
    if isinstance(current.type, ListType) and op in ("+", "*"):
        name = "add_" if op == "+" else "mul_"
    elif is_tensor(current.type) and op in _TENSOR_IN_PLACE:
        name = _TENSOR_IN_PLACE[op]
    else:
        return False
    if not REGISTRY.overloads(name) and is_tensor(current.type):
        raise not_compiled(span, f"'{op}=' on a tensor", "write it as an assignment if nothing else uses the tensor")
    call_operator(ctx, name, [current, value], {}, span, f"'{op}='")
    return True


def _augmented_subscript(ctx: FunctionContext, node: ast.AugAssign, target: ast.Subscript) -> None:
    container, view = subscripts.place(ctx, target)
    if view is not None:
        before = subscripts.part(ctx, view, target.span)
        if not _in_place(ctx, node.op, before, ctx.plain(node.value), node.span):
            hint = f"write x[...] = x[...] {node.op} y"
            raise CompileError.at(node.span, f"'{node.op}=' on part of a tensor does nothing in TorchScript", hint)
        subscripts.put_back(ctx, view, before, node.span)
        return
    index = subscripts.item_index(ctx, container, target)
    held = subscripts.held_type(container.type)
    if held is None:
        current = subscripts.item(ctx, container, index, target.span)
        value = ctx.plain(node.value)
    else:  # as torch.jit has it, not Python: the right side comes first
        value = ctx.plain(node.value, held if isinstance(held, ListType) else None)
        current = subscripts.item(ctx, container, index, target.span)
    # As in torch, tensors and lists in a list change in place; those in a dict are replaced.
    if isinstance(container.type, DictType) or not _in_place(ctx, node.op, current, value, node.span):
        changed = _updated(ctx, node.op, current, value, node.span)
        subscripts.set_item(ctx, container, index, changed, node.span)
