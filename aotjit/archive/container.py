"""Reads the zip container of a .pt file: bounded, without trusting anything it says.

The file is mapped, and a stored member is a view of the mapping: tensors are not copied. Only what PyTorch writes is
read (methods 0 and 8, zip64, data descriptors); everything else is refused with one line.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from aotjit.diagnostics import UsageError

MAX_MEMBERS = 1_000_000
MAX_INFLATED = 256 << 20

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")


@dataclass(frozen=True)
class Member:
    """One file of the archive. `offset` is that of its local header."""

    name: str
    method: int
    crc: int
    compressed: int
    size: int
    offset: int
    encrypted: bool


class Container:
    """A zip file's members by name."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.data = map_file(self.path)
        try:
            self.members = {member.name: member for member in _members(self.data)}
        except struct.error:
            raise self.refuse("its directory is damaged") from None
        except ValueError as error:
            raise self.refuse(str(error)) from None

    def refuse(self, reason: str) -> UsageError:
        return UsageError(f"{self.path}: not a readable archive: {reason}")

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def read(self, name: str, check: bool = True) -> memoryview:
        """A member's content; `check` verifies its checksum, which costs a pass over it."""
        member = self.members.get(name)
        if member is None:
            raise self.refuse(f"it has no member '{name}'")
        raw = self.raw(member)
        if member.method == 0:
            if member.size != member.compressed:
                raise self.refuse(f"'{name}' has two sizes")
            content = raw
        elif member.method == 8:
            content = self.inflate(member, raw)
        else:
            raise self.refuse(f"'{name}' is compressed by method {member.method}")
        if check and zlib.crc32(content) != member.crc:
            raise self.refuse(f"the checksum of '{name}' is wrong")
        return content

    def raw(self, member: Member) -> memoryview:
        """A member's stored bytes."""
        if member.encrypted:
            raise self.refuse(f"'{member.name}' is encrypted")
        if member.offset + _LOCAL.size > len(self.data):
            raise self.refuse(f"'{member.name}' lies outside the file")
        header = _LOCAL.unpack_from(self.data, member.offset)
        start = member.offset + _LOCAL.size + header[9] + header[10]
        if header[0] != b"PK\x03\x04" or start + member.compressed > len(self.data):
            raise self.refuse(f"'{member.name}' lies outside the file")
        return self.data[start : start + member.compressed]

    def inflate(self, member: Member, raw: memoryview) -> memoryview:
        if member.size > MAX_INFLATED:
            raise self.refuse(f"'{member.name}' would be {member.size} bytes large")
        machine = zlib.decompressobj(-15)
        try:
            content = machine.decompress(raw, member.size + 1)
        except zlib.error:
            raise self.refuse(f"'{member.name}' is damaged") from None
        if len(content) != member.size or not machine.eof:
            raise self.refuse(f"'{member.name}' is not {member.size} bytes large")
        return memoryview(content)


def map_file(path: str) -> memoryview:
    """The content of a file, mapped. Raises UsageError when it cannot be read or is empty."""
    try:
        with open(path, "rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise UsageError(f"{path}: cannot read: {error.strerror or error}") from None
    except ValueError:
        raise UsageError(f"{path}: not a readable archive: the file is empty") from None


def _members(data: memoryview) -> list[Member]:
    """The central directory. Raises ValueError or struct.error when it is not one."""
    count, size, offset = _directory(data)
    if count > MAX_MEMBERS or offset + size > len(data):
        raise ValueError("its directory lies outside the file")
    result: list[Member] = []
    seen = set[str]()
    at, end = offset, offset + size
    for _ in range(count):
        if at + _CENTRAL.size > end:
            raise ValueError("its directory is cut short")
        fields = _CENTRAL.unpack_from(data, at)
        if fields[0] != b"PK\x01\x02":
            raise ValueError("its directory is damaged")
        name_length, extra_length, comment_length = fields[10:13]
        start = at + _CENTRAL.size
        at = start + name_length + extra_length + comment_length
        if at > end:
            raise ValueError("its directory is cut short")
        name = bytes(data[start : start + name_length]).decode("utf-8", "surrogateescape")
        compressed, plain, where = _zip64(
            data[start + name_length : start + name_length + extra_length], fields[8], fields[9], fields[16]
        )
        if name in seen:
            raise ValueError(f"'{name}' is there twice" if name.isprintable() else "a member is there twice")
        seen.add(name)
        result.append(Member(name, fields[4], fields[7], compressed, plain, where, bool(fields[3] & 1)))
    return result


def _directory(data: memoryview) -> tuple[int, int, int]:
    """Number of members, size and offset of the central directory."""
    tail = bytes(data[max(0, len(data) - _END.size - 0xFFFF) :])
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 and data[0] == 0x80:
        raise ValueError("it has the format of torch 1.5 and older; save it again with a newer torch")
    if found < 0 or found + _END.size > len(tail):
        raise ValueError("it is not a zip file")
    at = len(data) - len(tail) + found
    fields = _END.unpack_from(data, at)
    count, size, offset = fields[4:7]
    if 0xFFFF in fields[1:5] or 0xFFFFFFFF in (size, offset):
        locator = _END64_LOCATOR.unpack_from(data, at - _END64_LOCATOR.size) if at >= _END64_LOCATOR.size else (b"",)
        if locator[0] != b"PK\x06\x07":
            return count, size, offset
        fields = _END64.unpack_from(data, min(locator[2], len(data)))
        if fields[0] != b"PK\x06\x06":
            raise ValueError("its directory is damaged")
        count, size, offset = fields[7:10]
    return count, size, offset


def _zip64(extra: memoryview, compressed: int, plain: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset with those that did not fit taken from the zip64 extra field."""
    if 0xFFFFFFFF not in (compressed, plain, offset):
        return compressed, plain, offset
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + length]
            wide = list(struct.unpack_from(f"<{len(body) // 8}Q", body))
            values = [wide.pop(0) if value == 0xFFFFFFFF and wide else value for value in (plain, compressed, offset)]
            return values[1], values[0], values[2]
        at += 4 + length
    return compressed, plain, offset
