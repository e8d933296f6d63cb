"""From a Program to machine code: `generate` gives the objects that the linker makes a library of.

One module text serves all ISA levels. Each level is compiled in a child process; the base object, with the descriptor
and the exported C functions, beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import llvmlite.binding as llvm

from aotjit import knobs
from aotjit.codegen import backend, exports, host, model
from aotjit.codegen.constants import ProgramContext, weight_symbol
from aotjit.codegen.workers import Task, run_tasks
from aotjit.program import Program
from aotjit.runtime_files import inlinable_bitcode, runtime_object
from aotjit.schedule.targets import TARGETS

__all__ = ["CodegenOptions", "Objects", "assembly", "generate", "llvm_text"]


@dataclass(frozen=True)
class CodegenOptions:
    """How a program is compiled. `manifest` is JSON text, `version` the compiler's."""

    prefix: str
    levels: tuple[str, ...] = ("v2", "v3", "v4")
    optimize: int = 3
    manifest: str = "{}"
    version: str = ""
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


def generate(program: Program, options: CodegenOptions) -> Objects:
    """Compiles a lowered program. Raises CompileError."""
    code = level_module(program, options)
    _dump("codegen.ll", code.text)
    base, names = base_text(program, options, code.entries)
    tasks = [Task(f"level {level}", partial(_object_code, code, level, options)) for level in options.levels]
    tasks.append(Task("the base object", partial(backend.plain_object, base, 1, frozenset(names))))
    titles = [*(f"{options.prefix}.{level}.o" for level in options.levels), f"{options.prefix}.o"]
    objects = [*zip(titles, run_tasks(tasks), strict=True), ("runtime.o", runtime_object())]
    weights = {key: weight_symbol(number) for number, key in enumerate(program.weights)}
    return Objects(tuple(objects), weights, tuple(names))


def level_module(program: Program, options: CodegenOptions) -> backend.LevelModule:
    """The text that all levels are compiled from."""
    module, entries = host.build_level_module(program, options.producer)
    return backend.LevelModule(str(module.llvm), module.level_bodies, entries)


def base_text(program: Program, options: CodegenOptions, entries: tuple[str, ...]) -> tuple[str, list[str]]:
    """The text of the base object and the names that it exports."""
    module = ProgramContext(options.prefix, program)
    description = model.Description(options.prefix, options.levels, options.manifest, options.version)
    descriptor = model.define_model(module, description, entries)
    names = exports.define_exports(module, descriptor, options.prefix)
    return str(module.llvm), names


def llvm_text(program: Program, level: str, options: CodegenOptions) -> str:
    """The optimised LLVM IR of one level."""
    work = partial(_optimized_text, level_module(program, options), level, options)
    return run_tasks([Task(f"level {level}", work)])[0].decode()


def assembly(program: Program, level: str, options: CodegenOptions) -> str:
    """The assembly of one level."""
    work = partial(_assembly, level_module(program, options), level, options)
    return run_tasks([Task(f"level {level}", work)])[0].decode()


def _object_code(code: backend.LevelModule, level: str, options: CodegenOptions) -> bytes:
    module = _optimized(code, level, options)
    machine = backend.target_machine(TARGETS[level], options.optimize)
    if knobs.dump() is not None:
        _dump(f"codegen-{level}.ll", str(module))
        _dump(f"codegen-{level}.s", machine.emit_assembly(module))
    return bytes(machine.emit_object(module))


def _dump(name: str, text: str) -> None:
    """Writes a step of code generation where AOTJIT_DUMP asks for "codegen"."""
    dump = knobs.dump()
    if dump is not None and dump.wants("codegen"):
        dump.folder.mkdir(parents=True, exist_ok=True)
        (dump.folder / name).write_text(text, encoding="utf-8")


def _optimized(code: backend.LevelModule, level: str, options: CodegenOptions) -> llvm.ModuleRef:
    return backend.optimized_module(code, TARGETS[level], options.optimize, inlinable_bitcode())


def _optimized_text(code: backend.LevelModule, level: str, options: CodegenOptions) -> bytes:
    return str(_optimized(code, level, options)).encode()


def _assembly(code: backend.LevelModule, level: str, options: CodegenOptions) -> bytes:
    module = _optimized(code, level, options)
    return str(backend.target_machine(TARGETS[level], options.optimize).emit_assembly(module)).encode()
