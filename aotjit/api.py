"""`aotjit.compile` and `aotjit.script`: the compiler from Python, giving loaded models."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from aotjit.diagnostics import CompileWarning, SourceText, UsageError
from aotjit.dtypes import DTYPE_BY_TORCH, DType
from aotjit.options import (
    WEIGHTS_PLACES,
    CompileOptions,
    Example,
    check_prefix,
    default_prefix,
    parse_cpu,
    parse_inputs,
)
from aotjit.types import TensorType

if TYPE_CHECKING:
    from aotjit.program import Program, State
    from aotjit.saving import Saved


def compile(
    source: str | Path | Callable[..., Any],
    *,
    entry: str | None = None,
    method: str | Sequence[str] | None = None,
    inputs: Mapping[str, str] | None = None,
    example_inputs: Sequence[Any] | None = None,
    dynamic: bool = False,
    weights: str | Path | None = None,
    weights_place: str = "embedded",
    fold_weights: bool = True,
    output: str | Path | None = None,
    cpu: str | None = None,
    optimize: int = 3,
    passes: Sequence[object] = (),
) -> Any:
    """Compiles `source`, a path or a Python function, and returns the loaded model.

    `inputs` maps parameter names to what `--input` takes, such as "f32[T,B,64]". `example_inputs` gives dtypes and
    ranks of the parameters in order, and dims too unless `dynamic`. The library and its header are written to `output`
    when it is given, else to a temporary folder that lives as long as the process. `passes` are the user's own: Pass
    objects or "package.module:name" (docs/passes.md). `.graph` of the model is the program as IR before any pass,
    `.code` its source. `weights_place` says where the weights are at run time: "embedded" in the library, "file" beside
    it, "given" with load(path, weights=...) or load_state(); with `fold_weights=False` all can be replaced. Raises
    CompileError for errors of the program, UsageError for options and files.
    """
    from aotjit.pipeline import build_program, source_code

    text, entry = _source(source, entry)
    options = CompileOptions(
        source=text,
        entry=entry,
        methods=(method,) if isinstance(method, str) else tuple(method or ()),
        inputs=dict(parse_inputs([f"{name}={value}" for name, value in (inputs or {}).items()])),
        examples=None if example_inputs is None else tuple(example_type(v, dynamic) for v in example_inputs),
        weights=None if weights is None else Path(weights),
        weights_place=weights_place,
        fold_weights=fold_weights,
        passes=tuple(passes),
    )
    if weights_place not in WEIGHTS_PLACES:
        raise UsageError(f"weights_place={weights_place!r}: expected one of {', '.join(WEIGHTS_PLACES)}")
    options = _with_target(options, output, cpu, optimize)
    return _loaded(build_program(options, _no_report), options, source_code(options))


def trace(
    function: Callable[..., Any],
    example_inputs: Sequence[Any],
    *,
    dynamic: bool = True,
    output: str | Path | None = None,
    cpu: str | None = None,
    optimize: int = 3,
) -> Any:
    """Runs `function`, a Python function or a torch.nn.Module, once on recording tensors with the values of
    `example_inputs` (a tuple of tensors or arrays, and tuples, lists and dicts of them), and compiles what it did to
    them; the result is the loaded model, whose `forward` takes the same arguments.

    Tensors that the function meets on its way, such as a module's parameters, become constants of the model. What
    Python decides on a tensor's value or size is decided once and for all: an aotjit.TraceWarning names the line.
    Dtypes and ranks of the inputs are those of the examples; with `dynamic=False` their dims too. Functions decorated
    with `aotjit.script` keep their control flow. Raises CompileError for what TorchScript has not, UsageError for
    arguments that cannot be traced.
    """
    from aotjit.sema.traced import build_traced
    from aotjit.syntax.printer import statement_lines
    from aotjit.tracing import record

    examples = tuple(example_inputs) if isinstance(example_inputs, tuple | list) else (example_inputs,)
    traced = record(function, examples)
    code = "\n".join("\n".join(statement_lines(d)) for d in (*traced.functions, traced.definition)) + "\n"
    options = CompileOptions(SourceText(f"{traced.module.class_name}.py", code))
    options = _with_target(options, output, cpu, optimize)
    facts = tuple(example_type(v, dynamic) for v in examples)
    program = build_traced(traced.definition, traced.module, traced.scope, facts, code)
    return _loaded(program, options, code)


def _with_target(options: CompileOptions, output: str | Path | None, cpu: str | None, optimize: int) -> CompileOptions:
    """The options with where to write, and for what."""
    if optimize not in range(4):
        raise UsageError(f"optimize={optimize!r}: expected 0, 1, 2 or 3")
    target = Path(output) if output is not None else _temporary_output(options.source)
    name = check_prefix(default_prefix(target))
    return replace(options, output=target, name=name, cpu=parse_cpu(cpu), optimize=optimize)


def _loaded(program: Program, options: CompileOptions, code: str) -> Any:
    """Compiles the rest of the way, writes the library, and loads it."""
    from aotjit.commands.output import write_artefact
    from aotjit.loader import load
    from aotjit.pipeline import emit_program, ir_text
    from aotjit.saving import saved_form

    assert options.output is not None
    graph, saved = ir_text(program), saved_form(program)
    artefact = emit_program(program, options, _no_report)
    for warning in artefact.warnings:
        warnings.warn(warning.render(), CompileWarning, stacklevel=3)
    write_artefact(artefact, options.output, executable=True)
    model = load(options.output)
    given = {"graph": graph, "code": code, "save": functools.partial(_save, saved, program.states)}
    for name in given.keys() - {entry.name for entry in program.entries}:  # the program's own functions come first
        setattr(model, name, given[name])
    return model


def _save(saved: Saved, states: Sequence[State], model: Any, path: str | os.PathLike[str]) -> None:
    """Writes the model as an archive that torch.jit.load and aotjit.compile read: its code as it was before any pass,
    its weights and its attributes as they are now. Raises UsageError, or CompileError, for what archives cannot say and
    for a file that cannot be written; the file is then as it was. `states` are those that the library has."""
    from aotjit.commands.output import Outputs
    from aotjit.load_state import replaced_weights

    target = Path(path)
    still = model.clone() if states else model  # nobody calls it
    present: dict[str, Any] = {}
    if states and still._state_words:
        from aotjit.codegen.memory import read_states

        present = read_states(states, still._state_words)
    saved = saved.with_weights(replaced_weights(model))
    with Outputs() as outputs:
        outputs.write(target, saved.pieces(target.stem or "model", present))
        outputs.commit()


def _no_report(step: str) -> None:
    """Nobody watches a compilation from Python."""


def example_type(value: object, dynamic: bool) -> Example:
    """What an example argument says: dtype and shape of an array or a tensor, the same of those in a list or tuple."""
    if isinstance(value, list | tuple):
        return tuple(example_type(element, dynamic) for element in value)
    dtype = getattr(value, "dtype", None)
    shape = getattr(value, "shape", None)
    if dtype is None or shape is None:
        return None
    name = str(dtype).removeprefix("torch.")
    known: DType | None = DTYPE_BY_TORCH.get(name)
    if known is None:
        raise UsageError(f"an example of dtype {dtype} has no TorchScript element type")
    return TensorType(known, tuple(None if dynamic else int(d) for d in shape))


def script(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles `function` at its first call, for the dtypes and ranks of its arguments; later calls with the same
    ones go straight to machine code. `.graph` and `.code` of what it returns are those of the last version compiled.
    Raises UsageError for what is no Python function."""
    if not isinstance(function, FunctionType):
        raise UsageError(f"{function!r} is not a Python function")
    return _Scripted(function)


class _Scripted:
    """A function with its compiled versions, one for each combination of argument dtypes and ranks."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._versions: dict[object, Any] = {}
        """By the arguments as they were written at a call, so that finding one costs little, and by them in order."""
        self._last: Any = None
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "aotjit.tracing" in sys.modules and (traced := sys.modules["aotjit.tracing"].recording((args, kwargs))):
            return traced.script(self._function, args, kwargs)
        key = tuple(map(_key, args)), tuple((name, _key(value)) for name, value in kwargs.items())
        version = self._versions.get(key)
        if version is None:
            version = self._compile(args, kwargs)
            self._versions[key] = version
        return version(*args, **kwargs)

    def _compile(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        import inspect

        bound = inspect.signature(self._function).bind(*args, **kwargs)
        bound.apply_defaults()
        examples = tuple(bound.arguments.values())
        key = tuple(map(_key, examples))
        if key not in self._versions:
            self._last = compile(self._function, example_inputs=examples, dynamic=True)
            self._versions[key] = getattr(self._last, self._function.__name__)
        return self._versions[key]

    @property
    def graph(self) -> str:
        """The IR of the version compiled last; before the first call, of the function with nothing known."""
        return str(self._model().graph)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the function as an archive that torch.jit.load reads, whose module's `forward` it is."""
        self._model().save(path)

    @property
    def code(self) -> str:
        """Readable source of what is compiled."""
        return str(self._model().code)

    def _model(self) -> Any:
        if self._last is None:
            self._last = compile(self._function)
        return self._last

    def __repr__(self) -> str:
        return f"<aotjit.script {self._function.__qualname__}, {len(set(map(id, self._versions.values())))} compiled>"


def _key(value: object) -> object:
    """Equal for arguments that one compiled version takes: dtype and rank, also of the tensors in containers.

    What is no tensor has the type that the function says; a version refuses other types itself.
    """
    shape = getattr(value, "shape", None)
    if shape is not None:
        return getattr(value, "dtype", None), len(shape)
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    if isinstance(value, dict):
        value = list(value.values())
    return (frozenset(map(_key, value)) - {None} or None) if isinstance(value, list) else None


def _source(source: str | Path | Callable[..., Any], entry: str | None) -> tuple[Path | SourceText, str | None]:
    if not callable(source):
        return Path(source), entry
    from aotjit.live_source import function_source

    return function_source(source), entry or source.__name__


@functools.cache
def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="aotjit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _temporary_output(source: Path | SourceText) -> Path:
    stem = source.stem if isinstance(source, Path) else "model"
    folder = Path(tempfile.mkdtemp(dir=_temporary_folder()))
    return folder / f"{default_prefix(Path(stem))}.so"
