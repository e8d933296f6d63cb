"""Convolutions: products of the patches of an image with a weight (ts.matmul with a window)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aotjit.ir.window import Window
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import Dims, boolean, dims_text, fresh, int_list, is_absent, tensor
from aotjit.ops.matmul import check_dtypes
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments, Rewrite, Tolerance
from aotjit.types import Dim, Type

SUMS = Tolerance({"f32": (1e-4, 1e-5), "f64": (1e-12, 1e-10), "f16": (2e-3, 2e-3), "bf16": (2e-2, 2e-2)})
"""Sums in whatever order; those of half precision are rounded before and after the bias is added."""
ReadWindow = Callable[[Arguments], Window]

# -- the window -------------------------------------------------------------------------------------------------------


def ints(args: Arguments, name: str, rank: int, least: int) -> tuple[int, ...]:
    """A list of constants, one for each spatial dim; a single one stands for all."""
    items = int_list(args, name)
    if items is None or not all(isinstance(i, int) for i in items):
        raise args.error(f"'{name}' must be known at compile time", "write numbers, or attributes of the module")
    values = tuple(i for i in items if isinstance(i, int))
    if len(values) == 1:
        values *= rank
    if len(values) != rank:
        raise args.error(f"'{name}' has {len(values)} numbers for {rank} spatial dims")
    if min(values) < least:
        raise args.error(f"'{name}' must not be below {least}, found {min(values)}")
    return values


def groups_of(args: Arguments) -> int:
    groups = args.constant("groups")
    if not isinstance(groups, int):
        raise args.error("'groups' must be known at compile time", "write a number, or an attribute of the module")
    if groups < 1:
        raise args.error("non-positive groups is not supported")
    return groups


def numbered(rank: int | None) -> ReadWindow:
    """The window of stride, padding, dilation and groups; `rank` of the weight's where it is None."""

    def read(args: Arguments) -> Window:
        dims = rank if rank is not None else _spatial_rank(args)
        transposed = boolean(args, "transposed", args.schema.name.startswith("conv_transpose"))
        stride, dilation = ints(args, "stride", dims, 1), ints(args, "dilation", dims, 1)
        output = _output_padding(args, stride, dilation) if transposed else (0,) * dims
        if transposed and any(o >= max(s, d) for o, s, d in zip(output, stride, dilation, strict=True)):
            raise args.error("output padding must be smaller than either stride or dilation")
        return Window(stride, ints(args, "padding", dims, 0), dilation, output, groups_of(args), transposed)

    return read


def _output_padding(args: Arguments, stride: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """The most there can be where it is only known when the program runs: the result is cut then."""
    if _is_cut(args):
        return tuple(max(s, d) - 1 for s, d in zip(stride, dilation, strict=True))
    return ints(args, "output_padding", len(stride), 0)


def _is_cut(args: Arguments) -> bool:
    items = int_list(args, "output_padding") if args.has("output_padding") else []
    return items is None or not all(isinstance(i, int) for i in items)


def named(rank: int | None) -> ReadWindow:
    """The window with padding "same" or "valid"."""

    def read(args: Arguments) -> Window:
        dims = rank if rank is not None else _spatial_rank(args)
        padding, stride = args.constant("padding"), ints(args, "stride", dims, 1)
        if padding not in ("same", "valid"):
            raise args.error(f"padding must be 'same' or 'valid', found {padding!r}")
        if padding == "same" and any(s != 1 for s in stride):
            raise args.error("padding='same' is not supported for strided convolutions")
        zeros, dilation = (0,) * dims, ints(args, "dilation", dims, 1)
        return Window(stride, zeros, dilation, zeros, groups_of(args), same=padding == "same")

    return read


def _spatial_rank(args: Arguments) -> int:
    dims = tensor(args.type("weight")).dims
    items = int_list(args, "stride")
    rank = len(dims) - 2 if dims is not None else None if items is None else len(items)
    if rank is None:
        raise args.error("the weight's rank must be known", "give it with --input, or use conv2d")
    if not 1 <= rank <= 3:
        raise args.error(f"a weight of rank {rank + 2}; convolutions have one to three spatial dims")
    return rank


# -- types ------------------------------------------------------------------------------------------------------------


def _infer(read: ReadWindow) -> Callable[[Arguments], Sequence[Type]]:
    def rule(args: Arguments) -> Sequence[Type]:
        dtype = check_dtypes(args, "input", "weight", *(() if is_absent(args, "bias") else ("bias",)))
        return fresh(dtype, _result_dims(args, read(args)))

    return rule


def _result_dims(args: Arguments, window: Window) -> Dims:
    image, weight = tensor(args.type("input")).dims, tensor(args.type("weight")).dims
    rank = window.rank
    if weight is None:
        weight = (None,) * (rank + 2)
    if len(weight) != rank + 2:
        raise args.error(f"the weight must have rank {rank + 2}, found {dims_text(weight)}")
    if image is None:
        return None
    if len(image) not in (rank + 1, rank + 2):
        raise args.error(f"the input must have rank {rank + 1} or {rank + 2}, found {dims_text(image)}")
    at = len(image) - rank - 1
    _check_channels(args, window, image[at], weight)
    channels = weight[1] if window.transposed else weight[0]
    if window.transposed:
        channels = channels * window.groups if isinstance(channels, int) else None
    spatial = [_result_dim(args, window, i, image[at + 1 + i], weight[2 + i]) for i in range(rank)]
    if window.transposed and _is_cut(args):
        spatial = [None] * rank
    return (*image[:at], channels, *spatial)


def _check_channels(args: Arguments, window: Window, channels: Dim, weight: Sequence[Dim]) -> None:
    own = weight[0] if window.transposed else weight[1]
    expected = own if window.transposed else own * window.groups if isinstance(own, int) else None
    if isinstance(channels, int) and isinstance(expected, int) and channels != expected:
        raise args.error(
            f"given groups={window.groups} and a weight of {dims_text(weight)}, the input must have {expected} "
            f"channels, found {channels}"
        )
    if isinstance(weight[0], int) and weight[0] % window.groups:
        raise args.error(f"the weight's first dim {weight[0]} is not divisible by groups={window.groups}")


def _result_dim(args: Arguments, window: Window, dim: int, size: Dim, kernel: Dim) -> Dim:
    if window.same:
        return size
    if not isinstance(size, int) or not isinstance(kernel, int):
        return None
    result = window.result_size(dim, size, kernel)
    if result < 1:
        raise args.error(f"the window of size {kernel} does not fit into the padded input's size {size}")
    return result


# -- meaning ----------------------------------------------------------------------------------------------------------


def convolve(image: Array, weight: Array, window: Window) -> Array:
    """The convolution of [N, C, spatial...] or [C, spatial...], floats summed in float64."""
    rank = window.rank
    if image.ndim == rank + 1:
        return np.asarray(convolve(image[None], weight, window)[0])
    if image.ndim != rank + 2 or weight.ndim != rank + 2 or image.dtype != weight.dtype:
        raise RuntimeError(f"a convolution of {image.shape} with a weight {weight.shape}")
    groups = window.groups
    if window.transposed:
        weight = _flipped(weight, groups)
    if weight.shape[0] % groups or image.shape[1] != weight.shape[1] * groups:
        raise RuntimeError(f"given groups={groups}, a weight {weight.shape} and an input {image.shape} do not fit")
    wide = image.astype(np.float64) if image.dtype.kind == "f" else image
    kernel, stride = weight.shape[2:], (1,) * rank if window.transposed else window.stride
    padded = _padded(wide, window, kernel)
    sizes = [(padded.shape[2 + i] - window.dilation[i] * (k - 1) - 1) // stride[i] + 1 for i, k in enumerate(kernel)]
    if min(sizes) < 1:
        raise RuntimeError("Kernel size can't be greater than actual input size")
    split = padded.reshape(padded.shape[0], groups, padded.shape[1] // groups, *padded.shape[2:])
    grouped = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:]).astype(wide.dtype)
    total = np.zeros((image.shape[0], groups, grouped.shape[1], *sizes), wide.dtype)
    for at in np.ndindex(*kernel):
        steps = [
            slice(a * d, a * d + s * (n - 1) + 1, s)
            for a, d, s, n in zip(at, window.dilation, stride, sizes, strict=True)
        ]
        part = split[(slice(None), slice(None), slice(None), *steps)]
        total += np.einsum("ngc...,goc->ngo...", part, grouped[(slice(None), slice(None), slice(None), *at)])
    return total.reshape(image.shape[0], weight.shape[0], *sizes).astype(image.dtype)


def _flipped(weight: Array, groups: int) -> Array:
    """The weight [in, out / groups, ...] of a transposed convolution as that of the plain one."""
    if weight.shape[0] % groups:
        raise RuntimeError(f"a weight {weight.shape} in {groups} groups")
    split = weight.reshape(groups, -1, *weight.shape[1:]).swapaxes(1, 2)
    turned = np.flip(split, axis=tuple(range(3, split.ndim)))
    return np.asarray(turned.reshape(-1, *turned.shape[2:]))


def _padded(x: Array, window: Window, kernel: Sequence[int]) -> Array:
    """The image spread and padded with zeros, or cut."""
    if window.transposed:
        spread = [(n - 1) * s + 1 if n else 0 for n, s in zip(x.shape[2:], window.stride, strict=True)]
        wide = np.zeros((*x.shape[:2], *spread), x.dtype)
        wide[(slice(None), slice(None), *(slice(None, None, s) for s in window.stride))] = x
        x = wide
    pads = window.pads(kernel)
    x = np.pad(x, [(0, 0), (0, 0), *((max(a, 0), max(b, 0)) for a, b in pads)])
    cut = [slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pads, x.shape[2:], strict=True)]
    return np.asarray(x[(slice(None), slice(None), *cut)])


# -- declarations -----------------------------------------------------------------------------------------------------


def _build(read: ReadWindow) -> Callable[..., Any]:
    def build(emit: Any, input: Any, weight: Any, bias: Any, **rest: Any) -> Any:
        window = read(emit.arguments)
        result = emit.convolution(input, weight, window)
        if window.transposed and _is_cut(emit.arguments):
            result = _cut(emit, result, window, rest["output_padding"])
        if emit.arguments.constant("bias") is None:
            return [result]
        shape = emit.int_list([-1, *[1] * window.rank])
        (column,) = emit.aten("reshape", emit.present("bias", bias), shape)
        return emit.aten("add.Tensor", result, column, emit.constant(1))

    return build


def _cut(emit: Any, result: Any, window: Window, output_padding: Any) -> Any:
    """Without the rows that the output padding does not ask for."""
    from aotjit.types import INT

    for i in range(window.rank):
        dim = emit.constant(i - window.rank)
        (size,) = emit.aten("size.int", result, dim)
        (wanted,) = emit.aten("__getitem__.t", output_padding, emit.constant(i))
        most = window.output_padding[i]
        length = emit.scalar(lambda b, n, w, most=most: n - most + w, [size, wanted], INT)
        (result,) = emit.aten("narrow", result, dim, emit.constant(0), length)
    return result


def _convolution(text: str, read: ReadWindow) -> None:
    def reference(image: Array, weight: Array, bias: Array | None, *rest: Any) -> Array:
        values = (image, weight, bias, *rest)
        result = convolve(image, weight, read(_as_arguments(values)))
        return result if bias is None else result + bias.reshape(-1, *[1] * (weight.ndim - 2))

    def _as_arguments(values: Sequence[Any]) -> Arguments:
        from aotjit.types import TENSOR, TensorType

        types = tuple(TensorType(None, v.shape) if hasattr(v, "shape") else TENSOR for v in values)
        return Arguments(declared.schema, types, tuple(values))

    declared = operator(text, infer=_infer(read), reference=reference, tolerance=SUMS, lowering=Rewrite(_build(read)))


_HEAD = "(Tensor input, Tensor weight, Tensor? bias=None"
for _rank in (1, 2, 3):
    _one, _zero = (f"SymInt[{_rank}] {{}}=[{', '.join([n] * _rank)}]" for n in "10")
    _stride, _dilation, _padding = _one.format("stride"), _one.format("dilation"), _zero.format("padding")
    _convolution(f"aten::conv{_rank}d{_HEAD}, {_stride}, {_padding}, {_dilation}, SymInt groups=1) -> Tensor",
                 numbered(_rank))  # fmt: skip
    _convolution(f"aten::conv{_rank}d.padding{_HEAD}, {_stride}, str padding='valid', {_dilation}, SymInt groups=1)"
                 " -> Tensor", named(_rank))  # fmt: skip
    _convolution(f"aten::conv_transpose{_rank}d{'' if _rank == 1 else '.input'}{_HEAD}, {_stride}, {_padding}, "
                 f"{_zero.format('output_padding')}, SymInt groups=1, {_dilation}) -> Tensor",
                 numbered(_rank))  # fmt: skip
_GENERAL = (
    "(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, "
    "bool transposed, SymInt[] output_padding, SymInt groups"
)
_convolution(f"aten::convolution{_GENERAL}) -> Tensor", numbered(None))
_convolution(f"aten::_convolution{_GENERAL}, bool benchmark, bool deterministic, bool cudnn_enabled, bool allow_tf32)"
             " -> Tensor", numbered(None))  # fmt: skip
_convolution(f"aten::_convolution.deprecated{_GENERAL}, bool benchmark, bool deterministic, bool cudnn_enabled)"
             " -> Tensor", numbered(None))  # fmt: skip
_convolution("aten::_convolution_mode(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, str padding, "
             "SymInt[] dilation, SymInt groups) -> Tensor", named(None))  # fmt: skip
composite(
    "aten::conv_tbc(Tensor self, Tensor weight, Tensor bias, int pad=0) -> Tensor",
    """
over_time = torch.conv1d(self.permute(1, 2, 0), weight.permute(2, 1, 0), bias, [1], [pad])
return over_time.permute(2, 0, 1).contiguous()
""",
)
