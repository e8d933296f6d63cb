"""Einstein sums: the equation, known at compile time, becomes views and batched products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aotjit.ops.declare import operator
from aotjit.ops.opdef import Composite

REST = "."
"""The label of all dims that an ellipsis stands for, taken together."""


@dataclass(frozen=True)
class Equation:
    """Labels of each operand and of the result."""

    operands: tuple[str, ...]
    result: str

    @classmethod
    def parse(cls, text: str) -> Equation:
        """Raises ValueError when the text is no equation."""
        left, arrow, right = text.replace(" ", "").replace("...", REST).partition("->")
        operands = tuple(left.split(","))
        labels = "".join(operands)
        if any(not (c.isalpha() or c == REST) for c in labels + right) or any(o.count(REST) > 1 for o in operands):
            raise ValueError(f"not an equation: {text!r}")
        if not arrow:
            once = sorted(c for c in set(labels) if labels.count(c) == 1 and c != REST)
            right = (REST if REST in labels else "") + "".join(once)
        if len(set(right)) != len(right) or not set(right) <= set(labels):
            raise ValueError(f"not an equation: {text!r}")
        return cls(operands, right)


class _Writer:
    """Source lines that compute an equation; `sizes` has the variable that holds each label's size."""

    def __init__(self, equation: Equation) -> None:
        self.equation = equation
        self.lines: list[str] = []
        self.sizes: dict[str, str] = {}
        self.number = 0

    def name(self, value: str) -> str:
        self.number += 1
        self.lines.append(f"v{self.number} = {value}")
        return f"v{self.number}"

    def operand(self, index: int, labels: str) -> tuple[str, str]:
        """The operand with each label once, its ellipsis as one dim."""
        value = self.name(f"tensors[{index}]")
        if REST in labels:
            at, after = labels.index(REST), len(labels) - labels.index(REST) - 1
            shape = self.name(f"{value}.size()")
            middle = self.name(f"{shape}[{at}:len({shape}) - {after}]")
            self.lines.append(f"if len({middle}) > len(rest):\n    rest = {middle}")
            flat = self.name(f"torch.jit.annotate(List[int], [1] * (len(rest) - len({middle}))) + {middle}")
            head, tail = f"{shape}[:{at}]", f"{shape}[len({shape}) - {after}:]"
            wide = self.name(f"{value}.reshape({head} + {flat} + {tail})")
            value = self.name(f"{wide}.reshape({head} + [product({flat})] + {tail})")
        else:
            self.lines.append(
                f"if {value}.dim() != {len(labels)}:\n    raise RuntimeError('einsum(): the number of subscripts does "
                f"not match the number of dimensions of operand {index}')"
            )
        for at, label in enumerate(labels):
            if label not in self.sizes:
                self.sizes[label] = self.name(f"{value}.size({at})")
            else:
                size = self.sizes[label]
                self.lines.append(f"if {size} == 1:\n    {size} = {value}.size({at})")
        while len(set(labels)) != len(labels):
            repeated = next(c for c in labels if labels.count(c) > 1)
            a = labels.index(repeated)
            b = labels.index(repeated, a + 1)
            value = self.name(f"torch.diagonal({value}, 0, {a}, {b})")
            labels = labels[:a] + labels[a + 1 : b] + labels[b + 1 :] + repeated
        return value, labels

    def summed(self, value: str, labels: str, kept: set[str]) -> tuple[str, str]:
        """Without the labels that nothing else needs."""
        gone = [i for i, c in enumerate(labels) if c not in kept]
        if gone:
            value = self.name(f"torch.sum({value}, {gone})")
        return value, "".join(c for c in labels if c in kept)

    def arranged(self, value: str, labels: str, groups: list[str]) -> str:
        """As a tensor with one dim for each group of labels."""
        order = "".join(groups)
        if labels != order:
            value = self.name(f"{value}.permute({[labels.index(c) for c in order]})")
        value = self.name(f"{value}.expand([{', '.join(self.sizes[c] for c in order)}])") if order else value
        return self.name(f"{value}.reshape([{', '.join(map(self.size_of, groups))}])")

    def size_of(self, group: str) -> str:
        return " * ".join(self.sizes[c] for c in group) or "1"

    def product(self, a: tuple[str, str], b: tuple[str, str], kept: set[str]) -> tuple[str, str]:
        common = [c for c in a[1] if c in b[1]]
        batch = "".join(c for c in common if c in kept)
        inner = "".join(c for c in common if c not in kept)
        rows = "".join(c for c in a[1] if c not in common)
        columns = "".join(c for c in b[1] if c not in common)
        left = self.arranged(*a, [batch, rows, inner])
        right = self.arranged(*b, [batch, inner, columns])
        whole = self.name(f"torch.bmm({left}, {right})")
        labels = batch + rows + columns
        return self.name(f"{whole}.reshape([{', '.join(self.sizes[c] for c in labels)}])"), labels

    def text(self) -> str:
        equation = self.equation
        terms = [self.operand(i, labels) for i, labels in enumerate(equation.operands)]
        while len(terms) > 1:
            later = set(equation.result).union(*(t[1] for t in terms[2:]))
            a = self.summed(*terms[0], later | set(terms[1][1]))
            b = self.summed(*terms[1], later | set(terms[0][1]))
            terms = [self.product(a, b, later), *terms[2:]]
        value, labels = self.summed(*terms[0], set(equation.result))
        if labels != equation.result:
            value = self.name(f"{value}.permute({[labels.index(c) for c in equation.result]})")
        if REST in equation.result:
            at = equation.result.index(REST)
            before = ", ".join(f"{value}.size({i})" for i in range(at))
            after = ", ".join(f"{value}.size({i})" for i in range(at + 1, len(equation.result)))
            empty = "torch.jit.annotate(List[int], [{}])"
            value = self.name(f"{value}.reshape({empty.format(before)} + rest + {empty.format(after)})")
        body = "\n".join(self.lines).replace("\n", "\n    ")
        return (
            f"def einsum(equation, tensors, path):\n    if len(tensors) != {len(equation.operands)}:\n"
            "        raise RuntimeError('einsum(): the number of operands is not the equation\\'s')\n"
            "    rest = torch.jit.annotate(List[int], [])\n"
            f"    {body}\n    return {value}\n\n\ndef product(sizes: List[int]) -> int:\n    result = 1\n"
            "    for size in sizes:\n        result *= size\n    return result\n"
        )


def _source(constants: Mapping[str, object]) -> str | None:
    text = constants["equation"]
    if not isinstance(text, str):
        return None
    try:
        return _Writer(Equation.parse(text)).text()
    except ValueError:
        return (
            "def einsum(equation, tensors, path):\n"
            "    raise RuntimeError('einsum(): not an equation: ' + equation)\n    return tensors[0]\n"
        )


operator(
    "aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor",
    lowering=Composite(
        "def einsum(equation, tensors, path):\n"
        "    raise NotImplementedError('einsum needs an equation that is known at compile time')\n"
        "    return tensors[0]\n",
        unrolled=_source,
    ),
)
