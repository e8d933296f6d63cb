"""Each golden file's module after its passes is what the file says, and prints as it was read."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aotjit.diagnostics import CompileError
from aotjit.ir.text import module_from_text, to_text
from aotjit.passes import PASSES
from tests.ir.golden import SEPARATOR, Golden, counting_weight

FILES = sorted(Path(__file__).parent.glob("*.mlir"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_golden(path: Path, update_golden: bool) -> None:
    golden = Golden.read(path)
    if golden.error:
        with pytest.raises(CompileError, match=re.escape(golden.error)):
            golden.run()
        return
    produced = golden.run()
    if update_golden:
        path.write_text(golden.before + SEPARATOR + produced, encoding="utf-8")
        return
    assert produced == golden.after
    assert to_text(module_from_text(golden.after)) == golden.after


def test_mlir_opt_accepts_dumps() -> None:
    tool = shutil.which("mlir-opt") or shutil.which("mlir-opt-22")
    if tool is None:
        pytest.skip("mlir-opt is not installed")
    for path in FILES:
        text = Golden.read(path).after
        command = [tool, "--allow-unregistered-dialect", "-o", "/dev/null", "-"]
        result = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
        assert result.returncode == 0, f"{path.name}: {result.stderr}"


@pytest.mark.parametrize("name", list(dict.fromkeys(p.name for p in PASSES)))
def test_docstring_example(name: str) -> None:
    """Each pass's module opens with a before and an after; running the pass on the one gives the other."""
    module = __import__(f"aotjit.passes.{name}", fromlist=["__doc__"])
    before, after = _examples(module.__doc__ or "")
    golden = Golden(Path(name), passes=[name], before=before)
    for symbol, dims in re.findall(r'symbol = "([^"]*)".*"Tensor\[f32; ([^;]*); contiguous', _aliases_filled(before)):
        golden.weights[symbol] = counting_weight(symbol, "f32", tuple(map(int, dims.split(","))))
    assert golden.run() == to_text(module_from_text(after))


def _aliases_filled(text: str) -> str:
    for name, value in re.findall(r"^(![a-z]+) = (.*)$", text, re.MULTILINE):
        text = re.sub(rf"{name}\b", lambda _, value=value: value, text)
    return text


def _examples(docstring: str) -> tuple[str, str]:
    """The two indented parts around the line `->`; type aliases (`!f = ...`) hold for both."""
    before, arrow, rest = docstring.partition("\n->\n")
    assert arrow, "the docstring has no line `->` between a before and an after"
    aliases, parts = [], []
    for text in (before, rest):
        lines = [line[4:] for line in _first_indented(text, last=text is before)]
        aliases += [line for line in lines if line.startswith("!")]
        parts.append([line for line in lines if not line.startswith("!")])
    return tuple("\n".join([*aliases, "builtin.module {", *part, "}"]) for part in parts)  # type: ignore[return-value]


def _first_indented(text: str, last: bool) -> list[str]:
    """The lines of the first (or last) run of indented or empty lines."""
    runs: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.startswith("    ") or not line.strip():
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
    found = [run for run in runs if any(line.strip() for line in run)]
    return found[-1] if last else found[0]
