"""The packed layout of the right operand of a matrix product.

A [K, N] matrix becomes ceil(N / W) panels, each [K][W] row-major, with W elements of 128 bytes; the last panel is
filled with zeros. All ISA levels read the same panels: one row of a panel is two 64-byte vectors, or four of 32 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

PANEL_BYTES = 128
"""Bytes of one row of a panel."""


def panel_width(element_bytes: int) -> int:
    """Columns of one panel."""
    return PANEL_BYTES // element_bytes


def packed_bytes(k: int, n: int, element_bytes: int) -> int:
    """Size of the packed form of a [k, n] matrix."""
    return -(-n // panel_width(element_bytes)) * k * PANEL_BYTES


DIRECT_CHANNELS = 8
"""Convolutions with fewer output channels in a group are summed directly (AJ_DIRECT_CHANNELS of runtime/convolution.h):
their panels would be mostly padding."""


def window_columns(weight: numpy.ndarray, groups: int, transposed: bool) -> numpy.ndarray:
    """The columns of the matrices that window_panels packs: a view [groups, out / groups, in / groups, kernel...]."""
    import numpy

    split = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
    return numpy.flip(split.swapaxes(1, 2), axis=tuple(range(3, split.ndim))) if transposed else split


def window_panels(weight: numpy.ndarray, groups: int, transposed: bool) -> bytes:
    """The panels of each group of a convolution's weight [out, in / groups, kernel...], or, of a transposed one,
    [in, out / groups, kernel...], as [in / groups * kernel, out / groups] matrices."""
    split = window_columns(weight, groups, transposed)
    matrices = split.reshape(*split.shape[:2], -1).swapaxes(1, 2)
    return b"".join(pack_panels(matrix) for matrix in matrices)


def pack_panels(matrix: numpy.ndarray) -> bytes:
    """The panels of a float32 or float64 [K, N] matrix."""
    import numpy

    if matrix.ndim != 2 or matrix.dtype.kind != "f" or matrix.dtype.itemsize not in (4, 8):
        raise ValueError(f"cannot pack a {matrix.dtype} array of shape {matrix.shape}")
    k, n = matrix.shape
    width = panel_width(matrix.dtype.itemsize)
    panels = -(-n // width)
    padded = numpy.zeros((k, panels * width), matrix.dtype)
    padded[:, :n] = matrix
    return numpy.ascontiguousarray(padded.reshape(k, panels, width).transpose(1, 0, 2)).tobytes()
