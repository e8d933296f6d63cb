"""Elements of compile-time tensors, computed when they are first looked at.

Initialising the weights of a program takes numpy; while machine code is made there is time for that. Computations run
in the order of the program, all that wait at once, so that random numbers and changes in place are those of a program
that runs step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]


class Computations:
    """What waits to be computed."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def add(self, compute: Callable[[], None]) -> None:
        self._waiting.append(compute)

    def run(self) -> None:
        """Computes all that waits; within a computation nothing."""
        waiting, self._waiting = self._waiting, []
        for compute in waiting:
            compute()


class Elements:
    """The elements of one tensor, and of those that share its memory."""

    def __init__(self, computations: Computations, compute: Callable[[], Array]) -> None:
        self._computations = computations
        self._array: Array | None = None
        computations.add(lambda: self._keep(compute()))

    @property
    def computed(self) -> Array | None:
        """The array where it is there already."""
        return self._array

    def _keep(self, array: Array) -> None:
        self._array = array

    def change(self, change: Callable[[Array], None]) -> None:
        """Changes them in place, when it is their turn."""
        self._computations.add(lambda: change(self.numpy()))

    def numpy(self) -> Array:
        self._computations.run()
        assert self._array is not None
        return self._array
