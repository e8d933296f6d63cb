"""The stages in order: the only place that knows all of them.

    source or archive -> syntax -> sema -> passes -> codegen -> link -> artefact

Every stage is imported when it is reached, so that `--emit ast` needs no LLVM and a syntax error no xDSL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aotjit import __version__
from aotjit.diagnostics import SourceText, UsageError
from aotjit.options import Artefact, CompileOptions, is_archive

if TYPE_CHECKING:
    from aotjit import codegen
    from aotjit.link import Blob
    from aotjit.link.weights_file import WeightsFile
    from aotjit.program import Program

Report = Callable[[str], None]
PASSES_BEFORE_LINALG = "fuse"
"""`--emit linalg` shows the program after this pass: structured operations, ownership not yet explicit."""


def compile_program(options: CompileOptions, report: Report) -> Artefact:
    """Compiles what `options` describe. `report` is told each step's name as it starts.

    Raises CompileError for the program's errors, UsageError for files and options.
    """
    if options.emit == "ast":
        return _text(_syntax_text(options, report))
    return emit_program(build_program(options, report), options, report)


def emit_program(program: Program, options: CompileOptions, report: Report) -> Artefact:
    """What `options` ask for, of a program as sema built it; the passes change it in place."""
    if options.emit == "ts":
        return _text(ir_text(program))
    if options.emit == "linalg":
        lower_program(program, options, report, last=PASSES_BEFORE_LINALG)
        return _text(ir_text(program))
    lower_program(program, options, report)
    if options.emit == "mlir":
        return _text(ir_text(program))
    manifest = _manifest(program, options, _source_bytes(options))
    return replace(_emit_machine_code(program, options, manifest, report), warnings=program.warnings)


def build_program(options: CompileOptions, report: Report) -> Program:
    """Syntax and sema: the program as typed IR, before any pass."""
    from aotjit import sema

    with _without_garbage_collection():
        if _is_archive(options):
            assert isinstance(options.source, Path)
            report("read")
            from aotjit.archive import read_archive

            archive = read_archive(options.source)
            report("build")
            return sema.build_archive(archive, options)
        report("parse")
        from aotjit.syntax.parse import parse

        module = parse(_source_text(options))
        report("build")
        return sema.build(module, options)


def lower_program(program: Program, options: CompileOptions, report: Report, last: str | None = None) -> None:
    """Runs the passes in place, up to and with the last one named `last`."""
    report("passes")
    from aotjit.passes import PASSES, load_pass, run_passes, with_user_passes
    from aotjit.passes.fold import Fold

    steps = with_user_passes(PASSES, [*map(load_pass, options.passes)])
    if last is not None:
        names = [step.name for step in steps]
        del steps[len(names) - names[::-1].index(last) :]
    chosen = [step for step in steps if step.level <= options.optimize]
    if not options.fold_weights:
        chosen = [replace(step, compute=False) if isinstance(step, Fold) else step for step in chosen]
    with _without_garbage_collection():
        run_passes(program, options.optimize, passes=chosen)


def _emit_machine_code(program: Program, options: CompileOptions, manifest: str, report: Report) -> Artefact:
    report("codegen")
    from aotjit import codegen

    settings = codegen.CodegenOptions(
        prefix=options.name,
        levels=options.cpu,
        optimize=options.optimize,
        manifest=manifest,
        version=__version__,
        weights=options.weights_place,
    )
    if options.emit == "llvm":
        return _text(codegen.llvm_text(program, options.cpu[-1], settings))
    if options.emit == "asm":
        return _text(codegen.assembly(program, options.cpu[-1], settings))
    with _without_garbage_collection():
        objects = codegen.generate(program, settings, partial(_prepare_link, program))
    report("link")
    from aotjit import link

    file = _weights_file(program) if options.weights_place == "file" else None
    unit = link.LinkUnit(
        objects=objects.objects,
        exports=objects.exports,
        # No soname: a program linked with ./model.so finds it where it was, as the header's example needs.
        soname="",
        blobs=_blobs(program, objects, options.weights_place, file),
    )
    from aotjit.header import header_text

    header = header_text(program, options)
    pieces = file.pieces() if file is not None else None
    if options.emit == "so":
        if options.linker == "own":
            return Artefact(link.link_pieces(unit), header, pieces)
        from aotjit.link.external import link_external

        return Artefact([link_external(unit, options.linker)], header, pieces)
    from aotjit.link.archive import link_archive
    from aotjit.link.relocatable import merge_objects

    if options.emit == "a":
        return Artefact(link_archive(unit), header, pieces)
    return Artefact(merge_objects(unit), header, pieces)


def _prepare_link(program: Program) -> None:
    """What needs no machine code, done while that is made: weights that are small enough to keep are computed."""
    from aotjit import header, link  # noqa: F401
    from aotjit.passes.weights import KEPT_BYTES

    for weight in program.weights.values():
        if weight.bytes <= KEPT_BYTES:
            weight.data()


def _blobs(program: Program, objects: codegen.Objects, place: str, file: WeightsFile | None) -> list[Blob]:
    """The data that the library itself holds: its weights, or the id of their file."""
    from aotjit.codegen.weights import ID_BYTES, WEIGHTS_ID
    from aotjit.link import Blob

    if file is not None:
        return [Blob(WEIGHTS_ID, file.id, size=ID_BYTES)]
    return [_blob(program, key, symbol) for key, symbol in objects.weights.items()] if place == "embedded" else []


def _weights_file(program: Program) -> WeightsFile:
    from aotjit.codegen.weights import file_offsets
    from aotjit.link.weights_file import WeightsFile

    offsets, size = file_offsets(program)
    return WeightsFile([(offsets[key], weight.data) for key, weight in program.weights.items()], size)


def _blob(program: Program, key: str, symbol: str) -> Blob:
    from aotjit.link import Blob

    weight = program.weights[key]
    return Blob(symbol, weight.data, size=weight.bytes)


def _manifest(program: Program, options: CompileOptions, source: bytes) -> str:
    from aotjit.link.manifest import build_manifest, manifest_text

    return manifest_text(build_manifest(program, options, source))


def _is_archive(options: CompileOptions) -> bool:
    return isinstance(options.source, Path) and is_archive(options.source)


def _source_bytes(options: CompileOptions) -> bytes:
    if isinstance(options.source, SourceText):
        return options.source.text.encode()
    try:
        return options.source.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {options.source}: {error.strerror}") from None


def _source_text(options: CompileOptions) -> SourceText:
    if isinstance(options.source, SourceText):
        return options.source
    try:
        return SourceText(str(options.source), _source_bytes(options).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{options.source} is not UTF-8 text (byte {error.start})") from None


def _syntax_text(options: CompileOptions, report: Report) -> str:
    if _is_archive(options):
        raise UsageError("--emit ast takes a source file; an archive has many")
    report("parse")
    from aotjit.syntax.parse import parse
    from aotjit.syntax.printer import print_module

    return print_module(parse(_source_text(options)))


def source_code(options: CompileOptions) -> str:
    """What is compiled, to read: the source text, or the class of an archive's module."""
    if not _is_archive(options):
        # The text of a Python function has blank lines in place of what it does not need.
        return re.sub(r"\n{4,}", "\n\n\n", _source_text(options).text.strip()) + "\n"
    assert isinstance(options.source, Path)
    from aotjit.archive import read_archive
    from aotjit.syntax.printer import statement_lines

    archive = read_archive(options.source)
    return "\n".join(statement_lines(archive.source(archive.model.class_name))) + "\n"


def ir_text(program: Program) -> str:
    """The program as MLIR text."""
    from aotjit.ir.text import to_text

    return to_text(program)


def _text(text: str) -> Artefact:
    return Artefact([text.encode() if text.endswith("\n") else (text + "\n").encode()])


def for_source(options: CompileOptions, source: Path | SourceText) -> CompileOptions:
    """The same compilation of another source."""
    return replace(options, source=source)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """The stages allocate many small objects that live until the end: collecting cycles there only costs time."""
    import gc

    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
