"""Mathematical functions as LLVM IR on one value or a vector of lanes.

`call` gives each function its own always-inlined LLVM function, written once a module for each type. The formulas are
in vector_math_exponential.py, _power.py, _trigonometric.py and _special.py; a function without an f32 form
of its own is computed in f64. Errors are below 2 units in the last place (tests/unit/test_vector_math.py measures
them), with IEEE results for NaN, infinities, signed zeros and subnormals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen import vector_math_exponential as exponential
from aotjit.codegen import vector_math_power as powers
from aotjit.codegen import vector_math_special as special
from aotjit.codegen import vector_math_trigonometric as trigonometric
from aotjit.codegen.elements import F32, F64, Elements
from aotjit.codegen.formula import Number

if TYPE_CHECKING:
    from collections.abc import Sequence

Formula = Callable[..., Number]

F64_FORMULAS: dict[str, Formula] = {
    "exp": exponential.exp,
    "exp_any": exponential.exp_any,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "log": exponential.log,
    "log_any": exponential.log_any,
    "log2": exponential.log2,
    "log10": exponential.log10,
    "log1p": exponential.log1p,
    "tanh": exponential.tanh,
    "sinh": exponential.sinh,
    "cosh": exponential.cosh,
    "asinh": exponential.asinh,
    "acosh": exponential.acosh,
    "atanh": exponential.atanh,
    "powf": powers.power,
    "sin": trigonometric.sin,
    "cos": trigonometric.cos,
    "tan": trigonometric.tan,
    "asin": trigonometric.asin,
    "acos": trigonometric.acos,
    "atan": trigonometric.atan,
    "atan2": trigonometric.atan2,
    "erf": special.erf,
    "erfc": special.erfc,
    "cbrt": special.cbrt,
    "fmod": special.fmod,
    "reciprocal": special.reciprocal,
    "reciprocal_any": special.reciprocal_any,
}

F32_FORMULAS: dict[str, Formula] = {
    "exp": exponential.exp,
    "exp_any": exponential.exp_any,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "log": exponential.log,
    "log_any": exponential.log_any,
    "log1p": exponential.log1p,
    "tanh": exponential.tanh,
    "sin": trigonometric.sin_f32,
    "cos": trigonometric.cos_f32,
    "erf": special.erf_f32,
    "powf": powers.power_f32,
    "fmod": special.fmod_f32,
    "reciprocal": special.reciprocal,
    "reciprocal_any": special.reciprocal_any,
}

OUT_OF_LINE = frozenset({"exp_any", "log_any", "reciprocal_any"})
"""Functions for the rare arguments that a quicker form leaves over."""

NAMES: tuple[str, ...] = tuple(n for n in F64_FORMULAS if n not in OUT_OF_LINE | {"reciprocal"})


def call(e: Elements, name: str, *arguments: ir.Value) -> ir.Value:
    """The value of function `name` on f32 or f64 arguments of `e`'s lanes."""
    return e.builder.call(_function(e.builder.module, name, e.lanes, arguments), arguments)


def _function(module: ir.Module, name: str, lanes: int, arguments: Sequence[ir.Value]) -> ir.Function:
    t = arguments[0].type
    full = f"aj.{name}.{Elements(ir.IRBuilder(), lanes).suffix(t)}"
    known = module.globals.get(full)
    if known is not None:
        return known
    function = ir.Function(module, ir.FunctionType(t, [t] * len(arguments)), full)
    function.linkage = "internal"
    for attribute in (*(("noinline", "cold") if name in OUT_OF_LINE else ("alwaysinline",)), "nounwind"):
        function.attributes.add(attribute)
    builder = ir.IRBuilder(function.append_basic_block())
    inner = Elements(builder, lanes)
    builder.ret(_formula(inner, name, [Number(inner, a) for a in function.args]).v)
    return function


def _formula(e: Elements, name: str, arguments: Sequence[Number]) -> Number:
    if e.base(arguments[0].v.type) == F64:
        return F64_FORMULAS[name](*arguments)
    if name in F32_FORMULAS:
        return F32_FORMULAS[name](*arguments)
    wide = [a.to(F64) for a in arguments]
    return Number(e, call(e, name, *(w.v for w in wide))).to(F32)
