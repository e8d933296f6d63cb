"""How the window of a convolution moves over its image: the `window` property of ts.matmul."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_SPATIAL = 3


@dataclass(frozen=True)
class Window:
    """One number for each spatial dim, outermost first; the kernel's sizes are the weight's.

    `transposed`: the image is spread by `stride`, and the weight is [in, out / groups, kernel...] instead of
    [out, in / groups, kernel...]. `same`: padded so that the result keeps the image's sizes (`padding` is unused).
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    output_padding: tuple[int, ...]
    groups: int = 1
    transposed: bool = False
    same: bool = False

    @property
    def rank(self) -> int:
        """Number of spatial dims."""
        return len(self.stride)

    def numbers(self) -> list[int]:
        """The fields of aj_window (runtime/convolution.h), missing dims filled with 0."""
        lists = (self.stride, self.dilation, self.padding, self.output_padding)
        rows = [[*values, *[0] * (MAX_SPATIAL - len(values))] for values in lists]
        return [self.rank, self.groups, int(self.transposed), int(self.same), *(n for row in rows for n in row)]

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Window:
        """The window with these `numbers`."""
        rank, groups, transposed, same, *rest = numbers
        rows = [tuple(rest[i : i + rank]) for i in range(0, 4 * MAX_SPATIAL, MAX_SPATIAL)]
        stride, dilation, padding, output_padding = rows
        return cls(stride, padding, dilation, output_padding, groups, bool(transposed), bool(same))

    def pads(self, kernel: Sequence[int]) -> list[tuple[int, int]]:
        """Zeros before and after each dim of the image, which may be negative."""
        result = []
        for dim, size in enumerate(kernel):
            reach = self.dilation[dim] * (size - 1)
            if self.transposed:
                before = reach - self.padding[dim]
                result.append((before, before + self.output_padding[dim]))
            elif self.same:
                result.append((reach // 2, reach - reach // 2))
            else:
                result.append((self.padding[dim],) * 2)
        return result

    def result_size(self, dim: int, size: int, kernel: int) -> int:
        """The result's size in a dim where the image has `size`; below 1 when the window does not fit."""
        before, after = self.pads([*[1] * dim, kernel])[dim]
        reach = self.dilation[dim] * (kernel - 1)
        if self.transposed:
            return (size - 1) * self.stride[dim] + 1 + before + after - reach
        return (size + before + after - reach - 1) // self.stride[dim] + 1
