"""Short forms of declarations, so that an operator of a known family is a few lines.

`operator` is the general form. `pointwise` derives the inference rule, the promotion around the reference and the
in-place overload from the Pointwise lowering's fields.
"""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from aotjit import types
from aotjit.dtypes import DEFAULT_DTYPE, Category, DType
from aotjit.ops import bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.infer import broadcast_dims, dtype_of, fresh, is_absent, operand, promoted, tensor
from aotjit.ops.numeric import Array, cast, check_writable, compute_dtype, element_dtype, operand_of
from aotjit.ops.opdef import (
    REGISTRY,
    Arguments,
    Composite,
    Infer,
    Lowering,
    Operator,
    Pointwise,
    Schema,
    Tolerance,
    Value,
    unstated,
)
from aotjit.ops.promotion import can_cast, result_type
from aotjit.ops.schema import parse_schema
from aotjit.types import OptionalType, Type

DEFAULT_TOLERANCE = Tolerance()
_ANY: Mapping[str, bounds.Rule] = {}


def operator(
    text: str | Schema,
    *,
    lowering: Lowering,
    reference: Callable[..., Value] = unstated,
    infer: Infer | None = None,
    effects: str = "read",
    samples: Callable[..., Any] | None = None,
    tolerance: Tolerance | None = None,
    value: Callable[[Arguments], object] | None = None,
    methods: tuple[str, ...] = (),
    doc: str = "",
    shapes: str | Callable[[Arguments], str] = "",
    adds: int | str | None = None,
) -> Operator:
    """Declares one overload and adds it to the registry. Without a rule its results are what the schema says."""
    schema = text if isinstance(text, Schema) else parse_schema(text)
    if "!" in schema.text and effects != "io":
        effects = "write"
    return REGISTRY.add(
        Operator(
            schema,
            infer or (lambda args: schema.returns),
            reference,
            lowering,
            effects,
            samples=samples,
            tolerance=tolerance or DEFAULT_TOLERANCE,
            value=value,
            methods=methods,
            doc=doc,
            shapes=shapes,
            adds=adds,
        )
    )


def composite(text: str, body: str, infer: Infer | None = None, **options: Any) -> Operator:
    """An operator that is written in the language, `body` with the schema's parameters. Its meaning is stated there
    alone: there is no other reference than torch."""
    schema = parse_schema(text)

    def source() -> str:
        lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
        names = (a.name + "_" * keyword.iskeyword(a.name) for a in schema.arguments)
        return f"def {schema.name}({', '.join(names)}):\n{lines}\n"

    return operator(schema, infer=infer, lowering=Composite(source), **options)


# -- pointwise --------------------------------------------------------------------------------------------------------

_ELEMENTS: tuple[Type, ...] = (types.TENSOR, types.NUMBER, types.FLOAT)


@cache
def operands_of(schema: Schema) -> tuple[str, ...]:
    """The arguments whose elements a pointwise body gets."""
    return tuple(a.name for a in schema.arguments if _plain(a.type) in _ELEMENTS)


@cache
def attributes_of(schema: Schema) -> tuple[str, ...]:
    """The arguments that a pointwise body gets as compile-time constants."""
    return tuple(a.name for a in schema.arguments if _plain(a.type) == types.STR)


def promotes_of(schema: Schema, lowering: Pointwise) -> tuple[str, ...]:
    """The operands that decide the compute dtype."""
    if lowering.promotes is not None:
        return lowering.promotes
    return tuple(a.name for a in schema.arguments if _plain(a.type) == types.TENSOR and a.name not in lowering.keep)


def _plain(t: Type) -> Type:
    return t.element if isinstance(t, OptionalType) else t


def compute_of(args: Arguments, lowering: Pointwise) -> DType:
    """The dtype that a pointwise operator computes in."""
    promotes = promotes_of(args.schema, lowering)
    dtype = promoted(args, promotes)
    if dtype.is_complex and not lowering.on_complex:
        raise args.error(f"not defined for {dtype} tensors", "take x.real, x.imag or x.abs() first")
    if lowering.compute == "floating" and not dtype.is_inexact:
        raise args.error(f"not implemented for {dtype} tensors", "convert the tensor first, as in x.to(torch.float32)")
    if lowering.compute == "full" and not (dtype.is_floating and dtype.size >= 4):
        raise args.error(f"not implemented for {dtype} tensors", "convert the tensor first, as in x.to(torch.float32)")
    if lowering.accepts == "whole" and not dtype.is_integral:
        raise args.error(f"defined for integer tensors, not for {dtype}")
    if lowering.accepts == "numeric" and dtype is DType.BOOL:
        raise args.error("not defined for bool tensors", "use logical_not, logical_xor or ~, or convert first")
    if lowering.accepts == "no bool" and any(operand(args, n).dtype is DType.BOOL for n in promotes):
        raise args.error("not defined for bool operands", "use logical_xor, logical_not or ~, or convert first")
    if lowering.accepts == "equal" and len({operand(args, n).dtype for n in promotes}) > 1:
        raise args.error("the tensors must have one element type", "convert one of them")
    if lowering.accepts == "integral" and dtype.category > Category.INTEGRAL:
        raise args.error(f"defined for integer and bool tensors, not for {dtype}")
    return DEFAULT_DTYPE if lowering.compute == "float" and not dtype.is_inexact else dtype


_RESULTS: dict[str, Callable[[DType], DType]] = {
    "compute": lambda dtype: dtype,
    "bool": lambda dtype: DType.BOOL,
    "real": lambda dtype: dtype.part,
    "complex": lambda dtype: dtype.pair,
}


def result_of(args: Arguments, lowering: Pointwise) -> DType:
    """The dtype of the result before an in-place operator stores it."""
    if lowering.result == "first":
        return dtype_of(args, operands_of(args.schema)[0])
    return _RESULTS[lowering.result](compute_of(args, lowering))


def check_numbers(args: Arguments, lowering: Pointwise) -> None:
    """A float or complex number that does not decide the compute dtype must fit it."""
    compute = compute_of(args, lowering)
    if not compute.is_complex:
        _check_real(args, lowering)
    if lowering.converts or compute.is_inexact:
        return
    decides = promotes_of(args.schema, lowering)
    for name in operands_of(args.schema):
        converted = lowering.fits.get(name, bounds.factor) is not bounds.factor
        if name not in decides and args.type(name) == types.FLOAT and not converted:
            raise args.error(f"'{name}' must be an integer when the tensors are integers")


def _check_real(args: Arguments, lowering: Pointwise) -> None:
    for name in operands_of(args.schema):
        if args.type(name) == types.COMPLEX:
            raise args.error(f"'{name}' must be a real number when the tensors are real", "convert the tensor first")


def check_zero_dim(args: Arguments, lowering: Pointwise) -> None:
    if lowering.zero_dim is None or not isinstance(args.type(lowering.zero_dim), types.TensorType):
        return
    if tensor(args.type(lowering.zero_dim)).rank != 0:
        raise args.error(f"'{lowering.zero_dim}' must be a 0-dim tensor, and known to be one", "give a number")


def pointwise_infer(lowering: Pointwise) -> Infer:
    def rule(args: Arguments) -> Sequence[Type]:
        result = result_of(args, lowering)
        check_numbers(args, lowering)
        check_zero_dim(args, lowering)
        names = [n for n in operands_of(args.schema) if not is_absent(args, n)]
        for kept in lowering.keep:
            dtype_of(args, kept)
        shapes = [tensor(args.type(n)).dims for n in names if isinstance(_plain(args.type(n)), types.TensorType)]
        dims = broadcast_dims(args, shapes)
        if not args.schema.arguments[0].writes:
            return fresh(result, dims)
        target = tensor(args.types[0])
        target_dtype = dtype_of(args, args.schema.arguments[0].name)
        if lowering.result == "real" and target_dtype.is_complex:
            raise args.error(f"the result is real: it cannot be stored in a {target_dtype} tensor")
        if not lowering.converts and not can_cast(result, target_dtype):
            raise args.error(
                f"a result of {result} cannot be stored in a {target_dtype} tensor",
                "use the form without the trailing underscore, which makes a new tensor",
            )
        if dims is not None and target.dims is not None and len(dims) != len(target.dims):
            raise args.error("the operands' broadcast shape is not the shape of the tensor written to")
        return (args.types[0],)

    return rule


def rounded_operands(lowering: Pointwise, dtype: DType, ranks: Mapping[str, int | None]) -> set[str]:
    """The operands that become elements of `dtype` before they are computed with in another; a number has rank 0."""
    if compute_dtype(dtype) is dtype:
        return set()
    return {
        n for n, rank in ranks.items()
        if n not in lowering.keep and lowering.fits.get(n) is not bounds.computed
        and not (n == lowering.precise and rank == 0)
    }  # fmt: skip


def pointwise_reference(schema: Schema, lowering: Pointwise, function: Callable[..., Array]) -> Callable[..., Value]:
    """`function` on operands converted to the compute dtype, its result converted as the lowering says."""

    def reference(*values: Value) -> Value:
        operands, attributes = operands_of(schema), attributes_of(schema)
        promotes = promotes_of(schema, lowering)
        by_name = {a.name: v for a, v in zip(schema.arguments, values, strict=True)}
        dtype = result_type([operand_of(by_name[n]) for n in promotes if by_name[n] is not None])
        if lowering.compute in ("float", "floating") and not dtype.is_inexact:
            dtype = DEFAULT_DTYPE
        compute = compute_dtype(dtype)
        _check_elements(by_name, lowering, dtype)
        rounded = rounded_operands(lowering, dtype, {n: np.ndim(v) for n, v in by_name.items() if v is not None})
        elements = [
            _element(by_name[n] if n not in rounded else cast(by_name[n], dtype), compute, n in lowering.keep)
            for n in operands
        ]
        divisor = None if lowering.divisor is None else elements[operands.index(lowering.divisor)]
        if divisor is not None and dtype.is_integral and not np.all(divisor):
            raise ZeroDivisionError("ZeroDivisionError")
        with np.errstate(all="ignore"):
            computed = function(*elements, **{n: by_name[n] for n in attributes})
        first = operand_of(by_name[operands[0]]).dtype
        target = first if lowering.result == "first" else _RESULTS[lowering.result](dtype)
        if not schema.arguments[0].writes:
            # A new array even where the function returned its argument: results do not alias.
            return np.array(cast(computed, target), order="C")
        destination = values[0]
        check_writable(destination, (by_name[n] for n in operands), np.ndim(computed) == 0)
        destination[...] = cast(computed, element_dtype(destination))
        return destination

    return reference


def _check_elements(by_name: Mapping[str, Value], lowering: Pointwise, dtype: DType) -> None:
    """RuntimeError where a number is none that torch makes an element of."""
    exponent = by_name.get(lowering.exponent or "")
    if isinstance(exponent, int) and dtype.is_integral:
        bounds.whole_exponent(exponent)
    for name, rule in lowering.fits.items():
        value = by_name[name]
        if name == lowering.zero_dim and isinstance(value, np.ndarray):
            value = value.item()
        if isinstance(value, bounds.Number):
            bounds.fitting(value, rule(dtype))


def _element(value: Value, dtype: DType, keep: bool) -> Array | None:
    if value is None:
        return None
    return np.asarray(value) if keep else cast(value, dtype)


def pointwise(
    text: str,
    *,
    body: Callable[..., Any],
    reference: Callable[..., Array],
    compute: str = "promote",
    result: str = "compute",
    promotes: tuple[str, ...] | None = None,
    keep: tuple[str, ...] = (),
    accepts: str = "any",
    divisor: str | None = None,
    converts: bool = False,
    zero_dim: str | None = None,
    inplace: bool | str = True,
    namespace: str = "aten",
    samples: Callable[..., Any] | None = None,
    tolerance: Tolerance | None = None,
    doc: str = "",
    shapes: str = "",
    on_complex: bool = False,
    fits: Mapping[str, bounds.Rule] = _ANY,
    exponent: str | None = None,
    precise: str | None = None,
) -> None:
    """Declares `text` (without namespace: `gelu(Tensor self, *, str approximate="none")`) and its in-place form, whose
    name may be given; with inplace="only", `text` is the in-place form."""
    lowering = Pointwise(
        body, compute, result, promotes, keep, accepts, divisor, converts, zero_dim, on_complex, fits, exponent,
        precise,
    )
    texts = [f"{namespace}::{text} -> Tensor" + ("(a!)" if inplace == "only" else "")]
    if inplace and inplace != "only":
        head, _, rest = text.partition("(Tensor self")
        name, dot, overload = head.partition(".")
        inplace = inplace if isinstance(inplace, str) else f"{name}_{dot}{overload}"
        texts.append(f"{namespace}::{inplace}(Tensor(a!) self{rest} -> Tensor(a!)")
    for schema in map(parse_schema, texts):
        operator(
            schema,
            infer=pointwise_infer(lowering),
            reference=pointwise_reference(schema, lowering, reference),
            lowering=lowering,
            samples=samples,
            tolerance=tolerance,
            doc=doc,
            shapes=shapes,
        )


def unary(
    name: str,
    *,
    body: Callable[..., Any],
    reference: Callable[..., Array],
    compute: str = "float",
    result: str = "compute",
    accepts: str = "any",
    inplace: bool = True,
    tolerance: Tolerance | None = None,
    doc: str = "",
    on_complex: bool = False,
) -> None:
    """A function of one tensor."""
    pointwise(
        f"{name}(Tensor self)",
        body=body,
        reference=reference,
        compute=compute,
        result=result,
        accepts=accepts,
        inplace=inplace,
        tolerance=tolerance,
        doc=doc,
        on_complex=on_complex,
    )


def binary(
    name: str,
    *,
    body: Callable[..., Any],
    reference: Callable[..., Array],
    alpha: bool = False,
    overloads: tuple[str, str] = ("Tensor", "Scalar"),
    namespace: str = "aten",
    compute: str = "promote",
    result: str = "compute",
    accepts: str = "any",
    divisor: str | None = None,
    inplace: bool = True,
    samples: Callable[..., Any] | None = None,
    doc: str = "",
    on_complex: bool = False,
    precise: str | None = None,
) -> None:
    """A function of two tensors, and of a tensor and a number. With `alpha`, the body gets the factor too."""
    for overload, other, tail in zip(
        overloads, ("Tensor", "Scalar"), (", *, Scalar alpha=1", ", Scalar alpha=1"), strict=True
    ):
        # torch's in-place floor_divide says "Tensor" where the functional one has no overload name.
        renamed: bool | str = f"{name}_.{overload or 'Tensor'}" if inplace else False
        pointwise(
            f"{name}{'.' if overload else ''}{overload}(Tensor self, {other} other{tail if alpha else ''})",
            body=body,
            reference=reference,
            compute=compute,
            result=result,
            promotes=("self", "other"),
            accepts=accepts,
            divisor=divisor,
            inplace=renamed,
            namespace=namespace,
            samples=samples,
            doc=doc,
            on_complex=on_complex,
            fits={"alpha": bounds.factor} if alpha else _ANY,
            precise=precise,
        )
