"""schedule.panels: every element of the matrix is where the layout says, the rest is zero."""

import numpy as np
import pytest

from aotjit.schedule.panels import pack_panels, packed_bytes, panel_width


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
