"""Where parsing goes on after a mistake, so that one run reports the mistakes of all definitions.

It resumes at the next line that begins a top-level statement, or a function or class at any depth. Inside a block the
rest of the block is then read as if it were a file, until a dedent ends it.
"""

from __future__ import annotations

from bisect import bisect_right

from aotjit.syntax.token import Token

_LAYOUT = ("_NEWLINE", "_INDENT", "_DEDENT")
_DEFINING = ("def", "class", "@", "async")
# Keywords that continue a statement begun above, so that no statement begins with them.
_CONTINUING = ("else", "elif", "except", "finally")


class Recovery:
    """The places of one file where parsing may resume."""

    def __init__(self, items: list[Token]) -> None:
        self.items = items
        self.depths: list[int] = []
        self.points: list[int] = []
        depth = 0
        for i, token in enumerate(items):
            self.depths.append(depth)
            if token.kind in _LAYOUT:
                depth += (token.kind == "_INDENT") - (token.kind == "_DEDENT")
            elif i == 0 or items[i - 1].kind in _LAYOUT:
                at_top = depth == 0 and token.kind not in _CONTINUING
                if at_top or token.kind in _DEFINING:
                    self.points.append(i)

    def after(self, failed: int) -> int:
        """The next place to resume behind a token; the last token when there is none."""
        found = bisect_right(self.points, failed)
        return self.points[found] if found < len(self.points) else len(self.items) - 1

    def definition(self, failed: int) -> int:
        """Where the innermost definition or top-level statement around a token begins."""
        found = bisect_right(self.points, failed - 1)
        return self.points[found - 1] if found else 0

    def end_of_block(self, failed: int, resumed: int) -> int | None:
        """Where to go on when `failed` is the dedent that ends the block in which parsing resumed, else None."""
        inside = self.depths[resumed]
        ends = self.items[failed].kind == "_DEDENT" and failed > resumed and self.depths[failed] == inside > 0
        if not ends or self.items[failed - 1].kind not in ("_NEWLINE", "_DEDENT"):
            return None
        following = failed
        while self.items[following].kind == "_DEDENT":
            following += 1
        return self.after(following) if self.items[following].kind in _CONTINUING else following
