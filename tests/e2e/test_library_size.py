"""What is in a library: no more than its program needs. Sizes are the same on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from aotjit.link import ElfFile
from tests.e2e.libraries import Libraries

LARGEST_RNN = 100 * 1024
"""Bytes of code and constants, without the weights, of examples/rnn.py for all three levels."""


def parts(library: Path) -> tuple[dict[str, int], set[str]]:
    """Sizes of the sections, and the names of all symbols."""
    file = ElfFile(library.read_bytes(), library.name)
    table = file.section(".symtab")
    assert table is not None
    return {s.name: s.header.size for s in file.sections}, {symbol.name for symbol in file.symbols(table)}


def test_recurrent_network(libraries: Libraries) -> None:
    sizes, symbols = parts(libraries.example("rnn"))
    assert sizes[".text"] + sizes[".rodata"] < LARGEST_RNN
    unneeded = {"aj_dict_set", "aj_show_tensor", "aj_clone_state", "aj_map_weights", "aj_reduce", "aj_from_python_list"}
    assert not unneeded & symbols
    assert {"aj_replace_weights", "aj_clone_instance", "aj_show_float"} <= symbols


@pytest.mark.parametrize("name", ["foo", "collatz"])
def test_small_programs(libraries: Libraries, name: str) -> None:
    sizes, symbols = parts(libraries.example(name))
    assert sizes[".text"] + sizes[".rodata"] < 64 * 1024
    assert not {"aj_matmul", "aj_reduce", "aj_reduce_all", "aj_print"} & symbols
