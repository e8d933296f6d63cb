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


TEXTS = ["", "a", "ab(1 2)bz\tA", "aabbbz", "abcdefghijklmnopq", "  x y  ", "((9))"]
LITERALS = ["", "a", "ab", "abc", "abd", "abcd", "abcde", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop",
            "abcdefghijklmnopq", "b"]  # fmt: skip
ACCENTS = ["\u00e9", "a\u00e9b\u00fc(\u00e9)z", "\u4e2d\u6587 a1", "\U0001f600a\U0001f600", "\u00e9\u00fc",
           "abcdefghi\u00e9", " \t\u00e9 \t"]  # fmt: skip

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
}
OTHER: Dict[str, List[Tuple[Any, ...]]] = {
    **{name: [(s,) for s in ACCENTS] for name in ("marked", "kept", "runs", "equal_to_literals", "passed_on", "words")},
    "at": [(s, i) for s in ACCENTS for i in (0, 2, -1, -3, 100)],
    "pieces": [(s, n) for s in ACCENTS for n in (1, 4)],
    "grown": [(n, s) for n in (5, 200) for s in ACCENTS],
    "trimmed": [(s, c) for s in ACCENTS for c in ("", "\u00e9", "\u00fc z\u00e9")],
}
