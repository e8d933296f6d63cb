"""Characters of texts and texts that grow: torch.jit compiles this file too, with the ASCII texts of `CASES`; with
those of `OTHER` Python itself says what is right (torch counts bytes)."""

# ruff: noqa: UP006, UP035, SIM300, RUF060  (typing's names, as most such programs have them; each order of operands)
from typing import Any, Dict, List, Tuple


def kinds(s: str) -> List[int]:
    """Only numbers of characters are asked for."""
    counts = [0, 0, 0, 0, 0, 0, 0, 0]
    for c in s:
        if c == "a":
            counts[0] += 1
        elif c == "\u00e9":
            counts[1] += 1
        elif c in "+-*/()":
            counts[2] += 1
        elif c.isdigit() or c.isspace():
            counts[3] += ord(c)
        elif c != "b" and c.isalpha() and c.islower():
            counts[4] += 1
        if c == "ab" or c == "":
            counts[5] += 1
        if c.isupper() or c.isalnum():
            counts[6] += 1
        if "z" == c:
            counts[7] += 1
    return counts


def marked(s: str) -> List[int]:
    counts = [0, 0, 0, 0]
    for c in s:
        if c == "\u00e9" or c == "a":
            counts[0] += 1
        if c in "(\u00fc\u4e2d\U0001f600":
            counts[1] += 1
        if c != s[0]:
            counts[2] += ord(c)
        if c == "\u00e9\u00fc" or c in "":
            counts[3] += 1
    return counts


def kept(s: str) -> Tuple[List[str], Dict[str, int], str]:
    """Numbers of characters and their objects too."""
    stack: List[str] = []
    counts: Dict[str, int] = {}
    last = "none"
    for i in range(len(s)):
        c = s[i]
        if c == "(" or c == "\u00fc" or c.isdigit():
            stack.append(c)
        counts[c] = counts.get(c, 0) + 1
        if c != last:
            last = c
    return stack, counts, last


def at(s: str, i: int) -> Tuple[str, int, bool, bool]:
    return s[i], ord(s[i]), s[i] == s[-1], s[i] == s[0] and s[i] != "x"


def runs(s: str) -> List[Tuple[str, int]]:
    out: List[Tuple[str, int]] = []
    i = 0
    while i < len(s):
        j = i
        while j < len(s) and s[j] == s[i]:
            j += 1
        out.append((s[i], j - i))
        i = j
    return out


def pieces(s: str, n: int) -> List[str]:
    out: List[str] = []
    for i in range(n):
        out.append(s[i:])
        out.append(s[:-i] if i > 0 else s)
        out.append(s[i : i + 1])
        out.append(s[i : n + i])
        out.append(s[:])
    return out


def equal_to_literals(s: str) -> List[bool]:
    return [
        s == "", s == "a", s == "ab", s == "abc", s == "abcd", s == "abcde", s == "abcdefg", s == "abcdefgh",
        s == "abcdefghi", s == "abcdefghijklmnop", s == "abcdefghijklmnopq", "\u00e9\u00fc" == s, s != "abc",
        "abd" == s, s == "abcdefghi\u00e9", "abc" == "abc",
    ]  # fmt: skip


def grown(n: int, part: str) -> Tuple[str, int, List[str], Dict[str, int]]:
    """What others hold of a text stays as it is when the text grows."""
    text = ""
    before: List[str] = []
    lengths: Dict[str, int] = {}
    for i in range(n):
        if i % 7 == 3:
            before.append(text)
        if i % 5 == 4:
            lengths[text] = len(text)
        text += part
        text += "."
    other = text
    other += "!"
    text = text + text
    text += text
    return text, len(other), before, lengths


def hashed_again(words: List[str]) -> Dict[str, int]:
    """A text has been a key before it grew."""
    found: Dict[str, int] = {}
    key = "k"
    for w in words:
        found[key] = found.get(key, 0) + 1
        key += w
        if key in found:
            found[key] += 10
        key = key[1:] + "k"
    return found


def passed_on(s: str) -> Tuple[str, str, List[str]]:
    """An argument is the caller's: it does not grow."""
    t = s
    t += "x"
    u = s + ""
    u += "y"
    v = s.strip()
    v += "z"
    return t, u, [s, v, s.split("no such")[0] + "w"]


def trimmed(s: str, chars: str) -> List[str]:
    return [s.strip(), s.strip(chars), s.lstrip(chars), s.rstrip(chars)]


def words(s: str) -> Tuple[List[str], Dict[str, int]]:
    known = {"a": 1, "ab": 2, "abc": 3, "abcd": 4, "abcdefg": 7, "abcdefgh": 8, "abcdefghi": 9, "\u00e9": 10, "": 0}
    found: Dict[str, int] = {}
    out: List[str] = []
    for word in s.split(" "):
        for end in range(len(word) + 1):
            piece = word[:end]
            if piece in known:
                found[piece] = known[piece] + end
        out.append(word + "#" + word[::-1])
    return out, found


def looked_at(text: str, mark: str) -> Tuple[List[int], Dict[str, int], List[str]]:
    """Parts of texts that nobody keeps, in chains, branches and loops; a dict keeps copies of some."""
    numbers: List[int] = []
    counts: Dict[str, int] = {"": 100, "ab": 7}
    kept: List[str] = []
    for line in text.split("\n"):
        head, middle, tail = line.partition(mark)
        left, _, right = line.strip().rpartition(mark)
        key = head.strip().lower()
        counts[key] = counts.get(key, 0) + len(middle) + 1
        counts[line] = len(tail)
        piece = right[1:] if len(right) > 3 else ("##" + left[:2] if len(left) > 2 else mark)
        if piece in counts and piece != mark:
            numbers.append(counts[piece])
        other = tail
        if piece.startswith(mark):
            other = (tail + "<" + piece + ">").lower()
            if other.find(mark) >= 0 or other == "<>":
                numbers.append(-1)
        numbers.append(len(other) * 10 + len(piece))
        for i in range(len(line)):
            rest = line[i:]
            numbers.append(rest.count(mark) + rest.find("b"))
            if rest[:1] == "b" and i % 2 == 0:
                kept.append(rest)
            counts[rest[1:3]] = i
        fields = line.split(mark)
        if len(fields) > 1 and fields[-1] < fields[0]:
            numbers.append(ord(fields[-1][0]) if len(fields[-1]) > 0 else 0)
        kept.append(f"{head}|{right}|{key}")
    return numbers, counts, kept


def long_parts(text: str, times: int) -> Tuple[Dict[str, int], List[int]]:
    """Texts that are too long for the function's frame."""
    counts: Dict[str, int] = {}
    found: List[int] = []
    long = text
    for i in range(times):
        long = long + text + str(i)
        name = ("<" + long).lower() + ">"
        counts[name] = counts.get(name, 0) + i
        counts[long[1:-1].strip()] = len(name)
        if name[1:-1] in counts or long.upper() == name:
            found.append(len(long.split(text)[0]))
        found.append(len(name) + (1 if (long + ".").endswith("9.") else 0))
    return counts, found


def wandering(text: str, step: int) -> Tuple[int, List[str], str]:
    """Characters, slices and searches all over a long text, while other long texts come and go."""
    total = 0
    found: List[str] = []
    last = ""
    at = 3
    for i in range(40):
        at = (at * step + 11) % len(text)
        total += ord(text[at]) * (i + 1) + ord(text[-1 - at])
        part = text[at:]
        if len(part) > 90 and part[90] != text[0]:
            total += ord(part[90]) + len((part + text)[at:-1])
        last = part + text[:at]
        found.append(text[at : at + 3] + last[len(last) // 2])
        total += text.find(last[1:3], at) + text.count(part[:1], 0, at)
    for i in range(len(text)):
        total += ord(text[len(text) - 1 - i]) * i
    for c in last:
        total = total * 31 % 1000003 + ord(c)
    return total, found, last[:9]


def last_piece(text: str, i: int) -> Tuple[str, int, str]:
    """Pieces by number, of which some are not there."""
    lines = text.splitlines()
    first = text.split("b")[i]
    same = first == lines[i]
    return first + "!", len(lines[i]) + int(same), (first.strip() + lines[0].lower())[1:]


def numbers_in(text: str) -> Tuple[List[int], float]:
    total = 0.0
    found: List[int] = []
    for line in text.split(";"):
        name, _, value = line.partition("=")
        if name.strip() == "x":
            found.append(int(value.strip()))
        elif len(value) > 0:
            total += float(value)
    return found, total


TEXTS = ["", "a", "ab(1 2)bz\tA", "aabbbz", "abcdefghijklmnopq", "  x y  ", "((9))"]
LITERALS = ["", "a", "ab", "abc", "abd", "abcd", "abcde", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop",
            "abcdefghijklmnopq", "b"]  # fmt: skip
ACCENTS = ["\u00e9", "a\u00e9b\u00fc(\u00e9)z", "\u4e2d\u6587 a1", "\U0001f600a\U0001f600", "\u00e9\u00fc",
           "abcdefghi\u00e9", " \t\u00e9 \t"]  # fmt: skip

PARAGRAPHS = ["", "ab", "Ab = b\n a=b=cab\n\nb ab = abab ", "no mark\nabcdefghijklmnopqrstuvwxyz=" + "abc" * 40]

CASES: Dict[str, List[Tuple[Any, ...]]] = {
    "kinds": [(s,) for s in TEXTS],
    "marked": [(s,) for s in TEXTS],
    "kept": [(s,) for s in TEXTS],
    "at": [(s, i) for s in TEXTS for i in (0, 2, -1, -3, 100)],
    "runs": [(s,) for s in TEXTS],
    "pieces": [(s, n) for s in TEXTS for n in (1, 4)],
    "equal_to_literals": [(s,) for s in LITERALS],
    "grown": [(n, p) for n in (0, 5, 30, 400) for p in ("", "a", "abcdefghijkl")],
    "hashed_again": [(["a", "b", "", "a", "b", "abcdefgh"],)],
    "passed_on": [(s,) for s in TEXTS],
    "trimmed": [(s, c) for s in TEXTS for c in ("", "a", " (", "z)A")],
    "words": [(s,) for s in TEXTS],
    "looked_at": [(s, m) for s in PARAGRAPHS for m in ("=", "b", "ab")],
    "long_parts": [("aB b", 12), ("abcdefghijklmnopqrstuvwxyz0123456789" * 3, 4), ("c", 0)],
    "wandering": [("abc, defg; " * 30, 7), ("x", 2)],
    "last_piece": [(s, i) for s in PARAGRAPHS for i in (0, 1, -1, 5)],
    "numbers_in": [("x=1;y=2.5;x= -3 ;z=1e3",), ("x=one",), ("x=2;y=two",), ("",)],
}
OTHER: Dict[str, List[Tuple[Any, ...]]] = {
    **{name: [(s,) for s in ACCENTS] for name in ("marked", "kept", "runs", "equal_to_literals", "passed_on", "words")},
    "at": [(s, i) for s in ACCENTS for i in (0, 2, -1, -3, 100)],
    "pieces": [(s, n) for s in ACCENTS for n in (1, 4)],
    "grown": [(n, s) for n in (5, 200) for s in ACCENTS],
    "looked_at": [(s, m) for s in ("\n".join(ACCENTS), "\u00e9b=\u00fcb\u00e9ab") for m in ("=", "\u00e9", "b")],
    "long_parts": [("\u00e9B b", 30)],
    "wandering": [("".join(ACCENTS) * n, step) for n in (1, 4, 40) for step in (1, 7, 101)],
    "last_piece": [("\n".join(ACCENTS), i) for i in (0, 1, -1, 50)],
    "trimmed": [(s, c) for s in ACCENTS for c in ("", "\u00e9", "\u00fc z\u00e9")],
}
