"""Samples of the convolutions: ranks, strides, dilation, padding, groups, unbatched images, element types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.ops.cases import CASES, Rng, transposed, x

Row = tuple[Any, ...]

# channels in, channels out, groups, image, kernel, stride, padding, dilation
_PLAIN: list[tuple[int, int, int, tuple[int, ...], tuple[int, ...], int, int, int]] = [
    (3, 16, 1, (9, 10), (3, 3), 1, 1, 1),
    (3, 5, 1, (9, 10), (3, 2), 2, 1, 1),
    (4, 8, 2, (9, 10), (3, 3), 1, 2, 2),
    (6, 6, 6, (9, 11), (3, 3), 2, 1, 1),
    (6, 12, 6, (7, 7), (3, 3), 1, 1, 1),
    (16, 40, 1, (5, 6), (1, 1), 1, 0, 1),
    (8, 33, 1, (5, 6), (1, 1), 2, 0, 1),
    (20, 33, 1, (13, 4), (3, 3), 3, 0, 1),
    (2, 9, 1, (1, 1), (1, 1), 1, 0, 1),
    (2, 9, 1, (4, 3), (4, 3), 1, 0, 1),
    (2, 2, 1, (3, 3), (5, 5), 1, 1, 1),
]


def _sized(rank: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Two spatial sizes as `rank` ones."""
    return (*([2, 1] if sizes == (1, 1) else [3])[:1], *sizes)[-rank:] if rank == 3 else sizes[-rank:]


def _convolutions(rank: int, rest: Any) -> Any:
    def make(rng: Rng) -> Iterable[Row]:
        for c_in, c_out, groups, image, kernel, stride, padding, dilation in _PLAIN:
            shape, window = _sized(rank, image), _sized(rank, kernel)
            weight = x(rng, c_out, c_in // groups, *window)
            for lead, bias in (((2,), x(rng, c_out)), ((), None)):
                yield x(rng, *lead, c_in, *shape), weight, bias, *rest(rank, stride, padding, dilation, groups)
        shape, window = _sized(rank, (6, 5)), _sized(rank, (3, 2))
        numbers = rest(rank, 2, 1, 1, 1)
        for dtype in ("float64", "int64", "float16"):
            yield (
                x(rng, 1, 3, *shape, dtype=dtype), x(rng, 9, 3, *window, dtype=dtype), x(rng, 9, dtype=dtype), *numbers
            )  # fmt: skip
        yield transposed(rng, 2, 3, *shape), transposed(rng, 9, 3, *window), None, *numbers
        yield x(rng, 0, 3, *shape), x(rng, 9, 3, *window), None, *numbers
        yield x(rng, 2, 4, *shape), x(rng, 9, 3, *window), None, *numbers
        yield x(rng, 2, 3, *shape), x(rng, 9, 3, *window, dtype="float64"), None, *numbers

    return make


def _spread(rank: int, rest: Any) -> Any:
    def make(rng: Rng) -> Iterable[Row]:
        for c_in, c_out, groups, image, kernel, stride, padding, dilation, output in (
            (3, 16, 1, (4, 5), (3, 3), 2, 1, 1, 1),
            (3, 16, 1, (4, 5), (2, 2), 2, 0, 1, 0),
            (4, 8, 2, (4, 5), (3, 3), 1, 0, 1, 0),
            (4, 2, 2, (4, 5), (3, 2), 3, 1, 1, 1),
            (4, 24, 2, (4, 5), (3, 3), 2, 2, 2, 1),
            (5, 10, 5, (4, 5), (1, 1), 3, 1, 1, 0),
        ):
            shape, window = _sized(rank, image), _sized(rank, kernel)
            weight = x(rng, c_in, c_out // groups, *window)
            for lead, bias in (((2,), x(rng, c_out)), ((), None)):
                yield x(rng, *lead, c_in, *shape), weight, bias, *rest(rank, stride, padding, output, groups, dilation)

    return make


def _named(rank: int, rest: Any) -> Any:
    def make(rng: Rng) -> Iterable[Row]:
        for kernel, stride, padding, dilation, groups in (
            ((3, 3), 1, "same", 1, 1),
            ((2, 4), 1, "same", 2, 1),
            ((2, 3), 2, "valid", 1, 3),
            ((3, 3), 2, "same", 1, 1),
        ):
            shape, window = _sized(rank, (7, 8)), _sized(rank, kernel)
            yield (
                x(rng, 2, 3, *shape), x(rng, 9, 3 // groups, *window), x(rng, 9),
                *rest(rank, stride, padding, dilation, groups),
            )  # fmt: skip

    return make


def _lists(rank: int, *numbers: int) -> list[list[int]]:
    return [[n] * rank for n in numbers]


def _general(tail: int, transposed_: bool = False) -> Any:
    def rest(rank: int, stride: int, padding: int, *others: int) -> Row:
        output, groups, dilation = others if transposed_ else (0, others[1], others[0])
        rows = _lists(rank, stride, padding, dilation)
        return (*rows, transposed_, [output] * rank, groups, *[False] * tail)

    return rest


for _rank in (1, 2, 3):
    CASES[f"conv{_rank}d"] = _convolutions(_rank, lambda r, s, p, d, g: (*_lists(r, s, p, d), g))
    CASES[f"conv{_rank}d.padding"] = _named(_rank, lambda r, s, p, d, g: ([s] * r, p, [d] * r, g))
    CASES[f"conv_transpose{_rank}d" + ("" if _rank == 1 else ".input")] = _spread(
        _rank, lambda r, s, p, o, g, d: (*_lists(r, s, p, o), g, [d] * r)
    )


def _both(tail: int) -> Any:
    def make(rng: Rng) -> Iterable[Row]:
        yield from (row for row in _convolutions(2, _general(tail))(rng) if row[0].ndim == 4)
        yield from (row for row in _spread(1, _general(tail, transposed_=True))(rng) if row[0].ndim == 3)

    return make


CASES["convolution"] = _both(0)
CASES["_convolution"] = _both(4)
CASES["_convolution.deprecated"] = _both(3)
CASES["_convolution_mode"] = _named(2, lambda r, s, p, d, g: ([s] * r, p, [d] * r, g))
