"""Random well-typed TorchScript programs: one function `f` of tensors, ints and floats.

Tensors have shapes that broadcast to [3, 3]; what is written in place or needs a matrix has exactly that shape.
Programs may fail at run time (an index, a division), but seldom do.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

PARAMETERS = (("x", "Tensor"), ("y", "Tensor"), ("b", "Tensor"), ("n", "int"), ("k", "int"), ("s", "float"))
SHAPES = {"x": (3, 3), "y": (3, 3), "b": (3,)}
UNARY = ("torch.tanh", "torch.sigmoid", "torch.relu", "torch.neg", "torch.abs", "torch.atan")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


@dataclass
class Scope:
    """Variables by type; `full` tensors are [3, 3] and own their memory or are views of such."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def of(self, kind: str) -> list[str]:
        return self.names.setdefault(kind, [])

    def copy(self) -> Scope:
        return Scope({kind: list(names) for kind, names in self.names.items()})


class Generator:
    """Writes one program. `size` is about the number of statements."""

    def __init__(self, seed: int, size: int = 12) -> None:
        self.random = random.Random(seed)
        self.left = size
        self.count = 0
        self.lines: list[str] = []

    def program(self) -> str:
        scope = Scope({"Tensor": ["x", "y", "b"], "full": ["x", "y"], "int": ["n", "k"], "float": ["s"]})
        self.lines = ["import torch", "from typing import List", ""]
        parameters = ", ".join(f"{name}: {kind.replace('Tensor', 'torch.Tensor')}" for name, kind in PARAMETERS)
        self.emit(0, f"def f({parameters}):")
        self.emit(1, "ts: List[torch.Tensor] = []")
        self.emit(1, "ns: List[int] = []")
        self.emit(1, "tss: List[List[torch.Tensor]] = [ts]")
        self.block(scope, 1, loop=False)
        if self.random.random() < 0.3:
            self.emit(1, f"if {self.boolean(scope, 2)}:")
            self.emit(2, f"return {self.results(scope)}")
            self.block(scope, 1, loop=False)
        self.emit(1, f"return {self.results(scope)}")
        return "\n".join(self.lines) + "\n"

    def results(self, scope: Scope) -> str:
        """What is returned: always of the same type."""
        values = [self.random.choice(scope.of("Tensor")), self.random.choice(scope.of("int"))]
        values += [*scope.of("full")[-2:], self.random.choice(scope.of("float")), "len(ts)", "ns", "ts", "tss"]
        return ", ".join(values)

    # -- statements ---------------------------------------------------------------------------------------------------

    def block(self, scope: Scope, depth: int, loop: bool) -> None:
        before = len(self.lines)
        for _ in range(self.random.randint(1, 4 if depth > 1 else 8)):
            if self.left <= 0 and len(self.lines) > before:
                break
            self.left -= 1
            self.statement(scope, depth, loop)
        if len(self.lines) == before:
            self.emit(depth, "pass")

    def emit(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def statement(self, scope: Scope, depth: int, loop: bool) -> None:
        choices = [self.define] * 4 + [self.assign] * 4 + [self.write] * 2 + [self.extend] * 2 + [self.read] * 2
        if depth < 4:
            choices += [self.branch] * 2 + [self.count_loop, self.while_loop]
        choices += [self.say, self.fail]
        if loop:
            choices.append(self.leave)
        self.random.choice(choices)(scope, depth)

    def define(self, scope: Scope, depth: int) -> None:
        kind = self.random.choice(("Tensor", "full", "full", "int", "float", "view"))
        name = f"v{self.count}"
        self.count += 1
        if kind == "view":
            base = self.random.choice(scope.of("full"))
            self.emit(depth, f"{name} = {base}.{self.random.choice(('t()', 'view(3, 3)', 'transpose(0, 1)'))}")
            kind = "full"
        elif kind == "full":
            tail = self.random.choice((".clone()", "", " * 0.5"))
            self.emit(depth, f"{name} = {self.matrix(scope, 2)}{tail}")
        else:
            self.emit(depth, f"{name} = {self.expression(scope, kind, 3)}")
        scope.of(kind).append(name)
        if kind == "full":
            scope.of("Tensor").append(name)

    def assign(self, scope: Scope, depth: int) -> None:
        kind = self.random.choice(("Tensor", "full", "int", "float"))
        own = [n for n in scope.of(kind) if n.startswith("v")]
        if not own:
            return self.define(scope, depth)
        name = self.random.choice(own)
        if kind in ("int", "float") and self.random.random() < 0.4:
            operator = self.random.choice("+-*") if kind == "float" else self.random.choice("+-")
            return self.emit(depth, f"{name} {operator}= {self.expression(scope, kind, 2)}")
        if kind == "Tensor" and name in scope.of("full"):
            kind = "full"
        value = self.matrix(scope, 2) if kind == "full" else self.expression(scope, kind, 3)
        return self.emit(depth, f"{name} = {value}")

    def write(self, scope: Scope, depth: int) -> None:
        name = self.random.choice(scope.of("full"))
        value = self.expression(scope, "Tensor", 2)
        index = self.random.randint(0, 2)
        texts = (
            f"{name}.add_({value})",
            f"{name} *= {self.expression(scope, 'float', 1)}",
            f"{name}[{index}] = {name}[{self.random.randint(0, 2)}] * 0.5",
            f"{name}[{index}].mul_({self.expression(scope, 'float', 1)})",
            f"{name}.copy_({value})",
        )
        self.emit(depth, self.random.choice(texts))

    def extend(self, scope: Scope, depth: int) -> None:
        if self.random.random() < 0.5:
            value = self.expression(scope, "int", 2)
            self.emit(depth, self.random.choice((f"ns.append({value})", f"ns += [{value}, {value}]")))
        else:
            value = self.matrix(scope, 2)
            texts = (f"ts.append({value})", f"ts += [{value}]", f"tss.append([{value}, x])", f"tss[-1].append({value})")
            self.emit(depth, self.random.choice(texts))

    def read(self, scope: Scope, depth: int) -> None:
        """Takes something out of a list, or puts a list together."""
        kind = self.random.choice(("int", "full"))
        own = [n for n in scope.of(kind) if n.startswith("v")]
        if not own:
            return self.define(scope, depth)
        name = self.random.choice(own)
        items = "ns" if kind == "int" else "ts"
        texts = [f"{items}[-1]", f"{items}[0]", f"{items}[len({items}) // 2]", f"{items}.pop()"]
        if kind == "full":
            texts += ["tss[-1][0] + tss[0][0]"]
            texts += ["torch.stack(ts).sum(0)", "torch.cat(ts)[:3]", "torch.stack([t * 0.5 for t in ts])[0]"]
        else:
            texts += ["sum(ns)", "max(ns)", "len([i for i in ns[1:]])"]
        self.emit(depth, f"if len({items}) > 0:")
        return self.emit(depth + 1, f"{name} = {self.random.choice(texts)}")

    def branch(self, scope: Scope, depth: int) -> None:
        self.emit(depth, f"if {self.expression(scope, 'bool', 2)}:")
        self.block(scope.copy(), depth + 1, loop=False)
        if self.random.random() < 0.6:
            self.emit(depth, "else:")
            self.block(scope.copy(), depth + 1, loop=False)

    def count_loop(self, scope: Scope, depth: int) -> None:
        name = f"i{self.count}"
        self.count += 1
        bound = self.random.choice(("2", "3", "k % 4", "len(ns)", "x.size(0)"))
        self.emit(depth, f"for {name} in range({bound}):")
        inner = scope.copy()
        inner.of("int").append(name)
        self.block(inner, depth + 1, loop=True)

    def while_loop(self, scope: Scope, depth: int) -> None:
        name = f"c{self.count}"
        self.count += 1
        self.emit(depth, f"{name} = 0")
        condition = self.expression(scope, "bool", 1)
        self.emit(depth, f"while {name} < {self.random.randint(1, 4)} and {condition}:")
        self.emit(depth + 1, f"{name} += 1")
        self.block(scope.copy(), depth + 1, loop=True)

    def say(self, scope: Scope, depth: int) -> None:
        self.emit(depth, f'print("at", {self.integer(scope, 1)}, "{{}}".format({self.boolean(scope, 0)}))')

    def fail(self, scope: Scope, depth: int) -> None:
        """Ends the call, but seldom: k is less than 7."""
        condition = f"k > {self.random.choice((6, 7, 8))} and {self.boolean(scope, 1)}"
        if self.random.random() < 0.5:
            return self.emit(depth, f'assert not ({condition}), "never {self.count}"')
        self.emit(depth, f"if {condition}:")
        return self.emit(depth + 1, f'raise ValueError("n is {{}}".format({self.integer(scope, 1)}))')

    def leave(self, scope: Scope, depth: int) -> None:
        self.emit(depth, f"if {self.expression(scope, 'bool', 1)}:")
        self.emit(depth + 1, self.random.choice(("break", "continue")))

    # -- expressions --------------------------------------------------------------------------------------------------

    def expression(self, scope: Scope, kind: str, depth: int) -> str:
        return {"Tensor": self.tensor, "int": self.integer, "float": self.real, "bool": self.boolean}[kind](
            scope, depth
        )

    def matrix(self, scope: Scope, depth: int) -> str:
        """A [3, 3] tensor."""
        name = self.random.choice(scope.of("full"))
        if depth <= 0 or self.random.random() < 0.2:
            return name
        choice = self.random.randint(0, 4)
        if choice == 0:
            return f"torch.mm({self.matrix(scope, depth - 1)}, {self.matrix(scope, depth - 1)})"
        if choice == 1:
            return f"{self.random.choice(UNARY)}({self.matrix(scope, depth - 1)})"
        if choice == 2:
            return f"({self.matrix(scope, depth - 1)} @ {self.matrix(scope, depth - 1)} + b)"
        return f"({self.matrix(scope, depth - 1)} {self.random.choice('+-*')} {self.tensor(scope, depth - 1)})"

    def tensor(self, scope: Scope, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return self.random.choice(scope.of("Tensor"))
        choice = self.random.randint(0, 11)
        inner = self.tensor(scope, depth - 1)
        if choice <= 1:
            return f"{self.random.choice(UNARY)}({inner})"
        if choice <= 3:
            return f"({inner} {self.random.choice('+-*')} {self.tensor(scope, depth - 1)})"
        if choice == 4:
            return f"({inner} {self.random.choice('+-*')} {self.expression(scope, 'float', depth - 1)})"
        if choice == 5:
            return f"{inner}.sum({self.random.choice(('', '-1, True', '-1'))})"
        if choice == 6:
            return f"{self.matrix(scope, depth - 1)}[{self.random.randint(-3, 2)}]"
        if choice == 7:
            return f"torch.where({inner} > {self.tensor(scope, depth - 1)}, {inner}, {self.tensor(scope, depth - 1)})"
        if choice == 8:
            return f"({inner}.to(torch.float64) {self.random.choice('+*')} {self.real(scope, 1)}).to(torch.float32)"
        if choice == 9:
            return f"({inner} {self.random.choice('+*')} torch.arange(3))"
        if choice == 10:
            return f"torch.softmax({self.matrix(scope, depth - 1)}, {self.random.choice((0, -1))})"
        return f"torch.mean({self.matrix(scope, depth - 1)})"

    def integer(self, scope: Scope, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.25:
            return self.random.choice([*scope.of("int"), str(self.random.randint(-3, 9))])
        choice = self.random.randint(0, 6)
        if choice <= 1:
            return f"({self.integer(scope, depth - 1)} {self.random.choice('+-')} {self.integer(scope, depth - 1)})"
        if choice == 2:
            operator = self.random.choice(("//", "%"))
            return f"({self.integer(scope, depth - 1)} {operator} {self.random.choice((2, 3, -4, 7))})"
        if choice == 3:
            return f"{self.random.choice(scope.of('full'))}.size({self.random.randint(-2, 1)})"
        if choice == 4:
            return f"len({self.random.choice(('ts', 'ns'))})"
        if choice == 5:
            return f"{self.random.choice(scope.of('Tensor'))}.dim()"
        return f"(n if {self.boolean(scope, depth - 1)} else {self.integer(scope, depth - 1)})"

    def real(self, scope: Scope, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.3:
            return self.random.choice([*scope.of("float"), "0.5", "-1.25"])
        choice = self.random.randint(0, 3)
        if choice == 0:
            return f"({self.real(scope, depth - 1)} {self.random.choice('+-*')} {self.real(scope, depth - 1)})"
        if choice == 1:
            return f"float({self.integer(scope, depth - 1)})"
        if choice == 2:
            return f"float(torch.sigmoid({self.matrix(scope, depth - 1)}).sum())"
        return f"({self.real(scope, depth - 1)} * {self.integer(scope, depth - 1)})"

    def boolean(self, scope: Scope, depth: int) -> str:
        operator = self.random.choice(COMPARISONS)
        if depth > 1 and self.random.random() < 0.1:
            name = self.random.choice(("ns", "ts"))
            return f"(len({name}) > 0 and {self.boolean(scope, depth - 1)})"
        choice = self.random.randint(0, 5)
        if depth > 0 and choice == 0:
            word = self.random.choice(("and", "or"))
            return f"({self.boolean(scope, depth - 1)} {word} {self.boolean(scope, depth - 1)})"
        if depth > 0 and choice == 1:
            return f"(not {self.boolean(scope, depth - 1)})"
        if depth > 0 and choice == 2:
            return f"bool({self.matrix(scope, depth - 1)}.sum() > 0)"
        if choice == 3:
            return f"{self.real(scope, depth - 1)} {operator} {self.real(scope, depth - 1)}"
        return f"{self.integer(scope, depth - 1)} {operator} {self.integer(scope, depth - 1)}"


def program(seed: int, size: int = 12) -> str:
    """The source of the program number `seed`."""
    return Generator(seed, size).program()
