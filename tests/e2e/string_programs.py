"""Programs with strings, for tests.e2e.agreement. Where torch hangs or reads outside, there is no case."""

# ruff: noqa
from typing import Dict, List, Tuple

import torch
from torch import Tensor


def letters(s: str):
    return s.upper(), s.lower(), s.swapcase(), s.capitalize(), s.title()


def kinds(s: str):
    return (
        [s.isalnum(), s.isalpha(), s.isdigit(), s.isdecimal(), s.isnumeric(), s.isspace()],
        [s.isupper(), s.islower(), s.istitle(), s.isprintable()],
    )


def ends(s: str, c: str):
    return s.strip(), s.lstrip(), s.rstrip(), s.strip(c), s.lstrip(c), s.rstrip(c)


def padding(s: str, n: int):
    return s.center(n), s.ljust(n), s.rjust(n), s.zfill(n), s.center(n, "*"), s.ljust(n, "-"), s.rjust(n, "+")


def tabs(s: str):
    return s.expandtabs(), s.expandtabs(4), s.expandtabs(1)


def searching(s: str, c: str):
    return s.find(c), s.rfind(c), s.count(c), s.startswith(c), s.endswith(c), c in s, c not in s


def searching_inside(s: str, c: str, a: int, b: int):
    return s.find(c, a, b), s.rfind(c, a, b), s.startswith(c, a), s.count(c, a)


def places(s: str, c: str, a: int, b: int):
    return s.find(c, a, b), s.rfind(c, a, b)


def places_in_error(s: str, c: str, a: int, b: int):
    return s.index(c, a, b), s.rindex(c, a, b)


def counted(s: str, c: str, a: int, b: int):
    return s.count(c, a, b), s.count(c, a)


def begun(s: str, c: str, a: int, b: int):
    return s.startswith(c, a, b), s.startswith(c, a), s.endswith(c, a, b), s.endswith(c, a)


def limited(s: str, c: str, n: int):
    return s.split(c, n), s.rsplit(c, n), s.split(None, n)


def around(s: str, c: str):
    return s.partition(c), s.rpartition(c)


def nothing_replaced(s: str, n: int):
    return s.replace("", "-", n)


def short(s: str, n: int):
    return s.ljust(n), s.rjust(n), s.zfill(n), s[n:], s[:n], s[n::2]


def names_and_lines(s: str):
    return s.isidentifier(), s.splitlines(True), s.splitlines(False)


def template(s: str, n: int, c: str):
    return s % (n, c)


def found(s: str, c: str):
    return s.index(c), s.rindex(c)


def parts(s: str, c: str):
    return s.split(), s.split(c), s.rsplit(c), s.split(c, 1), s.rsplit(c, 1), s.partition(c), s.rpartition(c)


def one_piece(s: str, c: str, i: int):
    first = s.split(c)[0]
    return first, s.split(c)[i], s.split(c, 1)[-1], s.split()[i - 1]


def long_texts(s: str, n: int):
    t = (s + "aZ[`{@ x\t" + s.upper())[-n:]
    lines = ("=" + t[1:] + "\n" + t + "\r" + t[: n // 2]).splitlines()
    table = {t: 1, t + "b": 2, t + "a": 3}
    return (t, t.lower(), t.upper(), t.swapcase(), t[1:], t[: n - 1], t.strip("aZ"), t.strip("aZbBcCdDeEfF x\t"), lines,
            t.find("x"), t.split("x"), t.count("Z"), table[t + "a"], (t + "a") in table, (t + "c") in table)


def lines(s: str):
    return s.splitlines(), "|".join(s.splitlines())


def replacing(s: str, c: str, n: int):
    return s.replace(c, "--"), s.replace(c, "", n), c.join(s.split(" "))


def characters(s: str, i: int):
    return [c for c in s], list(s), s[i], s[1:], s[:-1], s[::2], len(s), s[i] == "a"


def numbers(n: int):
    return hex(n), oct(n), bin(n), str(n), int(str(n)), float(str(n))


def code_points(n: int):
    return chr(n), ord(chr(n))


def parsed(s: str):
    return int(s)


def parsed_float(s: str):
    return float(s)


def compared(a: str, b: str):
    return a < b, a <= b, a == b, a != b, a > b, a >= b, a + b


def formatted(n: int, x: float, s: str, b: bool, l: List[int]):
    return (
        f"{n} {x} {s} {b} {l}",
        "{} {}".format(n, x),
        "%s|%d|%i|%%" % (s, n, x),
        "%f %e" % (x, n),
        "%s" % l,
        "%c%c" % (s, "y"),
        "%s %s" % ([s], (n, x)),
        "100%% of %s" % s,
        str((n, s)),
    )


def printed(n: int, x: float, s: str, l: List[str], d: Dict[str, List[float]]):
    print(n, x, s, True, None)
    print(l, [l], (n, s), d, [(x, s)], [True, False])
    print()
    print("a" + s, -x, [x, -x, x * 1e20, x / 3])


def printed_tensors(x: Tensor):
    print(x)
    print("t", x, [x], (x, 1), {"k": x})
    return f"{x}", str([x]), "{}".format(x)


def tokenised(text: str):
    vocabulary: Dict[str, int] = {}
    ids: List[int] = []
    for line in text.lower().split("\n"):
        for word in line.replace(",", " ").replace(".", " ").split():
            if word not in vocabulary:
                vocabulary[word] = len(vocabulary)
            ids.append(vocabulary[word])
    return ids, vocabulary


def caesar(s: str, n: int):
    out = ""
    for c in s:
        if c.isalpha():
            base = ord("A") if c.isupper() else ord("a")
            out += chr((ord(c) - base + n) % 26 + base)
        else:
            out += c
    return out


def balanced(s: str):
    pairs = {")": "(", "]": "["}
    stack: List[str] = []
    for c in s:
        if c in pairs:
            if len(stack) == 0 or stack.pop() != pairs[c]:
                return False
        elif c == "(" or c == "[":
            stack.append(c)
    return len(stack) == 0


def built(n: int):
    s = ""
    kept: List[str] = []
    for i in range(n):
        s += str(i % 10)
        if i % 100 == 99:
            kept.append(s)
    left = s + "left"
    right = s + "right"
    more = left + "!"
    again = left + "?"
    found = {left: 1, right: 2}
    found[s + "left"] = 3
    return s, kept, left, right, more, again, found, left == right, left[:-4] == s, more.find("left")


TEXTS = [
    "", "a", "A", "abc", "ABC", "aBc", "hello world", "Hello World", "  x y\t", "a,b,,c", ",a,", "12", "1a", "\n", "a\n",
    "a\tb", "\t\tq", "_a", "aaa", "they're Bill's", "+12", "-3", "x\ny", "\x0b", "A1b C",
]  # fmt: skip
PARTS = ["a", "l", "lo", ",", "zz", " "]

def joined_again(s: str) -> Tuple[str, List[str], List[int]]:
    """What reads a list sees what came into it since the last time."""
    names = [s]
    joined = "-".join(names)
    size = [2]
    counts = [torch.zeros(size).numel()]
    for i in range(2):
        joined = "-".join(names)
        names += [joined + str(i), s]
        counts.append(torch.zeros(size).numel())
        size.append(3)
    return joined + "+".join(names), names, counts


BOUNDS = [(0, 3), (-2, 100), (2, -1), (2, -2), (100, 5), (5, 2), (1, 1), (3, 3), (3, 1000), (-100, -1), (4, 9), (0, -4)]
INSIDE = [(s, c, a, b) for s in ("", "abc", "aXaXa") for c in ("", "a", "aXa", "zz") for a, b in BOUNDS]

CASES = {
    "places": INSIDE,
    "places_in_error": INSIDE,
    "counted": [case for case in INSIDE if case[1]],
    "begun": INSIDE,
    "limited": [(s, c, n) for s in TEXTS for c in PARTS for n in (-5, 0, 1, 3)],
    "around": [(s, c) for s in TEXTS for c in ("", "a", "l")],
    "nothing_replaced": [(s, n) for s in TEXTS for n in (0, 1, 3)],
    "short": [(s, n) for s in TEXTS for n in (-100, -1, 0, 1, 5)],
    "template": [("%d %s", 1, "x"), ("%s%%%s", 2, "y"), ("%d", 1, "x"), ("%d %s %s", 1, "x"), ("", 1, "x"), ("%i|%c", -3, "x"), ("%d%", 1, "x"), ("%s %d", 1, "x"), ("%f, %s", 2, "z"), ("%E %s", 12345, "z")],
    "names_and_lines": [(s,) for s in [*TEXTS, "a_b", "a1", "9", "x\r\ny\n\n"]],
    "joined_again": [(s,) for s in ("", "a b")],
    "letters": [(s,) for s in TEXTS],
    "kinds": [(s,) for s in TEXTS],
    "ends": [(s, c) for s in TEXTS for c in ("a", " \t", ",b")],
    "padding": [(s, n) for s in TEXTS for n in (0, 4, 7, 8)],
    "tabs": [(s,) for s in TEXTS],
    "searching": [(s, c) for s in TEXTS for c in PARTS],
    "searching_inside": [(s, c, a, b) for s in ("hello world", "aaa") for c in PARTS for a in (0, 1, -2) for b in (-1, 2)],
    "found": [("hello", "l"), ("hello", "z"), ("a", "a")],
    "parts": [(s, c) for s in TEXTS for c in PARTS],
    "one_piece": [(s, c, i) for s in ("a b", "a,b ,c", " ", "") for c in (",", " ", "") for i in (0, 1, -1, 2, -3)],
    "long_texts": [("pQrStUvWxYzAbCdE" * 5, n) for n in (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 33, 47, 63, 64, 65, 66, 90)],
    "lines": [(s,) for s in TEXTS],
    "replacing": [(s, c, n) for s in TEXTS for c in PARTS for n in (-1, 1, 2)],
    "characters": [("abc", 1), ("a", 0), ("abca", -1), ("abc", 3)],
    "numbers": [(0,), (255,), (-255,), (2**62,)],
    "code_points": [(65,), (0x20,), (126,)],
    "parsed": [(" 12",), ("12 ",), ("1_2",), ("+7",), ("0x1",), ("-9223372036854775808",), ("9223372036854775808",), ("12",), ("-3",), ("x",), ("",)],
    "parsed_float": [(" 12",), ("12 ",), ("1_2.5",), ("1e400",), ("1e-310",), ("0.0e-400",), ("-Infinity",), ("1.5\n",), ("12",), ("-3.5",), ("1e5",), (".5",), ("x",)] + [
        (s,) for s in ("0.1", "123456.789", ".", "-", "+.25", "5.", "1.2.3", "1:5", "9007199254740993", "90071992547409.93",
                       "9007199254740.993", "00000000.1", "123456789012345678", "0.000000000000012", "-0.0", "1.25e-3", "inf")
    ],
    "compared": [("a", "b"), ("", "a"), ("ab", "a"), ("ab", "ab")],
    "formatted": [(3, 2.5, "q", True, [1]), (-3, 1e20, "z", False, []), (0, 0.1, "x", True, [1, 2])],
    "printed": [(3, 2.5, "s", ["a", "b"], {"k": [1.0, 0.1]}), (0, 1e16, "", [], {})],
    "printed_tensors": [
        (torch.zeros(2),), (torch.arange(6.0).reshape(2, 3) * 1.7,), (torch.tensor(3.5),), (torch.zeros(0),),
        (torch.tensor([1e-8, 1e8]),), (torch.arange(24.0).reshape(2, 3, 4) / 7,), (torch.zeros(2, 0),),
        (torch.tensor([float("nan"), float("inf"), 1.0]),), (torch.arange(30.0) * 1000,),
        (torch.arange(60.0).reshape(2, 30) * 1234.5,),
    ],
    "tokenised": [("Hello, world. Hello\nagain",), ("",)],
    "caesar": [("Hello, World!", 3), ("xyz", -30)],
    "built": [(0,), (50,), (600,)],
    "balanced": [("([])",), ("([)]",), ("(",), ("",)],
}  # fmt: skip
