"""torch's CPU random generator: the numbers that an initialiser draws for a given seed.

mt19937 (Matsumoto and Nishimura 1998) with torch's mapping to floats: ATen/core/TransformationHelper.h (24 random
bits for float32, 53 for float64), ATen/native/cpu/DistributionTemplates.h (normal_: Box-Muller in blocks of 16).
float32 normal numbers can differ from torch's in the last digits: its vector code computes log, sin and cos with less
accurate polynomials.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aotjit.dtypes import DType
from aotjit.ops.numeric import round_bf16
from aotjit.sema.deferred import Computations, Elements

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

DEFAULT_SEED = 67280421310721
"""The seed where the program sets none (c10::detail::default_rng_seed_val), so that equal sources give equal models."""
_BLOCK = 16


class Generator:
    """A stream of random numbers. What is computed later draws its numbers as if it were computed now."""

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._later = Computations()
        self.seed(seed)

    def later(self, compute: Callable[[], Array]) -> Elements:
        """Elements that `compute` gives when they are needed."""
        return Elements(self._later, compute)

    def seed(self, seed: int) -> None:
        """torch.manual_seed."""
        self._later.run()
        self._seed = seed
        self._bits: Any = None
        self._spare: float | None = None

    def _words(self, count: int) -> Array:
        """The next 32-bit numbers."""
        import numpy

        if self._bits is None:
            self._bits = numpy.random.MT19937()
            self._bits._legacy_seeding(self._seed & 0xFFFFFFFF)
        return numpy.asarray(self._bits.random_raw(count), dtype=numpy.uint64)

    def uniform(self, count: int, low: float, high: float, dtype: DType = DType.F32) -> Array:
        """`count` numbers of uniform_(low, high), as the dtype (bfloat16 in float32)."""
        import numpy

        self._later.run()
        if dtype is DType.F64:
            return self._doubles(count) * (high - low) + low
        number = numpy.float32
        fractions = (self._words(count) & numpy.uint64((1 << 24) - 1)).astype(number) * number(2.0**-24)
        numbers = fractions * (number(high) - number(low)) + number(low)
        return numbers if dtype is DType.F32 else _halves(numbers, low, high, dtype)

    def _doubles(self, count: int) -> Array:
        """Uniform numbers of 53 bits in [0, 1)."""
        import numpy

        words = self._words(2 * count)
        bits = ((words[0::2] << numpy.uint64(32)) | words[1::2]) & numpy.uint64((1 << 53) - 1)
        return bits * 2.0**-53

    def normal(self, count: int, mean: float, std: float, dtype: DType = DType.F32, *, dense: bool = True) -> Array:
        """`count` numbers of normal_(mean, std); those of a tensor that is not `dense` are drawn one by one."""
        import numpy

        self._later.run()
        made = numpy.float64 if dtype is DType.F64 else numpy.float16 if dtype is DType.F16 else numpy.float32
        if count < _BLOCK or not dense:
            return numpy.array([self._one_normal() * std + mean for _ in range(count)], dtype=made)
        wide = DType.F64 if dtype is DType.F64 else DType.F32
        whole = count // _BLOCK * _BLOCK
        # Of half precision a block is drawn when it is its turn, of the others all before the first.
        data = numpy.empty(count, numpy.float64 if dtype is DType.F64 else numpy.float32)
        drawn = self.uniform(count if dtype in (DType.F32, DType.F64) else whole, 0.0, 1.0, wide)
        data[:whole] = _box_muller(drawn[:whole], mean, std)
        if whole != count:
            # torch draws the last block anew, over the tail of the last but one.
            data[-_BLOCK:] = _box_muller(self.uniform(_BLOCK, 0.0, 1.0, wide), mean, std)
        return data.astype(made, copy=False)

    def integers(self, count: int, low: int, end: int) -> Array:
        """`count` whole numbers from `low` to below `end`, as int64: random_(low, end)."""
        import numpy

        self._later.run()
        span = end - low
        drawn = self._pairs(count) if span >= 1 << 28 else self._words(count)
        return (drawn % numpy.uint64(span) + numpy.uint64(low % 2**64)).astype(numpy.int64)

    def whole(self, count: int, span: int, wide: bool) -> Array:
        """`count` whole numbers below `span`: random_() of a dtype."""
        import numpy

        self._later.run()
        return ((self._pairs(count) if wide else self._words(count)) % numpy.uint64(span)).astype(numpy.int64)

    def doubles(self, count: int) -> Array:
        """`count` numbers in [0, 1) of 53 bits, which choices and exponential numbers are made of."""
        self._later.run()
        return self._doubles(count)

    def _pairs(self, count: int) -> Array:
        """The next 64-bit numbers."""
        import numpy

        words = self._words(2 * count)
        return (words[0::2] << numpy.uint64(32)) | words[1::2]

    def permutation(self, count: int) -> list[int]:
        """torch.randperm(count): Fisher and Yates's shuffle, a 32-bit number for each place but the last."""
        self._later.run()
        result = list(range(count))
        for i, word in enumerate(self._words(max(count - 1, 0))):
            j = i + int(word) % (count - i)
            result[i], result[j] = result[j], result[i]
        return result

    def _one_normal(self) -> float:
        """A number with mean 0 and deviation 1; they come in pairs, of which the second is kept."""
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        u1, u2 = (float(u) for u in self._doubles(2))
        radius, angle = math.sqrt(-2.0 * math.log1p(-u2)), 2.0 * math.pi * u1
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)


def _halves(numbers: Array, low: float, high: float, dtype: DType) -> Array:
    """Rounded to half precision; what becomes the end of the interval, which is open, is its beginning."""
    import numpy

    rounded, end, start = (
        numpy.asarray(x, numpy.float16) if dtype is DType.F16 else round_bf16(numpy.float32(x))
        for x in (numbers, high, low)
    )
    return numpy.where(rounded == end, start, rounded)


def memory_order(array: Array) -> list[int]:
    """The dims of an array in the order of their strides: torch fills a tensor from its first place to its last."""
    return sorted(range(array.ndim), key=lambda d: -array.strides[d])


def _box_muller(uniform: Array, mean: float, std: float) -> Array:
    """Blocks of 16 uniform numbers to normal ones: 8 radii with 8 angles."""
    import numpy

    blocks = uniform.reshape(-1, 2, _BLOCK // 2).astype(numpy.float64)
    radius = numpy.sqrt(-2.0 * numpy.log(1.0 - blocks[:, 0]))
    angle = 2.0 * math.pi * blocks[:, 1]
    result = numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], axis=1) * std + mean
    return result.reshape(-1).astype(uniform.dtype)
