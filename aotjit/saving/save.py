"""A program, kept as sema built it, and written as an archive when that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from xdsl.dialects import func

from aotjit import types
from aotjit.archive.pickle_writer import Writable
from aotjit.archive.write import archive_pieces
from aotjit.diagnostics import UsageError
from aotjit.ops import REGISTRY
from aotjit.program import Entry, PlainValue, Program, Required
from aotjit.saving.attributes import Present, TensorMaker, Tree
from aotjit.saving.code import Callee, Context, FunctionWriter, called, paths_used
from aotjit.saving.types import ROOT, Classes, Names, as_name, literal

_FUNCTIONS = f"{ROOT}.functions"


@dataclass(frozen=True)
class Saved:
    """What `.save` writes: the program before any pass changed it; weights are read when they are written."""

    program: Program

    def pieces(self, name: str, present: Present | None = None) -> Iterator[bytes | memoryview]:
        """The bytes of the archive, whose root folder is `name`; `present` are values of states that are no longer the
        first. UsageError or CompileError for what archives cannot say."""
        return _Writer(self.program, present or {}).pieces(name)


    def with_weights(self, given: Mapping[str, Any]) -> Saved:
        """The same with other elements of some tensors: arrays by the program's names. UsageError for None."""
        weights = dict(self.program.weights)
        for parameter in self.program.parameters:
            if parameter.weight and parameter.name in given:
                array = given[parameter.name]
                if array is None:
                    raise UsageError(f"the model cannot be saved: '{parameter.name}' was given as bfloat16")
                weights[parameter.weight] = replace(weights[parameter.weight], data=partial(_bytes, array))
        return Saved(replace(self.program, weights=weights))


def _bytes(array: Any) -> memoryview:
    return memoryview(array.tobytes())


def saved_form(program: Program) -> Saved:
    """A copy of the program that passes do not reach."""
    return Saved(replace(program, module=program.module.clone(), weights=dict(program.weights)))


class _Writer:
    def __init__(self, program: Program, present: Present) -> None:
        self.program = program
        self.functions = {op.sym_name.data: op for op in program.module.ops if isinstance(op, func.FuncOp)}
        self.classes = Classes()
        self.tensors = TensorMaker()
        self.tree = Tree(program, self.classes, self.tensors, present)
        self.constants: list[Writable] = []
        self._places: dict[str, int] = {}
        entries = {e.symbol: self._entry_name(e) for e in program.entries}
        self.operators = {s: n for s, n in program.operators.items() if REGISTRY[n].schema.namespace != "aotjit"}
        self.reached = self._reached(list(entries))
        self.methods = {*entries, *self._with_attributes()}
        self.context = Context(self.classes, self._callees(entries), self._read, self.tree.target, self._constant)

    def pieces(self, name: str) -> Iterator[bytes | memoryview]:
        """The whole archive."""
        methods: list[str] = []
        functions: list[str] = []
        entries = {e.symbol: e for e in self.program.entries}
        for symbol in self.reached:
            callee = self.context.callees[symbol]
            is_method = symbol in self.methods
            writer = FunctionWriter(self.context, self.tree.root.qualified if is_method else None)
            lines = writer.write(
                self.functions[symbol],
                callee.text.rpartition(".")[2],
                _parameters(entries[symbol]) if symbol in entries else None,
            )
            (methods if is_method else functions).extend(f"{'  ' * is_method}{line}" for line in lines)
        code = self._files(methods, functions)
        return archive_pieces(name, self.tree.root.object(), tuple(self.constants), code, self.context.version)

    # -- functions ---------------------------------------------------------------------------------------------------

    def _entry_name(self, entry: Entry) -> str:
        """A free function is the module's `forward`, as torch saves it; several keep their names."""
        return "forward" if self.program.kind == "functions" and len(self.program.entries) == 1 else entry.name

    def _reached(self, symbols: list[str]) -> list[str]:
        """The functions that entries need, entries first; operators are torch's."""
        found = dict.fromkeys(symbols)
        pending = list(symbols)
        while pending:
            for symbol in sorted(called(self.functions[pending.pop()])):
                if symbol not in found and symbol not in self.operators:
                    found[symbol] = None
                    pending.append(symbol)
        return list(found)

    def _with_attributes(self) -> set[str]:
        """The functions that read or write attributes, themselves or through what they call."""
        found = {s for s in self.reached if any(map(self.tree.has, paths_used(self.functions[s])))}
        while True:
            more = {s for s in self.reached if s not in found and called(self.functions[s]) & found}
            if not more:
                return found
            found |= more

    def _callees(self, entries: dict[str, str]) -> dict[str, Callee]:
        names = Names(frozenset((*entries.values(), "training", *self.tree.root.values, *self.tree.root.children)))
        found = {symbol: Callee(operator=name) for symbol, name in self.operators.items()}
        for symbol in self.reached:
            if symbol in entries:
                found[symbol] = Callee(f"self.{entries[symbol]}")
            elif symbol in self.methods:  # those with an underscore are nobody's to call from outside
                found[symbol] = Callee(f"self.{names.fresh('_' + as_name(symbol.removesuffix('.called')))}")
            else:
                found[symbol] = Callee(f"{_FUNCTIONS}.{names.fresh(symbol.removesuffix('.called'))}")
        return found

    # -- constants ---------------------------------------------------------------------------------------------------

    def _read(self, path: str) -> str:
        """An attribute, or a tensor that is a constant of the code."""
        if self.tree.has(path):
            return self.tree.text(path)
        if path not in self._places:
            self._places[path] = len(self.constants)
            self.constants.append(self.tensors.of_weight(self.program.weights[path]))
        return f"CONSTANTS.c{self._places[path]}"

    def _constant(self, value: str) -> str:
        self.constants.append(value)
        return f"CONSTANTS.c{len(self.constants) - 1}"

    # -- files -------------------------------------------------------------------------------------------------------

    def _files(self, methods: list[str], functions: list[str]) -> dict[str, str]:
        """The source files by path: one for each prefix of qualified names."""
        lines: dict[str, list[str]] = {}
        for node in self.tree.root.walk():
            lines.setdefault(ROOT, []).extend(node.definition())
            if node is self.tree.root:
                lines[ROOT].extend(methods)
        if functions:
            lines[_FUNCTIONS] = functions
        written = 0
        while written < len(self.classes.order):  # a definition may mention further classes
            name, t = self.classes.order[written]
            lines.setdefault(self.classes.names[name].rpartition(".")[0], []).extend(self.classes.definition(t))
            written += 1
        return {f"code/{prefix.replace('.', '/')}.py": "\n".join(text) + "\n" for prefix, text in lines.items()}


def _parameters(entry: Entry) -> list[tuple[str, str]]:
    return [
        (p.name, "" if isinstance(p.default, Required) else _default(p.default, p.type)) for p in entry.parameters
    ]


def _default(value: PlainValue, t: types.Type) -> str:
    if isinstance(value, tuple):
        inner = [_default(v, t) for v in value]
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    if isinstance(value, list):
        return f"[{', '.join(_default(v, t) for v in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(k)}: {_default(v, t)}' for k, v in value.items())}}}"
    if isinstance(value, int | float) and t == types.COMPLEX:
        return literal(complex(value))
    if isinstance(value, int) and not isinstance(value, bool) and t == types.FLOAT:
        return literal(float(value))
    return literal(value)  # type: ignore[arg-type]  # None has a text too
