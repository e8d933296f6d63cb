"""Calls: of operators, functions of the program, methods and modules. Python's own functions are in builtins.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.sema.annotations import named_tuple
from aotjit.sema.class_types import enum_type
from aotjit.sema.context import FunctionContext, expression_rule, not_compiled
from aotjit.sema.conversions import plain, require
from aotjit.sema.defaults import as_literal
from aotjit.sema.enums import member_of_value
from aotjit.sema.expressions import unpack
from aotjit.sema.interfaces import call_choice, call_of_any, choice_attribute, is_of_classes
from aotjit.sema.names import close_match
from aotjit.sema.origins import origins
from aotjit.sema.out_argument import call_with_out, takes_out
from aotjit.sema.overloads import call_operator, unknown_operator_hint
from aotjit.sema.refused import METHODS, refused_function, refused_math, refused_module
from aotjit.sema.user_classes import call_instance_method, construct, special_method, user_class
from aotjit.sema.values import (
    ChoiceMethod,
    ClassValue,
    ContainerMethod,
    FunctionValue,
    InstanceMethod,
    ModuleChoice,
    ModuleMethod,
    ModuleValue,
    Namespace,
    NewInstance,
    Plain,
    Value,
    ValueMethod,
)
from aotjit.syntax import ast
from aotjit.types import STR, OptionalType, TensorType, Type

_EXAMPLES = {"str": "str", "List": "List[int]", "Dict": "Dict[str, int]"}
"""A type of each kind of values that have methods."""
CallRule = Callable[[FunctionContext, ast.Call, "Type | None"], Value]
SPECIAL_CALLS: dict[str, CallRule] = {}
"""Functions that are more than an operator, by full path; entered with `special_call`."""
METHOD_CALLS: dict[tuple[str, str], Callable[..., Value]] = {}
"""Methods that are more than an operator: (kind of value, name) -> rule(context, receiver, node, expected)."""
# Where operators live in Python; longer prefixes first.
OPERATOR_HOMES = (
    "torch.nn.functional.", "torch._C._nn.", "torch.special.", "torch.linalg.", "torch.fft.", "torch.ops.aten.",
    "torch.Tensor.", "torch._VF.", "torch.", "math.", "cmath.", "ops.prim.", "ops.aten.",
)  # fmt: skip
_RENAMED = {
    "torch.special.expit": "sigmoid", "torch.special.gammaln": "lgamma", "torch.special.psi": "digamma",
    "math.fabs": "fabs", "cmath.phase": "angle", "cmath.rect": "polar",
    "math.remainder": "mathremainder", "math.mod": "fmod", "ops.prim.NumToTensor": "NumToTensor",
    "torch.concat": "cat", "torch.concatenate": "cat", "torch.absolute": "abs", "torch.negative": "neg",
    "torch.true_divide": "div", "torch.multiply": "mul", "torch.subtract": "sub", "torch.divide": "div",
    "torch.greater": "gt", "torch.greater_equal": "ge", "torch.less": "lt", "torch.less_equal": "le",
    "torch.not_equal": "ne", "torch.special.exp2": "exp2", "torch.special.erf": "erf", "torch.adjoint": "mH",
    "torch.swapaxes": "transpose", "torch.moveaxis": "movedim", "torch.row_stack": "vstack",
    "torch.clip": "clamp", "torch.fix": "trunc", "torch._VF.split": "split", "torch.linalg.matmul": "matmul",
}  # fmt: skip
_OWN_NAMES = {"torch.special.": "special_", "torch.linalg.": "linalg_", "torch.fft.": "fft_"}
"""What the operators of a namespace are called beside those that it shares with torch's."""
_METHODS_RENAMED = {
    "absolute": "abs", "negative": "neg", "multiply": "mul", "subtract": "sub", "divide": "div", "true_divide": "div",
    "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne", "clip": "clamp",
    "clip_": "clamp_", "swapaxes": "transpose", "nelement": "numel", "ndimension": "dim", "__len__": "len",
    "moveaxis": "movedim", "fix": "trunc", "fix_": "trunc_", "adjoint": "mH",
}  # fmt: skip
for _name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2"):
    for _suffix in ("", "_"):
        _METHODS_RENAMED[f"arc{_name}{_suffix}"] = f"a{_name}{_suffix}"
        _RENAMED[f"torch.arc{_name}{_suffix}"] = f"a{_name}{_suffix}"


def special_call(*paths: str) -> Callable[[CallRule], CallRule]:
    """Enters the decorated rule, called with (context, call, expected type), for these functions."""

    def enter(rule: CallRule) -> CallRule:
        for path in paths:
            SPECIAL_CALLS[path] = rule
        return rule

    return enter


@expression_rule(ast.Call)
def _call(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    function = ctx.expression(node.function)
    if isinstance(function, Namespace) and function.path in SPECIAL_CALLS:
        return SPECIAL_CALLS[function.path](ctx, node, expected)
    if isinstance(function, ValueMethod):
        rule = METHOD_CALLS.get((kind_of(function.receiver.type), function.name))
        if rule is not None:
            return rule(ctx, function.receiver, node, expected)
    args, keywords = arguments(ctx, node)
    return call(ctx, function, args, keywords, node.span)


def kind_of(t: Type) -> str:
    """'Tensor', 'List', 'str', ...: the type's name without its arguments."""
    return str(t).split("[")[0] if t != STR else "str"


def arguments(ctx: FunctionContext, node: ast.Call) -> tuple[list[Value], dict[str, Value]]:
    """The arguments of a call, compiled in order."""
    args: list[Value] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            args += unpack(ctx, ctx.expression(arg.value), arg.span)
        else:
            args.append(ctx.expression(arg))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        if keyword.name in keywords:
            raise CompileError.at(keyword.span, f"argument '{keyword.name}' is given twice")
        keywords[keyword.name] = ctx.expression(keyword.value)
    return args, keywords


def call(ctx: FunctionContext, function: Value, args: Sequence[Value], keywords: dict[str, Value], span: Span) -> Value:
    """Compiles a call of a value with compiled arguments."""
    match function:
        case FunctionValue():
            return ctx.compiler.call_function(ctx, function, args, keywords, span)
        case ModuleMethod():
            return ctx.compiler.call_method(ctx, function, args, keywords, span)
        case ContainerMethod() if not args and not keywords:
            return ctx.compiler.container_items(ctx, function, span)
        case ChoiceMethod():
            return call_choice(ctx, function, args, keywords, span)
        case ModuleChoice():
            return call_choice(ctx, choice_attribute(function, "forward", span), args, keywords, span)
        case ModuleValue():
            return ctx.compiler.call_module(ctx, function, args, keywords, span)
        case ValueMethod(receiver=receiver) if is_of_classes(receiver.type):
            return call_of_any(ctx, function, args, keywords, span)
        case ValueMethod():
            return _call_value_method(ctx, function, args, keywords, span)
        case Namespace(path=path):
            return _call_path(ctx, path, args, keywords, span)
        case ClassValue():
            return _construct(ctx, function, args, keywords, span)
        case InstanceMethod():
            return call_instance_method(ctx, function, args, keywords, span)
        case NewInstance(type=t):
            user_class(ctx, t, span)
            return ctx.value(ts.ObjectOp(t), span)
        case Plain() if (method := special_method(ctx, function, "__call__", span)) is not None:
            return call_instance_method(ctx, method, args, keywords, span)
    raise CompileError.at(span, f"{function.describe()} cannot be called")


def _plain_arguments(
    ctx: FunctionContext, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> tuple[list[Plain], dict[str, Plain]]:
    return [plain(ctx, a, span) for a in args], {n: plain(ctx, v, span) for n, v in keywords.items()}


def _call_value_method(
    ctx: FunctionContext, method: ValueMethod, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> Value:
    given, named = _plain_arguments(ctx, args, keywords, span)
    kind = kind_of(method.receiver.type)
    name = _METHODS_RENAMED.get(method.name, method.name)
    shown = f"{kind}.{method.name}"
    if not _has_method(kind, name):
        raise _no_method(method, kind, shown)
    place = _place_of_self(name) if kind == "Tensor" else 0
    if place <= len(given):
        given.insert(place, method.receiver)
    else:
        named["self"] = method.receiver
    return call_operator(ctx, name, given, named, span, shown)


def _no_method(method: ValueMethod, kind: str, shown: str) -> CompileError:
    """Tensors may have the method in torch; all methods of other values are known."""
    hint = METHODS.get((kind, method.name))
    others = [kind_of(o.schema.arguments[0].type) for o in REGISTRY.overloads(method.name) if o.schema.arguments]
    notes = origins([method.receiver], next((_EXAMPLES[k] for k in others if k in _EXAMPLES), "int"))
    if hint is not None:
        return CompileError.at(method.span, f"{shown} is not part of TorchScript", hint, notes)
    if kind == "Tensor" and others:
        return CompileError.at(method.span, f"Tensor has no method '{method.name}'", None, notes)
    if kind == "Tensor":
        names = {*REGISTRY.by_name, *_METHODS_RENAMED}
        hint = close_match(method.name, names) or "`aotjit ops` lists the operators it has"
        return not_compiled(method.span, shown, hint)
    names = {
        name for name, found in REGISTRY.by_name.items()
        for o in found if o.schema.arguments and kind_of(o.schema.arguments[0].type) == kind
    }  # fmt: skip
    return CompileError.at(method.span, f"{kind} has no method '{method.name}'", close_match(method.name, names))


def _has_method(kind: str, name: str) -> bool:
    """Is there an operator of this name with a value of this kind as an argument?"""
    overloads = REGISTRY.overloads(name)
    if kind == "Tensor":
        return any(isinstance(_inner(a.type), TensorType) for o in overloads for a in o.schema.arguments)
    return bool(overloads)


def _inner(t: Type) -> Type:
    return t.element if isinstance(t, OptionalType) else t


def _place_of_self(name: str) -> int:
    """Where a method's receiver goes: as in torch to the parameter `self`, as in polygamma(n, self), or first."""
    parameters = [a.name for a in REGISTRY.overloads(name)[0].schema.arguments]
    return parameters.index("self") if "self" in parameters else 0


def _call_path(ctx: FunctionContext, path: str, args: Sequence[Value], keywords: dict[str, Value], span: Span) -> Value:
    library = ctx.compiler.library_function(path)
    if library is not None:
        return ctx.compiler.call_function(ctx, library, args, keywords, span)
    given, named = _plain_arguments(ctx, args, keywords, span)
    name = operator_name(path)
    refused = refused_math(path, span) or refused_function(path.removeprefix("builtins."), span)
    refused = refused or refused_module(path, span)
    if refused is not None:
        raise refused
    if name is None or not REGISTRY.overloads(name):
        raise not_compiled(span, path.removeprefix("builtins."), None if name is None else unknown_operator_hint(name))
    if path.startswith(("math.", "cmath.")):
        _check_numbers(name, given, span)
    if takes_out(name, named):
        return call_with_out(ctx, name, given, named, span, path)
    return call_operator(ctx, name, given, named, span, path)


def _check_numbers(name: str, given: Sequence[Plain], span: Span) -> None:
    """torch.jit takes math.sqrt(x) of a tensor for torch.sqrt(x); where torch has no such function, x is no number."""
    tensors = [i for i, g in enumerate(given) if isinstance(g.type, TensorType)]
    places = [[isinstance(a.type, TensorType) for a in o.schema.arguments] for o in REGISTRY.overloads(name)]
    if tensors and not any(len(p) >= len(given) and all(p[i] for i in tensors) for p in places):
        raise CompileError.at(
            span, "functions of math take numbers, found a Tensor", "use the torch function, or .item()"
        )


def operator_name(path: str) -> str | None:
    """The plain name of the operator that a Python path calls."""
    if path in _RENAMED:
        return _RENAMED[path]
    for home in OPERATOR_HOMES:
        name = path[len(home) :]
        if path.startswith(home) and "." not in name:
            own = _OWN_NAMES.get(home, "") + name
            return own if REGISTRY.overloads(own) else name
    return None


def _construct(
    ctx: FunctionContext, function: ClassValue, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> Value:
    t = named_tuple(function)
    enum = enum_type(function)
    if enum is not None:
        return member_of_value(ctx, enum, args, span)
    if t is None or t.fields is None:
        return construct(ctx, function, args, keywords, span)
    values = dict(zip(t.fields, args, strict=False)) | keywords
    defaults = {
        s.target.id: s.value
        for s in function.definition.body
        if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name) and s.value is not None
    }
    elements = []
    for field, wanted in zip(t.fields, t.elements, strict=True):
        if field not in values and field not in defaults:
            raise CompileError.at(span, f"{t.name} needs a value for '{field}'")
        value = values.get(field) or ctx.expression(as_literal(defaults[field], function.scope), wanted)
        elements.append(require(ctx, plain(ctx, value, span, wanted), wanted, span, f"'{field}' of {t.name}"))
    if len(args) > len(t.fields) or any(k not in t.fields for k in keywords):
        raise CompileError.at(span, f"{t.name} has the fields {', '.join(t.fields)}")
    return ctx.value(ts.TupleOp([e.ssa for e in elements], t), span)
