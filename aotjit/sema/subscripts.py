"""Subscripts: reading and writing parts of tensors, lists, tuples and strings.

`x[a, b:c, None, ...]` of a tensor becomes select, slice and unsqueeze, one after the other, then one `index` for all
tensor indices; writing to it copies into that view, or is one `index_put_`.
"""

from __future__ import annotations

from dataclasses import dataclass

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.context import NUMERIC, FunctionContext, expression_rule, integer_constant, is_tensor, not_compiled
from aotjit.sema.conversions import plain, require, tuple_element
from aotjit.sema.implicit import require_argument
from aotjit.sema.operator_calls import single
from aotjit.sema.origins import origins
from aotjit.sema.overloads import call_operator
from aotjit.sema.user_classes import call_special
from aotjit.sema.values import ModuleValue, Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import (
    BOOL,
    COMPLEX,
    INT,
    NONE,
    NUMBER,
    STR,
    TENSOR,
    ClassType,
    DictType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    erase,
)


@dataclass
class _View:
    """A tensor after its ints, slices and None, and what is left: a tensor index for a dimension, or None."""

    tensor: Plain
    indices: list[Plain | None]

    @property
    def is_plain(self) -> bool:
        return all(i is None for i in self.indices)


@expression_rule(ast.Subscript)
def _subscript(ctx: FunctionContext, node: ast.Subscript, expected: Type | None) -> Value:
    value = ctx.expression(node.value)
    if isinstance(value, TupleValue):
        return _of_tuple(ctx, list(value.elements), node)
    if isinstance(value, ModuleValue):
        return ctx.compiler.module_item(ctx, value, node)
    if not isinstance(value, Plain):
        raise CompileError.at(node.span, f"{value.describe()} cannot be indexed")
    return read(ctx, value, node)


def read(ctx: FunctionContext, value: Plain, node: ast.Subscript) -> Value:
    """value[...] of a run-time value."""
    t = value.type
    if isinstance(t, TensorType):
        view = _view(ctx, value, node)
        return view.tensor if view.is_plain else _gather(ctx, view, node.span)
    if isinstance(t, TupleType):
        return _of_tuple(ctx, [tuple_element(ctx, value, i, node.span) for i in range(len(t.elements))], node)
    if isinstance(t, ListType) or t == STR:
        return _of_sequence(ctx, value, node)
    if isinstance(t, DictType):
        return _of_dict(ctx, value, t, node)
    own = call_special(ctx, value, "__getitem__", _indices(ctx, t, node), node.span, "an index")
    if own is not None:
        return own
    hint = "test it with 'is not None' first" if isinstance(t, OptionalType) else None
    raise CompileError.at(node.span, f"a value of type {t} cannot be indexed", hint)


def _indices(ctx: FunctionContext, t: Type, node: ast.Subscript) -> list[Value]:
    """What __getitem__ of an instance gets: one value, a tuple where there are several."""
    if not isinstance(t, ClassType):
        return []
    if any(isinstance(index, ast.Slice) for index in node.indices):
        raise CompileError.at(node.span, "slices of an instance are not part of TorchScript")
    values: list[Value] = [ctx.plain(index) for index in node.indices]
    return values if len(values) == 1 else [TupleValue(tuple(values))]


def _only_index(node: ast.Subscript) -> ast.Expr:
    if len(node.indices) != 1:
        raise CompileError.at(node.span, "only tensors take several indices")
    return node.indices[0]


def _of_sequence(ctx: FunctionContext, value: Plain, node: ast.Subscript) -> Plain:
    index = _only_index(node)
    if isinstance(index, ast.Slice):
        start, stop, step = (_bound(ctx, part) for part in (index.start, index.stop, index.step))
        step = ctx.constant(1, node.span) if index.step is None else step
        return single(call_operator(ctx, "slice", [value, start, stop, step], {}, node.span, "a slice"))
    position = require_argument(ctx, ctx.plain(index), INT, index.span, "an index")
    return single(call_operator(ctx, "__getitem__", [value, position], {}, node.span, "an index"))


def _of_dict(ctx: FunctionContext, value: Plain, t: DictType, node: ast.Subscript) -> Plain:
    key = dict_key(ctx, t, _only_index(node))
    return single(call_operator(ctx, "__getitem__", [value, key], {}, node.span, "an index"))


def dict_key(ctx: FunctionContext, t: DictType, node: ast.Expr) -> Plain:
    """An index of a dict of type `t`."""
    if isinstance(node, ast.Slice):
        raise CompileError.at(node.span, "a dict has no slices")
    return require_argument(ctx, ctx.plain(node), t.key, node.span, "a key of this dict")


def _bound(ctx: FunctionContext, node: ast.Expr | None) -> Plain:
    return ctx.constant(None, None) if node is None else ctx.plain(node)


def _of_tuple(ctx: FunctionContext, elements: list[Value], node: ast.Subscript) -> Value:
    index = _only_index(node)
    if isinstance(index, ast.Slice):
        parts = [index.start, index.stop, index.step]
        bounds = [None if p is None else _literal_index(ctx.expression(p), p.span) for p in parts]
        return TupleValue(tuple(elements[slice(*bounds)]))
    given = ctx.expression(index)
    if integer_constant(given) is None and (same := _of_one_type(ctx, elements, node.span)) is not None:
        # As in torch: such a tuple is indexed as a list is.
        number = require_argument(ctx, plain(ctx, given, index.span), INT, index.span, "an index")
        whole = ctx.value(ts.ListOp([e.ssa for e in same], ListType(same[0].type)), node.span)
        return call_operator(ctx, "__getitem__", [whole, number], {}, node.span, "an index")
    position = _literal_index(given, index.span)
    if not -len(elements) <= position < len(elements):
        raise CompileError.at(index.span, f"the tuple has {len(elements)} elements")
    return elements[position]


def _of_one_type(ctx: FunctionContext, elements: list[Value], span: Span) -> list[Plain] | None:
    """The elements, if all are run-time values of one type."""
    held = [e for e in elements if isinstance(e, Plain)]
    one = len(held) == len(elements) > 0 and all(erase(e.type) == erase(held[0].type) for e in held)
    return [require(ctx, e, erase(e.type), span, "an element") for e in held] if one else None


def _literal_index(given: Value, span: Span) -> int:
    found = integer_constant(given)
    if found is None:
        raise CompileError.at(span, "a tuple of several types is indexed with an int literal", "or use a list")
    return found


# -- tensors ----------------------------------------------------------------------------------------------------------


def _view(ctx: FunctionContext, value: Plain, node: ast.Subscript) -> _View:
    """Applies the indices up to `...` from the left, those behind it from the right."""
    view = _View(value, [])
    places = [i for i, index in enumerate(node.indices) if isinstance(index, ast.Constant) and index.value is ...]
    if len(places) > 1:
        raise CompileError.at(node.indices[places[1]].span, "'...' may stand once in a subscript")
    ahead = node.indices[: places[0]] if places else node.indices
    behind = node.indices[places[0] + 1 :] if places else ()
    dim = 0
    for index in ahead:
        dim = _apply(ctx, view, dim, index)
    dim = -1
    for index in reversed(behind):
        dim = _apply(ctx, view, dim, index)
    return view


def _apply(ctx: FunctionContext, view: _View, dim: int, index: ast.Expr) -> int:
    """Applies one index to dimension `dim`, which counts from the end when negative; returns that of the next."""
    onwards = 1 if dim >= 0 else -1
    if isinstance(index, ast.Slice):
        view.tensor = _slice(ctx, view.tensor, dim, index)
        return dim + onwards
    given, span = ctx.plain(index), index.span
    where = ctx.constant(dim, span)
    if given.type == INT:
        view.tensor = single(call_operator(ctx, "select", [view.tensor, where, given], {}, span))
        return dim
    if is_tensor(given.type) or isinstance(given.type, ListType):
        if dim < 0:
            raise not_compiled(span, "a tensor index behind '...'", "write the dims out, as in x[:, :, index]")
        view.indices += [None] * (dim - len(view.indices))
        view.indices.append(_index_tensor(ctx, given, span))
        return dim + 1
    if given.type == NONE:
        view.tensor = single(call_operator(ctx, "unsqueeze", [view.tensor, where], {}, span))
        return dim + onwards
    if given.type == BOOL:
        raise CompileError.at(span, "a tensor cannot be indexed with a bool", "use None to add a dimension, or a mask")
    hint = "test it with 'is not None' first" if isinstance(given.type, OptionalType) else None
    if isinstance(given.type, TupleType):
        hint = "write its elements into the brackets: x[i, j]"
    notes = origins([view.tensor], f"Dict[{given.type}, int]")
    raise CompileError.at(span, f"a tensor cannot be indexed with a value of type {given.type}", hint, notes)


def _index_tensor(ctx: FunctionContext, given: Plain, span: Span) -> Plain:
    if is_tensor(given.type):
        return given
    return single(call_operator(ctx, "tensor", [given], {}, span))


def _slice(ctx: FunctionContext, value: Plain, dim: int, index: ast.Slice) -> Plain:
    start, stop = _bound(ctx, index.start), _bound(ctx, index.stop)
    step = ctx.constant(1, index.span) if index.step is None else ctx.plain(index.step)
    if index.start is None and index.stop is None and index.step is None:
        return value
    where = ctx.constant(dim, index.span)
    return single(call_operator(ctx, "slice", [value, where, start, stop, step], {}, index.span, "a slice"))


def _index_list(ctx: FunctionContext, view: _View, span: Span) -> Plain:
    element = OptionalType(TENSOR)
    items = [ctx.value(ts.NoneOp(element) if i is None else ts.SomeOp(i.ssa, element), span) for i in view.indices]
    return ctx.value(ts.ListOp([i.ssa for i in items], ListType(element)), span)


def _gather(ctx: FunctionContext, view: _View, span: Span) -> Plain:
    return single(
        call_operator(ctx, "index", [view.tensor, _index_list(ctx, view, span)], {}, span, "indexing with tensors")
    )


# -- writing ----------------------------------------------------------------------------------------------------------


def write(ctx: FunctionContext, node: ast.Subscript, value: Plain, span: Span) -> None:
    """target[...] = value."""
    target = ctx.plain(node.value)
    if isinstance(target.type, TensorType):
        _write_tensor(ctx, target, node, value, span)
    else:
        set_item(ctx, target, item_index(ctx, target, node), value, span)


def item_index(ctx: FunctionContext, target: Plain, node: ast.Subscript) -> Plain:
    """The index of an item of a list, dict or instance that is to be written or deleted."""
    if isinstance(target.type, ClassType):
        return plain(ctx, _indices(ctx, target.type, node)[0], node.span)
    index = _only_index(node)
    if isinstance(target.type, DictType):
        return dict_key(ctx, target.type, index)
    if not isinstance(target.type, ListType):
        hint = "make a new one" if isinstance(target.type, TupleType) or target.type == STR else None
        raise CompileError.at(node.span, f"items of a value of type {target.type} cannot be changed", hint)
    if isinstance(index, ast.Slice):
        raise CompileError.at(
            node.span, "changing a slice of a list is not part of TorchScript", "assign the items one by one"
        )
    return require_argument(ctx, ctx.plain(index), INT, index.span, "an index")


def item(ctx: FunctionContext, target: Plain, index: Plain, span: Span) -> Plain:
    """target[index] of a list, dict or instance."""
    own = call_special(ctx, target, "__getitem__", [index], span, "an index")
    return own or single(call_operator(ctx, "__getitem__", [target, index], {}, span, "an index"))


def held_type(container: Type) -> Type | None:
    """The type of the items of a list or dict; None for instances, whose class says what an index gives."""
    match container:
        case ListType(element=held) | DictType(value=held):
            return held
    return None


def set_item(ctx: FunctionContext, target: Plain, index: Plain, value: Plain, span: Span) -> None:
    """target[index] = value of a list, dict or instance."""
    if call_special(ctx, target, "__setitem__", [index, value], span, "item assignment") is not None:
        return
    held = held_type(target.type)
    assert held is not None
    what = "an element of this list" if isinstance(target.type, ListType) else "a value of this dict"
    converted = require_argument if value.type == NUMBER else require  # as torch: a number, but no tensor
    given = converted(ctx, value, held, span, what, origins([target]))
    call_operator(ctx, "_set_item", [target, index, given], {}, span, "item assignment")


def _write_tensor(ctx: FunctionContext, target: Plain, node: ast.Subscript, value: Plain, span: Span) -> None:
    view = _view(ctx, target, node)
    if value.type in (*NUMERIC, NUMBER) and view.is_plain:
        call_operator(ctx, "set_", [view.tensor, value], {}, span, "item assignment")
        return
    if value.type in (*NUMERIC, NUMBER, COMPLEX):
        value = single(call_operator(ctx, "scalar_tensor" if value.type == NUMBER else "tensor", [value], {}, span))
        value = single(call_operator(ctx, "type_as", [value, view.tensor], {}, span))
    if not is_tensor(value.type):
        raise CompileError.at(span, f"part of a tensor is assigned a tensor or a number, found {value.type}")
    if view.is_plain:
        call_operator(ctx, "copy_", [view.tensor, value], {}, span, "item assignment")
        return
    call_operator(
        ctx,
        "index_put_",
        [view.tensor, _index_list(ctx, view, span), value],
        {},
        span,
        "assignment with tensor indices",
    )


def delete(ctx: FunctionContext, node: ast.Subscript) -> None:
    """del target[...]."""
    target = ctx.plain(node.value)
    if isinstance(target.type, ClassType):
        call_special(ctx, target, "__delitem__", _indices(ctx, target.type, node), node.span, "del of an item")
        return
    if isinstance(_only_index(node), ast.Slice):
        raise CompileError.at(node.span, "deleting a slice is not part of TorchScript", "delete the items one by one")
    call_operator(ctx, "Delete", [target, item_index(ctx, target, node)], {}, node.span, "del")


def place(ctx: FunctionContext, node: ast.Subscript) -> tuple[Plain, _View | None]:
    """For `target[...] += v`: the target, and the part of it when it is a tensor."""
    target = ctx.plain(node.value)
    return target, _view(ctx, target, node) if isinstance(target.type, TensorType) else None


def part(ctx: FunctionContext, view: _View, span: Span) -> Plain:
    """What a subscript is before it is changed: a view, or a copy of what index tensors take."""
    return view.tensor if view.is_plain else _gather(ctx, view, span)


def put_back(ctx: FunctionContext, view: _View, changed: Plain, span: Span) -> None:
    """Writes what `part` gave, and what was then changed in place, to where it is from."""
    if not view.is_plain:
        operands = [view.tensor, _index_list(ctx, view, span), changed]
        call_operator(ctx, "index_put_", operands, {}, span, "assignment with tensor indices")
