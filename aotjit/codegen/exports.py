"""The C functions that a library exports (runtime/model.h): tiny wrappers that collect pointers to their arguments."""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from aotjit.codegen.constants import ProgramContext
from aotjit.codegen.layout import F64, I1, I8, I32, I64, PTR, VOID
from aotjit.codegen.model import tensors_of
from aotjit.diagnostics import CompileError
from aotjit.ir.c_form import spread
from aotjit.program import Entry
from aotjit.types import (
    BOOL,
    DEVICE,
    FLOAT,
    INT,
    NONE,
    EnumType,
    TensorType,
    Type,
)

_SCALARS: dict[Type, ir.Type] = {INT: I64, FLOAT: F64, BOOL: I1, DEVICE: I64}


@dataclass(frozen=True)
class Forwarder:
    """`NAME_<suffix>` passes its arguments on to `target`; `with_model` puts the descriptor in front."""

    suffix: str
    target: str
    arguments: tuple[ir.Type, ...]
    result: ir.Type
    with_model: bool
    yields: bool = False
    """Left out where the program exports a function of that name."""


FORWARDERS = (
    Forwarder("create", "aj_create", (PTR, PTR), I32, True),
    Forwarder("destroy", "aj_dispose", (PTR,), VOID, False),
    Forwarder("reset", "aj_reset", (PTR,), I32, False, yields=True),
    Forwarder("clone", "aj_clone_instance", (PTR, PTR), I32, False, yields=True),
    Forwarder("load_state", "aj_load_state", (PTR, PTR, PTR, I64), I32, False, yields=True),
    Forwarder("use_weights", "aj_use_weights", (PTR, PTR, PTR, I64), I32, False, yields=True),
    Forwarder("open_weights", "aj_open_weights", (PTR, PTR), I32, False, yields=True),
    Forwarder("last_error", "aj_last_error", (PTR,), PTR, False),
    Forwarder("version", "aj_version", (), PTR, True),
    Forwarder("manifest", "aj_manifest", (), PTR, True),
)


def has_raw_form(entry: Entry) -> bool:
    """Only scalars and tensors of a known dtype and fixed dims: bare pointers do."""
    parts = [*(p.type for p in entry.parameters), *spread(entry.result)]
    static = all(x.dtype is not None and x.is_static for t in parts for x in tensors_of(t))
    return static and any(map(tensors_of, parts)) and all(isinstance(t, TensorType) or t in _SCALARS for t in parts)


def define_exports(module: ProgramContext, model: ir.GlobalVariable, prefix: str) -> list[str]:
    """Writes all exported functions and returns their names."""
    own = {entry.name for entry in module.program.entries}
    names = [_forwarder(module, model, prefix, f) for f in FORWARDERS if not (f.yields and f.suffix in own)]
    names.append(_python_entry(module, model, prefix))
    for index, entry in enumerate(module.program.entries):
        if f"{prefix}_{entry.name}" in names:
            raise CompileError.at(
                None,
                f"a function named {entry.name} cannot be exported: {prefix}_{entry.name} is another C function",
                "give it another name, or leave it out with --entry",
            )
        names.append(_wrapper(module, entry, index, f"{prefix}_{entry.name}", "aj_call_c"))
        if has_raw_form(entry):
            names.append(_wrapper(module, entry, index, f"{prefix}_{entry.name}_raw", "aj_call_raw"))
    return names


def _new_function(module: ProgramContext, name: str, arguments: list[ir.Type], result: ir.Type) -> ir.Function:
    function = module.define(name, arguments, result, linkage="")
    function.section = f".text.{name}"
    return function


def _forwarder(module: ProgramContext, model: ir.GlobalVariable, prefix: str, form: Forwarder) -> str:
    name = f"{prefix}_{form.suffix}"
    function = _new_function(module, name, list(form.arguments), form.result)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    arguments = [*([model] if form.with_model else []), *function.args]
    target = module.declare(form.target, [a.type for a in arguments], form.result)
    result = builder.call(target, arguments)
    if form.result == VOID:
        builder.ret_void()
    else:
        builder.ret(result)
    return name


def _python_entry(module: ProgramContext, model: ir.GlobalVariable, prefix: str) -> str:
    name = f"PyInit_{prefix}"
    function = _new_function(module, name, [], PTR)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    builder.ret(builder.call(module.declare("aj_python_init", [PTR], PTR), [model]))
    return name


def _parameter(t: Type) -> ir.Type:
    return I64 if isinstance(t, EnumType) else _SCALARS.get(t, PTR)


def _wrapper(module: ProgramContext, entry: Entry, index: int, name: str, target: str) -> str:
    """`int32_t name(self, parameters..., results *...)` through `target(self, index, arguments, results)`."""
    parameters = [_parameter(p.type) for p in entry.parameters if p.type != NONE]
    results = spread(entry.result)
    function = _new_function(module, name, [PTR, *parameters, *([PTR] * len(results))], I32)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    self, *rest = function.args
    count = len(parameters)
    addresses = []
    for value in rest[:count]:
        stored = builder.zext(value, I8) if value.type == I1 else value
        slot = builder.alloca(stored.type)
        slot.type = PTR
        builder.store(stored, slot)
        addresses.append(slot)
    passed = [_pointer_array(builder, addresses), _pointer_array(builder, rest[count:])]
    function_type = [PTR, I32, PTR, PTR]
    builder.ret(builder.call(module.declare(target, function_type), [self, I32(index), *passed]))
    return name


def _pointer_array(builder: ir.IRBuilder, pointers: list[ir.Value]) -> ir.Value:
    if not pointers:
        return ir.Constant(PTR, None)
    array = builder.alloca(ir.ArrayType(PTR, len(pointers)))
    array.type = PTR
    for i, pointer in enumerate(pointers):
        builder.store(pointer, builder.gep(array, [I32(i)], inbounds=True, source_etype=PTR))
    return array
