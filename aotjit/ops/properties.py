"""What a tensor is: sizes, element type, and the value of a one-element tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.ir import Operation, SSAValue

from aotjit import types
from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ops import numpy_lazily as np
from aotjit.ops.call import static_value
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import dtype_of, tensor, wrap
from aotjit.ops.numeric import Array, element_dtype, whole_element
from aotjit.ops.opdef import UNKNOWN, Arguments, Intrinsic, Rewrite, Runtime, Symbol, Value
from aotjit.ops.shapes import has_dim
from aotjit.types import Type


def _size(args: Arguments) -> object:
    t = tensor(args.types[0])
    if t.dims is None:
        return UNKNOWN
    if not t.dims:
        raise args.error("a 0-dim tensor has no sizes")
    dim = wrap(args, args.constant("dim"), len(t.dims))
    size = None if dim is None else t.dims[dim]
    return Symbol(size) if isinstance(size, str) else UNKNOWN if size is None else size


def _numel(args: Arguments) -> object:
    result = 1
    for d in tensor(args.types[0]).dims or (None,) * (tensor(args.types[0]).dims is None):
        if d == 0:
            return 0
        if not isinstance(d, int):
            return UNKNOWN
        result *= d
    return result


def _length(args: Arguments) -> object:
    dims = tensor(args.types[0]).dims
    return dims[0] if dims and isinstance(dims[0], int) else UNKNOWN


def size(x: Array, dim: int) -> int:
    if not -x.ndim <= dim < x.ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-x.ndim}, {x.ndim - 1}], but got {dim})"
        )
    return int(x.shape[dim])


def length(x: Array) -> int:
    if x.ndim == 0:
        raise TypeError("len() of a 0-d tensor")
    return int(x.shape[0])


def _sizes(args: Arguments) -> object:
    """The list of sizes, as far as they are known."""
    dims = tensor(args.types[0]).dims
    if dims is None:
        return UNKNOWN
    return [UNKNOWN if d is None else Symbol(d) if isinstance(d, str) else d for d in dims]


def broadcast_shapes(a: list[int], b: list[int]) -> list[int]:
    try:
        return list(np.broadcast_shapes(tuple(a), tuple(b)))
    except ValueError:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape") from None


def prop(text: str, result: Type, lowering: Intrinsic | Runtime | Rewrite, reference: Callable[..., Any],
         value: Callable[[Arguments], object] | None = None,
         shapes: str | Callable[[Arguments], str] = "") -> None:  # fmt: skip
    """A property: reads no elements."""
    operator(text, infer=lambda args: (result,), reference=reference, lowering=lowering, effects="pure", value=value,
             shapes=shapes)  # fmt: skip


prop("aten::size.int(Tensor self, int dim) -> int", types.INT, Intrinsic("tensor_size"), size, _size, has_dim)
prop("aten::dim(Tensor self) -> int", types.INT, Intrinsic("tensor_dim"), lambda x: int(x.ndim),
     lambda args: UNKNOWN if tensor(args.types[0]).rank is None else tensor(args.types[0]).rank)  # fmt: skip
prop("aten::numel(Tensor self) -> int", types.INT, Intrinsic("tensor_numel"), lambda x: int(x.size), _numel)
prop("aten::len.Tensor(Tensor t) -> int", types.INT, Intrinsic("tensor_len"), length, _length)
prop("aten::size(Tensor self) -> int[]", types.ListType(types.INT), Runtime("aj_size_list"), lambda x: list(x.shape),
     _sizes)  # fmt: skip
operator("aotjit::broadcast_shapes(int[] a, int[] b) -> int[]", infer=lambda args: (types.ListType(types.INT),),
         reference=broadcast_shapes, lowering=Runtime("aj_broadcast_sizes"), effects="read")  # fmt: skip
prop("aten::stride(Tensor self) -> int[]", types.ListType(types.INT), Runtime("aj_stride_list"),
     lambda x: [s // x.itemsize for s in x.strides])  # fmt: skip
for _text in ("aten::element_size(Tensor self) -> int", "prim::itemsize(Tensor a) -> int"):
    prop(_text, types.INT, Runtime("aj_element_size"), lambda x: int(x.itemsize),
         lambda args: UNKNOWN if (dtype := tensor(args.types[0]).dtype) is None else dtype.value.size)  # fmt: skip
composite("prim::nbytes(Tensor a) -> int", "return a.numel() * a.itemsize", effects="pure")
prop("aten::stride.int(Tensor self, int dim) -> int", types.INT, Runtime("aj_stride"),
     lambda x, dim: x.strides[dim] // x.itemsize)  # fmt: skip
prop("aten::is_floating_point(Tensor self) -> bool", types.BOOL, Runtime("aj_is_floating_point"),
     lambda x: x.dtype.kind == "f",
     lambda args: UNKNOWN if tensor(args.types[0]).dtype is None else dtype_of(args, "self").is_floating)  # fmt: skip
prop("aten::is_complex(Tensor self) -> bool", types.BOOL, Runtime("aj_is_complex"), lambda x: x.dtype.kind == "c",
     lambda args: UNKNOWN if tensor(args.types[0]).dtype is None else dtype_of(args, "self").is_complex)  # fmt: skip
composite(
    "aten::is_contiguous.memory_format(Tensor self, MemoryFormat memory_format) -> bool",
    """
if memory_format == torch.channels_last or memory_format == torch.channels_last_3d:
    if self.dim() != memory_format + 2:
        return False
    expected = 1
    for i in range(self.dim()):
        d = 1 if i == 0 else 0 if i == self.dim() - 1 else self.dim() - i
        if self.size(d) != 1:
            if self.stride(d) != expected:
                return False
            expected *= self.size(d)
    return True
return self.is_contiguous()
""",
)
prop("aten::is_contiguous(Tensor self) -> bool", types.BOOL, Runtime("aj_is_contiguous"),
     lambda x: bool(x.flags.c_contiguous),
     lambda args: tensor(args.types[0]).contiguous or UNKNOWN)  # fmt: skip
prop("prim::dtype(Tensor a) -> int", types.INT, Runtime("aj_dtype"), lambda x: element_dtype(x).code,
     lambda args: UNKNOWN if tensor(args.types[0]).dtype is None else dtype_of(args, "a").code)  # fmt: skip
prop("prim::device(Tensor a) -> Device", types.DEVICE, Rewrite(lambda emit, a: [emit.device("cpu")]), lambda x: "cpu")
operator("prim::type(Device self) -> str", infer=lambda args: (types.STR,), reference=lambda device: "cpu",
         lowering=Rewrite(lambda emit, self: [emit.constant("cpu")]), effects="pure",
         value=lambda args: "cpu")  # fmt: skip
def _place(value: SSAValue) -> str:
    """A device's name: what is not made by name in the program is the processor."""
    text = static_value(value)
    if not isinstance(text, str) and isinstance(value.owner, Operation) and value.owner.regions:
        raise CompileError.at(ts.span_of(value.owner), "which device this is must not depend on a condition")
    return text if isinstance(text, str) else "cpu"


for _name in ("eq", "ne"):
    operator(f"aten::{_name}.device(Device a, Device b) -> bool", infer=lambda args: (types.BOOL,),
             reference=lambda a, b, same=_name == "eq": (str(a) == str(b)) == same,
             lowering=Rewrite(lambda emit, a, b, same=_name == "eq": [emit.constant((_place(a) == _place(b)) == same)]),
             effects="pure")  # fmt: skip
for _name in ("is_autocast_enabled", "is_autocast_cpu_enabled"):
    operator(f"aten::{_name}() -> bool", infer=lambda args: (types.BOOL,), reference=lambda: False,
             lowering=Rewrite(lambda emit: [emit.constant(False)]), effects="pure",
             value=lambda args: False)  # fmt: skip
for _name in ("is_nested", "is_cuda", "is_sparse", "is_quantized", "is_meta", "is_mkldnn"):
    prop(f"prim::{_name}(Tensor a) -> bool", types.BOOL, Rewrite(lambda emit, a: [emit.constant(False)]),
         lambda x: False, lambda args: False)  # fmt: skip
prop("prim::layout(Tensor a) -> int", types.INT, Rewrite(lambda emit, a: [emit.constant(0)]), lambda x: 0,
     lambda args: 0)  # fmt: skip
prop("aten::get_device(Tensor self) -> int", types.INT, Rewrite(lambda emit, self: [emit.constant(-1)]), lambda x: -1,
     lambda args: -1)  # fmt: skip
prop("prim::requires_grad(Tensor a) -> bool", types.BOOL, Rewrite(lambda emit, a: [emit.constant(False)]),
     lambda x: False, lambda args: False)  # fmt: skip

# -- the value of a one-element tensor --------------------------------------------------------------------------------


def item(x: Array) -> Value:
    if x.size != 1:
        raise RuntimeError(f"a Tensor with {x.size} elements cannot be converted to Scalar")
    return np.asarray(x).reshape(()).item()


def _item_type(args: Arguments) -> Sequence[Type]:
    dtype = dtype_of(args, args.schema.arguments[0].name)
    if dtype.is_complex:
        return (types.COMPLEX,)
    return (types.FLOAT if dtype.is_floating else types.INT if dtype.is_integral else types.BOOL,)


def _implicit_type(args: Arguments) -> Sequence[Type]:
    if tensor(args.types[0]).rank not in (None, 0):
        raise args.error(f"a tensor of rank {tensor(args.types[0]).rank} is no number", "only a 0-dim tensor is")
    return _item_type(args)


_CONVERSIONS = {types.FLOAT: "Float.Tensor", types.INT: "Int.Tensor", types.BOOL: "Bool.Tensor",
                types.COMPLEX: "ComplexImplicit"}  # fmt: skip


def _item(emit: Any, value: Any) -> Any:
    return emit.aten(_CONVERSIONS[emit.result_types[0]], value)


def _conversion(name: str, t: str, result: Type, symbol: str, convert: Callable[[Any], Value]) -> None:
    def infer(args: Arguments) -> Sequence[Type]:
        given = tensor(args.types[0])
        if name.endswith("Implicit") and given.rank not in (None, 0):
            raise args.error(f"a tensor of rank {given.rank} is no number", "only a 0-dim tensor is")
        if name == "IntImplicit" and given.dtype is not None and not given.dtype.is_integral:
            raise args.error(f"a tensor of {given.dtype} is no int", "call int() on it")
        return (result,)

    operator(f"aten::{name}(Tensor a) -> {t}", infer=infer, reference=lambda x: convert(item(x)),
             lowering=Runtime(symbol))  # fmt: skip


_conversion("Int.Tensor", "int", types.INT, "aj_item_int", whole_element)
_conversion("IntImplicit", "int", types.INT, "aj_item_int", whole_element)
_conversion("Float.Tensor", "float", types.FLOAT, "aj_item_float", float)
_conversion("FloatImplicit", "float", types.FLOAT, "aj_item_float", float)
_conversion("Bool.Tensor", "bool", types.BOOL, "aj_item_bool", bool)
operator("aten::item(Tensor self) -> Scalar", infer=_item_type, reference=item,
         lowering=Rewrite(lambda emit, self: _item(emit, self)))  # fmt: skip
operator("aten::ScalarImplicit(Tensor a) -> Scalar", infer=_implicit_type, reference=item,
         lowering=Rewrite(lambda emit, a: _item(emit, a)))  # fmt: skip
composite("aten::Size(int[] sizes) -> int[]", "return sizes")
