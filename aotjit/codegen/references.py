"""The inline functions of runtime/object.h that count references, as functions of the module that LLVM inlines."""

from __future__ import annotations

from functools import partial

from llvmlite import ir

from aotjit.codegen.layout import I32, PTR, VOID
from aotjit.codegen.module import ModuleContext

DESTROY = "aj_destroy"
"""What ends an object whose last reference went, of whatever kind it is."""
NAMES = {DESTROY: "aj.release", "aj_destroy_str": "aj.release_str"}


def retain_function(module: ModuleContext) -> ir.Function:
    """`aj.retain(object)`; NULL is allowed."""
    return module.shared("aj.retain", partial(_define_retain, module))


def release_function(module: ModuleContext, destroy: str = DESTROY) -> ir.Function:
    """`aj.release(instance, object)`, for objects that `destroy` ends; NULL is allowed."""
    return module.shared(NAMES[destroy], partial(_define_release, module, destroy))


def _define_retain(module: ModuleContext) -> ir.Function:
    retain = module.define("aj.retain", [PTR], VOID)
    _count_up(module, retain, retain.args[0])
    return retain


def _define_release(module: ModuleContext, destroy: str) -> ir.Function:
    release = module.define(NAMES[destroy], [PTR, PTR], VOID)
    last = _count_down(module, release, release.args[1])
    last.call(module.declare(destroy, [PTR, PTR], VOID), list(release.args))
    last.ret_void()
    return release


def _counted(
    module: ModuleContext, function: ir.Function, reference: ir.Value
) -> tuple[ir.IRBuilder, ir.Value, ir.Block]:
    """A builder where `reference` is not NULL and not immortal, its count, and the block that returns."""
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    some, counted, done = (function.append_basic_block(n) for n in ("some", "counted", "done"))
    builder.cbranch(builder.icmp_unsigned("==", reference, ir.Constant(PTR, None)), done, some)
    builder.position_at_end(some)
    count = module.access(builder.load(reference, typ=I32), "count")
    builder.cbranch(builder.icmp_signed("<", count, I32(0)), done, counted)
    builder.position_at_end(done)
    builder.ret_void()
    builder.position_at_end(counted)
    return builder, count, done


def _count_up(module: ModuleContext, function: ir.Function, reference: ir.Value) -> None:
    builder, count, done = _counted(module, function, reference)
    module.access(builder.store(builder.add(count, I32(1)), reference), "count")
    builder.branch(done)


def _count_down(module: ModuleContext, function: ir.Function, reference: ir.Value) -> ir.IRBuilder:
    """Returns a builder in the block that is reached when the last reference went."""
    builder, count, done = _counted(module, function, reference)
    left = builder.sub(count, I32(1))
    module.access(builder.store(left, reference), "count")
    last = function.append_basic_block("last")
    builder.cbranch(builder.icmp_signed("==", left, I32(0)), last, done)
    return ir.IRBuilder(last)
