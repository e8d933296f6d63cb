"""What all tests share: programs are verified after every pass, and `--update-golden` rewrites the expected parts of
golden files instead of comparing, and `--all-samples` takes every sample where a selection is enough for each day."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what is produced into the golden files")
    parser.addoption("--all-samples", action="store_true", help="every sample of every operator, not a selection")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("AOTJIT_VERIFY", "1")
    # torch's threads spin where workers share the cores, and a forked child that needs them waits for ever.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """The run is to rewrite golden files."""
    return bool(request.config.getoption("--update-golden"))
