"""C programs that call a library's functions with given arguments and compare what comes back: one program a library,
written from the types in its signatures, with the names of structs that its header uses."""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from aotjit.diagnostics import SourceText
from aotjit.dtypes import DTYPE_BY_TORCH, DType
from aotjit.header import declared
from aotjit.header_forms import ELEMENTS, RESERVED, identifier
from aotjit.ir.c_form import spread
from aotjit.program import Entry, Program
from aotjit.sema import build
from aotjit.syntax.parse import parse
from aotjit.types import (
    ANY,
    BOOL,
    COMPLEX,
    DEVICE,
    FLOAT,
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
)
from tests.e2e.agreement import Outcome, outcome, scripted
from tests.e2e.libraries import compile_c, run_program

_DLPACK = {0: "kDLInt", 1: "kDLUInt", 2: "kDLFloat", 4: "kDLBfloat", 5: "kDLComplex", 6: "kDLBool"}
_BITS = {DType.F16: "int16", DType.BF16: "int16"}
"""Half precision elements are written and compared as their bits."""
Given = dict[str, list[Any]]
Case = tuple[str, tuple[Any, ...], Outcome]


def check_from_c(program: Program, prefix: str, folder: Path, cases: Iterable[Case]) -> int:
    """Calls the functions of `folder`/`prefix`.so as `cases` say; returns how many calls there were."""
    written = _Writer(program, prefix)
    count = sum(written.case(*case) for case in cases)
    source = folder / f"{prefix}_calls.c"
    source.write_text(written.text())
    run_program(compile_c(folder, f"{prefix}_calls", source, f"./{prefix}.so", "-lm"))
    return count


def check_file_from_c(module: ModuleType, library: Path, given: Given | None = None, most: int = 3) -> None:
    """The same for the functions of a file, each called with the first of its cases (the file's CASES)."""
    assert module.__file__ is not None
    source = SourceText(Path(module.__file__).name, Path(module.__file__).read_text())
    named = (module.CASES if given is None else given).items()
    cases = [(n, a, outcome(scripted(module, n), a)) for n, cases_of_one in named for a in cases_of_one[:most]]
    assert check_from_c(build(parse(source)), library.stem, library.parent, cases)


def _string(text: str) -> str:
    """A C literal; each byte on its own where it is not plain, so that no escape runs into the next character."""
    plain = set(range(32, 127)) - {ord('"'), ord("\\"), ord("?")}
    return '"' + "".join(chr(c) if c in plain else f"\\{c:03o}" for c in text.encode()) + '"'


def _number(value: complex) -> str:
    if isinstance(value, float | np.floating):
        if math.isfinite(value):
            return float(value).hex()
        return "NAN" if math.isnan(value) else "INFINITY" if value > 0 else "-INFINITY"
    number = int(value.real)
    return "INT64_MIN" if number == -(2**63) else f"INT64_C({number})"


def _dtype_of(t: torch.Tensor) -> DType:
    return DTYPE_BY_TORCH[str(t.dtype).removeprefix("torch.")]


def _elements(t: torch.Tensor) -> Iterator[str]:
    """The elements of a tensor with one dim, as ELEMENTS has them in C."""
    t = t.detach()
    if t.dtype.is_complex:
        t = torch.view_as_real(t).reshape(-1)
    elif t.dtype in (torch.float16, torch.bfloat16):
        return (str(b & 0xFFFF) for b in t.view(torch.int16).tolist())
    elif t.dtype == torch.bool:
        return (str(int(b)) for b in t.tolist())
    return (_number(e) for e in t.tolist())


def _member_of(members: Sequence[Type], value: Any) -> int:
    return next(i for i, t in enumerate(members) if _is_of(t, value))


def _is_of(t: Type, value: Any) -> bool:
    plain: dict[Type, type] = {INT: int, FLOAT: float, BOOL: bool, STR: str, COMPLEX: complex, NONE: type(None)}
    if t in plain:
        return type(value) is plain[t]
    match t:
        case TensorType():
            return isinstance(value, torch.Tensor)
        case ListType():
            return type(value) is list and all(_is_of(t.element, v) for v in value)
        case DictType():
            return type(value) is dict and all(_is_of(t.key, k) and _is_of(t.value, v) for k, v in value.items())
        case TupleType():
            fits = isinstance(value, tuple) and len(value) == len(t.elements)
            named = t.name is None or t.name.rpartition(".")[2] == type(value).__name__
            return fits and named and all(_is_of(e, v) for e, v in zip(t.elements, value, strict=True))
        case OptionalType():
            return value is None or _is_of(t.element, value)
        case EnumType() | ClassType():
            return t.name.rpartition(".")[2] == type(value).__name__
    return t == ANY


class _Writer:
    """`lines` are the statements of the function that is written; names are new in each."""

    def __init__(self, program: Program, prefix: str) -> None:
        self.prefix = prefix
        self.entries = {e.name: e for e in program.entries}
        self.forms, _ = declared(program, prefix)
        self.forms.definitions()  # names what lists hold, as the header does
        self.functions: list[str] = []
        self.lines: list[str] = []
        self.numbers = itertools.count()

    def case(self, name: str, args: tuple[Any, ...], expected: Outcome) -> bool:
        """One call; False where the caller leaves arguments away."""
        entry = self.entries[name]
        if len(args) != len(entry.parameters):
            return False
        self.lines = []
        given = [self.argument(p.type, a) for p, a in zip(entry.parameters, args, strict=True) if p.type != NONE]
        types = spread(entry.result)
        for i, t in enumerate(types):
            form = self.forms.form(t, out=True)
            self.lines.append(f"{form}{' ' * (not form.endswith('*'))}out{i};")
        outs = [f"&out{i}" for i in range(len(types))]
        call = f"{self.prefix}_{name}({', '.join(['model', *given, *outs])})"
        if expected[0] == "error":
            self.lines.append(f"CHECK({call} != AOTJIT_OK);")
        else:
            self.lines.append(f"CHECK_OK({call}, {self.prefix}_last_error(model));")
            for i, (t, value) in enumerate(zip(types, self.results(entry, expected[1]), strict=True)):
                self.check(t, f"out{i}", value)
        body = "\n".join(f"    {line}" for line in self.lines)
        self.functions.append(f"static void call{len(self.functions)}(void) {{\n{body}\n}}\n")
        return True

    def results(self, entry: Entry, value: Any) -> list[Any]:
        if not isinstance(entry.result, TupleType):
            return [] if entry.result == NONE else [value]
        return [v for t, v in zip(entry.result.elements, value, strict=True) if t != NONE]

    def text(self) -> str:
        calls = "\n".join(f"    call{i}();" for i in range(len(self.functions)))
        return (
            f'#include "{self.prefix}.h"\n\n#include "calls.h"\n\nstatic {self.prefix}_instance *model;\n\n'
            + "\n".join(self.functions)
            + f"\nint main(void) {{\n    CHECK({self.prefix}_create(NULL, &model) == AOTJIT_OK);\n{calls}\n"
            f"    {self.prefix}_destroy(model);\n    return 0;\n}}\n"
        )

    # -- arguments

    def argument(self, t: Type, value: Any) -> str:
        plain = isinstance(t, TensorType | OptionalType | EnumType) or t in (INT, FLOAT, BOOL, DEVICE)
        return self.value(t, value) if plain else f"&{self.value(t, value)}"

    def value(self, t: Type, value: Any) -> str:
        """The memory form of an argument, as an expression."""
        match t:
            case TensorType():
                return self.tensor(value)
            case ListType():
                return f"(aotjit_list){{{self.items(t.element, value)}, {len(value)}}}"
            case DictType():
                keys, values = self.items(t.key, list(value)), self.items(t.value, list(value.values()))
                return f"(aotjit_dict){{{keys}, {values}, {len(value)}}}"
            case OptionalType():
                if value is None:
                    return "NULL"
                inner = self.value(t.element, value)
                if isinstance(t.element, TensorType):
                    return inner
                form = self.forms.form(t.element, out=False)
                return f"&{inner}" if inner.startswith("(") else f"&({form}){{{inner}}}"
            case EnumType():
                return str([name for name, _ in t.members].index(value.name))
        if t == ANY or isinstance(t, UnionType):
            return self.union(t, value)
        if isinstance(t, TupleType | ClassType):
            parts = [self.value(e, v) for e, v in self.parts(t, value) if e != NONE]
            return f"({self.forms.form(t, out=False)}){{{', '.join(parts) or '0'}}}"
        return self.scalar(t, value)

    def scalar(self, t: Type, value: Any) -> str:
        if t == STR:
            return f"(aotjit_str){{{_string(value)}, {len(value.encode())}}}"
        if t == COMPLEX:
            return f"(aotjit_complex){{{_number(value.real)}, {_number(value.imag)}}}"
        if t == BOOL:
            return "true" if value else "false"
        if t == DEVICE:
            assert str(value) == "cpu"
            return "0"
        if isinstance(value, torch.dtype):
            return str(DTYPE_BY_TORCH[str(value).removeprefix("torch.")].code)
        assert t in (INT, FLOAT), f"no argument of type {t}"
        return _number(float(value) if t == FLOAT else value)

    def union(self, t: Type, value: Any) -> str:
        members = t.members if isinstance(t, UnionType) else self.forms.boxed
        tag = _member_of(members, value)
        if members[tag] == NONE:
            return f"({self.forms.form(t, out=False)}){{{tag}, {{.none = 0}}}}"
        inner = self.value(members[tag], value)
        behind = "&" if isinstance(members[tag], TupleType | ClassType) else ""
        return f"({self.forms.form(t, out=False)}){{{tag}, {{.as_{identifier(str(members[tag]))} = {behind}{inner}}}}}"

    def parts(self, t: TupleType | ClassType, value: Any) -> list[tuple[Type, Any]]:
        if isinstance(t, TupleType):
            return list(zip(t.elements, value, strict=True))
        return [(field, getattr(value, name)) for name, field in t.layout.fields.items()]

    def items(self, t: Type, values: Sequence[Any]) -> str:
        if not values:
            return "NULL"
        form = self.forms.form(t, out=False)
        return f"({form}[]){{{', '.join(self.value(t, v) for v in values)}}}"

    def tensor(self, t: torch.Tensor) -> str:
        """The tensor's whole storage, and its strides, as torch has them."""
        n, dtype = next(self.numbers), _dtype_of(t)
        whole = torch.empty(0, dtype=t.dtype).set_(t.untyped_storage()) if t.numel() else t.reshape(-1)
        data = ", ".join(_elements(whole)) or "0"
        self.lines.append(f"static {ELEMENTS[dtype]} data{n}[] = {{{data}}};")
        shape = strides = "NULL"
        if t.dim():
            self.lines.append(f"int64_t shape{n}[] = {{{', '.join(map(str, t.shape))}}};")
            self.lines.append(f"int64_t strides{n}[] = {{{', '.join(map(str, t.stride()))}}};")
            shape, strides = f"shape{n}", f"strides{n}"
        offset = t.storage_offset() * t.element_size() if t.numel() else 0
        kind = f"{{{_DLPACK[dtype.value.dlpack]}, {dtype.size * 8}, 1}}"
        self.lines.append(
            f"DLTensor t{n} = {{data{n}, {{kDLCPU, 0}}, {t.dim()}, {kind}, {shape}, {strides}, {offset}}};"
        )
        return f"&t{n}"

    # -- results

    def check(self, t: Type, place: str, value: Any) -> None:
        """Compares the result at `place`, an lvalue of its memory form, and gives tensors back."""
        checks: dict[type, Callable[[Any, str, Any], None]] = {
            TensorType: self.check_tensor, ListType: self.check_list, DictType: self.check_dict,
            OptionalType: self.check_optional, UnionType: self.check_union, TupleType: self.check_parts,
            ClassType: self.check_parts,
        }  # fmt: skip
        rule = checks.get(type(t), self.check_union if t == ANY else self.check_scalar)
        rule(t, place, value)

    def check_scalar(self, t: Type, place: str, value: Any) -> None:
        if t == STR:
            self.lines.append(f"CHECK(same({place}, {_string(value)}, {len(value.encode())}));")
        elif t == FLOAT:
            self.lines.append(f"CHECK(close_to({place}, {_number(value)}, 1e-15, 0));")
        elif t == COMPLEX:
            for part in ("re", "im"):
                number = value.real if part == "re" else value.imag
                self.lines.append(f"CHECK(close_to({place}.{part}, {_number(number)}, 1e-14, 1e-15));")
        elif isinstance(value, enum.Enum):
            assert isinstance(t, EnumType)
            self.lines.append(f"CHECK({place} == {[name for name, _ in t.members].index(value.name)});")
        else:
            self.lines.append(f"CHECK({place} == {_number(value)});")

    def check_tensor(self, t: Type, place: str, value: torch.Tensor) -> None:
        n, dtype = next(self.numbers), _dtype_of(value)
        data = ", ".join(_elements(value.reshape(-1))) or "0"
        sizes = ", ".join(map(str, value.shape)) or "0"
        self.lines.append(f"static const {ELEMENTS[dtype]} expected{n}[] = {{{data}}};")
        self.lines.append(f"const int64_t sizes{n}[] = {{{sizes}}};")
        code, bits = _DLPACK[dtype.value.dlpack], dtype.size * 8
        self.lines.append(
            f"CHECK(same_tensor(&{place}->dl_tensor, {code}, {bits}, {value.dim()}, sizes{n}, expected{n}));"
        )
        self.lines.append(f"{place}->deleter({place});")

    def check_items(self, t: Type, data: str, values: Sequence[Any]) -> None:
        form = self.forms.form(t, out=True)
        space = "" if form.endswith("*") else " "
        for i, value in enumerate(values):
            pointer = f"{form}{space}const *" if form.endswith("*") else f"const {form} *"
            self.check(t, f"(({pointer}){data})[{i}]", value)

    def check_list(self, t: ListType, place: str, value: list[Any]) -> None:
        self.lines.append(f"CHECK({place}.count == {len(value)});")
        self.check_items(t.element, f"{place}.data", value)

    def check_dict(self, t: DictType, place: str, value: dict[Any, Any]) -> None:
        self.lines.append(f"CHECK({place}.count == {len(value)});")
        self.check_items(t.key, f"{place}.keys", list(value))
        self.check_items(t.value, f"{place}.values", list(value.values()))

    def check_optional(self, t: OptionalType, place: str, value: Any) -> None:
        self.lines.append(f"CHECK({'!' if value is None else ''}{place});")
        if value is not None:
            self.check(t.element, place if isinstance(t.element, TensorType) else f"(*{place})", value)

    def check_union(self, t: Type, place: str, value: Any) -> None:
        members = t.members if isinstance(t, UnionType) else self.forms.boxed
        tag = _member_of(members, value)
        self.lines.append(f"CHECK({place}.tag == {tag});")
        inner = f"{place}.value.as_{identifier(str(members[tag]))}"
        if members[tag] != NONE:
            behind = isinstance(members[tag], TupleType | ClassType)
            self.check(members[tag], f"(*{inner})" if behind else inner, value)

    def check_parts(self, t: TupleType | ClassType, place: str, value: Any) -> None:
        if isinstance(t, TupleType):
            names: Sequence[str] = t.fields or [f"item{i}" for i in range(len(t.elements))]
        else:
            names = list(t.layout.fields)
        for name, (part, held) in zip(names, self.parts(t, value), strict=True):
            if part != NONE:
                self.check(part, f"{place}.{name}{'_' * (name in RESERVED)}", held)
