"""Makes a program smaller while it still shows what it was found for; and makes all that it computes seen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

SECONDS = 40
"""Of time, after which a program is small enough."""
DECLARED = re.compile(r" *(v\d+): ([\w\[\], ]+) = ")
LOOPED = re.compile(r" *for (v\d+(?:, v\d+)*) in ")
SHOWN = {"Box": "{v}.n", "List[Box]": "len({v})", "Hue": "{v}.value"}
"""What is printed of values that torch.jit prints as addresses."""


def minimised(function: str, header: str, differs: Callable[[str], bool]) -> str:
    """`function` without the statements that are not needed. `differs` says of a whole file whether it still shows."""
    end = time.time() + SECONDS
    lines = function.rstrip("\n").split("\n")
    if not differs(header + function):
        return function
    for at in range(len(lines) - 1, 0, -1):
        if at >= len(lines) or time.time() > end:
            continue
        shorter = lines[:at] + lines[_block_end(lines, at) :]
        if len(shorter) > 1 and _compiles(shorter) and differs(header + "\n".join(shorter) + "\n"):
            lines = shorter
    return "\n".join(lines) + "\n"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _block_end(lines: list[str], at: int) -> int:
    """Where the statement that begins at a line ends, with the block in it."""
    end = at + 1
    while end < len(lines) and _indent(lines[end]) > _indent(lines[at]):
        end += 1
    return end


def _compiles(lines: list[str]) -> bool:
    try:
        compile("\n".join(lines), "program", "exec")
    except SyntaxError:
        return False
    return True


def all_seen(function: str) -> str:
    """The function with each variable printed after each line that names it, so that nothing it computes is unused.

    Code whose result nobody uses may be left out although it would fail: torch and the passes do.
    """
    result: list[str] = []
    known = {name: name for name in ("n", "k", "x", "s", "ns", "t", "u")}
    lines = function.rstrip("\n").split("\n")
    for i, line in enumerate(lines):
        result.append(line)
        if match := DECLARED.match(line):
            known[match[1]] = SHOWN.get(match[2], "{v}").replace("{v}", match[1])
        if match := LOOPED.match(line):
            known |= {name: name for name in match[1].split(", ")} if "Box" not in function else {}
        following = _indent(lines[i + 1]) if i + 1 < len(lines) else 0
        if i == 0 or line.lstrip().startswith(("return", "break", "continue", "raise", "elif", "else")):
            continue
        inside = max(following, _indent(line)) if line.endswith(":") else _indent(line)
        named = [known[name] for name in re.findall(r"\b[a-z]+\d*\b", line) if name in known]
        if named:
            result.append(" " * inside + f"print({', '.join(dict.fromkeys(named))})")
    return "\n".join(result) + "\n"
