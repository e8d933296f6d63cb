"""Runs an LALR table over tokens: shifts, reduces, and hands each reduction to a tree builder.

Time and memory are linear in the tokens and nothing recurses, so no input can exhaust the stack here; trees deeper
than MAX_DEPTH are refused so that later stages may recurse over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from aotjit.syntax.ast import Node
from aotjit.syntax.table import ParseTable
from aotjit.syntax.token import Token

MAX_DEPTH = 200


class Builder(Protocol):
    """What the parser calls for a rule: the kept values and the offsets of the text they came from."""

    def reduce(self, action: str, values: list[Any], start: int, end: int) -> Any: ...


class UnexpectedTokenError(Exception):
    """No rule continues with `tokens[index]`."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class TooDeepError(Exception):
    """The tree would be deeper than MAX_DEPTH; the offending text is at these offsets, the parser at `index`."""

    def __init__(self, index: int, start: int, end: int) -> None:
        super().__init__(index)
        self.index, self.start, self.end = index, start, end


def run(table: ParseTable, start: str, tokens: Sequence[Token], first: int, builder: Builder) -> Any:
    """Parses `tokens[first:]`, which end with `$END`, as a `start`; returns what the builder made of it."""
    actions, rules, accept = table.actions, table.rules, table.accept[start]
    state = table.start[start]
    states, values = [state], [None]
    # Parallel to values: where each began and ended in the text, and how deep its tree is.
    starts, ends, depths = [0], [0], [0]
    at, last_end = first, tokens[first].start
    while True:
        token = tokens[at]
        action = actions[state].get(token.kind)
        if action is None:
            raise UnexpectedTokenError(at)
        if action >= 0:
            at += 1
            state = action
            states.append(state)
            values.append(token)  # type: ignore[arg-type]  # values holds whatever the builder makes
            starts.append(token.start)
            ends.append(token.end)
            depths.append(0)
            last_end = token.end
            continue
        rule = rules[-1 - action]
        count = len(rule.keep)
        if rule.is_unit:
            state = states[-1] = table.after_units(states[-2], state, token.kind)
            continue
        begin, end, depth = last_end, last_end, 0
        children: list[Any] = []
        if count:
            begin, end, depth = starts[-count], ends[-1], max(depths[-count:])
            children = _shape(rule.keep, values[-count:])
            del states[-count:], values[-count:], starts[-count:], ends[-count:], depths[-count:]
        value: Any
        if rule.action is None:
            value = children
        elif rule.collapse and len(children) == 1:
            value = children[0]
        else:
            value = builder.reduce(rule.action, children, begin, end)
            depth += isinstance(value, Node)
            if depth > MAX_DEPTH:
                raise TooDeepError(at, begin, end)
        state = actions[states[-1]][rule.origin]
        states.append(state)
        values.append(value)
        starts.append(begin)
        ends.append(end)
        depths.append(depth)
        if state == accept and token.kind == "$END":
            return value


def _shape(keep: Sequence[int], values: list[Any]) -> list[Any]:
    """Drops, keeps and splices a rule's values. A leading list is extended in place, which keeps long lists linear."""
    result: list[Any] | None = None
    for how, value in zip(keep, values, strict=True):
        if how == 2:
            if result is None:
                result = value
            else:
                result.extend(value)
        elif how == 1:
            if result is None:
                result = [value]
            else:
                result.append(value)
    return [] if result is None else result


def states_before(table: ParseTable, start: str, tokens: Sequence[Token], first: int, index: int) -> list[int]:
    """The parser's stack just before `tokens[index]` was looked at.

    Where parsing failed, the stack has already been reduced under the wrong token; messages need it as it was.
    """
    states = [table.start[start]]
    for token in tokens[first:index]:
        while True:
            action = table.actions[states[-1]][token.kind]
            if action >= 0:
                states.append(action)
                break
            rule = table.rules[-1 - action]
            if rule.keep:
                del states[-len(rule.keep) :]
            states.append(table.actions[states[-1]][rule.origin])
    return states


def acceptable(table: ParseTable, states: list[int]) -> set[str]:
    """The kinds of token that could really come next: those whose reductions end in a shift."""
    rules = {rule.origin for rule in table.rules}
    return {kind for kind in table.actions[states[-1]] if kind not in rules and _accepts(table, states, kind)}


def _accepts(table: ParseTable, states: list[int], kind: str) -> bool:
    # The stack is states[:kept] + extra, so that trying a token never copies a long stack.
    kept, extra = len(states), list[int]()
    while True:
        state = extra[-1] if extra else states[kept - 1]
        action = table.actions[state].get(kind)
        if action is None:
            return False
        if action >= 0:
            return True
        rule = table.rules[-1 - action]
        dropped = min(len(rule.keep), len(extra))
        del extra[len(extra) - dropped :]
        kept -= len(rule.keep) - dropped
        state = extra[-1] if extra else states[kept - 1]
        target = table.actions[state][rule.origin]
        extra.append(target)
        if kind == "$END" and target in table.accept.values():
            return True
