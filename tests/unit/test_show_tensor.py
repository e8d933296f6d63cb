"""How the interpreter shows tensors whose arrays do not tell their element type."""

from __future__ import annotations

import numpy as np

from aotjit import types
from aotjit.dtypes import DType
from aotjit.interp.show import show
from aotjit.types import DictType, ListType, OptionalType, TensorType, TupleType

X = np.array([1.5, -2.0], np.float32)
TEXT = " 1.5000\n-2.0000\n[ CPUBFloat16Type{2} ]"


def test_bfloat16_by_its_type() -> None:
    t = TensorType(DType.BF16, (2,))
    assert show(X, t) == TEXT
    assert show([X, X], OptionalType(ListType(t))) == f"[{TEXT}, {TEXT}]"
    assert show((1, X), TupleType((types.INT, t))) == f"(1, {TEXT})"
    assert show({"a": X}, DictType(types.STR, t)) == f"{{a: {TEXT}}}"
    assert show(X, TensorType(None, None)) == show(X) == TEXT.replace("BFloat16", "Float")
