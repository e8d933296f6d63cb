"""Models that many end-to-end tests use: the programs of examples/, each compiled once for a test session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.libraries import Libraries


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Libraries:
    """Compiles on demand; all outputs lie in one folder."""
    return Libraries(tmp_path_factory.mktemp("libraries"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own folder, which is also the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
