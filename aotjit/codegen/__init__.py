"""From a Program to machine code: `generate` gives the objects that the linker makes a library of.

Host code is compiled once, kernels for each ISA level from one text; the base object holds the descriptor and the
exported C functions. Each is compiled in a child process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import llvmlite.binding as llvm

from aotjit import knobs
from aotjit.codegen import backend, host
from aotjit.codegen.constants import ProgramContext, weight_symbol
from aotjit.codegen.workers import Task, run_tasks
from aotjit.program import Program
from aotjit.runtime_files import inlinable_bitcode, runtime_object
from aotjit.schedule.targets import FALLBACK, TARGETS, Target

__all__ = ["CodegenOptions", "Objects", "assembly", "generate", "llvm_text"]


@dataclass(frozen=True)
class CodegenOptions:
    """How a program is compiled. `manifest` is JSON text, `version` the compiler's."""

    prefix: str
    levels: tuple[str, ...] = ("v2", "v3", "v4")
    optimize: int = 3
    manifest: str = "{}"
    version: str = ""
    weights: str = "embedded"
    """One of aotjit.options.WEIGHTS_PLACES."""
    lines: bool = True
    """Whether instructions carry their source lines (DWARF line tables)."""

    @property
    def producer(self) -> str:
        """What line tables name as the compiler; empty where there are none."""
        return f"aotjit {self.version}".strip() if self.lines else ""


@dataclass(frozen=True)
class Objects:
    """`objects` are (name, ELF) pairs, `weights` the data symbols they refer to by key of Program.weights."""

    objects: tuple[tuple[str, bytes], ...] = field(repr=False)
    weights: Mapping[str, str]
    exports: tuple[str, ...]


def generate(program: Program, options: CodegenOptions, meanwhile: Callable[[], None] | None = None) -> Objects:
    """Compiles a lowered program. `meanwhile` is called while LLVM works. Raises CompileError."""
    code = modules(program, options)
    _dump("codegen.ll", code.host.text)
    if code.kernels is not None:
        _dump("codegen-kernels.ll", code.kernels.text)
    names: list[str] = []
    ready: list[tuple[str, bytes]] = []

    def tasks() -> Iterator[Task]:
        """The host code takes longest and starts first; the base object's text is written while the others run."""
        yield Task("the host code", partial(_object_code, code.host, "host", options))
        for level in levels:
            assert code.kernels is not None
            yield Task(f"level {level}", partial(_object_code, code.kernels, level, options))
        if code.uses_fixed:
            from aotjit.codegen.kernels.fixed import fixed_object

            ready.extend((f"fixed.{level}.o", fixed_object(level)) for level in levels)
        base, exported = base_text(program, options, code)
        names.extend(exported)
        yield Task("the base object", partial(backend.plain_object, base, 1, frozenset(exported)))

    levels = options.levels if code.kernels is not None else ()
    compiled = zip(("host", *levels, "base"), run_tasks(tasks(), meanwhile), strict=True)
    objects = [(f"{options.prefix}.{part}.o", machine_code) for part, machine_code in compiled]
    weights = {key: weight_symbol(number) for number, key in enumerate(program.weights)}
    return Objects((*objects, *ready, ("runtime.o", runtime_object())), weights, tuple(names))


@dataclass(frozen=True)
class Modules:
    """The code of a program: `host` is compiled once, for the lowest level; `kernels`, if it has any, for each."""

    host: backend.CodeModule
    kernels: backend.CodeModule | None
    uses_fixed: bool
    """Do kernels call those that were compiled with the package?"""


def modules(program: Program, options: CodegenOptions) -> Modules:
    """The texts that are compiled."""
    module, entries = host.build_host_module(program, options.producer)
    table = module.kernels
    assert table is not None
    kernels = backend.CodeModule(table.text(), (), vectors=True) if table.table else None
    return Modules(backend.CodeModule(str(module.llvm), entries), kernels, table.uses_fixed)


def base_text(program: Program, options: CodegenOptions, code: Modules) -> tuple[str, list[str]]:
    """The text of the base object and the names that it exports."""
    from aotjit.codegen import exports, model

    module = ProgramContext(options.prefix, program)
    description = model.Description(
        options.prefix, options.levels, code.kernels is not None, options.manifest, options.version,
        options.weights,
    )  # fmt: skip
    descriptor = model.define_model(module, description, code.host.entries)
    names = exports.define_exports(module, descriptor, options.prefix)
    return str(module.llvm), names


def llvm_text(program: Program, level: str, options: CodegenOptions) -> str:
    """The optimised LLVM IR of the host code and of one level's kernels."""
    return _both(program, level, options, lambda module, machine: str(module))


def assembly(program: Program, level: str, options: CodegenOptions) -> str:
    """The assembly of the host code and of one level's kernels."""
    return _both(program, level, options, lambda module, machine: str(machine.emit_assembly(module)))


Show = Callable[[llvm.ModuleRef, llvm.TargetMachine], str]


def _both(program: Program, level: str, options: CodegenOptions, show: Show) -> str:
    code = modules(program, options)
    parts = [(code.host, "host")] if code.kernels is None else [(code.host, "host"), (code.kernels, level)]
    tasks = [Task(name, partial(_shown, part, name, options, show)) for part, name in parts]
    return "\n".join(text.decode() for text in run_tasks(tasks))


def _shown(code: backend.CodeModule, part: str, options: CodegenOptions, show: Show) -> bytes:
    machine = backend.target_machine(_target(part, options), options.optimize, code.features)
    return show(_optimized(code, part, options), machine).encode()


def _object_code(code: backend.CodeModule, part: str, options: CodegenOptions) -> bytes:
    module = _optimized(code, part, options)
    machine = backend.target_machine(_target(part, options), options.optimize, code.features)
    if knobs.dump() is not None:
        _dump(f"codegen-{part}.ll", str(module))
        _dump(f"codegen-{part}.s", machine.emit_assembly(module))
    return bytes(machine.emit_object(module))


def _dump(name: str, text: str) -> None:
    """Writes a step of code generation where AOTJIT_DUMP asks for "codegen"."""
    dump = knobs.dump()
    if dump is not None and dump.wants("codegen"):
        dump.folder.mkdir(parents=True, exist_ok=True)
        (dump.folder / name).write_text(text, encoding="utf-8")


def _target(part: str, options: CodegenOptions) -> Target:
    """Host code runs at every level that the library is built for."""
    return TARGETS[min(options.levels) if part == "host" else part]


def _optimized(code: backend.CodeModule, part: str, options: CodegenOptions) -> llvm.ModuleRef:
    runtime = inlinable_bitcode() if part == "host" else b""
    small = len(options.levels) > 1 and part == FALLBACK
    return backend.optimized_module(code, _target(part, options), options.optimize, runtime, small)
