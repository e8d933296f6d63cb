"""Programs with dicts, for tests.e2e.agreement."""

# ruff: noqa
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor


def literals(x: int, s: str):
    empty: Dict[str, float] = {}
    return {"a": x, s: 2}, {x: "one", 2: s}, {1.5: x}, {True: s}, empty, {"t": [x], "u": [1]}


def subscripts(d: Dict[str, int], k: str) -> Tuple[int, Dict[str, int]]:
    d[k] = 5
    d["new"] = d[k] + d["a"]
    d["a"] += 7
    return d[k], d


def missing(d: Dict[str, int], k: str) -> int:
    return d[k]


def missing_int(d: Dict[int, float], k: int) -> float:
    return d[k]


def missing_float(d: Dict[float, str], k: float) -> str:
    return d.pop(k)


def membership(d: Dict[int, str], k: int) -> Tuple[bool, bool, int, bool, bool]:
    return k in d, k not in d, len(d), k in d.keys(), not d


def getting(d: Dict[str, int], k: str):
    x = d.get(k)
    if x is None:
        return -1, d.get(k, 9)
    return x, d.get(k, 9)


def getting_lists(d: Dict[str, List[int]], k: str) -> int:
    x = d.get(k)
    if x is not None:
        x.append(1)
    return len(d.get(k, [1, 2, 3, 4]))


def getting_optional(d: Dict[str, Optional[int]], k: str) -> int:
    x = d.get(k)
    return -1 if x is None else x


def popping(d: Dict[str, int], k: str):
    a = d.pop(k, 100)
    b = d.pop("a")
    k2, v2 = d.popitem()
    return a, b, k2, v2, d


def popitem_until_empty(n: int) -> List[int]:
    d: Dict[int, int] = {}
    for i in range(n):
        d[i * 7 % 13] = i
    r: List[int] = []
    while len(d) > 0:
        k, v = d.popitem()
        r.append(k * 100 + v)
    d.popitem() if n > 100 else (1, 2)
    return r


def popitem_of_empty() -> Tuple[str, int]:
    d: Dict[str, int] = {}
    return d.popitem()


def setdefaults(words: List[str]) -> Dict[str, List[int]]:
    d: Dict[str, List[int]] = {}
    for i, w in enumerate(words):
        d.setdefault(w, torch.jit.annotate(List[int], [])).append(i)
    return d


def updating(a: Dict[str, int], b: Dict[str, int]):
    a.update(b)
    a.update(a)
    return a, b


def copies():
    d = {"a": [1]}
    e = d.copy()
    f = dict(d)
    e["b"] = [2]
    e["a"].append(5)
    return d, e, f


def cleared(d: Dict[str, Tensor]):
    e = d
    e.clear()
    e["x"] = torch.ones(2)
    return d


def deleting(d: Dict[str, int]):
    del d["a"]
    d["a"] = 9
    return d


def deleting_what_is_missing(d: Dict[str, int], k: str):
    del d[k]
    return d


def deleting_items(a: List[int]):
    del a[0], a[-1]
    return a


def deleting_names(x: int):
    y = x + 1
    del x
    return y


def augmented(x: Tensor, n: int):
    lists, tensors = {"a": [1]}, {"a": x}
    kept, kept_tensor = lists["a"], tensors["a"]
    lists["a"] += [5]
    tensors["a"] += 1
    nested = [[1], [2]]
    first = nested[0]
    nested[0] += [n]
    counts = {"a": 1, "b": 2}
    counts["a"] -= n
    counts["b"] *= n
    shifted = {1: 5}
    shifted[1] <<= 2
    shifted[1] |= 1
    return lists, kept, tensors["a"], kept_tensor, nested, first, counts, shifted


def iterating(d: Dict[int, str]):
    r: List[int] = []
    for k in d:
        r.append(k)
    for k, v in d.items():
        r.append(len(v) + k)
    for i, k in enumerate(d):
        r.append(i * 100 + k)
    for k, v in zip(d, d.values()):
        r.append(k + len(v))
    for i, (k, v) in enumerate(d.items()):
        r.append(k + i)
    for v in d.values():
        r.append(len(v))
    return r, list(d), list(d.keys()), list(d.values()), list(d.items()), [k + 1 for k in d]


def changed_while_iterating(d: Dict[int, int]):
    for k in d:
        d[k + 10] = k
    return d


def comprehensions(n: int, words: List[str]):
    return {i: i * i for i in range(n)}, {w: len(w) for w in words}, {k: v for k, v in [(1, 2.0), (3, 4.0)]}, {
        i: [j for j in range(i)] for i in range(n)
    }


def constructors(pairs: List[Tuple[int, str]]):
    a: Dict[int, int] = dict()
    return dict(pairs), dict(a=1, b=2), dict({"a": 1}, b=2), dict(zip([1, 2], ["a", "b"])), a, dict([("a", 1)])


def nested() -> Dict[str, Dict[int, List[str]]]:
    d: Dict[str, Dict[int, List[str]]] = {}
    d["x"] = {1: ["q"]}
    d["x"][1].append("w")
    for k, inner in d.items():
        inner[5] = [k]
    return d


def aliases():
    d = {"a": 1}
    l = [d, d]
    l[0]["b"] = 2
    t = (d, 5)
    t[0]["c"] = 3
    return d, l


def order(n: int) -> List[int]:
    d: Dict[int, int] = {}
    for i in range(n):
        d[i * 1103515245 % 65536] = i
    for i in range(0, n, 3):
        del d[i * 1103515245 % 65536]
    for i in range(n, n + 20):
        d[i] = i
    return list(d.keys())


def floats_as_keys(x: float):
    n = float("nan")
    d = {n: 1, 0.0: 1}
    d[-0.0] = 5
    d[x] = 7
    return len(d), n in d, 0.0 in d, d[x], -0.0 in d


def tensors_as_values(x: Tensor, n: int) -> Tensor:
    d: Dict[str, Tensor] = {}
    for i in range(n):
        d[str(i)] = x * i
    total = torch.zeros_like(x)
    for k, v in d.items():
        total = total + v
    d["0"] += 1
    found = d.get("1")
    if found is not None:
        total += found
    return total + d["0"]


def tensors_written_through(x: Tensor):
    y = x.clone()
    d = {"a": y, "b": y[0]}
    d["a"][0] = 5.0
    d["b"] += 1
    y.mul_(2)
    return d["a"], d["b"], y


def tuples_as_values():
    d = {"a": (1, "x"), "b": (2, "y")}
    n, s = d["a"]
    d["c"] = (n + 1, s + "z")
    return d, d["c"][1], d.get("q")


def truth(d: Dict[str, int], l: List[int], s: str) -> Tuple[int, bool, bool, bool]:
    n = 0
    while d:
        d.popitem()
        n += 1
    return n if d or l else -1, bool(l), not s, bool(d)


def printing(d: Dict[str, float], x: Tensor):
    e: Dict[str, int] = {}
    print(d, {1: "x"}, {True: [1, 2]}, {1.5: (1, "q")}, e)
    print([d], (d,), str(d), {"t": x.size(0)})
    return f"{d} {e}", "{}".format([{"k": ["v"]}])


def optional_dict(d: Optional[Dict[str, int]], k: str) -> int:
    if d is None or k not in d:
        return 0
    return d[k]


def counted(words: List[str]) -> List[Tuple[str, int]]:
    counts: Dict[str, int] = {}
    for w in words:
        if w in counts:
            counts[w] += 1
        else:
            counts[w] = 1
    best: List[Tuple[str, int]] = []
    for w, n in counts.items():
        if n > 1:
            best.append((w, n))
    return best


def memoised(n: int) -> int:
    memo: Dict[int, int] = {0: 0, 1: 1}
    for i in range(2, n + 1):
        memo[i] = memo[i - 1] + memo[i - 2]
    return memo[n]


def reachable(edges: List[Tuple[int, int]], start: int) -> List[int]:
    neighbours: Dict[int, List[int]] = {}
    for a, b in edges:
        neighbours.setdefault(a, torch.jit.annotate(List[int], [])).append(b)
        neighbours.setdefault(b, torch.jit.annotate(List[int], [])).append(a)
    seen = {start: True}
    todo = [start]
    while len(todo) > 0:
        for n in neighbours.get(todo.pop(0), torch.jit.annotate(List[int], [])):
            if n not in seen:
                seen[n] = True
                todo.append(n)
    return list(seen.keys())


def updated_in_branches(b: bool) -> Dict[str, int]:
    d = {"a": 1}
    if b:
        d["b"] = 2
    else:
        d = {"c": 3}
    return d


def ended_early(d: Dict[str, int]) -> str:
    for k, v in d.items():
        if v > 1:
            return k
        if v < 0:
            break
    return "none"


def tensor_keys(a: Tensor):
    b = a.view(3)
    d: Dict[Tensor, int] = {}
    d[a] = 1
    d[b] = 2
    d[a] = d[a] + 10
    print(d)
    found = a in d, b in d, a.detach() in d, a.data in d, a.contiguous() in d, a.flatten() in d, a[:2] in d
    return list(d.values()), found, d[a], d.get(b), d.get(a + 1), d.get(a + 1, 7), f"{d}"


def equal_tensors_are_two_keys(x: Tensor):
    a = torch.ones(3)
    b = torch.ones(3)
    d = {a: 1, b: 2}
    e = {a: 1}
    y = x
    f = {x: 1}
    x += 1
    f[x] = 4
    y.add_(3)
    f[y] = 6
    return len(d), b in e, a in e, a is b, list(f.values()), list(f.keys()), torch.tensor(3) in {torch.tensor(3): 1}


def keys_of_tensors(x: Tensor):
    d = {x: x * 2, x + 1: x * 3}
    total = torch.zeros(3)
    for k, v in d.items():
        total += k * v
    for k in d:
        total = total + k.sum()
    for k in d.keys():
        total = total - k.mean()
    held: Dict[Tensor, List[Tensor]] = {}
    held[x] = [x]
    held[x].append(x + 1)
    for k, w in held.items():
        for v in w:
            total = total + v * k
    return total


def methods_of_tensor_keys(x: Tensor):
    d = {k: i for i, k in enumerate([x, x + 1, x])}
    e = dict([(x, 1), (x + 2, 2)])
    f = d.copy()
    f.update(e)
    v = f.setdefault(x, 9)
    del f[x]
    w = d.pop(x)
    k, u = d.popitem()
    e.clear()
    return len(d), len(e), list(f.values()), v, w, k, u


def missing_tensor_key(x: Tensor):
    d = {x: 1}
    return d[x + 1]


def device_keys(x: Tensor):
    d = {torch.device("cpu"): 1, x.device: 2}
    print(d)
    return len(d), str(d)


def constant_tables(k: str, i: int, x: float) -> Tuple[int, List[str], List[int], bool, float, str]:
    """Literals that nobody writes to."""
    ranks = {"+": 1, "*": 2, "": 3, "as long as it gets": 4, "\u00e9": 5, "+": 6}
    names = {0: "zero", -1: "minus one", 1099511627776: "many", 3: "three", 4: "", 5: "five", 6: "six", 7: "seven"}
    sizes = {"a": (1, 0.5, "x"), k: (2, x, k)}
    primes = [2, 3, 5, 7]
    words = ["x", "yz", ""]
    found = names[i] if i in names else words[i % 3]
    total = ranks.get(k, 100) + primes[i % 4] + len(ranks) + len(names)
    for p in primes:
        total += p
    for w in words:
        total += len(w)
    return total, list(ranks.keys()), list(names.keys()), k in words, sizes[k][1], found


def constant_missing(k: str) -> int:
    return {"a": 1, "b": 2}[k]


def constants_kept(n: int) -> Tuple[List[Dict[str, int]], List[List[int]], Dict[str, int]]:
    """Literals that are given away: each is an object of its own."""
    dicts: List[Dict[str, int]] = []
    lists: List[List[int]] = []
    for i in range(n):
        dicts.append({"a": 1})
        lists.append([1, 2])
        lists[0][0] += i
        dicts[0]["b"] = i
    other = {"x": 1}
    copied = other.copy()
    copied["y"] = n
    return dicts, lists, copied


CASES = {
    **{name: [(torch.ones(3),)] for name in (
        "tensor_keys", "equal_tensors_are_two_keys", "keys_of_tensors", "methods_of_tensor_keys", "missing_tensor_key",
        "device_keys",
    )},
    "constant_tables": [("+", 2, 1.5), ("", -1, 0.0), ("\u00e9", 3, 2.5), ("none", 2**40, 2.5), ("yz", 8, 1.0)],
    "constant_missing": [("a",), ("c",)],
    "constants_kept": [(0,), (3,)],
    "literals": [(3, "s"), (3, "a"), (2, "é")],
    "subscripts": [({"a": 1}, "b"), ({"a": 1}, "a"), ({"b": 1}, "c")],
    "missing": [({"a": 1}, "a"), ({"a": 1}, "b"), ({}, "b")],
    "missing_int": [({1: 1.5}, 1), ({1: 1.5}, 2)],
    "missing_float": [({1.0: "x"}, 1.0), ({1.0: "x"}, 0.1)],
    "membership": [({1: "x"}, 1), ({1: "x"}, 2), ({}, 0), ({0: "", -1: "", 2**62: ""}, -1)],
    "getting": [({"a": 1}, "a"), ({"a": 1}, "b")],
    "getting_lists": [({"a": [1]}, "a"), ({"a": [1]}, "b")],
    "getting_optional": [({"a": 1, "b": None}, "a"), ({"a": 1, "b": None}, "b"), ({"a": 1, "b": None}, "c")],
    "popping": [({"a": 1, "b": 2, "c": 3}, "b"), ({"a": 1, "b": 2}, "q"), ({"b": 2}, "q"), ({"a": 2}, "q")],
    "popitem_until_empty": [(0,), (5,), (40,)],
    "popitem_of_empty": [()],
    "setdefaults": [(["a", "b", "a"],), ([],)],
    "updating": [({"a": 1, "b": 2}, {"b": 5, "c": 6}), ({}, {})],
    "copies": [()],
    "cleared": [({"a": torch.zeros(3)},)],
    "deleting": [({"a": 1, "b": 2},), ({},)],
    "deleting_what_is_missing": [({"a": 1, "b": 2}, "b"), ({"a": 1}, "c")],
    "deleting_items": [([1, 2, 3],), ([1],)],
    "deleting_names": [(3,)],
    "augmented": [(torch.zeros(2), 3)],
    "iterating": [({3: "a", 1: "bc"},), ({},)],
    "changed_while_iterating": [({1: 1, 2: 2},)],
    "comprehensions": [(0, []), (4, ["x", "yz", "x"])],
    "constructors": [([(1, "a"), (1, "b")],), ([],)],
    "nested": [()],
    "aliases": [()],
    "order": [(1,), (50,), (1000,)],
    "floats_as_keys": [(1.5,), (0.0,)],
    "tensors_as_values": [(torch.arange(3.0), 3)],
    "tensors_written_through": [(torch.arange(3.0),)],
    "tuples_as_values": [()],
    "truth": [({"a": 1, "b": 2}, [1], "x"), ({}, [], "")],
    "printing": [({"a": 1.0, "b": 2.5}, torch.zeros(2))],
    "optional_dict": [(None, "a"), ({"a": 1}, "a"), ({"a": 1}, "b")],
    "counted": [(["a", "b", "a", "c", "b", "a"],), ([],)],
    "memoised": [(1,), (50,)],
    "reachable": [([(1, 2), (2, 3), (4, 5), (3, 1)], 1), ([], 7)],
    "updated_in_branches": [(True,), (False,)],
    "ended_early": [({"a": 1, "b": 2},), ({"a": -1, "b": 2},), ({},)],
}
