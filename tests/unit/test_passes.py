"""The driver, the constant arithmetic and the alias analysis; what passes do to IR is in tests/ir."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue

from aotjit import knobs
from aotjit.diagnostics import CompileError, UsageError
from aotjit.ir.text import from_text, module_from_text
from aotjit.ir.verify_ssa import verify_module
from aotjit.passes import PASSES, PassOptions, by_name, run_passes
from aotjit.passes.alias import Aliases
from aotjit.passes.facts import Facts, same_constant
from tests.ir.golden import counting_weight

T = '!ts.val<"Tensor[f32]">'
L = '!ts.val<"List[Tensor[f32]]">'


def function(text: str) -> func.FuncOp:
    found = module_from_text(text).body.block.first_op
    assert isinstance(found, func.FuncOp)
    return found


def results(found: func.FuncOp) -> dict[str, SSAValue]:
    """The values of a function's top block by the names that the text gives them."""
    values = [*found.body.block.args, *(r for op in found.body.block.ops for r in op.results)]
    return {v.name_hint or "": v for v in values}


# -- driver -----------------------------------------------------------------------------------------------------------


def test_every_pass_is_found_by_its_name() -> None:
    for step in PASSES:
        assert by_name(step.name).name == step.name
        assert Path(f"aotjit/passes/{step.name}.py").name == f"{step.name}.py"
    with pytest.raises(UsageError, match="no pass is named 'nonsense'"):
        by_name("nonsense")


def test_dumps_are_numbered_and_say_when_nothing_changed(tmp_path: Path) -> None:
    program = from_text("func.func @f(%n : i64) -> i64 {\n  func.return %n : i64\n}")
    reports = run_passes(program, 3, PassOptions(verify=True, dump=knobs.Dump(tmp_path, None), time=False))
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names[:3] == ["00-build.mlir", "01-demand.mlir", "02-inline.mlir"]
    assert len(names) == len(reports) + 1
    assert (tmp_path / "02-inline.mlir").read_text() == "// unchanged\n"
    assert "func.func @f" in (tmp_path / "00-build.mlir").read_text()


def test_one_pass_is_dumped(tmp_path: Path) -> None:
    program = from_text("func.func @f(%n : i64) -> i64 {\n  func.return %n : i64\n}")
    run_passes(program, 3, PassOptions(verify=False, dump=knobs.Dump(tmp_path, "dce"), time=False))
    assert {p.name.partition("-")[2] for p in tmp_path.iterdir()} == {"dce.mlir"}


def test_level_0_runs_what_is_needed() -> None:
    names = [p.name for p in PASSES if p.level == 0]
    assert list(dict.fromkeys(names)) == ["demand", "inline", "specialise", "dce", "lower", "refcount"]


# -- constants --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("arith.addi %a, %b : i64", 2),
        ("arith.subi %a, %b : i64", 12),
        ("arith.divsi %a, %b : i64", -1),
        ("arith.remsi %a, %b : i64", 2),
        ("arith.floordivsi %a, %b : i64", -2),
        ("arith.cmpi slt, %a, %b : i64", False),
        ("arith.cmpi ult, %a, %b : i64", True),
        ("arith.shli %a, %b : i64", None),
        ("arith.divf %x, %z : f64", -math.inf),
        ("arith.divf %z, %z : f64", math.nan),
        ("arith.cmpf ogt, %x, %z : f64", True),
        ("arith.cmpf une, %x, %x : f64", False),
        ("arith.cmpf uno, %x, %x : f64", False),
        ("arith.maximumf %x, %z : f64", 2.5),
        ("math.floor %x : f64", 2.0),
        ("math.roundeven %x : f64", 2.0),
        ("arith.fptosi %x : f64 to i64", 2),
        ("arith.sitofp %t : i1 to f64", -1.0),
        ("arith.uitofp %t : i1 to f64", 1.0),
        ("arith.extui %t : i1 to i64", 1),
        ("arith.xori %t, %t : i1", False),
    ],
)
def test_constant_arithmetic(operation: str, expected: object) -> None:
    program = from_text(f"""func.func @f() -> i64 {{
      %a = arith.constant 7 : i64
      %b = arith.constant -5 : i64
      %x = arith.constant 2.5 : f64
      %z = arith.constant -0.0 : f64
      %t = arith.constant true
      %r = {operation}
      func.return %a : i64
    }}""")
    facts = Facts(program)
    found = program.module.body.block.first_op
    assert isinstance(found, func.FuncOp)
    known = facts.constant(results(found)["r"])
    assert same_constant(known, expected) if expected is not None else not isinstance(known, int)  # type: ignore[arg-type]


def test_constants_differ_in_type_and_sign() -> None:
    assert not same_constant(1, True)
    assert not same_constant(0.0, -0.0)
    assert same_constant(math.nan, math.nan)
    assert same_constant([1, 2], [1, 2]) and not same_constant([1], [1.0])


def test_errors_are_reported_together_and_once() -> None:
    program = from_text(f"""func.func @f(%x : !ts.val<"Tensor[f32; 2]">, %y : !ts.val<"Tensor[f32; 3]">) -> {T} {{
      %one = arith.constant 1 : i64
      %a = "ts.aten"(%x, %y, %one) <{{op = "add.Tensor", effects = "read"}}>
        : (!ts.val<"Tensor[f32; 2]">, !ts.val<"Tensor[f32; 3]">, i64) -> {T}
      %b = "ts.aten"(%x, %y) <{{op = "mul.Tensor", effects = "read"}}>
        : (!ts.val<"Tensor[f32; 2]">, !ts.val<"Tensor[f32; 3]">) -> {T}
      %c = "ts.aten"(%a) <{{op = "relu", effects = "read"}}> : ({T}) -> {T}
      func.return %c : {T}
    }}""")
    with pytest.raises(CompileError) as caught:
        Facts(program)
    assert [d.message.partition(":")[0] for d in caught.value.diagnostics] == ["add", "mul"]


# -- aliases ----------------------------------------------------------------------------------------------------------


def test_views_alias_their_base_and_new_tensors_do_not() -> None:
    found = function(f"""func.func @f(%x : {T}) -> {T} {{
      %new = "ts.aten"(%x) <{{op = "relu", effects = "read"}}> : ({T}) -> {T}
      %view = "ts.aten"(%new) <{{op = "t", effects = "view"}}> : ({T}) -> {T}
      %other = "ts.aten"(%new) <{{op = "neg", effects = "read"}}> : ({T}) -> {T}
      %w = "ts.aten"(%view) <{{op = "neg_", effects = "write", writes = array<i64: 0>}}> : ({T}) -> {T}
      func.return %other : {T}
    }}""")
    aliases, values = Aliases(found), results(found)
    assert aliases.is_written(values["new"]) and aliases.is_written(values["w"])
    assert not aliases.is_written(values["other"]) and not aliases.is_written(values["x"])
    assert aliases.escapes(values["other"]) and not aliases.escapes(values["new"])


def test_appending_writes_the_list_and_not_its_elements() -> None:
    found = function(f"""func.func @f(%x : {T}) -> {L} {{
      %e = "ts.aten"(%x) <{{op = "relu", effects = "read"}}> : ({T}) -> {T}
      %l = "ts.list"(%e) : ({T}) -> {L}
      %a = "ts.aten"(%l, %e) <{{op = "append.t", effects = "write", writes = array<i64: 0>}}> : ({L}, {T}) -> {L}
      func.return %l : {L}
    }}""")
    aliases, values = Aliases(found), results(found)
    assert aliases.is_written(values["l"]) and not aliases.is_written(values["e"])
    assert aliases.escapes(values["e"])


def test_writing_an_element_writes_what_was_put_in() -> None:
    found = function(f"""func.func @f(%x : {T}, %n : i64) -> {T} {{
      %e = "ts.aten"(%x) <{{op = "relu", effects = "read"}}> : ({T}) -> {T}
      %l = "ts.list"(%e) : ({T}) -> {L}
      %g = "ts.aten"(%l, %n) <{{op = "__getitem__.t", effects = "read"}}> : ({L}, i64) -> {T}
      %w = "ts.aten"(%g) <{{op = "neg_", effects = "write", writes = array<i64: 0>}}> : ({T}) -> {T}
      func.return %x : {T}
    }}""")
    aliases, values = Aliases(found), results(found)
    assert aliases.is_written(values["e"]) and not aliases.is_written(values["x"])


def test_carried_values_alias_what_they_come_from() -> None:
    found = function(f"""func.func @f(%x : {T}, %n : i64) -> {T} {{
      %e = "ts.aten"(%x) <{{op = "relu", effects = "read"}}> : ({T}) -> {T}
      %one = arith.constant 1 : i64
      %r = scf.for %i = %one to %n step %one iter_args(%h = %e) -> ({T}) : i64 {{
        %w = "ts.aten"(%h) <{{op = "neg_", effects = "write", writes = array<i64: 0>}}> : ({T}) -> {T}
        scf.yield %w : {T}
      }}
      func.return %x : {T}
    }}""")
    aliases, values = Aliases(found), results(found)
    loop = values["r"].owner
    assert aliases.is_written(values["e"]) and not aliases.is_written(values["x"])
    assert isinstance(loop, Operation) and aliases.may_write(loop, [values["e"]])


# -- weights ----------------------------------------------------------------------------------------------------------


def test_folded_weights_have_the_elements_of_what_was_folded() -> None:
    program = from_text("""func.func @f() -> !ts.val<"Tensor[f32; 3, 2]"> {
      %w = "ts.weight"() <{symbol = "w"}> : () -> !ts.val<"Tensor[f32; 2, 3; contiguous]">
      %t = "ts.aten"(%w) <{op = "t", effects = "view"}>
        : (!ts.val<"Tensor[f32; 2, 3; contiguous]">) -> !ts.val<"Tensor[f32; 3, 2]">
      func.return %t : !ts.val<"Tensor[f32; 3, 2]">
    }""")
    program.weights["w"] = counting_weight("w", "f32", (2, 3))
    by_name("fold").run(program)
    verify_module(program.module)
    assert list(program.weights["w.t"].data().cast("f")) == [0, 3, 1, 4, 2, 5]
    assert program.weights["w.t"].shape == (3, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("func.func @f( {", "bad.mlir:1:15: Expected argument or type"),
        ("garbage", "bad.mlir:1:8: Operation garbage is not registered"),
        ('func.func @f(%x : !ts.val<"Tensr[">) -> i64 {}', "bad.mlir: not a type: 'Tensr[' (unexpected '[')"),
    ],
)
def test_text_that_is_no_module(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_text(text, "bad.mlir")
    assert str(caught.value) == message
