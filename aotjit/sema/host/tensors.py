"""Tensors while constructors run: creation with torch's random numbers and operators by their reference
meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DEFAULT_DTYPE, DTYPE_BY_CODE, DType
from aotjit.ops import REGISTRY, bounds
from aotjit.ops.numeric import cast, numpy_dtype, round_bf16
from aotjit.ops.opdef import Composite, Operator, unstated
from aotjit.ops.schema import mentions_variable
from aotjit.sema.deferred import Elements
from aotjit.sema.host.composites import lifted, run_composite, run_function
from aotjit.sema.host.generator import Generator
from aotjit.sema.modules import HostTensor, HostValue
from aotjit.types import TupleType, Type

_BINARY_NAMES = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "@": "matmul", "//": "floor_divide", "%": "remainder",
    "&": "bitwise_and", "|": "bitwise_or", "^": "bitwise_xor", "<<": "bitwise_left_shift", ">>": "bitwise_right_shift",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip
_UNARY_NAMES = {"-": "neg", "~": "bitwise_not"}
_REFLECTED = {"add": "add", "mul": "mul", "eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le",
              "bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or", "bitwise_xor": "bitwise_xor"}  # fmt: skip
"""Operators with a number on the left, and what computes them with it on the right."""
COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_SCALING = {"+": "add", "-": "sub", "*": "mul"}
_REAL = frozenset((DType.F32, DType.F64))


def sizes_of(args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span) -> tuple[int, ...]:
    """The sizes in `zeros(2, 3)`, `zeros((2, 3))` or `zeros(size=[2, 3])`."""
    given = keywords.get("size", args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else tuple(args))
    sizes = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in sizes):
        raise CompileError.at(span, "the sizes of a tensor are ints of at least 0")
    if math.prod(sizes) > 1 << 32:
        raise CompileError.at(span, "this tensor is too large")
    return sizes


def dtype_of(keywords: dict[str, HostValue], default: DType = DEFAULT_DTYPE) -> DType:
    code = keywords.get("dtype")
    return default if code is None else DTYPE_BY_CODE[code]


def from_numpy(array: Any, dtype: DType) -> HostTensor:
    """A tensor of the dtype with an array's elements."""
    return HostTensor(dtype, tuple(int(n) for n in array.shape), _array(array, dtype))


def from_numbers(array: Any, dtype: DType, name: str, span: Span) -> HostTensor:
    """A tensor of an array of numbers, which integer elements must hold."""
    for extreme in (array.min().item(), array.max().item()) if array.size and dtype.is_integral else ():
        if not bounds.fits(extreme, dtype):
            reason = f"value cannot be converted to type {dtype.value.torch} without overflow"
            raise CompileError.at(span, f"torch.{name} fails at compile time: {reason}")
    return from_numpy(array, dtype)


def _array(values: Any, dtype: DType) -> Any:
    import numpy

    with numpy.errstate(all="ignore"):
        return _rounded(numpy.array(values, dtype=numpy_dtype(dtype)), dtype)


def _rounded(array: Any, dtype: DType) -> Any:
    return round_bf16(array) if dtype is DType.BF16 else array


def view_of(tensor: HostTensor, array: Any) -> HostTensor:
    """A tensor of the same dtype with an array's memory."""
    return HostTensor(tensor.dtype, tuple(int(n) for n in array.shape), array)


def alias_of(tensor: HostTensor) -> HostTensor:
    """Another tensor with the same memory, which is no parameter: `x.data`, `x.detach()`."""
    return HostTensor(tensor.dtype, tensor.shape, tensor.array, tensor.source)


def converted(tensor: HostTensor, dtype: DType) -> HostTensor:
    """`tensor.to(dtype)`: the very same where it has that dtype."""
    return tensor if tensor.dtype is dtype else from_numpy(tensor.numpy(), dtype)


# -- subscripts -------------------------------------------------------------------------------------------------------


def indexed(tensor: HostTensor, index: Any) -> HostTensor:
    """`tensor[index]`: a view where no tensor, list or mask is in the index."""
    return view_of(tensor, tensor.numpy()[_index(index)])


def store(tensor: HostTensor, index: Any, value: HostValue) -> None:
    """`tensor[index] = value`."""
    held = value.numpy() if isinstance(value, HostTensor) else value
    if isinstance(held, list | tuple):
        raise TypeError("a tensor or a number is assigned to elements of a tensor: write torch.tensor(...)")
    if isinstance(held, bool | int | float):
        held = cast(bounds.fitting(held, bounds.scalar_tensor(tensor.dtype)), tensor.dtype)
    tensor.numpy()[_index(index)] = _rounded(held, tensor.dtype)


def _index(index: Any) -> tuple[Any, ...]:
    """An index as numpy takes it; with an ellipsis, so that a single element is a view too."""
    import numpy

    parts = index if isinstance(index, tuple) else (index,)
    result = []
    for part in parts:
        if isinstance(part, HostTensor):
            part = part.numpy()
        if isinstance(part, slice) and part.step is not None and part.step <= 0:
            raise ValueError("slice step must be positive")
        if isinstance(part, numpy.ndarray) and part.dtype == numpy.uint8:
            part = part.astype(bool)
        result.append(part)
    return tuple(result) if any(p is Ellipsis for p in result) else (*result, Ellipsis)


# -- new tensors ------------------------------------------------------------------------------------------------------


def copied(tensor: HostTensor) -> HostTensor:
    """A tensor with memory of its own."""
    return HostTensor(tensor.dtype, tensor.shape, tensor.numpy().copy())


def moved(tensor: HostTensor, arguments: Sequence[HostValue], copy: bool, span: Span) -> HostTensor:
    """`x.to(...)`: the very same where nothing changes."""
    dtype = tensor.dtype
    for argument in arguments:
        if isinstance(argument, HostTensor):
            dtype = argument.dtype
        elif isinstance(argument, int) and not isinstance(argument, bool) and argument in DTYPE_BY_CODE:
            dtype = DTYPE_BY_CODE[argument]
        elif argument is not None and argument != "cpu" and not isinstance(argument, bool):
            raise CompileError.at(span, "to: expected a dtype, a tensor or the device 'cpu'")
    made = converted(tensor, dtype)
    return copied(made) if copy and made is tensor else made


def literal_tensor(
    name: str, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span
) -> HostValue:
    """torch.tensor and its like, by their `name`."""
    import numpy

    value = args[0] if args else keywords.get("data")
    if isinstance(value, HostTensor):
        kept = dtype_of(keywords, value.dtype)
        convert = converted(value, kept)
        return convert if name == "as_tensor" or convert is not value else copied(value)
    try:
        array = numpy.asarray(_numbers(value))
    except (TypeError, ValueError) as error:
        raise CompileError.at(span, f"torch.{name} fails at compile time: {error}") from None
    defaults = {"f": DType.F32, "i": DType.I64, "b": DType.BOOL, "c": DType.C64}
    default = defaults.get(array.dtype.kind)
    if default is None:
        raise CompileError.at(span, "torch.tensor takes numbers and lists of them")
    if name != "tensor" and name != "as_tensor":
        default = DType.I64 if name == "LongTensor" else DType.F32
    return from_numbers(array, dtype_of(keywords, default), name, span)


def _numbers(value: HostValue) -> HostValue:
    """What torch.tensor is given, tensors of one element as their numbers."""
    if isinstance(value, HostTensor):
        return value.numpy().item()
    return [_numbers(v) for v in value] if isinstance(value, list | tuple) else value


def constant_tensor(generator: Generator, value: float, sizes: tuple[int, ...], dtype: DType) -> HostTensor:
    """torch.zeros and torch.ones."""

    def compute() -> Any:
        import numpy

        return _array(numpy.full(sizes, value), dtype)

    return HostTensor(dtype, sizes, None, generator.later(compute))


def random_tensor(generator: Generator, kind: str, sizes: tuple[int, ...], dtype: DType) -> HostTensor:
    """torch.rand or torch.randn."""
    draw = generator.uniform if kind == "rand" else generator.normal
    if not dtype.is_floating:
        raise TypeError(f"random numbers of this kind are floating point, not {dtype}")

    def compute() -> Any:
        return _array(draw(math.prod(sizes), 0.0, 1.0, dtype).reshape(sizes), dtype)

    return HostTensor(dtype, sizes, None, generator.later(compute))


def is_deferred(value: HostValue) -> bool:
    """A tensor whose elements are computed later."""
    return isinstance(value, HostTensor) and value.array is None and isinstance(value.source, Elements)


# -- operators --------------------------------------------------------------------------------------------------------


def tensor_binary(generator: Generator, op: str, left: HostValue, right: HostValue, span: Span) -> HostValue:
    """A Python operator on tensors."""
    name = _BINARY_NAMES[op]
    if op in _SCALING and is_deferred(left) and isinstance(right, float) and left.dtype in _REAL:
        compute = partial(call_reference, generator, name, [left, right], {}, span)
        return HostTensor(left.dtype, left.shape, None, generator.later(lambda: compute().numpy()))
    for value in (left, right):
        if not isinstance(value, HostTensor | int | float | complex):
            if op in ("==", "!="):
                return op == "!="
            what = "None" if value is None else f"a {type(value).__name__}"
            raise CompileError.at(span, f"'{op}' takes a tensor and a tensor or number, not {what}")
    if not isinstance(left, HostTensor):
        if name in _REFLECTED:
            name, left, right = _REFLECTED[name], right, left
        elif name == "sub":
            return call_reference(generator, "rsub", [right, left], {}, span)
        elif name == "div":
            inverse = call_reference(generator, "reciprocal", [right], {}, span)
            return call_reference(generator, "mul", [inverse, left], {}, span)
        elif name in ("floor_divide", "matmul"):
            left = _number_as_tensor(left, right.dtype)
    return call_reference(generator, name, [left, right], {}, span)


def _number_as_tensor(value: complex, dtype: DType) -> HostTensor:
    """A number as a 0-dim tensor that makes of a tensor of the dtype what the number makes of it."""
    import numpy

    wanted = dtype
    if isinstance(value, float) and not dtype.is_inexact:
        wanted = DEFAULT_DTYPE
    elif isinstance(value, int) and not isinstance(value, bool) and dtype is DType.BOOL:
        wanted = DType.I64
    return from_numpy(numpy.asarray(value), wanted)


def changed_in_place(generator: Generator, op: str, left: HostTensor, right: HostValue, span: Span) -> HostValue:
    """`left op= right`, which writes to the tensor, so that all that share its memory see it."""
    if op == "@":
        return tensor_binary(generator, op, left, right, span)
    if not isinstance(right, HostTensor | int | float | complex):
        raise CompileError.at(span, f"'{op}=' takes a tensor or a number")
    return call_reference(generator, f"{_BINARY_NAMES[op]}_", [left, right], {}, span)


def tensor_unary(generator: Generator, op: str, value: HostTensor, span: Span) -> HostValue:
    """`-x`, `+x` and `~x`."""
    return value if op == "+" else call_reference(generator, _UNARY_NAMES[op], [value], {}, span)


def call_reference(
    generator: Generator,
    name: str,
    args: Sequence[HostValue],
    keywords: dict[str, HostValue],
    span: Span,
    method: bool = False,
) -> HostValue:
    """An operator's reference meaning on host values; of a `method` of tensors, what compiled code makes of that."""
    for operator in REGISTRY.overloads(name):
        bound = _bind(operator, args, keywords)
        if bound is None:
            continue
        composed = isinstance(operator.lowering, Composite) and operator.reference is unstated
        if composed or operator.effects == "io" or _is_bfloat16(operator, bound):
            return run_composite(generator, operator, bound, span)
        try:
            return _run(operator, bound, span)
        except NotImplementedError:  # what has a meaning only as kernels
            return run_composite(generator, operator, bound, span, lowered=True)
    return run_function(generator, f".{name}" if method else f"torch.{name}", args, keywords, span)


def _is_bfloat16(operator: Operator, arguments: Sequence[HostValue]) -> bool:
    """bfloat16 goes in or comes out, which numpy has not."""
    for argument, value in zip(operator.schema.arguments, arguments, strict=True):
        if argument.name == "dtype" and value == DType.BF16.code and not isinstance(value, bool):
            return True
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, HostTensor) and item.dtype is DType.BF16:
                return True
    return False


def _bind(operator: Operator, args: Sequence[HostValue], keywords: dict[str, HostValue]) -> list[HostValue] | None:
    """The arguments in schema order; None when they do not fit."""
    from aotjit.types import ListType, OptionalType

    rest, unused = list(args), dict(keywords)
    result: list[HostValue] = []
    schema = operator.schema.arguments
    for i, argument in enumerate(schema):
        t = argument.type.element if isinstance(argument.type, OptionalType) else argument.type
        if rest and not argument.keyword_only:
            last = i + 1 == len(schema) or schema[i + 1].keyword_only
            one_by_one = isinstance(t, ListType) and last and not _fits(rest[0], t)
            if isinstance(t, ListType) and one_by_one and all(_fits(v, t.element) for v in rest):
                value: HostValue = list(rest)
                rest = []
            else:
                value = rest.pop(0)
        elif argument.name in unused:
            value = unused.pop(argument.name)
        elif argument.required:
            return None
        else:
            result.append(argument.default)
            continue
        if isinstance(t, ListType) and argument.size is not None and _fits(value, t.element):
            value = [value] * argument.size
        if value is not None and not _fits(value, t):
            return None
        result.append(list(value) if isinstance(value, tuple) else value)
    return None if rest or unused else result


def _fits(value: HostValue, t: Type) -> bool:
    """May `value` be an argument of type `t`?"""
    from aotjit.types import BOOL, COMPLEX, DEVICE, FLOAT, INT, NUMBER, STR, DictType, ListType, TensorType

    if isinstance(t, TensorType):
        return isinstance(value, HostTensor)
    if isinstance(t, ListType):
        return isinstance(value, list | tuple) and all(_fits(v, t.element) for v in value)
    if isinstance(t, DictType):
        return isinstance(value, dict)
    scalars: dict[Type, tuple[type, ...]] = {
        INT: (int,), FLOAT: (int, float), COMPLEX: (complex,), BOOL: (bool,), NUMBER: (int, float, complex),
        STR: (str,), DEVICE: (str,)
    }  # fmt: skip
    return t not in scalars or isinstance(value, scalars[t])


def _run(operator: Operator, arguments: list[HostValue], span: Span) -> HostValue:
    def lowered(value: HostValue) -> Any:
        if isinstance(value, list):
            return [lowered(v) for v in value]
        return value.numpy() if isinstance(value, HostTensor) else value

    kinds = operator.schema.arguments
    generic = bool(kinds) and isinstance(arguments[0], list | dict) and mentions_variable(kinds[0].type)
    try:
        if generic:
            # A container of anything: its elements are handed on, not computed with, and it may be changed.
            return operator.reference(*arguments)
        given = [lowered(a) for a in arguments]
        results = operator.reference(*given)
    except NotImplementedError:
        raise
    except (ArithmeticError, TypeError, ValueError, LookupError, RuntimeError) as error:
        raise CompileError.at(span, f"torch.{operator.schema.name} fails at compile time: {error}") from None
    if operator.writes and isinstance(arguments[operator.writes[0]], HostTensor):
        return arguments[operator.writes[0]]
    known = {id(a): t for a, t in zip(given, arguments, strict=True) if isinstance(t, HostTensor)}
    returned = operator.schema.returns
    return lifted(results, returned[0] if len(returned) == 1 else TupleType(tuple(returned)), known)
