"""Loops over lists whose bounds are tested before them, where they hold and where they do not: torch.jit compiles this
file too. `CASES` has the arguments."""

# ruff: noqa: UP006, UP035, SIM118  (typing's names, as most such programs have them)
from typing import Any, Dict, List, Tuple

import torch

LOW = -(2**63)
HIGH = 2**63 - 1


def recurrence(items: List[int], n: int) -> List[int]:
    """Reads an element that the iteration before has written; the first reads from the end."""
    for i in range(n):
        items[i] = items[i - 1] + i
    return items


def shifted(items: List[float], low: int, high: int, by: int) -> float:
    total = 0.0
    for i in range(low, high):
        total += items[i + by]
    return total


def strided(items: List[int], start: int, stop: int, step: int) -> List[int]:
    for k in range(start, stop, step):
        items[k] = items[k] + 1
    return items


def scaled(items: List[int], n: int, factor: int, offset: int) -> int:
    total = 0
    for i in range(n):
        total = total * 3 + items[factor * i + offset]
    return total


def backwards(items: List[str], n: int) -> List[str]:
    out: List[str] = []
    for i in range(n):
        out.append(items[len(items) - 1 - i])
    return out


def squares(items: List[int], n: int) -> int:
    """Not linear: each access is tested."""
    total = 0
    for i in range(n):
        total += items[i * i]
    return total


def guarded(items: List[int], n: int) -> int:
    """The condition keeps what would be outside away."""
    total = 0
    for i in range(n):
        if i + 2 < len(items):
            total += items[i + 2]
    return total


def two_names(items: List[int], n: int) -> List[int]:
    """Another name for the list makes it longer while the loop runs."""
    same = items
    for i in range(n):
        items.append(same[i] + 1)
    return items


def grows_in_loop(items: List[int], n: int) -> int:
    total = 0
    for i in range(n):
        if i == 2:
            items.append(i)
        total += items[i]
    return total


def shrinks_in_loop(items: List[int], n: int) -> int:
    total = 0
    for i in range(n):
        total += items[i]
        if i == 1:
            items.pop()
    return total


def nested(rows: List[List[int]], n: int, m: int) -> Tuple[int, List[int]]:
    sums: List[int] = []
    total = 0
    for i in range(n):
        row = rows[i]
        kept = 0
        for j in range(m):
            kept += row[j] * (i + 1)
            row[j] = kept
        sums.append(kept)
        total += kept
    return total, sums


def pairs(items: List[Tuple[int, str]], n: int) -> List[Tuple[str, int]]:
    out: List[Tuple[str, int]] = [("first", 0)]
    for i in range(n):
        number, text = items[i]
        out.append((text, number))
        out.append((text + "!", -number))
    return out


def whole(items: List[int]) -> Tuple[int, List[int]]:
    total = 0
    for x in items:
        total += x
    for i in range(len(items)):
        items[i] = total - items[i]
    return total, [x * 2 for x in items]


def shorter_than_counted(items: List[int]) -> int:
    """The length is asked before the list is cut."""
    n = len(items)
    if n > 3:
        items.pop()
    total = 0
    for i in range(n):
        total += items[i]
    return total


def fails_after(items: List[int], n: int) -> List[int]:
    for i in range(n):
        items[i] = i
        if i == 3:
            raise ValueError(f"at {i} of {n}")
    return items


def carries(items: List[str], n: int) -> Tuple[str, List[str]]:
    """Objects go through the loop."""
    text = ""
    kept = items
    for i in range(n):
        text = kept[i]
        kept[i] = items[n - 1 - i]
    return text, kept


def ends(low: int, high: int) -> List[int]:
    """Counters at the ends of what an int can be."""
    items = [1, 2, 3]
    out: List[int] = []
    for i in range(low, high):
        out.append(items[i])
    return out


def many_lists(n: int) -> int:
    """Little lists, each with room for few."""
    total = 0
    for i in range(n):
        part: List[int] = []
        for j in range(i % 5):
            part.append(i + j)
        for j in range(3):
            part.append(j)
        total += len(part) * part[-1] + part[0]
    return total


def by_key(table: Dict[str, List[int]], n: int) -> int:
    total = 0
    for key in table.keys():
        row = table[key]
        for i in range(n):
            row[i] += 1
            total += row[i]
    return total


def first_longer(n: int, items: List[str]) -> Tuple[int, str, List[str]]:
    """A break that brings new strs along, and one that brings none."""
    out: List[str] = []
    last = "none"
    i = 0
    while i < len(items):
        if len(items[i]) > n:
            last = items[i] + "!"
            break
        if len(items[i]) == 0:
            break
        out.append(items[i] + items[i])
        last = items[i]
        i += 1
    return i, last, out


def left_inside(n: int, m: int) -> Tuple[int, int, str]:
    """Breaks of two loops, a return out of both."""
    count = 0
    text = ""
    for i in range(n):
        for j in range(m):
            if i * j > 12:
                text += str(i)
                if i % 2 == 0:
                    break
                text += "-"
            if j > 7:
                return count, j, text + "r"
            if (i + j) % 5 == 3:
                continue
            count += 1
        if count > 40:
            text = text + "c"
            break
    return count, n, text


def smallest_divisor(n: int) -> int:
    d = 2
    while d * d <= n:
        if n % d == 0:
            return d
        d += 1
    return n


def fails_before_break(n: int, d: int) -> Tuple[int, str]:
    total = 0
    text = ""
    for i in range(n):
        text = text + str(i)
        if total > 20:
            break
        total += 10 // (d - i)
    return total, text


def kept_lists(n: int) -> Tuple[Dict[str, List[int]], List[List[int]]]:
    """Lists that outlive the call that they are given to."""
    table: Dict[str, List[int]] = {}
    rows: List[List[int]] = [[0]]
    for i in range(n):
        table[str(i)] = [i, n]
        rows.append([i])
        rows.insert(0, [n, i])
        rows[1] = [i + 7]
    table.setdefault("x", [n])
    return table, rows


def picked(rows: List[int], n: int) -> Tuple[int, int]:
    """Lists on the stack; an index that is outside fails while one holds a tensor."""
    x = torch.arange(n)
    y = x
    total = 0
    for i in range(3):
        y = x[torch.tensor(rows)].view([len(rows), 1])
        total += int(torch.cat([y, y + i]).sum())
    return y.size(0), total


CASES: Dict[str, List[Tuple[Any, ...]]] = {
    "recurrence": [([1, 2, 3, 4], 4), ([1, 2, 3], 4), ([], 1), ([5], 0), ([7], 1), (list(range(40)), 40)],
    "shifted": [([1.5, 2.5, 4.5], 0, 2, 1), ([1.5, 2.5], 0, 3, 0), ([1.5, 2.5], -2, 0, 0), ([1.5, 2.5], -1, 1, 1),
                ([1.5], 1, 2, HIGH), ([1.5], 5, 2, 7), ([1.5, 2.5], HIGH - 1, HIGH, LOW + 1)],
    "strided": [([0] * 20, 3, 20, 4), ([0] * 20, 19, -1, -3), ([0] * 5, -5, 5, 2), ([0] * 5, 0, 6, 2),
                ([0] * 5, 0, 7, 2), ([0] * 5, 4, 0, 0), ([0] * 3, 0, HIGH, HIGH), ([0] * 3, 1, 2, 5)],
    "scaled": [(list(range(30)), 10, 3, 0), (list(range(30)), 10, 3, 2), (list(range(30)), 10, 3, 3),
               (list(range(9)), 9, -1, 8), (list(range(9)), 9, -1, 7), (list(range(9)), 4, 2**62, 1),
               (list(range(9)), 5, 2**62, 1), (list(range(9)), 3, 2**63 - 1, 2), ([], 0, 1, 0), ([4], 3, 0, 0)],
    "backwards": [(["a", "b", "c"], 3), (["a", "b", "c"], 6), (["a"], 3), ([], 0)],
    "squares": [(list(range(30)), 5), (list(range(10)), 5)],
    "guarded": [([1, 2, 3, 4], 2), ([1, 2, 3, 4], 9), ([], 3)],
    "two_names": [([1, 2], 5), ([], 1)],
    "grows_in_loop": [([1, 2], 3), ([1, 2], 4), ([1, 2, 3], 2)],
    "shrinks_in_loop": [([1, 2, 3], 3), ([1, 2, 3], 2)],
    "nested": [([[1, 2], [3, 4]], 2, 2), ([[1, 2], [3]], 2, 2), ([[1]], 2, 1)],
    "pairs": [([(1, "a"), (2, "b")], 2), ([(1, "a")], 2), ([], 0)],
    "whole": [([1, 2, 3],), ([],)],
    "shorter_than_counted": [([1, 2, 3],), ([1, 2, 3, 4],)],
    "fails_after": [([9] * 3, 3), ([9] * 5, 5), ([9] * 2, 5)],
    "carries": [(["a", "b", "c"], 3), (["a", "b"], 3), ([], 0)],
    "ends": [(0, 3), (-3, 3), (LOW, LOW + 2), (HIGH - 2, HIGH), (HIGH, LOW), (-4, 0)],
    "many_lists": [(30,)],
    "first_longer": [(2, ["a", "bb", "ccc", "d"]), (9, ["a", "bb"]), (0, ["q"]), (1, []), (3, ["ab", "", "c"])],
    "left_inside": [(a, b) for a in (0, 1, 5, 8) for b in (0, 3, 6, 9, 12)],
    "smallest_divisor": [(n,) for n in (1, 2, 9, 35, 97, 2**33 + 2, 1009 * 1013)],
    "fails_before_break": [(5, 9), (9, 3), (30, 40), (3, 1)],
    "kept_lists": [(0,), (3,)],
    "picked": [([0, 2, 1], 3), ([-1], 2), ([4, 5], 5)],
    "by_key": [({"a": [1, 2], "b": [3, 4]}, 2), ({"a": [1]}, 2)],
}  # fmt: skip
