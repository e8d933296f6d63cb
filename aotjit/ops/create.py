"""New tensors: filled, counted, and made from numbers.

The C functions take a dtype number always; the `aotjit::` operators have exactly their arguments.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from aotjit import types
from aotjit.dtypes import DEFAULT_DTYPE, DTYPE_BY_CODE, DType
from aotjit.ops import bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import Dims, dtype_argument, dtype_of, fresh, returns, sizes_of, tensor
from aotjit.ops.numeric import Array, cast, element_dtype, numpy_dtype
from aotjit.ops.opdef import UNKNOWN, Arguments, Infer, Rewrite, Runtime, Value
from aotjit.ops.promotion import NUMBER_DTYPES
from aotjit.types import ListType, Type

_OPTIONS = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"
_FORMAT = ", MemoryFormat? memory_format=None"


def check_options(args: Arguments) -> None:
    """Devices other than the CPU and layouts other than dense row-major are errors."""
    for name, allowed in (("device", None), ("layout", (None, 0)), ("memory_format", (None, 0, 1))):
        if not args.has(name) or args.constant(name) is UNKNOWN:
            continue
        value = args.constant(name)
        if name == "device" and isinstance(value, str) and value.split(":")[0] != "cpu":
            word = value.removeprefix("torch.")
            if any(word == t.value.torch for t in DType):
                raise args.error(f"{value!r} is no device", f"write torch.{word} for the element type")
            raise args.error(f"device {value!r} is not supported", "only the CPU is")
        if allowed is not None and value not in allowed:
            raise args.error(f"this {name.replace('_', ' ')} is not supported", "tensors are row-major")


def creation(infer_dtype: Callable[[Arguments], DType], dims: Callable[[Arguments], Dims]) -> Infer:
    def rule(args: Arguments) -> Sequence[Type]:
        check_options(args)
        dtype = dtype_argument(args) or infer_dtype(args)
        _check_complex(args, dtype)
        return fresh(dtype, dims(args))

    return rule


def _check_complex(args: Arguments, dtype: DType) -> None:
    """A complex number fits complex elements only; torch.tensor converts it."""
    if types.COMPLEX in args.types and not dtype.is_complex and args.schema.name not in _CONVERTING:
        raise args.error(f"a complex number does not fit elements of {dtype}", "write float(...), or dtype=")


_CONVERTING = ("tensor", "as_tensor", "scalar_complex", "full_complex", "full_like_complex")
"""Those behind an operator get its dtype as a number."""


def _runtime(text: str, symbol: str, reference: Callable[..., Value], dims: Callable[[Arguments], Dims]) -> None:
    """The operator behind a C function that takes a dtype number."""
    operator(f"aotjit::{text}", infer=creation(lambda args: DEFAULT_DTYPE, dims), reference=reference,
             lowering=Runtime(symbol))  # fmt: skip


def _of(code: int) -> Any:
    return numpy_dtype(DTYPE_BY_CODE[code])


def _sized(args: Arguments) -> Dims:
    return sizes_of(args, "size")


def _like(args: Arguments) -> Dims:
    return tensor(args.types[0]).dims


def _own(args: Arguments) -> DType:
    return dtype_of(args, "self")


def filled(size: Sequence[int], value: object, code: int) -> Array:
    result = np.empty(tuple(size), _of(code))
    result[...] = cast(value, DTYPE_BY_CODE[code])
    return result


def _filled(size: Sequence[int], value: bounds.Number, code: int) -> Array:
    """`filled` where torch makes the number an element."""
    return filled(size, bounds.fitting(value, DTYPE_BY_CODE[code]), code)


_runtime("full_float(int[] size, float value, int dtype) -> Tensor", "aj_full", filled, _sized)
_runtime("full_int(int[] size, int value, int dtype) -> Tensor", "aj_full_int", filled, _sized)
_runtime("full_complex(int[] size, complex value, int dtype) -> Tensor", "aj_full_complex", filled, _sized)
_runtime("full_like_complex(Tensor self, complex value, int dtype) -> Tensor", "aj_full_like_complex",
         lambda x, value, code: filled(x.shape, value, code), _like)  # fmt: skip
_runtime("empty(int[] size, int dtype) -> Tensor", "aj_empty", lambda size, code: filled(size, 0, code), _sized)
_runtime("full_like_float(Tensor self, float value, int dtype) -> Tensor", "aj_full_like",
         lambda x, value, code: filled(x.shape, value, code), _like)  # fmt: skip
_runtime("full_like_int(Tensor self, int value, int dtype) -> Tensor", "aj_full_like_int",
         lambda x, value, code: filled(x.shape, value, code), _like)  # fmt: skip
_runtime("empty_like(Tensor self, int dtype) -> Tensor", "aj_empty_like", lambda x, code: filled(x.shape, 0, code),
         _like)  # fmt: skip


def _fill(emit: Any, where: Any, value: Any, family: str) -> Any:
    """`full` or `full_like`, in the C function's three kinds of numbers."""
    if value is None:
        return emit.aten(f"aotjit::{family.replace('full', 'empty')}", where, emit.dtype_code)
    if not isinstance(value, int):
        value = emit.fitting(value, emit.dtype)
    kind, number = emit.number(value)
    return emit.aten(f"aotjit::{family}_{kind}", where, number, emit.dtype_code)


for _name, _value in (("zeros", 0), ("ones", 1), ("empty.memory_format", None)):
    _tail = _FORMAT if _value is None else ""
    operator(
        f"aten::{_name}(SymInt[] size, *, {_OPTIONS}{_tail}) -> Tensor",
        infer=creation(lambda args: DEFAULT_DTYPE, _sized),
        reference=lambda size, dtype, *rest, value=_value: filled(
            size, value or 0, DEFAULT_DTYPE.code if dtype is None else dtype
        ),
        lowering=Rewrite(lambda emit, size, value=_value, **rest: _fill(emit, size, value, "full")),
    )
for _name, _value in (("zeros_like", 0), ("ones_like", 1), ("empty_like", None)):
    operator(
        f"aten::{_name}(Tensor self, *, {_OPTIONS}{_FORMAT}) -> Tensor",
        infer=creation(_own, _like),
        reference=lambda x, dtype, *rest, value=_value: filled(
            x.shape, value or 0, element_dtype(x).code if dtype is None else dtype
        ),
        lowering=Rewrite(lambda emit, self, value=_value, **rest: _fill(emit, self, value, "full_like")),
    )
for _name, _value in (("new_zeros", 0), ("new_ones", 1), ("new_empty", None)):
    operator(
        f"aten::{_name}(Tensor self, SymInt[] size, *, {_OPTIONS}) -> Tensor",
        infer=creation(_own, _sized),
        reference=lambda x, size, dtype, *rest, value=_value: filled(
            size, value or 0, element_dtype(x).code if dtype is None else dtype
        ),
        lowering=Rewrite(lambda emit, self, size, value=_value, **rest: _fill(emit, size, value, "full")),
    )


def _number_dtype(name: str) -> Callable[[Arguments], DType]:
    return lambda args: NUMBER_DTYPES[args.type(name)]


def _value_dtype(value: object) -> int:
    if isinstance(value, complex):
        return DType.C64.code
    return (DType.BOOL if isinstance(value, bool) else DType.I64 if isinstance(value, int) else DEFAULT_DTYPE).code


operator(
    f"aten::full(SymInt[] size, Scalar fill_value, *, {_OPTIONS}) -> Tensor",
    infer=creation(_number_dtype("fill_value"), _sized),
    reference=lambda size, value, dtype, *rest: _filled(size, value, _value_dtype(value) if dtype is None else dtype),
    lowering=Rewrite(lambda emit, size, fill_value, **rest: _fill(emit, size, fill_value, "full")),
)
operator(
    f"aten::full_like(Tensor self, Scalar fill_value, *, {_OPTIONS}{_FORMAT}) -> Tensor",
    infer=creation(_own, _like),
    reference=lambda x, value, dtype, *rest: _filled(x.shape, value, element_dtype(x).code if dtype is None else dtype),
    lowering=Rewrite(lambda emit, self, fill_value, **rest: _fill(emit, self, fill_value, "full_like")),
)
operator(
    f"aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, {_OPTIONS}) -> Tensor",
    infer=creation(_own, _sized),
    reference=lambda x, size, value, dtype, *rest: _filled(
        size, value, element_dtype(x).code if dtype is None else dtype
    ),
    lowering=Rewrite(lambda emit, self, size, fill_value, **rest: _fill(emit, size, fill_value, "full")),
)

# -- ranges -----------------------------------------------------------------------------------------------------------


def arange(start: float, end: float, step: float, code: int) -> Array:
    if step == 0:
        raise ValueError("step must be nonzero")
    count = max(0, math.ceil((end - start) / step))
    if (end - start) / step < 0:
        raise ValueError("upper bound and lower bound inconsistent with step sign")
    kind = np.int64 if DTYPE_BY_CODE[code].is_integral else np.float64  # what torch counts in
    return (kind(start) + np.arange(count, dtype=kind) * kind(step)).astype(_of(code))


_runtime("arange_int(int start, int end, int step, int dtype) -> Tensor", "aj_arange_int", arange, lambda args: (None,))
_runtime("arange_float(float start, float end, float step, int dtype) -> Tensor", "aj_arange_float", arange,
         lambda args: (None,))  # fmt: skip


def _counted(args: Arguments) -> Dims:
    given = {n: args.constant(n) if args.has(n) else default for n, default in (("start", 0), ("end", 0), ("step", 1))}
    if not all(isinstance(v, int) for v in given.values()) or not given["step"]:
        return (None,)
    start, end, step = (v for v in given.values() if isinstance(v, int))
    return (len(range(start, end, step)),)


def _range_dtype(args: Arguments) -> DType:
    given = [args.type(n) for n in ("start", "end", "step") if args.has(n)]
    if types.COMPLEX in given:
        raise args.error("a range has real bounds")
    return DEFAULT_DTYPE if types.FLOAT in given else DType.I64


def _arange(emit: Any, start: Any, end: Any, step: Any) -> Any:
    rule = bounds.counted(emit.dtype)
    values = [emit.constant(v) if isinstance(v, int) else emit.fitting(v, rule) for v in (start, end, step)]
    if emit.dtype is DType.I64:
        values = [emit.scalar(lambda b, x: x, [v], types.INT) for v in values]
    if any(emit.number(v)[0] == "float" for v in values):
        return emit.aten("aotjit::arange_float", *map(emit.real, values), emit.dtype_code)
    return emit.aten("aotjit::arange_int", *values, emit.dtype_code)


def _range(overload: str, arguments: str, reference: Callable[..., Value], build: Callable[..., Any]) -> None:
    operator(f"aten::arange{overload}({arguments}, *, {_OPTIONS}) -> Tensor", infer=creation(_range_dtype, _counted),
             reference=reference, lowering=Rewrite(build), effects="pure")  # fmt: skip


def _arranged(start: bounds.Number, end: bounds.Number, step: bounds.Number, code: int) -> Array:
    dtype = DTYPE_BY_CODE[code]
    given: list[Any] = [bounds.fitting(v, bounds.counted(dtype)) for v in (start, end, step)]
    start, end, step = map(int, given) if dtype is DType.I64 else given
    return arange(start, end, step, code)


def _range_code(dtype: int | None, *values: object) -> int:
    return dtype if dtype is not None else max(map(_value_dtype, values), key=lambda code: code == DEFAULT_DTYPE.code)


_range("", "Scalar end", lambda end, dtype, *rest: _arranged(0, end, 1, _range_code(dtype, end)),
       lambda emit, end, **rest: _arange(emit, 0, end, 1))  # fmt: skip
_range(".start", "Scalar start, Scalar end",
       lambda start, end, dtype, *rest: _arranged(start, end, 1, _range_code(dtype, start, end)),
       lambda emit, start, end, **rest: _arange(emit, start, end, 1))  # fmt: skip
_range(".start_step", "Scalar start, Scalar end, Scalar step=1",
       lambda start, end, step, dtype, *rest: _arranged(start, end, step, _range_code(dtype, start, end, step)),
       lambda emit, start, end, step, **rest: _arange(emit, start, end, step))  # fmt: skip



def _as_element(value: bounds.Number, code: int) -> float:
    dtype = DTYPE_BY_CODE[code]
    bounds.fitting(value, dtype)
    return float(filled((), value, code)) if dtype.is_integral else float(value.real)


def _element(emit: Any, value: Any, dtype: Any) -> Any:
    kind = DTYPE_BY_CODE[emit.constant_of(dtype)]
    value = emit.fitting(value, kind)
    if not kind.is_integral:
        return [emit.real(value)]
    return [emit.scalar(lambda b, x: b.convert(b.convert(x, kind), DType.F64), [value], types.FLOAT)]


operator(
    "aotjit::element(Scalar value, int dtype) -> float",
    infer=returns(types.FLOAT),
    reference=_as_element,
    lowering=Rewrite(_element),
    effects="pure",
    doc="A number as integer elements of the dtype hold it; any other as it is.",
)

# -- tensors of numbers -----------------------------------------------------------------------------------------------



def _converted(value: bounds.Number, code: int, rule: bounds.Rule = bounds.default_tensor) -> Array:
    dtype = DTYPE_BY_CODE[code]
    return filled((), bounds.fitting(value, rule(dtype)), code)


for _kind in ("int", "float", "complex", "bool"):
    _runtime(f"scalar_{_kind}({_kind} value, int dtype) -> Tensor", f"aj_scalar_tensor_{_kind}",
             lambda value, code: filled((), value, code), lambda args: ())  # fmt: skip
    for _name, _tail in (("tensor", ", bool requires_grad=False"), ("as_tensor", "")):
        operator(
            f"aten::{_name}.{_kind}({_kind} t, *, ScalarType? dtype=None, Device? device=None{_tail}) -> Tensor",
            infer=creation(_number_dtype("t"), lambda args: ()),
            reference=lambda value, dtype, *rest: _converted(value, _value_dtype(value) if dtype is None else dtype),
            lowering=Rewrite(
                lambda emit, t, kind=_kind, **rest: emit.aten(
                    f"aotjit::scalar_{kind}", emit.fitting(t, bounds.default_tensor(emit.dtype)), emit.dtype_code
                )
            ),
            effects="pure",
        )
operator(
    f"aten::scalar_tensor(Scalar s, *, {_OPTIONS}) -> Tensor",
    infer=creation(lambda args: DEFAULT_DTYPE, lambda args: ()),
    reference=lambda value, dtype, *rest: _converted(
        value, DEFAULT_DTYPE.code if dtype is None else dtype, bounds.scalar_tensor),
    lowering=Rewrite(lambda emit, s, **rest: emit.aten(
        f"aotjit::scalar_{emit.number(s)[0]}",
        emit.number(emit.fitting(s, bounds.scalar_tensor(emit.dtype)))[1], emit.dtype_code)),
    effects="pure",
)  # fmt: skip


def _list_shape(t: Type) -> tuple[int, Type]:
    """Depth and element type of nested lists."""
    depth = 0
    while isinstance(t, ListType):
        depth, t = depth + 1, t.element
    return depth, t


def _list_dtype(args: Arguments) -> DType:
    element = _list_shape(args.types[0])[1]
    if element not in NUMBER_DTYPES:
        raise args.error(f"a tensor cannot be made from {args.types[0]}", "give a list of numbers")
    return NUMBER_DTYPES[element]


def _from_numbers(args: Arguments) -> Sequence[Type]:
    natural, dtype = _list_dtype(args), dtype_argument(args)
    if natural.is_complex and dtype is not None and not dtype.is_complex:
        raise args.error(f"complex numbers do not fit elements of {dtype}", "leave 'dtype' out")
    return creation(_list_dtype, _list_dims)(args)


def _list_dims(args: Arguments) -> Dims:
    depth = _list_shape(args.types[0])[0]
    items = args.constants[0]
    return (len(items) if isinstance(items, list) else None, *(None,) * (depth - 1))


def _from_list(data: Sequence[Value], dtype: int | None, *rest: Value) -> Array:
    flat = np.asarray(data)
    kind = {"b": DType.BOOL, "i": DType.I64, "u": DType.I64, "f": DEFAULT_DTYPE, "c": DType.C64}[flat.dtype.kind]
    return cast(flat, kind if dtype is None else DTYPE_BY_CODE[dtype])


operator(
    "aotjit::from_list(t[] data, int dtype) -> Tensor",
    infer=_from_numbers,
    reference=_from_list,
    lowering=Runtime("aj_tensor_from_list", code=1),
)
for _text in ("tensor(t[] data, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False)",
              "as_tensor.list(t[] data, *, ScalarType? dtype=None, Device? device=None)"):  # fmt: skip
    operator(
        f"aten::{_text} -> Tensor",
        infer=_from_numbers,
        reference=_from_list,
        lowering=Rewrite(lambda emit, data, **rest: emit.aten("aotjit::from_list", data, emit.dtype_code)),
    )
