"""The file of weights beside a library (runtime/weights_file.c says what is in it), written once and never held."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .unit import Bytes

MAGIC = b"AOTJITW1"
HEADER_BYTES = 64


@dataclass
class WeightsFile:
    """`parts` are the offset and the data of each weight, in order; `size` is the whole file's."""

    parts: Sequence[tuple[int, Callable[[], memoryview]]] = field(repr=False)
    size: int
    _id: bytes = b""

    def pieces(self) -> Iterator[Bytes]:
        """The content in order; afterwards the id is known."""
        digest = hashlib.sha256()
        at = 0
        for piece in self._body():
            digest.update(piece)
            at += memoryview(piece).nbytes
            yield piece
        self._id = digest.digest()
        assert at + len(self._id) == self.size, (at, self.size)
        yield self._id

    def _body(self) -> Iterator[Bytes]:
        header = MAGIC + struct.pack("<Q", self.size)
        yield header.ljust(HEADER_BYTES, b"\0")
        at = HEADER_BYTES
        for offset, data in self.parts:
            yield bytes(offset - at)
            piece = data()
            yield piece
            at = offset + piece.nbytes
        yield bytes(self.size - hashlib.sha256().digest_size - at)

    def id(self) -> bytes:
        """The digest of what is before it in the file; computed here when the file has not been written."""
        if not self._id:
            for _ in self.pieces():
                pass
        return self._id
