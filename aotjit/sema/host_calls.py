"""Calls and attributes while constructors run: Python's functions, torch's, nn.Module's own methods, classes."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DType
from aotjit.sema import host_tensors, library, module_state
from aotjit.sema.attributes import CONSTANTS
from aotjit.sema.calls import operator_name
from aotjit.sema.construct import construct, deep_copy, fill_container, set_items, shallow_copy
from aotjit.sema.hooks import add_hook
from aotjit.sema.host_builtins import BUILTINS, call_builtin, with_key
from aotjit.sema.host_composites import run_function
from aotjit.sema.host_expressions import ExpressionFrame, call_lambda, check_order
from aotjit.sema.host_initialisers import FILLS, INITIALISERS, gain_of
from aotjit.sema.host_objects import HostInstance, HostNamedTuple, object_attribute
from aotjit.sema.modules import BoundHostMethod, HostLambda, HostMethod, HostTensor, HostValue, ModuleObject, SuperProxy
from aotjit.sema.values import ClassValue, FunctionValue, Namespace
from aotjit.syntax import ast

Args = Sequence[HostValue]
Keywords = dict[str, HostValue]
_IGNORED = frozenset(
    ("torch.no_grad", "torch.set_grad_enabled", "torch.inference_mode", "warnings.warn", "torch.set_num_threads",
     "torch._C._log_api_usage_once", "logging.getLogger")
)  # fmt: skip
_MODULE_METHODS = frozenset(
    ("register_buffer", "register_parameter", "add_module", "register_module", "eval", "train", "to", "float", "append",
     "extend", "modules", "parameters", "apply", "children", "half", "double", "requires_grad_", "keys", "values",
     "items", "insert", "cpu", "named_children", "register_forward_hook", "register_forward_pre_hook")
)  # fmt: skip
_SAME = frozenset(("requires_grad_", "cpu"))


ANNOTATING = {"torch.jit.annotate": 1, "torch.jit.Attribute": 0}
"""Calls that only give a value a type, and where the value stands; the type is the other argument."""


def host_attribute(frame: ExpressionFrame, value: HostValue, name: str, span: Span) -> HostValue:
    """`value.name` at compile time."""
    if isinstance(value, Namespace):
        path = f"{value.path}.{name}"
        return CONSTANTS.get(path, Namespace(path))
    if isinstance(value, ModuleObject):
        return _module_attribute(value, name, span)
    if isinstance(value, SuperProxy):
        return _super_attribute(value, name)
    if isinstance(value, HostTensor):
        known: dict[str, HostValue] = {
            "shape": list(value.shape), "dtype": value.dtype.code, "data": value, "ndim": len(value.shape),
            "requires_grad": value.is_parameter, "device": "cpu",
        }  # fmt: skip
        if name in ("T", "mT"):
            return host_tensors.call_reference("t" if name == "T" else "mT", [value], {}, span)
        return known[name] if name in known else HostMethod(value, name)
    if isinstance(value, str | list | dict | tuple | set | frozenset) and not isinstance(value, HostNamedTuple):
        return HostMethod(value, name)
    return object_attribute(frame, value, name, span)


def _module_attribute(module: ModuleObject, name: str, span: Span) -> HostValue:
    if name in module.attributes:
        return module.attributes[name]
    found = module.method(name)
    if found is not None:
        return BoundHostMethod(module, *found)
    if name in _MODULE_METHODS:
        return HostMethod(module, name)
    raise CompileError.at(span, f"{module.class_name} has no attribute '{name}' here")


def _super_attribute(proxy: SuperProxy, name: str) -> HostValue:
    classes = proxy.receiver.classes
    later = classes[classes.index(proxy.owner) + 1 :]
    for value in later:
        for statement in value.definition.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                return BoundHostMethod(proxy.receiver, statement, value)
    return HostMethod(proxy.receiver, name)


def host_call(frame: ExpressionFrame, node: ast.Call) -> HostValue:
    """A call at compile time."""
    function = _callee(frame, node)
    if function is None:
        return SuperProxy(frame.names[next(iter(frame.names))], _owner(frame, node.span))
    if isinstance(function, Namespace) and function.path in (
        "builtins.isinstance",
        "builtins.hasattr",
        "builtins.getattr",
    ):
        return _inspect(frame, function.path, node)
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
        case HostMethod(receiver=receiver, name=name):
            return _call_method(frame, receiver, name, args, keywords, span)
        case HostLambda():
            return call_lambda(function, args, keywords, span)
        case ModuleObject():
            raise CompileError.at(span, "a module cannot be called while modules are constructed")
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
    if path == "collections.OrderedDict":
        return frame.attempt(lambda: dict(*args, **keywords), span)
    if home in ("math", "cmath"):
        functions = math if home == "math" else cmath
        return frame.attempt(lambda: getattr(functions, name)(*args), span)
    if home in ("copy",) and name in ("deepcopy", "copy"):
        return deep_copy(args[0]) if name == "deepcopy" else shallow_copy(args[0])
    if home.endswith("nn.init") and name in INITIALISERS:
        return frame.attempt(lambda: INITIALISERS[name](generator, *args, **keywords), span)
    if home.endswith("nn.init") and frame.evaluator.values_replaced and name.endswith("_"):
        return args[0] if args else keywords.get("tensor")
    if path == "torch.nn.init.calculate_gain":
        return frame.attempt(lambda: gain_of(*args, **keywords), span)
    if path in ("torch.jit.script", "torch.jit.freeze", "torch.compile", "torch.jit.optimize_for_inference"):
        return args[0]
    if name == "Parameter" and home in ("torch.nn", "torch.nn.parameter"):
        return _parameter(args, keywords, span)
    if path.startswith("torch.nn."):
        found = library.module_class(path)
        if found is not None:
            return construct(frame, found, args, keywords, span)
        if library.function(path) is not None:
            return run_function(path, args, keywords, span)
        if operator_name(path) is not None:
            return _torch_function(frame, path, name, args, keywords, span)
        raise CompileError.at(span, f"{path} is not compiled by this version of aotjit", library.class_hint(path))
    if path.startswith("torch."):
        return _torch_function(frame, path, name, args, keywords, span)
    raise CompileError.at(span, f"{path} is not evaluated at compile time")


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
        k: v for k, v in keywords.items() if k not in ("device", "requires_grad", "layout", "pin_memory", "out")
    }
    if name == "device":
        return args[0]
    if name in ("rand", "randn"):
        sizes = host_tensors.sizes_of(args, keywords, span)
        return host_tensors.random_tensor(generator, name, sizes, host_tensors.dtype_of(keywords))
    if name in ("Tensor", "FloatTensor") and all(isinstance(a, int) for a in args):
        return host_tensors.constant_tensor(generator, 0.0, host_tensors.sizes_of(args, {}, span), DType.F32)
    if name in ("zeros", "ones", "empty"):
        sizes, value = host_tensors.sizes_of(args, keywords, span), 1.0 if name == "ones" else 0.0
        return host_tensors.constant_tensor(generator, value, sizes, host_tensors.dtype_of(keywords))
    if name in ("tensor", "as_tensor", "FloatTensor", "LongTensor"):
        return _literal_tensor(frame, name, args, keywords, span)
    if name == "randn_like" or name == "rand_like":
        like = args[0]
        return host_tensors.random_tensor(generator, name[:-5], like.shape, like.dtype)
    plain = operator_name(path)
    if plain is None:
        raise CompileError.at(span, f"{path} is not evaluated at compile time")
    return host_tensors.call_reference(plain, args, keywords, span)


def _literal_tensor(frame: ExpressionFrame, name: str, args: Args, keywords: Keywords, span: Span) -> HostValue:
    import numpy

    value = args[0]
    if isinstance(value, HostTensor):
        return HostTensor(value.dtype, value.shape, value.numpy().copy())
    array = numpy.asarray(value)
    defaults = {"f": DType.F32, "i": DType.I64, "b": DType.BOOL}
    default = defaults.get(array.dtype.kind)
    if default is None:
        raise CompileError.at(span, "torch.tensor takes numbers and lists of them")
    if name != "tensor" and name != "as_tensor":
        default = DType.F32 if name == "FloatTensor" else DType.I64
    return host_tensors.from_numpy(array, host_tensors.dtype_of(keywords, default))


# -- methods ----------------------------------------------------------------------------------------------------------


def _call_method(
    frame: ExpressionFrame, receiver: HostValue, name: str, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    if isinstance(receiver, ModuleObject):
        return _module_method(frame, receiver, name, args, keywords, span)
    if not isinstance(receiver, HostTensor):
        for value in args if name in ("join", "extend") else (receiver,) if name == "pop" else ():
            if isinstance(value, set | frozenset):
                check_order(value, span)
        named = with_key(_python_call(frame), keywords, span)
        return frame.attempt(lambda: getattr(receiver, name)(*args, **named), span)
    if name in FILLS:
        fill = FILLS[name]
        return frame.attempt(lambda: fill(frame.evaluator.generator, receiver, *args, **keywords), span)
    if name in ("detach", "requires_grad_", "contiguous", "cpu"):
        return receiver
    if name in ("clone", "copy"):
        return HostTensor(receiver.dtype, receiver.shape, receiver.numpy().copy())
    if name in ("size", "dim", "numel"):
        answers = {"dim": len(receiver.shape), "numel": math.prod(receiver.shape)}
        return answers.get(name, receiver.shape[args[0]] if args else list(receiver.shape))
    if name == "item":
        return _item(frame, receiver, span)
    if name == "tolist":
        return receiver.numpy().tolist()
    if name in ("float", "double", "long", "int", "half", "bool"):
        from aotjit.dtypes import DTYPE_BY_TORCH

        return host_tensors.from_numpy(receiver.numpy(), DTYPE_BY_TORCH[name])
    return host_tensors.call_reference(name, [receiver, *args], keywords, span)


def _item(frame: ExpressionFrame, tensor: HostTensor, span: Span) -> HostValue:
    """The number in a tensor of one element."""
    return frame.attempt(lambda: tensor.numpy().item(), span)


def _module_method(
    frame: ExpressionFrame, module: ModuleObject, name: str, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    """What nn.Module itself offers."""
    if name == "__init__":
        module.attributes.setdefault("training", False)
        if module.container is not None:
            fill_container(frame, module, module.container, args, span)
        return None
    if name in ("register_buffer", "register_parameter", "add_module", "register_module"):
        names = dict(zip(("name", "value", "persistent"), args, strict=False))
        key = names.get("name", keywords.get("name"))
        value = names.get("value", keywords.get("tensor", keywords.get("param", keywords.get("module"))))
        if not isinstance(key, str):
            raise CompileError.at(span, f"{name} needs a name")
        module.hold(key, value)
        if name == "register_buffer":
            module.buffers[key] = bool(names.get("persistent", keywords.get("persistent", True)))
        return None
    if name in ("train", "eval"):
        module_state.set_training(module, name == "train" and (*args, *keywords.values(), True)[0])
        return module
    if name == "to":
        module_state.moved(module, [*args, *keywords.values()], span)
        return module
    if name in module_state.CONVERSIONS:
        module_state.convert(module, module_state.CONVERSIONS[name], span)
        return module
    if name in ("register_forward_hook", "register_forward_pre_hook"):
        if len(args) != 1 or keywords or not isinstance(args[0], FunctionValue):
            raise CompileError.at(span, f"{name} takes a function of the program here, and no options")
        add_hook(module, name == "register_forward_pre_hook", args[0])
        return None
    if name == "apply":
        module_state.apply(module, lambda m: call_host_value(frame, args[0], [m], {}, span))
        return module
    if name in _SAME:
        return module
    if name in ("append", "extend", "insert") and module.container is not None:
        values = frame.iterate(args[0], span) if name == "extend" else [args[-1]]
        items = module.children or []
        at = args[0] if name == "insert" else len(items)
        set_items(module, {str(i): v for i, v in enumerate([*items[:at], *values, *items[at:]])})
        return module
    if name in ("modules", "children"):
        below = [v for v in module.attributes.values() if isinstance(v, ModuleObject)]
        return list(module.walk()) if name == "modules" else below
    if name == "parameters":
        return [t for m in module.walk() for _, t in m.tensors() if t.is_parameter]
    if name in ("keys", "values", "items") and module.container is not None:
        pairs = [(n, module.attributes[n]) for n in module.item_names]
        return pairs if name == "items" else [p[0 if name == "keys" else 1] for p in pairs]
    raise CompileError.at(span, f"nn.Module.{name} is not evaluated at compile time")


def _inspect(frame: ExpressionFrame, path: str, node: ast.Call) -> HostValue:
    if not 2 <= len(node.args) <= 3:
        raise CompileError.at(node.span, f"{path.removeprefix('builtins.')} takes two arguments")
    value = frame.expression(node.args[0])
    if path == "builtins.isinstance":
        return _is_instance(frame, value, node.args[1])
    name = frame.expression(node.args[1])
    if path == "builtins.hasattr":
        return isinstance(value, ModuleObject) and (name in value.attributes or value.method(name) is not None)
    if len(node.args) == 3 and isinstance(value, ModuleObject) and name not in value.attributes:
        return frame.expression(node.args[2])
    return host_attribute(frame, value, name, node.span)


def _is_instance(frame: ExpressionFrame, value: HostValue, node: ast.Expr) -> bool:
    if isinstance(node, ast.TupleExpr):
        return any(_is_instance(frame, value, e) for e in node.elements)
    wanted = frame.expression(node)
    if isinstance(value, ModuleObject):
        return instance_of(value, wanted)
    if isinstance(wanted, ClassValue):
        return isinstance(value, HostInstance) and value.value is wanted
    kinds = {
        "int": int, "float": float, "complex": complex, "bool": bool, "str": str, "list": list, "tuple": tuple,
        "dict": dict, "set": set, "frozenset": frozenset,
    }  # fmt: skip
    path = wanted.path if isinstance(wanted, Namespace) else ""
    if path in ("torch.Tensor", "torch.nn.Parameter"):
        return isinstance(value, HostTensor)
    kind = kinds.get(path.removeprefix("builtins."))
    return kind is not None and isinstance(value, kind)


def instance_of(module: ModuleObject, wanted: HostValue) -> bool:
    """isinstance(module, wanted) for a class of the program or of torch.nn."""
    if isinstance(wanted, ClassValue):
        return wanted in module.classes
    if isinstance(wanted, Namespace):
        if wanted.path in ("torch.nn.Module", "torch.nn.modules.Module"):
            return True
        found = library.module_class(wanted.path)
        return found is not None and found in module.classes
    return False
