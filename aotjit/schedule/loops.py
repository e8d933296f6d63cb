"""When a loop is worth several threads, and when a nest of its own, as data."""

from __future__ import annotations

PARALLEL_PICOSECONDS = 20_000_000
"""Work below this many picoseconds runs on one thread (runtime/pointwise.c has the same number)."""

STATIC_REDUCTION_ELEMENTS = 65536
"""Larger reductions are planned at run time and may be cut into pieces (runtime/reduction.c has the same number)."""

STATIC_REDUCTION_RESULTS = 512
"""Accumulators that a static reduction may have on the stack."""
