"""Module instances as programs: constructing them, giving them weights, and their methods as entries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from aotjit.diagnostics import CompileError, SourceText, UsageError
from aotjit.program import Entry, EntryParameter, Parameter, Weight
from aotjit.sema import library
from aotjit.sema.annotations import path_of
from aotjit.sema.boundary import check_boundary
from aotjit.sema.compiler import Compiler
from aotjit.sema.entries import Inputs
from aotjit.sema.first_state import spread_mutability
from aotjit.sema.host.evaluator import Evaluator, Frame
from aotjit.sema.host.modules import READING
from aotjit.sema.mentions import draws, mentions, nodes
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject, assign_paths, has_decorator
from aotjit.sema.mutation import mark_mutable
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.shared_memory import note_shared_memory
from aotjit.sema.signatures import literal_defaults, read_signature
from aotjit.sema.values import ClassValue, ModuleMethod
from aotjit.sema.weight_writes import written_constants
from aotjit.syntax import ast

_SETTING = frozenset(
    ("torch.manual_seed", "torch.set_default_dtype", "torch.set_default_tensor_type", "torch.set_default_device")
)
"""Functions that change what later statements do."""
_TELLING = frozenset(
    ("print", "builtins.print", "torch.no_grad", "torch.save", "torch.jit.save", "torch.onnx.export",
     "torch.jit.script", "torch.jit.trace")
)  # fmt: skip
"""Functions that change nothing: they are not run when compiling."""


def top_level_modules(scope: ModuleScope, body: Sequence[ast.Stmt], evaluator: Evaluator) -> dict[str, ModuleObject]:
    """The module instances bound at top level. What seeds the random generator, draws from it or changes a module runs
    in order with the constructors."""
    frame = Frame(evaluator, scope, {}, None)
    found: dict[str, ModuleObject] = {}
    derived: set[str] = set()
    """Names of values that modules went into: `params = list(model.parameters())`."""
    for statement in body:
        match statement:
            case ast.Assign(targets=(ast.Name(id=name),), value=ast.Call() as call) if (
                _makes_module(call, scope) or _calls_method_of(call, found)
            ):
                value = frame.expression(call)
                if isinstance(value, ModuleObject):
                    found[name] = value
                    evaluator.set_global(scope, name, value)
            case ast.Assign(targets=targets, value=value) if all(isinstance(t, ast.Name) for t in targets):
                set_here = [t.id for t in targets if isinstance(t, ast.Name)]
                if mentions(value, {*found, *derived}):
                    derived.update(set_here)
                elif draws(value):
                    for name in set_here:
                        evaluator.global_value(scope, name, value.span)
            case ast.ExprStmt(value=ast.Call(function=function)) if path_of(function, scope) in _SETTING:
                frame.statement(statement)
            case ast.ExprStmt() | ast.With() | ast.For() | ast.AugAssign() | ast.Assign() | ast.Delete():
                names = {*found, *derived}
                if mentions(statement, names) and _changes_any(statement, names, scope):
                    frame.statement(statement)
    return found


def _changes_any(statement: ast.Stmt, names: set[str], scope: ModuleScope) -> bool:
    """May something in the statement change what the names stand for, or what it goes through of that?"""
    targets = [s.target for s in nodes(statement) if isinstance(s, ast.For)]
    inside = {n.id for target in targets for n in nodes(target) if isinstance(n, ast.Name)}
    return any(_changes(node, names, inside, scope) for node in nodes(statement))


def _changes(node: ast.Node, modules: Collection[str], inside: Collection[str], scope: ModuleScope) -> bool:
    """May it change one of the modules, or what came `inside` a loop over such? Calls of modules and what saves or
    prints them do not."""
    names = {*modules, *inside}
    match node:
        case ast.AugAssign(target=target) | ast.Assign(targets=(target,)):
            return not isinstance(target, ast.Name) and mentions(target, names)
        case ast.Call(function=ast.Name(id=name)) if name in modules:
            return False
        case ast.Call(function=ast.Attribute(name=name)) if name in READING or name == "save":
            return False
        case ast.Call(function=function):
            path = path_of(function, scope) or ""
            return mentions(node, names) and path not in _TELLING
    return isinstance(node, ast.Delete) and mentions(node, names)


def _calls_method_of(call: ast.Call, modules: Mapping[str, ModuleObject]) -> bool:
    """Is it `model.train()`, `model.encoder.eval()` or another method of one of these modules?"""
    at: ast.Expr = call.function
    if not isinstance(at, ast.Attribute):
        return False
    while isinstance(at, ast.Attribute | ast.Subscript):
        at = at.value
    return isinstance(at, ast.Name) and at.id in modules


def _makes_module(call: ast.Call, scope: ModuleScope) -> bool:
    """Does the call construct a module, perhaps followed by .eval() or inside torch.jit.script()?"""
    function = call.function
    if isinstance(function, ast.Name) and isinstance(scope.lookup(function.id), ClassValue):
        value = scope.lookup(function.id)
        assert isinstance(value, ClassValue)
        return _is_module_class(value)
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
        return _makes_module(function.value, scope)
    path = path_of(function, scope)
    if path in ("torch.jit.script", "torch.compile"):
        return bool(call.args) and isinstance(call.args[0], ast.Call) and _makes_module(call.args[0], scope)
    return path is not None and library.module_class(path) is not None


def _is_module_class(value: ClassValue, below: tuple[ClassValue, ...] = ()) -> bool:
    if value in below:
        return False
    for base in value.definition.bases:
        path = path_of(base, value.scope)
        if path is not None and path.startswith("torch.") and path.endswith("Module"):
            return True
        if path is not None and library.module_class(path) is not None:
            return True
        inner = value.scope.lookup(base.id) if isinstance(base, ast.Name) else None
        if isinstance(inner, ClassValue) and _is_module_class(inner, (*below, value)):
            return True
    return False


def module_classes(scope: ModuleScope) -> list[ClassValue]:
    return [c for c in scope.classes if _is_module_class(c)]


def evaluate_entry(text: str, scope: ModuleScope, evaluator: Evaluator) -> HostValue:
    """The value of an --entry expression. Raises UsageError, or CompileError for what fails inside the program."""
    from aotjit.syntax.parse import parse_expression

    try:
        node = parse_expression(SourceText("--entry", text))
        if isinstance(node, ast.Name) and scope.lookup(node.id) is None and node.id not in scope.constants:
            raise UsageError(f"--entry {text}: {_unknown(node.id, scope)}")
        value = Frame(evaluator, scope, {}, None).expression(node)
        if isinstance(value, ClassValue) and _is_module_class(value):
            value = Frame(evaluator, scope, {}, None).expression(ast.Call(node.span, node, (), ()))
    except CompileError as error:
        first = error.diagnostics[0]
        if first.span is not None and first.span.source.name == "--entry":
            hint = f" ({first.hint})" if first.hint else ""
            raise UsageError(f"--entry {text}: {first.message}{hint}") from None
        raise
    return value


def _unknown(name: str, scope: ModuleScope) -> str:
    names = [
        *(f.definition.name for f in scope.functions),
        *(c.definition.name for c in scope.classes),
        *scope.constants,
    ]
    hint = close_match(name, names)
    return f"the program has no '{name}'" + (f"; {hint}" if hint else f" (it has {', '.join(names) or 'nothing'})")


def load_weights(root: ModuleObject, weights: Mapping[str, Any]) -> None:
    """Replaces the parameters and buffers by those of a state_dict. Raises UsageError where they do not fit."""
    places: dict[str, tuple[ModuleObject, str]] = {}
    for module in root.walk():
        for name, tensor in module.tensors():
            # As in torch, a plain attribute is no part of a state_dict.
            belongs = tensor.is_parameter or module.buffers.get(name, False)
            if belongs or module.child_path(name) in weights:
                places[module.child_path(name)] = (module, name)
    aliases = _aliases(root)
    missing = [n for n in places if n not in weights]
    unexpected = [n for n in weights if n not in places and n not in aliases]
    problems = []
    if missing:
        problems.append(f"missing {', '.join(missing[:8])}{' ...' if len(missing) > 8 else ''}")
    if unexpected:
        problems.append(f"unexpected {', '.join(unexpected[:8])}{' ...' if len(unexpected) > 8 else ''}")
    for path, (module, name) in places.items():
        if path in weights:
            old, new = module.attributes[name], weights[path]
            if tuple(old.shape) != tuple(new.shape):
                problems.append(f"{path} has shape {list(new.shape)}, the program says {list(old.shape)}")
    if problems:
        raise UsageError(f"the weights do not fit {root.class_name}: {'; '.join(problems)}")
    loaded: set[int] = set()
    for path, (module, name) in places.items():
        tensor = module.attributes[name]
        if id(tensor) not in loaded:
            # In place, as torch does: lists and other attributes hold the same tensor (the weights of nn.LSTM).
            loaded.add(id(tensor))
            value = weights[path]
            tensor.dtype, tensor.array, tensor.source = value.dtype, None, value


def parameters_of(compiler: Compiler, root: ModuleObject) -> tuple[Parameter, ...]:
    """The tensors of a module by every dotted name, each with the weight that it became."""
    found: dict[str, Parameter] = {}
    unused: dict[int, Weight] = {}

    def parameter(module: ModuleObject, name: str, full: str, value: HostTensor) -> Parameter:
        weight = compiler.weight_name(value) or ""
        if not weight and id(value) not in unused:
            unused[id(value)] = Weight(full, value.dtype, tuple(value.shape), value.bytes)
        kind = "parameter" if value.is_parameter else "buffer" if name in module.buffers else "attribute"
        grad = value.is_parameter and value.dtype.is_floating and getattr(value.source, "requires_grad", True)
        left = None if weight else unused[id(value)]
        return Parameter(full, weight, value.dtype, tuple(value.shape), kind, grad, left)

    def visit(module: ModuleObject, path: str, above: tuple[ModuleObject, ...]) -> None:
        for name, value in module.attributes.items():
            full = f"{path}.{name}" if path else name
            if isinstance(value, HostTensor):
                found[full] = parameter(module, name, full, value)
            elif isinstance(value, ModuleObject) and value not in above:
                visit(value, full, (*above, value))

    visit(root, "", (root,))
    return tuple(found.values())


def _aliases(root: ModuleObject) -> set[str]:
    """Further dotted names of tensors in modules that are reached by several paths."""
    result: set[str] = set()

    def visit(module: ModuleObject, path: str, above: tuple[ModuleObject, ...]) -> None:
        for name, value in module.attributes.items():
            full = f"{path}.{name}" if path else name
            if isinstance(value, HostTensor):
                result.add(full)
            elif isinstance(value, ModuleObject) and value not in above:
                visit(value, full, (*above, value))

    visit(root, "", (root,))
    return result


def entry_methods(root: ModuleObject, asked: Sequence[str]) -> list[ModuleMethod]:
    """The methods to export: those asked for, or forward and the exported ones."""
    methods = []
    names = list(asked) or [m.name for m in root.methods() if m.name == "forward" or has_decorator(m, "export")]
    for name in dict.fromkeys(names):
        found = root.method(name)
        if found is None:
            hint = close_match(name, [m.name for m in root.methods()])
            raise UsageError(f"{root.class_name} has no method '{name}'{f'; {hint}' if hint else ''}")
        definition, owner = found
        methods.append(ModuleMethod(root, definition, owner.scope, has_decorator(definition, "staticmethod")))
    if not methods:
        raise UsageError(f"{root.class_name} has no forward and no exported method; name one with --method")
    methods.sort(key=lambda m: m.definition.name != "forward")
    return methods


MAX_ATTEMPTS = 20


def compile_module(
    make: Callable[[], Compiler], root: ModuleObject, methods: Sequence[ModuleMethod], inputs: Inputs
) -> tuple[Compiler, list[Entry]]:
    """Compiles the methods as entries; again when a constant turns out to be written, which makes it state."""
    for _ in range(MAX_ATTEMPTS):
        compiler = make()
        entries = module_entries(compiler, root, methods, inputs)
        compiler.reports.finish()
        writes = written_constants(compiler.module)
        left = writes.weights | writes.lists
        if not left:
            return compiler, entries
        for module in root.walk():
            for name, held in module.attributes.items():
                written = compiler.weight_name(held) if isinstance(held, HostTensor) else module.child_path(name)
                if written in (writes.weights if isinstance(held, HostTensor) else writes.lists):
                    left.discard(written or "")
                    module.mutable.add(name)
        if left:
            break
    raise UsageError(f"the program writes to {', '.join(sorted(left))}, which is constant in a compiled model")


def module_entries(
    compiler: Compiler, root: ModuleObject, methods: Sequence[ModuleMethod], inputs: Inputs
) -> list[Entry]:
    """Compiles the methods as entries."""
    assign_paths(root)
    note_shared_memory(root)
    mark_mutable(root, [m.definition.name for m in methods])
    spread_mutability(root)
    entries = []
    for method in methods:
        with compiler.reports.collecting():
            entries.append(_entry(compiler, method, inputs))
    return entries


def _entry(compiler: Compiler, method: ModuleMethod, inputs: Inputs) -> Entry:
    definition = method.definition
    signature = read_signature(definition, method.scope, method=not method.static)
    types = inputs.types(definition.name, signature)
    defaults = literal_defaults(signature, method.scope)
    name = definition.name
    compiled = compiler.once(
        name, definition.span, name, lambda: compiler.compile_method(name, method, signature, types, public=True)
    )
    if not compiled.failed:
        check_boundary(name, signature, types, compiled.result, definition.span)
    parameters = tuple(
        EntryParameter(p.name, t, d) for p, t, d in zip(signature.parameters, types, defaults, strict=True)
    )
    return Entry(name, compiled.symbol, parameters, compiled.result, definition.docstring or "")
