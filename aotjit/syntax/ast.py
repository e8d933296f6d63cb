"""The abstract syntax of TorchScript source: frozen dataclasses, each with the span it was read from.

One tree serves hand-written `model.py` and the `code/` files of an archive. What the language forbids but Python
allows is still parsed where a good message needs it (`Unsupported`); `sema` rejects it with its own hint.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import EllipsisType

from aotjit.diagnostics import SourceText, Span


@dataclass(frozen=True)
class Node:
    """Base of all nodes. Equality ignores spans, so that trees can be compared with what a printer wrote."""

    span: Span = field(compare=False, repr=False)


class Expr(Node):
    """An expression. Annotations are expressions too; `sema` reads them as types."""


class Stmt(Node):
    """A statement."""


# -- expressions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name(Expr):
    id: str


@dataclass(frozen=True)
class Constant(Expr):
    """None, True, False, Ellipsis, an int, a float, a complex or a str (adjacent literals already joined)."""

    value: bool | int | float | complex | str | EllipsisType | None


@dataclass(frozen=True)
class FormattedString(Expr):
    """An f-string: literal text and expressions in turn. `spec`/`conversion` texts are kept to be rejected."""

    parts: tuple[str | FormattedField, ...]


@dataclass(frozen=True)
class FormattedField(Node):
    value: Expr
    conversion: str | None
    spec: str | None


@dataclass(frozen=True)
class Attribute(Expr):
    value: Expr
    name: str


@dataclass(frozen=True)
class Subscript(Expr):
    """`value[indices]`; `is_tuple` tells `x[i,]` from `x[i]`."""

    value: Expr
    indices: tuple[Expr, ...]
    is_tuple: bool


@dataclass(frozen=True)
class Slice(Expr):
    """Only inside Subscript.indices."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None


@dataclass(frozen=True)
class Keyword(Node):
    name: str
    value: Expr


@dataclass(frozen=True)
class Starred(Expr):
    value: Expr


@dataclass(frozen=True)
class Call(Expr):
    function: Expr
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]


@dataclass(frozen=True)
class Unary(Expr):
    """op: - + ~ not"""

    op: str
    operand: Expr


@dataclass(frozen=True)
class Binary(Expr):
    """op: + - * / // % ** @ << >> & | ^"""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Boolean(Expr):
    """op: and or; two or more values."""

    op: str
    values: tuple[Expr, ...]


@dataclass(frozen=True)
class Compare(Expr):
    """`first op[0] rest[0] op[1] rest[1] ...`; op: == != < <= > >= is 'is not' in 'not in'."""

    first: Expr
    ops: tuple[str, ...]
    rest: tuple[Expr, ...]


@dataclass(frozen=True)
class Conditional(Expr):
    """`then if test else otherwise`"""

    test: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True)
class TupleExpr(Expr):
    elements: tuple[Expr, ...]


@dataclass(frozen=True)
class ListExpr(Expr):
    elements: tuple[Expr, ...]


@dataclass(frozen=True)
class DictExpr(Expr):
    keys: tuple[Expr, ...]
    values: tuple[Expr, ...]


@dataclass(frozen=True)
class Comprehension(Expr):
    """`[element for target in iterable]`; kind: list dict generator. `value` only for dict. More than one
    generator or an `if` is kept in `unsupported` as the word to complain about."""

    kind: str
    element: Expr
    value: Expr | None
    target: Expr
    iterable: Expr
    unsupported: str | None = None


@dataclass(frozen=True)
class UnsupportedExpr(Expr):
    """Python that TorchScript has not: what is 'lambda', 'assignment expression', 'set', 'await', 'yield'..."""

    what: str


# -- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExprStmt(Stmt):
    value: Expr


@dataclass(frozen=True)
class Assign(Stmt):
    """`a = b = value`: targets left to right. `type_comment` is the text after `# type:` if there is one."""

    targets: tuple[Expr, ...]
    value: Expr
    type_comment: str | None = None
    type_comment_span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class AnnAssign(Stmt):
    target: Expr
    annotation: Expr
    value: Expr | None


@dataclass(frozen=True)
class AugAssign(Stmt):
    """op without its '=': + - * / // % ** @ << >> & | ^"""

    target: Expr
    op: str
    value: Expr


@dataclass(frozen=True)
class If(Stmt):
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True)
class For(Stmt):
    target: Expr
    iterable: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...] = ()


@dataclass(frozen=True)
class While(Stmt):
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...] = ()


@dataclass(frozen=True)
class With(Stmt):
    """items: (context expression, `as` target or None)"""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class Return(Stmt):
    value: Expr | None


@dataclass(frozen=True)
class Raise(Stmt):
    """`raise exception from cause`; TorchScript ignores the cause."""

    exception: Expr | None
    cause: Expr | None = None


@dataclass(frozen=True)
class Assert(Stmt):
    test: Expr
    message: Expr | None


@dataclass(frozen=True)
class Delete(Stmt):
    targets: tuple[Expr, ...]


@dataclass(frozen=True)
class Pass(Stmt):
    pass


@dataclass(frozen=True)
class Break(Stmt):
    pass


@dataclass(frozen=True)
class Continue(Stmt):
    pass


@dataclass(frozen=True)
class ImportedName(Node):
    name: str
    alias: str | None


@dataclass(frozen=True)
class Import(Stmt):
    """`import a.b as c` (module None) or `from module import names`."""

    module: str | None
    names: tuple[ImportedName, ...]


@dataclass(frozen=True)
class UnsupportedStmt(Stmt):
    """Python that TorchScript has not: what is 'try', 'match', 'global', 'nonlocal', 'async', 'type alias'..."""

    what: str


# -- definitions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parameter(Node):
    """kind: 'positional', 'positional-only' (before `/`), 'keyword' (after `*`), 'args' (`*a`), 'kwargs' (`**a`)."""

    name: str
    annotation: Expr | None
    default: Expr | None
    kind: str = "positional"


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class ClassDef(Stmt):
    name: str
    bases: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...] = ()
    docstring: str | None = None
    keywords: tuple[Keyword, ...] = ()


@dataclass(frozen=True)
class SourceModule(Node):
    """A whole file."""

    source: SourceText = field(compare=False, repr=False)
    body: tuple[Stmt, ...] = ()
