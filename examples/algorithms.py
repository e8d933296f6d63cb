"""Algorithms with control flow that depends on data, as programs for torch.jit have them: lists, dicts, strings and
tensors together."""

# ruff: noqa: UP006, UP035  (typing's names, as most such programs have them)
from typing import Dict, List, Tuple

import torch
from torch import Tensor


def non_maximum_suppression(boxes: Tensor, scores: Tensor, threshold: float) -> List[int]:
    """The boxes [n, 4] (x0, y0, x1, y1) that overlap none of higher score by more than the threshold, best first."""
    kept: List[int] = []
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = scores.argsort(descending=True)
    while order.numel() > 0:
        best = int(order[0])
        kept.append(best)
        rest = order[1:]
        low = torch.max(boxes[rest, :2], boxes[best, :2])
        high = torch.min(boxes[rest, 2:], boxes[best, 2:])
        sides = (high - low).clamp(min=0.0)
        overlap = sides[:, 0] * sides[:, 1]
        order = rest[overlap <= threshold * (areas[rest] + areas[best] - overlap)]
    return kept


def decode_ctc(logits: Tensor, lengths: List[int], alphabet: str) -> List[str]:
    """The best path through logits [time, batch, 1 + letters]: repeated letters and blanks (class 0) are dropped."""
    best = logits.argmax(2)
    texts: List[str] = []
    for i, length in enumerate(lengths):
        last = 0
        letters: List[str] = []
        for t in range(length):
            letter = int(best[t, i])
            if letter != last and letter != 0:
                letters.append(alphabet[letter - 1])
            last = letter
        texts.append("".join(letters))
    return texts


def tokenize(text: str, vocabulary: Dict[str, int]) -> Tuple[List[int], Dict[str, int]]:
    """Words are cut into the longest pieces of the vocabulary (those inside a word begin with ##); 0 is what has none.
    Also how often each word occurs."""
    tokens: List[int] = []
    counts: Dict[str, int] = {}
    for raw in text.split():
        word = raw.strip(".,;:!?").lower()
        counts[word] = counts.get(word, 0) + 1
        start = 0
        while start < len(word):
            end = len(word)
            found = -1
            while end > start:
                piece = word[start:end] if start == 0 else "##" + word[start:end]
                if piece in vocabulary:
                    found = vocabulary[piece]
                    break
                end -= 1
            if found < 0:
                tokens.append(0)
                break
            tokens.append(found)
            start = end
    return tokens, counts


def _laplacian(x: Tensor) -> Tensor:
    """The matrix (-1, 2, -1) times x, plus x / 10."""
    y = 2.1 * x
    y[1:] -= x[:-1]
    y[:-1] -= x[1:]
    return y


def conjugate_gradient(b: Tensor, tolerance: float, most: int) -> Tuple[Tensor, int]:
    """Solves A x = b for the matrix of `_laplacian`, which is never built; x and the number of steps."""
    x = torch.zeros_like(b)
    residual = b - _laplacian(x)
    direction = residual.clone()
    size = float(residual.dot(residual))
    steps = 0
    while size > tolerance * tolerance and steps < most:
        image = _laplacian(direction)
        length = size / float(direction.dot(image))
        x += length * direction
        residual -= length * image
        before = size
        size = float(residual.dot(residual))
        direction = residual + (size / before) * direction
        steps += 1
    return x, steps


def evaluate(text: str) -> int:
    """An expression of whole numbers, + - * and brackets, by two stacks (Dijkstra's shunting yard)."""
    values: List[int] = []
    operators: List[str] = []
    rank = {"+": 1, "-": 1, "*": 2, "(": 0}
    number = -1
    for c in text + ")":
        if c.isdigit():
            number = max(number, 0) * 10 + ord(c) - 48
            continue
        if number >= 0:
            values.append(number)
            number = -1
        if c == "(":
            operators.append(c)
        elif c == ")" or c in rank:
            least = rank.get(c, 1)
            while len(operators) > 0 and rank[operators[-1]] >= least:
                b = values.pop()
                a = values.pop()
                operator = operators.pop()
                values.append(a + b if operator == "+" else (a - b if operator == "-" else a * b))
            if c != ")":
                operators.append(c)
            elif len(operators) > 0:
                operators.pop()
        elif c != " ":
            raise ValueError(f"unexpected {c}")
    return values[0]


def parse_settings(text: str) -> Dict[str, List[float]]:
    """Lines of `name = number, number`; # begins a comment."""
    settings: Dict[str, List[float]] = {}
    for line in text.splitlines():
        body = line.split("#")[0].strip()
        if "=" not in body:
            continue
        name, _, values = body.partition("=")
        numbers: List[float] = []
        for value in values.split(","):
            numbers.append(float(value))
        settings[name.strip().lower()] = numbers
    return settings


def balance(text: str) -> Tuple[bool, int]:
    """Do the brackets match, and how deep are they?"""
    partner = {")": "(", "]": "[", "}": "{"}
    stack: List[str] = []
    deepest = 0
    for c in text:
        if c == "(" or c == "[" or c == "{":
            stack.append(c)
            deepest = max(deepest, len(stack))
        elif c in partner and (len(stack) == 0 or stack.pop() != partner[c]):
            return False, deepest
    return len(stack) == 0, deepest


def parse_all(texts: List[str]) -> List[str]:
    """Each text by the parser that its first character asks for."""
    results: List[str] = []
    for text in texts:
        kind, rest = text[0], text[1:]
        if kind == "=":
            results.append(str(evaluate(rest)))
        elif kind == "#":
            for name, numbers in parse_settings(rest).items():
                results.append(f"{name} {len(numbers)} {sum(numbers)}")
        else:
            ok, depth = balance(text)
            results.append(f"{ok} {depth}")
    return results


def simulate(steps: int, machines: int) -> Tuple[List[int], int]:
    """Machines take turns: a queue of events (time, machine, what), kept sorted. How often each has worked, and when
    the last event was."""
    queue: List[Tuple[int, int, str]] = []
    for i in range(machines):
        queue.append((i % 3, i, "start"))
    queue.sort()
    worked: List[int] = [0 for _ in range(machines)]
    now = 0
    for _ in range(steps):
        now, machine, what = queue.pop(0)
        if what == "start":
            event = (now + 2 + machine % 4, machine, "end")
        else:
            worked[machine] += 1
            event = (now + 1, machine, "start")
        low = 0
        high = len(queue)
        while low < high:
            middle = (low + high) // 2
            time, number, _kind = queue[middle]
            if time < event[0] or (time == event[0] and number < event[1]):
                low = middle + 1
            else:
                high = middle
        queue.insert(low, event)
    return worked, now


def _smooth(x: Tensor, times: int) -> Tensor:
    for _ in range(times):
        x = (x + x.roll(1)) * 0.5
    return x


def smooth_all(rows: List[Tensor], times: int) -> Tensor:
    """Each row as a task of its own; what they give, added up."""
    tasks = [torch.jit.fork(_smooth, row, times + i) for i, row in enumerate(rows)]
    total = torch.zeros_like(rows[0])
    for task in tasks:
        total += torch.jit.wait(task)
    return total
