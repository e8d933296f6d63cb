"""Random programs over the whole language mean what torch.jit says, in the interpreter and as machine code at -O0 and
-O3, and leave nothing in memory.

AOTJIT_FUZZ=N takes N programs of each theme (default 4); `python -m tests.fuzz` runs many.
"""

from __future__ import annotations

import os

import pytest

from tests.fuzz import language
from tests.fuzz.campaign import run_batch
from tests.fuzz.kinds import Kind
from tests.fuzz.minimise import all_seen, minimised

THEMES = (*language.THEMES,)
FIRST = 700
COUNT = len(THEMES) * int(os.environ.get("AOTJIT_FUZZ", "4"))


def theme_in_turn(seed: int) -> str:
    return language.function(seed, THEMES[seed % len(THEMES)])


def test_programs_of_all_themes() -> None:
    seeds = list(range(FIRST, FIRST + COUNT))
    kind = Kind(language.PRELUDE, theme_in_turn, language.arguments)
    found = run_batch("fuzz_language", kind.source(seeds), kind, seeds)
    wrong = [d for d in found if d.stage != "torch refuses" and not d.fails]
    assert not wrong, "\n".join(f"{theme_in_turn(d.seed)}{d.stage}: {d.detail}" for d in wrong)
    assert len(found) < COUNT / 4, "torch refuses most programs, or most fail"


def test_differences_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison itself: a batch whose oracle is another program than what is compiled."""
    from tests.fuzz import observe

    kind = Kind("", lambda seed: f"def f{seed}(n: int):\n    return [n, {seed}]\n", lambda seed: (seed,))
    scripted = observe.scripted
    monkeypatch.setattr(observe, "scripted", lambda module, name: scripted(module, "f2" if name == "f1" else name))
    found = run_batch("fuzz_differences", kind.source([1, 2]), kind, [1, 2])
    assert [(d.seed, d.stage, d.fails) for d in found] == [(1, s, False) for s in ("interpreter", "O0", "O3")]


def test_programs_are_made_smaller() -> None:
    text = "def f1(n: int):\n    v1: int = n\n    if n > 2:\n        v2: int = 3\n    return v1\n"
    assert minimised(text, "", lambda source: "v2" in source) == "def f1(n: int):\n    if n > 2:\n        v2: int = 3\n"
    assert "print(v1, n)\n" in all_seen(text) and "        print(v2)\n" in all_seen(text)
