"""Tokens, and the two rewrites of them that need more lookahead than an LALR parser has."""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def fold_match_blocks(items: list[Token]) -> list[Token]:
    """Replaces each `match` statement, whose patterns have a syntax of their own, by one token.

    `match` is an ordinary name elsewhere; it is the statement when its line ends in a colon and `case` is below.
    """
    result: list[Token] = []
    at, line = 0, 0
    starts: dict[int, int] = {}
    for i, token in enumerate(items):
        if token.kind == "_INDENT" and items[line].text == "match" and items[i + 1].text == "case":
            starts[line] = i
        if i == 0 or items[i - 1].kind in ("_NEWLINE", "_INDENT", "_DEDENT"):
            line = i
    while at < len(items):
        if at not in starts or items[at].kind != "NAME":
            result.append(items[at])
            at += 1
            continue
        first, depth, at = at, 1, starts[at] + 1
        while depth and items[at].kind != "$END":
            depth += {"_INDENT": 1, "_DEDENT": -1}.get(items[at].kind, 0)
            at += 1
        result.append(Token("MATCH_BLOCK", "match", items[first].start, items[at - 1].end))
    return result


def mark_group_with(items: list[Token]) -> None:
    """Renames the `with` of `with (a as b, c):`, which one token of lookahead cannot tell from `with (a, c) as d:`."""
    for i, token in enumerate(items):
        if token.kind != "with" or items[i + 1].kind != "(":
            continue
        depth, at = 0, i + 1
        inside = set[str]()
        while items[at].kind not in ("_NEWLINE", "$END"):
            kind = items[at].kind
            depth += (kind in ("(", "[", "{")) - (kind in (")", "]", "}"))
            if depth == 0:
                break
            if depth == 1:
                inside.add(kind)
            at += 1
        if inside & {"as", ","} and "for" not in inside and items[min(at + 1, len(items) - 1)].kind == ":":
            items[i] = Token("_GROUP_WITH", *token[1:])
