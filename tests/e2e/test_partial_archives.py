"""Archives of which a part is not compiled: a warning when compiling, NotImplementedError where a call gets there."""

# torch.jit reads the annotations: they are no strings

from pathlib import Path
from typing import Any

import pytest

import aotjit

torch = pytest.importorskip("torch")


class Partial(torch.nn.Module):
    """forward works for the first kinds; `unused` keeps a branch that is known not to be taken."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 3)
        self.unused = False

    def forward(self, x: torch.Tensor, kind: int = 0) -> torch.Tensor:
        y = self.linear(x)
        if kind == 1:
            y = torch.special.airy_ai(y) + 1
        elif kind == 2:
            for i in range(3):
                y = torch.special.spherical_bessel_j0(y) if i == kind else y + i
        elif kind == 6:
            y = y + torch.zeros([3], dtype=kind)  # no operator is missing: its dtype is not known
        if self.unused:
            y = torch.logdet(y)
        return y

    @torch.jit.export
    def other(self, x: torch.Tensor) -> torch.Tensor:
        return torch.linalg.eigvals(x)


class Hopeless(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.linalg.eigvals(x)


def _saved(module: Any, folder: Path) -> str:
    path = str(folder / "model.pt")
    torch.jit.script(module).save(path)
    return path


def test_the_rest_is_compiled(tmp_path: Path) -> None:
    module = Partial()
    archive = _saved(module, tmp_path)
    with pytest.warns(aotjit.CompileWarning) as caught:
        library = aotjit.compile(archive, cpu="native")
    texts = [str(w.message) for w in caught if w.category is aotjit.CompileWarning]
    assert [next(n for n in ("airy_ai", "bessel_j0", "zeros", "eigvals") if n in t) for t in texts] == [
        "airy_ai", "bessel_j0", "zeros", "eigvals",
    ]  # fmt: skip
    assert all(": warning: " in t and "^~~~" in t for t in texts)
    assert "calls of other raise NotImplementedError" in texts[3]
    x = torch.randn(3, 3)
    with torch.no_grad():
        torch.testing.assert_close(torch.as_tensor(library.forward(x.numpy())), module(x))
    for kind in (1, 2, 6):
        with pytest.raises(NotImplementedError, match=r"at model\.pt:code/"):
            library.forward(x.numpy(), kind)
    with pytest.raises(NotImplementedError, match="linalg_eigvals"):
        library.other(x.numpy())


def test_a_forward_that_cannot_succeed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(aotjit.CompileError, match=r"error: torch\.linalg_eigvals is not compiled") as caught:
        aotjit.compile(_saved(Hopeless(), tmp_path))
    assert "^~~~" in str(caught.value)


def test_source_programs_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "model.py"
    source.write_text(
        "import torch\nfrom torch import Tensor\n\ndef f(x: Tensor, airy: bool) -> Tensor:\n"
        "    if airy:\n        return torch.special.airy_ai(x)\n    return x\n"
    )
    with pytest.raises(aotjit.CompileError, match="airy_ai"):
        aotjit.compile(source)
