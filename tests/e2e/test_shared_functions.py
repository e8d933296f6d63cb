"""Library functions that a program uses often are compiled once for each kind of call, not once for each call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from xdsl.dialects import func

import aotjit
from aotjit.diagnostics import CompileError, SourceText
from aotjit.interp.interpreter import Interpreter
from aotjit.ir.verify_ssa import Stage, verify_module
from aotjit.options import parse_inputs
from aotjit.passes import run_passes
from aotjit.program import Program
from aotjit.sema import BuildOptions, build
from aotjit.syntax.parse import parse

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor\n\n"
SIGNATURE = "def f(x: Tensor, w: Tensor, b: Tensor) -> Tensor:\n"
STATEMENTS = {
    "products": ["x = torch.tanh(x @ w)"],
    "written after": ["y = x @ w", "y += b", "y.mul_(0.5)", "x = torch.sin(y) + x"],
    "optional arguments": ["x = torch.sin(F.linear(x, w, b))", "x = torch.cos(F.linear(x, w))"],
    "list arguments": ["x = F.layer_norm(x @ w, [8], b)", "x = F.layer_norm(x, [8], None, b)"],
    "in a loop": ["for i in range(3):", "    x = torch.tanh(x @ w) if i % 2 == 0 else torch.sin(F.linear(x, w, b))"],
}


def source(statements: list[str], times: int) -> str:
    body = "".join(f"    {s}\n" for _ in range(times) for s in statements)
    return f"{HEAD}{SIGNATURE}{body}    return x\n"


def torch_function(text: str) -> Any:
    space: dict[str, Any] = {}
    exec(text, space)
    return space["f"]


def lowered(text: str, level: int, *inputs: str) -> Program:
    program = build(parse(SourceText("shared.py", text)), BuildOptions(entry="f", inputs=parse_inputs(inputs)))
    run_passes(program, level)
    verify_module(program.module, Stage.OWNED)
    return program


def functions(program: Program) -> list[func.FuncOp]:
    return [op for op in program.module.ops if isinstance(op, func.FuncOp)]


def operands(rank: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(rank)
    shape = (3, 2, 8)[3 - rank :]
    x, w, b = (torch.randn(s, generator=generator) for s in (shape, (8, 8), (8,)))
    return x, w * 0.15, b


@pytest.mark.parametrize("level", [0, 3])
@pytest.mark.parametrize("name", STATEMENTS)
def test_shared_functions_do_what_torch_does(name: str, level: int, tmp_path: Path) -> None:
    text = source(STATEMENTS[name], 24)
    assert (len(functions(lowered(text, level))) > 1) is (name != "optional arguments")
    path = tmp_path / "shared.py"
    path.write_text(text)
    model = aotjit.compile(str(path), entry="f", optimize=level, cpu="v3", output=str(tmp_path / "shared.so"))
    expected = torch_function(text)
    for rank in (1, 2, 3):
        given = operands(rank)
        before = [t.clone() for t in given]
        torch.testing.assert_close(model.f(*given), expected(*given))
        torch.testing.assert_close(given, before, rtol=0, atol=0)


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_interpreter_calls_shared_functions(name: str) -> None:
    text = source(STATEMENTS[name], 24)
    program = lowered(text, 3)
    given = operands(2)
    result = Interpreter(program).call("f", [t.numpy().copy() for t in given])
    torch.testing.assert_close(torch.from_numpy(result), torch_function(text)(*given))


def test_the_size_of_a_program_grows_with_its_calls_only() -> None:
    """Twice the products are not twice the bodies of the product."""
    small, large = (sum(1 for _ in lowered(source(["x = x @ w"], n), 3).module.walk()) for n in (100, 200))
    assert large - small < 100 * 4


def test_known_shapes_leave_nothing_to_share() -> None:
    """A product of matrices is one operation: it is inlined, and what follows it is its epilogue."""
    text = source(["x = torch.tanh(x @ w)"], 40)
    program = build(parse(SourceText("shared.py", text)), BuildOptions(entry="f", inputs=_matrices()))
    run_passes(program, 3)
    (function,) = functions(program)
    names = [op.name for op in function.body.block.ops]
    assert names.count("ts.matmul") == 40
    assert "ts.generic" not in names


def _matrices() -> dict[str, Any]:
    return parse_inputs(["x=f32[4,8]", "w=f32[8,8]", "b=f32[8]"])


def test_a_failure_names_the_line_of_the_call(tmp_path: Path) -> None:
    text = source(["x = x @ w"], 30) + "\n"
    lines = text.splitlines()
    lines.insert(len(lines) - 3, "    x = x @ b.unsqueeze(0).expand([3, 8])")
    path = tmp_path / "shared.py"
    path.write_text("\n".join(lines) + "\n")
    model = aotjit.compile(str(path), entry="f", cpu="v3", output=str(tmp_path / "shared.so"))
    failing = 1 + next(i for i, line in enumerate(lines) if "expand" in line)
    with pytest.raises(RuntimeError, match=rf"shapes cannot be multiplied.* at .*shared\.py:{failing}:"):
        model.f(*operands(2))


def test_an_error_found_in_a_shared_function_is_at_its_call() -> None:
    text = source(["x = x @ w"], 30).replace("return x", "return x @ (w > 0)")
    with pytest.raises(CompileError) as caught:
        lowered(text, 3, "x=f32[4,8]")
    for diagnostic in caught.value.diagnostics:
        assert "the operands' element types differ: f32, bool" in diagnostic.message
        assert diagnostic.span is not None
        assert (diagnostic.span.source.name, diagnostic.span.line) == ("shared.py", 36)


STEPS = "".join(f"    x = torch.sin(x) * torch.cos(x) + {i / 64}\n" for i in range(60))
OWN = f"""import torch
from typing import Optional, Tuple
from torch import Tensor

def step(x: Tensor, past: Optional[Tensor]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
    if past is not None:
        x = x + past
    if bool((x > 1000.0).any()):
        raise ValueError("too large")
{STEPS}    return x, (x, x * 2.0)

def f(x: Tensor) -> Tensor:
    y, kept = step(x, None)
    y += 1.0
    z, other = step(kept[0], kept[1])
    kept[0].mul_(0.5)
    for i in range(3):
        z, other = step(y + z, other[0])
        other[1].add_(0.25)
    step(z + x, None)
    z = step(x, None)[0] + z
    return y + z + kept[0] + other[0] - other[1]
"""
"""A function of the program's own that gives the same tensor twice, which its caller then writes to."""


@pytest.mark.parametrize("level", [0, 3])
def test_own_functions_are_shared(level: int, tmp_path: Path) -> None:
    program = lowered(OWN, level)
    assert len(functions(program)) == 3  # step without and with a past
    path = tmp_path / "own.py"
    path.write_text(OWN)
    model = aotjit.compile(str(path), entry="f", optimize=level, cpu="v3", output=str(tmp_path / "own.so"))
    expected = torch_function(OWN)
    for rank in (1, 2, 3):
        x = operands(rank)[0]
        want = expected(x.clone())
        torch.testing.assert_close(model.f(x), want)
        torch.testing.assert_close(torch.from_numpy(Interpreter(program).call("f", [x.numpy().copy()])), want)
    with pytest.raises(ValueError, match=r"too large.* at .*own\.py:9:"):
        model.f(torch.full((2,), 2000.0))
    with pytest.raises(ValueError, match=r"too large"):  # in a call whose result nobody uses
        model.f(torch.tensor([999.9]))
