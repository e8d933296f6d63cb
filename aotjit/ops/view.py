"""Views: results that share their operand's memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import Dims, dims_text, int_list, sizes_of, tensor, wrap
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import UNKNOWN, Arguments, Composite, Lowering, Runtime, Symbol
from aotjit.ops.shapes import one_dim
from aotjit.types import Dim, ListType, TensorType, Type

DimsRule = Callable[[Arguments, tuple[Dim, ...]], Dims]
"""The dims of a view from those of `self`."""


def view(
    text: str,
    symbol: str | Lowering,
    dims: DimsRule,
    reference: Callable[..., Any],
    keeps_rows: Callable[[Arguments], bool] = lambda args: False,
    unranked: Callable[[Arguments], Dims] = lambda args: None,
    shapes: str | Callable[[Arguments], str] = "",
) -> None:
    """One view operator. `keeps_rows` says when the view of a contiguous tensor is contiguous; `unranked` gives the
    dims that are known even where the operand's are not."""
    is_list = text.endswith("[]")

    def infer(args: Arguments) -> Sequence[Type]:
        source = tensor(args.types[0])
        result = unranked(args) if source.dims is None else dims(args, source.dims)
        t = TensorType(source.dtype, result, source.contiguous and keeps_rows(args))
        return (ListType(t),) if is_list else (t,)

    lowering = Runtime(symbol) if isinstance(symbol, str) else symbol
    operator(text, infer=infer, reference=reference, lowering=lowering, effects="view", shapes=shapes)


def _always(args: Arguments) -> bool:
    return True


# -- shape ------------------------------------------------------------------------------------------------------------


def _reshaped(name: str) -> DimsRule:
    def rule(args: Arguments, source: tuple[Dim, ...]) -> Dims:
        sizes = int_list(args, name)
        if sizes is None:
            return None
        result = _match_symbols(args, sizes, source)
        open_places = [i for i, d in enumerate(result) if not isinstance(d, int) or d == -1]
        if all(isinstance(d, int) for d in source):
            total = math.prod(d for d in source if isinstance(d, int))
            known = math.prod(d for d in result if isinstance(d, int) and d != -1)
            fits = total == known if not open_places else known != 0 and total % known == 0
            if not fits and not (known == 0 and total == 0):
                raise args.error(f"{dims_text(source)} cannot take the shape {dims_text(sizes_of(args, name) or ())}")
            if len(open_places) == 1 and known != 0:
                result[open_places[0]] = total // known
        return tuple(None if d == -1 else d for d in result)

    return rule


def _match_symbols(args: Arguments, sizes: Sequence[object], source: tuple[Dim, ...]) -> list[Dim]:
    """The asked sizes; a single -1 becomes what the source's dims leave when those that are asked for are taken out."""
    result: list[Dim] = [d.name if isinstance(d, Symbol) else d if isinstance(d, int) else None for d in sizes]
    if result.count(-1) != 1 or None in result:
        return result
    rest: list[Dim] = list(source)
    asked: list[Dim] = []
    for d in result:
        if d in rest:
            rest.remove(d)
        elif d != -1:
            asked.append(d)
    if len(rest) == 1 and not asked:
        result[result.index(-1)] = rest[0]
    elif all(isinstance(d, int) for d in (*rest, *asked)):
        left, taken = (math.prod(d for d in dims if isinstance(d, int)) for dims in (rest, asked))
        if taken > 0 and left % taken == 0:
            result[result.index(-1)] = left // taken
    return result


def _asked(name: str) -> Callable[[Arguments], Dims]:
    def rule(args: Arguments) -> Dims:
        sizes = sizes_of(args, name)
        return None if sizes is None else tuple(None if d == -1 else d for d in sizes)

    return rule


def reshape_view(x: Array, sizes: Sequence[int]) -> Array:
    """numpy's reshape where it needs no copy, else ValueError."""
    result = x.reshape(tuple(sizes))
    if x.size and not np.may_share_memory(result, x):
        raise ValueError("view size is not compatible with the tensor's strides; use reshape")
    return result


view("aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)", "aj_view_reshape", _reshaped("size"),
     reshape_view, _always, _asked("size"))  # fmt: skip
view("aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)", "aj_reshape", _reshaped("shape"),
     lambda x, shape: x.reshape(tuple(shape)), _always, _asked("shape"))  # fmt: skip
view("aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)",
     Composite("def view_as(self: Tensor, other: Tensor) -> Tensor:\n    return self.view(other.size())\n"),
     lambda args, source: tensor(args.type("other")).dims, lambda x, other: reshape_view(x, other.shape))  # fmt: skip
view("aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)",
     Composite("def reshape_as(self: Tensor, other: Tensor) -> Tensor:\n    return self.reshape(other.size())\n"),
     lambda args, source: tensor(args.type("other")).dims, lambda x, other: x.reshape(other.shape))  # fmt: skip


def _flattened(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    if not source:
        return (1,)
    start, end = (wrap(args, args.constant(n), len(source)) for n in ("start_dim", "end_dim"))
    if start is None or end is None:
        return None
    if start > end:
        raise args.error("start_dim comes after end_dim")
    middle = source[start : end + 1]
    size: Dim = middle[0] if len(middle) == 1 else None
    if all(isinstance(d, int) for d in middle):
        size = math.prod(d for d in middle if isinstance(d, int))
    return (*source[:start], size, *source[end + 1 :])


def flatten(x: Array, start: int, end: int) -> Array:
    if x.ndim == 0:
        return x.reshape(1)
    start, end = start % x.ndim, end % x.ndim
    if start > end:
        raise ValueError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return x
    return x.reshape((*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))


view("aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)", "aj_view_flatten",
     _flattened, flatten, _always)  # fmt: skip


def _unflattened(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    dim = wrap(args, args.constant("dim"), len(source))
    sizes = sizes_of(args, "sizes")
    if dim is None or sizes is None:
        return None
    whole = source[dim]
    known = [s for s in sizes if isinstance(s, int) and s != -1]
    product = math.prod(known)
    if isinstance(whole, int) and len(known) == len(sizes) - 1 and product:
        sizes = tuple(whole // product if s == -1 or s is None else s for s in sizes)
    return (*source[:dim], *(None if s == -1 else s for s in sizes), *source[dim + 1 :])


def unflatten(x: Array, dim: int, sizes: Sequence[int]) -> Array:
    dim %= x.ndim
    return reshape_view(x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


view("aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)", "aj_view_unflatten", _unflattened,
     unflatten, _always)  # fmt: skip

# -- order of dims ----------------------------------------------------------------------------------------------------


def _transposed(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    a, b = (wrap(args, args.constant(n), len(source)) for n in ("dim0", "dim1"))
    if a is None or b is None:
        return tuple(None for _ in source)
    result = list(source)
    if result:
        result[a], result[b] = source[b], source[a]
    return tuple(result)


def _swapped(args: Arguments) -> str:
    dims = {args.constant("dim0"), args.constant("dim1")}
    if dims == {-1, -2}:
        return "self[... a b] -> [... b a]"
    return "self[a b ...] -> [b a ...]" if dims == {0, 1} else ""


def _permutation(args: Arguments) -> str:
    dims = int_list(args, "dims")
    if dims is None or not all(isinstance(d, int) and -len(dims) <= d < len(dims) for d in dims):
        return ""
    places = [d % len(dims) for d in dims if isinstance(d, int)]
    return f"self[{' '.join(f'd{i}' for i in range(len(dims)))}] -> [{' '.join(f'd{i}' for i in places)}]"


def _permuted(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    dims = int_list(args, "dims")
    if dims is None:
        return tuple(None for _ in source)
    wrapped = [wrap(args, d, len(source)) for d in dims]
    if len(dims) != len(source) or (None not in wrapped and len(set(wrapped)) != len(source)):
        raise args.error(
            f"dims {dims_text(sizes_of(args, 'dims') or ())} do not name each dim of rank {len(source)} once"
        )
    return tuple(None if d is None else source[d] for d in wrapped)


def _t(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    if len(source) > 2:
        raise args.error(f"expects a tensor of rank 2 or less, not {len(source)}", "use transpose(0, 1)")
    return source[::-1]


view("aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", "aj_view_transpose", _transposed,
     lambda x, a, b: np.swapaxes(x, a, b) if x.ndim else x, shapes=_swapped)  # fmt: skip
view("aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)", "aj_view_permute", _permuted,
     lambda x, dims: np.transpose(x, tuple(dims)), shapes=_permutation)  # fmt: skip
view("aten::t(Tensor(a) self) -> Tensor(a)", "aj_view_t", _t, lambda x: x.T,
     shapes="self[a b] -> [b a]; self[a] -> [a]; self[] -> []")  # fmt: skip

# -- expansion --------------------------------------------------------------------------------------------------------


def _expanded(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    sizes = sizes_of(args, "size")
    if sizes is None:
        return None
    lead = len(sizes) - len(source)
    if lead < 0:
        raise args.error(f"{len(sizes)} sizes are fewer than the tensor's rank {len(source)}")
    for size, d in zip(sizes[lead:], source, strict=True):
        if isinstance(size, int) and isinstance(d, int) and size not in (-1, d) and d != 1:
            raise args.error(f"{dims_text(source)} cannot be expanded to {dims_text(sizes)}")
    return (*sizes[:lead], *(d if s == -1 else s for s, d in zip(sizes[lead:], source, strict=True)))


def expand(x: Array, sizes: Sequence[int]) -> Array:
    lead = len(sizes) - x.ndim
    shape = [x.shape[i - lead] if s == -1 else s for i, s in enumerate(sizes)]
    result = np.broadcast_to(x, shape)
    return result if result.strides == x.strides else np.lib.stride_tricks.as_strided(x, shape, result.strides)


view("aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
     Runtime("aj_view_expand", drop=("implicit",)), _expanded, lambda x, size, implicit: expand(x, size),
     unranked=_asked("size"))  # fmt: skip
view("aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)", "aj_view_expand_as",
     lambda args, source: tensor(args.type("other")).dims, lambda x, other: expand(x, other.shape),
     unranked=lambda args: tensor(args.type("other")).dims)  # fmt: skip

# -- dims of size one -------------------------------------------------------------------------------------------------


def _unsqueezed(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    dim = wrap(args, args.constant("dim"), len(source) + 1)
    return (None,) * (len(source) + 1) if dim is None else (*source[:dim], 1, *source[dim:])


def _squeezed(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    known = all(isinstance(d, int) for d in source)
    return tuple(d for d in source if d != 1) if known else None


def _squeezed_dim(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    dim = wrap(args, args.constant("dim"), len(source))
    if dim is None or not source:
        return () if not source else None
    if not isinstance(source[dim], int):
        return None
    return source if source[dim] != 1 else (*source[:dim], *source[dim + 1 :])


def squeeze_dim(x: Array, dim: int) -> Array:
    return x.squeeze(dim) if x.ndim and x.shape[dim] == 1 else x


view("aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)", "aj_view_unsqueeze", _unsqueezed,
     lambda x, dim: np.expand_dims(x, dim), _always, shapes=one_dim(more=True))  # fmt: skip
view("aten::squeeze(Tensor(a) self) -> Tensor(a)", "aj_view_squeeze", _squeezed, lambda x: x.squeeze(), _always)
view("aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)", "aj_view_squeeze_dim", _squeezed_dim, squeeze_dim,
     _always)  # fmt: skip

# -- parts ------------------------------------------------------------------------------------------------------------


def _first_dim(args: Arguments) -> bool:
    t = tensor(args.types[0])
    return t.rank is not None and args.constant("dim") in (0, -t.rank)


def _first_dim_unit_step(args: Arguments) -> bool:
    return _first_dim(args) and (not args.has("step") or args.constant("step") == 1)


def _selected(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    if not source:
        raise args.error("cannot select from a 0-dim tensor")
    dim, index = wrap(args, args.constant("dim"), len(source)), args.constant("index")
    if dim is None:
        return (None,) * (len(source) - 1)
    size = source[dim]
    if isinstance(index, int) and isinstance(size, int) and not -size <= index < size:
        raise args.error(f"index {index} is out of range for dim {dim} of size {size}")
    return (*source[:dim], *source[dim + 1 :])


def select(x: Array, dim: int, index: int) -> Array:
    if x.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    if not -x.shape[dim] <= index < x.shape[dim]:
        raise IndexError(f"index {index} is out of range for dim {dim} of size {x.shape[dim]}")
    # A list index would copy; a range of one element, squeezed, stays a view even where nothing else is left.
    index %= x.shape[dim]
    return np.squeeze(part(x, dim, index, index + 1, 1), axis=dim)


def part(x: Array, dim: int, start: int, end: int, step: int) -> Array:
    slices = [slice(None)] * x.ndim
    slices[dim] = slice(start, end, step)
    return x[tuple(slices)]


view("aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)", "aj_view_select", _selected, select,
     _first_dim, shapes=one_dim(more=False))  # fmt: skip


def slice_bounds(size: int, start: int | None, end: int | None) -> tuple[int, int]:
    """Python's rules for a positive step: wrapped, then limited to 0..size."""
    low, high, _ = slice(start, end, 1).indices(size)
    return low, max(low, high)


def _sliced_size(size: Dim, start: object, end: object, step: object) -> Dim:
    known = isinstance(start, int | None) and isinstance(end, int | None)
    if not known or not isinstance(size, int) or not isinstance(step, int):
        return None
    low, high = slice_bounds(size, start, end)  # type: ignore[arg-type]  # ints or None by the test above
    return len(range(low, high, step))


def _sliced(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    dim = wrap(args, args.constant("dim"), len(source))
    if not source:
        raise args.error("cannot slice a 0-dim tensor")
    if dim is None:
        return (None,) * len(source)
    start, end, step = (args.constant(n) for n in ("start", "end", "step"))
    if isinstance(step, int) and step <= 0:
        raise args.error("the step must be greater than zero")
    size: Dim = None
    if start in (None, 0) and step == 1 and (end is None or (isinstance(end, int) and end >= 2**62)):
        size = source[dim]
    elif UNKNOWN not in (start, end, step):
        size = _sliced_size(source[dim], start, end, step)
    return (*source[:dim], size, *source[dim + 1 :])


view("aten::slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
     "aj_view_slice", _sliced,
     lambda x, dim, start, end, step: part(x, dim, *slice_bounds(x.shape[dim], start, end), step),
     _first_dim_unit_step)  # fmt: skip


def _narrowed(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    dim, length = wrap(args, args.constant("dim"), len(source)), args.constant("length")
    if dim is None:
        return (None,) * len(source)
    return (*source[:dim], length if isinstance(length, int) else None, *source[dim + 1 :])


def narrow(x: Array, dim: int, start: int, length: int) -> Array:
    size = x.shape[dim]
    start = start + size if start < 0 else start
    if not 0 <= start <= size or length < 0 or start + length > size:
        raise ValueError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return part(x, dim, start, start + length, 1)


view("aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)", "aj_view_narrow", _narrowed,
     narrow, _first_dim)  # fmt: skip
