"""Complex tensors and spectra in whole programs: views that are written through, many operands of 16 bytes an element,
signals of several lengths there and back."""

from __future__ import annotations

from typing import Any

import pytest

import aotjit
from tests.e2e.libraries import Libraries

torch = pytest.importorskip("torch")

SOURCE = """
import torch
from torch import Tensor
from typing import List, Optional
from jaxtyping import Complex64, Complex128

def written(z: Complex64[Tensor, "..."]):
    own = z.clone()
    own.real.mul_(2.0)
    own.imag[0] = 5.0
    torch.view_as_real(own)[..., 1].add_(1.0)
    own[1] = own[0].conj()
    masked = own.masked_fill(own.abs() < 1.0, 0.0)
    return own, masked, torch.stack([own, z], 1)[:, 0], own.sum(0), own.real.to(torch.complex64) * own

def wide(a: Complex128[Tensor, "..."], b: Complex128[Tensor, "..."], c: Complex128[Tensor, "..."],
         d: Complex128[Tensor, "..."], e: Complex128[Tensor, "..."], f: Complex128[Tensor, "..."]):
    mixed = a.t() * b.t() + c.t() * d.t() - e.t() / (f.t() + 3.0)
    return mixed, mixed.sum(0), (a.t() * b + c).abs().sum(), torch.where(a.t().real > 0, b, c.t())

def there_and_back(x: Tensor, window: Tensor, n: int, hop: int, length: Optional[int] = None):
    spectrum = torch.stft(x, n, hop, n, window, return_complex=True)
    power = spectrum.abs().pow(2.0)
    signal = torch.istft(spectrum, n, hop, n, window, length=length)
    return signal, power.sum(-1), torch.angle(spectrum[..., 3, :]).cos()

def turned(z: Complex64[Tensor, "..."], steps: int):
    kept: List[Tensor] = []
    x = z
    for i in range(steps):
        x = torch.polar(x.abs(), x.angle() + 0.5) @ z.mH
        x = x / x.abs().max()
        kept.append(x)
    return torch.stack(kept), torch.fft.ifft2(torch.fft.fft2(x)), torch.fft.irfft(torch.fft.rfft(x.real), x.size(-1))
"""


@pytest.fixture(scope="module", params=["-O0", "-O3"])
def library(libraries: Libraries, request: pytest.FixtureRequest) -> Any:
    return aotjit.load(libraries.make(f"spectra{request.param[1:]}", SOURCE, request.param))


class _Annotation:
    def __getitem__(self, item: object) -> Any:
        return torch.Tensor


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """The same functions as Python runs them."""
    names: dict[str, Any] = {"Complex64": _Annotation(), "Complex128": _Annotation()}
    exec("\n".join(line for line in SOURCE.splitlines() if "jaxtyping" not in line), names)
    return names


def same(actual: Any, expected: Any, **bounds: float) -> None:
    for a, e in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, e.resolve_conj(), **bounds)


def test_writes_through_views(library: Any, program: dict[str, Any]) -> None:
    for shape in ((3, 5), (2, 3, 4)):
        z = torch.randn(*shape, dtype=torch.complex64)
        same(library.written(z), program["written"](z))


def test_many_wide_operands(library: Any, program: dict[str, Any]) -> None:
    for rows in (3, 37, 300):
        operands = [torch.randn(rows, rows, dtype=torch.complex128) for _ in range(6)]
        same(library.wide(*operands), program["wide"](*operands))


@pytest.mark.parametrize(("n", "hop", "length"), [(400, 160, None), (256, 64, 2999), (25, 7, None), (34, 17, 3000)])
def test_there_and_back(library: Any, program: dict[str, Any], n: int, hop: int, length: int | None) -> None:
    for size in (3000, 3333):
        x, window = torch.randn(2, size), torch.hann_window(n)
        expected = program["there_and_back"](x, window, n, hop, length)
        same(library.there_and_back(x, window, n, hop, length), expected, atol=2e-3, rtol=1e-4)


def test_loops(library: Any, program: dict[str, Any]) -> None:
    z = torch.randn(6, 6, dtype=torch.complex64)
    same(library.turned(z, 3), program["turned"](z, 3), atol=1e-4, rtol=1e-4)
