"""What is found out about tensors inside other values, as a walk through a function meets them."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Operation, SSAValue

from aotjit import types
from aotjit.ir import ts
from aotjit.ops.opdef import Operator
from aotjit.passes.cells import ITEM, KEY, Path
from aotjit.passes.shape_places import Outside, Owner, Place, at_path, field_of, held_by_boxes, leaves, variable_paths
from aotjit.passes.shape_variables import ShapeVariable
from aotjit.types import ClassType, DictType, ListType, OptionalType, TensorType, Type

Shapes = dict[SSAValue | Place, ShapeVariable]


def tensor_leaf(t: Type) -> TensorType | None:
    """The tensor type of a tensor or an Optional of one."""
    leaf = t.element if isinstance(t, OptionalType) else t
    return leaf if isinstance(leaf, TensorType) else None


class TensorsInside:
    """The variables of tensors in values, and how operations other than operators join them."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside

    def _shape(self, shapes: Shapes, value: SSAValue) -> ShapeVariable | None:
        found = shapes.get(value)
        if found is None:
            t = tensor_leaf(ts.type_of(value)) if isinstance(value.type, ts.ValueType) else None
            if t is None:
                return None
            found = shapes[value] = ShapeVariable.of(t)
        return found

    def _inside(self, op: Operation, shapes: Shapes) -> bool:
        """Puts tensors into other values and takes them out; False for operations that do not."""
        if isinstance(op, ts.BoxOp | ts.UnboxOp):
            self._boxed(op, shapes)
        elif isinstance(op, ts.AttributeGetOp):
            self._take(shapes, field_of(_class_of(op.operand), op.field.data), op.result)
        elif isinstance(op, ts.WaitOp):
            future = _class_of(op.operand)
            if future in self.outside.given:
                self._take(shapes, field_of(future, types.FUTURE_VALUE), op.result)
        elif isinstance(op, ts.AttributeSetOp):
            self._put(shapes, op.value, (), field_of(_class_of(op.target), op.field.data))
        elif isinstance(op, ts.TupleOp):
            for index, element in enumerate(op.elements):
                self._same(shapes, element, (), op.result, (index,), ts.type_of(element))
        elif isinstance(op, ts.TupleGetOp):
            self._same(shapes, op.operand, (op.index.value.data,), op.result, (), ts.type_of(op.result))
        elif isinstance(op, ts.ListOp):
            for element in op.elements:
                self._put(shapes, element, (), (op.result, (ITEM,)))
        elif isinstance(op, ts.StateSetOp):
            self._read(op.value, shapes)
        elif isinstance(op, ts.DictOp):
            for value in op.items[1::2]:
                self._put(shapes, value, (), (op.result, (ITEM,)))
        else:
            return False
        return True

    def _part(self, shapes: Shapes, value: SSAValue, path: Path, t: TensorType) -> ShapeVariable:
        """The variable of a tensor in `value`."""
        key = (value, path) if path else value
        found = shapes.get(key)
        if found is None:
            found = shapes[key] = ShapeVariable.of(t)
        return found

    def _same(self, shapes: Shapes, a: SSAValue, a_path: Path, b: SSAValue, b_path: Path, t: Type) -> None:
        """What `a` has at `a_path` is what `b` has at `b_path`, one of the things there if that is in a list."""
        for path, leaf in leaves(t):
            one = self._part(shapes, a, a_path + path, leaf)
            key = (b, b_path + path) if b_path + path else b
            if ITEM in a_path + path or ITEM in b_path + path:
                self.outside.taken.append((one, self._part(shapes, b, b_path + path, leaf)))
            elif key in shapes:
                one.dtype.join(shapes[key].dtype)
            else:
                shapes[key] = one

    def _put(self, shapes: Shapes, value: SSAValue, at: Path, holder: Owner | Place) -> None:
        """What `value` has there comes to be among what the holder has: a list or dict, or a field or box."""
        for path, leaf in leaves(at_path(ts.type_of(value), at)):
            one = self._part(shapes, value, at + path, leaf)
            self.outside.put.append((self._held(shapes, holder, path, leaf), one))

    def _take(self, shapes: Shapes, owner: Owner, value: SSAValue) -> None:
        """`value` comes out of a field or a box, as which there is one for all."""
        for path, leaf in leaves(ts.type_of(value)):
            self.outside.taken.append((self.outside.at(owner, path, leaf), self._part(shapes, value, path, leaf)))

    def _held(self, shapes: Shapes, holder: Owner | Place, path: Path, leaf: TensorType) -> ShapeVariable:
        where, what = holder
        if isinstance(what, tuple):
            assert isinstance(where, SSAValue)
            return self._part(shapes, where, what + path, leaf)
        assert isinstance(where, str)
        return self.outside.at((where, what), path, leaf)

    def _meet_inside(self, shapes: Shapes, left: SSAValue, right: SSAValue) -> None:
        if isinstance(left.type, ts.ValueType):
            for path, leaf in leaves(ts.type_of(left)):
                self._part(shapes, left, path, leaf).dtype.join(self._part(shapes, right, path, leaf).dtype)

    def _carry(self, source: Shapes, value: SSAValue, target: Shapes, to: SSAValue) -> None:
        """Into a callee and out of it: the tensors in `value`, or that of which it is a box."""
        if value in source:
            target[to] = source[value]
        for path, leaf in leaves(ts.type_of(value)) if isinstance(value.type, ts.ValueType) else ():
            target[(to, path) if path else to] = self._part(source, value, path, leaf)

    def _through_containers(
        self, operator: Operator, arguments: Sequence[SSAValue], results: Sequence[SSAValue], shapes: Shapes
    ) -> bool:
        """An operator on containers of any type: what is put in and what comes out has one element type."""
        declared = [*(a.type for a in operator.schema.arguments), *operator.schema.returns]
        values = [*arguments, *results]
        if not any(isinstance(t, ListType | DictType) and variable_paths(t) for t in declared):
            return False
        for value in values:
            self._read_keys(value, shapes)
        places = [(v, p) for v, t in zip(values, declared, strict=True) for p in variable_paths(t)]
        first, path = places[0]
        held = at_path(ts.type_of(first), path)
        for value, at in places[1:]:
            if not at and value in arguments:
                self._put(shapes, value, at, (first, path))
            else:
                self._same(shapes, first, path, value, at, held)
        return True

    def _read_keys(self, value: SSAValue, shapes: Shapes) -> None:
        """What comes of tensors that are keys is not followed."""
        if isinstance(value.type, ts.ValueType):
            keys = ((p, leaf) for p, leaf in leaves(ts.type_of(value)) if KEY in p)
            self.outside.computed |= {self._part(shapes, value, path, leaf) for path, leaf in keys}

    def _read(self, value: SSAValue, shapes: Shapes) -> None:
        if isinstance(value.type, ts.ValueType):
            parts = leaves(ts.type_of(value))
            self.outside.computed |= {self._part(shapes, value, path, leaf) for path, leaf in parts}

    def _compute(self, operator: Operator, arguments: Sequence[SSAValue], shapes: Shapes) -> None:
        """Notes which tensors' elements are read; views only pass on what they are of."""
        for argument in arguments[operator.effects == "view" :]:
            self._read(argument, shapes)

    def _boxed(self, op: ts.BoxOp | ts.UnboxOp, shapes: Shapes) -> None:
        """A box of a tensor has its shape; what is in a box of unknown origin may be from outside."""
        held = op.operand if isinstance(op, ts.BoxOp) else op.result
        if not isinstance(held.type, ts.ValueType) or types.is_boxed(ts.type_of(held)):
            return
        owner = held_by_boxes(ts.type_of(held))
        if isinstance(op, ts.BoxOp):
            self.outside.read_from(owner, ts.type_of(held))
            self._read(held, shapes)
        if isinstance(ts.type_of(held), TensorType):
            shape = self._shape(shapes, held) if isinstance(op, ts.BoxOp) else shapes.get(op.operand)
            if shape is not None:
                shapes[op.result] = shape
                return
        if isinstance(op, ts.UnboxOp):
            self._take(shapes, owner, held)
        else:
            self._put(shapes, held, (), owner)


def _class_of(value: SSAValue) -> ClassType:
    t = ts.type_of(value)
    assert isinstance(t, ClassType)
    return t
