"""The passes over a program's IR, in the order in which they run. One pass a file; file, pass and dump share a name."""

from __future__ import annotations

from aotjit.diagnostics import UsageError
from aotjit.passes.base import Pass
from aotjit.passes.batch import Batch
from aotjit.passes.bounds import Bounds
from aotjit.passes.canonicalise import Canonicalise
from aotjit.passes.cse import Cse
from aotjit.passes.dce import Dce
from aotjit.passes.demand import Demand
from aotjit.passes.driver import PassOptions, PassReport, run_passes
from aotjit.passes.fold import Fold
from aotjit.passes.functionalise import Functionalise
from aotjit.passes.fuse import Fuse
from aotjit.passes.inline import Inline
from aotjit.passes.lend import Lend
from aotjit.passes.licm import Licm
from aotjit.passes.lower import Lower
from aotjit.passes.pack import Pack
from aotjit.passes.refcount import Refcount
from aotjit.passes.reuse import Reuse
from aotjit.passes.specialise import Specialise
from aotjit.passes.user import load_pass, with_user_passes

PASSES: tuple[Pass, ...] = (
    Demand(),
    Inline(),
    Specialise(),
    Inline(limit=3000),
    Canonicalise(),
    Fold(),
    Cse(),
    Dce(),
    Lower(),
    Fold(),
    Functionalise(),
    Cse(),
    Licm(),
    Batch(),
    Fuse(),
    Cse(),
    Pack(),
    Dce(),
    Reuse(),
    Bounds(),
    Lend(),
    Refcount(),
)


def by_name(name: str) -> Pass:
    """The pass of that name with its default options; `package.module:name` is a user's. UsageError when there is
    none."""
    if ":" in name:
        return load_pass(name)
    for step in PASSES:
        if step.name == name:
            return step
    names = ", ".join(dict.fromkeys(p.name for p in PASSES))
    raise UsageError(f"no pass is named {name!r}; there are {names}")


__all__ = ["PASSES", "Pass", "PassOptions", "PassReport", "by_name", "load_pass", "run_passes", "with_user_passes"]
