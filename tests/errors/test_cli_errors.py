"""What the command says when it fails, and its exit status. In every case: no traceback, nothing half-written."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aotjit import cli, pipeline
from aotjit.diagnostics import CompileError
from aotjit.link import Blob, LinkError, LinkUnit, link_shared

GOOD = "def foo(x, y):\n    return x + y\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test runs in a folder with one good program."""
    monkeypatch.chdir(tmp_path)
    for name in ("AOTJIT_DEBUG", "AOTJIT_DUMP", "AOTJIT_TIME", "AOTJIT_VERIFY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "model.py").write_text(GOOD)
    return tmp_path


def _fail(capsys: pytest.CaptureFixture[str], status: int, *arguments: str) -> str:
    """Runs the command, which must fail with that status and print nothing else; returns its message."""
    before = sorted(Path.cwd().iterdir())
    assert cli.main(arguments) == status
    assert sorted(Path.cwd().iterdir()) == before
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err.removesuffix("\n")


COMPILE = ("compile", "model.py", "-o", "model.so")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compile", "none.py"), "cannot read none.py: No such file or directory"),
        (("compile", "."), "cannot read .: Is a directory"),
        (("compile", "notes.txt"), "notes.txt: expected a .py or .pt file"),
        (("compile",), "the following arguments are required: FILE (see aotjit compile --help)"),
        (("frobnicate",), "invalid choice: 'frobnicate'"),
        ((*COMPILE, "--frob"), "unrecognized arguments: --frob (see aotjit --help)"),
        ((*COMPILE, "--out", "x"), "unrecognized arguments: --out x (see aotjit --help)"),
        ((*COMPILE, "-O4"), "argument -O: invalid choice: 4 (choose from 0, 1, 2, 3) (see aotjit compile --help)"),
        ((*COMPILE, "--emit", "exe"), "argument --emit: invalid choice: 'exe'"),
        ((*COMPILE, "--linker", "gold"), "argument --linker: invalid choice: 'gold'"),
        ((*COMPILE, "--cpu", "v9"), "--cpu v9: unknown level 'v9', known are v2, v3, v4 and native"),
        ((*COMPILE, "--name", "2x"), "--name 2x: expected a C identifier that starts with a letter"),
        ((*COMPILE, "--input", "x=f31[2]"), "--input x=f31[2]: unknown element type 'f31'"),
        ((*COMPILE, "--weights", "none.npz"), "cannot read none.npz: No such file or directory"),
        (("compile", "model.py", "-o", "no/model.so"), "cannot write no/model.so: No such file or directory"),
        (("compile", "model.py", "-o", "."), "cannot write .: Is a directory"),
        (("compile", "model.py", "-o", "model.py"), "model.py is the input itself"),
        (("compile", "model.py", "-o", "model.h"), "model.h: that is where the header goes"),
        (("compile", "model.py", "-o", ""), "-o: expected a file name"),
        (("inspect", "none.so"), "cannot read none.so: No such file or directory"),
        (("inspect", "empty.so"), "empty.so: empty file"),
        (("inspect", "model.py"), "model.py: not an ELF file"),
        (("ops", "no_such_operator"), "no operator is named no_such_operator"),
        (("opt", "none.mlir"), "cannot read none.mlir: No such file or directory"),
        (("opt", "-p", "frob", "empty.mlir"), "no pass is named 'frob'"),
        (("opt",), "opt: which file? (- reads standard input)"),
    ],
)
def test_usage_errors(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    for name in ("notes.txt", "empty.so", "empty.mlir"):
        (folder / name).write_text("")
    text = _fail(capsys, 2, *arguments)
    assert text.startswith("aotjit: error: ")
    assert message in text
    assert "\n" not in text


def test_damaged_archive(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "model.pt").write_bytes(b"PK\x03\x04" + bytes(100))
    text = _fail(capsys, 2, "compile", "model.pt", "-o", "model.so")
    assert text.startswith("aotjit: error: ") and "model.pt" in text and "\n" not in text


def test_source_that_is_not_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "model.py").write_bytes(b"def f():\n    return '\xff'\n")
    assert _fail(capsys, 2, *COMPILE) == "aotjit: error: model.py is not UTF-8 text (byte 21)"


def test_syntax_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "model.py").write_text("def foo(x):\n    return x +\n")
    lines = _fail(capsys, 1, *COMPILE).split("\n")
    assert re.match(r"model\.py:2:\d+: error: ", lines[0])
    assert lines[1] == "        return x +"
    assert lines[2].strip().startswith("^")


def test_several_errors_in_one_go(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "model.py").write_text("def foo(x):\n    return y\n\ndef bar(x):\n    return z\n")
    text = _fail(capsys, 1, *COMPILE)
    assert "model.py:2:12: error: " in text and "model.py:5:12: error: " in text


def _raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def compile_program(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(pipeline, "compile_program", compile_program)


def test_internal_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _raising(monkeypatch, KeyError("a\nb"))
    message = "aotjit: internal error: KeyError: 'a\\nb' (please report it; AOTJIT_DEBUG=1 shows where)"
    assert _fail(capsys, 70, *COMPILE) == message
    monkeypatch.setenv("AOTJIT_DEBUG", "1")
    with pytest.raises(KeyError):
        cli.main(COMPILE)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, ""),
        (MemoryError(), 70, "aotjit: error: out of memory"),
        (RecursionError(), 1, "aotjit: error: the program is nested too deeply"),
        (OSError(28, "No space left on device", "x.tmp"), 2, "aotjit: error: x.tmp: No space left on device"),
        (LinkError("undefined symbol: f (used in o)"), 1, "error: linking failed: undefined symbol: f (used in o)"),
        (CompileError.at(None, "no entry", "write one"), 1, "error: no entry\n    hint: write one"),
    ],
)
def test_each_way_to_fail(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    message: str,
) -> None:
    _raising(monkeypatch, error)
    assert _fail(capsys, status, *COMPILE) == message


def test_closed_pipe() -> None:
    """`aotjit ops | head -1` ends quietly."""
    script = f"{sys.executable} -m aotjit ops | head -1"
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert result.stderr == ""
    assert result.stdout.startswith("operator")


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], *([name, "--help"] for name in cli.COMMANDS)):
        with pytest.raises(SystemExit) as leaving:
            cli.main(arguments)
        assert leaving.value.code == 0
        assert capsys.readouterr().out.startswith("usage: aotjit")
    assert cli.main(["--version"]) == 0
    assert re.fullmatch(r"aotjit \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_inspect_of_damaged_libraries(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is in the file: a description, or one line and status 2."""
    from tests.objects_for_linking import compile_ir

    manifest = Blob(
        "text", b'{"abi":1,"entries":[{"name":"f","signature":"()"}]}\0', section=".aotjit", keep=True
    )
    code = compile_ir("declare i64 @strlen(ptr)\ndefine i64 @f(ptr %p) { %r = call i64 @strlen(ptr %p)  ret i64 %r }")
    good = link_shared(LinkUnit([("o", code)], ["f"], blobs=[manifest]))
    rng = random.Random(3)
    refused = 0
    for _ in range(400):
        data = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if rng.random() < 0.2:
            del data[rng.randrange(len(data)) :]
        (folder / "m.so").write_bytes(data)
        status = cli.main(["inspect", "m.so"])
        out, err = capsys.readouterr()
        assert status in (0, 2), err
        refused += status == 2
        assert (err.count("\n"), bool(out)) == ((1, False) if status else (0, True))
    assert refused > 20
