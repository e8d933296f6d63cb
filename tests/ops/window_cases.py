"""Samples of pooling, resizing and padding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, Rng, transposed, x
from tests.ops.samples import NAN

_SIZES = ((8,), (7, 9), (5, 6, 7))


def _images(rng: Rng, rank: int) -> Iterable[Any]:
    sizes = _SIZES[rank - 1]
    yield x(rng, 2, 3, *sizes)
    yield x(rng, 3, *sizes)
    yield transposed(rng, 2, 3, *sizes)
    yield x(rng, 2, 3, *sizes, dtype="float64")
    odd = x(rng, 1, 2, *sizes)
    odd.reshape(-1)[5] = NAN
    yield odd
    yield x(rng, 0, 3, *sizes)
    if rank < 3:  # torch has no average of three dims in half precision, or sums in it
        yield x(rng, 2, 3, *sizes, dtype="float16")


def _max(rank: int) -> Any:
    rows: Any = ((3, [], 0, 1, False), (3, 2, 1, 1, False), (3, 2, 1, 1, True), (2, 1, 0, 2, False), (3, 3, 1, 1, True),
            (9, 1, 0, 1, False), (2, 1, 2, 1, False))  # fmt: skip

    def make(rng: Rng) -> Iterable[tuple[Any, ...]]:
        for image in _images(rng, rank):
            for kernel, stride, padding, dilation, ceil in rows:
                yield (
                    image, [kernel] * rank, [] if stride == [] else [stride] * rank, [padding] * rank,
                    [dilation] * rank, ceil,
                )  # fmt: skip

    return make


def _average(rank: int) -> Any:
    rows: Any = ((3, [], 0, False, True), (3, 2, 1, False, True), (3, 2, 1, True, True), (3, 2, 1, True, False),
            (2, 3, 1, False, False), (9, 1, 0, False, True))  # fmt: skip

    def make(rng: Rng) -> Iterable[tuple[Any, ...]]:
        for image in _images(rng, rank):
            for kernel, stride, padding, ceil, include in rows:
                lists = ([kernel] * rank, [] if stride == [] else [stride] * rank, [padding] * rank)
                for divisor in ((None, 3) if rank > 1 else (None,)):
                    yield (image, *lists, ceil, include, *((divisor,) if rank > 1 else ()))

    return make


def _adaptive(rank: int) -> Any:
    def make(rng: Rng) -> Iterable[tuple[Any, ...]]:
        for image in _images(rng, rank):
            for size in ([1] * rank, [3] * rank, [2, 4, 3][:rank], [10] * rank):
                yield image, size

    return make


for _rank in (1, 2, 3):
    CASES[f"max_pool{_rank}d"] = CASES[f"max_pool{_rank}d_with_indices"] = _max(_rank)
    CASES[f"avg_pool{_rank}d"] = _average(_rank)
    CASES[f"adaptive_avg_pool{_rank}d"] = CASES[f"adaptive_max_pool{_rank}d"] = _adaptive(_rank)
    if _rank > 1:
        CASES[f"_adaptive_avg_pool{_rank}d"] = _adaptive(_rank)



def _resized(rank: int, has_corners: bool, half: bool = True) -> Any:
    sizes = {1: ([12], [5], [3]), 2: ([12, 5], [5, 9], [3, 14]), 3: ([7, 4, 9], [5, 6, 7])}[rank]
    flags = (False, True) if has_corners else ()

    def make(rng: Rng) -> Iterable[tuple[Any, ...]]:
        for image in list(_images(rng, rank))[:7]:
            if image.ndim == rank + 1 or image.size == 0 or np.isnan(image).any():
                continue
            if image.dtype == np.float16 and not half:
                continue
            for size in sizes:
                for corners in ([[f] for f in flags] or [[]]):
                    yield image, size, *corners, *[None] * rank
        yield x(rng, 1, 2, *_SIZES[rank - 1]), [n * 2 for n in _SIZES[rank - 1]], *[False] * has_corners, *[2.0] * rank

    return make


def _by_factor(rank: int, has_corners: bool) -> Any:
    def make(rng: Rng) -> Iterable[tuple[Any, ...]]:
        for factor in (2.0, 0.6, 1.7):
            for corners in ((False, True) if has_corners else (None,)):
                flag = [] if corners is None else [corners]
                yield x(rng, 2, 3, *_SIZES[rank - 1]), None, *flag, [factor] * rank
        flag = [False] if has_corners else []
        yield x(rng, 2, 3, *_SIZES[rank - 1]), [4] * rank, *flag, None
        yield x(rng, 2, 3, *_SIZES[rank - 1]), None, *flag, None

    return make


for _name, _rank, _corners in (
    *((f"upsample_nearest{r}d", r, False) for r in (1, 2, 3)),
    *((f"_upsample_nearest_exact{r}d", r, False) for r in (1, 2, 3)),
    ("upsample_linear1d", 1, True), ("upsample_bilinear2d", 2, True), ("upsample_trilinear3d", 3, True),
    ("upsample_bicubic2d", 2, True), ("_upsample_bilinear2d_aa", 2, True), ("_upsample_bicubic2d_aa", 2, True),
    ("_upsample_lanczos2d_aa", 2, True),
):  # fmt: skip
    CASES[_name] = _resized(_rank, _corners, half=not _name.endswith("_aa"))
    CASES[f"{_name}.vec"] = _by_factor(_rank, _corners)


def _padded(rng: Rng) -> Iterable[tuple[Any, ...]]:
    for image in (x(rng, 2, 3, 4, 5), transposed(rng, 2, 3, 4, 5), x(rng, 1, 3, 4, 5, dtype="float64")):
        for pads in ([1, 2], [1, 2, 0, 3], [-1, 2, 1, -1], [4, 4, 3, 3], [5, 0]):
            # torch pads the last dims in the other modes only together: two of four or three of four dims.
            for mode in ("constant", "reflect", "replicate", "circular") if len(pads) == 4 else ("constant",):
                yield image, pads, mode, None
        yield image, [1, 0, 0, 1, 2, 0, 0, 3], "constant", 1.5
    yield x(rng, 3, 4, dtype="int64"), [1, 1], "constant", 2.0
    yield x(rng, 3, 4, dtype="bool"), [1, 1], "constant", None


def _padded_ends(rank: int, shape: tuple[int, ...]) -> Any:
    return lambda rng: [
        (x(rng, *lead, *shape), p)
        for lead in ((2, 3), (3,))
        for p in ([1, 2] * rank, [0, 3] * rank, [-1, 1] * rank)
    ]


CASES["pad"] = _padded
CASES["constant_pad_nd"] = lambda rng: (
    [(x(rng, 2, 3), p, v) for p in ([1, 2], [0, 1, -1, 2], [1, 2, 3]) for v in (0, 2.5)]
    + [(x(rng, 2, 3, dtype="int64"), [2, 1], 7)]
)
for _rank in (1, 2, 3):
    _shape = _SIZES[_rank - 1]
    for _name in ("reflection", "replication"):
        CASES[f"{_name}_pad{_rank}d"] = _padded_ends(_rank, _shape)
CASES["roll"] = lambda rng: [
    (a, s, d)
    for a in (x(rng, 3, 4, 5), transposed(rng, 3, 4, 5), x(rng, 0, 4, 5))
    for s, d in (([1], [0]), ([-2, 7], [1, -1]), ([3], []), ([1, 1], [0]))
]
CASES["fliplr"] = CASES["flipud"] = lambda rng: [(x(rng, 3, 4),), (transposed(rng, 3, 4, 2),)]


def _fractional(rng: Rng) -> Iterable[Any]:
    for shape in ((2, 3, 9, 8), (3, 9, 8)):
        for kernel, out in (([3, 2], [4, 5]), ([2, 2], [1, 7]), ([9, 8], [1, 1])):
            drawn = rng.random((shape[0] if len(shape) == 4 else 1, 3, 2))
            yield x(rng, *shape), kernel, out, drawn.astype(np.float32)
            yield x(rng, *shape, dtype="float64"), kernel, out, drawn


def _fractional_3d(rng: Rng) -> Iterable[Any]:
    for shape in ((2, 3, 5, 6, 7), (3, 5, 6, 7)):
        drawn = rng.random((shape[0] if len(shape) == 5 else 1, 3, 3)).astype(np.float32)
        yield x(rng, *shape), [2, 3, 2], [3, 2, 4], drawn


CASES |= {
    "fractional_max_pool2d": _fractional,
    "fractional_max_pool3d": _fractional_3d,
    "conv_tbc": lambda rng: [(x(rng, 7, 2, 3), x(rng, 3, 3, 4), x(rng, 4), pad) for pad in (0, 1, 2)],
}
