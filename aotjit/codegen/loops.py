"""Which entries loop: how long their call takes does not follow from the sizes of its arguments."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import func, scf


def looping_functions(functions: Mapping[str, func.FuncOp]) -> frozenset[str]:
    """Names of the functions that hold a loop, are recursive, or call one that is either."""
    calls = {name: _callees(function) for name, function in functions.items()}
    looping = {name for name, function in functions.items() if _has_loop(function)}
    looping |= {name for name in functions if name in _reached(name, calls)}
    return frozenset(name for name in functions if name in looping or not looping.isdisjoint(_reached(name, calls)))


def _has_loop(function: func.FuncOp) -> bool:
    return any(isinstance(op, scf.ForOp | scf.WhileOp) for op in function.walk())


def _callees(function: func.FuncOp) -> set[str]:
    return {op.callee.root_reference.data for op in function.walk() if isinstance(op, func.CallOp)}


def _reached(name: str, calls: Mapping[str, set[str]]) -> set[str]:
    """The functions that a call of `name` may call, itself only where it is recursive."""
    reached: set[str] = set()
    work = list(calls[name])
    while work:
        callee = work.pop()
        if callee not in reached:
            reached.add(callee)
            work += calls.get(callee, ())
    return reached
