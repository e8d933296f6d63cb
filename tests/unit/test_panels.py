"""schedule.panels: every element of the matrix is where the layout says, the rest is zero."""

import numpy as np
import pytest

from aotjit.ir.window import Window
from aotjit.schedule.panels import pack_panels, packed_bytes, panel_width, window_panels
from aotjit.schedule.unpacking import unpacked


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3, 5), (1, 32), (7, 65), (4, 16), (0, 3), (2, 0)])
def test_layout(dtype, shape):
    k, n = shape
    matrix = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    data = pack_panels(matrix.T.copy().T)
    width = panel_width(matrix.dtype.itemsize)
    assert len(data) == packed_bytes(k, n, matrix.dtype.itemsize)
    panels = np.frombuffer(data, dtype).reshape(-1, k, width) if data else np.zeros((0, k, width))
    for j in range(panels.shape[0] * width):
        expected = matrix[:, j] if j < n else np.zeros(k)
        assert np.array_equal(panels[j // width, :, j % width], expected)


def test_refuses_integers():
    with pytest.raises(ValueError, match="int64"):
        pack_panels(np.zeros((2, 2), np.int64))


@pytest.mark.parametrize(("groups", "transposed"), [(1, False), (3, False), (1, True), (2, True)])
@pytest.mark.parametrize("kernel", [(3,), (2, 3)])
def test_unpacking(groups, transposed, kernel):
    """What is packed for a window comes back, and a plain matrix."""
    rank = len(kernel)
    window = Window((1,) * rank, (0,) * rank, (1,) * rank, (0,) * rank, groups, transposed)
    weight = np.random.default_rng(2).standard_normal((12, 5, *kernel)).astype(np.float32)
    panels = np.frombuffer(window_panels(weight, groups, transposed), np.float32)
    assert np.array_equal(unpacked(panels, weight.shape, window), weight)
    matrix = weight[:, :, 0].reshape(12, -1)
    assert np.array_equal(unpacked(np.frombuffer(pack_panels(matrix), np.float32), matrix.shape, None), matrix)
