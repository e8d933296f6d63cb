"""The program at the top of a model's header: it calls the first entry and prints what it got."""

from __future__ import annotations

from aotjit.dtypes import DType
from aotjit.header_forms import ELEMENTS, c_examples, c_parameters, tensor_facts
from aotjit.ir.c_form import spread
from aotjit.program import Entry
from aotjit.types import (
    BOOL,
    COMPLEX,
    DEVICE,
    FLOAT,
    INT,
    NONE,
    STR,
    DictType,
    ListType,
    OptionalType,
    TensorType,
    Type,
)

_DEFAULT_SIZE = 3
"""What an unknown or symbolic dim gets; equal everywhere, so that symbols agree."""
_SCALARS: dict[Type, str] = {INT: "1", FLOAT: "1.0", BOOL: "true", DEVICE: "0"}
"""What an example passes."""
_FORMS: dict[Type, str] = {FLOAT: "double", BOOL: "bool"}
"""Of results; the other numbers are int64_t."""
_DLPACK_NAMES = {0: "kDLInt", 1: "kDLUInt", 2: "kDLFloat", 4: "kDLBfloat", 5: "kDLComplex", 6: "kDLBool"}


def example_program(prefix: str, entry: Entry) -> str:
    """A complete C program. Tensors are filled with zeros, one out of three where a size is not known."""
    body: list[str] = []
    arguments: list[str] = []
    parameters = c_parameters(entry)
    names = [name for _, name in parameters]
    for index, ((t, name), example) in enumerate(zip(parameters, c_examples(entry), strict=True)):
        # Variables are called name, name_data, name_shape and so on.
        clashes = any(other.startswith(f"{name}_") for other in names) or name.startswith((prefix, "printf", "fprintf"))
        body += _argument(f"a{index}" if clashes else name, t, example, arguments)
    results = spread(entry.result)
    for i, t in enumerate(results):
        body.append(f"    {_result_declaration(t, f'out{i}')};")
        arguments.append(f"&out{i}")
    call = ", ".join(["model", *arguments])
    shown = [line for i, t in enumerate(results) for line in _show(t, f"out{i}")]
    return "\n".join(
        [
            "#include <stdio.h>",
            f'#include "{prefix}.h"',
            "",
            "int main(void) {",
            f"    {prefix}_instance *model;",
            f"    if ({prefix}_create(NULL, &model) != AOTJIT_OK) return 1;",
            *body,
            f"    if ({prefix}_{entry.name}({call}) != AOTJIT_OK) {{",
            f'        fprintf(stderr, "%s\\n", {prefix}_last_error(model));',
            "        return 1;",
            "    }",
            *shown,
            f"    {prefix}_destroy(model);",
            "    return 0;",
            "}",
        ]
    )


def _argument(name: str, t: Type, example: TensorType | None, arguments: list[str]) -> list[str]:
    """Declarations for one argument; appends what is passed."""
    if isinstance(t, TensorType):
        arguments.append(f"&{name}")
        return _tensor(name, t, example)
    if t in _SCALARS:
        arguments.append(_SCALARS[t])
        return []
    if isinstance(t, OptionalType):
        arguments.append("NULL")
        return []
    if t == STR:
        arguments.append(f"&{name}")
        return [f'    aotjit_str {name} = {{"text", 4}};']
    if t == COMPLEX:
        arguments.append(f"&{name}")
        return [f"    aotjit_complex {name} = {{1.0, 2.0}};"]
    if isinstance(t, ListType):
        return _list(name, t.element, arguments)
    if isinstance(t, DictType):
        arguments.append(f"&{name}")
        return [f"    aotjit_dict {name} = {{NULL, NULL, 0}};"]
    raise AssertionError(f"has_example let {t} through")


def _list(name: str, element: Type, arguments: list[str]) -> list[str]:
    arguments.append(f"&{name}")
    if isinstance(element, TensorType):
        lines = _tensor(f"{name}_0", element, None)
        return [*lines, f"    const DLTensor *{name}_items[] = {{&{name}_0}};", _list_value(name, 1)]
    values = {INT: ("int64_t", "1, 2, 3"), FLOAT: ("double", "1.0, 2.0, 3.0"), BOOL: ("bool", "true, false, true"),
              COMPLEX: ("aotjit_complex", "{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}")}  # fmt: skip
    if element not in values:
        return [f"    aotjit_list {name} = {{NULL, 0}};"]
    form, items = values[element]
    return [f"    {form} {name}_items[] = {{{items}}};", _list_value(name, 3)]


def _list_value(name: str, count: int) -> str:
    return f"    aotjit_list {name} = {{{name}_items, {count}}};"


def _tensor(name: str, t: TensorType, example: TensorType | None) -> list[str]:
    dtype = t.dtype or DType.F32
    known = t.dims if example is None else example.dims
    dims = (None,) if known is None else known
    sizes = [d if isinstance(d, int) else _DEFAULT_SIZE for d in dims]
    count = 1
    for size in sizes:
        count *= size
    if dtype in (DType.C64, DType.C128):
        count *= 2
    info = dtype.value
    lines = [f"    static {ELEMENTS[dtype]} {name}_data[{max(count, 1)}];"]
    shape = "NULL"
    if sizes:
        shape = f"{name}_shape"
        note = "" if t.is_static else f" // yours: {tensor_facts(t)}"
        lines.append(f"    int64_t {shape}[] = {{{', '.join(map(str, sizes))}}};{note}")
    lines.append(
        f"    DLTensor {name} = {{{name}_data, {{kDLCPU, 0}}, {len(sizes)}, "
        f"{{{_DLPACK_NAMES[info.dlpack]}, {info.size * 8}, 1}}, {shape}, NULL, 0}};"
    )
    return lines


def _result_declaration(t: Type, name: str) -> str:
    if isinstance(t, TensorType) or (isinstance(t, OptionalType) and isinstance(t.element, TensorType)):
        return f"DLManagedTensorVersioned *{name}"
    if t in _SCALARS:
        return f"{_FORMS.get(t, 'int64_t')} {name}"
    if t == STR:
        return f"aotjit_str {name}"
    if t == COMPLEX:
        return f"aotjit_complex {name}"
    assert isinstance(t, ListType | DictType)
    return f"aotjit_list {name}" if isinstance(t, ListType) else f"aotjit_dict {name}"


def _show(t: Type, name: str) -> list[str]:
    if isinstance(t, TensorType):
        lines = [f'    printf("{name}: %d dimensions\\n", {name}->dl_tensor.ndim);']
        if t.dtype in (DType.F32, DType.F64) and t.dims is not None and all(d != 0 for d in t.dims):
            form = ELEMENTS[t.dtype]
            lines.append(f'    printf("{name}[0] = %g\\n", (double)((const {form} *){name}->dl_tensor.data)[0]);')
        return [*lines, f"    {name}->deleter({name});"]
    if isinstance(t, OptionalType) and isinstance(t.element, TensorType):
        return [f"    if ({name}) {name}->deleter({name});"]
    formats = {INT: ("%lld", "(long long)"), DEVICE: ("%lld", "(long long)"), FLOAT: ("%g", ""), BOOL: ("%d", "")}
    if t in formats:
        code, cast = formats[t]
        return [f'    printf("{name} = {code}\\n", {cast}{name});']
    if t == COMPLEX:
        return [f'    printf("{name} = %g%+gi\\n", {name}.re, {name}.im);']
    if t == STR:
        return [f'    printf("{name} = %s\\n", {name}.text);']
    if isinstance(t, ListType | DictType):
        held = t.element if isinstance(t, ListType) else t.value
        what, data = ("elements", "data") if isinstance(t, ListType) else ("entries", "values")
        lines = [f'    printf("{name}: %lld {what}\\n", (long long){name}.count);']
        if isinstance(held, TensorType):
            lines += [
                f"    for (int64_t i = 0; i < {name}.count; i++) {{",
                f"        DLManagedTensorVersioned *item = ((DLManagedTensorVersioned *const *){name}.{data})[i];",
                "        item->deleter(item);",
                "    }",
            ]
        return lines
    return []


def has_example(entry: Entry) -> bool:
    """Entries with structs in their arguments, or inside their results, are left out of the example."""
    plain = (*_SCALARS, COMPLEX, STR, NONE)

    def shown(t: Type) -> bool:
        optional = isinstance(t, OptionalType) and isinstance(t.element, TensorType)
        return t in plain or isinstance(t, TensorType | ListType | DictType) or optional

    taken = [p.type for p in entry.parameters]
    return all(isinstance(t, OptionalType) or shown(t) for t in taken) and all(map(shown, spread(entry.result)))
