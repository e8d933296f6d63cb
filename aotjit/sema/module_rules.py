"""What nn.Module instances can do inside compiled functions.

An instance is known at compile time: its submodules, constants and weights are looked up in the object tree, and each
of its methods is compiled for it alone. Attributes that a compiled method changes, and all lists but those of tensors,
are state of the running instance (ts.state_get, ts.state_set).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import StringAttr

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.program import PlainValue, State, Weight
from aotjit.sema import library, module_trees
from aotjit.sema.annotations import path_of
from aotjit.sema.context import FunctionContext, constant_of, integer_constant
from aotjit.sema.conversions import plain, require
from aotjit.sema.first_state import FirstState, any_tensor
from aotjit.sema.hooks import hooked_call
from aotjit.sema.host.objects import HostEnum, HostNamedTuple, instances_in
from aotjit.sema.host.types import host_type, not_held
from aotjit.sema.module_constants import is_constant
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject, has_decorator, is_unused
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.overloading import chosen, declarations
from aotjit.sema.reports import Reports
from aotjit.sema.signatures import GivenArguments, Signature, read_signature
from aotjit.sema.user_classes import field_type, set_attribute
from aotjit.sema.values import (
    ClassValue,
    ContainerMethod,
    FunctionValue,
    ModuleMethod,
    ModuleValue,
    Namespace,
    Plain,
    TupleValue,
    Value,
)
from aotjit.sema.weight_writes import ORIGIN
from aotjit.syntax import ast
from aotjit.types import (
    TENSOR,
    ClassType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    erase,
)

if TYPE_CHECKING:
    from aotjit.sema.compiler import CompiledFunction


def _instead(owner: Value) -> str | None:
    """What to write where an attribute of `owner` is assigned, which has none that can be."""
    match owner:
        case Plain(type=OptionalType()):
            return "give it to a name of its own, and test that with 'is not None' first"
        case Plain(type=TupleType(fields=fields) as t) if fields is not None:
            return f"make a new one: {t}({', '.join(f'{name}=...' for name in fields)})"
        case Plain(type=TensorType()):
            return "tensors have no attributes of their own; hold both in an instance of a class"
    return None


class ModuleRules:
    """The part of the Compiler that knows modules."""

    reports: Reports
    weights: dict[str, Weight]
    states: dict[str, State]

    def __init__(self) -> None:
        self._weight_names: dict[int, str] = {}
        self._kept: list[HostTensor] = []
        self.first_state = FirstState()

    # -- attributes --------------------------------------------------------------------------------------------------

    def library_function(self, path: str) -> FunctionValue | None:
        return library.function(path)

    def module_attribute(self, ctx: FunctionContext, value: ModuleValue, name: str, span: Span) -> Value:
        """`module.name`."""
        module = value.object
        if name in module.attributes and name != "_items":
            return self._attribute(ctx, module, name, span)
        found = module.method(name)
        if found is not None:
            return self._method(ctx, module, *found, span)
        if module_trees.has_walk(module, name):
            return ContainerMethod(module, name)
        names = [n for n in module.attributes if n != "_items"] + [m.name for m in module.methods()]
        if name in ("parameters", "named_parameters", "buffers"):
            raise CompileError.at(span, f"{name}() is not part of TorchScript", "name the parameters one by one")
        hint = close_match(name, names)
        raise CompileError.at(span, f"{module.class_name} has no attribute '{name}'", hint)

    def _method(
        self, ctx: FunctionContext, module: ModuleObject, definition: ast.FunctionDef, owner: ClassValue, span: Span
    ) -> Value:
        method = ModuleMethod(module, definition, owner.scope, has_decorator(definition, "staticmethod"))
        if has_decorator(definition, "property"):
            return self.call_method(ctx, method, [], {}, span)
        return method

    def _attribute(self, ctx: FunctionContext, module: ModuleObject, name: str, span: Span) -> Value:
        held = module.attributes[name]
        if self._is_state(module, name):
            state = self._state(module, name, span)
            return ctx.value(ts.StateGetOp(state.path, erase(state.type)), span)
        return self.wrap(ctx, held, span, module.child_path(name), module.annotations.get(name))

    def wrap(
        self, ctx: FunctionContext, value: HostValue, span: Span, path: str = "", declared: Type | None = None
    ) -> Value:
        """A value of compile time as one of the function being compiled. `declared` is the type of what holds it."""
        if isinstance(value, Value):
            return value
        if isinstance(value, ModuleObject):
            return ModuleValue(value)
        if isinstance(value, HostTensor):
            weight = self.weight(value, path)
            return ctx.value(ts.RefineOp(ctx.value(ts.WeightOp(weight.name, weight.type), span).ssa, TENSOR), span)
        if isinstance(value, bool | int | float | complex | str | None):
            return ctx.constant(value, span)
        if isinstance(value, HostEnum):
            return ctx.value(ts.EnumOp(value.type, value.index), span)
        if isinstance(value, HostNamedTuple):
            parts = [plain(ctx, self.wrap(ctx, v, span, f"{path}.{i}"), span) for i, v in enumerate(value)]
            whole = plain(ctx, TupleValue(tuple(parts)), span)
            return require(ctx, whole, value.type, span, f"the attribute '{path}'")
        if isinstance(value, tuple):
            types: Sequence[Type | None] = (None,) * len(value)
            if isinstance(declared, TupleType) and len(declared.elements) == len(value):
                types = declared.elements
            typed = enumerate(zip(value, types, strict=True))
            return TupleValue(tuple(self.wrap(ctx, v, span, f"{path}.{i}", t) for i, (v, t) in typed))
        if isinstance(value, list) and any(isinstance(v, ModuleObject) for v in value):
            raise CompileError.at(span, "a Python list of modules is not part of TorchScript", "use nn.ModuleList")
        if isinstance(value, list):
            return self._wrapped_list(ctx, value, span, path, declared)
        raise not_held(value, span)

    def _wrapped_list(
        self, ctx: FunctionContext, value: list[HostValue], span: Span, path: str, declared: Type | None
    ) -> Value:
        wanted = declared if isinstance(declared, ListType) else host_type(value)
        if not isinstance(wanted, ListType):
            raise CompileError.at(span, f"the type of '{path}' is not clear", "annotate it where it is first assigned")
        element, items = erase(wanted.element), []
        for i, held in enumerate(value):
            item = plain(ctx, self.wrap(ctx, held, span, f"{path}.{i}", element), span)
            items.append(require(ctx, item, element, span, f"the attribute '{path}.{i}'").ssa)
        result = ts.ListOp(items, ListType(element))
        result.attributes[ORIGIN] = StringAttr(path)
        return ctx.value(result, span)

    def weight_name(self, tensor: HostTensor) -> str | None:
        """The name of a tensor's weight, if it has become one."""
        return self._weight_names.get(id(tensor))

    def weight(self, tensor: HostTensor, path: str) -> Weight:
        """The weight of a tensor; attributes that hold the same tensor share it."""
        name = self._weight_names.get(id(tensor))
        if name is None:
            name = path
            self._weight_names[id(tensor)] = name
            self._kept.append(tensor)  # so that the id stays its own
            self.weights[name] = Weight(name, tensor.dtype, tensor.shape, tensor.bytes)
        return self.weights[name]

    # -- state -------------------------------------------------------------------------------------------------------

    def _is_state(self, module: ModuleObject, name: str) -> bool:
        held = module.attributes[name]
        if isinstance(held, Value | ModuleObject):
            return False
        is_list = isinstance(held, list) and not any(isinstance(v, ModuleObject) for v in held)
        if isinstance(held, dict) or instances_in(held):
            return True
        return name in module.mutable or (is_list and not any_tensor(held))

    def _state(self, module: ModuleObject, name: str, span: Span) -> State:
        path = module.child_path(name)
        found = self.states.get(path)
        if found is None:
            held = module.attributes[name]
            t = module.annotations.get(name) or host_type(held)
            if t is None:
                raise CompileError.at(
                    span, f"the type of the attribute '{name}' is not clear", "annotate it where it is first assigned"
                )
            t = erase(t) if not isinstance(held, HostTensor) else t
            initial = self.weight(held, path).name if isinstance(held, HostTensor) else _plain_initial(held)
            found = self.states[path] = State(path, t, initial)
            self.first_state.add(found, held, span)
        return found

    def attribute_type(self, ctx: FunctionContext, node: ast.Attribute) -> Type | None:
        """The type that an assignment to `node` must have; None when it is no attribute of a module."""
        if not isinstance(node.value, ast.Name | ast.Attribute):
            return None
        owner = ctx.expression(node.value)
        if isinstance(owner, Plain) and isinstance(owner.type, ClassType):
            return field_type(ctx, owner.type, node.name, node.span)
        if not isinstance(owner, ModuleValue) or node.name not in owner.object.attributes:
            return None
        if not self._is_state(owner.object, node.name):
            return None
        return erase(self._state(owner.object, node.name, node.span).type)

    def set_attribute(
        self, ctx: FunctionContext, target: ast.Attribute, value: Plain, span: Span, declared: Type | None = None
    ) -> None:
        """`owner.name = value` inside a compiled method, where the owner is a module or an instance of a class."""
        owner = ctx.expression(target.value)
        if isinstance(owner, Plain) and isinstance(owner.type, ClassType):
            set_attribute(ctx, owner, target.name, value, span, declared)
            return
        if not isinstance(owner, ModuleValue):
            raise CompileError.at(span, f"attributes of {owner.describe()} cannot be assigned", _instead(owner))
        module, name = owner.object, target.name
        setter = module.setter(name)
        if setter is not None:
            definition, held_by = setter
            self.call_method(ctx, ModuleMethod(module, definition, held_by.scope), [value], {}, span)
            return
        if name not in module.attributes:
            raise CompileError.at(
                span, f"the attribute '{name}' is assigned before it exists", "give it a value in __init__ too"
            )
        if is_constant(module, name):
            hint = "make it an attribute that is neither Final nor in __constants__"
            raise CompileError.at(span, f"the attribute '{name}' is a constant and cannot be assigned", hint)
        if isinstance(module.attributes[name], ModuleObject) or not self._is_state(module, name):
            raise CompileError.at(span, f"the attribute '{name}' cannot be assigned in compiled code")
        state = self._state(module, name, span)
        given = require(ctx, value, erase(state.type), span, f"the attribute '{name}'")
        ctx.emit(ts.StateSetOp(state.path, given.ssa), span)

    def has_attribute(self, value: ModuleValue, name: str) -> bool:
        return name in value.object.attributes or value.object.method(name) is not None

    def is_module_instance(self, ctx: FunctionContext, value: ModuleValue, node: ast.Expr) -> bool:
        """isinstance(module, class) as a compile-time fact."""
        from aotjit.sema.host.modules import instance_of

        if isinstance(node, ast.TupleExpr):
            return any(self.is_module_instance(ctx, value, e) for e in node.elements)
        path = path_of(node, ctx.scope)
        wanted = Namespace(path) if path is not None else ctx.expression(node)
        return instance_of(value.object, wanted, node.span)

    def module_item(self, ctx: FunctionContext, value: ModuleValue, node: ast.Subscript) -> Value:
        """`modules[i]` of a container, with a literal."""
        module = value.object
        children = module.children
        if children is None or len(node.indices) != 1:
            raise CompileError.at(node.span, f"{module.class_name} cannot be indexed")
        index = node.indices[0]
        if isinstance(index, ast.Slice):
            bounds = [
                None if p is None else integer_constant(ctx.expression(p))
                for p in (index.start, index.stop, index.step)
            ]
            return TupleValue(tuple(self.wrap(ctx, c, node.span) for c in children[slice(*bounds)]))
        key = constant_of(ctx.expression(index))
        if isinstance(key, str) and key in module.item_names:
            return self.wrap(ctx, module.attributes[key], node.span, module.child_path(key))
        if isinstance(key, int) and -len(children) <= key < len(children):
            return self.wrap(ctx, children[key], node.span, module.child_path(module.item_names[key]))
        if key is ... or not isinstance(key, int | str):
            raise CompileError.at(
                index.span, f"a {module.container} is indexed with a literal", "loop over it: such loops are unrolled"
            )
        raise CompileError.at(index.span, f"the {module.container} has no item {key!r}")

    # -- calls -------------------------------------------------------------------------------------------------------

    def call_module(
        self, ctx: FunctionContext, value: ModuleValue, args: Sequence[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """module(...): its forward."""
        found = value.object.method("forward")
        if found is None:
            raise CompileError.at(span, f"{value.object.class_name} has no forward and cannot be called")
        definition, owner = found
        method = hooked_call(ModuleMethod(value.object, definition, owner.scope))
        return self.call_method(ctx, method, args, keywords, span)

    def iterated(self, ctx: FunctionContext, module: ModuleObject, span: Span) -> list[Value]:
        """What a loop over a container runs over: its items, or the keys of a dict."""
        if module.container in ("ModuleDict", "ParameterDict"):
            return [ctx.constant(name, span) for name in module.item_names]
        return [self.wrap(ctx, module.attributes[n], span, module.child_path(n)) for n in module.item_names]

    def container_items(self, ctx: FunctionContext, method: ContainerMethod, span: Span) -> Value:
        """What items(), children() and the like give."""
        module = method.object
        found, part = module_trees.walk(module, method.name)
        names: list[Value] = [ctx.constant(n, span) for n, _ in found]
        held = [self.wrap(ctx, v, span, module.child_path(n)) for n, v in found]
        if part == "items":
            return TupleValue(tuple(TupleValue(pair) for pair in zip(names, held, strict=True)))
        return TupleValue(tuple(names if part == "keys" else held))

    def call_method(
        self, ctx: FunctionContext, method: ModuleMethod, args: Sequence[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        symbol = method_symbol(method)
        found = method.object.method(method.definition.name)
        declared = declarations(found[1].definition.body, method.definition.name) if found is not None else []
        if declared:
            scope, is_method = method.scope, not method.static
            merged, number = chosen(ctx, declared, method.definition, scope, args, keywords, span, is_method)
            method, symbol = ModuleMethod(method.object, merged, scope, method.static), f"{symbol}.{number}"
        definition = method.definition
        given = GivenArguments.of(definition, not method.static, args, keywords)
        signature = read_signature(definition, method.scope, not method.static, given.modules)
        if is_unused(definition):
            return self.call_unused(ctx, signature, span)
        symbol += given.suffix + ".called"
        compiled = self.once(
            symbol, span, definition.name, lambda: self.compile_method(symbol, method, signature, modules=given.modules)
        )
        return self.emit_call(ctx, compiled, method.scope, given.positional, given.keywords, span)

    def call_unused(self, ctx: FunctionContext, signature: Signature, span: Span) -> Value:
        """A call of a function that torch.jit.unused keeps out raises when it is reached."""
        text = ctx.constant(f"{signature.name} is marked torch.jit.unused", span)
        ctx.emit(ts.RaiseOp("NotImplementedError", text.ssa), span)
        return ctx.undefined(signature.result or TENSOR, span)

    def compile_method(
        self,
        symbol: str,
        method: ModuleMethod,
        signature: Signature,
        argument_types: Sequence[Type] | None = None,
        public: bool = False,
        modules: Mapping[str, Value] | None = None,
    ) -> CompiledFunction:
        from aotjit.sema.compiler import check_decorators

        check_decorators(method.definition)
        bound = dict(modules or {})
        if not method.static:
            bound[method.definition.parameters[0].name] = ModuleValue(method.object)
        return self.compile_function(
            symbol, method.definition, method.scope, signature,
            argument_types=argument_types, bound=bound, public=public,
        )  # fmt: skip

    def once(self, symbol: str, span: Span, name: str, make: Callable[[], CompiledFunction]) -> CompiledFunction:
        raise NotImplementedError

    def compile_function(
        self,
        symbol: str,
        definition: ast.FunctionDef,
        scope: ModuleScope,
        signature: Signature,
        *,
        argument_types: Sequence[Type] | None = None,
        bound: Mapping[str, Value] | None = None,
        public: bool = False,
    ) -> CompiledFunction:
        raise NotImplementedError

    def emit_call(
        self,
        ctx: FunctionContext,
        function: CompiledFunction,
        scope: ModuleScope,
        args: Sequence[Value],
        keywords: dict[str, Value],
        span: Span,
    ) -> Value:
        raise NotImplementedError


def method_symbol(method: ModuleMethod) -> str:
    kind = ".setter" if has_decorator(method.definition, "setter") else ""
    return method.object.child_path(method.definition.name) + kind


def _plain_initial(value: HostValue) -> PlainValue:
    result: PlainValue = value
    return result
