"""What torch.jit refuses of Python, and what to write instead: statements, expressions, and Python's own functions."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.types import DictType, ListType, TupleType, Type

INSTEAD = {
    "set": "use the keys of a Dict[int, bool] or Dict[str, bool]",
    "bytes": "use a str, or a List[int]",
    "lambda": "write a function at the top of the file and call it by its name",
    "assignment expression": "assign in a statement before this one",
    "yield": "append to a list and return it",
    "await": "use torch.jit.fork and torch.jit.wait",
    "async": "use torch.jit.fork and torch.jit.wait",
    "** in a dict": "copy the dict and call update",
    "** argument": "write the arguments as name=value",
    "try": "test before what fails, or return an Optional",
    "match": "write if and elif",
    "global": "pass the value as an argument and return what it becomes",
    "nonlocal": "pass the value as an argument and return what it becomes",
    "type alias": "write `name = ...` at the top of the file",
    "type parameters": "write one function for each type",
    "a comprehension with if": "write a loop that appends",
    "a comprehension with for": "write nested loops that append",
    "an import inside a function": "move it to the top of the file",
    "a class inside a function": "move it to the top of the file",
    "'else' of a loop": "set a flag in the loop and test it behind it",
    "a format specification in an f-string": "make the text before: str(x), or '%f' % x",
}
"""By what the message calls it."""

FUNCTIONS = {
    "set": INSTEAD["set"],
    "frozenset": INSTEAD["set"],
    "bytes": INSTEAD["bytes"],
    "bytearray": INSTEAD["bytes"],
    "reversed": "use x[::-1], or a range that counts down",
    "map": "write a list comprehension",
    "filter": "write a loop that appends",
    "type": "use isinstance",
    "callable": "say what is called by its name",
    "iter": "loop over the value",
    "next": "loop over the value, or index it",
    "super": "give the base class's method another name and call self.name(...)",
    "slice": "write x[a:b]",
    "vars": "name the attributes one by one",
    "dir": "name the attributes one by one",
    "setattr": "write self.name = value",
    "delattr": "assign None to an Optional attribute",
    "issubclass": "use isinstance",
    "format": "use '{}'.format(...), or an f-string",
    "repr": "use str(...)",
    "ascii": "use str(...)",
    "open": "pass the contents as an argument",
    "input": "pass the text as an argument",
    "eval": "write the expression itself",
    "exec": "write the statements themselves",
    "property": "decorate a method of a class with @property",
    "memoryview": "use a Tensor or a List[int]",
    "globals": "pass values as arguments",
    "locals": "pass values as arguments",
}
"""Python's own functions that compiled code has not."""

MATH = {
    "log2": "math.log(x, 2)",
    "trunc": "float(int(x))",
    "hypot": "math.sqrt(x * x + y * y)",
    "prod": "a loop that multiplies",
    "isclose": "abs(a - b) <= tolerance",
    "fsum": "sum(x)",
    "dist": "math.sqrt of a sum of squares",
    "isqrt": "int(math.sqrt(n))",
    "cbrt": "x ** (1 / 3)",
    "exp2": "2.0 ** x",
    "comb": "math.factorial",
    "perm": "math.factorial",
    "lcm": "a * b // math.gcd(a, b)",
    "ulp": "numbers of your own",
    "nextafter": "numbers of your own",
}
"""Functions of Python's math that torch.jit has not, and what does the same."""
METHODS = {
    ("str", "encode"): "a str holds text only; ord() gives the number of a character",
    ("str", "format_map"): "write '{} {}'.format(...) with the values in order",
    ("str", "translate"): "call replace for each character",
    ("str", "maketrans"): "call replace for each character",
    ("str", "removeprefix"): "test s.startswith(p), then write s[len(p):]",
    ("str", "removesuffix"): "test s.endswith(p), then write s[:-len(p)]",
    ("str", "casefold"): "write s.lower()",
    ("str", "isascii"): "loop over the characters and test ord(c) < 128",
    ("int", "bit_length"): "write len(bin(n)) - 2",
    ("float", "is_integer"): "write x == math.floor(x)",
    ("Dict", "fromkeys"): "write {k: value for k in keys}",
    ("Tensor", "numpy"): "return the tensor: the caller gets an array",
    ("Tensor", "detach_numpy"): "return the tensor: the caller gets an array",
    ("Tensor", "copy"): "write x.clone()",
    ("Tensor", "astype"): "write x.to(torch.float64)",
}
"""Methods of Python's values that TorchScript's have not, by kind of value and name."""
MODULES = {
    "numpy": "use the functions of torch",
    "random": "use torch.rand or torch.randint",
    "time": "measure outside of compiled code",
    "datetime": "pass the value as an argument",
    "os": "pass the value as an argument",
    "sys": "pass the value as an argument",
    "pathlib": "pass the value as an argument, as a str",
    "itertools": "write the loops",
    "functools": "write a loop, or a function at the top of the file",
    "operator": "write the operator itself",
    "collections": "use a List or a Dict; named tuples are made at the top of the file",
    "heapq": "keep a list in order with insert, or sort it",
    "bisect": "write the search as a loop",
    "copy": "write x.copy() of a list or dict, x.clone() of a tensor",
    "re": "use the methods of str",
    "json": "use the methods of str",
    "string": "write the characters as a str",
    "struct": "use the functions of torch",
    "logging": "use print or warnings.warn",
    "statistics": "use the functions of torch, or a loop",
    "threading": "use torch.jit.fork",
    "multiprocessing": "use torch.jit.fork",
    "concurrent": "use torch.jit.fork",
    "asyncio": "use torch.jit.fork",
}
"""Python's modules whose functions compiled code cannot call."""
TORCH = {
    "torch.finfo": "write the number, such as 3.4028234663852886e38",
    "torch.iinfo": "write the number, such as 2147483647",
    "torch.is_tensor": "use isinstance(x, Tensor)",
    "torch.from_numpy": "take a Tensor: the caller gives an array",
    "torch.set_default_dtype": "give dtype= where tensors are made",
    "torch.vmap": "write the operation on the whole tensor, or a loop",
    "torch.compile": "call the function itself",
}
"""Functions of torch that torch.jit has not."""
_KNOWN = ("torch", "builtins", "typing", "typing_extensions", "math", "cmath", "ops", "enum", "dataclasses", "warnings",
          "abc", "numbers", "types", "contextlib", "jaxtyping", "torchvision")  # fmt: skip
"""Modules some of whose names mean something to the compiler."""
CMATH = {"cmath.polar": "(abs(z), cmath.phase(z))", "cmath.isclose": "abs(a - b) <= tolerance"}


def refusal(what: str, span: Span, shown: str | None = None) -> CompileError:
    """The error for a piece of Python that the language has not; `shown` where that is not `what` in quotes."""
    return CompileError.at(span, f"{shown or repr(what)} is not part of TorchScript", INSTEAD.get(what))


def refused_function(name: str, span: Span) -> CompileError | None:
    """The error for the name of one of Python's functions, if it is refused."""
    hint = FUNCTIONS.get(name)
    return None if hint is None else CompileError.at(span, f"{name}() is not part of TorchScript", hint)


def refused_math(path: str, span: Span) -> CompileError | None:
    """The error for a function of Python's math or cmath that torch.jit has not."""
    if path in CMATH:
        return CompileError.at(span, f"{path} is not part of TorchScript", f"write {CMATH[path]}")
    name = path.removeprefix("math.")
    if name == path or name not in MATH:
        return None
    return CompileError.at(span, f"{path} is not part of TorchScript", f"write {MATH[name]}")


def refused_module(path: str, span: Span) -> CompileError | None:
    """The error for a function of one of Python's modules, or of torch that torch.jit has not."""
    home = path.partition(".")[0]
    hint = TORCH.get(path) or MODULES.get(home)
    if hint is None and "." in path and home not in _KNOWN:
        return CompileError.at(span, f"{path} is in another file, which is not read", "write it into this file")
    return None if hint is None else CompileError.at(span, f"{path} is not part of TorchScript", hint)


def refused_values(shown: str, given: Sequence[Type]) -> str | None:
    """What to write for a call that Python has and no overload fits; `shown` is what the source calls it."""
    first = given[0] if given else None
    if shown == "round" and len(given) == 2:
        return "round takes no digits: write round(x * 100.0) / 100.0"
    if shown == "pow" and len(given) == 3:
        return "write (a ** b) % m"
    if shown == "sum" and len(given) == 2:
        return "sum takes the list alone: add the start to it"
    if shown == "in" and isinstance(first, ListType):
        return "only lists of int, float, str and Tensor are searched: write a loop"
    if shown in ("==", "!=") and isinstance(first, TupleType | DictType):
        return "compare what they hold, one by one"
    if shown in ("sorted", "min", "max", "sum", "any", "all") and isinstance(first, DictType):
        return "write d.keys() or d.values()"
    return None
