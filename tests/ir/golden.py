"""Golden files of passes: `NAME.mlir` holds directives, the module before, a line `// ----- after`, the module after.

Directives are comment lines at the top (other comment lines say what the file is about):

    // passes: specialise dce        what is run, in this order
    // weight: w f32 2 3             a weight of Program.weights with that dtype and shape (elements 0, 1, 2, ...)
    // error: text                   the passes raise a CompileError whose text holds this; there is no second part
"""

from __future__ import annotations

import array
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aotjit.dtypes import DTYPE_BY_TEXT
from aotjit.ir.text import module_from_text, to_text
from aotjit.ir.verify_ssa import Stage, verify_module
from aotjit.passes import by_name
from aotjit.program import Program, Weight

SEPARATOR = "// ----- after\n"


@dataclass
class Golden:
    """One golden file, read."""

    path: Path
    passes: list[str] = field(default_factory=list)
    weights: dict[str, Weight] = field(default_factory=dict)
    error: str = ""
    before: str = ""
    after: str = ""

    @classmethod
    def read(cls, path: Path) -> Golden:
        before, _, after = path.read_text(encoding="utf-8").partition(SEPARATOR)
        golden = cls(path, before=before, after=after)
        for key, rest in _directives(before):
            if key == "passes":
                golden.passes = rest.split()
            elif key == "error":
                golden.error = rest
            elif key == "weight":
                name, dtype, *dims = rest.split()
                golden.weights[name] = counting_weight(name, dtype, tuple(map(int, dims)))
        return golden

    def program(self) -> Program:
        return Program(module_from_text(self.before, self.path.name), (), dict(self.weights))

    def run(self) -> str:
        """The text after the passes; each is verified."""
        program = self.program()
        stage = Stage.BUILT
        verify_module(program.module, stage)
        for name in self.passes:
            step = by_name(name)
            step.run(program)
            stage = step.stage or stage
            verify_module(program.module, stage)
        return to_text(program)


def counting_weight(name: str, dtype: str, shape: tuple[int, ...]) -> Weight:
    """A weight with elements 0, 1, 2, ..."""
    code = {"f32": "f", "f64": "d", "i64": "q"}[dtype]
    data = array.array(code, range(math.prod(shape)))
    return Weight(name, DTYPE_BY_TEXT[dtype], shape, lambda: memoryview(data).cast("B"))


def _directives(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if not line.startswith("//"):
            return
        key, colon, rest = line[2:].strip().partition(":")
        if colon:
            yield key.strip(), rest.strip()
