"""warnings.warn: once for each place in a call, as under torch.jit; Python's warnings from Python, a function of the
host's or standard error from C."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import aotjit
from aotjit.diagnostics import CompileError, SourceText
from aotjit.interp.interpreter import Interpreter
from aotjit.sema import BuildOptions, build
from aotjit.syntax.parse import parse
from tests.e2e.agreement import scripted
from tests.e2e.libraries import GCC, Libraries, compile_c

SOURCE = '''\
import warnings


def careful(n: int):
    for i in range(n):
        warnings.warn("item " + str(i), stacklevel=2)
        if i > 1:
            warnings.warn(message=f"many: {n}")
    return n
'''
CALLS = (2, 2, 4)


def warned(function: Callable[..., Any], action: str = "always") -> list[tuple[str, int, type]]:
    """What calls warn of, with the lines."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter(action)  # type: ignore[arg-type]
        for n in CALLS:
            assert function(n) == n
    return [(str(w.message), w.lineno, w.category) for w in seen]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, type]]:
    folder = tmp_path_factory.mktemp("warning")
    (folder / "aj_warning_program.py").write_text(SOURCE)
    sys.path.insert(0, str(folder))
    import aj_warning_program

    sys.path.remove(str(folder))
    found = warned(scripted(aj_warning_program, "careful"))
    assert len(found) == 4
    return found


def test_interpreter(oracle: list[tuple[str, int, type]]) -> None:
    interpreter = Interpreter(build(parse(SourceText("warned.py", SOURCE)), BuildOptions()))
    assert warned(lambda n: interpreter.call("careful", [n])) == oracle


@pytest.mark.parametrize("level", [0, 3])
def test_from_python(libraries: Libraries, level: int, oracle: list[tuple[str, int, type]]) -> None:
    model = aotjit.load(libraries.make(f"warned{level}", SOURCE, f"-O{level}"))
    assert warned(model.careful) == oracle
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="item 0"):
            model.careful(1)
    before = model._live_bytes
    with contextlib.suppress(UserWarning), warnings.catch_warnings():
        warnings.simplefilter("error")
        model.careful(1)
    assert model._live_bytes == before


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_from_c(libraries: Libraries) -> None:
    libraries.make("warned3", SOURCE, "-O3")
    (libraries.folder / "warning_main.c").write_text(MAIN)
    program = compile_c(libraries.folder, "warning_main", libraries.folder / "warning_main.c", "./warned3.so")
    done = subprocess.run([program], cwd=libraries.folder, capture_output=True, text=True, check=True)
    lines = ["warned3.py:6: warning: item 0", "warned3.py:8: warning: many: 4"]
    assert done.stderr.splitlines() == lines
    assert done.stdout == "warned3.py 6 item 0\nwarned3.py 8 many: 4\n" + "warned3.py 6 item 0\n" * 3


@pytest.mark.parametrize("call", ["warnings.warn(1)", "warnings.warn('a', UserWarning)", "warnings.warn()"])
def test_refused(call: str) -> None:
    source = f"import warnings\n\n\ndef f():\n    {call}\n"
    with pytest.raises(CompileError):
        build(parse(SourceText("warned.py", source)), BuildOptions())


MAIN = """
#include "warned3.h"
#include <stdio.h>

static void seen(void *context, const char *file, int32_t line, const char *text, size_t bytes) {
    (void)context;
    printf("%s %d %.*s\\n", file, line, (int)bytes, text);
}

static _Alignas(4096) char memory[1 << 22];
static size_t used;

static void *take(void *context, size_t bytes, size_t alignment) {
    (void)context;
    used = (used + alignment - 1) / alignment * alignment;
    used += bytes;
    return used > sizeof memory ? NULL : memory + used - bytes;
}

static void leave(void *context, void *block, size_t bytes) {
    (void)context, (void)block, (void)bytes;
}

int main(void) {
    aotjit_options options = {.size = sizeof options, .warn = seen};
    warned3_instance *plain, *with;
    int64_t n;
    if (warned3_create(NULL, &plain) || warned3_create(&options, &with)) return 1;
    if (warned3_careful(plain, 4, &n) || warned3_careful(with, 4, &n)) return 1;
    warned3_destroy(plain);
    warned3_destroy(with);
    options.allocate = take;
    options.deallocate = leave;
    for (int i = 0; i < 3; i++) { /* each is where the one before was, and warns again */
        used = 0;
        if (warned3_create(&options, &with) || warned3_careful(with, 1, &n)) return 1;
        warned3_destroy(with);
    }
    return 0;
}
"""
