"""Lists, dicts and strings beside the same work in C++ with std containers, g++ -O2; `work` repeats, so that a call's
own cost does not count."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

from programs import compile_source
from timing import least

PROGRAM = """
from typing import Dict, List, Tuple


def append_and_index(n: int) -> int:
    items: List[int] = []
    for i in range(n):
        items.append(i * i)
    total = 0
    for i in range(n):
        total += items[i] ^ i
    return total


def write_in_place(n: int) -> int:
    items = [0 for _ in range(n)]
    for k in range(8):
        for i in range(1, n):
            items[i] = items[i - 1] + (i ^ k)
    return items[n - 1]


def iterate(n: int) -> float:
    items: List[float] = []
    for i in range(n):
        items.append(i * 0.5)
    total = 0.0
    for x in items:
        total += x * 1.5
    return total


def sort(n: int) -> int:
    items: List[int] = []
    x = 12345
    for _ in range(n):
        x = (x * 1103515245 + 12345) & 2147483647
        items.append(x)
    items.sort()
    return items[n // 2]


def count_ints(n: int) -> int:
    counts: Dict[int, int] = {}
    x = 12345
    for _ in range(n):
        x = (x * 1103515245 + 12345) & 2147483647
        key = (x >> 8) % 1000
        if key in counts:
            counts[key] += 1
        else:
            counts[key] = 1
    total = 0
    for k, v in counts.items():
        total += k * v
    return total


def fill_ints(n: int) -> int:
    squares: Dict[int, int] = {}
    for i in range(n):
        squares[i * 7919] = i
    total = 0
    for i in range(n):
        total += squares[i * 7919]
    return total


def iterate_dict(n: int) -> int:
    squares: Dict[int, int] = {}
    for i in range(n // 16):
        squares[i * 7919] = i
    total = 0
    for _ in range(32):
        for k, v in squares.items():
            total += k ^ v
    return total


def count_words(n: int) -> int:
    words: List[str] = []
    for i in range(100):
        words.append("word" + str(i))
    counts: Dict[str, int] = {}
    for i in range(n):
        word = words[(i * 31) % 100]
        counts[word] = counts.get(word, 0) + 1
    total = 0
    for word, count in counts.items():
        total += len(word) * count
    return total


def build_string(n: int) -> int:
    text = ""
    for i in range(n):
        text += "ab"
        if i % 3 == 0:
            text += "-"
    return len(text)


def scan_string(n: int) -> int:
    text = ""
    for i in range(n):
        text += "ab "
    total = 0
    for c in text:
        if c == "b":
            total += 1
    return total


def sieve(n: int) -> int:
    composite = [False for _ in range(n)]
    count = 0
    for i in range(2, n):
        if not composite[i]:
            count += 1
            for k in range(i * i, n, i):
                composite[k] = True
    return count


def gcds(n: int) -> int:
    total = 0
    for i in range(1, n // 10):
        a = i
        b = 9240
        while b != 0:
            r = a % b
            a = b
            b = r
        total += a
    return total
"""
CPLUSPLUS = r"""
#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>
typedef int64_t I;
extern "C" {
I append_and_index(I n) {
    std::vector<I> items;
    for (I i = 0; i < n; i++) items.push_back(i * i);
    I total = 0;
    for (I i = 0; i < n; i++) total += items.at(i) ^ i;
    return total;
}
I write_in_place(I n) {
    std::vector<I> items(n, 0);
    for (I k = 0; k < 8; k++)
        for (I i = 1; i < n; i++) items.at(i) = items.at(i - 1) + (i ^ k);
    return items.at(n - 1);
}
double iterate(I n) {
    std::vector<double> items;
    for (I i = 0; i < n; i++) items.push_back(i * 0.5);
    double total = 0;
    for (double x : items) total += x * 1.5;
    return total;
}
I sort(I n) {
    std::vector<I> items;
    I x = 12345;
    for (I i = 0; i < n; i++) {
        x = (x * 1103515245 + 12345) & 2147483647;
        items.push_back(x);
    }
    std::stable_sort(items.begin(), items.end());
    return items.at(n / 2);
}
I count_ints(I n) {
    std::unordered_map<I, I> counts;
    I x = 12345;
    for (I i = 0; i < n; i++) {
        x = (x * 1103515245 + 12345) & 2147483647;
        I key = (x >> 8) % 1000;
        auto found = counts.find(key);
        if (found != counts.end()) found->second += 1;
        else counts[key] = 1;
    }
    I total = 0;
    for (auto &pair : counts) total += pair.first * pair.second;
    return total;
}
I fill_ints(I n) {
    std::unordered_map<I, I> squares;
    for (I i = 0; i < n; i++) squares[i * 7919] = i;
    I total = 0;
    for (I i = 0; i < n; i++) total += squares.at(i * 7919);
    return total;
}
I iterate_dict(I n) {
    std::unordered_map<I, I> squares;
    for (I i = 0; i < n / 16; i++) squares[i * 7919] = i;
    I total = 0;
    for (I k = 0; k < 32; k++)
        for (auto &pair : squares) total += pair.first ^ pair.second;
    return total;
}
I count_words(I n) {
    std::vector<std::string> words;
    for (I i = 0; i < 100; i++) words.push_back("word" + std::to_string(i));
    std::unordered_map<std::string, I> counts;
    for (I i = 0; i < n; i++) counts[words.at((i * 31) % 100)] += 1;
    I total = 0;
    for (auto &pair : counts) total += (I)pair.first.size() * pair.second;
    return total;
}
I build_string(I n) {
    std::string text;
    for (I i = 0; i < n; i++) {
        text += "ab";
        if (i % 3 == 0) text += "-";
    }
    return (I)text.size();
}
I scan_string(I n) {
    std::string text;
    for (I i = 0; i < n; i++) text += "ab ";
    I total = 0;
    for (char c : text) total += c == 'b';
    return total;
}
I sieve(I n) {
    std::vector<I> composite(n, 0); /* a bool takes a word in a list */
    I count = 0;
    for (I i = 2; i < n; i++) {
        if (composite[i]) continue;
        count++;
        for (I k = i * i; k < n; k += i) composite[k] = 1;
    }
    return count;
}
I gcds(I n) {
    I total = 0;
    for (I i = 1; i < n / 10; i++) {
        I a = i, b = 9240;
        while (b) { I r = a % b; a = b; b = r; }
        total += a;
    }
    return total;
}
}
"""
FUNCTIONS = (
    "sieve", "gcds", "append_and_index", "write_in_place", "iterate", "sort", "count_ints",
    "fill_ints", "iterate_dict", "count_words", "build_string", "scan_string",
)  # fmt: skip
SIZE = 20000


def run(folder: Path) -> None:
    compiler = shutil.which("g++")
    if compiler is None:
        print("containers: no g++")
        return
    model = compile_source(PROGRAM, folder, "containers", cpu="native")
    (folder / "containers.cpp").write_text(CPLUSPLUS)
    library = folder / "containers_cpp.so"
    command = [compiler, "-O2", "-std=c++17", "-shared", "-fPIC", "-o", library, folder / "containers.cpp"]
    subprocess.run(command, check=True)
    reference = ctypes.CDLL(str(library))
    print(f"loops and containers of {SIZE}: time over that of C++ with std containers, microseconds a call")
    for name in FUNCTIONS:
        ours, theirs = getattr(model, name), reference[name]
        theirs.argtypes, theirs.restype = [ctypes.c_int64], ctypes.c_double if name == "iterate" else ctypes.c_int64
        assert ours(SIZE) == theirs(SIZE), name
        contestants = {"aotjit": lambda f=ours: f(SIZE), "C++": lambda f=theirs: f(SIZE)}
        result = least(contestants)
        ratio, microseconds = result.ratio("aotjit", "C++"), result.seconds["aotjit"] * 1e6
        print(f"  {name:28s} {ratio:7.2f} x   {microseconds:10.1f}", flush=True)
