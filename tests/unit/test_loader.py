"""load(): what it accepts, what it imports, new files under old paths."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from runtime_library import C_TESTS, CC, ROOT, build

from aotjit.diagnostics import UsageError
from aotjit.loader import load

needs_cc = pytest.mark.skipif(CC is None, reason="no C compiler")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hand")
    flags = ("-shared", "-fvisibility=hidden")
    return build(folder, "hand_functions.so", C_TESTS / "hand_functions.c", flags=flags)


def test_files_that_are_no_model(tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("not a library" * 10)
    empty = tmp_path / "empty.so"
    empty.touch()
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "missing.so")
    for path in (text, empty):
        with pytest.raises(UsageError, match="not a shared library"):
            load(path)
    with pytest.raises(UsageError, match="Is a directory"):
        load(tmp_path)
    with pytest.raises(UsageError, match="not a library made by aotjit"):
        load(sys.executable)


@needs_cc
def test_truncated_library(tmp_path: Path, library: Path) -> None:
    content = library.read_bytes()
    damaged = tmp_path / "damaged.so"
    damaged.write_bytes(content[: len(content) // 2])
    with pytest.raises(UsageError):
        load(damaged)


@needs_cc
def test_objects_are_separate(library: Path) -> None:
    first, second = load(library), load(str(library))
    assert first is not second and type(first) is type(second)


@needs_cc
def test_a_new_file_under_an_old_path(tmp_path: Path, library: Path) -> None:
    path = tmp_path / "model.so"
    shutil.copy(library, path)
    first = load(path)
    changed = tmp_path / "new.so"
    changed.write_bytes(library.read_bytes().replace(b"Returns x.", b"Returns y."))
    os.replace(changed, path)
    second = load(path)
    assert first.identity.__doc__ == "Returns x." and second.identity.__doc__ == "Returns y."
    assert load(path).identity.__doc__ == "Returns y."


@needs_cc
def test_loading_imports_little(library: Path) -> None:
    code = (
        "import sys, time; import aotjit; begin = time.perf_counter(); aotjit.load(sys.argv[1])\n"
        "heavy = {'numpy', 'torch', 'llvmlite', 'lark', 'xdsl', 'rich'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "[]\n"


@needs_cc
def test_modules_of_the_same_name_stay(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hand_functions", os)
    load(shutil.copy(library, library.with_name("copy.so")))
    assert sys.modules["hand_functions"] is os
    monkeypatch.delitem(sys.modules, "hand_functions")
    load(shutil.copy(library, library.with_name("another.so")))
    assert "hand_functions" not in sys.modules
