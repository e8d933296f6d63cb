"""The attributes of a saved module: a tree of objects by dotted path, each with a class of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aotjit import types
from aotjit.archive.pickle_writer import Typed, Writable
from aotjit.archive.values import ArchiveObject, DeviceValue, EnumValue, Storage, TensorValue
from aotjit.diagnostics import UsageError
from aotjit.dtypes import DTYPE_BY_TORCH, DType
from aotjit.program import Computed, Program, Weight
from aotjit.saving.types import ROOT, Classes, is_name
from aotjit.types import TensorType, Type


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor without gaps, in elements."""
    strides = [1]
    for size in reversed(shape[1:]):
        strides.insert(0, strides[0] * max(size, 1))
    return tuple(strides[: len(shape)])


class TensorMaker:
    """Weights and arrays as tensors of the archive: what shares memory shares a storage."""

    def __init__(self) -> None:
        self._storages: dict[object, Storage] = {}
        self._tensors: dict[int, TensorValue] = {}

    def of_weight(self, weight: Weight, requires_grad: bool = False) -> TensorValue:
        """A weight, read when it is written; one tensor however many names it has."""
        found = self._tensors.get(id(weight))
        if found is None:
            storage = Storage(weight.name, weight.bytes, weight.data)
            found = TensorValue(weight.dtype, weight.shape, row_major(weight.shape), 0, storage, requires_grad)
            self._tensors[id(weight)] = found
        return found

    def of_array(self, array: Any) -> TensorValue:
        """A numpy array with the memory that it is a view of."""
        import numpy

        base = held = array
        while (held := getattr(held, "base", None)) is not None:  # as_strided puts an object of its own in between
            base = held if isinstance(held, numpy.ndarray) else base
        if not base.flags.c_contiguous or base.dtype != array.dtype:
            base = array = numpy.ascontiguousarray(array)
        storage = self._storages.get(id(base))
        if storage is None:
            load = lambda: base.reshape(-1).view(numpy.uint8).data  # noqa: E731
            storage = self._storages[id(base)] = Storage("state", base.nbytes, load)
        offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
        strides = tuple(int(s) // array.itemsize for s in array.strides)
        shape = tuple(int(n) for n in array.shape)
        return TensorValue(DTYPE_BY_TORCH[array.dtype.name], shape, strides, offset // array.itemsize, storage)


class ValueMaker:
    """Values of the interpreter as those of an archive."""

    def __init__(self, classes: Classes, tensors: TensorMaker) -> None:
        self._classes, self._tensors = classes, tensors
        self._made: dict[int, tuple[object, Writable]] = {}

    def make(self, value: Any, t: Type) -> Writable:
        """A value of type `t`; what is one object stays one."""
        found = self._made.get(id(value))
        if found is not None:
            return found[1]
        made = self._make(value, t)
        if isinstance(made, ArchiveObject | Typed | TensorValue):
            self._made[id(value)] = value, made
        return made

    def _make(self, value: Any, t: Type) -> Writable:
        from aotjit.interp.objects import Box, EnumMember

        if value is None:
            return None
        match t:
            case types.OptionalType():
                return self.make(value, t.element)
            case TensorType():
                return value if isinstance(value, TensorValue) else self._tensors.of_array(value)
            case types.ListType():
                return Typed([self.make(v, t.element) for v in value], self._classes.text(types.erase(t)))
            case types.DictType():
                items = {self.make(k, t.key): self.make(v, t.value) for k, v in value.items()}
                return Typed(items, self._classes.text(types.erase(t)))
            case types.TupleType():
                return tuple(self.make(v, e) for v, e in zip(value, t.elements, strict=True))  # type: ignore[misc]
            case types.ClassType():
                held = {name: self.make(value.fields[name], f) for name, f in t.layout.fields.items()}
                return ArchiveObject(self._classes.qualified(t), held)  # type: ignore[arg-type]  # Typed is written too
            case types.EnumType():
                index = value.index if isinstance(value, EnumMember) else value
                return EnumValue(self._classes.qualified(t), t.members[index][1])
        if t == types.DEVICE:
            return DeviceValue(value)
        return self.make(value.value, value.type) if isinstance(value, Box) else value


@dataclass
class Node:
    """A module of the tree: its class, its attributes by name with their types and kinds (program.Parameter), the
    modules below it."""

    qualified: str
    values: dict[str, Writable] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    def object(self) -> ArchiveObject:
        """The instance to pickle."""
        held = {**self.values, **{name: child.object() for name, child in self.children.items()}}
        held.setdefault("training", False)
        return ArchiveObject(self.qualified, held)  # type: ignore[arg-type]  # Typed is written too

    def definition(self) -> list[str]:
        """The class as far as its attributes go."""
        declared = {"training": "bool", **self.types, **{name: c.qualified for name, c in self.children.items()}}
        lines = [f"class {self.qualified.rpartition('.')[2]}(Module):"]
        for kind in ("parameter", "buffer"):
            names = "".join(f'"{name}", ' for name in self.types if self.kinds.get(name) == kind)
            lines.append(f"  __{kind}s__ = [{names}]")
        plain = [f"  {name} : {t}" for name, t in declared.items() if is_name(name)]
        return [*lines, *plain, *(f'  __annotations__["{n}"] = {t}' for n, t in declared.items() if not is_name(n))]

    def walk(self) -> list[Node]:
        """This node and all below it."""
        return [self, *(inner for child in self.children.values() for inner in child.walk())]


class Tree:
    """The attributes of a program: those that a state_dict names, and its state."""

    def __init__(self, program: Program, classes: Classes, tensors: TensorMaker, present: Present) -> None:
        self._classes = classes
        self.root = Node(classes.unique(program.class_name or "PlaceholderModule"))
        self._paths: dict[str, str] = {}
        states = dict(_states(program, classes, tensors, present))
        for parameter in program.parameters:
            weight = program.weights.get(parameter.weight) or parameter.unused
            if parameter.name in states:
                value, t = states.pop(parameter.name)
                self._place(parameter.name, value, classes.text(types.erase(t)), parameter.kind)
            elif weight is not None:
                value = tensors.of_weight(weight, parameter.requires_grad)
                self._place(parameter.name, value, "Tensor", parameter.kind)
        for path, (value, t) in states.items():
            self._place(path, value, classes.text(types.erase(t)))

    def has(self, path: str) -> bool:
        return path in self._paths

    def text(self, path: str) -> str:
        """The attribute as an expression in a method of the root."""
        return self._paths[path]

    def target(self, path: str) -> str:
        """The attribute as the target of an assignment. UsageError for a name that cannot be assigned to."""
        if not is_name(path.rpartition(".")[2]):
            raise UsageError(f"the attribute '{path}' cannot be saved: its name is none that code can assign to")
        return self._paths[path]

    def _place(self, path: str, value: Writable, t: str, kind: str = "") -> None:
        *above, name = path.split(".")
        node, text = self.root, "self"
        for part in above:
            if part not in node.children:
                node.children[part] = Node(self._classes.unique(f"{node.qualified.rpartition('.')[2]}_{part}"))
            node, text = node.children[part], _member(text, part)
        node.values[name], node.types[name], node.kinds[name] = value, t, kind
        self._paths[path] = _member(text, name)


def _member(owner: str, name: str) -> str:
    return f"{owner}.{name}" if is_name(name) else f'getattr({owner}, "{name}")'


Present = Mapping[str, Any]
"""The values that states have now, by path: the interpreter's, or TensorValues. A state that is not there has its
first value."""


def _states(
    program: Program, classes: Classes, tensors: TensorMaker, present: Present
) -> Mapping[str, tuple[Writable, Type]]:
    maker = ValueMaker(classes, tensors)
    computed: dict[str, Any] = {}
    if program.initialiser and any(s.path not in present for s in program.states):
        from aotjit.interp.interpreter import Interpreter

        if any(w.dtype is DType.BF16 for w in program.weights.values()):
            raise UsageError("a model whose state has tensors that share memory cannot be saved with bfloat16 weights")
        computed = Interpreter(program).state
    found: dict[str, tuple[Writable, Type]] = {}
    for state in program.states:
        if state.path in present:
            value = maker.make(present[state.path], state.type)
        elif isinstance(state.initial, Computed):
            value = maker.make(computed[state.path], state.type)
        elif isinstance(state.type, TensorType) and isinstance(state.initial, str):
            value = tensors.of_weight(program.weights[state.initial])
        else:
            value = maker.make(state.initial, state.type)
        found[state.path] = value, state.type
    return found


__all__ = ["ROOT", "Node", "Present", "TensorMaker", "Tree", "row_major"]
