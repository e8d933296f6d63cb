"""The C form of each type (runtime/model.h): parameters, results, members of lists and tuples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aotjit.dtypes import DType
from aotjit.ir.c_form import spread
from aotjit.program import Entry
from aotjit.types import (
    ANY,
    BOOL,
    COMPLEX,
    DEVICE,
    FLOAT,
    FUTURE_VALUE,
    INT,
    NONE,
    STR,
    ClassType,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
    is_future,
)

_SCALARS: dict[Type, str] = {INT: "int64_t", FLOAT: "double", BOOL: "bool", DEVICE: "int64_t"}
_STRUCTS: dict[Type, str] = {STR: "aotjit_str", COMPLEX: "aotjit_complex"}
ELEMENTS: dict[DType, str] = {
    DType.U8: "uint8_t", DType.I8: "int8_t", DType.I16: "int16_t", DType.I32: "int32_t", DType.I64: "int64_t",
    DType.F16: "uint16_t", DType.F32: "float", DType.F64: "double", DType.C64: "float", DType.C128: "double",
    DType.BOOL: "bool", DType.BF16: "uint16_t",
}  # fmt: skip
"""The C type of an element; float16 and bfloat16 as their bits, complex numbers as pairs."""

RESERVED = frozenset({
    "self", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short",
    "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
    "bool", "true", "false", "alignas", "alignof", "and", "asm", "bitand", "bitor", "catch", "class", "compl",
    "concept", "delete", "explicit", "export", "friend", "mutable", "namespace", "new", "noexcept", "not",
    "nullptr", "operator", "or", "private", "protected", "public", "requires", "template", "this", "throw", "try",
    "typeid", "typename", "using", "virtual", "wchar_t", "xor",
    "DLTensor", "DLManagedTensorVersioned", "aotjit_list", "aotjit_dict", "aotjit_str",
    "aotjit_complex", "int32_t", "int64_t", "uint8_t",
    "int8_t", "int16_t", "uint16_t", "NULL", "EOF", "errno", "stdin", "stdout", "stderr", "linux", "unix",
    "main", "model",
})  # fmt: skip
"""Keywords of C and C++, macros, and what the header and its example name themselves."""


def c_parameters(entry: Entry) -> list[tuple[Type, str]]:
    """Type and name of each parameter that the C function has; names as C and C++ allow them, all different."""
    result: list[tuple[Type, str]] = []
    for p in entry.parameters:
        taken = {name for _, name in result}
        reserved = p.name in RESERVED or (p.name.startswith("out") and p.name[3:].isdigit())
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


def identifier(text: str) -> str:
    """What is left of a text in a C name."""
    return re.sub(r"\W+", "_", text).strip("_")


class CForms:
    """Writes C declarations; the structs of tuples, classes and unions are collected on the way. `taken` are names that
    others have; `boxed` what a value of type Any may be, in the order of its tags."""

    def __init__(self, prefix: str, taken: Iterable[str] = (), boxed: Sequence[Type] = ()) -> None:
        self.prefix = prefix
        self.boxed = (NONE, *boxed)
        self._names: dict[object, str] = {}
        self._unions: dict[Type, int] = {}
        self._taken = set(taken)
        self._forward: list[str] = []
        self._structs: dict[str, str] = {}
        self._enums: dict[str, str] = {}
        self._held: list[tuple[Type, bool]] = []

    def definitions(self) -> list[str]:
        """The structs and numbers that the declarations written so far mention, or lists and dicts in them hold."""
        for t, out in self._held:  # which grows
            self.form(t, out)
        forward = [f"typedef struct {name} {name};" for name in self._forward]
        return [*self._enums.values(), *forward, *([""] if forward else []), *self._structs.values()]

    def parameter(self, t: Type, name: str) -> str:
        """A parameter: numbers by value, everything else by pointer."""
        if isinstance(t, TensorType | OptionalType | EnumType) or t in _SCALARS:
            return self._declare(t, name, out=False)
        return f"const {self.form(t, out=False)} *{name}"

    def result(self, t: Type, name: str) -> str:
        """An out parameter: a pointer to the memory form."""
        form = self.form(t, out=True)
        return f"{form}*{name}" if form.endswith("*") else f"{form} *{name}"

    def raw(self, t: Type, name: str, written: bool) -> str:
        """Parameters and results of the raw-pointer form."""
        if isinstance(t, TensorType) and t.dtype is not None:
            return f"{'' if written else 'const '}{ELEMENTS[t.dtype]} *{name}"
        return f"{_SCALARS[t]} *{name}" if written else f"{_SCALARS[t]} {name}"

    def _declare(self, t: Type, name: str, out: bool) -> str:
        form = self.form(t, out)
        return f"{form}{name}" if form.endswith("*") else f"{form} {name}"

    def form(self, t: Type, out: bool) -> str:
        """The memory form."""
        if isinstance(t, TensorType):
            return "DLManagedTensorVersioned *" if out else "const DLTensor *"
        if isinstance(t, ListType):
            self._hold(t.element, out)
            return "aotjit_list"
        if isinstance(t, DictType):
            self._hold(t.key, out)
            self._hold(t.value, out)
            return "aotjit_dict"
        if isinstance(t, TupleType):
            return self._tuple(t, out)
        if isinstance(t, OptionalType):
            inner = self.form(t.element, out)
            return inner if isinstance(t.element, TensorType) else f"const {inner} *"
        if isinstance(t, ClassType):
            return self._future(t, out) if is_future(t) else self._class(t, out)
        if isinstance(t, EnumType):
            return self._enum(t)
        if t == ANY or isinstance(t, UnionType):
            return self._union(t, out)
        return _STRUCTS.get(t) or _SCALARS[t]

    def _hold(self, t: Type, out: bool) -> None:
        if (t, out) not in self._held:
            self._held.append((t, out))

    def _name(self, key: object, text: str) -> str:
        """The name of the struct that `key` stands for."""
        if key not in self._names:
            name = wanted = f"{self.prefix}_{text}"
            while name in self._taken:
                name = f"{wanted}_{len(self._taken)}"
            self._taken.add(name)
            self._names[key] = name
        return self._names[key]

    def _members(self, names: Iterable[str], types: Iterable[Type], out: bool) -> str:
        pairs = zip(names, types, strict=True)
        return "".join(f"    {self._declare(t, n + '_' * (n in RESERVED), out)};\n" for n, t in pairs if t != NONE)

    def _tuple(self, t: TupleType, out: bool) -> str:
        members = self._members(t.fields or [f"item{i}" for i in range(len(t.elements))], t.elements, out)
        text = f"{'result' if out else 'tuple'}{len(self._structs)}"
        if t.name is not None:
            text = identifier(t.name.rpartition(".")[2]) + ("_result" if out else "")
        name = self._name((members, t.name), text)
        self._structs.setdefault(name, f"typedef struct {{\n{members}}} {name};\n")
        return name

    def _class(self, t: ClassType, out: bool) -> str:
        known = (t, out) in self._names
        name = self._name((t, out), identifier(t.name.rpartition(".")[2]) + ("_result" if out else ""))
        if not known:
            self._forward.append(name)
            members = self._members(t.layout.fields, t.layout.fields.values(), out) or "    int64_t nothing;\n"
            self._structs[name] = f"/* An instance of {t.name}. */\nstruct {name} {{\n{members}}};\n"
        return name

    def _future(self, t: ClassType, out: bool) -> str:
        held = t.layout.fields[FUTURE_VALUE]
        known = (t, out) in self._names
        name = self._name((t, out), f"Future_{identifier(str(held))}" + ("_result" if out else ""))
        if not known:
            self._forward.append(name)
            note = f"/* How a task ended that gives {held}: `error` says why where `status` is not AOTJIT_OK."
            if out:
                note += "\n * What it points to is the instance's until its next call, as in lists; tensors are yours."
            note += " */"
            members = "    int32_t status;\n    aotjit_str error;\n" + self._members(["value"], [held], out)
            self._structs[name] = f"{note}\nstruct {name} {{\n{members}}};\n"
        return name

    def _enum(self, t: EnumType) -> str:
        """Members are numbers, whatever their values are."""
        if t.name not in self._enums:
            stem = self._name(t, identifier(t.name.rpartition(".")[2]))
            members = ", ".join(f"{stem}_{name} = {i}" for i, (name, _) in enumerate(t.members))
            self._enums[t.name] = f"/* The members of {t.name}. */\nenum {{ {members} }};\n"
        return "int64_t"

    def _union(self, t: Type, out: bool) -> str:
        """What the tag says is in the union; tuples and instances are behind pointers."""
        known = (t, out) in self._names
        text = "any" if t == ANY else f"union{self._unions.setdefault(t, len(self._unions))}"
        name = self._name((t, out), text + ("_result" if out else ""))
        if not known:
            self._forward.append(name)
            members, tags = [], []
            for tag, member in enumerate(t.members if isinstance(t, UnionType) else self.boxed):
                field = f"as_{identifier(str(member))}"
                tags.append(f" *   {tag}: {member}" + ("" if member == NONE else f", value.{field}"))
                if member != NONE:
                    members.append(f"        {self._alternative(member, field, out)};\n")
            body = f"    int32_t tag;\n    union {{\n{''.join(members)}        int64_t none;\n    }} value;\n"
            note = "/* " + "\n".join([f"{t}, by its tag:", *tags]) + " */\n"
            self._structs[name] = f"{note}struct {name} {{\n{body}}};\n"
        return name

    def _alternative(self, t: Type, name: str, out: bool) -> str:
        behind = isinstance(t, TupleType | ClassType)
        return f"const {self.form(t, out)} *{name}" if behind else self._declare(t, name, out)
