"""Resizing images: the upsample operators of one to three spatial dims."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import Dims, fresh, int_list, is_absent, sizes_of, tensor
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments, Composite, Rewrite, Runtime, Tolerance
from aotjit.types import Type

NEAREST, NEAREST_EXACT, LINEAR, CUBIC, LANCZOS = range(5)
"""The modes of aj_resample (runtime/resample.c)."""
SUMS = Tolerance({"f32": (1e-4, 1e-4), "f64": (1e-9, 1e-9), "f16": (5e-3, 5e-3)})
"""Weighted sums in another order, with places that torch computes in the image's precision."""

# -- meaning ----------------------------------------------------------------------------------------------------------


def _cubic(x: float, a: float) -> float:
    x = abs(x)
    if x <= 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a if x < 2 else 0.0


def _filter(mode: int, x: float) -> float:
    if mode == LINEAR:
        return max(0.0, 1 - abs(x))
    if mode == CUBIC:
        return _cubic(x, -0.5)
    return float(np.sinc(x) * np.sinc(x / 3)) if abs(x) < 3 else 0.0


def _weights(size: int, wanted: int, factor: float, mode: int, corners: bool, antialias: bool, kind: Any) -> Array:
    """[wanted, size]: how much of each element goes into each result."""
    result = np.zeros((wanted, size))
    scale = 1 / factor if factor > 0 else size / wanted
    if corners:
        scale = (size - 1) / (wanted - 1) if wanted > 1 else 0.0
    for i in range(wanted):
        if antialias:
            wide = max(scale, 1.0)
            center, reach = scale * (i + 0.5), (1, 2, 3)[mode - LINEAR] * wide
            for k in range(max(int(center - reach + 0.5), 0), min(int(center + reach + 0.5), size)):
                result[i, k] = _filter(mode, (k - center + 0.5) / wide)
            result[i] /= result[i].sum()
            continue
        if mode in (NEAREST, NEAREST_EXACT):
            at = np.float32(scale) * (np.float32(i) + np.float32(0.5 if mode == NEAREST_EXACT else 0))
            result[i, min(int(at), size - 1)] = 1
            continue
        place = kind(scale) * kind(i) if corners else kind(scale) * kind(i + 0.5) - kind(0.5)
        place = max(place, kind(0)) if mode == LINEAR else place
        base = math.floor(place)
        part = float(place - base)
        taps = [1 - part, part] if mode == LINEAR else [_cubic(part - k, -0.75) for k in (-1, 0, 1, 2)]
        for k, weight in enumerate(taps, base - (mode == CUBIC)):
            result[i, min(max(k, 0), size - 1)] += weight
    return result


def resample(x: Array, size: Sequence[int], scales: Sequence[float], mode: int, corners: bool,
             antialias: bool) -> Array:  # fmt: skip
    rank = len(size)
    if x.ndim != rank + 2 or min((*size, *x.shape[2:])) <= 0:
        raise RuntimeError(f"upsampling {x.shape} to {list(size)}")
    if x.dtype.kind != "f" and x.dtype != np.uint8:
        raise RuntimeError(f"upsampling is not implemented for {x.dtype}")
    kind = np.float64 if x.dtype == np.float64 else np.float32
    wide = x.astype(np.float64)
    for i, wanted in enumerate(size):
        factor = scales[i] if i < len(scales) else 0.0
        table = _weights(x.shape[2 + i], wanted, factor, mode, corners, antialias, kind)
        wide = np.moveaxis(np.tensordot(wide, table, axes=([2 + i], [1])), -1, 2 + i)
    if x.dtype == np.uint8:
        wide = np.clip(np.floor(wide + 0.5), 0, 255)
    return np.array(wide.astype(x.dtype), order="C")


# -- declarations -----------------------------------------------------------------------------------------------------


def _resized(args: Arguments, dims: Dims) -> Sequence[Type]:
    t = tensor(args.types[0])
    return fresh(t.dtype, None if dims is None or t.dims is None else (*t.dims[:2], *dims))


def _vector_dims(args: Arguments, rank: int) -> Dims:
    image = tensor(args.types[0]).dims
    if not is_absent(args, "output_size"):
        return sizes_of(args, "output_size")
    factors = int_list(args, "scale_factors")
    if image is None or factors is None:
        return (None,) * rank
    return tuple(
        math.floor(n * f) if isinstance(n, int) and isinstance(f, float) else None
        for n, f in zip(image[2:], factors, strict=False)
    )


operator(
    "aotjit::resample(Tensor self, int[] size, float[] scales, int mode, bool corners, bool antialias) -> Tensor",
    infer=lambda args: _resized(args, sizes_of(args, "size")),
    reference=resample,
    lowering=Runtime("aj_resample"),
)


def _sized(size: Sequence[int] | None, factors: Sequence[float] | None, x: Array) -> tuple[list[int], list[float]]:
    if (size is None) == (factors is None):
        raise RuntimeError("either output_size or scale_factors must be given")
    if size is not None:
        return list(size), [0.0] * len(size)
    assert factors is not None
    return [math.floor(n * f) for n, f in zip(x.shape[2:], factors, strict=True)], list(factors)


def _declare(name: str, rank: int, mode: int, has_corners: bool, antialias: bool) -> None:
    flag = "bool align_corners, " if has_corners else ""
    names = {1: ["scales"], 2: ["scales_h", "scales_w"], 3: ["scales_d", "scales_h", "scales_w"]}[rank]
    scales = ", ".join(f"float? {n}=None" for n in names)

    def plain(x: Array, size: Sequence[int], *rest: Any) -> Array:
        given = rest[1:] if has_corners else rest
        factors = [f if f is not None else 0.0 for f in given]
        return resample(x, size, factors, mode, bool(has_corners and rest[0]), antialias)

    def vector(x: Array, size: Sequence[int] | None, *rest: Any) -> Array:
        wanted, factors = _sized(size, rest[-1], x)
        return resample(x, wanted, factors, mode, bool(has_corners and rest[0]), antialias)

    def build(emit: Any, self: Any, output_size: Any, align_corners: Any = None, **given: Any) -> Any:
        factors = [emit.present(n, v) for n, v in given.items()]
        listed = emit.float_list([emit.constant(0.0) if f is None else f for f in factors])
        corners = emit.constant(False) if align_corners is None else align_corners
        return emit.aten("aotjit::resample", self, output_size, listed, emit.constant(mode), corners,
                         emit.constant(antialias))  # fmt: skip

    operator(f"aten::{name}(Tensor self, SymInt[{rank}] output_size, {flag}{scales}) -> Tensor",
             infer=lambda args: _resized(args, sizes_of(args, "output_size")), reference=plain, tolerance=SUMS,
             lowering=Rewrite(build))  # fmt: skip
    corners = "align_corners" if has_corners else "False"
    parameter = "align_corners: bool, " if has_corners else ""
    operator(
        f"aten::{name}.vec(Tensor input, SymInt[]? output_size, {flag}float[]? scale_factors) -> Tensor",
        infer=lambda args: _resized(args, _vector_dims(args, rank)),
        reference=vector,
        tolerance=SUMS,
        lowering=Composite(f"""
def {name}(input: Tensor, output_size: Optional[List[int]],
           {parameter}scale_factors: Optional[List[float]]) -> Tensor:
    size = torch.jit.annotate(List[int], [])
    scales = torch.jit.annotate(List[float], [])
    if output_size is not None:
        if scale_factors is not None:
            raise RuntimeError("{name}: must specify exactly one of output_size and scale_factors")
        size = output_size
    elif scale_factors is not None:
        if len(scale_factors) != {rank} or input.dim() != {rank + 2}:
            raise RuntimeError("{name}: the input must have {rank + 2} dims, and there must be {rank} scale factors")
        scales = scale_factors
        for i in range({rank}):
            size.append(int(math.floor(float(input.size(i + 2)) * scale_factors[i])))
    else:
        raise RuntimeError("{name}: must specify exactly one of output_size and scale_factors")
    return torch.resample(input, size, scales, {mode}, {corners}, {antialias})
"""),
    )


for _rank in (1, 2, 3):
    _declare(f"upsample_nearest{_rank}d", _rank, NEAREST, False, False)
    _declare(f"_upsample_nearest_exact{_rank}d", _rank, NEAREST_EXACT, False, False)
for _name, _rank, _mode in (("linear1d", 1, LINEAR), ("bilinear2d", 2, LINEAR), ("trilinear3d", 3, LINEAR),
                            ("bicubic2d", 2, CUBIC)):  # fmt: skip
    _declare(f"upsample_{_name}", _rank, _mode, True, False)
for _name, _mode in (("bilinear", LINEAR), ("bicubic", CUBIC), ("lanczos", LANCZOS)):
    _declare(f"_upsample_{_name}2d_aa", 2, _mode, True, True)
