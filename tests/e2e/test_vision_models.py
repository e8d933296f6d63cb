"""ResNet-18 and MobileNetV2: from source with weights, from scripted and traced archives, equal to torch."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import aotjit

torch = pytest.importorskip("torch")

MODELS = {"resnet18": "ResNet18", "mobilenet_v2": "MobileNetV2"}
FOLDER = Path(__file__).parent / "models"


def built(name: str) -> Any:
    """The model with running statistics that matter."""
    torch.manual_seed(3)
    model = getattr(importlib.import_module(f"tests.e2e.models.{name}"), MODELS[name])().eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 1.5)
    return model


@pytest.mark.parametrize("via", ["source", "script", "trace"])
@pytest.mark.parametrize("name", list(MODELS))
def test_equal_to_torch(name: str, via: str, tmp_path: Path) -> None:
    model = built(name)
    image = torch.randn(2, 3, 64, 96)
    output = str(tmp_path / f"{name}.so")
    # The traced one knows its sizes, the others take images of any size.
    inputs = {"x": "f32[2,3,64,96]" if via == "trace" else "f32[N,3,H,W]"}
    if via == "source":
        weights = tmp_path / "weights.pt"
        torch.save(model.state_dict(), weights)
        compiled = aotjit.compile(
            str(FOLDER / f"{name}.py"), entry=f"{MODELS[name]}()", weights=str(weights), output=output, inputs=inputs,
            cpu="native",
        )  # fmt: skip
    else:
        archive = str(tmp_path / "model.pt")
        saved = torch.jit.script(model) if via == "script" else torch.jit.trace(model, image)
        saved.save(archive)
        compiled = aotjit.compile(archive, output=output, inputs=inputs, cpu="native")
    with torch.no_grad():
        expected = model(image)
    torch.testing.assert_close(torch.as_tensor(compiled.forward(image.numpy())), expected)
