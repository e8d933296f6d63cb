"""Copies with other places: padding, rolling, turning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aotjit.ops import bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import Dims, int_list, like, tensor
from aotjit.ops.infer import fresh as new
from aotjit.ops.numeric import Array, element_dtype
from aotjit.ops.opdef import Arguments, Composite, Rewrite, Runtime
from aotjit.types import Type

MODES = {"constant": 0, "reflect": 1, "replicate": 2, "circular": 3}
_NUMPY_MODES = {0: "constant", 1: "reflect", 2: "edge", 3: "wrap"}

# -- padding ----------------------------------------------------------------------------------------------------------


def _padded_dims(args: Arguments, name: str) -> Dims:
    dims, pads = tensor(args.types[0]).dims, int_list(args, name)
    if dims is None:
        return None
    if pads is None:
        return (None,) * len(dims)
    if len(pads) % 2 or len(pads) > 2 * len(dims):
        raise args.error(f"{len(pads)} numbers for a tensor of rank {len(dims)}; two for each padded dim are needed")
    result = list(dims)
    for i in range(len(pads) // 2):
        at, before, after = len(dims) - 1 - i, pads[2 * i], pads[2 * i + 1]
        size = result[at]
        known = isinstance(size, int) and isinstance(before, int) and isinstance(after, int)
        result[at] = size + before + after if known else size if before == 0 and after == 0 else None  # type: ignore[operator]  # known says they are ints
    return tuple(result)


def _padding(name: str) -> Any:
    def infer(args: Arguments) -> Sequence[Type]:
        return new(tensor(args.types[0]).dtype, _padded_dims(args, name))

    return infer


def pad(x: Array, pads: Sequence[int], mode: int, value: bounds.Number) -> Array:
    if len(pads) % 2 or len(pads) > 2 * x.ndim:
        raise RuntimeError(f"Padding length {len(pads)} for a tensor of rank {x.ndim}")
    pairs = [(0, 0)] * (x.ndim - len(pads) // 2) + [(pads[i], pads[i + 1]) for i in range(len(pads) - 2, -1, -2)]
    for size, (before, after) in zip(x.shape, pairs, strict=True):
        most = max(before, after)
        if size + before + after < (1 if mode and (before or after) else 0):
            raise RuntimeError("padding: a negative output size")
        if (mode == MODES["reflect"] and most >= size > -1) and (before or after):
            raise RuntimeError("Padding size should be less than the corresponding input dimension")
        if (mode == MODES["circular"] and most > size) or (mode == MODES["replicate"] and size == 0 and most):
            raise RuntimeError("Padding value causes wrapping around more than once")
    options: dict[str, Any] = {} if mode else {"constant_values": value}
    if mode == MODES["circular"]:  # around what is left
        x = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pairs, x.shape, strict=True))]
        pairs = [(max(a, 0), max(b, 0)) for a, b in pairs]
    padded = np.pad(x, [(max(a, 0), max(b, 0)) for a, b in pairs], mode=_NUMPY_MODES[mode], **options)
    cut = tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pairs, padded.shape, strict=True))
    return np.array(padded[cut], order="C")


operator("aotjit::pad_places(Tensor self, int[] pad, int mode, float value) -> Tensor", infer=_padding("pad"),
         reference=pad, lowering=Runtime("aj_pad"))  # fmt: skip


def _build_pad(emit: Any, self: Any, pad: Any, mode: Any, value: Any) -> Any:
    name = emit.constant_of(mode)
    if name not in MODES:
        raise emit.error(f"the mode must be one of {', '.join(MODES)}, known at compile time")
    given = emit.present("value", value)
    number = emit.constant(0.0) if given is None else emit.fitting(given, emit.dtype)
    number = emit.real(number)
    (result,) = emit.aten("aotjit::pad_places", self, pad, emit.constant(MODES[name]), number)
    return [emit.known(result, emit.result_types[0])]


operator(
    "aten::pad(Tensor self, SymInt[] pad, str mode='constant', float? value=None) -> Tensor",
    infer=_padding("pad"),
    reference=lambda x, pads, mode, value: pad(x, pads, MODES[mode], bounds.fitting(value or 0.0, element_dtype(x))),
    lowering=Rewrite(_build_pad),
)
operator(
    "aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
    infer=_padding("pad"),
    reference=lambda x, pads, value: pad(x, pads, 0, bounds.fitting(value, element_dtype(x))),
    lowering=Rewrite(lambda emit, self, pad, value: emit.aten(
        "aotjit::pad_places", self, pad, emit.constant(0), emit.real(emit.fitting(value, emit.dtype)))),
)
for _name, _mode in (("reflection", "reflect"), ("replication", "replicate")):
    for _rank in (1, 2, 3):
        operator(
            f"aten::{_name}_pad{_rank}d(Tensor self, SymInt[{2 * _rank}] padding) -> Tensor",
            infer=_padding("padding"),
            reference=lambda x, pads, mode=MODES[_mode]: pad(x, pads, mode, 0.0),
            lowering=Rewrite(lambda emit, self, padding, mode=MODES[_mode]: emit.aten(
                "aotjit::pad_places", self, padding, emit.constant(mode), emit.constant(0.0))),
        )  # fmt: skip

# -- rolling and turning ----------------------------------------------------------------------------------------------


def roll(x: Array, shifts: Sequence[int], dims: Sequence[int]) -> Array:
    if not dims and len(shifts) == 1:
        return np.array(np.roll(x, shifts[0]), order="C")
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    return np.array(np.roll(x, tuple(shifts), tuple(dims)), order="C")


operator("aotjit::roll_dims(Tensor self, int[] shifts, int[] dims) -> Tensor", infer=like(), reference=roll,
         lowering=Runtime("aj_roll"))  # fmt: skip
operator(
    "aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor",
    infer=like(),
    reference=roll,
    lowering=Composite("""
def roll(self: Tensor, shifts: List[int], dims: List[int]) -> Tensor:
    if len(dims) == 0 and len(shifts) == 1:
        return torch.roll_dims(self.flatten(), shifts, [0]).reshape(self.size())
    return torch.roll_dims(self, shifts, dims)
"""),
)
operator(
    "aten::flip(Tensor self, int[] dims) -> Tensor",
    infer=like(),
    reference=lambda x, dims: np.ascontiguousarray(np.flip(x, tuple(dims))),
    lowering=Runtime("aj_flip"),
)
for _name, _dim in (("fliplr", 1), ("flipud", 0)):
    operator(
        f"aten::{_name}(Tensor self) -> Tensor",
        infer=like(),
        reference=lambda x, name=_name: np.array(getattr(np, name)(x), order="C"),
        lowering=Rewrite(lambda emit, self, dim=_dim: emit.aten("flip", self, emit.int_list([dim]))),
    )
