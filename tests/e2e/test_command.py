"""The command as users start it: no torch, no tools, the same bytes twice, bad programs, interrupts, LLVM dying."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import aotjit
from aotjit import cli
from tests.e2e.libraries import EXAMPLES, ROOT, Libraries, python, run_torch

COMMAND = [sys.executable, "-m", "aotjit", "compile"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(3, 4)
            self.steps = [1, 2]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.linear(x)) + len(self.steps)

    path = tmp_path_factory.mktemp("archive") / "net.pt"
    torch.jit.script(Net()).save(str(path))
    return path


def compile_here(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False,
        env={**ENVIRONMENT, **environment},
    )  # fmt: skip


def test_without_torch_and_without_tools(libraries: Libraries, folder: Path, archive: Path) -> None:
    """No torch to import, nothing on the PATH; what is made is what is made with them, byte for byte."""
    library = libraries.example("rnn")
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from aotjit import cli, load\n"
        "assert cli.main(['compile', sys.argv[1], '--weights', sys.argv[2], '-o', 'rnn.so']) == 0\n"
        "assert cli.main(['compile', sys.argv[3], '-o', 'net.so', '--cpu', 'v2']) == 0\n"
        "import numpy as np\n"
        "print(load('net.so')(np.zeros((2, 3), np.float32)).shape)"
    )
    arguments = [str(EXAMPLES / "rnn.py"), str(library.with_suffix(".pt")), str(archive)]
    environment = {"PATH": "", "PYTHONHASHSEED": "77"}
    assert python(code, *arguments, folder=folder, environment=environment) == "(2, 4)\n"
    assert Path("rnn.so").read_bytes() == library.read_bytes()
    assert Path("rnn.h").read_bytes() == library.with_suffix(".h").read_bytes()
    assert sorted(p.name for p in folder.iterdir()) == ["net.h", "net.so", "rnn.h", "rnn.so"]
    x, h = torch.randn(11, 2, 64), torch.randn(2, 128)
    for got, want in zip(aotjit.load("rnn.so")(x, h), run_torch("rnn", x, h), strict=True):
        torch.testing.assert_close(got, want)


def test_nothing_is_said_and_an_archive_gives_the_same_bytes(folder: Path, archive: Path) -> None:
    contents = []
    for seed in ("1", "2"):
        done = compile_here(archive, "-o", "net.so", "--cpu=v3", PYTHONHASHSEED=seed)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        contents.append((Path("net.so").read_bytes(), Path("net.h").read_bytes()))
        assert os.access("net.so", os.X_OK)
    assert contents[0] == contents[1]
    x = np.ones((2, 3), np.float32)
    expected = torch.jit.load(str(archive))(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(aotjit.load("net.so").forward(x), expected, rtol=1e-5)


BAD = '''\
from typing import List
import torch
from torch import Tensor


def unknown(x: Tensor) -> Tensor:
    return y + x


def wrong_type(x: Tensor) -> int:
    return x.size(0) + "a"


def no_method(x: Tensor) -> Tensor:
    return x.frobnicate()


def unsupported(x: Tensor) -> Tensor:
    with open("f") as f:
        return x


def misspelled(x: Tensor) -> Tensor:
    return torch.sigmod(x)


def wrong_result(x: Tensor) -> List[int]:
    return [x]


def unset(flag: bool) -> int:
    if flag:
        n = 1
    return n


def generator(n: int) -> int:
    yield n


def arguments(x: Tensor) -> Tensor:
    return torch.stack(x, dims=3)
'''


def test_many_errors_in_one_go(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each in its place: file, line, column, the source line and a caret below its first character."""
    Path("bad.py").write_text(BAD)
    assert cli.main(["compile", "bad.py", "-o", "bad.so"]) == 1
    out, text = capsys.readouterr()
    assert out == "" and not Path("bad.so").exists() and not Path("bad.h").exists()
    lines = BAD.split("\n")
    found = re.findall(r"^bad\.py:(\d+):(\d+): error: (.+)\n    (.*)\n( *)(\^~*)$", text, re.MULTILINE)
    functions = {next(n for n in range(int(line) - 1, -1, -1) if lines[n].startswith("def ")) for line, *_ in found}
    assert len(functions) == BAD.count("\ndef ") and len(found) >= len(functions), text
    for line, column, _, shown, margin, _ in found:
        assert shown == lines[int(line) - 1]
        assert len(margin) == 4 + int(column) - 1
    assert "did you mean 'sigmoid'" in text or "sigmoid" in text
    assert "Traceback" not in text


def test_every_truncation_of_an_archive(folder: Path, archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = archive.read_bytes()
    for size in [*range(0, len(data), len(data) // 40), len(data) - 1]:
        Path("cut.pt").write_bytes(data[:size])
        assert cli.main(["compile", "cut.pt", "-o", "cut.so"]) == 2
        out, text = capsys.readouterr()
        assert out == "" and re.fullmatch(r"aotjit: error: cut\.pt: [^\n]+\n", text)
    assert [p.name for p in folder.iterdir()] == ["cut.pt"]


def test_a_crash_inside_llvm(folder: Path) -> None:
    """An abort and a segmentation fault in the process that runs LLVM: a message, and no output."""
    code = (
        "import os, signal, sys\n"
        "from aotjit import cli, codegen\n"
        "from aotjit.codegen import workers\n"
        "start = workers._start\n"
        "def die():\n"
        "    os.write(2, b'LLVM ERROR: Cannot select: t7\\nStack dump:\\n')\n"
        "    os.kill(os.getpid(), int(sys.argv[2]))\n"
        "workers._start = lambda task: start(workers.Task(task.title, die))\n"
        "print(cli.main(['compile', sys.argv[1], '-o', 'foo.so']))"
    )
    for which in (signal.SIGABRT, signal.SIGSEGV):
        done = subprocess.run(
            [sys.executable, "-c", code, EXAMPLES / "foo.py", str(int(which))], capture_output=True, text=True,
            check=False, env=ENVIRONMENT,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "1\n")
        assert re.fullmatch(rf"error: internal error in LLVM .*{which.name}.*Cannot select: t7.*\n", done.stderr)
    assert not list(folder.iterdir())


def test_interrupted(folder: Path) -> None:
    """Ctrl-C at any time: status 130, no traceback, nothing left behind."""
    for delay in (0.15, 0.4, 0.8):
        process = subprocess.Popen(
            [*COMMAND, EXAMPLES / "rnn.py", "-o", "rnn.so"], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, text = process.communicate()
        if process.returncode == 0:
            for file in folder.iterdir():
                file.unlink()
            continue
        assert process.returncode in (130, -signal.SIGINT), text
        if process.returncode == 130:
            assert text == ""
        assert not list(folder.iterdir())


def test_interrupted_where_python_hides_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(arguments: list[str]) -> int:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as interrupt:
            raise RuntimeError("Error calling __set_name__") from interrupt

    monkeypatch.setattr(cli, "_run", run)
    assert cli.main([]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_old_library_stays_where_compiling_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("foo.so", "foo.h"):
        Path(name).write_text("old")
    Path("foo.py").write_text("def foo(x):\n    return nothing\n")
    assert cli.main(["compile", "foo.py", "-o", "foo.so"]) == 1
    assert Path("foo.so").read_text() == Path("foo.h").read_text() == "old"
    assert capsys.readouterr().err.startswith("foo.py:2:12: error: ")


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="needs a folder nobody writes to")
def test_unwritable_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compile", str(EXAMPLES / "foo.py"), "-o", "/proc/foo.so"]) == 2
    assert re.fullmatch(r"aotjit: error: cannot write /proc/foo\.so: [^\n]+\n", capsys.readouterr().err)


def test_functions_named_as_attributes_of_models_come_first(tmp_path: Path) -> None:
    source = tmp_path / "names.py"
    source.write_text("".join(f"def {n}(x: int) -> int:\n    return x + 1\n\n\n" for n in ("graph", "code", "save")))
    model = aotjit.compile(source, output=tmp_path / "names.so", cpu="native", optimize=0)
    assert [model.graph(1), model.code(2), model.save(3)] == [2, 3, 4]
