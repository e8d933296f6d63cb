"""The compile-time random generator draws the numbers that torch draws."""

from __future__ import annotations

import numpy as np
import pytest

from aotjit.dtypes import DType
from aotjit.sema.host.generator import Generator

torch = pytest.importorskip("torch")
SEEDS = (0, 42, 2**40 + 5)
COUNTS = (1, 3, 15, 16, 17, 40, 100, 1000)


@pytest.mark.parametrize("seed", SEEDS)
def test_interleaved_draws_are_torchs(seed: int) -> None:
    torch.manual_seed(seed)
    generator = Generator(seed)
    for count in COUNTS:
        np.testing.assert_array_equal(generator.uniform(count, 0.0, 1.0), torch.rand(count).numpy())
        np.testing.assert_allclose(generator.normal(count, 0.0, 1.0), torch.randn(count).numpy(), atol=2e-6)
        doubles = torch.rand(count, dtype=torch.float64).numpy()
        np.testing.assert_array_equal(generator.uniform(count, 0.0, 1.0, DType.F64), doubles)
        doubles = torch.randn(count, dtype=torch.float64).numpy()
        np.testing.assert_allclose(generator.normal(count, 0.0, 1.0, DType.F64), doubles, rtol=1e-12)


def test_bounds_and_deviation() -> None:
    torch.manual_seed(1)
    generator = Generator(1)
    np.testing.assert_array_equal(generator.uniform(50, -0.3, 0.7), torch.empty(50).uniform_(-0.3, 0.7).numpy())
    np.testing.assert_allclose(generator.normal(50, 2.0, 3.0), torch.empty(50).normal_(2.0, 3.0).numpy(), atol=1e-5)


def test_seed_starts_anew() -> None:
    generator = Generator(3)
    first = generator.normal(3, 0.0, 1.0)
    generator.seed(3)
    np.testing.assert_array_equal(generator.normal(3, 0.0, 1.0), first)
