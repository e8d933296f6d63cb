"""The C form of each type (runtime/model.h): parameters, results, members of lists and tuples."""

from __future__ import annotations

from aotjit.program import Entry
from aotjit.types import (
    BOOL,
    DEVICE,
    FLOAT,
    INT,
    NONE,
    STR,
    DictType,
    DType,
    ListType,
    OptionalType,
    SimpleType,
    TensorType,
    TupleType,
    Type,
)

_SCALARS: dict[Type, str] = {INT: "int64_t", FLOAT: "double", BOOL: "bool", DEVICE: "int64_t"}
ELEMENTS: dict[DType, str] = {
    DType.U8: "uint8_t", DType.I8: "int8_t", DType.I16: "int16_t", DType.I32: "int32_t", DType.I64: "int64_t",
    DType.F16: "uint16_t", DType.F32: "float", DType.F64: "double", DType.C64: "float", DType.C128: "double",
    DType.BOOL: "bool", DType.BF16: "uint16_t",
}  # fmt: skip
"""The C type of an element; float16 and bfloat16 as their bits, complex numbers as pairs."""


def _type_has_form(t: Type) -> bool:
    if isinstance(t, ListType | OptionalType):
        return _type_has_form(t.element)
    if isinstance(t, DictType):
        return _type_has_form(t.key) and _type_has_form(t.value)
    if isinstance(t, TupleType):
        return all(map(_type_has_form, t.elements))
    return isinstance(t, TensorType) or t in _SCALARS or t in (STR, NONE)


def has_c_form(entry: Entry) -> bool:
    """Entries with a class anywhere are called from Python only."""
    return all(map(_type_has_form, (*(p.type for p in entry.parameters), entry.result)))


def spread(result: Type) -> list[Type]:
    """The out parameters of a result: a tuple's elements, without those that are None."""
    parts = result.elements if isinstance(result, TupleType) else (result,)
    return [p for p in parts if p != NONE]


_RESERVED = frozenset({
    "self", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short",
    "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
    "bool", "true", "false", "alignas", "alignof", "and", "asm", "bitand", "bitor", "catch", "class", "compl",
    "concept", "delete", "explicit", "export", "friend", "mutable", "namespace", "new", "noexcept", "not",
    "nullptr", "operator", "or", "private", "protected", "public", "requires", "template", "this", "throw", "try",
    "typeid", "typename", "using", "virtual", "wchar_t", "xor",
    "DLTensor", "DLManagedTensorVersioned", "aotjit_list", "aotjit_dict", "aotjit_str", "int32_t", "int64_t", "uint8_t",
    "int8_t", "int16_t", "uint16_t", "NULL", "EOF", "errno", "stdin", "stdout", "stderr", "linux", "unix",
    "main", "model",
})  # fmt: skip
"""Keywords of C and C++, macros, and what the header and its example name themselves."""


def c_parameters(entry: Entry) -> list[tuple[Type, str]]:
    """Type and name of each parameter that the C function has; names as C and C++ allow them, all different."""
    result: list[tuple[Type, str]] = []
    for p in entry.parameters:
        taken = {name for _, name in result}
        reserved = p.name in _RESERVED or (p.name.startswith("out") and p.name[3:].isdigit())
        name = f"{p.name}_" if reserved else p.name
        while name in taken:
            name += "_"
        if p.type != NONE:
            result.append((p.type, name))
    return result


def c_examples(entry: Entry) -> list[TensorType | None]:
    """The example of each parameter that the C function has."""
    return [p.example for p in entry.parameters if p.type != NONE]


def has_raw_form(entry: Entry) -> bool:
    """All tensors have a dtype and fixed dims, and there is nothing but tensors and numbers."""
    types = [*(p.type for p in entry.parameters), *spread(entry.result)]
    plain = all(t in _SCALARS or (isinstance(t, TensorType) and t.dtype and t.is_static) for t in types)
    return plain and any(isinstance(t, TensorType) for t in types)


def tensor_facts(t: TensorType) -> str:
    """`float32 [T, 64]`, as far as it is known."""
    dtype = t.dtype.value.torch if t.dtype is not None else "any dtype"
    if t.dims is None:
        return f"{dtype}, any shape"
    return f"{dtype} [{', '.join('any' if d is None else str(d) for d in t.dims)}]"


class CForms:
    """Writes C declarations; the structs of tuples are collected on the way."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._structs: dict[str, str] = {}

    def definitions(self) -> list[str]:
        """The structs that the declarations written so far mention."""
        return [f"typedef struct {{\n{members}}} {name};\n" for members, name in self._structs.items()]

    def parameter(self, t: Type, name: str) -> str:
        """A parameter: numbers by value, everything else by pointer."""
        if isinstance(t, TensorType) or t in _SCALARS:
            return self._declare(t, name, out=False)
        if isinstance(t, OptionalType):
            return self._declare(t, name, out=False)
        return f"const {self._form(t, out=False)} *{name}"

    def result(self, t: Type, name: str) -> str:
        """An out parameter: a pointer to the memory form."""
        form = self._form(t, out=True)
        return f"{form}*{name}" if form.endswith("*") else f"{form} *{name}"

    def raw(self, t: Type, name: str, written: bool) -> str:
        """Parameters and results of the raw-pointer form."""
        if isinstance(t, TensorType) and t.dtype is not None:
            return f"{'' if written else 'const '}{ELEMENTS[t.dtype]} *{name}"
        return f"{_SCALARS[t]} *{name}" if written else f"{_SCALARS[t]} {name}"

    def _declare(self, t: Type, name: str, out: bool) -> str:
        form = self._form(t, out)
        return f"{form}{name}" if form.endswith("*") else f"{form} {name}"

    def _form(self, t: Type, out: bool) -> str:
        """The memory form."""
        if isinstance(t, TensorType):
            return "DLManagedTensorVersioned *" if out else "const DLTensor *"
        if isinstance(t, ListType):
            return "aotjit_list"
        if isinstance(t, DictType):
            return "aotjit_dict"
        if isinstance(t, TupleType):
            return self._struct(t, out)
        if isinstance(t, OptionalType):
            inner = self._form(t.element, out)
            return inner if isinstance(t.element, TensorType) else f"const {inner} *"
        if t == STR:
            return "aotjit_str"
        assert isinstance(t, SimpleType)
        return _SCALARS[t]

    def _struct(self, t: TupleType, out: bool) -> str:
        names = t.fields or tuple(f"item{i}" for i in range(len(t.elements)))
        members = "".join(
            f"    {self._declare(e, n, out)};\n" for n, e in zip(names, t.elements, strict=True) if e != NONE
        )
        return self._structs.setdefault(members, f"{self.prefix}_{'result' if out else 'tuple'}{len(self._structs)}")
