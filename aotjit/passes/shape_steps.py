"""Runs what relates shapes to each other until nothing changes: a step again only when one of its shapes has."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from aotjit.passes.shape_variables import ShapeVariable

ROUNDS = 12
"""Enough for facts to pass through a chain of layers both ways; what takes longer is only not found."""


@dataclass(frozen=True)
class Step:
    """`run` may change the `shapes`, and depends on nothing else."""

    run: Callable[[], bool]
    shapes: Sequence[ShapeVariable]


class Propagation:
    """Sweeps through steps in order, leaving out those for which nothing is new since they ran.

    Dims and element types that are made one stay one, so that only ranks that became known concern other steps.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self._watching: dict[ShapeVariable, list[int]] = {}
        for index, step in enumerate(steps):
            for shape in step.shapes:
                self._watching.setdefault(shape, []).append(index)

    def after(self, index: int, run: Callable[[], bool]) -> set[int]:
        """Calls `run`, which is about the shapes of a step; returns the steps that have to run then. Among them is that
        step itself: what was learnt from its last shape may concern its first."""
        shapes = self.steps[index].shapes
        before = [(len(s.dims), s.closed) for s in shapes]
        if not run():
            return set()
        found = {index}
        for shape, state in zip(shapes, before, strict=True):
            if state != (len(shape.dims), shape.closed):
                found.update(self._watching[shape])
        return found

    def run(self, indices: Iterable[int]) -> None:
        """Runs the steps with these indices and all that they concern."""
        following = set(indices)
        for _ in range(ROUNDS):
            if not following:
                return
            waiting, queue, following = following, sorted(following), set()
            while queue:
                index = heapq.heappop(queue)
                waiting.discard(index)
                for other in self.after(index, self.steps[index].run):
                    if other <= index:
                        following.add(other)
                    elif other not in waiting:
                        waiting.add(other)
                        heapq.heappush(queue, other)
