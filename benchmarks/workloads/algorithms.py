"""Control flow, lists, dicts, strings and classes: whole algorithms beside torch.jit, each called in turn."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from programs import EXAMPLES
from timing import least

ROOT = EXAMPLES.parent
TOKENS = [2, 6, 5, 3, 5]


def module_at(path: Path) -> ModuleType:
    """A file of Python as a module that torch.jit can read."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def run(folder: Path) -> None:
    import torch

    import aotjit

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    path = EXAMPLES / "algorithms.py"
    algorithms, cases = module_at(path), module_at(ROOT / "tests/e2e/algorithm_cases.py").LARGER
    model = aotjit.compile(path, output=folder / "algorithms.so", cpu="native")
    print("whole algorithms: times as fast as torch.jit.script, microseconds a call")
    for name, arguments in cases.items():
        compare(name, getattr(model, name), torch.jit.script(getattr(algorithms, name)), arguments)
    beam_search(folder)


def beam_search(folder: Path) -> None:
    import torch

    import aotjit

    path = ROOT / "tests/e2e/grammar_program.py"
    torch.manual_seed(1)
    grammar = module_at(path).Grammar(10, 6).eval()
    torch.save(grammar.state_dict(), folder / "grammar.pt")
    options: dict[str, Any] = {"entry": "Grammar(10, 6)", "weights": folder / "grammar.pt", "cpu": "native"}
    model = aotjit.compile(path, output=folder / "grammar.so", inputs={"tokens": "i64[n]"}, **options)
    scripted = torch.jit.script(grammar)
    with torch.no_grad():
        compare("beam search of a grammar", model.forward, scripted, (torch.tensor(TOKENS), 4))


def compare(name: str, ours: Any, theirs: Any, arguments: tuple[Any, ...]) -> None:
    for _ in range(3):  # torch.jit optimises in its second and third call
        theirs(*arguments)
    contestants = {"aotjit": lambda: ours(*arguments), "torch.jit": lambda: theirs(*arguments)}
    result = least(contestants)
    ratio = result.ratio("torch.jit", "aotjit")
    print(f"  {name:28s} {ratio:7.1f} x   {result.seconds['aotjit'] * 1e6:10.1f}", flush=True)
