"""Structured control flow as blocks with phis, one for each component of a value: LLVM sees plain scalars."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir
from xdsl.dialects import func, scf
from xdsl.ir import Block, Operation

from aotjit.codegen.context import component_types
from aotjit.codegen.function import HostFunction
from aotjit.codegen.layout import I32, I64, PTR
from aotjit.codegen.loop_exits import loop_left
from aotjit.codegen.module import leave_loop
from aotjit.ir import ts


def emit_if(f: HostFunction, op: scf.IfOp) -> None:
    held = list(f.held)
    ends: list[tuple[list[ir.Value], ir.Block]] = []
    starts = [f.function.append_basic_block("then"), f.function.append_basic_block("else")]
    join = f.function.append_basic_block("join")
    f.builder.cbranch(f.value(op.cond), *starts)
    left = False
    for number, (region, start) in enumerate(zip(op.regions, starts, strict=True)):
        f.builder.position_at_end(start)
        f.held = list(held)
        values: list[ir.Value] = []
        if region.blocks:
            f.block(region.block)
            values = f.operands(region.block.last_op.operands) if region.block.last_op else []
        if not left and _leave(f, op, number):
            left = True
            continue
        ends.append((values, f.builder.block))
        f.builder.branch(join)
    f.held = held
    f.builder.position_at_end(join)
    f.define_all(op.results, _merged(f, ends))


def _merged(f: HostFunction, ends: Sequence[tuple[Sequence[ir.Value], ir.Block]]) -> list[ir.Value]:
    """A phi for each value that the ends of paths bring along."""
    phis: list[ir.Value] = []
    for i, first in enumerate(ends[0][0]):
        phi = f.builder.phi(first.type)
        for values, block in ends:
            phi.add_incoming(values[i], block)
        phis.append(phi)
    return phis


def _leave(f: HostFunction, op: scf.IfOp, branch: int) -> bool:
    """Branches behind the loop that ends with this branch of `op`, if one does."""
    left = loop_left(op, branch)
    if left is None or left[0] not in f.exits:
        return False
    done, exits = f.exits[left[0]]
    exits.append((f.operands(left[1]), f.builder.block))
    f.builder.branch(done)
    return True


def emit_while(f: HostFunction, op: scf.WhileOp) -> None:
    initial = f.operands(op.arguments)
    f.consume(op)
    outer = list(f.held)
    before, after = op.before_region.block, op.after_region.block
    header, body = f.function.append_basic_block("while"), f.function.append_basic_block("body")
    done = f.function.append_basic_block("done")
    phis = enter_loop(f, header, initial)
    f.define_all(before.args, phis)
    f.block(before)
    condition = before.last_op
    assert isinstance(condition, scf.ConditionOp)
    passed = f.operands(condition.args)
    ends: list[tuple[Sequence[ir.Value], ir.Block]] = [(passed, f.builder.block)]
    f.exits[op] = done, ends
    f.builder.cbranch(f.value(condition.condition), body, done)
    f.held = list(outer)
    f.builder.position_at_end(body)
    f.define_all(after.args, passed)
    f.block(after)
    close_loop(f, header, phis, after)
    f.held = outer
    f.builder.position_at_end(done)
    f.define_all(op.results, passed if len(ends) == 1 else _merged(f, ends))


def emit_for(f: HostFunction, op: scf.ForOp) -> None:
    initial = f.operands(op.iter_args)
    lower, upper, step = f.value(op.lb), f.value(op.ub), f.value(op.step)
    f.consume(op)
    outer = list(f.held)
    block = op.body.block
    header, body = f.function.append_basic_block("for"), f.function.append_basic_block("body")
    done = f.function.append_basic_block("done")
    counter, *phis = enter_loop(f, header, [lower, *initial])
    f.builder.cbranch(f.builder.icmp_signed("<", counter, upper), body, done)
    f.builder.position_at_end(body)
    f.values[block.args[0]] = (counter,)
    f.define_all(block.args[1:], phis)
    f.block(block)
    following = f.builder.add(counter, step, flags=("nsw",))
    counter.add_incoming(following, f.builder.block)
    again = close_loop(f, header, phis, block)
    if ts.SCATTERS in op.attributes:
        leave_loop(again)
    f.held = outer
    f.builder.position_at_end(done)
    f.define_all(op.results, phis)


def enter_loop(f: HostFunction, header: ir.Block, initial: Sequence[ir.Value]) -> list[ir.PhiInstr]:
    """Branches to `header` and opens a phi for each initial value there."""
    preheader = f.builder.block
    f.builder.branch(header)
    f.builder.position_at_end(header)
    phis = [f.builder.phi(v.type) for v in initial]
    for phi, value in zip(phis, initial, strict=True):
        phi.add_incoming(value, preheader)
    return phis


def close_loop(f: HostFunction, header: ir.Block, phis: Sequence[ir.PhiInstr], body: Block) -> ir.Instruction:
    """Branches back to `header` with what the body yields; the branch."""
    assert body.last_op is not None
    for phi, value in zip(phis, f.operands(body.last_op.operands), strict=True):
        phi.add_incoming(value, f.builder.block)
    return f.builder.branch(header)


def emit_terminator(f: HostFunction, op: Operation) -> None:
    """The enclosing operation reads the operands."""
    f.consume(op)


def emit_return(f: HostFunction, op: func.ReturnOp) -> None:
    f.store_words(f.results, f.operands(op.operands))
    f.consume(op)
    for held in f.frame:
        for reference in held.references:
            f.release(reference)
    f.builder.ret(I32(0))


def emit_call(f: HostFunction, op: func.CallOp) -> None:
    callee = f.module.declare(function_symbol(op.callee.root_reference.data), [PTR, PTR, PTR])
    t = ts.type_of(op.results[0])
    results = f.alloca(I64, max(1, len(component_types(t))))
    arguments = [f.instance, f.words_of(f.operands(op.arguments)), results]
    f.check(f.builder.call(callee, arguments), ts.span_of(op))
    f.define(op.results[0], f.load_words(results, t))


def function_symbol(name: str) -> str:
    """The LLVM name of a func.func."""
    return f"ts.{name}"
