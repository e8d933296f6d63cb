"""Tensors as lists of numbers, as deep as they have dims: Tensor.tolist()."""

from __future__ import annotations

from aotjit.ops.declare import composite, operator
from aotjit.ops.opdef import Runtime
from aotjit.types import BOOL, COMPLEX, FLOAT, INT, Type

KINDS: dict[Type, str] = {INT: "int", FLOAT: "float", COMPLEX: "complex", BOOL: "bool"}
DEEPEST = 6
_RIGHT_DTYPE = {
    "int": "self.dtype == torch.int64", "float": "self.is_floating_point()", "complex": "self.is_complex()",
    "bool": "self.dtype == torch.bool"
}  # fmt: skip


def tolist_name(element: Type, depth: int) -> str:
    """The operator that gives lists of `depth` levels of numbers of a type; depth 0 is the number."""
    return f"tolist_{KINDS[element]}{depth}"


def _body(kind: str, depth: int) -> str:
    lines = f"""
if self.dim() != {depth}:
    raise RuntimeError("Output annotation list dimension and runtime tensor dimension must match for tolist()")
if not ({_RIGHT_DTYPE[kind]}):
    raise RuntimeError("Output annotation element type and runtime tensor element type must match for tolist()")
"""
    if depth == 0:
        return lines + f"return {kind}(self)\n"
    lines += f"items{depth} = torch.flat_{kind}s(self.contiguous())\n"
    # From the innermost level outwards: the rows of all lists at that level, one after another.
    for level in range(depth - 1, 0, -1):
        count = " * ".join(f"self.size({d})" for d in range(level))
        lines += f"""
n = self.size({level})
items{level} = [items{level + 1}[i * n:(i + 1) * n] for i in range({count})]
"""
    return lines + "return items1\n"


for _type, _kind in KINDS.items():
    operator(f"aotjit::flat_{_kind}s(Tensor self) -> {_kind}[]", reference=lambda x: x.reshape(-1).tolist(),
             lowering=Runtime("aj_flat_complex_list" if _kind == "complex" else "aj_flat_list"))  # fmt: skip
    for _depth in range(DEEPEST + 1):
        composite(f"aotjit::{tolist_name(_type, _depth)}(Tensor self) -> {_kind}{'[]' * _depth}", _body(_kind, _depth))
