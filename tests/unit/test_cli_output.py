"""Files appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aotjit.commands.output import Outputs, write_artefact
from aotjit.diagnostics import UsageError
from aotjit.options import Artefact


def test_library_and_header(tmp_path: Path) -> None:
    write_artefact(Artefact([b"ab", memoryview(b"cd"), b""], "header"), tmp_path / "m.so", executable=True)
    assert (tmp_path / "m.so").read_bytes() == b"abcd"
    assert (tmp_path / "m.h").read_text() == "header"
    assert os.access(tmp_path / "m.so", os.X_OK) and not os.access(tmp_path / "m.h", os.X_OK)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.h", "m.so"]


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "m.so").write_text("old")

    def pieces() -> Iterator[bytes]:
        yield b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_artefact(Artefact(pieces(), "header"), tmp_path / "m.so")
    assert (tmp_path / "m.so").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["m.so"]


def test_header_that_cannot_be_written_keeps_the_library_away(tmp_path: Path) -> None:
    (tmp_path / "m.h").mkdir()
    with pytest.raises(UsageError, match=r"cannot write .*m\.h: Is a directory"):
        write_artefact(Artefact([b"x"], "header"), tmp_path / "m.so")
    assert [p.name for p in tmp_path.iterdir()] == ["m.h"]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file or directory"), Outputs() as outputs:
        outputs.write(tmp_path / "no" / "m.so", [b"x"])


def test_full_device() -> None:
    with pytest.raises(UsageError, match="cannot write /dev/full: No space left on device"), Outputs() as outputs:
        outputs.write(Path("/dev/full"), [b"x"])


def test_device() -> None:
    with Outputs() as outputs:
        outputs.write(Path("/dev/null"), [b"x"])
        outputs.commit()
    assert Path("/dev/null").is_char_device()


def test_symbolic_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with Outputs() as outputs:
        outputs.write(tmp_path / "link", [b"new"])
        outputs.commit()
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
