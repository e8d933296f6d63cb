"""Recording tensors and sizes: what the traced function computes with.

A TracedTensor knows its name in the recorded program and its value in this run. Whatever is done to it is recorded by
its `recorder`; nothing here knows an operator by name but Python's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from aotjit.syntax import ast
from aotjit.tracing.places import user_span, warn

if TYPE_CHECKING:
    from aotjit.tracing.recorder import Recorder

_BAKED = "a size is used as a Python number here: the trace keeps {} whatever the sizes of its inputs are"
_BRANCH = "a tensor's value is used in Python here: the trace keeps what follows from {} whatever its inputs are"


def _arithmetic(op: str, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return self._binary(op, other, reflected)

    return method


def _comparison(op: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return self._compare(op, other)

    return method


def _unary(op: str) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        return self._unary(op)

    return method


def _updating(op: str, name: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return self._update(op, name, other)

    return method


_ARITHMETIC = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_UNARY = {"neg": "-", "invert": "~"}
_IN_PLACE = {"iadd": ("+", "add_"), "isub": ("-", "sub_"), "imul": ("*", "mul_"), "itruediv": ("/", "div_")}


class _Recorded:
    """Python's operators on something that is recorded."""

    __array_ufunc__ = None  # numpy arrays leave operators with a recorded value to it

    def _binary(self, op: str, other: object, reflected: bool) -> object:
        raise NotImplementedError

    def _compare(self, op: str, other: object) -> object:
        raise NotImplementedError

    def _unary(self, op: str) -> object:
        raise NotImplementedError


for _name, _op in _ARITHMETIC.items():
    setattr(_Recorded, f"__{_name}__", _arithmetic(_op, False))
    setattr(_Recorded, f"__r{_name}__", _arithmetic(_op, True))
for _name, _op in _COMPARISONS.items():
    setattr(_Recorded, f"__{_name}__", _comparison(_op))
for _name, _op in _UNARY.items():
    setattr(_Recorded, f"__{_name}__", _unary(_op))


class TracedInt(_Recorded):
    """A size, as an expression of the recorded program with its value in this run."""

    def __init__(self, recorder: Recorder, node: ast.Expr, value: int) -> None:
        self._recorder, self.node, self.value = recorder, node, value

    def _binary(self, op: str, other: object, reflected: bool) -> object:
        if isinstance(other, TracedTensor):
            return NotImplemented
        if not isinstance(other, TracedInt | int) or op not in ("+", "-", "*", "//", "%"):
            return self._in_python(op, other, reflected)
        left, right = (other, self) if reflected else (self, other)
        span = user_span()
        node = ast.Binary(span, op, self._recorder.expression(left), self._recorder.expression(right))
        return TracedInt(self._recorder, node, int(_PYTHON[op](number(left), number(right))))

    def _in_python(self, op: str, other: object, reflected: bool) -> object:
        value, given = self._baked(), number(other)
        return _PYTHON[op](given, value) if reflected else _PYTHON[op](value, given)

    def _compare(self, op: str, other: object) -> object:
        return _PYTHON[op](self._baked(), number(other))

    def _unary(self, op: str) -> object:
        if op != "-":
            return ~self._baked()
        return TracedInt(self._recorder, ast.Unary(user_span(), "-", self.node), -self.value)

    def _baked(self) -> int:
        warn(_BAKED.format(self.value))
        return self.value

    def __index__(self) -> int:
        return self._baked()

    __int__ = __trunc__ = __index__

    def __float__(self) -> float:
        return float(self._baked())

    def __bool__(self) -> bool:
        return bool(self._baked())

    def __hash__(self) -> int:
        return hash(self._baked())

    def __repr__(self) -> str:
        return str(self.value)


def number(value: Any) -> Any:
    return value.value if isinstance(value, TracedInt) else value


def _python_operators() -> dict[str, Callable[[Any, Any], Any]]:
    import operator

    names = {**_ARITHMETIC, **_COMPARISONS}
    return {op: getattr(operator, name if name not in ("and", "or") else name + "_") for name, op in names.items()}


_PYTHON = _python_operators()


class TracedTensor(_Recorded):
    """A tensor of the recorded program. `array` is its value in this run, of which views share memory."""

    def __init__(self, recorder: Recorder, name: str, array: Any) -> None:
        self._recorder, self._name, self._array = recorder, name, array

    @property
    def _node(self) -> ast.Expr:
        return ast.Name(user_span(), self._name)

    # -- Python's operators ------------------------------------------------------------------------------------------

    def _binary(self, op: str, other: object, reflected: bool) -> object:
        if not self._recorder.takes(other):
            return NotImplemented
        left, right = (other, self) if reflected else (self, other)
        expression = self._recorder.expression
        return self._recorder.record(ast.Binary(user_span(), op, expression(left), expression(right)))

    def _compare(self, op: str, other: object) -> object:
        if not self._recorder.takes(other):
            return NotImplemented
        return self._recorder.record(ast.Compare(user_span(), self._node, (op,), (self._recorder.expression(other),)))

    def _unary(self, op: str) -> object:
        return self._recorder.record(ast.Unary(user_span(), op, self._node))

    def _update(self, op: str, name: str, other: object) -> object:
        self._recorder.method(self, name, (other,), {})
        return self

    __hash__ = object.__hash__

    def __abs__(self) -> object:
        return self._recorder.method(self, "abs", (), {})

    def __getitem__(self, index: object) -> object:
        return self._recorder.record(self._subscript(index))

    def __setitem__(self, index: object, value: object) -> None:
        self._recorder.assign(self._subscript(index), self._recorder.expression(value))

    def _subscript(self, index: object) -> ast.Subscript:
        parts = index if isinstance(index, tuple) else (index,)
        nodes = tuple(self._recorder.index(part) for part in parts)
        return ast.Subscript(user_span(), self._node, nodes, isinstance(index, tuple))

    # -- what becomes Python's ---------------------------------------------------------------------------------------

    def _number(self) -> Any:
        if self._array.size != 1:
            raise RuntimeError(f"a tensor of {self._array.size} elements is no single value")
        value = self._array.reshape(()).item()
        warn(_BRANCH.format(value))
        return value

    def __bool__(self) -> bool:
        return bool(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __index__(self) -> int:
        value = self._number()
        if not isinstance(value, int):
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return value

    def __float__(self) -> float:
        return float(self._number())

    def item(self) -> Any:
        """The value in this run; warns, as the trace keeps it."""
        return self._number()

    def tolist(self) -> Any:
        """The values in this run; warns, as the trace keeps them."""
        warn(_BRANCH.format("its elements"))
        return self._array.tolist()

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        warn(_BAKED.format(self._array.shape[0]))
        return int(self._array.shape[0])

    def __iter__(self) -> Iterator[object]:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        warn(_BAKED.format(self._array.shape[0]))
        return iter([self[i] for i in range(self._array.shape[0])])

    def __contains__(self, value: object) -> bool:
        return bool((self == value).any())  # type: ignore[attr-defined]  # a TracedTensor of bools

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("numpy cannot be traced: use the tensor's own methods, or torch's functions")

    # -- attributes and methods --------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[object, ...]:
        """The sizes, each an expression of the recorded program."""
        span, array = user_span(), self._array
        method = ast.Attribute(span, self._node, "size")
        return tuple(
            TracedInt(self._recorder, ast.Call(span, method, (ast.Constant(span, d),), ()), int(n))
            for d, n in enumerate(array.shape)
        )

    def size(self, dim: int | None = None) -> object:
        """`shape`, or the size of one dim."""
        return self.shape if dim is None else self.shape[int(dim)]

    def dim(self) -> int:
        """The rank: part of the program, as every traced operation depends on it."""
        return int(self._array.ndim)

    ndimension = dim

    @property
    def ndim(self) -> int:
        """The rank."""
        return int(self._array.ndim)

    @property
    def dtype(self) -> object:
        """The element type, as torch has it where torch is imported."""
        return self._recorder.dtype_of(self._name)

    @property
    def device(self) -> object:
        """The CPU."""
        return self._recorder.device()

    requires_grad = is_cuda = is_sparse = is_quantized = is_nested = is_meta = is_mkldnn = False
    layout = grad_fn = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._recorder.attribute(self, name)

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """A function of torch that was given a recording tensor (torch.overrides)."""
        found = next(_traced((args, kwargs or {})), None)
        if found is None:
            raise TypeError(f"{function} has no recording tensor among its arguments")
        return found._recorder.torch_function(function, args, kwargs or {})

    def __repr__(self) -> str:
        return f"TracedTensor({self._name}, shape={list(self._array.shape)})"


for _name, (_op, _method) in _IN_PLACE.items():
    setattr(TracedTensor, f"__{_name}__", _updating(_op, _method))


def _traced(value: object) -> Iterator[TracedTensor]:
    if isinstance(value, TracedTensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _traced(item)
    elif isinstance(value, dict):
        yield from _traced(list(value.values()))


def recorder_of(value: object) -> Recorder | None:
    """The recorder of the recording tensors in a value; None when there are none."""
    found = next(_traced(value), None)
    return None if found is None else found._recorder
