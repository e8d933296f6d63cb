"""Where the types in an error come from: notes at the places that decided them, and what to write there."""

from __future__ import annotations

from collections.abc import Iterable

from aotjit.diagnostics import Span
from aotjit.ir import ts
from aotjit.sema.signatures import ParameterInfo
from aotjit.sema.values import Plain
from aotjit.types import STR, TENSOR, DictType, ListType

Note = tuple[Span, str]
_UNTYPED = {ts.ListOp: ListType(TENSOR), ts.DictOp: DictType(STR, TENSOR)}
"""What torch.jit makes of [] and {} that nothing gives a type."""


def origins(values: Iterable[Plain]) -> tuple[Note, ...]:
    """A note for each empty list and dict among the values whose type nobody has written down."""
    notes: dict[Note, None] = {}
    for value in values:
        owner = value.ssa.owner
        span = ts.span_of(owner) if isinstance(owner, ts.ListOp | ts.DictOp) and not owner.operands else None
        if span is not None and value.type == _UNTYPED.get(type(owner)):
            example = "List[int] = []" if isinstance(owner, ts.ListOp) else "Dict[str, int] = {}"
            kind = "list" if isinstance(owner, ts.ListOp) else "dict"
            notes[span, f"an empty {kind} is a {value.type} where nothing else is said; write x: {example}"] = None
    return tuple(notes)


def declaration(parameter: ParameterInfo) -> tuple[Note, ...]:
    """Where a parameter got its type; nothing for those of the package's own functions."""
    if parameter.span.source.name.startswith("<"):
        return ()
    if parameter.annotated is None:
        name = parameter.name
        return ((parameter.span, f"'{name}' has no annotation, which makes it a Tensor; write {name}: int"),)
    return ((parameter.span, f"'{parameter.name}' is declared here"),)
