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


def origins(values: Iterable[Plain], example: str = "int") -> tuple[Note, ...]:
    """A note for each value whose type nobody has written down: empty lists and dicts, and parameters, which may have
    to be of type `example`."""
    notes: dict[Note, None] = {}
    for value in values:
        if value.unannotated is not None:
            notes.update(dict.fromkeys(declaration(value.unannotated, example)))
        owner = value.ssa.owner
        span = ts.span_of(owner) if isinstance(owner, ts.ListOp | ts.DictOp) and not owner.operands else None
        if span is not None and value.type == _UNTYPED.get(type(owner)):
            example = "List[int] = []" if isinstance(owner, ts.ListOp) else "Dict[str, int] = {}"
            kind = "list" if isinstance(owner, ts.ListOp) else "dict"
            notes[span, f"an empty {kind} is a {value.type} where nothing else is said; write x: {example}"] = None
    return tuple(notes)


def declaration(parameter: ParameterInfo, example: str = "int") -> tuple[Note, ...]:
    """Where a parameter got its type; nothing for those of the package's own functions."""
    if parameter.span.source.name.startswith("<"):
        return ()
    if parameter.annotated is None:
        name = parameter.name
        return ((parameter.span, f"'{name}' has no annotation, which makes it a Tensor; write {name}: {example}"),)
    return ((parameter.span, f"'{parameter.name}' is declared here"),)
