"""What nn.Module itself offers while constructors run: attributes, methods, and calls of modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from aotjit.diagnostics import CompileError, Span
from aotjit.sema import library, module_state
from aotjit.sema.hooks import add_hook, hook_names
from aotjit.sema.host.construct import fill_container
from aotjit.sema.host.objects import decorated, member_of_class
from aotjit.sema.host.tensors import alias_of, store
from aotjit.sema.library_bases import is_derived
from aotjit.sema.modules import BoundHostMethod, HostMethod, HostTensor, HostValue, ModuleObject, SuperProxy
from aotjit.sema.names import close_match
from aotjit.sema.values import ClassValue, FunctionValue, Namespace
from aotjit.syntax import ast

if TYPE_CHECKING:
    from aotjit.sema.host.expressions import ExpressionFrame

Args = Sequence[HostValue]
Keywords = dict[str, HostValue]
Call = Callable[..., HostValue]
_REGISTERING = ("register_buffer", "register_parameter", "add_module", "register_module")
_SAME = frozenset(("requires_grad_", "cpu", "share_memory", "zero_grad"))
_ITERATING = frozenset(
    ("modules", "children", "parameters", "buffers", "named_modules", "named_children", "named_parameters",
     "named_buffers", "keys", "values", "items", "get_submodule", "get_parameter", "get_buffer")
)  # fmt: skip
_IN_CONTAINERS = frozenset(("append", "extend", "insert", "pop", "update", "clear"))
_OTHERS = frozenset(
    ("train", "eval", "to", "apply", "state_dict", "load_state_dict", "register_forward_hook",
     "register_forward_pre_hook", *module_state.CONVERSIONS)
)  # fmt: skip
READING = _ITERATING | {"state_dict"}
"""Methods that change nothing."""
METHODS = frozenset((*_REGISTERING, *_OTHERS)) | _SAME | _ITERATING | _IN_CONTAINERS
NAMED_BY_ITEM = ("ModuleDict", "ParameterDict")


def module_attribute(frame: ExpressionFrame, module: ModuleObject, name: str, span: Span) -> HostValue:
    """`module.name`: an attribute, the value of a property, a method."""
    if name in module.attributes:
        return module.attributes[name]
    found = module.method(name)
    if found is not None:
        definition, owner = found
        if decorated(definition, "property"):
            return frame.evaluator.run_function(definition, owner.scope, [module], {}, span, owner)
        return member_of_class(definition, owner, module, module.classes[0])
    if name in METHODS and (name not in _IN_CONTAINERS or module.container is not None):
        return HostMethod(module, name)
    if name == "__class__":
        return class_of(module)
    raise CompileError.at(
        span, f"{module.class_name} has no attribute '{name}' here", close_match(name, {*module.attributes, *METHODS})
    )


def has_attribute(module: ModuleObject, name: str) -> bool:
    """hasattr(module, name)."""
    offered = name in METHODS and (name not in _IN_CONTAINERS or module.container is not None)
    return name in module.attributes or module.method(name) is not None or offered or name in ("__class__", "forward")


def class_of(module: ModuleObject) -> HostValue:
    """type(module)."""
    return module.classes[0] if module.classes else Namespace(f"torch.nn.{module.class_name}")


def super_attribute(frame: ExpressionFrame, proxy: SuperProxy, name: str, span: Span) -> HostValue:
    """`super().name` in a method of the proxy's owner."""
    classes = proxy.receiver.classes
    for value in classes[classes.index(proxy.owner) + 1 :]:
        for statement in value.definition.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                if decorated(statement, "property"):
                    return frame.evaluator.run_function(statement, value.scope, [proxy.receiver], {}, span, value)
                return BoundHostMethod(proxy.receiver, statement, value)
    return HostMethod(proxy.receiver, name)


def call_module(
    frame: ExpressionFrame, module: ModuleObject, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    """`module(...)` while modules are constructed: its forward is run as any other function."""
    if hook_names(module):
        raise CompileError.at(span, "a module with hooks cannot be called while modules are constructed")
    found = module.method("forward")
    if found is None:
        raise CompileError.at(span, f"{module.class_name} has no forward and cannot be called")
    definition, owner = found
    return frame.evaluator.run_function(definition, owner.scope, [module, *args], keywords, span, owner)


def call_method(
    frame: ExpressionFrame, call: Call, module: ModuleObject, name: str, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    """A method that nn.Module has. `call` calls a host value with a span before the arguments."""
    if name == "__init__":
        module.attributes.setdefault("training", True)
        if module.container is not None:
            fill_container(frame, module, module.container, args, span)
        return None
    if name in _REGISTERING:
        return _register(module, name, args, keywords, span)
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
        module_state.apply(module, lambda m: call(span, args[0], m))
        return module
    if name in _SAME:
        return module
    if name in _IN_CONTAINERS and module.container is not None:
        return _change_container(frame, module, name, args, keywords, span)
    if name == "state_dict":
        return dict(_state(module))
    if name == "load_state_dict":
        return _load_state(module, args, keywords, span)
    if name in _ITERATING:
        return _members(frame, module, name, args, keywords, span)
    raise CompileError.at(span, f"nn.Module.{name} is not evaluated at compile time", close_match(name, METHODS))


def _register(module: ModuleObject, name: str, args: Args, keywords: Keywords, span: Span) -> None:
    names = dict(zip(("name", "value", "persistent"), args, strict=False))
    key = names.get("name", keywords.get("name"))
    value = names.get("value", keywords.get("tensor", keywords.get("param", keywords.get("module"))))
    if not isinstance(key, str):
        raise CompileError.at(span, f"{name} needs a name")
    if name == "register_buffer":
        if value is not None and not isinstance(value, HostTensor):
            raise CompileError.at(span, "register_buffer takes a tensor or None")
        module.buffers[key] = bool(names.get("persistent", keywords.get("persistent", True)))
    module.hold(key, value)


def _change_container(
    frame: ExpressionFrame, module: ModuleObject, name: str, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    """Methods of ModuleList, Sequential, ModuleDict and the containers of parameters."""
    if module.container in NAMED_BY_ITEM:
        held = {n: module.attributes[n] for n in module.item_names}
        if name == "pop":
            result = frame.attempt(lambda: held.pop(*args), span)
        elif name in ("update", "clear"):
            result = None
            held = {} if name == "clear" else held | _pairs(frame, args, keywords, span)
        else:
            raise CompileError.at(span, f"{module.container} has no method '{name}'")
        module.set_items(held)
        return result
    items = [*(module.children or [])]
    if name == "pop":
        at = args[0] if args else -1
        result = frame.attempt(lambda: items.pop(at), span)
    elif name in ("append", "extend", "insert"):
        values = frame.iterate(args[0], span) if name == "extend" else [args[-1]]
        at = args[0] if name == "insert" else len(items)
        items, result = [*items[:at], *values, *items[at:]], module
    else:
        raise CompileError.at(span, f"{module.container} has no method '{name}'")
    module.set_items({str(i): v for i, v in enumerate(items)})
    return result


def _pairs(frame: ExpressionFrame, args: Args, keywords: Keywords, span: Span) -> dict[str, HostValue]:
    given = args[0] if args else {}
    if isinstance(given, ModuleObject):
        return {n: given.attributes[n] for n in given.item_names} | keywords
    pairs = given if isinstance(given, dict) else [frame.iterate(pair, span) for pair in frame.iterate(given, span)]
    return {**frame.attempt(lambda: dict(pairs), span), **keywords}


# -- what is in a module ----------------------------------------------------------------------------------------------


def _members(
    frame: ExpressionFrame, module: ModuleObject, name: str, args: Args, keywords: Keywords, span: Span
) -> HostValue:
    """modules(), named_parameters() and the like, which are iterators, and the views of named containers, as lists."""
    if name in ("keys", "values", "items"):
        if module.container is None:
            raise CompileError.at(span, f"{module.class_name} has no attribute '{name}' here")
        pairs = [(n, module.attributes[n]) for n in module.item_names]
        return pairs if name == "items" else [p[0 if name == "keys" else 1] for p in pairs]
    if name.startswith("get_"):
        found: HostValue = module
        for part in str(args[0]).split("."):
            found = frame.attribute(found, part, span) if part else found
        return found
    kind = name.removeprefix("named_")
    options = dict(zip(("prefix", "recurse") if name.startswith("named_") else ("recurse",), args, strict=False))
    options |= keywords
    prefix = str(options.pop("prefix", ""))
    recurse = bool(options.pop("recurse", True))
    if options:
        raise CompileError.at(span, f"{name} does not take '{next(iter(options))}' here")
    if kind == "modules":
        named: list[tuple[str, HostValue]] = list(_below(module, prefix))
    elif kind == "children":
        named = list(_children(module))
    else:
        inside = list(_below(module, prefix)) if recurse else [(prefix, module)]
        named = list(_tensors(inside, kind == "parameters"))
    return iter(named if name.startswith("named_") else [v for _, v in named])


def _children(module: ModuleObject) -> Iterator[tuple[str, ModuleObject]]:
    seen: set[int] = set()
    for name, value in module.attributes.items():
        if isinstance(value, ModuleObject) and id(value) not in seen:
            seen.add(id(value))
            yield name, value


def _below(module: ModuleObject, prefix: str) -> Iterator[tuple[str, ModuleObject]]:
    """The module and all below it, each once, with its dotted name."""
    seen: set[int] = set()

    def visit(found: ModuleObject, name: str) -> Iterator[tuple[str, ModuleObject]]:
        if id(found) in seen:
            return
        seen.add(id(found))
        yield name, found
        for part, value in found.attributes.items():
            if isinstance(value, ModuleObject):
                yield from visit(value, f"{name}.{part}" if name else part)

    return visit(module, prefix)


def _tensors(modules: Sequence[tuple[str, HostValue]], parameters: bool) -> Iterator[tuple[str, HostTensor]]:
    """The parameters of the modules, or their buffers, each once."""
    seen: set[int] = set()
    for path, module in modules:
        for name, tensor in module.tensors():
            wanted = tensor.is_parameter if parameters else name in module.buffers and not tensor.is_parameter
            if wanted and id(tensor) not in seen:
                seen.add(id(tensor))
                yield f"{path}.{name}" if path else name, tensor


def _state(module: ModuleObject) -> Iterator[tuple[str, HostTensor]]:
    """What state_dict() holds: shared tensors under each of their names."""
    for name, tensor in module.tensors():
        if tensor.is_parameter or module.buffers.get(name, False):
            yield name, alias_of(tensor)
    for name, value in module.attributes.items():
        if isinstance(value, ModuleObject):
            yield from ((f"{name}.{path}", tensor) for path, tensor in _state(value))


def _load_state(module: ModuleObject, args: Args, keywords: Keywords, span: Span) -> None:
    """Copies the tensors of a state_dict over those of the module."""
    options = dict(zip(("state_dict", "strict"), args, strict=False)) | keywords
    given, own = options["state_dict"], dict(_state(module))
    different = sorted(own.keys() ^ given.keys())
    if different and options.get("strict", True):
        raise CompileError.at(span, f"load_state_dict: these are not in both: {', '.join(different[:8])}")
    for name in own.keys() & given.keys():
        if own[name].shape != given[name].shape:
            raise CompileError.at(span, f"load_state_dict: '{name}' has another shape")
        store(own[name], (), given[name])


def instance_of(module: ModuleObject, wanted: HostValue, span: Span) -> bool:
    """isinstance(module, wanted) for a class of the program or of torch.nn."""
    if isinstance(wanted, ClassValue):
        return wanted in module.classes
    if isinstance(wanted, Namespace):
        if wanted.path in ("torch.nn.Module", "torch.nn.modules.Module", "builtins.object"):
            return True
        found = library.module_class(wanted.path)
        if found is not None and found in module.classes:
            return True
        own = [c.definition.name for c in module.classes if library.owns(c)]
        return wanted.path.startswith("torch.nn.") and any(is_derived(n, wanted.path, span) for n in own)
    return False


def sliced(module: ModuleObject, index: slice) -> ModuleObject:
    """`module[a:b]` of a ModuleList, which counts its items anew, or a Sequential, which keeps their names."""
    result = ModuleObject(module.class_name, module.classes, {"training": True}, container=module.container)
    result.attributes["_items"] = []
    names = module.item_names[index]
    kept = module.container == "Sequential"
    result.set_items({n if kept else str(i): module.attributes[n] for i, n in enumerate(names)})
    return result
