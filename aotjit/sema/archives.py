"""Programs from torch.jit.save: the archive's object tree and code, as the same module objects and syntax trees that
source files give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aotjit.diagnostics import CompileError, Span, UsageError
from aotjit.dtypes import Category
from aotjit.options import Example
from aotjit.program import Program
from aotjit.sema import archive_calls  # noqa: F401  # it enters its rules
from aotjit.sema.boundary import can_be_called
from aotjit.sema.class_types import enum_type, instance_type, is_plain_class
from aotjit.sema.compiler import Compiler
from aotjit.sema.context import FunctionContext
from aotjit.sema.entries import Inputs, finish
from aotjit.sema.hooks import hook_names, with_hooks
from aotjit.sema.host.evaluator import Evaluator
from aotjit.sema.host.objects import HostEnum, HostInstance
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.sema.program_modules import compile_module, entry_methods, load_weights, parameters_of
from aotjit.sema.values import ClassValue, FunctionValue, ModuleMethod, ModuleValue, Namespace, Value
from aotjit.syntax import ast
from aotjit.types import TENSOR, TensorType

if TYPE_CHECKING:
    from aotjit.archive.model import Archive
    from aotjit.archive.values import ArchiveObject, EnumValue, TensorValue
    from aotjit.archive.values import Value as ArchiveValue
    from aotjit.sema.build import BuildRequest

CODE_ROOT = "__torch__"
_NAMES = {
    "torch": "torch", "ops": "ops", "CONSTANTS": "CONSTANTS", CODE_ROOT: CODE_ROOT, "Tensor": "torch.Tensor",
    "List": "typing.List", "Dict": "typing.Dict", "Tuple": "typing.Tuple", "Optional": "typing.Optional",
    "Union": "typing.Union", "Final": "typing.Final", "Any": "typing.Any", "Device": "torch.device",
    "number": "number", "Scalar": "number", "NoneType": "NoneType", "inf": "math.inf", "nan": "math.nan",
    "infj": "cmath.infj", "nanj": "cmath.nanj",
}  # fmt: skip


class ArchiveScope(ModuleScope):
    """The names that an archive's code may use: they are the same in every file."""

    is_archive = True

    def __init__(self, archive: Archive) -> None:
        super().__init__(())
        self.archive = archive
        self._found: dict[str, Value | None] = {}

    def lookup(self, name: str) -> Value | None:
        path = _NAMES.get(name)
        return Namespace(path) if path is not None else super().lookup(name)

    def all_classes(self) -> list[ClassValue]:
        found = (self.definition(name) for name in self.archive.class_names())
        return [c for c in found if isinstance(c, ClassValue)]

    def definition(self, path: str) -> Value | None:
        """The function or class `__torch__.a.b.name`; None when it is only part of a longer name."""
        if path not in self._found:
            self._found[path] = self._read(path)
        return self._found[path]

    def _read(self, path: str) -> Value | None:
        if not self.archive.has_source(path):
            return None
        node = self.archive.source(path)
        if isinstance(node, ast.FunctionDef):
            return FunctionValue(node, self, path)
        return ClassValue(node, self, path)


class ArchiveCompiler(Compiler):
    """A Compiler that also knows the archive's constants and definitions."""

    def __init__(self, scope: ArchiveScope, tensors: Tensors) -> None:
        super().__init__(scope)
        self.archive_scope = scope
        self._tensors = tensors
        self._constants: dict[int, HostValue] = {}

    def member(self, ctx: FunctionContext, path: str, span: Span) -> Value | None:
        """What a dotted name of the archive's code means: CONSTANTS.c3, __torch__.module.function."""
        if path.startswith("CONSTANTS.c"):
            number = path.removeprefix("CONSTANTS.c")
            constants = self.archive_scope.archive.constants
            if not number.isdigit() or int(number) >= len(constants):
                raise CompileError.at(span, f"the archive has no constant '{path}'")
            if int(number) not in self._constants:
                self._constants[int(number)] = self._tensors.host(constants[int(number)])
            return self.wrap(ctx, self._constants[int(number)], span, path)
        if path.startswith(CODE_ROOT + "."):
            return self.archive_scope.definition(path)
        return None

    def constant_number(self, node: ast.Expr) -> bool | int | float | None:
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id != "CONSTANTS":
            return None
        number = node.name.removeprefix("c")
        from aotjit.archive.values import TensorValue

        constants = self.archive_scope.archive.constants
        held = constants[int(number)] if number.isdigit() and int(number) < len(constants) else None
        if not isinstance(held, TensorValue) or held.shape or held.dtype.category is Category.COMPLEX:
            return None
        value: bool | int | float = self._tensors.of(held).numpy().item()
        return value

    def call_function(
        self, ctx: FunctionContext, value: FunctionValue, args: Sequence[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """A function whose first argument is a module is that module's: hooks are called so."""
        if args and isinstance(args[0], ModuleValue):
            method = ModuleMethod(args[0].object, value.definition, value.scope)
            return self.call_method(ctx, method, args[1:], keywords, span)
        return super().call_function(ctx, value, args, keywords, span)


class Tensors:
    """Values of the archive as those of compile time: views of the same elements are one tensor, a list is one list."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], HostTensor] = {}
        self._containers: dict[int, HostValue] = {}

    def of(self, value: TensorValue) -> HostTensor:
        key = (id(value.storage), value.dtype, value.shape, value.strides, value.offset, value.conj, value.neg)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = HostTensor(value.dtype, value.shape, None, value)
        return found

    def host(self, value: ArchiveValue) -> HostValue:
        """A value of the archive that is no module."""
        from aotjit.archive.values import DeviceValue, TensorValue

        if isinstance(value, TensorValue):
            return self.of(value)
        if isinstance(value, DeviceValue):
            return value.name
        if isinstance(value, tuple):
            return tuple(self.host(v) for v in value)
        if isinstance(value, list | dict):
            return self._container(value)
        return value

    def _container(self, value: list[ArchiveValue] | dict[ArchiveValue, ArchiveValue]) -> HostValue:
        found = self._containers.get(id(value))
        if found is None:
            if isinstance(value, list):
                found = self._containers[id(value)] = []
                found.extend(self.host(v) for v in value)
            else:
                found = self._containers[id(value)] = {}
                found.update((self.host(k), self.host(v)) for k, v in value.items())
        return found


class _Tree(Tensors):
    """Also builds module objects from the archive's objects, each once."""

    def __init__(self, scope: ArchiveScope) -> None:
        super().__init__()
        self.scope = scope
        self.evaluator = Evaluator()
        self.made: dict[int, ModuleObject] = {}
        self.instances: dict[int, HostInstance] = {}

    def host(self, value: ArchiveValue) -> HostValue:
        from aotjit.archive.values import ArchiveObject, EnumValue

        if isinstance(value, EnumValue):
            return self._member(value)
        if isinstance(value, ArchiveObject):
            definition = self.scope.definition(value.class_name)
            if isinstance(definition, ClassValue) and is_plain_class(definition):
                return self._instance(value, definition)
            return self.module(value)
        return super().host(value)

    def _instance(self, value: ArchiveObject, definition: ClassValue) -> HostInstance:
        """An instance of a class that is no module."""
        made = self.instances.get(id(value))
        if made is None:
            made = self.instances[id(value)] = HostInstance(
                definition, instance_type(definition, definition.definition.span)
            )
            made.attributes = {name: self.host(held) for name, held in value.attributes.items()}
            if value.has_state:
                self._set_state(made, definition, self.host(value.state))
        return made

    def _member(self, value: EnumValue) -> HostEnum:
        definition = self.scope.definition(value.class_name)
        t = enum_type(definition) if isinstance(definition, ClassValue) else None
        held = [v for _, v in t.members] if t is not None else []
        if t is None or not isinstance(value.value, int | float | str) or value.value not in held:
            raise UsageError(f"{self.scope.archive.path}: {value.class_name} is no Enum that has the value of a member")
        return HostEnum(t, held.index(value.value))

    def module(self, value: ArchiveObject) -> ModuleObject:
        found = self.made.get(id(value))
        if found is not None:
            return found
        definition = self.scope.definition(value.class_name)
        classes = (definition,) if isinstance(definition, ClassValue) else ()
        module = self.made[id(value)] = ModuleObject(value.class_name.rpartition(".")[2], classes)
        for name, held in value.attributes.items():
            module.attributes[name] = self.host(held)
        for owner in classes:
            self._declarations(module, owner)
        if value.has_state:
            self._set_state(module, classes[0] if classes else None, self.host(value.state))
        return module

    def _set_state(self, made: ModuleObject | HostInstance, owner: ClassValue | None, state: HostValue) -> None:
        """Runs the `__setstate__` of the class on what its `__getstate__` returned when the archive was written."""
        body = owner.definition.body if owner is not None else ()
        found = next((s for s in body if isinstance(s, ast.FunctionDef) and s.name == "__setstate__"), None)
        if found is None or owner is None:
            name = owner.definition.name if owner is not None else "a class"
            raise UsageError(f"{self.scope.archive.path}: {name} has a state and no __setstate__")
        self.evaluator.run_function(found, owner.scope, [made, state], {}, found.span, owner)

    def _declarations(self, module: ModuleObject, owner: ClassValue) -> None:
        """Types and constants of the class body; __parameters__ and __buffers__ tell tensors apart."""
        from aotjit.sema.annotations import read_type

        for statement in owner.definition.body:
            match statement:
                case ast.Assign(targets=(ast.Name(id=name),), value=ast.ListExpr(elements=elements)):
                    listed = [e.value for e in elements if isinstance(e, ast.Constant)]
                    for item in listed:
                        self._classify(module, name, str(item))
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                    if isinstance(value, ast.Constant):
                        module.attributes.setdefault(name, value.value)
                    if not isinstance(module.attributes.get(name), ModuleObject):
                        try:
                            declared = read_type(annotation, self.scope)
                        except CompileError:
                            continue  # an attribute of a type that nothing compiled may read
                        if declared != TENSOR:  # a tensor's value says more
                            module.annotations[name] = declared

    def _classify(self, module: ModuleObject, kind: str, name: str) -> None:
        held = module.attributes.get(name)
        if isinstance(held, HostTensor) and kind == "__parameters__":
            held.is_parameter = True
        elif isinstance(held, HostTensor) and kind == "__buffers__":
            module.buffers[name] = True


def build_archive(archive: Archive, options: BuildRequest | None = None) -> Program:
    """The program of an archive: the methods of its module. Raises as `build` does."""
    from aotjit.sema.build import BuildOptions

    options = options or BuildOptions()
    if options.entry is not None:
        raise UsageError("--entry is for source files; an archive holds one module (--method chooses its methods)")
    scope = ArchiveScope(archive)
    tree = _Tree(scope)
    root = tree.module(archive.model)
    if options.weights is not None:
        from aotjit.archive import read_weights
        from aotjit.sema.modules import assign_paths

        assign_paths(root)
        load_weights(root, read_weights(options.weights))
    inputs = Inputs(options.inputs, options.examples, _recorded(archive))
    names = list(options.methods) or archive_methods(root)
    compiler, entries = compile_module(
        lambda: ArchiveCompiler(scope, tree), root, [*map(with_hooks, entry_methods(root, names))], inputs
    )
    program = finish(compiler, entries, inputs, "")
    program.parameters = parameters_of(compiler, root)
    program.kind, program.class_name, program.partial = "module", root.class_name, True
    return program


def _recorded(archive: Archive) -> dict[str, tuple[Example, ...]]:
    """What the arguments that a trace was made with say of its methods' parameters."""
    return {name: tuple(map(_example, values)) for name, values in archive.traced_inputs().items()}


def _example(value: ArchiveValue) -> Example:
    """The element types of an example's tensors. Its shapes are one call's: other calls may have others, but a tensor
    without dims is a number, whose part in promotion is another."""
    from aotjit.archive.values import TensorValue

    if isinstance(value, TensorValue):
        return TensorType(value.dtype, None if value.shape else ())
    return tuple(map(_example, value)) if isinstance(value, list | tuple) else None


def archive_methods(root: ModuleObject) -> list[str]:
    """The methods of the module that are exported: all whose name has no leading underscore, as torch.jit.load offers
    them, but for hooks and those that take or give instances of classes."""
    hooks = set(hook_names(root))
    public = [m for m in root.methods() if not m.name.startswith("_") and m.name not in hooks]
    return [m.name for m in public if m.name == "forward" or can_be_called(m, root.classes[0].scope, method=True)]
