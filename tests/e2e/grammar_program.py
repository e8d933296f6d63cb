"""A small recurrent neural network grammar: beam search over lists of State and Plan instances."""

# ruff: noqa
from typing import List, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn



class Element:
    """A word or a finished constituent on the stack, with its embedding."""

    def __init__(self, node: int, embedding: Tensor):
        self.node = node
        self.embedding = embedding



class Memory:
    """A stack of (hidden, cell) pairs of the stack LSTM."""

    def __init__(self, initial: Tuple[Tensor, Tensor]):
        self.stack = [initial]

    def push(self, state: Tuple[Tensor, Tensor]) -> None:
        self.stack.append(state)

    def pop(self, count: int = 1) -> None:
        for _ in range(count):
            self.stack.pop()

    def top(self) -> Tensor:
        return self.stack[-1][0]

    def copy(self):
        other = Memory(self.stack[0])
        for i in range(1, len(self.stack)):
            other.push(self.stack[i])
        return other

    def __len__(self) -> int:
        return len(self.stack) - 1



class State:
    def __init__(self, memory: Memory, elements: List[Element], words: int):
        self.memory = memory
        self.elements = elements
        self.words = words
        self.open = 0
        self.actions: List[int] = []

    def copy(self):
        other = State(self.memory.copy(), list(self.elements), self.words)
        other.open = self.open
        for a in self.actions:
            other.actions.append(a)
        return other

    def finished(self) -> bool:
        return self.words == 0 and self.open == 0 and len(self.actions) > 0



class Plan:
    def __init__(self, score: float, state: State, action: int = -1):
        self.score = score
        self.state = state
        self.action = action

    def __lt__(self, other: "Plan") -> bool:
        return self.score > other.score


SHIFT, REDUCE, OPEN = 0, 1, 2


class Grammar(nn.Module):
    def __init__(self, vocabulary: int, size: int):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, size)
        self.opening = nn.Parameter(torch.randn(1, size))
        self.input = nn.Linear(size, 4 * size)
        self.hidden = nn.Linear(size, 4 * size)
        self.choose = nn.Linear(size, 3)
        self.compose = nn.Linear(2 * size, size)
        self.size = size

    def step(self, x: Tensor, state: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tensor]:
        gates = self.input(x) + self.hidden(state[0])
        i, f, g, o = gates.chunk(4, 1)
        c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    def valid(self, state: State, length: int) -> List[int]:
        actions: List[int] = []
        if state.words > 0 and state.open > 0:
            actions.append(0)
        if state.open > 0 and len(state.elements) > 1 and not (state.words > 0 and state.open == 1):
            actions.append(1)
        if state.words > 0 and state.open < 3 and len(state.actions) < 9:
            actions.append(2)
        return actions

    def apply_action(self, state: State, action: int, tokens: Tensor) -> None:
        if action == 0:
            word = self.embed(tokens[tokens.size(0) - state.words].unsqueeze(0))
            state.memory.push(self.step(word, state.memory.stack[-1]))
            state.elements.append(Element(1, word))
            state.words -= 1
        elif action == 2:
            state.memory.push(self.step(self.opening, state.memory.stack[-1]))
            state.elements.append(Element(-1, self.opening))
            state.open += 1
        else:
            parts: List[Tensor] = []
            while state.elements[-1].node != -1:
                parts.append(state.elements.pop().embedding)
                state.memory.pop()
            label = state.elements.pop()
            state.memory.pop()
            total = torch.zeros_like(label.embedding)
            for p in parts:
                total = total + p
            made = torch.tanh(self.compose(torch.cat([label.embedding, total], 1)))
            state.memory.push(self.step(made, state.memory.stack[-1]))
            state.elements.append(Element(2, made))
            state.open -= 1
        state.actions.append(action)

    def all_finished(self, plans: List[Plan]) -> bool:
        for p in plans:
            if not p.state.finished():
                return False
        return True

    def forward(self, tokens: Tensor, beam: int) -> Tuple[List[int], float]:
        zero = torch.zeros(1, self.size)
        start = State(Memory((zero, zero)), [Element(0, zero)], tokens.size(0))
        plans = [Plan(0.0, start)]
        while not self.all_finished(plans):
            candidates: List[Plan] = []
            for plan in plans:
                if plan.state.finished():
                    candidates.append(plan)
                else:
                    scores = F.log_softmax(self.choose(plan.state.memory.top()), dim=1)
                    for action in self.valid(plan.state, tokens.size(0)):
                        candidates.append(Plan(plan.score + float(scores[0, action]), plan.state, action))
            candidates.sort()
            plans = []
            for plan in candidates[:beam]:
                if plan.action < 0:
                    plans.append(plan)
                else:
                    state = plan.state.copy()
                    self.apply_action(state, plan.action, tokens)
                    plans.append(Plan(plan.score, state))
        plans.sort()
        return plans[0].state.actions, plans[0].score
