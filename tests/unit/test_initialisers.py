"""torch.nn.init at compile time gives torch's numbers from the same seed, and leaves the generator where torch does.

float32 normal numbers differ from torch's in the last digits (generator.py), and so does what is computed from them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aotjit.dtypes import DType
from aotjit.sema.host.generator import Generator
from aotjit.sema.host.initialisers import INITIALISERS, gain_of
from aotjit.sema.host.tensors import constant_tensor

torch = pytest.importorskip("torch")
CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("eye_", (3, 5), ()), ("eye_", (4, 2), ()),
    ("dirac_", (4, 3, 3), ()), ("dirac_", (6, 2, 3, 4), (2,)), ("dirac_", (2, 3, 3, 2, 5), ()),
    ("sparse_", (7, 5), (0.3,)), ("sparse_", (1, 4), (0.5, 2.0)), ("sparse_", (20, 3), (0.9,)),
    ("trunc_normal_", (40, 5), ()), ("trunc_normal_", (3, 2), (0.5, 2.0, -1.0, 1.0)),
    ("trunc_normal_", (100,), (0.0, 0.02)), ("trunc_normal_", (50,), (0.0, 1.0, 2.0, 4.0)),
    ("trunc_normal_", (5, 3), (3.0, 0.5, -1.0, 1.0)), ("trunc_normal_", (6,), (0.0, 1.0, 9.0, 10.0)),
    ("orthogonal_", (4, 4), ()), ("orthogonal_", (3, 8), (2.5,)), ("orthogonal_", (8, 3), ()),
    ("orthogonal_", (6, 2, 3, 3), (0.5,)), ("orthogonal_", (0, 3), ()),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:mean is more than 2 std")
@pytest.mark.parametrize(("name", "shape", "args"), CASES)
@pytest.mark.parametrize("dtype", [DType.F32, DType.F64])
def test_numbers_are_torchs(name: str, shape: tuple[int, ...], args: tuple[Any, ...], dtype: DType) -> None:
    for seed in (0, 7, 123456789):
        torch.manual_seed(seed)
        expected = torch.empty(shape, dtype=getattr(torch, dtype.value.torch))
        getattr(torch.nn.init, name)(expected, *args)
        generator = Generator(seed)
        tensor = constant_tensor(generator, 0.5, shape, dtype)
        assert INITIALISERS[name](generator, tensor, *args) is tensor
        found = tensor.numpy()
        assert found.dtype == expected.numpy().dtype
        tolerance = {"eye_": 0.0, "dirac_": 0.0}.get(name, 1e-5 if dtype is DType.F32 else 1e-11)
        np.testing.assert_allclose(found, expected.numpy(), rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(found == 0, expected.numpy() == 0)
        np.testing.assert_array_equal(generator.uniform(5, 0.0, 1.0), torch.rand(5).numpy())


def test_permutations_are_torchs() -> None:
    torch.manual_seed(3)
    generator = Generator(3)
    for count in (0, 1, 2, 10, 300):
        assert generator.permutation(count) == torch.randperm(count).tolist()


@pytest.mark.parametrize(
    ("name", "shape", "args", "message"),
    [
        ("eye_", (2,), (), "Only tensors with 2 dimensions are supported"),
        ("sparse_", (2, 2, 2), (0.5,), "Only tensors with 2 dimensions are supported"),
        ("dirac_", (2, 2), (), "Only tensors with 3, 4, or 5 dimensions are supported"),
        ("dirac_", (3, 2, 2), (2,), "dim 0 must be divisible by groups"),
        ("orthogonal_", (4,), (), "Only tensors with 2 or more dimensions are supported"),
    ],
)
def test_refusals_are_torchs(name: str, shape: tuple[int, ...], args: tuple[Any, ...], message: str) -> None:
    generator = Generator(0)
    for call in (
        lambda: INITIALISERS[name](generator, constant_tensor(generator, 0.0, shape, DType.F32), *args),
        lambda: getattr(torch.nn.init, name)(torch.zeros(shape), *args),
    ):
        with pytest.raises(ValueError, match=f"^{message}$"):
            call()


def test_gains_are_torchs() -> None:
    for name in ("linear", "conv2d", "conv_transpose1d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert gain_of(name) == torch.nn.init.calculate_gain(name)
    with pytest.raises(ValueError, match="Unsupported nonlinearity gelu"):
        gain_of("gelu")
