"""What is linked: the objects, the data to append, the exported names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

WEIGHTS_SECTION = ".weights"

Bytes = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Blob:
    """Constant data that becomes the symbol `name`, without a trip through LLVM.

    `data` is the bytes, or a function that returns them when the file is written (then `size` must be given), so that
    weights need not be in memory before. A blob of section `.weights` lands in its own read-only, page-aligned segment
    behind everything else, which the processes that load the library share; other sections go beside `.rodata`.
    A blob that nothing refers to is left out unless `keep` is set or its name is exported.
    """

    name: str
    data: Bytes | Callable[[], Bytes] = field(repr=False)
    size: int = -1
    align: int = 64
    section: str = WEIGHTS_SECTION
    keep: bool = False

    def __post_init__(self) -> None:
        if not callable(self.data):
            object.__setattr__(self, "size", memoryview(self.data).nbytes)

    def load(self) -> memoryview:
        """The bytes, flat."""
        view = memoryview(self.data() if callable(self.data) else self.data)
        return view.cast("B") if view.nbytes else memoryview(b"")


@dataclass(frozen=True)
class LinkUnit:
    """Everything that goes into one library.

    `exports` alone decides what is visible: any other symbol is local, whatever the objects say. `objects` are
    (name, bytes) pairs of x86-64 ELF relocatables. `imports` adds (library, version) of symbols that the built-in
    table of libc and libm does not know; version "" is an unversioned import.
    """

    objects: Sequence[tuple[str, bytes]]
    exports: Sequence[str]
    soname: str = ""
    blobs: Sequence[Blob] = ()
    imports: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    symbol_table: bool = True
    """Write `.symtab` and the debug sections, for debuggers and profilers."""
