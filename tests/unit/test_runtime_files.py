"""A checkout's runtime is made anew when a source was written, and only then."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from aotjit import runtime_files


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests that were built, of a checkout with one source whose digest is its text."""
    source, folder, done = tmp_path / "runtime", tmp_path / "_build", list[str]()
    for path in (source, folder):
        path.mkdir()
    (source / "build.py").write_text("")
    (source / "list.c").write_text("one")

    def digest() -> str:
        return (source / "list.c").read_text()

    def build(to: Path) -> None:
        done.append(digest())
        (to / "runtime.o").write_text(digest())
        (to / "runtime.hash").write_text(digest())

    for name, value in (("BUILD", folder), ("_SOURCE", source), ("_SEEN", folder / "sources.seen")):
        monkeypatch.setattr(runtime_files, name, value)
    script = SimpleNamespace(source_hash=digest, build_bitcode=build)
    monkeypatch.setattr(runtime_files, "_load_build_script", lambda: script)
    return done


def _object() -> str:
    runtime_files._build_when_outdated.cache_clear()
    text = runtime_files.runtime_object().decode()
    runtime_files._build_when_outdated.cache_clear()
    return text


def test_a_changed_source_is_built(builds: list[str], tmp_path: Path) -> None:
    assert (_object(), _object(), builds) == ("one", "one", ["one"])
    (tmp_path / "runtime" / "list.c").write_text("two")  # as long as before
    assert (_object(), _object(), builds) == ("two", "two", ["one", "two"])


def test_a_source_written_as_it_was_is_not_built(builds: list[str], tmp_path: Path) -> None:
    _object()
    (tmp_path / "runtime" / "list.c").write_text("one")
    assert (_object(), builds) == ("one", ["one"])


def test_outputs_of_other_sources_are_replaced(builds: list[str], tmp_path: Path) -> None:
    """As after copying them from another checkout."""
    _object()
    for name in ("runtime.o", "runtime.hash"):
        (tmp_path / "_build" / name).write_text("other")
    assert (_object(), builds) == ("one", ["one", "one"])
