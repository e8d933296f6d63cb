"""What codegen takes of the runtime's bitcode: the part to inline into model code, and the object of all of it.

Most of the runtime is called, not inlined; only functions of `INLINED` (with the static functions they use) come along
into the level objects. Both products depend on nothing but the bitcode, so they are made once and kept.
"""

from __future__ import annotations

import re

import llvmlite.binding as llvm

from aotjit.codegen.backend import hide, initialize, parse, run_passes, target_machine
from aotjit.schedule.targets import TARGETS

INLINED = frozenset({"aj_tensor_new", "aj_list_new"})

_FUNCTION = re.compile(r"^define (?P<head>[^\n]*?@(?P<name>[\w.$]+)\([^\n]*) \{\n(?P<body>.*?)^\}\n", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"@([\w.$]+)")
_LINKAGE = re.compile(r"^(internal|hidden|dso_local|weak|linkonce_odr) ")


def inlinable_part(bitcode: bytes) -> bytes:
    """The bitcode with nothing but `INLINED` and what they need; every other function is only declared."""
    text = str(llvm.parse_bitcode(bitcode))
    functions = {m["name"]: m for m in _FUNCTION.finditer(text)}
    kept = _reachable_statics(functions)

    def reduce(match: re.Match[str]) -> str:
        if match["name"] in kept:
            return match[0]
        if match["head"].startswith("internal "):
            return ""
        head = _LINKAGE.sub("", match["head"])
        return f"declare {head}\n"

    return bytes(_pruned(parse(_FUNCTION.sub(reduce, text))).as_bitcode())


def _reachable_statics(functions: dict[str, re.Match[str]]) -> set[str]:
    """INLINED and the static functions that they call, directly or not."""
    kept: set[str] = set()
    work = [name for name in INLINED if name in functions]
    while work:
        name = work.pop()
        if name not in kept:
            kept.add(name)
            callees = _NAME.findall(functions[name]["body"])
            work += [c for c in callees if c in functions and functions[c]["head"].startswith("internal ")]
    return kept


def _pruned(module: llvm.ModuleRef) -> llvm.ModuleRef:
    """Without the constants and declarations that nothing refers to any more."""
    machine = target_machine(TARGETS["v2"], 1)
    manager = llvm.create_new_module_pass_manager()
    manager.add_global_dead_code_eliminate_pass()
    manager.add_strip_dead_prototype_pass()
    manager.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1)))
    return module


_DEFINE = re.compile(r'^(define [^@]*@(?P<quote>"?)(?P<name>[\w.$-]+)(?P=quote)\(.*)( \{)$', re.MULTILINE)


def whole_object(bitcode: bytes, exported: frozenset[str] = frozenset()) -> bytes:
    """All of the runtime as an object in which each function has its own section, so that unused ones are dropped."""
    initialize()
    text = _DEFINE.sub(r'\1 section ".text.\g<name>"\4', str(llvm.parse_bitcode(bitcode)))
    module = parse(text)
    hide(module, exported)
    machine = target_machine(TARGETS["v2"], 2)
    run_passes(module, machine, 2)
    return bytes(machine.emit_object(module))
