"""Files that appear whole or not at all: written under a temporary name beside the place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from ..diagnostics import UsageError
from ..options import Artefact

Bytes = bytes | bytearray | memoryview


class Outputs:
    """A set of files that are written together. Leaving the `with` block without `commit` leaves nothing behind."""

    def __init__(self) -> None:
        self._staged: list[tuple[Path, Path]] = []

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for temporary, _ in self._staged:
            temporary.unlink(missing_ok=True)

    def write(self, path: Path, pieces: Iterable[Bytes], executable: bool = False) -> None:
        """Writes the content of `path` under its temporary name. UsageError when it cannot be written."""
        if path.exists() and not path.is_file():
            self._write_in_place(path, pieces)
            return
        # Through a symbolic link, the file it points to is replaced and the link stays.
        target = Path(os.path.realpath(path))
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        mode = 0o777 if executable else 0o666
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        self._staged.append((temporary, target))
        with os.fdopen(handle, "wb") as file:
            self._fill(path, file.fileno(), pieces)

    def _write_in_place(self, path: Path, pieces: Iterable[Bytes]) -> None:
        """A device or a pipe is written to, a folder refused."""
        try:
            handle = os.open(path, os.O_WRONLY)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        with os.fdopen(handle, "wb") as file:
            self._fill(path, file.fileno(), pieces)

    def _fill(self, path: Path, handle: int, pieces: Iterable[Bytes]) -> None:
        for piece in pieces:
            rest = memoryview(piece).cast("B") if memoryview(piece).nbytes else memoryview(b"")
            while rest:
                try:
                    rest = rest[os.write(handle, rest) :]
                except OSError as error:
                    raise UsageError(f"cannot write {path}: {error.strerror}") from None

    def commit(self) -> None:
        """Puts all files in their places."""
        while self._staged:
            temporary, target = self._staged[0]
            try:
                os.replace(temporary, target)
            except OSError as error:
                raise UsageError(f"cannot write {target}: {error.strerror}") from None
            del self._staged[0]


def write_artefact(artefact: Artefact, output: Path, executable: bool = False) -> None:
    """Writes `output` and, beside it, the header and the file of weights where there are any: all or none."""
    with Outputs() as outputs:
        if artefact.weights is not None:
            outputs.write(weights_path(output), artefact.weights)
        outputs.write(output, artefact.pieces, executable=executable)
        if artefact.header is not None:
            outputs.write(header_path(output), [artefact.header.encode()])
        outputs.commit()


def weights_path(output: Path) -> Path:
    """Where the file of weights of `output` goes."""
    return output.with_suffix(".weights")


def header_path(output: Path) -> Path:
    """Where the header of `output` goes."""
    return output.with_suffix(".h")
