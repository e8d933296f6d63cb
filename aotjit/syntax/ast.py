"""The abstract syntax of TorchScript source: immutable dataclasses, each with the span it was read from.

One tree serves hand-written `model.py` and the `code/` files of an archive. What the language forbids but Python
allows is still parsed where a good message needs it (`Unsupported`); `sema` rejects it with its own hint.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import EllipsisType
from typing import TypeVar, dataclass_transform

from aotjit.diagnostics import SourceText, Span

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[_T]) -> type[_T]:
    """A dataclass that mypy holds to be frozen.

    Freezing at run time would double the import time of this module, which every command pays; equality, hash and
    text come from Node for the same reason.
    """
    return dataclass(eq=False, repr=False)(cls)


@node
class Node:
    """Base of all nodes. Equality ignores spans, so that trees can be compared with what a printer wrote."""

    span: Span = field(compare=False, repr=False)

    def compared(self) -> tuple[object, ...]:
        """The values of the fields that make two nodes equal."""
        return tuple([getattr(self, f.name) for f in fields(self) if f.compare])

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Node) and self.compared() == other.compared()

    def __hash__(self) -> int:
        return hash((type(self), self.compared()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"{type(self).__name__}({shown})"


class Expr(Node):
    """An expression. Annotations are expressions too; `sema` reads them as types."""


class Stmt(Node):
    """A statement."""


# -- expressions ------------------------------------------------------------------------------------------------------


@node
class Name(Expr):
    id: str


@node
class Constant(Expr):
    """None, True, False, Ellipsis, an int, a float, a complex or a str (adjacent literals already joined)."""

    value: bool | int | float | complex | str | EllipsisType | None


@node
class FormattedString(Expr):
    """An f-string: literal text and expressions in turn. `spec`/`conversion` texts are kept to be rejected."""

    parts: tuple[str | FormattedField, ...]


@node
class FormattedField(Node):
    value: Expr
    conversion: str | None
    spec: str | None


@node
class Attribute(Expr):
    value: Expr
    name: str


@node
class Subscript(Expr):
    """`value[indices]`; `is_tuple` tells `x[i,]` from `x[i]`."""

    value: Expr
    indices: tuple[Expr, ...]
    is_tuple: bool


@node
class Slice(Expr):
    """Only inside Subscript.indices."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None


@node
class Keyword(Node):
    name: str
    value: Expr


@node
class Starred(Expr):
    value: Expr


@node
class Call(Expr):
    function: Expr
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]


@node
class Unary(Expr):
    """op: - + ~ not"""

    op: str
    operand: Expr


@node
class Binary(Expr):
    """op: + - * / // % ** @ << >> & | ^"""

    op: str
    left: Expr
    right: Expr


@node
class Boolean(Expr):
    """op: and or; two or more values."""

    op: str
    values: tuple[Expr, ...]


@node
class Compare(Expr):
    """`first op[0] rest[0] op[1] rest[1] ...`; op: == != < <= > >= is 'is not' in 'not in'."""

    first: Expr
    ops: tuple[str, ...]
    rest: tuple[Expr, ...]


@node
class Conditional(Expr):
    """`then if test else otherwise`"""

    test: Expr
    then: Expr
    otherwise: Expr


@node
class TupleExpr(Expr):
    elements: tuple[Expr, ...]


@node
class ListExpr(Expr):
    elements: tuple[Expr, ...]


@node
class DictExpr(Expr):
    keys: tuple[Expr, ...]
    values: tuple[Expr, ...]


@node
class Clause(Node):
    """`for target in iterable if condition ...` of a comprehension."""

    target: Expr
    iterable: Expr
    conditions: tuple[Expr, ...]


@node
class Comprehension(Expr):
    """`[element for target in iterable]`; kind: list dict generator. `value` only for dict. More than one
    generator or an `if` is kept in `unsupported` as the word to complain about, and then all of it in `clauses`:
    constructors run it."""

    kind: str
    element: Expr
    value: Expr | None
    target: Expr
    iterable: Expr
    unsupported: str | None = None
    clauses: tuple[Clause, ...] = ()


@node
class UnsupportedExpr(Expr):
    """Python that TorchScript has not: what is 'lambda', 'assignment expression', 'set', 'await', 'yield'...

    `inner` is what constructors, which run at compile time, evaluate: the Lambda, the Named of an 'assignment
    expression', what '** argument' unpacks, the elements of a 'set' as a list, the dicts that '** in a dict' joins as
    a list."""

    what: str
    inner: Expr | None = None


@node
class Lambda(Expr):
    """Only inside UnsupportedExpr."""

    parameters: tuple[Parameter, ...]
    body: Expr


@node
class Named(Expr):
    """`target := value`, only inside UnsupportedExpr."""

    target: Name
    value: Expr


def is_unpacked(argument: Expr) -> bool:
    """Is it the `**x` of a call?"""
    return isinstance(argument, UnsupportedExpr) and argument.what == "** argument"


# -- statements -------------------------------------------------------------------------------------------------------


@node
class ExprStmt(Stmt):
    value: Expr


@node
class Assign(Stmt):
    """`a = b = value`: targets left to right. `type_comment` is the text after `# type:` if there is one."""

    targets: tuple[Expr, ...]
    value: Expr
    type_comment: str | None = None
    type_comment_span: Span | None = field(default=None, compare=False, repr=False)


@node
class AnnAssign(Stmt):
    target: Expr
    annotation: Expr
    value: Expr | None


@node
class AugAssign(Stmt):
    """op without its '=': + - * / // % ** @ << >> & | ^"""

    target: Expr
    op: str
    value: Expr


@node
class If(Stmt):
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@node
class For(Stmt):
    target: Expr
    iterable: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...] = ()


@node
class While(Stmt):
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...] = ()


@node
class With(Stmt):
    """items: (context expression, `as` target or None)"""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Stmt, ...]


@node
class Return(Stmt):
    value: Expr | None


@node
class Raise(Stmt):
    """`raise exception from cause`; TorchScript ignores the cause."""

    exception: Expr | None
    cause: Expr | None = None


@node
class Assert(Stmt):
    test: Expr
    message: Expr | None


@node
class Delete(Stmt):
    targets: tuple[Expr, ...]


@node
class Pass(Stmt):
    pass


@node
class Break(Stmt):
    pass


@node
class Continue(Stmt):
    pass


@node
class ImportedName(Node):
    name: str
    alias: str | None


@node
class Import(Stmt):
    """`import a.b as c` (module None) or `from module import names`."""

    module: str | None
    names: tuple[ImportedName, ...]


@node
class UnsupportedStmt(Stmt):
    """Python that TorchScript has not: what is 'try', 'match', 'global', 'nonlocal', 'async', 'type alias'...
    A definition has the name that it defines, `try` its first block."""

    what: str
    name: str = ""
    body: tuple[Stmt, ...] = field(default=(), compare=False, repr=False)


# -- definitions ------------------------------------------------------------------------------------------------------


@node
class Parameter(Node):
    """kind: 'positional', 'positional-only' (before `/`), 'keyword' (after `*`), 'args' (`*a`), 'kwargs' (`**a`)."""

    name: str
    annotation: Expr | None
    default: Expr | None
    kind: str = "positional"


@node
class FunctionDef(Stmt):
    """`type_comment` is a signature comment's text, as in `# type: (Tensor, int) -> Tensor`.

    The docstring is not part of the body, so a body may be empty.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: Expr | None
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...] = ()
    docstring: str | None = None
    type_comment: str | None = None
    type_comment_span: Span | None = field(default=None, compare=False, repr=False)


@node
class ClassDef(Stmt):
    name: str
    bases: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...] = ()
    docstring: str | None = None
    keywords: tuple[Keyword, ...] = ()


@node
class SourceModule(Node):
    """A whole file."""

    source: SourceText = field(compare=False, repr=False)
    body: tuple[Stmt, ...] = ()
