"""The LALR table of grammar/torchscript.lark: built by lark, stored as JSON, loaded without lark.

lark needs about a second to build the table, so it is made once: at wheel build (`python -m aotjit.syntax.table FILE`
puts it beside this module), else on first use, into the user's cache directory. The file is plain data, checked
against the grammar it was built from and read as JSON, so a damaged or foreign cache is rebuilt, never trusted.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
STARTS = ("file", "expression", "signature")
_PACKAGED = Path(__file__).with_name("torchscript.table.json")
_GRAMMARS = (Path(__file__).with_name("torchscript.lark"), Path(__file__).parents[2] / "grammar" / "torchscript.lark")


@dataclass(frozen=True)
class Rule:
    """One production. `keep` says for each symbol: 0 drop the value, 1 append it, 2 splice the list it is.

    `action` is the builder method to call; None gives the list of kept values. `collapse`: one kept value stands for
    itself.
    """

    origin: str
    keep: tuple[int, ...]
    action: str | None
    collapse: bool

    @functools.cached_property
    def is_unit(self) -> bool:
        """It stands for its only value, as the levels of precedence between an operand and an expression do."""
        return self.collapse and self.keep == (1,)


@dataclass(frozen=True)
class ParseTable:
    """`actions[state]` maps a symbol to a state to go to (>= 0) or to `-1 - rule` to reduce by.

    A keyword's or operator's symbol is its own text; other symbols have the grammar's names.
    """

    rules: tuple[Rule, ...]
    actions: tuple[dict[str, int], ...]
    start: dict[str, int]
    accept: dict[str, int]
    keywords: frozenset[str]
    operators: tuple[str, ...]
    patterns: dict[str, str]
    units: dict[tuple[int, int, str], int] = field(default_factory=dict, repr=False, compare=False)
    """Where chains of unit rules end, as far as parsers have seen: by the state below, the state, the next symbol."""

    def after_units(self, below: int, state: int, symbol: str) -> int:
        """The state on top of `below` when no unit rule is left to reduce by before `symbol`."""
        key = below, state, symbol
        found = self.units.get(key)
        if found is None:
            action = self.actions[state].get(symbol, 0)
            while action < 0 and self.rules[-1 - action].is_unit:
                state = self.actions[below][self.rules[-1 - action].origin]
                action = self.actions[state].get(symbol, 0)
            found = self.units[key] = state
        return found


@functools.cache
def parse_table() -> ParseTable:
    """The table of the installed grammar."""
    text = _grammar_text()
    key = _key(text)
    for path in (_PACKAGED, _cache_file(key)):
        data = _read(path, key)
        if data is not None:
            return _decode(data)
    data = build(text)
    cache = _cache_file(key)
    if cache is not None:
        _write(cache, key, data)
    return _decode(data)


def build(grammar: str) -> dict[str, Any]:
    """The table as JSON-ready data, made by lark; the same grammar always gives the same data."""
    import lark
    from lark.grammar import Rule as LarkRule
    from lark.lexer import TerminalDef

    parser = lark.Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=False)
    data, memo = parser.memo_serialize([TerminalDef, LarkRule])
    parts = data["parser"]
    terminals = [memo[reference["@"]] for reference in parts["lexer_conf"]["terminals"]]
    literals = {t["name"]: t["pattern"]["value"] for t in terminals if t["pattern"]["__type__"] == "PatternStr"}
    symbols = {number: literals.get(name, str(name)) for number, name in parts["parser"]["tokens"].items()}
    references = sorted((r["@"] for r in parts["parser_conf"]["rules"]), key=lambda r: _rule_order(memo[r]))
    rule_number = {reference: i for i, reference in enumerate(references)}
    rows = {
        state: {symbols[s]: (arg if kind == 0 else -1 - rule_number[arg["@"]]) for s, (kind, arg) in row.items()}
        for state, row in parts["parser"]["states"].items()
    }
    shifts = {
        s: {symbols[n] for n, (kind, _) in row.items() if kind == 0} for s, row in parts["parser"]["states"].items()
    }
    start = parts["parser"]["start_states"]
    order = _number_states([start[name] for name in STARTS], rows, shifts)
    return {
        "rules": [_encode_rule(memo[reference]) for reference in references],
        "actions": [
            {symbol: order[to] if symbol in shifts[state] else to for symbol, to in sorted(rows[state].items())}
            for state in order
        ],
        "start": {name: order[start[name]] for name in STARTS},
        "accept": {name: order[state] for name, state in parts["parser"]["end_states"].items()},
        "keywords": sorted(text for text in literals.values() if text.isidentifier()),
        "operators": sorted(text for text in literals.values() if not text.isidentifier()),
        "patterns": {t["name"]: _pattern(t["pattern"]) for t in terminals if t["pattern"]["__type__"] == "PatternRE"},
    }


def _number_states(starts: list[int], rows: dict[int, dict[str, int]], shifts: dict[int, set[str]]) -> dict[int, int]:
    """States in the order in which they are reached, which unlike lark's numbers does not change between runs."""
    order = {state: i for i, state in enumerate(starts)}
    pending = list(starts)
    for state in pending:
        for symbol in sorted(shifts[state]):
            target = rows[state][symbol]
            if target not in order:
                order[target] = len(order)
                pending.append(target)
    return order


def _rule_order(rule: dict[str, Any]) -> tuple[str, int, list[str]]:
    return rule["origin"]["name"], rule["order"], [symbol["name"] for symbol in rule["expansion"]]


def _encode_rule(rule: dict[str, Any]) -> list[Any]:
    """lark's tree-shaping conventions (see the grammar's head) as data."""
    options = rule["options"]
    keep = []
    for symbol in rule["expansion"]:
        if symbol["__type__"] == "Terminal":
            keep.append(int(options["keep_all_tokens"] or not symbol["filter_out"]))
        else:
            keep.append(2 if symbol["name"].startswith("_") else 1)
    origin = rule["origin"]["name"]
    inlined = origin.startswith("_")
    action = None if inlined else rule["alias"] or origin
    return [origin, keep, action, bool(options["expand1"] and not rule["alias"])]


def _pattern(pattern: dict[str, Any]) -> str:
    flags = "".join(pattern["flags"])
    return f"(?{flags}:{pattern['value']})" if flags else str(pattern["value"])


def _grammar_text() -> str:
    for path in _GRAMMARS:
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError("torchscript.lark is missing from this installation of aotjit")


def _key(grammar: str) -> str:
    return hashlib.sha256(f"{FORMAT}\n{grammar}".encode()).hexdigest()


def _cache_file(key: str) -> Path | None:
    """Where this user's cached table lives; None when there is no directory that only they can write."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(base):
        return None
    folder = Path(base) / "aotjit"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        return None
    return folder / f"grammar-{key[:16]}.json"


def _read(path: Path | None, key: str) -> dict[str, Any] | None:
    """The stored table, or None when it is absent, damaged, or of another grammar."""
    if path is None:
        return None
    try:
        seal, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if seal != _seal(key, body):
        return None
    data: dict[str, Any] = json.loads(body)
    return data


def _seal(key: str, body: bytes) -> bytes:
    """The first line of a stored table: what grammar it is of, and that it is whole."""
    return hashlib.sha256(key.encode() + body).hexdigest().encode()


def _write(path: Path, key: str, data: dict[str, Any]) -> None:
    """Atomically, and without failing the compilation when the disk is full or read-only."""
    import tempfile

    body = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_seal(key, body) + b"\n" + body)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)


def _decode(data: dict[str, Any]) -> ParseTable:
    rules = tuple(Rule(origin, tuple(keep), action, collapse) for origin, keep, action, collapse in data["rules"])
    return ParseTable(
        rules,
        tuple(data["actions"]),
        data["start"],
        data["accept"],
        frozenset(data["keywords"]),
        tuple(data["operators"]),
        data["patterns"],
    )


if __name__ == "__main__":
    _write(Path(sys.argv[1]), _key(_grammar_text()), build(_grammar_text()))
