"""What a compilation is asked for and gives, and the text forms of it: `--input`, `--name`, `--cpu`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from .diagnostics import Diagnostic, SourceText, UsageError
from .dtypes import DTYPE_BY_TEXT, DTYPE_BY_TORCH, DType
from .types import Dim, TensorType

Example: TypeAlias = "TensorType | tuple[Example, ...] | None"
"""What an example value says of a type: facts of a tensor, of a list's or tuple's elements, or nothing."""
EMITS = {
    "ast": "syntax tree",
    "ts": "typed program, as MLIR text",
    "linalg": "structured operations (matrix products, fused kernels), as MLIR text",
    "mlir": "program as code generation gets it, as MLIR text",
    "llvm": "LLVM IR",
    "asm": "assembly",
    "obj": "relocatable object",
    "so": "shared library and header",
    "a": "static library and header",
}
"""What --emit takes, with what it gives."""
ARCHIVE_SUFFIXES = (".pt", ".pth", ".ts", ".jit", ".zip")
LINKERS = ("own", "cc", "ld", "lld")
CPU_LEVELS = ("v2", "v3", "v4")
"""x86-64 ISA levels, lowest first; `native` stands for this machine's highest."""
WEIGHTS_PLACES = ("embedded", "file", "given")
"""Where a library's weights are: in it, in a file beside it, or with the caller (AJ_WEIGHTS_ of runtime/model.h)."""
LARGEST_DIM = (1 << 63) - 1


@dataclass(frozen=True)
class CompileOptions:
    """One compilation. `source` is a .py or .pt file, or source text; `name` is the prefix of everything exported."""

    source: Path | SourceText
    output: Path | None = None
    entry: str | None = None
    methods: tuple[str, ...] = ()
    inputs: Mapping[str, TensorType] = field(default_factory=dict)
    examples: tuple[Example, ...] | None = None
    """What example arguments say of the entry's parameters, in order."""
    weights: Path | None = None
    name: str = "model"
    cpu: tuple[str, ...] = CPU_LEVELS
    optimize: int = 3
    emit: str = "so"
    linker: str = "own"
    verbose: bool = False
    weights_place: str = "embedded"
    """One of WEIGHTS_PLACES."""
    fold_weights: bool = True
    """Compute with weights at compile time, after which they cannot be replaced."""
    passes: tuple[object, ...] = ()
    """The user's own passes: `package.module:name`, or an aotjit.passes.Pass."""


@dataclass(frozen=True)
class Artefact:
    """What a compilation gives: the bytes of the file in order (weights are not copied), and the header's text."""

    pieces: Iterable[bytes | bytearray | memoryview]
    header: str | None = None
    weights: Iterable[bytes | bytearray | memoryview] | None = None
    """The file of weights, where the library has one: to be written before `pieces` is read."""
    warnings: Sequence[Diagnostic] = ()


_ZIP = b"PK"


def is_archive(path: Path) -> bool:
    """Is the file to be read as an archive of torch.jit.save? One with a suffix that these have, and any zip file."""
    if path.suffix in ARCHIVE_SUFFIXES:
        return True
    try:
        with open(path, "rb") as file:
            return file.read(len(_ZIP)) == _ZIP
    except OSError:
        return False


_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|(\d+)|(\.\.\.)|([\[\],*?]))", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_inputs(texts: Sequence[str]) -> dict[str, TensorType]:
    """The values of several `--input NAME=TYPE`."""
    result: dict[str, TensorType] = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        if not equals:
            raise UsageError(f"--input {text}: expected NAME=TYPE, such as x=f32[N,64]")
        if not _NAME.fullmatch(name.strip()):
            raise UsageError(f"--input {text}: {name.strip()!r} is no parameter name")
        if name.strip() in result:
            raise UsageError(f"--input {text}: {name.strip()} is given twice")
        result[name.strip()] = parse_tensor(rest, f"--input {text}", len(name) + 1)
    return result


def parse_tensor(text: str, where: str = "", shift: int = 0) -> TensorType:
    """The type that `f32[T,B,64]` says: ints are fixed dims, names symbols, `*` unknown ones; `f32[...]` any rank.

    `where` opens the message of the UsageError, `shift` is added to the column it names.
    """
    return _TensorText(text, where or text, shift).parse()


class _TensorText:
    """A reader of one type's text."""

    def __init__(self, text: str, where: str, shift: int) -> None:
        self.text, self.where, self.shift, self.at = text, where, shift, 0

    def fail(self, message: str, at: int) -> UsageError:
        return UsageError(f"{self.where}: {message} (column {self.shift + at + 1})")

    def take(self, wanted: str) -> tuple[str, int]:
        """The next token and its place; `wanted` is what the message says when there is none."""
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            at = len(self.text) - len(self.text[self.at :].lstrip())
            found = repr(self.text[at]) if at < len(self.text) else "the end"
            raise self.fail(f"expected {wanted}, not {found}", at)
        self.at = match.end()
        return match[match.lastindex or 0], match.start(match.lastindex or 0)

    def parse(self) -> TensorType:
        name, at = self.take("an element type such as f32")
        dtype = DTYPE_BY_TEXT.get(name) or DTYPE_BY_TORCH.get(name)
        if dtype is None:
            raise self.fail(f"unknown element type {name!r}, known are {', '.join(map(str, DType))}", at)
        if not self.text[self.at :].strip():
            return TensorType(dtype)
        self.expect("[")
        dims = self.dims()
        if self.text[self.at :].strip():
            _, at = self.take("nothing more")
            raise self.fail("expected nothing after ']'", at)
        return TensorType(dtype, dims)

    def expect(self, token: str) -> None:
        found, at = self.take(f"'{token}'")
        if found != token:
            raise self.fail(f"expected '{token}', not {found!r}", at)

    def dims(self) -> tuple[Dim, ...] | None:
        """The dims up to and with the closing bracket; None for `...`."""
        result: list[Dim] = []
        token, at = self.take("a dim or ']'")
        if token == "...":
            self.expect("]")
            return None
        while token != "]":
            result.append(self.dim(token, at))
            token, at = self.take("',' or ']'")
            if token == ",":
                token, at = self.take("a dim")
                if token == "]":
                    raise self.fail("expected a dim after ','", at)
            elif token != "]":
                raise self.fail(f"expected ',' or ']', not {token!r}", at)
        return tuple(result)

    def dim(self, token: str, at: int) -> Dim:
        if token in "*?":
            return None
        if token.isdigit():
            if len(token) > len(str(LARGEST_DIM)) or int(token) > LARGEST_DIM:
                raise self.fail(f"dim {token} is too large", at)
            return int(token)
        if not _IDENTIFIER.fullmatch(token):
            raise self.fail(f"expected a number, a name or '*', not {token!r}", at)
        return token


def parse_cpu(text: str | None) -> tuple[str, ...]:
    """The levels of `--cpu`, lowest first; `x86-64-v3` and `v3` are the same; `native` is this machine's highest one;
    None: all of them."""
    if text is None:
        return CPU_LEVELS
    if text.strip() == "native":
        return (native_level(),)
    levels = {part.strip().removeprefix("x86-64-") for part in text.split(",")}
    unknown = sorted(levels - set(CPU_LEVELS))
    if unknown:
        raise UsageError(f"--cpu {text}: unknown level {unknown[0]!r}, known are {', '.join(CPU_LEVELS)} and native")
    return tuple(level for level in CPU_LEVELS if level in levels)


_LEVEL_FLAGS = {
    "v2": "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3",
    "v3": "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave",
    "v4": "avx512f avx512bw avx512cd avx512dq avx512vl",
}
"""What /proc/cpuinfo must say for each level (x86-64 psABI, "Micro-Architecture Levels"), on top of the one before."""


def native_level() -> str:
    """The highest level of this machine's processor. UsageError when it cannot be told."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError as error:
        raise UsageError(f"--cpu native: cannot read /proc/cpuinfo: {error.strerror}") from None
    match = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    flags = set(match[1].split()) if match else set()
    level = ""
    for name, needed in _LEVEL_FLAGS.items():
        if not flags.issuperset(needed.split()):
            break
        level = name
    if not level:
        raise UsageError("--cpu native: this machine is below x86-64-v2")
    return level


def check_prefix(name: str) -> str:
    """`name` when it can open C identifiers; UsageError otherwise."""
    if not _IDENTIFIER.fullmatch(name) or name.startswith("_"):
        raise UsageError(f"--name {name}: expected a C identifier that starts with a letter")
    return name


def default_prefix(path: Path) -> str:
    """The prefix that follows from a file's name: `rnn` for `out/rnn.so`, `my_model` for `my-model.so`."""
    stem = re.sub(r"[^A-Za-z0-9_]", "_", path.name.partition(".")[0]).lstrip("_")
    if not stem:
        return "model"
    return stem if stem[0].isalpha() else f"model_{stem}"
