"""Imports point one way, heavy libraries stay in their corner, loading a model imports none of the compiler."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "aotjit"
BASE = (
    "__init__", "diagnostics", "knobs", "options", "dtypes", "types", "type_text", "program", "runtime_files",
    "live_source",
)  # fmt: skip
LAYERS: tuple[tuple[str, ...], ...] = (
    BASE,
    ("ir",),
    ("ops",),
    ("interp", "syntax", "archive", "sema", "library", "passes", "schedule", "tracing"),
    ("codegen", "saving"),
    ("link", "header"),
    ("pipeline", "load_state", "loader"),
    ("api",),
    ("cli", "commands", "__main__", "lazy_dataclasses"),
)
"""From the bottom up: a part imports its own layer and those below it."""
EXCEPTIONS = {
    ("api", "commands"): "both write artefacts through commands.output",
}
HEAVY = {
    "lark": ("syntax",),
    "llvmlite": ("codegen",),
    "xdsl": ("ir", "ops", "sema", "passes", "interp", "codegen", "program", "tracing", "saving"),
    "torch": (),
    "rich": ("commands",),
}
"""Who may import what."""
LONGEST = 450
FLAT: tuple[str, ...] = ()
"""Longer than that, but without structure: one definition after another."""
LOADER_MAY_USE = ("loader", "diagnostics", "dtypes", "types", "__init__", "knobs")


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def _imports(module: str, path: Path, at_run_time: bool) -> Iterator[tuple[str, int]]:
    """Absolute names of what a file imports, with the line. `at_run_time` leaves out `if TYPE_CHECKING:`."""
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text(), str(path))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and at_run_time:
            skipped.update(inner for statement in node.body for inner in ast.walk(statement))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, *([node.module] if node.module else [])])
            yield base, node.lineno
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def _part(name: str) -> str | None:
    """`syntax` for `aotjit.syntax.parse`, `header` for `aotjit.header_forms`; None for another package's module."""
    parts = name.split(".")
    if parts[0] != "aotjit":
        return None
    if len(parts) == 1:
        return "__init__"
    known = (PACKAGE / parts[1]).is_dir() or (PACKAGE / f"{parts[1]}.py").is_file()
    family = parts[1].partition("_")[0]
    return (family if (PACKAGE / f"{family}.py").is_file() else parts[1]) if known else "__init__"


def _layer(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def test_every_part_has_a_layer() -> None:
    parts = {_part(module) for module, _ in _modules()}
    assert {part for part in parts if part and not any(part in layer for layer in LAYERS)} == set()


def test_imports_point_down() -> None:
    wrong = []
    for module, path in _modules():
        here = _part(module)
        assert here is not None
        if here == "__init__":
            continue
        for name, line in _imports(module, path, at_run_time=True):
            there = _part(name)
            if there is not None and _layer(there) > _layer(here) and (here, there) not in EXCEPTIONS:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {here} imports {there}")
    assert wrong == []


@pytest.mark.parametrize("library", HEAVY)
def test_heavy_libraries_stay_in_their_corner(library: str) -> None:
    wrong = []
    for module, path in _modules():
        for name, line in _imports(module, path, at_run_time=True):
            if name.split(".")[0] == library and _part(module) not in HEAVY[library]:
                wrong.append(f"{path.relative_to(ROOT)}:{line}")
    assert wrong == []


def test_loader_imports_nothing_of_the_compiler() -> None:
    path = PACKAGE / "loader.py"
    used = {_part(name) for name, _ in _imports("aotjit.loader", path, at_run_time=True)}
    assert used - {None} <= set(LOADER_MAY_USE)


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import aotjit", "numpy xdsl lark llvmlite torch argparse"),
        ("import aotjit.loader", "xdsl lark llvmlite torch"),
        ("import aotjit.cli; aotjit.cli.main(['--version'])", "numpy xdsl lark llvmlite torch rich"),
        ("import aotjit.cli; aotjit.cli.main(['ops', 'tanh'])", "lark llvmlite torch rich"),
    ],
)
def test_what_an_import_brings(code: str, forbidden: str) -> None:
    check = f"{code}\nimport sys\nprint('LOADED', *[m for m in {forbidden.split()!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.splitlines()[-1] == "LOADED"


def test_modules_are_short() -> None:
    """A file that outgrows about 400 lines is telling about a missing concept."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for _, path in _modules()}
    assert [name for name, length in lengths.items() if length > LONGEST and name not in FLAT] == []
