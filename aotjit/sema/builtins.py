"""Python's own functions and torch.jit's, as far as they are more than an operator."""

from __future__ import annotations

from collections.abc import Callable

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DType
from aotjit.ir import ts
from aotjit.sema import conditions, scalars
from aotjit.sema.annotations import path_of, read_type
from aotjit.sema.attributes import attribute
from aotjit.sema.boxes import checked_unbox
from aotjit.sema.calls import METHOD_CALLS, arguments, special_call
from aotjit.sema.checks import raise_unless
from aotjit.sema.conditions import STATIC_TESTS, Condition, known
from aotjit.sema.context import NUMERIC, FunctionContext, constant_of, integer_constant, is_tensor, not_compiled
from aotjit.sema.conversions import plain, require, subtype, to_float, to_int
from aotjit.sema.expressions import LateList, to_text
from aotjit.sema.implicit import require_argument
from aotjit.sema.iteration import iteration_of, range_length
from aotjit.sema.loops import counted_loop
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.type_tests import is_instance
from aotjit.sema.user_classes import call_conversion, call_special, has_attribute
from aotjit.sema.values import EnumerateValue, ModuleValue, Namespace, Plain, RangeValue, TupleValue, Value, ZipValue
from aotjit.syntax import ast
from aotjit.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    NUMBER,
    STR,
    ClassType,
    DictType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
    is_boxed,
)


def _args(ctx: FunctionContext, node: ast.Call, least: int, most: int, name: str) -> list[Value]:
    args, keywords = arguments(ctx, node)
    if keywords or not least <= len(args) <= most:
        count = str(least) if least == most else f"{least} or more" if most > 64 else f"{least} to {most}"
        raise CompileError.at(node.span, f"{name} takes {count} argument{'' if most == 1 else 's'}, by position")
    return args


def plain_arguments(ctx: FunctionContext, node: ast.Call, least: int, most: int, name: str) -> list[Plain]:
    return [plain(ctx, a, node.span) for a in _args(ctx, node, least, most, name)]


# -- output and text --------------------------------------------------------------------------------------------------


@special_call("builtins.print")
def _print(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    if node.keywords:
        raise CompileError.at(node.keywords[0].span, "print takes no keyword arguments in TorchScript")
    values = plain_arguments(ctx, node, 0, 10**6, "print")
    ctx.emit(ts.PrintOp([v.ssa for v in values]), node.span)
    return ctx.constant(None, node.span)


@special_call("builtins.str")
def _str(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    return to_text(ctx, plain_arguments(ctx, node, 1, 1, "str")[0], node.span)


def format_literal(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
    template = constant_of(receiver)
    values = plain_arguments(ctx, node, 0, 10**6, "format")
    if not isinstance(template, str):
        return ctx.value(ts.FormatOp(None, [receiver.ssa, *(v.ssa for v in values)]), node.span)
    fields = template.count("{}")
    if fields > len(values):
        raise CompileError.at(node.span, f"the format has {fields} fields and {len(values)} values")
    return ctx.value(ts.FormatOp(template, [v.ssa for v in values[:fields]]), node.span)


METHOD_CALLS["str", "format"] = format_literal


# -- numbers ----------------------------------------------------------------------------------------------------------


def _before_tensor(value: Plain) -> Plain:
    """The number that a 0-dim tensor was just made from: traces are full of int(NumToTensor(n)). Only where the tensor
    holds it as it is: float32 and narrow integers do not."""
    owner = value.ssa.owner
    if not isinstance(owner, ts.AtenOp) or owner.op.data not in _EXACT:
        return value
    return Plain(owner.arguments[0]) if constant_of(Plain(owner.arguments[1])) in _EXACT[owner.op.data] else value


_EXACT: dict[str, tuple[int | None, ...]] = {
    "tensor.int": (None, DType.I64.code), "tensor.float": (DType.F64.code,), "tensor.bool": (None, DType.BOOL.code)
}  # fmt: skip
"""The dtypes that hold every number of their kind, by the operator that makes the tensor."""


def _cast(t: Type, convert: Callable[[FunctionContext, Plain, Span], Plain], operator: str) -> None:
    def rule(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
        value = _before_tensor(plain_arguments(ctx, node, 1, 1, str(t))[0])
        own = call_conversion(ctx, value, t, node.span)
        if own is not None:
            return own
        if value.type in NUMERIC:
            return convert(ctx, value, node.span)
        if t == BOOL and (isinstance(value.type, ListType | DictType) or value.type in (STR, COMPLEX)):
            return conditions.truth(ctx, value, node.span)
        number = isinstance(value.type, UnionType) and t != BOOL and subtype(value.type, NUMBER)
        if number or is_tensor(value.type) or value.type in (NUMBER, COMPLEX, STR):
            return call_operator(ctx, operator, [value], {}, node.span, str(t))
        raise CompileError.at(
            node.span, f"{t}() takes a number, a string or a tensor of one element, found {value.type}"
        )

    special_call(f"builtins.{t}")(rule)


def _to_bool(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    return conditions.truth(ctx, value, span)


_cast(INT, to_int, "Int")
_cast(FLOAT, to_float, "Float")
_cast(BOOL, _to_bool, "Bool")


@special_call("builtins.complex")
def _complex(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    values = plain_arguments(ctx, node, 1, 2, "complex")
    if len(values) == 1 and values[0].type == COMPLEX:
        return values[0]
    if len(values) == 1 and is_tensor(values[0].type):
        return call_operator(ctx, "ComplexImplicit", values, {}, node.span, "complex")
    return call_operator(ctx, "Complex", values, {}, node.span, "complex")


def _least_or_greatest(name: str) -> None:
    def rule(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
        values = plain_arguments(ctx, node, 1, 10**6, name)
        if len(values) == 1:
            return call_operator(ctx, name, values, {}, node.span, name)
        result = values[0]
        for value in values[1:]:
            result = single(call_operator(ctx, name, [result, value], {}, node.span, name))
        return result

    special_call(f"builtins.{name}")(rule)


_least_or_greatest("min")
_least_or_greatest("max")


def _operator_call(*names: str) -> None:
    for name in names:

        def rule(ctx: FunctionContext, node: ast.Call, expected: Type | None, name: str = name) -> Value:
            values = plain_arguments(ctx, node, 1, 3, name)
            return call_operator(ctx, name, values, {}, node.span, name)

        special_call(f"builtins.{name}")(rule)


_operator_call("abs", "round", "sum", "any", "all", "ord", "chr", "divmod", "hex", "oct", "bin", "pow")


@special_call("builtins.sorted")
def _sorted(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    if any(k.name in ("key", "reverse") for k in node.keywords):
        hint = "copy the list and call sort(reverse=True) of the copy; an order of its own needs a class with __lt__"
        raise CompileError.at(node.span, "sorted takes one list, and neither key nor reverse, in TorchScript", hint)
    return call_operator(ctx, "sorted", plain_arguments(ctx, node, 1, 1, "sorted"), {}, node.span, "sorted")


# -- sequences --------------------------------------------------------------------------------------------------------


@special_call("builtins.len")
def _len(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    value = _args(ctx, node, 1, 1, "len")[0]
    if isinstance(value, TupleValue):
        return ctx.constant(len(value.elements), node.span)
    if isinstance(value, ModuleValue) and value.object.children is not None:
        return ctx.constant(len(value.object.children), node.span)
    if isinstance(value, RangeValue):
        return range_length(ctx, value, node.span)
    given = plain(ctx, value, node.span)
    own = call_special(ctx, given, "__len__", [], node.span, "len()")
    if own is not None:
        return own
    if isinstance(given.type, TupleType):
        return ctx.constant(len(given.type.elements), node.span)
    if given.type in (*NUMERIC, NUMBER, NONE):
        raise CompileError.at(node.span, f"len() takes a str, list, dict, tuple or tensor, found {given.type}")
    return call_operator(ctx, "len", [given], {}, node.span, "len")


@special_call("builtins.range")
def _range(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    values = [
        require(ctx, v if not is_tensor(v.type) else single(call_operator(ctx, "Int", [v], {}, node.span, "int")), INT,
                node.span, "an argument of range")
        for v in plain_arguments(ctx, node, 1, 3, "range")
    ]  # fmt: skip
    zero, one = ctx.constant(0, node.span), ctx.constant(1, node.span)
    start, stop = (zero, values[0]) if len(values) == 1 else (values[0], values[1])
    step = values[2] if len(values) == 3 else one
    if integer_constant(step) == 0:
        raise CompileError.at(node.span, "the step of a range is not 0")
    return RangeValue(start, stop, step, integer_constant(step), integer_constant(start))


@special_call("builtins.enumerate")
def _enumerate(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    args, keywords = arguments(ctx, node)
    if not 1 <= len(args) <= 2 or keywords.keys() - {"start"}:
        raise CompileError.at(node.span, "enumerate takes what to iterate over and a start")
    start = keywords.get("start", args[1] if len(args) > 1 else ctx.constant(0, node.span))
    return EnumerateValue(args[0], require(ctx, plain(ctx, start, node.span), INT, node.span, "start"))


@special_call("builtins.zip")
def _zip(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    return ZipValue(tuple(_args(ctx, node, 1, 64, "zip")))


@special_call("builtins.list")
def _list(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    if not node.args:
        inner = expected.element if isinstance(expected, OptionalType) else expected
        wanted = inner if isinstance(inner, ListType) else ListType(TensorType())
        return ctx.value(ts.ListOp([], wanted), node.span)
    value = _args(ctx, node, 1, 1, "list")[0]
    if isinstance(value, Plain) and isinstance(value.type, ListType):
        return call_operator(ctx, "copy", [value], {}, node.span, "list")
    if isinstance(value, Plain) and isinstance(value.type, DictType):
        return call_operator(ctx, "keys", [value], {}, node.span, "list")
    if isinstance(value, Plain) and value.type == STR:
        return call_operator(ctx, "list", [value], {}, node.span, "list")
    items = iteration_of(ctx, value, node.span)
    if items.elements is not None:
        elements = [plain(ctx, e, node.span) for e in items.elements]
        tuple_ = plain(ctx, TupleValue(tuple(elements)), node.span)
        t = elements[0].type if elements else TensorType()
        return require(ctx, tuple_, ListType(t), node.span, "the elements of a list")
    late = LateList(ctx, node.span)
    counted_loop(ctx, items, lambda v: late.append(plain(ctx, v, node.span)), node.span)
    assert late.value is not None
    return late.value


@special_call("builtins.tuple")
def _tuple(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    value = _args(ctx, node, 1, 1, "tuple")[0]
    if isinstance(value, TupleValue) or (isinstance(value, Plain) and isinstance(value.type, TupleType)):
        return value
    raise CompileError.at(node.span, "tuple() takes a tuple: the length of a tuple is part of its type")


# -- types ------------------------------------------------------------------------------------------------------------


def _static_call(ctx: FunctionContext, node: ast.Expr) -> Condition | None:
    """isinstance, hasattr and torch.jit.is_scripting as tests."""
    assert isinstance(node, ast.Call)
    if not isinstance(node.function, ast.Name | ast.Attribute):
        return None
    path = _dotted(ctx, node.function)
    if path in ("builtins.isinstance", "torch.jit.isinstance"):
        return is_instance(ctx, node)
    if path in ("torch.__is__", "torch.__isnot__") and len(node.args) == 2:
        word = "is" if path == "torch.__is__" else "is not"
        return conditions.none_test(ctx, node.args[0], word, node.args[1], node.span)
    if path == "torch.__not__" and len(node.args) == 1:
        return conditions.condition(ctx, node.args[0]).negated(ctx, node.span)
    if path == "builtins.hasattr":
        return known(_has_attribute(ctx, node))
    if path in ("torch.jit.is_scripting", "torch._jit_internal.is_scripting", "torch.jit._script.is_scripting"):
        return known(True)
    if path in ("torch.jit.is_tracing", "torch.compiler.is_compiling", "torch._C._get_tracing_state"):
        return known(False)
    if path in ("torch.overrides.has_torch_function", "torch.overrides.has_torch_function_unary"):
        return known(False)
    return None


STATIC_TESTS[ast.Call] = _static_call


def _dotted(ctx: FunctionContext, node: ast.Expr) -> str | None:
    """The path of a dotted name without compiling anything."""
    if isinstance(node, ast.Name):
        if node.id in ctx.bindings:
            return None
        found = ctx.scope.lookup(node.id)
        return found.path if isinstance(found, Namespace) else None
    if isinstance(node, ast.Attribute):
        base = _dotted(ctx, node.value)
        return None if base is None else f"{base}.{node.name}"
    return None


@special_call(
    "builtins.isinstance", "torch.jit.isinstance", "builtins.hasattr", "torch.jit.is_scripting", "torch.jit.is_tracing",
    "torch.compiler.is_compiling", "torch.__is__", "torch.__isnot__", "torch.__not__",
)  # fmt: skip
def _static_value(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    found = _static_call(ctx, node)
    if found is None:
        raise CompileError.at(node.span, "this call has the wrong number of arguments")
    return found.plain(ctx, node.span)


def _has_attribute(ctx: FunctionContext, node: ast.Call) -> bool:
    return _has(ctx, ctx.expression(node.args[0]), _literal_name(node), node.span)


def _has(ctx: FunctionContext, value: Value, name: str, span: Span) -> bool:
    if isinstance(value, ModuleValue):
        return ctx.compiler.has_attribute(value, name)
    if isinstance(value, Plain) and isinstance(value.type, ClassType):
        return has_attribute(ctx, value.type, name, span)
    return isinstance(value, Plain) and isinstance(value.type, TupleType) and name in (value.type.fields or ())


def _literal_name(node: ast.Call) -> str:
    match node.args:
        case (_, ast.Constant(value=str() as name), *_):
            return name
    raise CompileError.at(node.span, "the attribute's name must be a string literal")


@special_call("builtins.getattr")
def _getattr(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    name = _literal_name(node)
    value = ctx.expression(node.args[0])
    if len(node.args) == 3 and not _has(ctx, value, name, node.span):
        return ctx.expression(node.args[2], expected)
    return attribute(ctx, value, name, node.span)


@special_call("torch.jit.annotate", "builtins.annotate", "builtins.unchecked_cast")
def _annotate(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    if len(node.args) != 2:
        raise CompileError.at(node.span, "annotate takes a type and a value")
    t = read_type(node.args[0], ctx.scope)
    value = ctx.plain(node.args[1], t)
    if is_boxed(value.type) and value.type != t and path_of(node.function, ctx.scope) == "builtins.unchecked_cast":
        return checked_unbox(ctx, value, t, node.span)
    if isinstance(value.type, OptionalType) and value.type.element == t:
        return ctx.value(ts.UnwrapOp(value.ssa), node.span)
    return require_argument(ctx, value, t, node.span, "the annotated value")


@special_call("torch.jit._unwrap_optional", "ops.prim.unchecked_unwrap_optional")
def _unwrap(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    value = plain_arguments(ctx, node, 1, 1, "_unwrap_optional")[0]
    if not isinstance(value.type, OptionalType):
        return value
    test = scalars.invert(ctx, ctx.value(ts.IsNoneOp(value.ssa), node.span), node.span)
    raise_unless(ctx, test, "RuntimeError", ctx.constant("Unwrapping null optional", node.span), node.span)
    return ctx.value(ts.UnwrapOp(value.ssa), node.span)


@special_call("torch.warn", "warnings.warn")
def _warn(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    """The level of the stack says whose line Python shows: here it is always that of the call."""
    args, keywords = arguments(ctx, node)
    given = {**dict(zip(("message", "stacklevel"), args, strict=False)), **keywords}
    if len(args) + len(keywords) != len(given) or "message" not in given or given.keys() - {"message", "stacklevel"}:
        raise CompileError.at(node.span, "warn takes a message and a stacklevel")
    message = require_argument(ctx, plain(ctx, given["message"], node.span), STR, node.span, "the warning")
    ctx.emit(ts.PrintOp([message.ssa], warning=True), node.span)
    return ctx.constant(None, node.span)


@special_call("ops.prim.index")
def _device_index(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    """`device.index` as archives have it."""
    return attribute(ctx, plain_arguments(ctx, node, 1, 1, "index")[0], "index", node.span)


@special_call("torch.device")
def _device(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    name = plain_arguments(ctx, node, 1, 1, "torch.device")[0]
    text = constant_of(name)
    if isinstance(text, str):
        return ctx.value(ts.DeviceOp(text), node.span)
    if name.type != STR:
        raise not_compiled(node.span, "a device that is not a literal")
    test = call_operator(ctx, "eq", [name, ctx.constant("cpu", node.span)], {}, node.span, "torch.device")
    assert isinstance(test, Plain)
    raise_unless(ctx, test, "RuntimeError", ctx.constant("the only device is cpu", node.span), node.span)
    return ctx.value(ts.DeviceOp("cpu"), node.span)
