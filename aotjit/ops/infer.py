"""Parts of inference rules: dtypes, broadcasting, reductions, in facts that may be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aotjit import types
from aotjit.dtypes import DTYPE_BY_CODE, DType
from aotjit.ops.opdef import UNKNOWN, Arguments, Infer, Symbol
from aotjit.ops.promotion import NUMBER_DTYPES, AmbiguousPromotionError, Operand, result_type
from aotjit.types import Dim, ListType, OptionalType, TensorType, Type

Dims = tuple[Dim, ...] | None

DTYPE_HINT = "give the input's element type with --input NAME=f32[...], or annotate the parameter"


def tensor(t: Type) -> TensorType:
    """The tensor type of an argument, an Optional taken off."""
    if isinstance(t, OptionalType):
        t = t.element
    return t if isinstance(t, TensorType) else types.TENSOR


def dtype_of(args: Arguments, name: str) -> DType:
    """The element type of a tensor argument, which must be known."""
    dtype = tensor(args.type(name)).dtype
    if dtype is None:
        raise args.error(f"the element type of '{name}' is not known here", DTYPE_HINT)
    return dtype


def is_absent(args: Arguments, name: str) -> bool:
    """An optional argument that is None."""
    return args.constant(name) is None or args.type(name) == types.NONE


def operand(args: Arguments, name: str) -> Operand:
    """What promotion needs to know of an argument."""
    t = args.type(name)
    if isinstance(t, OptionalType):
        t = t.element
    if t in NUMBER_DTYPES:
        return Operand(NUMBER_DTYPES[t], is_number=True)
    if not isinstance(t, TensorType):
        raise args.error(f"'{name}' must be a tensor or a number, not {t}")
    return Operand(dtype_of(args, name), t.rank)


def promoted(args: Arguments, names: Sequence[str]) -> DType:
    """torch.result_type of the named arguments, those that are None left out. Where it depends on which of them are
    0-dim tensors, those that `undecided` names are taken to have dims."""
    operands = [operand(args, n) for n in names if not is_absent(args, n)]
    try:
        return result_type(operands)
    except AmbiguousPromotionError:
        return result_type([replace(o, rank=1) if o.rank is None else o for o in operands])


def undecided(args: Arguments, names: Sequence[str]) -> list[str]:
    """The tensors of unknown rank among the named arguments, where the result's dtype depends on them: that they have
    dims is to be tested when the program runs."""
    given = {n: operand(args, n) for n in names if not is_absent(args, n)}
    try:
        result_type([*given.values()])
    except AmbiguousPromotionError:
        return [n for n, o in given.items() if o.rank is None and not o.is_number]
    return []


def dtype_argument(args: Arguments, name: str = "dtype") -> DType | None:
    """The dtype that an optional argument asks for; None when it is None."""
    if not args.has(name) or is_absent(args, name):
        return None
    code = args.constant(name)
    if code is UNKNOWN or not isinstance(code, int):
        raise args.error(f"'{name}' must be known at compile time", "write a constant such as torch.float32")
    if code not in DTYPE_BY_CODE:
        raise args.error(f"element type number {code} is not supported")
    return DTYPE_BY_CODE[code]


def boolean(args: Arguments, name: str, default: bool = False) -> bool:
    """A bool argument that must be a compile-time constant."""
    if not args.has(name):
        return default
    value = args.constant(name)
    if not isinstance(value, bool):
        raise args.error(f"'{name}' must be known at compile time", "write True or False")
    return value


# -- dims -------------------------------------------------------------------------------------------------------------


def broadcast_dims(args: Arguments, shapes: Sequence[Dims]) -> Dims:
    """The broadcast of some shapes. Raises where known dims cannot match."""
    if any(s is None for s in shapes):
        return None
    known = [s for s in shapes if s is not None]
    rank = max((len(s) for s in known), default=0)
    return tuple(
        _broadcast_dim(args, [s[i - rank + len(s)] for s in known if i - rank + len(s) >= 0], known)
        for i in range(rank)
    )


def _broadcast_dim(args: Arguments, dims: Sequence[Dim], shapes: Sequence[tuple[Dim, ...]]) -> Dim:
    sizes = {d for d in dims if isinstance(d, int) and d != 1}
    if len(sizes) > 1:
        raise args.error(f"shapes {' and '.join(map(dims_text, shapes))} cannot be broadcast")
    if sizes:
        return sizes.pop()
    open_dims = [d for d in dims if d != 1]
    if not open_dims:
        return 1
    return open_dims[0] if all(d == open_dims[0] for d in open_dims) else None


def dims_text(dims: Sequence[Dim]) -> str:
    return "[" + ", ".join("?" if d is None else str(d) for d in dims) + "]"


def wrap(args: Arguments, dim: object, rank: int) -> int | None:
    """A dim counted from 0; None when not known. Raises where it is outside (a 0-dim tensor counts as rank 1)."""
    if not isinstance(dim, int):
        return None
    limit = max(rank, 1)
    if not -limit <= dim < limit:
        raise args.error(f"dim {dim} is out of range for a tensor of rank {rank}")
    return dim % limit


def int_list(args: Arguments, name: str) -> list[object] | None:
    """The items of a list argument (UNKNOWN ones stay); None when even their number is not known."""
    value = args.constant(name)
    return list(value) if isinstance(value, list | tuple) else None


def sizes_of(args: Arguments, name: str) -> Dims:
    """A shape given as a list of ints."""
    items = int_list(args, name)
    if items is None:
        return None
    return tuple(i if isinstance(i, int) else i.name if isinstance(i, Symbol) else None for i in items)


def reduced_dims(args: Arguments, source: Dims) -> Dims:
    """The dims left by a reduction with the schema's `dim` and `keepdim`."""
    if source is None:
        return () if _reduces_all(args) and not boolean(args, "keepdim") else None
    keepdim = boolean(args, "keepdim")
    if _reduces_all(args):
        return tuple(1 for _ in source) if keepdim else ()
    chosen = args.constant("dim")
    if isinstance(chosen, int):
        chosen = [chosen]
    if not isinstance(chosen, list | tuple) or any(not isinstance(d, int) for d in chosen):
        return tuple(None for _ in source) if keepdim else None
    wrapped = [wrap(args, d, len(source)) for d in chosen]
    if len(set(wrapped)) != len(wrapped):
        raise args.error("a dim appears twice in the list of dims")
    if keepdim:
        return tuple(1 if i in wrapped else d for i, d in enumerate(source))
    return tuple(d for i, d in enumerate(source) if i not in wrapped)


def _reduces_all(args: Arguments) -> bool:
    return not args.has("dim") or is_absent(args, "dim") or args.constant("dim") == []


# -- whole rules ------------------------------------------------------------------------------------------------------


def fresh(dtype: DType | None, dims: Dims) -> tuple[Type, ...]:
    """A new tensor: row-major."""
    return (TensorType(dtype, dims, contiguous=True),)


def returns(*results: Type) -> Infer:
    """A rule whose results do not depend on the arguments."""
    return lambda args: results


def like(name: str = "self") -> Infer:
    """A new tensor of the argument's dtype and dims."""
    return lambda args: fresh(tensor(args.type(name)).dtype, tensor(args.type(name)).dims)


def same(name: str = "self") -> Infer:
    """The argument itself."""
    return lambda args: (args.type(name),)


def element(of: str) -> Infer:
    """The element type of a list argument."""

    def rule(args: Arguments) -> Sequence[Type]:
        t = args.type(of)
        assert isinstance(t, ListType)
        return (t.element,)

    return rule
