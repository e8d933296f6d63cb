"""The multiply-adds that one core can do: a loop of nothing else, for the machine that runs it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import llvmlite.binding as llvm
from llvmlite import ir

F32, I64, VOID = ir.FloatType(), ir.IntType(64), ir.VoidType()
LATENCY_TIMES_PORTS = 8
"""Multiply-adds that must be under way at once on any of these processors, as independent sums."""


def fma_loop(flops: int) -> Callable[[], object]:
    """A function that does `flops` float32 operations, a multiplication and an addition each in one instruction."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    lanes, sums = (16, 3 * LATENCY_TIMES_PORTS) if features.get("avx512f") else (8, LATENCY_TIMES_PORTS + 2)
    target = llvm.Target.from_default_triple()
    machine = target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=3, jit=True, codemodel="jitdefault"
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(str(_module(lanes, sums))), machine)
    engine.finalize_object()
    loop = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)(engine.get_function_address("loop"))
    memory = (ctypes.c_float * (lanes * sums + lanes))()
    rounds = flops // (2 * lanes * sums)

    def run(kept: object = (engine, machine)) -> None:
        loop(rounds, memory)

    return run


def _module(lanes: int, sums: int) -> ir.Module:
    """void loop(rounds, memory): memory's first vector times itself is added to each sum again and again."""
    module = ir.Module("peak")
    vector = ir.VectorType(F32, lanes)
    fma = ir.Function(module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{lanes}f32")
    function = ir.Function(module, ir.FunctionType(VOID, [I64, vector.as_pointer()]), "loop")
    function.attributes.add("nounwind")
    set.add(function.attributes, '"prefer-vector-width"="512"')
    rounds, memory = function.args
    entry = ir.IRBuilder(function.append_basic_block("entry"))
    places = [entry.gep(memory, [I64(i)]) for i in range(sums + 1)]
    first, *start = (entry.load(p, align=4) for p in places)
    block, after = function.append_basic_block("again"), function.append_basic_block("after")
    entry.branch(block)
    b = ir.IRBuilder(block)
    left, values = b.phi(I64), [b.phi(vector) for _ in start]
    left.add_incoming(rounds, entry.block)
    for value, begin in zip(values, start, strict=True):
        value.add_incoming(begin, entry.block)
        value.add_incoming(b.call(fma, [first, first, value]), block)
    rest = b.sub(left, I64(1))
    left.add_incoming(rest, block)
    b.cbranch(b.icmp_signed(">", rest, I64(0)), block, after)
    end = ir.IRBuilder(after)
    for value, place in zip(values, places[1:], strict=True):
        end.store(value.incomings[1][0], place, align=4)
    end.ret_void()
    return module
