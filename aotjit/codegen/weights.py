"""The weights in the base object (runtime/model.h): their tensors, the names that the program has for them, and how
each is made again of a tensor that takes its place: a strided view of its elements, in rows or in panels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir

from aotjit.codegen.constants import ProgramContext, tensor_constant, weight_symbol, weight_tensors_symbol
from aotjit.codegen.layout import I8, I32, I64, MAX_RANK, PARAMETER, PTR, TENSOR, WEIGHT, WEIGHT_VIEW, WEIGHTS_CELL
from aotjit.program import Program, Weight

NULL = ir.Constant(PTR, None)
ALIGNMENT, ID_BYTES = 64, 32
WEIGHTS_ID = "aj_weights_id"
"""The symbol of the id of the file of weights."""
_LAYOUTS = {"plain": 0, "panel": 1}


@dataclass(frozen=True)
class View:
    """Elements of a row-major tensor: the first one's number, sizes, and strides in elements."""

    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]


def view_of(program: Program, weight: Weight) -> View | None:
    """The elements of its only source that a weight has; None where it has others, or was computed."""
    origin = weight.origin
    shape = program.originals.get(origin.sources[0] if origin is not None else weight.name)
    if shape is None or (origin is not None and (len(origin.sources) != 1 or origin.moved is None)):
        return None
    if origin is None:
        steps = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
        return View(0, shape, tuple(steps))
    assert origin.moved is not None
    import numpy

    probe = numpy.empty(shape, numpy.int8)  # its strides are what is asked for: the memory is never touched
    moved = origin.moved(probe)
    offset = moved.__array_interface__["data"][0] - probe.__array_interface__["data"][0]
    if moved.dtype != probe.dtype or not 0 <= offset < probe.nbytes or moved.ndim > MAX_RANK:
        return None
    return View(offset, moved.shape, moved.strides)


@dataclass(frozen=True)
class Weights:
    """What the descriptor says of them."""

    weights: ir.Constant
    tensors: ir.Constant
    parameters: ir.Constant
    cell: ir.Constant
    count: int
    parameter_count: int
    group_count: int
    file_bytes: int


def file_offsets(program: Program) -> tuple[dict[str, int], int]:
    """Where each weight is in the file of weights (runtime/weights_file.c), and the file's size."""
    offsets, at = {}, ALIGNMENT
    for key, weight in program.weights.items():
        offsets[key] = at
        at += -(-weight.bytes // ALIGNMENT) * ALIGNMENT
    return offsets, at + ID_BYTES


def define_weights(module: ProgramContext, place: str) -> Weights:
    """Writes the tables; `place` is one of aotjit.options.WEIGHTS_PLACES."""
    program = module.program
    groups = {name: number for number, name in enumerate(program.originals)}
    views = {key: view_of(program, weight) for key, weight in program.weights.items()}
    rows = [_weight(module, key, views[key], groups) for key in program.weights]
    parameters = _parameters(module, views, groups)
    offsets, file_bytes = file_offsets(program)
    tensors = [
        tensor_constant(weight, _address(module, place, number, offsets[key]))
        for number, (key, weight) in enumerate(program.weights.items())
    ]
    cell = module.constant("aj_weights_cell_data", WEIGHTS_CELL.type, [NULL, I32(0), I32(0)])
    cell.global_constant = False
    return Weights(
        _array(module, "weights", WEIGHT.type, rows),
        _table(module, tensors),
        _array(module, "parameters", PARAMETER.type, parameters),
        cell,
        len(rows),
        len(parameters),
        len(groups),
        file_bytes if place == "file" else 0,
    )


def _address(module: ProgramContext, place: str, number: int, offset: int) -> ir.Constant:
    """What `data` of a weight's tensor is at first: the address of the bytes, or their place in the file."""
    if place == "file":
        return ir.values.FormattedConstant(PTR, f"inttoptr (i64 {offset} to ptr)")
    return module.external(weight_symbol(number), I8) if place == "embedded" else NULL


def _table(module: ProgramContext, tensors: Sequence[ir.Constant]) -> ir.Constant:
    if not tensors:
        return NULL
    table = module.external(weight_tensors_symbol(), ir.ArrayType(TENSOR.type, len(tensors)))
    table.initializer = ir.Constant(ir.ArrayType(TENSOR.type, len(tensors)), list(tensors))
    table.global_constant, table.linkage, table.align = True, "internal", 8
    return table


def _array(module: ProgramContext, name: str, t: ir.Type, elements: Sequence[ir.Constant]) -> ir.Constant:
    if not elements:
        return NULL
    array = ir.ArrayType(t, len(elements))
    return module.constant(module.unique(name), array, ir.Constant(array, list(elements)))


def _weight(module: ProgramContext, key: str, view: View | None, groups: dict[str, int]) -> ir.Constant:
    weight = module.program.weights[key]
    source = key if weight.origin is None else weight.origin.sources[0]
    group = -1 if view is None else groups[source]
    fields = [module.c_string(key), _view(module, view), I32(group), I32(_LAYOUTS[weight.layout])]
    return ir.Constant(WEIGHT.type, fields)


def _view(module: ProgramContext, view: View | None) -> ir.Constant:
    if view is None:
        return NULL
    padding = (0,) * (MAX_RANK - len(view.sizes))
    array = ir.ArrayType(I64, MAX_RANK)
    fields = [
        I64(view.offset),
        I32(len(view.sizes)),
        I32(0),
        ir.Constant(array, [*view.sizes, *padding]),
        ir.Constant(array, [*view.strides, *padding]),
    ]
    return module.constant(module.unique("view"), WEIGHT_VIEW.type, ir.Constant(WEIGHT_VIEW.type, fields))


def _parameters(
    module: ProgramContext, views: dict[str, View | None], groups: dict[str, int]
) -> list[ir.Constant]:
    """The program's names: which tensor each is, what it must look like, why it may not be replaced."""
    program = module.program
    folded: dict[str, str] = {}
    for key, view in views.items():
        origin = program.weights[key].origin
        if view is None and origin is not None:
            for source in origin.sources:
                folded.setdefault(source, f"{origin.how} made '{key}' of it when the model was compiled")
    rows = []
    for p in program.parameters:
        array = ir.ArrayType(I64, max(1, len(p.shape)))
        sizes = module.constant(module.unique("sizes"), array, list(p.shape) or [0])
        why = module.c_string(folded[p.weight]) if p.weight in folded else NULL
        group = groups.get(p.weight, -1)
        fields = [module.c_string(p.name), why, sizes, I32(p.dtype.code), I32(len(p.shape)), I32(group), I32(0)]
        rows.append(ir.Constant(PARAMETER.type, fields))
    return rows
