"""The other way round from schedule.panels: what the reference interpreter does to weights that are packed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aotjit.schedule.panels import panel_width

if TYPE_CHECKING:
    import numpy

    from aotjit.ir.window import Window


def unpacked(panels: numpy.ndarray, shape: tuple[int, ...], window: Window | None) -> numpy.ndarray:
    """The [K, N] matrix of `shape` that pack_panels packed, or the weight of a convolution from window_panels."""
    if window is None:
        k, n = shape
        return _matrices(panels, 1, k, n).reshape(k, n)
    import numpy

    split = (window.groups, shape[0] // window.groups, *shape[1:])
    if not window.transposed:
        k = split[2] * math.prod(shape[2:])
        return _matrices(panels, window.groups, k, split[1]).swapaxes(1, 2).reshape(shape)
    columns = (window.groups, split[2], split[1], *shape[2:])
    k = split[1] * math.prod(shape[2:])
    turned = _matrices(panels, window.groups, k, split[2]).swapaxes(1, 2).reshape(columns)
    return numpy.flip(turned, axis=tuple(range(3, turned.ndim))).swapaxes(1, 2).reshape(shape)


def _matrices(panels: numpy.ndarray, groups: int, k: int, n: int) -> numpy.ndarray:
    """[groups, k, n] of each group's panels [k][width]."""
    split = panels.reshape(groups, -1, k, panel_width(panels.dtype.itemsize))
    return split.transpose(0, 2, 1, 3).reshape(groups, k, -1)[:, :, :n]
