"""Programs with torch.jit.fork and wait; torch.jit is the oracle."""

# ruff: noqa
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor
from torch.jit import Future


def _work(x: Tensor, k: int = 2) -> Tensor:
    return torch.tanh(x * k) + k


def _count(n: int) -> Tuple[int, str]:
    total = 0
    for i in range(n):
        total += i
    return total, "n" + str(n)


def _fails(n: int) -> int:
    if n > 2:
        raise ValueError("too many")
    return n


def one(x: Tensor) -> Tensor:
    future = torch.jit.fork(_work, x)
    y = x + 1
    return torch.jit.wait(future) + y


def many(x: Tensor, n: int) -> Tuple[Tensor, int]:
    futures: List[Future[Tensor]] = []
    for i in range(n):
        futures.append(torch.jit.fork(_work, x, k=i))
    total = torch.zeros_like(x)
    for f in futures:
        total = total + torch.jit.wait(f)
    return total, len(futures)


def tuples(n: int) -> Tuple[int, str]:
    a = torch.jit.fork(_count, n)
    b = torch.jit.fork(_count, n + 1)
    x, s = torch.jit.wait(a)
    y, t = b.wait()
    return x + y, s + t


def failing(n: int) -> int:
    future = torch.jit.fork(_fails, n)
    return torch.jit.wait(future)


def caught_at_wait(n: int) -> int:
    """A task that fails fails where it is waited for, every time; one that nobody waits for fails nowhere."""
    total = 0
    unused = torch.jit.fork(_fails, n)
    future = torch.jit.fork(_fails, n - 3)
    total += torch.jit.wait(future)
    total += future.wait()
    if n == 4:
        total += unused.wait()
    return total


def _always(message: str) -> int:
    raise IndexError("no " + message)


def fails_always(n: int) -> int:
    future = torch.jit.fork(_always, "luck")
    if n > 0:
        return future.wait()
    return n


def _second_row(x: Tensor) -> Tensor:
    return x[1]


def _fill(x: Tensor, value: float) -> Tensor:
    x.mul_(0.0)
    x += value
    return x


def views(x: Tensor) -> Tuple[Tensor, Tensor]:
    """What a task gives back is what it was given: the row is x's own."""
    x = x.clone()
    row = torch.jit.fork(_second_row, x).wait()
    row += 10.0
    filled = torch.jit.fork(_fill, x[0], 5.0).wait()
    filled += 1.0
    return x, filled


def _append(items: List[int], k: int) -> List[int]:
    items.append(k)
    return items


def _same(items: List[int]) -> List[int]:
    return items


def _squares(n: int) -> List[int]:
    result: List[int] = []
    for i in range(n):
        result.append(i * i)
    return result


def lists(n: int) -> Tuple[List[int], List[List[int]], int]:
    items = [1, 2]
    own = torch.jit.fork(_append, items, n).wait()
    own.append(7)
    again = torch.jit.fork(_same, items)
    again.wait().append(8)
    rows: List[Future[List[int]]] = []
    for i in range(n):
        rows.append(torch.jit.fork(_squares, i))
    return items, [row.wait() for row in rows], len(torch.jit.fork(_same, items).wait())


class Account:
    def __init__(self, name: str, amount: float) -> None:
        self.name = name
        self.amount = amount
        self.history: List[Tuple[str, Tensor]] = []


def _open(name: str, amount: float) -> Account:
    account = Account(name, amount)
    account.history.append((name, torch.ones(2) * amount))
    return account


def _richest(accounts: List[Account]) -> Account:
    best = accounts[0]
    for account in accounts:
        if account.amount > best.amount:
            best = account
    return best


def objects(amounts: List[float]) -> Tuple[List[str], Tensor]:
    opened = [torch.jit.fork(_open, "a" + str(i), amounts[i]) for i in range(len(amounts))]
    accounts = [o.wait() for o in opened]
    best = torch.jit.fork(_richest, accounts).wait()
    best.name += "!"
    total = torch.zeros(2)
    for account in accounts:
        total += account.history[0][1]
    return [account.name for account in accounts], total


def _count_words(text: str, counts: Dict[str, int]) -> Dict[str, int]:
    result: Dict[str, int] = {}
    for word in text.split():
        result[word] = result.get(word, 0) + counts.get(word, 0) + 1
    return result


def dicts(texts: List[str]) -> Tuple[Dict[str, int], int]:
    base = {"a": 10}
    tasks = [torch.jit.fork(_count_words, text, base) for text in texts]
    total: Dict[str, int] = {}
    for task in tasks:
        for word, count in task.wait().items():
            total[word] = total.get(word, 0) + count
    return total, len(tasks)


def _leaf(x: Tensor, k: int) -> Tensor:
    return (x + k).sum()


def _tree(x: Tensor, n: int) -> Tensor:
    left = torch.jit.fork(_leaf, x, n)
    right = torch.jit.fork(_leaf, x * 2, n + 1)
    return left.wait() + right.wait()


def nested(x: Tensor, n: int) -> Tensor:
    tasks = [torch.jit.fork(_tree, x, i) for i in range(n)]
    total = torch.zeros([])
    for task in tasks:
        total = total + task.wait()
    return total


def _maybe(n: int) -> Optional[Tuple[int, str]]:
    if n > 0:
        return n, "n"
    return None


def optionals(n: int) -> int:
    result = torch.jit.fork(_maybe, n).wait()
    if result is None:
        return -1
    return result[0] + len(result[1])


def passed_on(n: int) -> int:
    """A future that a function gets, and one that it gives."""
    return _take(torch.jit.fork(_fails, n)) + _give(n).wait()


def _take(future: Future[int]) -> int:
    return future.wait() + 1


def _give(n: int) -> Future[int]:
    return torch.jit.fork(_fails, n - 1)


NOT_FOR_TORCH: List[str] = []
CASES = {
    "one": [(torch.tensor([1.0, -2.0]),)],
    "many": [(torch.tensor([1.0, -2.0]), 0), (torch.tensor([1.0, -2.0]), 3), (torch.tensor([1.0, -2.0]), 40)],
    "tuples": [(3,)],
    "failing": [(1,), (3,)],
    "caught_at_wait": [(1,), (3,), (4,), (5,), (6,)],
    "fails_always": [(0,), (1,)],
    "views": [(torch.arange(6.0).reshape(2, 3),)],
    "lists": [(0,), (20,)],
    "objects": [([1.0, 5.0, 2.0],), ([3.0],)],
    "dicts": [(["a b a", "", "b c"],)],
    "nested": [(torch.tensor([1.0, -2.0]), 0), (torch.tensor([1.0, -2.0]), 9)],
    "optionals": [(0,), (4,)],
    "passed_on": [(1,), (3,), (4,)],
}
