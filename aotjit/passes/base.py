"""What a pass is: a frozen dataclass whose fields are its options, run over a whole program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from aotjit.ir.verify_ssa import Stage
from aotjit.program import Program


@dataclass(frozen=True)
class Pass(ABC):
    """`name` is also the file's and the dump's name; `level` the lowest optimisation level at which it runs; `stage`
    what the program is after it (None: what it was before). `after` is set in a user's own pass: which pass it follows
    (passes/user.py)."""

    name: ClassVar[str]
    level: ClassVar[int] = 1
    stage: ClassVar[Stage | None] = None
    after: ClassVar[str | None] = None

    @abstractmethod
    def run(self, program: Program) -> bool:
        """Changes `program` in place; True when anything changed."""
