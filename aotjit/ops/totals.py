"""Folds of lists of numbers: sum, any, all, min, max.

Imported after `scalar`: max(a, b) is the operator of two numbers, not that of a list given as several arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aotjit.ops.declare import operator
from aotjit.ops.infer import element
from aotjit.ops.list import method
from aotjit.ops.opdef import Rewrite, Runtime


def _extreme(function: Callable[[list[Any]], Any], name: str) -> Callable[[list[Any]], Any]:
    def apply(items: list[Any]) -> Any:
        if not items:
            raise ValueError(f"{name}() arg is an empty sequence")
        return function(items)

    return apply


method("sum.int(int[] self) -> int", Runtime("aj_list_sum_int"), sum)
method("sum.float(float[] self) -> float", Runtime("aj_list_sum_float"), lambda items: float(sum(items)))
method("sum.bool(bool[] self) -> int", Runtime("aj_list_sum_int"), sum)
method("any.str(str[] self) -> bool", Runtime("aj_list_any", code=1), any)
for _kind in ("int", "float", "bool"):
    for _name in ("any", "all"):
        method(
            f"{_name}.{_kind}({_kind}[] self) -> bool",
            Runtime(f"aj_list_{_name}", code=1),
            {"any": any, "all": all}[_name],
        )
    for _name in ("min", "max"):
        operator(f"prim::{_name}.self_{_kind}({_kind}[] self) -> {_kind}",
                 reference=_extreme({"min": min, "max": max}[_name], _name),
                 lowering=Rewrite(lambda emit, self, name=_name: emit.aten(f"aotjit::list_{name}", self)),
                 effects="read")  # fmt: skip
for _name in ("min", "max"):
    operator(f"aotjit::list_{_name}(t[] self) -> t", infer=element("self"),
             reference=_extreme({"min": min, "max": max}[_name], _name),
             lowering=Runtime(f"aj_list_{_name}", code=1))  # fmt: skip
