"""What the verifier refuses, stage by stage."""

from __future__ import annotations

import pytest

from aotjit.ir.text import module_from_text
from aotjit.ir.verify_ssa import InvalidIRError, Stage, verify_module

T = '!ts.val<"Tensor[f32]">'
RELU = f'"ts.aten"(%x) <{{op = "relu", effects = "read"}}> : ({T}) -> {T}'


def check(body: str, stage: Stage = Stage.INLINED, signature: str = f"(%x : {T}, %n : i64, %c : i1) -> {T}") -> None:
    verify_module(module_from_text(f"func.func @f{signature} {{\n{body}\n}}"), stage)


def refuse(body: str, message: str, stage: Stage = Stage.INLINED) -> None:
    with pytest.raises(InvalidIRError, match=message):
        check(body, stage)


def test_a_definition_comes_before_its_uses() -> None:
    module = module_from_text(f"func.func @f(%x : {T}) -> {T} {{\n%a = {RELU}\n%b = {RELU}\nfunc.return %b : {T}\n}}")
    first, second = list(module.body.block.first_op.body.block.ops)[:2]  # type: ignore[union-attr]
    first.operands[0] = second.results[0]
    with pytest.raises(InvalidIRError, match="used where it is not defined"):
        verify_module(module)


def test_a_value_of_a_branch_is_not_seen_behind_it() -> None:
    text = f"""func.func @f(%x : {T}, %c : i1) -> {T} {{
      scf.if %c {{
        %a = {RELU}
        scf.yield
      }} else {{
      }}
      %b = {RELU}
      func.return %b : {T}
    }}"""
    module = module_from_text(text)
    block = module.body.block.first_op.body.block  # type: ignore[union-attr]
    branch, relu = list(block.ops)[:2]
    relu.operands[0] = branch.regions[0].block.first_op.results[0]  # type: ignore[union-attr]
    with pytest.raises(InvalidIRError, match="used where it is not defined"):
        verify_module(module)


def test_calls_are_gone_after_inlining() -> None:
    text = f"""func.func private @g(%x : {T}) -> {T} {{
      func.return %x : {T}
    }}
    func.func @f(%x : {T}) -> {T} {{
      %y = func.call @g(%x) : ({T}) -> {T}
      func.return %y : {T}
    }}"""
    module = module_from_text(text)
    verify_module(module, Stage.BUILT)
    with pytest.raises(InvalidIRError, match=r"func\.call is not allowed"):
        verify_module(module, Stage.INLINED)


def test_passed_values_have_the_types_of_what_they_are_passed_to() -> None:
    u = '!ts.val<"Tensor">'
    refuse(
        f"""%r = scf.if %c -> ({u}) {{
          scf.yield %x : {T}
        }} else {{
          scf.yield %x : {T}
        }}
        func.return %x : {T}""",
        "yielded value 0",
    )


def test_a_tuple_has_the_types_of_its_elements() -> None:
    refuse(
        f"""%p = "ts.tuple"(%x, %n) : ({T}, i64) -> !ts.val<"Tuple[Tensor, int]">
        func.return %x : {T}""",
        "types of its elements",
    )


def test_refine_changes_facts_only() -> None:
    refuse(f'%p = "ts.refine"(%x) : ({T}) -> !ts.val<"str">\nfunc.return %x : {T}', "changes facts only")


def test_a_kernel_has_an_argument_for_each_input() -> None:
    refuse(
        f"""%y = "ts.generic"(%x, %x) <{{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}}> ({{
        ^bb0(%e : f32):
          "ts.yield"(%e) : (f32) -> ()
        }}) : ({T}, {T}) -> {T}
        func.return %y : {T}""",
        "one argument for each input",
    )


def test_elements_have_the_tensors_types() -> None:
    refuse(
        f"""%y = "ts.generic"(%x) <{{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}}> ({{
        ^bb0(%e : f64):
          "ts.yield"(%e) : (f64) -> ()
        }}) : ({T}) -> !ts.val<"Tensor[f64]">
        func.return %x : {T}""",
        r"an element of Tensor\[f32\] is f32",
    )


# -- ownership --------------------------------------------------------------------------------------------------------

RETAIN, RELEASE = (f'"ts.{name}"(%{{0}}) : ({T}) -> ()' for name in ("retain", "release"))


def test_a_result_is_moved_to_the_caller() -> None:
    check(f"%y = {RELU}\nfunc.return %y : {T}", Stage.OWNED)


def test_an_argument_is_retained_before_it_is_returned() -> None:
    refuse(f"func.return %x : {T}", "does not hold", Stage.OWNED)
    check(f"{RETAIN.format('x')}\nfunc.return %x : {T}", Stage.OWNED)


def test_a_result_that_is_never_released_leaks() -> None:
    body = f"%y = {RELU}\n{RETAIN.format('x')}\n"
    refuse(f"{body}func.return %x : {T}", "never released", Stage.OWNED)
    check(f"{body}{RELEASE.format('y')}\nfunc.return %x : {T}", Stage.OWNED)


def test_no_reference_is_given_up_twice() -> None:
    refuse(f"%y = {RELU}\n{RELEASE.format('y')}\nfunc.return %y : {T}", "does not hold", Stage.OWNED)


def test_a_branch_does_not_release_what_is_not_its_own() -> None:
    refuse(
        f"""%y = {RELU}
        scf.if %c {{
          {RELEASE.format("y")}
          scf.yield
        }} else {{
        }}
        func.return %y : {T}""",
        "does not hold",
        Stage.OWNED,
    )


def test_a_loop_takes_its_initial_values() -> None:
    loop = f"""%one = arith.constant 1 : i64
      %r = scf.for %i = %one to %n step %one iter_args(%h = %x) -> ({T}) : i64 {{
        scf.yield %h : {T}
      }}
      func.return %r : {T}"""
    refuse(loop, "does not hold", Stage.OWNED)
    check(RETAIN.format("x") + "\n" + loop, Stage.OWNED)


def test_literals_are_not_counted() -> None:
    check('%s = "ts.str"() <{value = "a"}> : () -> !ts.val<"str">\nfunc.return %s : !ts.val<"str">',
          Stage.OWNED, '() -> !ts.val<"str">')  # fmt: skip
