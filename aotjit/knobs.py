"""Every environment variable that changes what aotjit does, with its type and help text. Nothing else reads them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .diagnostics import UsageError

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Switch:
    """A variable that is on or off."""

    name: str
    help: str
    default: bool = False

    def __call__(self) -> bool:
        """Its value now. UsageError when the text is neither."""
        text = os.environ.get(self.name)
        if text is None:
            return self.default
        if text.lower() not in (*_TRUE, *_FALSE):
            raise UsageError(f"{self.name}={text}: expected 1 or 0")
        return text.lower() in _TRUE


@dataclass(frozen=True)
class Dump:
    """Where each step's result goes. `only` is a step's name, or None for all of them."""

    folder: Path
    only: str | None

    def wants(self, step: str) -> bool:
        return self.only is None or self.only == step


@dataclass(frozen=True)
class DumpKnob:
    """The variable `folder[:step]`."""

    name: str
    help: str

    def __call__(self) -> Dump | None:
        """Its value now; None when it is not set."""
        text = os.environ.get(self.name, "")
        if not text:
            return None
        folder, _, step = text.partition(":")
        if not folder:
            raise UsageError(f"{self.name}={text}: expected a folder before the colon")
        return Dump(Path(folder), step or None)


dump = DumpKnob("AOTJIT_DUMP", "DIR[:STEP]: write the program after each step, or that one, as DIR/NN-STEP.mlir")
time = Switch("AOTJIT_TIME", "print how long each step took to standard error")
verify = Switch("AOTJIT_VERIFY", "verify the program after every pass")
debug = Switch("AOTJIT_DEBUG", "show the traceback of an internal error")
in_process = Switch("AOTJIT_IN_PROCESS", "run LLVM in this process: a crash there ends it, a debugger sees it")

KNOBS: tuple[Switch | DumpKnob, ...] = (dump, time, verify, debug, in_process)


def describe() -> str:
    """The table that `aotjit --help` ends with."""
    width = max(len(knob.name) for knob in KNOBS)
    return "\n".join(f"  {knob.name:<{width}}  {knob.help}" for knob in KNOBS)
