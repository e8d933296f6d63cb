"""The table of conversions (runtime/handlers.h): codegen's names are the runtime's, a program's are what it needs."""

from __future__ import annotations

import pytest

from aotjit.codegen.handlers import HANDLED, needs
from aotjit.codegen.layout import HANDLERS, TYPE_KINDS
from aotjit.diagnostics import SourceText
from aotjit.link import ElfFile
from aotjit.options import CompileOptions
from aotjit.pipeline import build_program, lower_program
from aotjit.runtime_files import runtime_object

HEAD = "import torch\nfrom typing import Dict, List, Optional, Tuple\nfrom torch import Tensor, nn\n\n\n"
CELL = '''class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen: {0} = {1}

    def forward(self, x: Tensor) -> Tensor:
        self.seen = {2}
        return x


model = Cell()
'''


def needed(text: str) -> dict[str, set[str]]:
    """The columns of a program's table that have a function, with the kinds of types."""
    program = build_program(CompileOptions(source=SourceText("model.py", HEAD + text)), lambda step: None)
    lower_program(program, CompileOptions(source=SourceText("model.py", text)), lambda step: None)
    return {column: kinds for column, kinds in needs(program).items() if kinds}


def test_names_are_the_runtimes() -> None:
    """Row by row and column by column what aj_all_handlers of the runtime holds."""
    runtime = ElfFile(runtime_object(), "runtime.o")
    symbols = runtime.symbols(next(s for s in runtime.sections if s.name == ".symtab"))
    relocations = next(s for s in runtime.sections if s.name == ".rela.data.rel.ro.aj_all_handlers")
    width = len(HANDLERS.fields)
    found = {}
    for offset, _, symbol, _ in runtime.relocations(relocations, len(symbols)):
        row, column = divmod(offset // 8, width)
        found[TYPE_KINDS[row], HANDLERS.fields[column][0]] = symbols[symbol].name
    assert found == {(kind, column): f"aj_{column}_{kind}" for column, kinds in HANDLED.items() for kind in kinds}


def test_tensors_alone_need_none() -> None:
    assert needed("def f(x: Tensor, y: Tensor) -> Tensor:\n    return x + y\n") == {}


@pytest.mark.parametrize(
    ("parameter", "default", "taken", "copied"),
    [
        ("Dict[str, List[float]]", "", {"dict", "str", "list", "float"}, set()),
        ("Optional[int]", " = None", {"optional", "int"}, {"optional"}),
        ("Tuple[bool, str]", ' = (True, "a")', {"tuple", "bool", "str"}, {"tuple", "str"}),
    ],
)
def test_arguments(parameter: str, default: str, taken: set[str], copied: set[str]) -> None:
    found = needed(f"def f(x: Tensor, a: {parameter}{default}) -> Tensor:\n    return x\n")
    assert found["from_python"] == taken
    assert found["from_c"] == taken & set(HANDLED["from_c"])
    assert found.get("copy", set()) == copied
    assert found.get("destroy", set()) == taken & set(HANDLED["destroy"])


def test_results_of_a_tuple_are_spread_in_c_only() -> None:
    found = needed("def f(x: Tensor) -> Tuple[Tensor, List[Tensor]]:\n    return x, [x]\n")
    assert found == {"to_python": {"tuple", "list"}, "to_c": {"list"}}


def test_futures() -> None:
    found = needed("def f(n: torch.jit.Future[int]) -> torch.jit.Future[int]:\n    return n\n")
    assert all("future" in found[column] for column in ("from_python", "to_python", "from_c", "to_c", "destroy"))


def test_printing() -> None:
    assert needed("def f(x: Tensor) -> Tensor:\n    print(x.size(0), 0.5)\n    return x\n")["show"] == {"float"}
    assert needed("def f(x: Tensor) -> Tensor:\n    print([x])\n    return x\n")["show"] == {"list", "tensor"}


def test_keys_are_printed_where_they_are_missing() -> None:
    assert needed("def f(x: Tensor, d: Dict[float, int]) -> int:\n    return d[0.5]\n")["show"] == {"float"}


def test_state_is_copied() -> None:
    assert needed(CELL.format("Tensor", "torch.zeros(2)", "x"))["copy"] == {"tensor"}
    found = needed(CELL.format("Dict[str, List[Tensor]]", "{}", '{"a": [x]}'))
    assert found["copy"] == {"tensor", "dict", "str", "list"}
    assert found["destroy"] == {"dict", "str"}
