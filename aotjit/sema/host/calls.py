"""Calls and attributes while constructors run: Python's functions, torch's, nn.Module's own methods, classes."""

from __future__ import annotations

import cmath
import math
from collections import deque
from collections.abc import Callable, Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DEFAULT_DTYPE, DTYPE_BY_CODE, DTYPE_BY_TORCH, DType
from aotjit.sema import library
from aotjit.sema.attributes import CONSTANTS, RESULT_NAMES, TENSOR_ATTRIBUTES
from aotjit.sema.calls import operator_name
from aotjit.sema.host import modules as host_modules
from aotjit.sema.host import python as host_python
from aotjit.sema.host import tensors as host_tensors
from aotjit.sema.host.builtins import BUILTINS, INSPECTIONS, call_builtin, with_key
from aotjit.sema.host.composites import run_function
from aotjit.sema.host.construct import construct, deep_copy, shallow_copy
from aotjit.sema.host.expressions import ExpressionFrame, call_lambda, check_order
from aotjit.sema.host.initialisers import FACTS, FILLS, INITIALISERS
from aotjit.sema.host.inspection import inspect
from aotjit.sema.host.objects import HostInstance, HostLimits, HostNamedTuple, object_attribute
from aotjit.sema.host.types import host_type
from aotjit.sema.modules import (
    BoundHostMethod,
    HostDType,
    HostFunction,
    HostLambda,
    HostMethod,
    HostPartial,
    HostTensor,
    HostTupleClass,
    HostValue,
    ModuleObject,
    SuperProxy,
    UnboundHostMethod,
)
from aotjit.sema.values import ClassValue, FunctionValue, Namespace
from aotjit.syntax import ast
from aotjit.types import NONE, TupleType

Args = Sequence[HostValue]
Keywords = dict[str, HostValue]
_IGNORED = frozenset(
    ("torch.no_grad", "torch.set_grad_enabled", "torch.inference_mode", "warnings.warn", "torch.set_num_threads",
     "torch._C._log_api_usage_once", "logging.getLogger")
)  # fmt: skip
ANNOTATING = {"torch.jit.annotate": 1, "torch.jit.Attribute": 0}
"""Calls that only give a value a type, and where the value stands; the type is the other argument."""
_INSTEAD = {
    "numpy": "write it with torch's functions, or give the value to the constructor",
    "random": "write it with torch's random functions: torch.randint(...)",
    "os": "give the value to the constructor",
}
"""What to write for modules that constructors have not."""
_FUNCTIONS_AS_METHODS = frozenset(("norm", "unique", "unique_consecutive", "stft", "istft"))
"""Methods of tensors that Python has, and TorchScript as functions only."""
_RESHAPING = {f"{name}_": name for name in ("unsqueeze", "squeeze", "t", "transpose", "swapaxes", "swapdims")}
"""Methods that give a tensor another shape, and the views that do it."""
_EAGER: dict[str, HostValue] = {
    "torch.jit.is_scripting": False, "torch.jit.is_tracing": False, "torch.cuda.is_available": False,
    "torch.is_grad_enabled": True, "torch.get_default_dtype": DEFAULT_DTYPE.code, "torch.cuda.device_count": 0,
}  # fmt: skip
"""What functions about the state of torch answer in a constructor."""
_CONVERSIONS = {
    name: DTYPE_BY_TORCH[of] for name, of in (
        ("float", "float32"), ("double", "float64"), ("half", "float16"), ("bfloat16", "bfloat16"), ("long", "int64"),
        ("int", "int32"), ("short", "int16"), ("char", "int8"), ("byte", "uint8"), ("bool", "bool"),
    )
}  # fmt: skip


def host_attribute(frame: ExpressionFrame, value: HostValue, name: str, span: Span) -> HostValue:
    """`value.name` at compile time."""
    if isinstance(value, Namespace):
        if name == "__name__":
            return value.path.rpartition(".")[2]
        path = f"{value.path}.{name}"
        if value.path == "torch" and name in DTYPE_BY_TORCH:
            return HostDType(DTYPE_BY_TORCH[name].code)
        return CONSTANTS.get(path, Namespace(path))
    if isinstance(value, ModuleObject):
        return host_modules.module_attribute(frame, value, name, span)
    if isinstance(value, SuperProxy):
        return host_modules.super_attribute(frame, value, name, span)
    if isinstance(value, HostTensor):
        return _tensor_attribute(frame, value, name, span)
    if isinstance(value, HostLimits):
        return frame.attempt(lambda: value.limit(name), span)
    if isinstance(value, slice) and name in ("start", "stop", "step"):
        return getattr(value, name)
    if isinstance(value, int | float | complex) and name in ("real", "imag"):
        return getattr(value, name)
    if isinstance(value, tuple) and name in RESULT_NAMES and RESULT_NAMES[name] < len(value):
        return value[RESULT_NAMES[name]]
    if isinstance(value, str | list | dict | tuple | set | frozenset | deque | int | float) and not isinstance(
        value, HostNamedTuple
    ):
        if not hasattr(value, name):
            raise CompileError.at(span, f"a {type(value).__name__} has no attribute '{name}'")
        return HostMethod(value, name)
    return object_attribute(frame, value, name, span)


def _tensor_attribute(frame: ExpressionFrame, value: HostTensor, name: str, span: Span) -> HostValue:
    known: dict[str, HostValue] = {
        "shape": value.shape, "dtype": HostDType(value.dtype.code), "ndim": len(value.shape), "grad": None,
        "requires_grad": value.is_parameter, "device": "cpu", "is_cuda": False,
    }  # fmt: skip
    if name in known:
        return known[name]
    if name == "data":
        return host_tensors.alias_of(value)
    if name in TENSOR_ATTRIBUTES:
        return host_tensors.call_reference(frame.evaluator.generator, TENSOR_ATTRIBUTES[name], [value], {}, span)
    return HostMethod(value, name)


def host_call(frame: ExpressionFrame, node: ast.Call) -> HostValue:
    """A call at compile time."""
    function = _callee(frame, node)
    if function is None:
        return SuperProxy(frame.names[next(iter(frame.names))], _owner(frame, node.span))
    if isinstance(function, Namespace) and function.path.removeprefix("builtins.") in INSPECTIONS:
        return inspect(frame, function.path.removeprefix("builtins."), node)
    if isinstance(function, Namespace) and function.path in ANNOTATING and len(node.args) == 2:
        return frame.expression(node.args[ANNOTATING[function.path]])
    args = frame.elements([a for a in node.args if not ast.is_unpacked(a)])
    keywords = _keywords(frame, node)
    try:
        return call_host_value(frame, function, args, keywords, node.span)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
        # What the arguments of a call may be is what Python takes: its complaint is about the program.
        raise CompileError.at(node.span, f"this call fails at compile time: {error}") from None


def _keywords(frame: ExpressionFrame, node: ast.Call) -> Keywords:
    """The keyword arguments, those of `**x` too."""
    keywords: Keywords = {k.name: frame.expression(k.value) for k in node.keywords}
    for argument in node.args:
        if isinstance(argument, ast.UnsupportedExpr) and argument.inner is not None and ast.is_unpacked(argument):
            given = frame.expression(argument.inner)
            if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
                raise CompileError.at(argument.span, "'**' in a call takes a dict whose keys are strs")
            twice = next((name for name in given if name in keywords), None)
            if twice is not None:
                raise CompileError.at(argument.span, f"keyword argument '{twice}' is given twice")
            keywords.update(given)
    return keywords


def _callee(frame: ExpressionFrame, node: ast.Call) -> HostValue:
    """The function of a call; None for super()."""
    function = frame.expression(node.function)
    return None if isinstance(function, Namespace) and function.path == "builtins.super" else function


def _owner(frame: ExpressionFrame, span: Span) -> ClassValue:
    if frame.owner is None:
        raise CompileError.at(span, "super() is used outside a method")
    return frame.owner


def call_host_value(
    frame: ExpressionFrame, function: HostValue, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    """Calls a host value."""
    match function:
        case Namespace(path=path):
            return _call_path(frame, path, args, keywords, span)
        case ClassValue():
            return construct(frame, function, args, keywords, span)
        case FunctionValue(definition=definition, scope=scope):
            return frame.evaluator.run_function(definition, scope, args, keywords, span)
        case BoundHostMethod(receiver=receiver, definition=definition, owner=owner):
            return frame.evaluator.run_function(definition, owner.scope, [receiver, *args], keywords, span, owner)
        case UnboundHostMethod(definition=definition, owner=owner):
            return frame.evaluator.run_function(definition, owner.scope, args, keywords, span, owner)
        case HostMethod(receiver=receiver, name=name):
            return _call_method(frame, receiver, name, args, keywords, span)
        case HostLambda():
            return call_lambda(function, args, keywords, span)
        case ModuleObject():
            return host_modules.call_module(frame, function, args, keywords, span)
        case HostFunction():
            return frame.evaluator.run_nested(function, args, keywords, span)
        case HostPartial():
            given = [*function.args, *args]
            return call_host_value(frame, function.function, given, {**function.keywords, **keywords}, span)
        case HostTupleClass(name=name, fields=fields, defaults=defaults):
            return _named_tuple(frame, name, fields, {**defaults, **dict(zip(fields, args, strict=False)), **keywords},
                                span)  # fmt: skip
        case HostInstance():
            return call_host_value(frame, frame.attribute(function, "__call__", span), args, keywords, span)
        case _ if callable(function):
            return frame.attempt(lambda: function(*args, **keywords), span)
    raise CompileError.at(span, "this cannot be called at compile time")


def _python_call(frame: ExpressionFrame) -> Callable[..., HostValue]:
    """Calls as Python's own functions make them: of what they are given as a function."""

    def call(span: Span, function: HostValue, *args: HostValue, **keywords: HostValue) -> HostValue:
        return call_host_value(frame, function, args, keywords, span)

    return call


def _call_path(frame: ExpressionFrame, path: str, args: Args, keywords: Keywords, span: Span) -> HostValue:
    home, _, name = path.rpartition(".")
    generator = frame.evaluator.generator
    if path == "torch.manual_seed":
        generator.seed(int(args[0]))
        return None
    if path in _IGNORED:
        return None
    if home == "builtins" and (name in BUILTINS or name == "print"):
        return call_builtin(frame, _python_call(frame), name, args, keywords, span)
    if home.partition(".")[0] in host_python.MODULES:
        return host_python.call_python(frame, _python_call(frame), path, args, keywords, span)
    if path in _EAGER:
        return _EAGER[path]
    if home in ("math", "cmath"):
        functions = math if home == "math" else cmath
        return frame.attempt(lambda: getattr(functions, name)(*args), span)
    if home in ("copy",) and name in ("deepcopy", "copy"):
        return deep_copy(args[0]) if name == "deepcopy" else shallow_copy(args[0])
    if home.endswith("nn.init") and name in INITIALISERS:
        return frame.attempt(lambda: INITIALISERS[name](generator, *args, **keywords), span)
    if home.endswith("nn.init") and frame.evaluator.values_replaced and name.endswith("_"):
        return args[0] if args else keywords.get("tensor")
    if home.endswith("nn.init") and name in FACTS:
        return frame.attempt(lambda: FACTS[name](*args, **keywords), span)
    if path in ("torch.jit.script", "torch.jit.freeze", "torch.compile", "torch.jit.optimize_for_inference"):
        return args[0]
    if name == "Parameter" and home in ("torch.nn", "torch.nn.parameter"):
        return _parameter(args, keywords, span)
    if path in ("torch.nn.Module.__init__", "torch.nn.modules.Module.__init__") and args:
        return _call_method(frame, args[0], "__init__", args[1:], keywords, span)
    if name == "from_pretrained" and home in ("torch.nn.Embedding", "torch.nn.EmbeddingBag"):
        return _pretrained(frame, home, args, keywords, span)
    if path.startswith("torch.nn."):
        found = library.module_class(path)
        if found is not None:
            return construct(frame, found, args, keywords, span)
        if library.function(path) is not None:
            return run_function(generator, path, args, keywords, span)
        if operator_name(path) is not None:
            return _torch_function(frame, path, name, args, keywords, span)
        raise CompileError.at(span, f"{path} is not compiled by this version of aotjit", library.class_hint(path))
    if path.startswith("torch."):
        return _torch_function(frame, path, name, args, keywords, span)
    raise CompileError.at(span, f"{path} is not evaluated at compile time", _INSTEAD.get(path.partition(".")[0]))


def _pretrained(frame: ExpressionFrame, path: str, args: Args, keywords: Keywords, span: Span) -> HostValue:
    """nn.Embedding.from_pretrained and that of EmbeddingBag."""
    given = {**dict(zip(("embeddings", "freeze"), args, strict=False)), **keywords}
    weight, found = given.pop("embeddings", None), library.module_class(path)
    given.pop("freeze", None)
    if len(args) > 2 or found is None or not isinstance(weight, HostTensor) or len(weight.shape) != 2:
        raise CompileError.at(span, "from_pretrained takes a matrix, freeze, and the other arguments by their names")
    return construct(frame, found, weight.shape, {**given, "_weight": weight}, span)


def _parameter(args: Args, keywords: Keywords, span: Span) -> HostTensor:
    value = args[0] if args else keywords.get("data")
    if not isinstance(value, HostTensor):
        raise CompileError.at(span, "nn.Parameter takes a tensor")
    result = HostTensor(value.dtype, value.shape, value.array, value.source)
    result.is_parameter = True
    return result


def _torch_function(
    frame: ExpressionFrame, path: str, name: str, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    generator = frame.evaluator.generator
    keywords = {
        k: v for k, v in keywords.items() if k not in ("device", "requires_grad", "layout", "pin_memory")
    }
    if keywords.get("out") is not None:
        return run_function(generator, path, args, keywords, span)
    if keywords.get("generator") is not None:
        raise CompileError.at(span, f"torch.{name} does not take 'generator' at compile time", "call torch.manual_seed")
    if name == "device":
        return args[0]
    if name == "is_tensor":
        return isinstance(args[0], HostTensor)
    if name == "Size":
        return tuple(frame.iterate(args[0], span))
    if name in ("finfo", "iinfo"):
        return HostLimits(DTYPE_BY_CODE[args[0]] if args else DEFAULT_DTYPE)
    if name in ("set_default_dtype", "set_default_device", "set_default_tensor_type"):
        if (name, args) in (("set_default_dtype", [DEFAULT_DTYPE.code]), ("set_default_device", ["cpu"])):
            return None
        raise CompileError.at(
            span, f"torch.{name} is not compiled by this version of aotjit", "write dtype=... where a tensor is made"
        )
    if name in ("rand", "randn"):
        sizes = host_tensors.sizes_of(args, keywords, span)
        return host_tensors.random_tensor(generator, name, sizes, host_tensors.dtype_of(keywords))
    if name in ("Tensor", "FloatTensor", "LongTensor") and all(isinstance(a, int) for a in args):
        made = DType.I64 if name == "LongTensor" else DType.F32
        return host_tensors.constant_tensor(generator, 0.0, host_tensors.sizes_of(args, {}, span), made)
    if name in ("zeros", "ones", "empty"):
        sizes, value = host_tensors.sizes_of(args, keywords, span), 1.0 if name == "ones" else 0.0
        return host_tensors.constant_tensor(generator, value, sizes, host_tensors.dtype_of(keywords))
    if name in ("tensor", "as_tensor", "Tensor", "FloatTensor", "LongTensor"):
        return host_tensors.literal_tensor(name, args, keywords, span)
    if name == "randn_like" or name == "rand_like":
        like = args[0]
        return host_tensors.random_tensor(
            generator, name[:-5], like.shape, host_tensors.dtype_of(keywords, like.dtype)
        )
    plain = operator_name(path)
    if plain is None:
        raise CompileError.at(span, f"{path} is not evaluated at compile time")
    return host_tensors.call_reference(frame.evaluator.generator, plain, args, keywords, span)


def _named_tuple(
    frame: ExpressionFrame, name: str, fields: Sequence[str], given: Keywords, span: Span
) -> HostNamedTuple:
    if set(given) != set(fields):
        raise CompileError.at(span, f"{name} has the fields {', '.join(fields)}")
    values = [given[f] for f in fields]
    return HostNamedTuple.of(TupleType(tuple(host_type(v) or NONE for v in values), name, tuple(fields)), values)


# -- methods ----------------------------------------------------------------------------------------------------------


def _call_method(
    frame: ExpressionFrame, receiver: HostValue, name: str, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    if isinstance(receiver, ModuleObject):
        return host_modules.call_method(frame, _python_call(frame), receiver, name, args, keywords, span)
    if not isinstance(receiver, HostTensor):
        for value in args if name in ("join", "extend") else (receiver,) if name == "pop" else ():
            if isinstance(value, set | frozenset):
                check_order(value, span)
        named = with_key(_python_call(frame), keywords, span)
        return frame.attempt(lambda: getattr(receiver, name)(*args, **named), span)
    if name in FILLS and not (name == "fill_" and isinstance(args[0], HostTensor)):
        fill = FILLS[name]
        return frame.attempt(lambda: fill(frame.evaluator.generator, receiver, *args, **keywords), span)
    if name in ("requires_grad_", "cpu", "share_memory_", "retain_grad"):
        return receiver
    if name == "detach":
        return host_tensors.alias_of(receiver)
    if name == "contiguous":
        return receiver if receiver.numpy().flags.c_contiguous else host_tensors.copied(receiver)
    if name == "clone":
        return host_tensors.copied(receiver)
    if name in ("size", "dim", "numel", "nelement", "ndimension"):
        count = math.prod(receiver.shape)
        answers = {"dim": len(receiver.shape), "ndimension": len(receiver.shape), "numel": count, "nelement": count}
        at = args[0] if args else keywords.get("dim")
        return answers[name] if name in answers else receiver.shape if at is None else receiver.shape[at]
    if name in _RESHAPING:
        moved = _call_method(frame, receiver, _RESHAPING[name], args, keywords, span)
        receiver.array, receiver.shape, receiver.source = moved.numpy(), moved.shape, None
        return receiver
    if name == "item":
        return frame.attempt(lambda: receiver.numpy().item(), span)
    if name == "tolist":
        return receiver.numpy().tolist()
    if name == "new_tensor":
        return host_tensors.literal_tensor("tensor", args, {"dtype": receiver.dtype.code, **keywords}, span)
    if name in _CONVERSIONS:
        return host_tensors.converted(receiver, _CONVERSIONS[name])
    if name in ("to", "type", "type_as"):
        wanted = [v for k, v in keywords.items() if k not in ("non_blocking", "copy")]
        return host_tensors.moved(receiver, [*args, *wanted], bool(keywords.get("copy")), span)
    method = name not in _FUNCTIONS_AS_METHODS
    return host_tensors.call_reference(frame.evaluator.generator, name, [receiver, *args], keywords, span, method)
