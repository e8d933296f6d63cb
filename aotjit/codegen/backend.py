"""From LLVM IR text to machine code: parse, link the inlinable part of the runtime in, optimise, emit.

The runtime's functions come in as `available_externally`: LLVM may inline them, and calls the copy in the base object
where it does not. Everything but the C library's symbols is hidden, so that code is addressed directly.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import llvmlite.binding as llvm

from aotjit.codegen.module import LEVEL_TAG, TRIPLE
from aotjit.diagnostics import CompileError
from aotjit.schedule.targets import TARGETS, Target

OWN_PREFIXES = ("aj_", "aj.", "ts.")
"""How names of the runtime and of compiled functions begin; other undefined symbols are the C library's."""


@dataclass(frozen=True)
class CodeModule:
    """The text of host code or of kernels, the same for all levels, and what is built for each."""

    text: str
    entries: tuple[str, ...]
    """Names of the functions and variables that other objects refer to."""
    vectors: bool = False
    """Are its loops written as vectors? LLVM's vectorisers would look at them in vain, and its third level takes
    a third more time than the second, for larger code that is no faster."""

    def level(self, optimize: int) -> int:
        """The level of LLVM's passes for this part of a program that is compiled at `optimize`."""
        return min(optimize, 2) if self.vectors else optimize

    @property
    def features(self) -> str:
        """What differs from the target's: host code tests itself which divisions are narrow (integer_division.py)."""
        return "" if self.vectors else "-idivq-to-divl"


@functools.cache
def initialize() -> None:
    """Registers LLVM's targets, once."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    llvm.initialize_native_asmparser()


def target_machine(target: Target, optimize: int, features: str = "") -> llvm.TargetMachine:
    initialize()
    return llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu=target.cpu, features=features, opt=optimize, reloc="pic", codemodel="small"
    )


def optimized_module(
    code: CodeModule, target: Target, optimize: int, runtime: bytes, small: bool = False
) -> llvm.ModuleRef:
    """The whole module for one level, optimised; `runtime` is linked in for inlining unless empty. `small`: for size
    before speed."""
    machine = target_machine(target, optimize, code.features)
    module = parse(code.text.replace(LEVEL_TAG, target.level))
    if runtime:
        link_runtime(module, runtime)
    for function in module.functions:
        if function.is_declaration:
            if function.name.startswith(OWN_PREFIXES):
                function.visibility = "hidden"
        elif function.name in code.entries:
            function.visibility = "hidden"
        elif function.linkage is not llvm.Linkage.available_externally:
            function.visibility = "default"
            function.linkage = "internal"
            if small:
                function.add_function_attribute("optsize")
    for variable in module.global_variables:
        if variable.linkage not in (llvm.Linkage.internal, llvm.Linkage.private):
            variable.visibility = "hidden"
    run_passes(module, machine, code.level(optimize), code.vectors)
    return module


def parse(text: str) -> llvm.ModuleRef:
    """LLVM's own check of the text; a failure is a bug of the compiler."""
    try:
        module = llvm.parse_assembly(text)
        module.verify()
    except RuntimeError as error:
        raise CompileError.at(None, f"internal error: invalid LLVM IR: {str(error).strip()[:400]}") from None
    return module


def link_runtime(module: llvm.ModuleRef, runtime: bytes) -> None:
    """Links `runtime` for inlining where the program calls any of it, after checking that the types are right."""
    library = llvm.parse_bitcode(runtime)
    definitions = {f.name: f for f in library.functions}
    called = [f for f in module.functions if f.is_declaration and f.name in definitions]
    for function in called:
        wanted, found = str(function.global_value_type), str(definitions[function.name].global_value_type)
        if wanted != found:
            raise CompileError.at(None, f"internal error: {function.name} is called as {wanted}, but is {found}")
    if all(definitions[f.name].is_declaration for f in called):
        return
    for function in definitions.values():
        if not function.is_declaration and function.linkage is not llvm.Linkage.internal:
            function.linkage = "available_externally"
    module.link_in(library)


def run_passes(module: llvm.ModuleRef, machine: llvm.TargetMachine, optimize: int, vectors: bool = False) -> None:
    """LLVM's standard pipeline of that level. Loops of `vectors` are not vectorised."""
    options = llvm.create_pipeline_tuning_options(speed_level=optimize)
    options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = optimize >= 2 and not vectors
    options.loop_unrolling = optimize >= 2
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


def plain_object(text: str, optimize: int, exported: frozenset[str]) -> bytes:
    """An object of its own, for the lowest level: what the base of a library is made of."""
    machine = target_machine(TARGETS["v2"], optimize)
    module = parse(text)
    hide(module, exported)
    run_passes(module, machine, optimize)
    return bytes(machine.emit_object(module))


def hide(module: llvm.ModuleRef, exported: frozenset[str]) -> None:
    """Makes every symbol of our own hidden, except the exported ones."""
    for value in (*module.functions, *module.global_variables):
        private = value.linkage in (llvm.Linkage.internal, llvm.Linkage.private, llvm.Linkage.external_weak)
        foreign = value.is_declaration and not value.name.startswith(OWN_PREFIXES)
        if not private and not foreign and value.name not in exported:
            value.visibility = "hidden"
