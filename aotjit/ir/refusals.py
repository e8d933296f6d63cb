"""Code that this version does not compile, in programs that may well run without it: a raise that remembers why.

An archive is compiled although a branch of it needs an operator that there is not. The branch becomes

    %text = "ts.str"() <{value = "torch.foo is not compiled by this version of aotjit"}> : () -> !ts.val<"str">
    "ts.raise"(%text) <{kind = "NotImplementedError"}> {ts.refused = ["torch.foo is not ...", "the hint"]}

and a warning where it can still be reached once facts are known (passes/specialise.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects.builtin import ArrayAttr, StringAttr
from xdsl.ir import Operation

from aotjit.diagnostics import Diagnostic, Span
from aotjit.ir import ts

REFUSED = "ts.refused"
"""On a raise: the diagnostic's message and hint. Its span is the operation's."""


def refusal(diagnostic: Diagnostic, span: Span | None) -> tuple[ts.StrOp, ts.RaiseOp]:
    """The operations that fail at run time as `diagnostic` says; `span` stands in for one that it has not."""
    place = diagnostic.span or span
    text = ts.with_span(ts.StrOp(diagnostic.message), place)
    fails = ts.with_span(ts.RaiseOp("NotImplementedError", text.result), place)
    fails.attributes[REFUSED] = ArrayAttr([StringAttr(diagnostic.message), StringAttr(diagnostic.hint or "")])
    return text, fails


def refused_in(op: Operation) -> Iterator[tuple[Operation, Diagnostic]]:
    """The refusals in `op`, each with what it says, as an error."""
    for inner in op.walk():
        said = inner.attributes.get(REFUSED)
        if isinstance(said, ArrayAttr):
            message, hint = (part.data for part in said)
            yield inner, Diagnostic(message, ts.span_of(inner), hint or None)
