"""Constant data of a program in the LLVM module: string literals, weights, default values, the state's layout."""

from __future__ import annotations

from functools import cached_property

from llvmlite import ir

from aotjit.codegen.layout import I64, IMMORTAL, KIND, MAX_RANK, OBJECT, PTR, STR, TENSOR
from aotjit.codegen.lines import LineTable
from aotjit.codegen.module import KernelModule, ModuleContext
from aotjit.ir.boundary import boxed, crossing
from aotjit.program import Program, Weight
from aotjit.types import ClassType, Type, word_count


def object_head(kind: str) -> ir.Constant:
    """An immortal aj_object."""
    return ir.Constant(OBJECT.type, [IMMORTAL, KIND[kind], 0])


def string_hash(data: bytes) -> int:
    """hash_bytes of runtime/bytes.h: literals are read-only and have theirs from the start."""
    size = len(data)
    if size >= 8:
        parts = [data[at : at + 8] for at in (*range(0, size - 8, 8), size - 8)]
    elif size >= 4:
        parts = [data[:4] + data[-4:]]
    else:
        parts = [bytes((data[0], data[size // 2], data[-1]))] if data else []
    value = size
    for part in parts:
        value = (value ^ int.from_bytes(part, "little")) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        value ^= value >> 32
    return value or 1


def weight_symbol(number: int) -> str:
    """The symbol of a weight's bytes; `number` is its place in Program.weights. The linker defines it."""
    return f"aj_weight_{number}"


def weight_tensors_symbol() -> str:
    """The symbol of the table of the weights' aj_tensors in the base object."""
    return "aj_weight_tensors"


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides in elements of a contiguous tensor."""
    strides = [1] * len(shape)
    for i in range(len(shape) - 2, -1, -1):
        strides[i] = strides[i + 1] * max(shape[i + 1], 1)
    return tuple(strides)


def tensor_constant(weight: Weight, data: ir.Constant) -> ir.Constant:
    """The aj_tensor of a weight whose bytes are at `data`."""
    shape = weight.shape
    numel = 1
    for size in shape:
        numel *= size
    padding = (0,) * (MAX_RANK - len(shape))
    sizes = ir.Constant(ir.ArrayType(I64, MAX_RANK), [*shape, *padding])
    strides = ir.Constant(ir.ArrayType(I64, MAX_RANK), [*row_major(shape), *padding])
    null = ir.Constant(PTR, None)
    fields = [object_head("tensor"), weight.dtype.code, len(shape), data, null, numel, sizes, strides]
    constants = [
        f if isinstance(f, ir.Constant | ir.GlobalVariable) else ir.Constant(t, f)
        for f, (_, t) in zip(fields, TENSOR.fields, strict=True)
    ]
    return ir.Constant(TENSOR.type, constants)


class ProgramContext(ModuleContext):
    """The module of a program, with its weights, states and string literals at hand."""

    def __init__(self, name: str, program: Program, producer: str = "") -> None:
        super().__init__(name, KernelModule())
        self.lines = LineTable(self.llvm, producer) if producer else None
        self.program = program
        self.weight_numbers = {key: n for n, key in enumerate(program.weights)}
        self._literals: dict[str, ir.GlobalVariable] = {}
        self._shared: dict[str, ir.GlobalVariable] = {}
        self.state_offsets: dict[str, int] = {}
        offset = 0
        for state in program.states:
            self.state_offsets[state.path] = offset
            offset += word_count(state.type)
        self.state_words = offset

    @cached_property
    def crossing_classes(self) -> dict[ClassType, str]:
        """The symbols of the descriptors of the classes whose instances cross the boundary."""
        found = [t for t in crossing(self.program) if isinstance(t, ClassType)]
        return {t: f"aj_class_{i}" for i, t in enumerate(found)}

    @cached_property
    def crossing_boxes(self) -> dict[Type, str]:
        """The same for what the boxes hold that cross it."""
        return {t: f"aj_box_{i}" for i, t in enumerate(boxed(self.program))}

    def literal(self, text: str) -> ir.GlobalVariable:
        """The immortal aj_str of a string literal."""
        if text not in self._literals:
            data = text.encode("utf-8", "surrogatepass")
            chars = self.c_string(text)
            numbers = [I64(len(data)), I64(len(text))]
            fields = [object_head("str"), *numbers, chars, I64(string_hash(data)), ir.Constant(PTR, None)]
            value = ir.Constant(STR.type, fields)
            self._literals[text] = self.constant(f"literal.{len(self._literals)}", STR.type, value)
        return self._literals[text]

    def shared_constant(self, stem: str, value: ir.Constant) -> ir.GlobalVariable:
        """A constant of the module, one for each distinct value."""
        key = f"{value.type} {value}"
        if key not in self._shared:
            self._shared[key] = self.constant(self.unique(f"constant.{stem}"), value.type, value)
        return self._shared[key]

    def first_weight(self, key: str) -> ir.Constant:
        """The aj_tensor of a weight in the base object's table."""
        t = ir.ArrayType(TENSOR.type, len(self.weight_numbers))
        table = self.external(weight_tensors_symbol(), t)
        address = f"getelementptr ({t}, ptr {table.get_reference()}, i32 0, i32 {self.weight_numbers[key]})"
        return ir.values.FormattedConstant(PTR, address)
