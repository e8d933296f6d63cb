"""The constant descriptor of a compiled model (runtime/model.h) in the base object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir
from xdsl.dialects import func

from aotjit.codegen.arguments import argument_use
from aotjit.codegen.constants import ProgramContext
from aotjit.codegen.context import reference_positions
from aotjit.codegen.handlers import define_handlers, tells_tensors_apart
from aotjit.codegen.layout import ARGUMENT, ENTRY, I8, I32, I64, LEVELS, MODEL, PTR, TENSOR_SPEC, Struct
from aotjit.codegen.loops import looping_functions
from aotjit.codegen.module import kernel_table
from aotjit.codegen.objects import define_crossing
from aotjit.codegen.python_types import python_types
from aotjit.codegen.weights import WEIGHTS_ID, define_weights
from aotjit.codegen.words import NULL, value_words, words_global
from aotjit.ir.boundary import crossing
from aotjit.options import WEIGHTS_PLACES
from aotjit.program import Computed, Entry, EntryParameter, Required, State
from aotjit.types import (
    DictType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    erase,
    type_code,
    word_count,
)

ABI = 1
LEVEL_INDEX = {"v2": 0, "v3": 1, "v4": 2}
MANIFEST_SECTION = ".aotjit"
_CONTIGUOUS, _WRITTEN = 1, 2
_LOOPS, _SAME = 1, 2


@dataclass(frozen=True)
class Description:
    """What the descriptor says beside the program itself. `levels` are the ISA levels built, such as "v3"; `kernels`
    says whether each has a table of kernels."""

    prefix: str
    levels: tuple[str, ...]
    kernels: bool
    manifest: str
    version: str
    weights: str = "embedded"


def define_model(module: ProgramContext, description: Description, symbols: Sequence[str]) -> ir.GlobalVariable:
    """Writes the aj_model; `symbols` are the LLVM names of the entries, in order, and perhaps the initialiser's."""
    program = module.program
    functions = {op.sym_name.data: op for op in program.module.ops if isinstance(op, func.FuncOp)}
    written = {name: argument_use(op).written for name, op in functions.items()}
    looping = looping_functions(functions)
    types = _crossing(module)  # before what refers to them
    same = _SAME if tells_tensors_apart(program) else 0
    entries = [
        _entry(module, entry, symbol, written.get(entry.symbol, frozenset()), same | _LOOPS * (entry.symbol in looping))
        for entry, symbol in zip(program.entries, symbols, strict=False)
    ]
    weights = define_weights(module, description.weights)
    state = [w for s in program.states for w in _first_words(module, s)]
    state_code = "(" + "".join(type_code(s.type) for s in program.states) + ")"
    manifest_type = ir.ArrayType(I8, len(description.manifest.encode()) + 1)
    manifest = module.constant(
        "aj_manifest_text", manifest_type, bytearray(description.manifest.encode() + b"\0"), "internal", 1
    )
    manifest.section = MANIFEST_SECTION
    fields = [
        I32(ABI),
        I32(len(entries)),
        module.c_string(description.prefix),
        module.c_string(program.class_name) if program.kind == "module" else NULL,
        manifest,
        module.c_string(description.version),
        define_handlers(module),
        module.external("aj_mutable_state") if program.states else NULL,
        _array(module, "entries", ENTRY, entries),
        weights.weights,
        I32(weights.count),
        I32(module.state_words),
        module.c_string(state_code),
        words_global(module, state),
        I32(sum(1 << LEVEL_INDEX[level] for level in description.levels)),
        I32(0),
        ir.Constant(ir.ArrayType(PTR, LEVELS), _kernel_tables(module, description)),
        module.declare(symbols[-1], [PTR, PTR, PTR]) if program.initialiser else NULL,
        weights.tensors,
        weights.parameters,
        weights.cell,
        I32(weights.parameter_count),
        I32(weights.group_count),
        I32(WEIGHTS_PLACES.index(description.weights)),
        I32(0),
        I64(weights.file_bytes),
        module.external(WEIGHTS_ID) if description.weights == "file" else NULL,
        *types,
        module.external("aj_map_weights") if description.weights == "file" else NULL,
    ]
    return module.constant(f"{description.prefix}__model", MODEL.type, _struct(MODEL, fields))


def _crossing(module: ProgramContext) -> list[ir.Constant]:
    """The descriptors of instances and boxes that cross the boundary, and Python's classes for them."""
    classes, boxes = define_crossing(module)
    source = python_types(crossing(module.program))
    return [
        words_global(module, classes),
        words_global(module, boxes),
        I32(len(classes)),
        I32(len(boxes)),
        module.c_string(source) if source else NULL,
    ]


def _first_words(module: ProgramContext, state: State) -> list[ir.Constant]:
    """The words of a state in a new instance, all zero where the initialiser stores it: no reference counts as NULL."""
    if not isinstance(state.initial, Computed):
        return value_words(module, state.type, state.initial)
    pointers = reference_positions(state.type)
    return [NULL if i in pointers else I64(0) for i in range(word_count(state.type))]


def _kernel_tables(module: ProgramContext, description: Description) -> list[ir.Constant]:
    """The address of each level's table; null where there is none."""
    tables: list[ir.Constant] = [NULL] * LEVELS
    if description.kernels:
        for level in description.levels:
            tables[LEVEL_INDEX[level]] = module.external(kernel_table(level))
    return tables


def _struct(struct: Struct, fields: Sequence[ir.Value]) -> ir.Constant:
    return ir.Constant(struct.type, list(fields))


def _array(module: ProgramContext, name: str, struct: Struct, elements: list[ir.Constant]) -> ir.Constant:
    if not elements:
        return NULL
    t = ir.ArrayType(struct.type, len(elements))
    return module.constant(module.unique(name), t, ir.Constant(t, elements))


# -- entries ----------------------------------------------------------------------------------------------------------


def _entry(module: ProgramContext, entry: Entry, symbol: str, written: frozenset[int], flags: int) -> ir.Constant:
    symbols = symbols_of(entry)
    arguments = [_argument(module, p, symbols, i in written) for i, p in enumerate(entry.parameters)]
    qualified = f"{module.program.class_name}.{entry.name}" if module.program.kind == "module" else entry.name
    names = [module.c_string(s) for s in symbols]
    fields = [
        module.c_string(entry.name),
        module.c_string(qualified),
        module.c_string(entry.signature),
        module.c_string(entry.doc) if entry.doc else NULL,
        I32(len(arguments)),
        I32(sum(word_count(p.type) for p in entry.parameters)),
        _array(module, "arguments", ARGUMENT, arguments),
        module.c_string(type_code(entry.result)),
        I32(word_count(entry.result)),
        I32(len(symbols)),
        _specs(module, entry.result, symbols, 0),
        words_global(module, list(names)),
        module.declare(symbol, [PTR, PTR, PTR]),
        I32(flags),
        I32(0),
    ]
    return _struct(ENTRY, fields)


def _argument(module: ProgramContext, p: EntryParameter, symbols: Sequence[str], written: bool) -> ir.Constant:
    initial = NULL
    if not isinstance(p.default, Required):
        # A default without words (None of type None) still has to be there: one word that is not read.
        initial = words_global(module, value_words(module, p.type, p.default) or [I64(0)])
    return _struct(
        ARGUMENT,
        [
            module.c_string(p.name),
            module.c_string(str(erase(p.type))),
            module.c_string(type_code(p.type)),
            _specs(module, p.type, symbols, _WRITTEN if written else 0),
            initial,
        ],
    )


def tensors_of(t: Type) -> list[TensorType]:
    """The tensor types in `t`, one for each T in its code."""
    if isinstance(t, TensorType):
        return [t]
    if isinstance(t, ListType | OptionalType):
        return tensors_of(t.element)
    if isinstance(t, DictType):
        return [*tensors_of(t.key), *tensors_of(t.value)]
    if isinstance(t, TupleType):
        return [x for e in t.elements for x in tensors_of(e)]
    return []


def symbols_of(entry: Entry) -> tuple[str, ...]:
    """The symbolic dims of an entry, in order of appearance in its parameters."""
    found: dict[str, None] = {}
    for t in (*(p.type for p in entry.parameters), entry.result):
        for tensor in tensors_of(t):
            for dim in tensor.dims or ():
                if isinstance(dim, str):
                    found[dim] = None
    return tuple(found)


def _specs(module: ProgramContext, t: Type, symbols: Sequence[str], flags: int) -> ir.Constant:
    return _array(module, "specs", TENSOR_SPEC, [_spec(module, x, symbols, flags) for x in tensors_of(t)])


def _spec(module: ProgramContext, t: TensorType, symbols: Sequence[str], flags: int) -> ir.Constant:
    dims: ir.Constant = NULL
    if t.dims:
        numbers = [-1 if d is None else d if isinstance(d, int) else -2 - symbols.index(d) for d in t.dims]
        array = ir.ArrayType(I64, len(numbers))
        dims = module.constant(module.unique("dims"), array, numbers)
    fields = [
        I32(-1 if t.dtype is None else t.dtype.code),
        I32(-1 if t.dims is None else len(t.dims)),
        dims,
        I32(flags | (_CONTIGUOUS if t.contiguous else 0)),
        I32(0),
    ]
    return _struct(TENSOR_SPEC, fields)
