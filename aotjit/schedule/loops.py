"""When a loop is worth several threads, as data."""

from __future__ import annotations

PARALLEL_PICOSECONDS = 20_000_000
"""Work below this many picoseconds runs on one thread (runtime/pointwise.c has the same number)."""
