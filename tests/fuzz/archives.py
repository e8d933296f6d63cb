"""Damaged archives: each is compiled up to the passes, or refused with one clear error, in bounded time and memory.

`python -m tests.fuzz.archives N [FIRST]` runs N of them from seed FIRST on and prints what went wrong.
"""

from __future__ import annotations

import io
import random
import resource
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from aotjit.diagnostics import CompileError, UsageError
from aotjit.options import CompileOptions
from aotjit.pipeline import compile_program

SECONDS = 10
"""Of processor time: other work on the machine does not count."""
MEMORY = 1 << 30
"""How much more address space one archive may take."""

Members = list[tuple[str, bytes]]


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def packed(members: Members) -> bytes:
    """A well-formed zip file of the members, uncompressed as tensors must be."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


# -- damage -----------------------------------------------------------------------------------------------------------


def flipped(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def repeated(data: bytes, rng: random.Random) -> bytes:
    """A piece is there twice, or is missing."""
    begin = rng.randrange(len(data) + 1)
    end = min(len(data), begin + rng.randrange(1, 40))
    return data[:end] + data[begin:] if rng.random() < 0.5 else data[:begin] + data[end:]


def lines_changed(data: bytes, rng: random.Random) -> bytes:
    """Code with a line dropped, doubled, moved or indented otherwise."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(rng.randrange(len(lines)), lines[at])
    elif kind == 2:
        lines[at] = b"  " + lines[at]
    else:
        lines[at] = lines[at].removeprefix(b"  ")
    return b"\n".join(lines)


def words_changed(data: bytes, rng: random.Random) -> bytes:
    """Code with one word in the place of another."""
    words = data.split(b" ")
    for _ in range(rng.choice((1, 1, 3))):
        words[rng.randrange(len(words))] = rng.choice(words)
    return b" ".join(words)


DAMAGE: dict[str, tuple[Callable[[bytes, random.Random], bytes], ...]] = {
    ".py": (flipped, cut, repeated, lines_changed, words_changed, words_changed),
    ".pkl": (flipped, flipped, cut, repeated),
    "": (flipped, cut, repeated),
}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """One archive made of another: bytes of the file changed, or members of a file that is well-formed again."""
    if rng.random() < 0.25:
        return rng.choice((flipped, cut, repeated))(data, rng)
    members = [m for m in members_of(data) if not m[0].endswith("debug_pkl")]
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(members))
        if rng.random() < 0.5:
            wanted = [i for i, (name, _) in enumerate(members) if name.endswith((".py", ".pkl"))]
            at = rng.choice(wanted)
        name, content = members[at]
        if rng.random() < 0.05:
            members[at] = (rng.choice(members)[0], content)
        elif rng.random() < 0.05 and len(members) > 1:
            del members[at]
        else:
            kinds = DAMAGE.get(Path(name).suffix, DAMAGE[""])
            members[at] = (name, rng.choice(kinds)(content, rng))
    return packed(members)


# -- running ----------------------------------------------------------------------------------------------------------


class TooSlowError(Exception):
    """An archive kept the compiler busy for too long."""


def _too_slow(signum: int, frame: FrameType | None) -> None:
    raise TooSlowError(f"more than {SECONDS} s")


def outcome(path: Path) -> str:
    """"compiled" or "refused"; what else happens is raised."""
    signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        compile_program(CompileOptions(source=path, emit="mlir"), lambda step: None)
    except (CompileError, UsageError):
        return "refused"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return "compiled"


def failures(archives: Sequence[bytes], count: int, first: int, folder: Path) -> Iterator[str]:
    """Runs `count` damaged archives; a line for each that was neither compiled nor refused."""
    path = folder / "damaged.pt"
    used = _address_space()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
    try:
        for seed in range(first, first + count):
            rng = random.Random(seed)
            path.write_bytes(damaged(rng.choice(archives), rng))
            try:
                outcome(path)
            except Exception as error:
                yield f"seed {seed}: {type(error).__name__}: {str(error)[:200]}"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def saved_archives() -> list[bytes]:
    """Archives of tests.e2e.archive_models, as torch writes them."""
    import warnings

    import torch

    from tests.e2e.archive_models import SAVED

    result = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for saved in SAVED:
            out = io.BytesIO()
            torch.jit.save(saved.make(), out)
            result.append(out.getvalue())
    return result


def main() -> None:
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    start, found = time.perf_counter(), 0
    archives = saved_archives()
    with tempfile.TemporaryDirectory() as folder:
        for line in failures(archives, count, first, Path(folder)):
            found += 1
            print(line, flush=True)
    print(f"{count} archives, {found} failures, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
