"""runtime/object.h and runtime/model.h for LLVM: struct types and field numbers, compared with C by a test.

Pointers are opaque. A struct's fields are named by its `Struct.index`, so that code reads `TENSOR.index("data")`.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

MAX_RANK = 16
IMMORTAL = -1
"""A reference count that is never touched."""

I1 = ir.IntType(1)
I8 = ir.IntType(8)
I16 = ir.IntType(16)
I32 = ir.IntType(32)
I64 = ir.IntType(64)
F32 = ir.FloatType()
F64 = ir.DoubleType()
PTR = ir.PointerType()
VOID = ir.VoidType()
WORD = I64


@dataclass(frozen=True)
class Struct:
    """A C struct: its tag in the headers and its fields in order."""

    name: str
    fields: tuple[tuple[str, ir.Type], ...]

    @property
    def type(self) -> ir.LiteralStructType:
        return ir.LiteralStructType([t for _, t in self.fields])

    def index(self, field: str) -> int:
        """Position of a field."""
        return next(i for i, (name, _) in enumerate(self.fields) if name == field)

    def field_type(self, field: str) -> ir.Type:
        return self.fields[self.index(field)][1]


OBJECT = Struct("aj_object", (("refcount", I32), ("kind", I16), ("flags", I16)))
STORAGE = Struct(
    "aj_storage", (("head", OBJECT.type), ("data", PTR), ("bytes", I64), ("release", PTR), ("context", PTR))
)
TENSOR = Struct(
    "aj_tensor",
    (
        ("head", OBJECT.type),
        ("dtype", I32),
        ("ndim", I32),
        ("data", PTR),
        ("storage", PTR),
        ("numel", I64),
        ("sizes", ir.ArrayType(I64, MAX_RANK)),
        ("strides", ir.ArrayType(I64, MAX_RANK)),
    ),
)
STR = Struct(
    "aj_str",
    (("head", OBJECT.type), ("bytes", I64), ("chars", I64), ("text", PTR), ("hash", I64), ("buffer", PTR)),
)
SCRATCH = Struct("aj_scratch", (("str", STR.type), ("text", ir.ArrayType(I8, 80))))
CHARACTER = Struct("aj_character", (("str", STR.type), ("text", ir.ArrayType(I8, 8))))
WARNING = Struct("aj_warning", (("instance", PTR), ("call", I64), ("file", PTR), ("line", I64)))
LIST = Struct(
    "aj_list",
    (
        ("head", OBJECT.type),
        ("width", I32),
        ("reserved", I32),
        ("references", I64),
        ("length", I64),
        ("capacity", I64),
        ("data", PTR),
    ),
)
PARTS = Struct("aj_parts", (("list", LIST.type), ("first", ir.ArrayType(STR.type, 8))))
CLASS = Struct(
    "aj_class", (("name", PTR), ("code", PTR), ("words", I32), ("reference_count", I32), ("references", PTR),
     ("fields", PTR), ("dtypes", PTR))
)
RECORD = Struct("aj_record", (("head", OBJECT.type), ("type", PTR)))
"""Its words follow."""
DICT = Struct(
    "aj_dict",
    (
        ("head", OBJECT.type),
        ("width", I32),
        ("key", I32),
        ("references", I64),
        ("length", I64),
        ("used", I64),
        ("capacity", I64),
        ("first", I64),
        ("entries", PTR),
        ("slots", PTR),
        ("shift", I64),
    ),
)
TENSOR_SPEC = Struct(
    "aj_tensor_spec", (("dtype", I32), ("rank", I32), ("dims", PTR), ("flags", I32), ("reserved", I32))
)
ARGUMENT = Struct("aj_argument", (("name", PTR), ("type", PTR), ("code", PTR), ("tensors", PTR), ("initial", PTR)))
LEVELS = 3
ENTRY = Struct(
    "aj_entry",
    (
        ("name", PTR),
        ("qualified", PTR),
        ("signature", PTR),
        ("doc", PTR),
        ("argument_count", I32),
        ("argument_words", I32),
        ("arguments", PTR),
        ("result", PTR),
        ("result_words", I32),
        ("symbol_count", I32),
        ("result_tensors", PTR),
        ("symbols", PTR),
        ("code", PTR),
        ("flags", I32),
        ("reserved", I32),
    ),
)
WEIGHT_VIEW = Struct(
    "aj_weight_view",
    (
        ("offset", I64),
        ("ndim", I32),
        ("reserved", I32),
        ("sizes", ir.ArrayType(I64, MAX_RANK)),
        ("strides", ir.ArrayType(I64, MAX_RANK)),
    ),
)
WEIGHT = Struct("aj_weight", (("name", PTR), ("view", PTR), ("group", I32), ("layout", I32)))
PARAMETER = Struct(
    "aj_parameter",
    (
        ("name", PTR),
        ("folded", PTR),
        ("sizes", PTR),
        ("dtype", I32),
        ("ndim", I32),
        ("group", I32),
        ("reserved", I32),
    ),
)
WEIGHTS_CELL = Struct("aj_weights_cell", (("current", PTR), ("reading", I32), ("writing", I32)))
HANDLERS = Struct(
    "aj_handlers",
    tuple(
        (column, PTR)
        for column in ("from_python", "to_python", "from_c", "to_c", "check", "copy", "show", "destroy")
    ),
)
TYPE_KINDS = (
    "other", "tensor", "storage", "str", "list", "dict", "class", "future", "tuple", "optional", "enum", "int", "float",
    "bool", "box", "complex",
)  # fmt: skip
"""enum aj_type_kind: the rows of a table of handlers. No type is a storage."""
MODEL = Struct(
    "aj_model",
    (
        ("abi", I32),
        ("entry_count", I32),
        ("name", PTR),
        ("class_name", PTR),
        ("manifest", PTR),
        ("version", PTR),
        ("handlers", PTR),
        ("state_functions", PTR),
        ("entries", PTR),
        ("weights", PTR),
        ("weight_count", I32),
        ("state_words", I32),
        ("state_code", PTR),
        ("state", PTR),
        ("levels", I32),
        ("reserved", I32),
        ("kernels", ir.ArrayType(PTR, LEVELS)),
        ("initialise", PTR),
        ("tensors", PTR),
        ("parameters", PTR),
        ("cell", PTR),
        ("parameter_count", I32),
        ("group_count", I32),
        ("weights_place", I32),
        ("reserved2", I32),
        ("weights_bytes", I64),
        ("weights_id", PTR),
        ("classes", PTR),
        ("boxes", PTR),
        ("class_count", I32),
        ("box_count", I32),
        ("python_types", PTR),
        ("map_weights", PTR),
    ),
)
STRUCTS = (
    OBJECT, STORAGE, TENSOR, STR, SCRATCH, CHARACTER, WARNING, LIST, PARTS, CLASS, RECORD, DICT, TENSOR_SPEC, ARGUMENT,
    ENTRY, WEIGHT_VIEW, WEIGHT, PARAMETER, WEIGHTS_CELL, HANDLERS, MODEL,
)  # fmt: skip
INSTANCE_STATE, INSTANCE_KERNELS, INSTANCE_WEIGHTS = 0, 1, 2
"""The first fields of aj_instance: pointers to the state words, to the table of kernels, to the weights' tensors."""
INSTANCE_THREADS = 9
"""Where aj_instance has the number of threads, counted in 4 bytes."""

KIND = {"tensor": 1, "storage": 2, "str": 3, "list": 4, "dict": 5, "class": 6}
"""enum aj_kind."""

STATUS = {
    "TypeError": 1,
    "ValueError": 2,
    "IndexError": 3,
    "AssertionError": 4,
    "ZeroDivisionError": 5,
    "MemoryError": 6,
    "RuntimeError": 7,
    "KeyError": 8,
    "NotImplementedError": 9,
}
"""enum aj_status by the exception that `raise` names; any other is a RuntimeError."""
