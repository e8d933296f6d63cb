"""aotjit.codegen.layout states what runtime/object.h and runtime/model.h state."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from aotjit.codegen import backend, layout
from aotjit.schedule.targets import TARGETS

RUNTIME = Path(__file__).parents[2] / "runtime"
pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")


def c_layout(tmp_path: Path) -> dict[str, list[int]]:
    """Size and field offsets of each struct as the C compiler lays it out."""
    lines = ['#include "instance.h"', '#include "dict.h"', "#include <stdio.h>", "int main(void) {"]
    for struct in layout.STRUCTS:
        offsets = [f"offsetof({struct.name}, {name})" for name, _ in struct.fields]
        values = ", ".join([f"sizeof({struct.name})", *offsets])
        lines.append(f'printf("{struct.name}{" %zu" * (len(offsets) + 1)}\\n", {values});')
    lines.append(
        'printf("aj_instance %zu %zu %zu %zu\\n", offsetof(struct aj_instance, state), '
        "offsetof(struct aj_instance, kernels), offsetof(struct aj_instance, weights), "
        "offsetof(struct aj_instance, threads));"
    )
    lines.append('printf("status %d %d\\n", AJ_TYPE_ERROR, AJ_NOT_IMPLEMENTED);')
    lines.append('printf("kind %d %d %d\\n", AJ_TENSOR, AJ_STR, AJ_LIST);')
    lines.append('printf("rank %d %d\\n", AJ_MAX_RANK, AJ_LEVELS);')
    source = tmp_path / "layout.c"
    source.write_text("\n".join([*lines, "return 0; }"]))
    program = tmp_path / "layout"
    subprocess.run(["gcc", f"-I{RUNTIME}", str(source), "-o", str(program)], check=True)
    printed = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: [int(n) for n in line.split()[1:]] for line in printed.splitlines()}


def llvm_layout(struct: layout.Struct) -> list[int]:
    """The same as LLVM lays it out."""
    module = ir.Module()
    variable = ir.GlobalVariable(module, struct.type, "x")
    variable.linkage = "external"
    data = backend.target_machine(TARGETS["v2"], 0).target_data
    t = llvm.parse_assembly(str(module)).get_global_variable("x").global_value_type
    return [data.get_abi_size(t), *(data.get_element_offset(t, i) for i in range(len(struct.fields)))]


def test_structs_have_the_layout_of_the_headers(tmp_path: Path) -> None:
    measured = c_layout(tmp_path)
    for struct in layout.STRUCTS:
        assert llvm_layout(struct) == measured[struct.name], struct.name
    pointers = (layout.INSTANCE_STATE, layout.INSTANCE_KERNELS, layout.INSTANCE_WEIGHTS)
    offsets = [*(8 * place for place in pointers), 4 * layout.INSTANCE_THREADS]
    assert measured["aj_instance"] == offsets
    assert measured["status"] == [layout.STATUS["TypeError"], layout.STATUS["NotImplementedError"]]
    assert measured["kind"] == [layout.KIND["tensor"], layout.KIND["str"], layout.KIND["list"]]
    assert measured["rank"] == [layout.MAX_RANK, layout.LEVELS]
