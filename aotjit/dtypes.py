"""Element types of tensors, by torch's numbers and names, and how they promote.

Nothing heavy is imported: the loader uses this module too.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Category(enum.IntEnum):
    """Promotion categories of PyTorch (Tensor Attributes, 'Type Promotion'): a higher one wins."""

    BOOL = 0
    INTEGRAL = 1
    FLOATING = 2
    COMPLEX = 3


@dataclass(frozen=True)
class DTypeInfo:
    """`code` is torch's ScalarType number; `dlpack` the DLDataTypeCode (dlpack.h); `size` in bytes."""

    text: str
    code: int
    size: int
    category: Category
    dlpack: int
    torch: str


class DType(enum.Enum):
    """Element types, by their short names."""

    U8 = DTypeInfo("u8", 0, 1, Category.INTEGRAL, 1, "uint8")
    I8 = DTypeInfo("i8", 1, 1, Category.INTEGRAL, 0, "int8")
    I16 = DTypeInfo("i16", 2, 2, Category.INTEGRAL, 0, "int16")
    I32 = DTypeInfo("i32", 3, 4, Category.INTEGRAL, 0, "int32")
    I64 = DTypeInfo("i64", 4, 8, Category.INTEGRAL, 0, "int64")
    F16 = DTypeInfo("f16", 5, 2, Category.FLOATING, 2, "float16")
    F32 = DTypeInfo("f32", 6, 4, Category.FLOATING, 2, "float32")
    F64 = DTypeInfo("f64", 7, 8, Category.FLOATING, 2, "float64")
    C64 = DTypeInfo("c64", 9, 8, Category.COMPLEX, 5, "complex64")
    C128 = DTypeInfo("c128", 10, 16, Category.COMPLEX, 5, "complex128")
    BOOL = DTypeInfo("bool", 11, 1, Category.BOOL, 6, "bool")
    BF16 = DTypeInfo("bf16", 15, 2, Category.FLOATING, 4, "bfloat16")

    def __str__(self) -> str:
        return self.value.text

    @property
    def size(self) -> int:
        """Bytes of one element."""
        return self.value.size

    @property
    def code(self) -> int:
        """torch's ScalarType number, which is what a dtype is at run time."""
        return self.value.code

    @property
    def category(self) -> Category:
        return self.value.category

    @property
    def is_floating(self) -> bool:
        return self.value.category is Category.FLOATING

    @property
    def is_complex(self) -> bool:
        return self.value.category is Category.COMPLEX

    @property
    def is_inexact(self) -> bool:
        """Floating or complex."""
        return self.value.category >= Category.FLOATING

    @property
    def part(self) -> DType:
        """What the real and the imaginary part are; the dtype itself where it is not complex."""
        return {DType.C64: DType.F32, DType.C128: DType.F64}.get(self, self)

    @property
    def pair(self) -> DType:
        """The complex dtype with parts of this one; the dtype itself where there is none."""
        return {DType.F32: DType.C64, DType.F64: DType.C128}.get(self, self)

    @property
    def is_integral(self) -> bool:
        """True for integers; bool is not one."""
        return self.value.category is Category.INTEGRAL


DTYPE_BY_TEXT: dict[str, DType] = {d.value.text: d for d in DType}
DTYPE_BY_CODE: dict[int, DType] = {d.value.code: d for d in DType}
DTYPE_BY_TORCH: dict[str, DType] = {d.value.torch: d for d in DType} | {
    "float": DType.F32, "double": DType.F64, "half": DType.F16, "long": DType.I64, "int": DType.I32,
    "short": DType.I16, "cfloat": DType.C64, "cdouble": DType.C128,
}  # fmt: skip
DEFAULT_DTYPE = DType.F32

_FLOAT_ORDER = (DType.F16, DType.BF16, DType.F32, DType.F64)
_INT_ORDER = (DType.U8, DType.I8, DType.I16, DType.I32, DType.I64)


def promote(a: DType, b: DType) -> DType:
    """torch.promote_types for two element types."""
    if a is b:
        return a
    low, high = sorted((a, b), key=lambda d: d.category)
    if high.category is Category.COMPLEX:
        wide = DType.C128 in (a, b) or low is DType.F64
        return DType.C128 if wide else DType.C64
    if low.category is not high.category:
        return high
    if high.category is Category.FLOATING:
        if {a, b} == {DType.F16, DType.BF16}:
            return DType.F32
        return max(a, b, key=_FLOAT_ORDER.index)
    if DType.U8 in (a, b) and DType.I8 in (a, b):
        return DType.I16
    return max(a, b, key=_INT_ORDER.index)
