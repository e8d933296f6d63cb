"""The C header of a compiled model: one self-contained file that opens with a complete program using it.

How values look in C is decided in runtime/model.h; this module writes the declarations for one program's entries.
"""

from __future__ import annotations

from aotjit import __version__
from aotjit.header_example import example_program, has_example
from aotjit.header_forms import CForms, c_parameters, has_raw_form, tensor_facts
from aotjit.ir.boundary import boxed
from aotjit.ir.c_form import spread
from aotjit.options import CompileOptions
from aotjit.program import Entry, Program
from aotjit.runtime_files import public_header
from aotjit.types import TensorType, Type


def header_text(program: Program, options: CompileOptions) -> str:
    """The text of `<prefix>.h` for what `program` exports under the prefix `options.name`."""
    prefix = options.name
    forms, declarations = declared(program, prefix)
    example = next((example_program(prefix, e) for e in program.entries if has_example(e)), None)
    guard = f"AOTJIT_MODEL_{prefix}_H"
    what = f"the module {program.class_name}" if program.kind == "module" else "functions"
    libraries = f"./{prefix}.a -lm" if options.emit == "a" else f"./{prefix}.so"
    parts = [
        f"/* {prefix}: {what}, compiled by aotjit {__version__}.",
        *(["", f"A complete program (cc example.c {libraries} -o example):", "", example] if example else []),
        "",
        "*/",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        public_header("dlpack.h").strip(),
        "",
        public_header("aotjit.h").strip(),
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        _instance_text(prefix),
        *_state_text(prefix, program),
        *forms.definitions(),
        declarations,
        "#ifdef __cplusplus",
        "}",
        "#endif",
        "#endif",
    ]
    return "\n".join(parts) + "\n"


def declared(program: Program, prefix: str) -> tuple[CForms, str]:
    """The declarations of all functions, and the structs that they mention, under the names that these have."""
    taken = [f"{prefix}_{name}" for name in ("instance", *(e.name for e in program.entries))]
    forms = CForms(prefix, taken, boxed(program))
    return forms, "\n".join(_entry_text(forms, e) for e in program.entries)


def _instance_text(prefix: str) -> str:
    return f"""\
/* All mutable state of one user of the model. Any number of instances run at once; each is used by one thread at a
 * time. Weights are shared and read-only. */
typedef struct {prefix}_instance {prefix}_instance;

/* `options` may be NULL. Every created instance is destroyed; results that are still held stay valid after that. */
int32_t {prefix}_create(const aotjit_options *options, {prefix}_instance **out);
void {prefix}_destroy({prefix}_instance *self);
/* What the last failed call on this instance said. Valid until its next call. */
const char *{prefix}_last_error(const {prefix}_instance *self);
/* The compiler's version, and what the library is as JSON. */
const char *{prefix}_version(void);
const char *{prefix}_manifest(void);
"""


_STATE_FUNCTIONS = {
    "reset": """\
/* Mutable attributes and random numbers become those of a new instance; unchanged when it fails. */
int32_t {prefix}_reset({prefix}_instance *self);
""",
    "clone": """\
/* Another instance in the same state, with the same options. On failure *out is NULL. */
int32_t {prefix}_clone(const {prefix}_instance *self, {prefix}_instance **out);
""",
    "load_state": """\
/* Other weights: `count` tensors by their names in the program's state_dict, checked and copied; the rest stays. All
 * instances have them from their next call on, a mutable attribute from its next reset. Other threads may call other
 * instances meanwhile. A weight that the compiler computed with is refused; last_error names it. */
int32_t {prefix}_load_state({prefix}_instance *self, const char *const *names, const DLTensor *const *tensors,
    int64_t count);
""",
    "open_weights": """\
/* Of a library with a file of weights: where it is, before the first call; else it is beside the library. */
int32_t {prefix}_open_weights({prefix}_instance *self, const char *path);
""",
    "use_weights": """\
/* The same without a copy where a tensor is row-major, at a multiple of 64 bytes, and the code reads it as it is: its
 * memory must then outlive all instances. */
int32_t {prefix}_use_weights({prefix}_instance *self, const char *const *names, const DLTensor *const *tensors,
    int64_t count);
""",
}


def _state_text(prefix: str, program: Program) -> list[str]:
    """What the library offers for all of an instance's state, but for the names that the program itself exports."""
    own = {entry.name for entry in program.entries}
    return [text.format(prefix=prefix) for name, text in _STATE_FUNCTIONS.items() if name not in own]


def _entry_text(forms: CForms, entry: Entry) -> str:
    parameters = c_parameters(entry)
    results = spread(entry.result)
    arguments = [forms.parameter(t, name) for t, name in parameters]
    arguments += [forms.result(t, f"out{i}") for i, t in enumerate(results)]
    lines = [f"/* {entry.name}{entry.signature.replace('*/', '* /')}", *_facts(parameters, results)]
    lines[-1] += " */"
    lines.append(_declaration(forms.prefix, f"{forms.prefix}_{entry.name}", arguments))
    if has_raw_form(entry):
        raw = [forms.raw(t, name, written=False) for t, name in parameters]
        raw += [forms.raw(t, f"out{i}", written=True) for i, t in enumerate(results)]
        lines.append("/* The same on bare row-major memory of the shapes above; results are written to yours. */")
        lines.append(_declaration(forms.prefix, f"{forms.prefix}_{entry.name}_raw", raw))
    return "\n".join(lines) + "\n"


def _facts(parameters: list[tuple[Type, str]], results: list[Type]) -> list[str]:
    named = [*parameters, *((t, f"out{i}") for i, t in enumerate(results))]
    return [f" *   {name}: {tensor_facts(t)}" for t, name in named if isinstance(t, TensorType)]


def _declaration(prefix: str, name: str, arguments: list[str]) -> str:
    text = f"int32_t {name}({prefix}_instance *self"
    indent = " " * (len(name) + 9)
    lines = [text]
    for argument in arguments:
        if len(lines[-1]) + len(argument) + 4 > 110:
            lines[-1] += ","
            lines.append(indent + argument)
        else:
            lines[-1] += ", " + argument
    return "\n".join(lines) + ");"
