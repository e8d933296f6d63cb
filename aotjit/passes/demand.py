"""Gives the entries' parameters the facts that the operators they reach demand, and float32 where nothing is said.

    func.func public @f(%weight : !ts.val<"Tensor[f32; 10, 4; contiguous]">, %words : !ts.val<"Tensor">,
                        %x : !ts.val<"Tensor">) -> !ts.val<"Tensor"> {
      %w = "ts.refine"(%weight) : (!ts.val<"Tensor[f32; 10, 4; contiguous]">) -> !ts.val<"Tensor">
      %minus = arith.constant -1 : i64
      %no = arith.constant false
      %a = "ts.aten"(%w, %words, %minus, %no, %no) <{op = "embedding", effects = "read"}>
           : (!ts.val<"Tensor">, !ts.val<"Tensor">, i64, i1, i1) -> !ts.val<"Tensor">
      %y = "ts.aten"(%a, %x) <{op = "mm", effects = "read"}>
           : (!ts.val<"Tensor">, !ts.val<"Tensor">) -> !ts.val<"Tensor">
      func.return %y : !ts.val<"Tensor">
    }
->
    func.func public @f(%weight : !ts.val<"Tensor[f32; 10, 4; contiguous]">, %words : !ts.val<"Tensor[i64]">,
                        %x : !ts.val<"Tensor[f32; ?, ?]">) -> !ts.val<"Tensor"> {
      %w = "ts.refine"(%weight) : (!ts.val<"Tensor[f32; 10, 4; contiguous]">) -> !ts.val<"Tensor">
      %words_1 = "ts.refine"(%words) : (!ts.val<"Tensor[i64]">) -> !ts.val<"Tensor">
      %x_1 = "ts.refine"(%x) : (!ts.val<"Tensor[f32; ?, ?]">) -> !ts.val<"Tensor">
      %minus = arith.constant -1 : i64
      %no = arith.constant false
      %a = "ts.aten"(%w, %words_1, %minus, %no, %no) <{op = "embedding", effects = "read"}>
           : (!ts.val<"Tensor">, !ts.val<"Tensor">, i64, i1, i1) -> !ts.val<"Tensor">
      %y = "ts.aten"(%a, %x_1) <{op = "mm", effects = "read"}>
           : (!ts.val<"Tensor">, !ts.val<"Tensor">) -> !ts.val<"Tensor">
      func.return %y : !ts.val<"Tensor">
    }

What is checked at entry is only what every run would fail on: demands of operators that run before anything can be
seen (a print, a raise, a state) and on no condition. What else is found goes into the parameter's example, a shape
that the program can run with: the header's program and `aotjit check` use it. The demands are the operators' shape
signatures (ops/shapes.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType
from xdsl.ir import Block, SSAValue

from aotjit.dtypes import DEFAULT_DTYPE, DType
from aotjit.ir import boundary, ts
from aotjit.ir.rewrite import set_type
from aotjit.ops.shapes import MOST_DIMS
from aotjit.passes.base import Pass
from aotjit.passes.cells import Path
from aotjit.passes.shape_places import Outside, Owner, field_of, held_by_boxes, with_leaves
from aotjit.passes.shape_variables import DimVariable, ShapeVariable
from aotjit.passes.shape_walk import ShapeWalk
from aotjit.program import EntryParameter, Program
from aotjit.types import ANY, ClassType, Dim, OptionalType, TensorType, Type, erase, is_boxed


@dataclass(frozen=True)
class Demand(Pass):
    name: ClassVar[str] = "demand"
    level: ClassVar[int] = 0

    def run(self, program: Program) -> bool:
        functions = {f.sym_name.data: f for f in program.module.ops if isinstance(f, func.FuncOp)}
        entries = {e.symbol: e for e in program.entries}
        outside = Outside(boundary.reach(p.type for e in program.entries for p in e.parameters))
        walks = []
        for symbol, function in functions.items():
            if function.sym_visibility is None or function.sym_visibility.data != "private":
                walk = ShapeWalk(functions, outside)
                walks.append((symbol, function, walk, walk.function(function)))
        outside.agree()
        for _, _, walk, _ in walks:
            walk.solve()
        outside.agree()  # with what was guessed last
        changed = False
        for symbol, function, walk, parts in walks:
            found = [_settled(a, p, walk) for a, p in zip(function.body.block.args, parts, strict=True)]
            changed |= _retype(function, found)
            if symbol in entries:
                names = _Names()
                given = zip(entries[symbol].parameters, found, parts, strict=True)
                parameters = tuple(_parameter(p, t, s.get(()), names) for p, t, s in given)
                entries[symbol] = replace(entries[symbol], parameters=parameters)
        program.entries = tuple(entries[e.symbol] for e in program.entries)
        program.outside = _outside_types(program, outside)
        return changed


def _outside_types(program: Program, outside: Outside) -> dict[Owner, Type]:
    """What callers put into each field and box."""
    of_any = boundary.any_types(program)
    found: dict[Owner, Type] = {}
    for t in boundary.crossing(program):
        if isinstance(t, ClassType):
            found |= {field_of(t, n): outside.type_in(field_of(t, n), erase(f)) for n, f in t.layout.fields.items()}
        elif is_boxed(t):
            members = of_any if t == ANY else boundary.parts(t)
            found |= {held_by_boxes(m): outside.type_in(held_by_boxes(m), erase(m)) for m in members}
    return found


def _settled(argument: SSAValue, parts: Mapping[Path, ShapeVariable], walk: ShapeWalk) -> Type:
    t = ts.type_of(argument)
    shape = parts.get(())
    if shape is None:
        return with_leaves(t, lambda path, leaf: _with_dtype(leaf, walk.outside.settled(parts[path])))
    leaf = t.element if isinstance(t, OptionalType) else t
    assert isinstance(leaf, TensorType)
    leaf = _with_dtype(leaf, shape.dtype.root().dtype or DEFAULT_DTYPE)
    if not isinstance(t, OptionalType):
        for demanded in walk.demands.get(shape, ()):
            leaf = replace(leaf, dims=_meet(leaf.dims, demanded))
    return OptionalType(leaf) if isinstance(t, OptionalType) else leaf


def _with_dtype(t: TensorType, dtype: DType | None) -> TensorType:
    return t if t.dtype is not None else replace(t, dtype=dtype)


def _meet(dims: tuple[Dim, ...] | None, demanded: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """What is known with the demand; what contradicts it stays, and is reported where the operator is looked at."""
    if dims is None:
        return demanded
    if len(dims) != len(demanded):
        return dims
    return tuple(d if isinstance(d, int) or n is None else n for d, n in zip(dims, demanded, strict=True))


def _retype(function: func.FuncOp, found: Sequence[Type]) -> bool:
    """The parameters get the types; the body sees them erased, as it did."""
    block = function.body.block
    changed = False
    for argument, t in zip(block.args, found, strict=True):
        old = ts.type_of(argument)
        if old == t:
            continue
        changed = True
        if old == erase(old):
            _refine_uses(block, argument, old)
        set_type(argument, ts.ir_type(t))
    outputs = function.function_type.outputs.data
    function.properties["function_type"] = FunctionType.from_lists([a.type for a in block.args], list(outputs))
    return changed


def _refine_uses(block: Block, argument: SSAValue, old: Type) -> None:
    first = block.first_op
    if argument.first_use is None or first is None:
        return
    refined = ts.RefineOp(argument, old)
    argument.replace_all_uses_with(refined.result)
    refined.operands[0] = argument
    at = first
    while isinstance(at, ts.RefineOp) and at.next_op is not None:
        at = at.next_op
    block.insert_op_before(refined, at)


class _Names:
    """Names for the sizes that nobody named."""

    def __init__(self) -> None:
        self.names: dict[DimVariable, str] = {}

    def dim(self, variable: DimVariable) -> Dim:
        root = variable.root()
        return root.value if root.value is not None else self.names.setdefault(root, f"_{len(self.names)}")


def _parameter(p: EntryParameter, t: Type, shape: ShapeVariable | None, names: _Names) -> EntryParameter:
    if not isinstance(t, TensorType) or shape is None or not shape.dims:
        return replace(p, type=t)
    if not shape.closed and len(shape.dims) > MOST_DIMS:
        return replace(p, type=t)  # x or x.unsqueeze(0), whatever its rank: it grew as long as somebody looked
    dims = tuple(names.dim(d) for d in reversed(shape.dims))
    return replace(p, type=t, example=replace(t, dims=dims if t.dims is None else _meet(t.dims, dims)))
