"""Random programs about dicts, lists, strings and numbers: functions of an int, a float and a str whose result shows
everything that they changed. Programs may fail at run time (a key, an index), but seldom do."""

from __future__ import annotations

import random

HEADER = "import math\nfrom typing import Dict, List, Tuple\n\n"
PARAMETERS = "n: int, x: float, s: str"
START = (
    'counts: Dict[str, int] = {"a": n, s: 1}',
    "table: Dict[int, float] = {n: x}",
    "groups: Dict[int, List[int]] = {0: [n]}",
    "names: List[str] = [s]",
    "numbers: List[int] = [n, 3, 1]",
    "pairs: List[Tuple[int, str]] = [(n, s)]",
    "total = 0",
)
RESULT = "counts, table, groups, names, numbers, pairs, total, s"
STATEMENTS = (
    "counts[{S}] = {I}", "counts[{S}] = counts.get({S}, 0) + {I}", "counts.setdefault({S}, {I})",
    "total += counts.pop({S}, {I})", "if {S} in counts:\n    del counts[{S}]\n",
    "counts.update(dict([({S}, {I}), ({S}, {I})]))",
    "total += counts[{S}]", "counts['a'] = {I}", "counts['a'] -= {I}",
    "if len(counts) > 1:\n    k, v = counts.popitem()\n    total += v\n    names.append(k)\n",
    "for k in counts:\n    total += counts[k] * {I}\n", "for k, v in counts.items():\n    counts[k] = v + {I}\n",
    "table[{I}] = {F}", "table[{I}] = table.get({I}, {F})", "for t in table.values():\n    total += int(t)\n",
    "table.pop({I}, {F})", "table = {{i: float(i) for i in numbers}}", "counts = {{w: len(w) for w in names}}",
    "groups[{I}] = numbers", "if {I} in groups:\n    groups[{I}].append({I})\n", "groups[0] += [{I}]",
    "for k in groups:\n    groups[k].append(k)\n    total += len(groups[k])\n",
    "names.append({S})", "names.extend({S}.split('a'))", "names += [{S}, {S}]", "names = sorted(names)",
    "names.reverse()",
    "names.insert({I}, {S})", "if len(names) > 1:\n    names.pop()\n", "s = {S}", "s += {S}",
    "s = '-'.join(names)[:40]", "for c in {S}:\n    total += ord(c)\n", "names = [w.upper() for w in names]",
    "total += names.count({S})", "if {S} in names:\n    names.remove({S})\n",
    "numbers.append({I})", "numbers.sort()", "numbers.sort(reverse=True)", "numbers = numbers[::2] + [{I}]",
    "numbers *= 2", "del numbers[0]", "numbers[0] |= {I}", "numbers[-1] ^= {I}", "numbers = numbers[:6]",
    "total += sum(numbers) + max(numbers) - min(numbers)", "total += divmod({I}, 3)[1] + {I} // 2",
    "pairs.append(({I}, {S}))", "pairs.sort()", "pairs = sorted(pairs)", "pairs = pairs[:5]",
    "for i, (a, b) in enumerate(pairs):\n    total += a * i + len(b)\n", "total += round({F}) > 1.0", "x = {F}",
    "print({S}, {I}, {F}, names, counts, pairs)", "names.append(f'{I}|{F}|{S}')", "names.append('%s-%d' % ({S}, {I}))",
)  # fmt: skip
TEXTS = (
    "s", "'a'", "'b'", "'hello world'", "str({I})", "s[:3]", "s.upper()", "s.replace('a', 'xy')", "s.strip()",
    "('k' + str({I}))", "s.capitalize()", "('%d' % {I})", "hex({I})", "s[::-1]", "s.center(6, '*')", "s.title()",
)  # fmt: skip
INTS = (
    "n", "0", "1", "2", "-1", "len(s)", "len(counts)", "len(numbers)", "s.count('a')", "s.find('l')", "({I} + {I})",
    "({I} * 3)", "abs({I})", "({I} % 7)", "({I} & 15)", "len(names)", "int({F})",
)  # fmt: skip
FLOATS = ("x", "0.5", "-2.25", "float({I})", "({F} + {F})", "({F} * 0.5)", "abs({F})", "math.sqrt(abs({F}))")


class _Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def expand(self, pattern: str, depth: int = 2) -> str:
        """The pattern with random expressions in the place of {S}, {I} and {F}."""
        choices = {"{S}": TEXTS, "{I}": INTS, "{F}": FLOATS}
        result = pattern.replace("{{", "\0").replace("}}", "\1")
        for field, expressions in choices.items():
            while field in result:
                usable = [e for e in expressions if depth > 0 or "{" not in e]
                chosen = self.expand(self.random.choice(usable), depth - 1)
                if "|" in pattern and "'" in chosen:
                    chosen = field[1].lower().replace("s", "s").replace("i", "n").replace("f", "x")
                result = result.replace(field, chosen, 1)
        return result.replace("\0", "{").replace("\1", "}")

    def statements(self, count: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            kind = self.random.random()
            if depth > 0 and kind < 0.12:
                lines.append(self.expand("for i in range({I} & 3):"))
                lines += ["    " + line for line in self.statements(2, depth - 1)]
            elif depth > 0 and kind < 0.24:
                lines.append(self.expand("if {I} > {I}:"))
                lines += ["    " + line for line in self.statements(2, depth - 1)]
                lines.append("else:")
                lines += ["    " + line for line in self.statements(1, depth - 1)]
            else:
                lines += self.expand(self.random.choice(STATEMENTS)).rstrip("\n").split("\n")
        return lines


def function(seed: int) -> str:
    """The text of one function, named f<seed>."""
    lines = [*START, *_Writer(seed).statements(12, 2), f"return {RESULT}"]
    return f"def f{seed}({PARAMETERS}):\n" + "".join(f"    {line}\n" for line in lines)


def batch(first: int, count: int) -> str:
    """A file with `count` functions."""
    return HEADER + "\n\n".join(function(seed) for seed in range(first, first + count)) + "\n"


def arguments(seed: int) -> tuple[int, float, str]:
    draw = random.Random(seed)
    text = "".join(draw.choice("abl Z9") for _ in range(draw.randrange(6)))
    return draw.randrange(-3, 12), draw.choice([0.5, -1.25, 3.0, 7.75]), text
