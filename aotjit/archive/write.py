"""Writes archives: the zip file that torch.jit.load reads.

Members are stored, not compressed; those of tensors begin at multiples of 64 bytes, which the extra field 'FB' of the
local header pads to, so that readers may map them. The same content gives the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from aotjit.archive.pickle_writer import PickleWriter, Writable
from aotjit.archive.values import ArchiveObject, Storage

_ALIGNMENT = 64
_NARROW = 0xFFFFFFFF
_DATE = (1980 - 1980) << 9 | 1 << 5 | 1
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_LOCATOR = struct.Struct("<4sLQL")

Content = Callable[[], memoryview]


@dataclass(frozen=True)
class _Placed:
    """A member that was written."""

    name: bytes
    checksum: int
    size: int
    offset: int


def archive_pieces(
    name: str, model: ArchiveObject, constants: tuple[Writable, ...], code: Mapping[str, str], version: int
) -> Iterator[bytes | memoryview]:
    """The bytes of the archive, piece by piece. `name` is that of its root folder, `code` has the text of each source
    file by its path (`code/__torch__.py`)."""
    members: list[tuple[str, Content]] = []
    values: tuple[tuple[str, Writable | tuple[Writable, ...]], ...] = (("data", model), ("constants", constants))
    for folder, value in values:
        storages: list[Storage] = []
        pickled = PickleWriter(storages).dump(value)  # type: ignore[arg-type]  # tuples of Typed too
        members.append((f"{folder}.pkl", lambda p=pickled: memoryview(p)))  # type: ignore[misc]  # bound now
        members += [(f"{folder}/{key}", storage.load) for key, storage in enumerate(storages)]
    texts = {**code, "version": f"{version}\n", "byteorder": "little"}
    members += [(path, lambda t=text: memoryview(t.encode())) for path, text in texts.items()]  # type: ignore[misc]
    return _zip_pieces([(f"{name}/{path}", content) for path, content in members])


def _zip_pieces(members: list[tuple[str, Content]]) -> Iterator[bytes | memoryview]:
    at = 0
    placed: list[_Placed] = []
    for name, load in members:
        content = load()
        member = _Placed(name.encode(), zlib.crc32(content), content.nbytes, at)
        header = _local_header(member)
        yield header
        yield content
        at += len(header) + content.nbytes
        placed.append(member)
    central = b"".join(map(_central_entry, placed))
    yield central + _end(len(placed), len(central), at)


def _local_header(member: _Placed) -> bytes:
    """The header before a member's bytes, padded so that these are aligned."""
    wide = member.size >= _NARROW
    size = _NARROW if wide else member.size
    extra = struct.pack("<2H2Q", 1, 16, member.size, member.size) if wide else b""
    start = member.offset + _LOCAL.size + len(member.name) + len(extra) + 4
    padding = -start % _ALIGNMENT
    extra += struct.pack("<2H", 0x4246, padding) + b"Z" * padding
    head = _LOCAL.pack(b"PK\3\4", 45, 0x800, 0, 0, _DATE, member.checksum, size, size, len(member.name), len(extra))
    return head + member.name + extra


def _central_entry(member: _Placed) -> bytes:
    wide_size, wide_offset = member.size >= _NARROW, member.offset >= _NARROW
    numbers = (member.size, member.size) * wide_size + (member.offset,) * wide_offset
    extra = struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    size, offset = (_NARROW if wide_size else member.size), (_NARROW if wide_offset else member.offset)
    head = _CENTRAL.pack(
        b"PK\1\2", 45, 45, 0x800, 0, 0, _DATE, member.checksum, size, size, len(member.name), len(extra), 0, 0, 0, 0,
        offset,
    )  # fmt: skip
    return head + member.name + extra


def _end(count: int, size: int, offset: int) -> bytes:
    wide = count >= 0xFFFF or size >= _NARROW or offset >= _NARROW
    tail = b""
    if wide:
        tail = _END64.pack(b"PK\6\6", _END64.size - 12, 45, 45, 0, 0, count, count, size, offset)
        tail += _END64_LOCATOR.pack(b"PK\6\7", 0, offset + size, 1)
        count, size, offset = 0xFFFF, _NARROW, _NARROW
    return tail + _END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
