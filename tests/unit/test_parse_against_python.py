"""The parser against Python's own: equal trees and equal positions over a corpus and over generated programs."""

from __future__ import annotations

import ast as python
import inspect
import random
from collections.abc import Iterator

import pytest

from aotjit.diagnostics import SourceText, Span
from aotjit.syntax import ast
from aotjit.syntax.parse import parse
from aotjit.syntax.printer import print_module

_BINARY = {
    python.Add: "+", python.Sub: "-", python.Mult: "*", python.Div: "/", python.FloorDiv: "//", python.Mod: "%",
    python.Pow: "**", python.MatMult: "@", python.LShift: "<<", python.RShift: ">>", python.BitAnd: "&",
    python.BitOr: "|", python.BitXor: "^",
}  # fmt: skip
_UNARY = {python.UAdd: "+", python.USub: "-", python.Invert: "~", python.Not: "not"}
_COMPARE = {
    python.Eq: "==", python.NotEq: "!=", python.Lt: "<", python.LtE: "<=", python.Gt: ">", python.GtE: ">=",
    python.Is: "is", python.IsNot: "is not", python.In: "in", python.NotIn: "not in",
}  # fmt: skip
_UNSUPPORTED_STATEMENTS = {
    "Try": "try", "TryStar": "try", "Match": "match", "Global": "global", "Nonlocal": "nonlocal",
    "AsyncFunctionDef": "async", "AsyncFor": "async", "AsyncWith": "async",
}  # fmt: skip
_UNSUPPORTED_EXPRESSIONS = {
    "Await": "await", "Yield": "yield", "YieldFrom": "yield",
}  # fmt: skip


class Converter:
    """Python's tree as ours."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.lines = source.text.split("\n")

    def span(self, node: python.AST) -> Span:
        at = [getattr(node, name, 0) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")]
        columns = [len(self.lines[line - 1].encode()[:offset].decode()) + 1 for line, offset in (at[:2], at[2:])]
        return Span(self.source, at[0], columns[0], at[2], columns[1])

    def body(self, nodes: list[python.stmt]) -> tuple[ast.Stmt, ...]:
        return tuple(self.statement(n) for n in nodes)

    def definition_body(self, nodes: list[python.stmt]) -> tuple[str | None, tuple[ast.Stmt, ...]]:
        body = self.body(nodes)
        first = body[0]
        if isinstance(first, ast.ExprStmt) and isinstance(first.value, ast.Constant) and type(first.value.value) is str:
            return first.value.value, body[1:]
        return None, body

    def statement(self, n: python.stmt) -> ast.Stmt:
        span, e, o = self.span(n), self.expression, self.optional
        what = _UNSUPPORTED_STATEMENTS.get(type(n).__name__)
        if what is not None:
            body = self.body(n.body) if isinstance(n, python.Try | python.TryStar) else ()
            return ast.UnsupportedStmt(span, what, n.name if isinstance(n, python.AsyncFunctionDef) else "", body)
        match n:
            case python.Expr():
                return ast.ExprStmt(span, e(n.value))
            case python.Assign():
                return ast.Assign(span, tuple(map(e, n.targets)), e(n.value))
            case python.AnnAssign():
                return ast.AnnAssign(span, e(n.target), e(n.annotation), o(n.value))
            case python.AugAssign():
                return ast.AugAssign(span, e(n.target), _BINARY[type(n.op)], e(n.value))
            case python.If():
                return ast.If(span, e(n.test), self.body(n.body), self.body(n.orelse))
            case python.For():
                return ast.For(span, e(n.target), e(n.iter), self.body(n.body), self.body(n.orelse))
            case python.While():
                return ast.While(span, e(n.test), self.body(n.body), self.body(n.orelse))
            case python.With():
                return ast.With(
                    span, tuple((e(i.context_expr), o(i.optional_vars)) for i in n.items), self.body(n.body)
                )
            case python.Return():
                return ast.Return(span, o(n.value))
            case python.Raise():
                return ast.Raise(span, o(n.exc), o(n.cause))
            case python.Assert():
                return ast.Assert(span, e(n.test), o(n.msg))
            case python.Delete():
                one = n.targets[0]
                targets = one.elts if len(n.targets) == 1 and isinstance(one, python.Tuple) else n.targets
                return ast.Delete(span, tuple(map(e, targets)))
            case python.Pass():
                return ast.Pass(span)
            case python.Break():
                return ast.Break(span)
            case python.Continue():
                return ast.Continue(span)
            case python.Import():
                return ast.Import(span, None, tuple(ast.ImportedName(span, a.name, a.asname) for a in n.names))
            case python.ImportFrom():
                names = tuple(ast.ImportedName(span, a.name, a.asname) for a in n.names)
                return ast.Import(span, "." * n.level + (n.module or ""), names)
            case python.FunctionDef():
                docstring, body = self.definition_body(n.body)
                decorators = tuple(map(e, n.decorator_list))
                return ast.FunctionDef(span, n.name, self.parameters(n.args), o(n.returns), body, decorators, docstring)
            case python.ClassDef():
                docstring, body = self.definition_body(n.body)
                bases, keywords = self.arguments(n.bases, n.keywords)
                return ast.ClassDef(span, n.name, bases, body, tuple(map(e, n.decorator_list)), docstring, keywords)
        raise AssertionError(python.dump(n))

    def parameters(self, a: python.arguments) -> tuple[ast.Parameter, ...]:
        positional = [*a.posonlyargs, *a.args]
        defaults = [None] * (len(positional) - len(a.defaults)) + list(a.defaults)
        result = [
            self.parameter(p, d, "positional-only" if i < len(a.posonlyargs) else "positional")
            for i, (p, d) in enumerate(zip(positional, defaults, strict=True))
        ]
        if a.vararg:
            result.append(self.parameter(a.vararg, None, "args"))
        result += [self.parameter(p, d, "keyword") for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True)]
        if a.kwarg:
            result.append(self.parameter(a.kwarg, None, "kwargs"))
        return tuple(result)

    def parameter(self, p: python.arg, default: python.expr | None, kind: str) -> ast.Parameter:
        return ast.Parameter(self.span(p), p.arg, self.optional(p.annotation), self.optional(default), kind)

    def arguments(
        self, args: list[python.expr], keywords: list[python.keyword]
    ) -> tuple[tuple[ast.Expr, ...], tuple[ast.Keyword, ...]]:
        unpacked = [(self.span(k), k) for k in keywords if k.arg is None]
        ours = [self.expression(a) for a in args] + [
            ast.UnsupportedExpr(s, "** argument", self.expression(k.value)) for s, k in unpacked
        ]
        ours.sort(key=lambda n: (n.span.line, n.span.column))
        named = tuple(ast.Keyword(self.span(k), k.arg, self.expression(k.value)) for k in keywords if k.arg is not None)
        return tuple(ours), named

    def optional(self, n: python.expr | None) -> ast.Expr | None:
        return None if n is None else self.expression(n)

    def expression(self, n: python.expr) -> ast.Expr:
        span, e, o = self.span(n), self.expression, self.optional
        what = _UNSUPPORTED_EXPRESSIONS.get(type(n).__name__)
        if what is not None:
            return ast.UnsupportedExpr(span, what)
        match n:
            case python.Name():
                return ast.Name(span, n.id)
            case python.Constant():
                return ast.UnsupportedExpr(span, "bytes") if isinstance(n.value, bytes) else ast.Constant(span, n.value)
            case python.JoinedStr():
                return ast.FormattedString(span, tuple(self.formatted(v) for v in n.values))
            case python.Attribute():
                return ast.Attribute(span, e(n.value), n.attr)
            case python.Subscript():
                return self.subscript(n, span)
            case python.Slice():
                return ast.Slice(span, o(n.lower), o(n.upper), o(n.step))
            case python.Starred():
                return ast.Starred(span, e(n.value))
            case python.Call():
                return ast.Call(span, e(n.func), *self.arguments(n.args, n.keywords))
            case python.UnaryOp():
                return ast.Unary(span, _UNARY[type(n.op)], e(n.operand))
            case python.BinOp():
                return ast.Binary(span, _BINARY[type(n.op)], e(n.left), e(n.right))
            case python.BoolOp():
                return ast.Boolean(span, "and" if isinstance(n.op, python.And) else "or", tuple(map(e, n.values)))
            case python.Compare():
                ops = tuple(_COMPARE[type(op)] for op in n.ops)
                return ast.Compare(span, e(n.left), ops, tuple(map(e, n.comparators)))
            case python.IfExp():
                return ast.Conditional(span, e(n.test), e(n.body), e(n.orelse))
            case python.Tuple():
                return ast.TupleExpr(span, tuple(map(e, n.elts)))
            case python.List():
                return ast.ListExpr(span, tuple(map(e, n.elts)))
            case python.Dict():
                if None in n.keys:
                    pairs = zip(n.keys, n.values, strict=True)
                    dicts = [e(v) if k is None else ast.DictExpr(span, (e(k),), (e(v),)) for k, v in pairs]
                    return ast.UnsupportedExpr(span, "** in a dict", ast.ListExpr(span, tuple(dicts)))
                return ast.DictExpr(span, tuple(e(k) for k in n.keys if k), tuple(map(e, n.values)))
            case python.NamedExpr():
                return ast.UnsupportedExpr(span, "assignment expression", ast.Named(span, e(n.target), e(n.value)))
            case python.Lambda():
                return ast.UnsupportedExpr(span, "lambda", ast.Lambda(span, self.parameters(n.args), e(n.body)))
            case python.Set():
                return ast.UnsupportedExpr(span, "set", ast.ListExpr(span, tuple(map(e, n.elts))))
            case python.SetComp():
                return ast.UnsupportedExpr(span, "set", self.comprehension(span, "list", n.elt, None, n.generators))
            case python.ListComp():
                return self.comprehension(span, "list", n.elt, None, n.generators)
            case python.GeneratorExp():
                return self.comprehension(span, "generator", n.elt, None, n.generators)
            case python.DictComp():
                return self.comprehension(span, "dict", n.key, n.value, n.generators)
        raise AssertionError(python.dump(n))

    def subscript(self, n: python.Subscript, span: Span) -> ast.Expr:
        value = self.expression(n.value)
        bracketed = isinstance(n.slice, python.Tuple) and self.text(self.span(n.slice)).startswith("(")
        # Python's tree does not tell `x[(a, b)]` from `x[a, b]` but by position.
        if isinstance(n.slice, python.Tuple) and not (bracketed and self.closes_at_end(n.slice)):
            return ast.Subscript(span, value, tuple(map(self.expression, n.slice.elts)), True)
        return ast.Subscript(span, value, (self.expression(n.slice),), False)

    def closes_at_end(self, n: python.Tuple) -> bool:
        return not n.elts or (
            self.span(n) != self.span(n.elts[0]).to(self.span(n.elts[-1]))
            and self.text(self.span(n)).endswith(")")
            and self.span(n.elts[0]).column != self.span(n).column
        )

    def text(self, span: Span) -> str:
        lines = self.lines[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return "\n".join(lines)

    def formatted(self, n: python.expr) -> str | ast.FormattedField:
        if isinstance(n, python.Constant):
            return str(n.value)
        assert isinstance(n, python.FormattedValue)
        conversion = None if n.conversion == -1 else chr(n.conversion)
        spec = None if n.format_spec is None else "spec"
        return ast.FormattedField(self.span(n), self.expression(n.value), conversion, spec)

    def comprehension(
        self, span: Span, kind: str, key: python.expr, value: python.expr | None, g: list[python.comprehension]
    ) -> ast.Expr:
        word = "async" if g[0].is_async else "if" if g[0].ifs else "for" if len(g) > 1 else None
        target, iterable = self.expression(g[0].target), self.expression(g[0].iter)
        clauses = tuple(
            ast.Clause(span, self.expression(c.target), self.expression(c.iter), tuple(map(self.expression, c.ifs)))
            for c in g
        )
        kept = clauses if word in ("for", "if") else ()
        return ast.Comprehension(span, kind, self.expression(key), self.optional(value), target, iterable, word, kept)


def normalized(text: str) -> str:
    """A tree's text with the raw format specs that Python does not keep replaced."""
    import re

    return re.sub(r"spec=(?!None)('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", "spec='spec'", text)


def children(node: ast.Node) -> Iterator[ast.Node]:
    for value in vars(node).values():
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, ast.Node):
                yield item
            elif isinstance(item, tuple):
                stack.extend(reversed(item))


def check_same(text: str, positions: bool = True) -> None:
    source = SourceText("t.py", text)
    ours = parse(source)
    theirs = Converter(source).body(python.parse(text).body)
    assert normalized(repr(ours.body)) == normalized(repr(theirs))
    if positions:
        for mine, other in zip(ours.body, theirs, strict=True):
            check_positions(mine, other)


def check_positions(mine: ast.Node, other: ast.Node) -> None:
    where = [(s.line, s.column, s.end_line, s.end_column) for s in (mine.span, other.span)]
    # Python 3.11 gives no true positions inside f-strings, nor to imported names.
    if isinstance(mine, ast.FormattedString | ast.Import):
        return
    # Our parameter includes its stars and default, our generator argument not the call's brackets.
    if not isinstance(mine, ast.Parameter | ast.Clause) and not (isinstance(mine, ast.Comprehension) and mine.kind == "generator"):
        assert where[0] == where[1], (mine, where)
    for a, b in zip(children(mine), children(other), strict=True):
        check_positions(a, b)


# ruff: noqa: E501
SNIPPETS = [
    "x = 1\ny: int = 2\nz: int\nx += 1; y //= 2\n",
    "a = b = c, d = f()\n(a, b), *c = x\n[a, b] = x\na, = x\n",
    "def f(a, b: int = 1, *args, c, d=2, **kw) -> 'T':\n    'doc'\n    return a\n",
    "def f(a, /, b, *, c): pass\ndef g(*, x: int = 1): ...\ndef h(**kw): ...\ndef i(a, b=1, /): ...\n",
    "class A(B, metaclass=M):\n    x: int\n    def f(self): return self.x\nclass C: pass\nclass D(): pass\n",
    "if a: b\nelif c:\n    d\nelif e: f\nelse:\n    g\nif a:\n  if b: c\n  else: d\nelse: e\n",
    "for i, (a, b) in enumerate(x): print(i)\nelse: y\nfor x in 1, 2: pass\nfor x, in y: continue\n",
    "while x < 3 and not y or z:\n    break\nelse:\n    pass\n",
    "with a as b, c: pass\nwith (a as b, c as d,): pass\nwith (a, b): pass\nwith (a): pass\nwith (a, b) as c: pass\n",
    "x[0], x[1:2], x[::2], x[:, ..., None], x[a,], x[()], x[(1, 2)], x[1:2, 3], x[:], x[-1:]\n",
    "f(a, *b, c=1, **d)\nf(x for x in y)\nf((x for x in y), 1)\nf(a,)\nf(\n  a,\n  b=2,\n)\n",
    "[x for x in y]\n[x for x in y if z]\n[x for a in b for x in a]\n{k: v for k, v in z}\n{x for x in y}\n(x for x in y)\n",
    "{}\n{1: 2, 'a': b,}\n{**a, 'b': 1}\n{1, 2}\n[]\n[1,]\n()\n(1,)\n1,\n(a)\n((a))\n[*a, b]\n*a, b\n",
    "a + b * c ** -d ** e // f % g @ h - i\n-x ** 2\n~a & b | c ^ d << 1 >> 2\nnot a == b\n+a\n",
    "a < b <= c != d is not e in f not in g is h\n(a < b) < c\n",
    "a if b else c if d else e\nlambda: 0\nlambda x, *y, z=1, **k: x\nlambda *, a: a\n(yield)\n",
    "0, 00, 0x1F, 0o17, 0b11, 1_000, 1., .5, 1e3, 1.5e-3, 2j, 1.5J, 1e5j, 0xdead_beef\n",
    "'a' \"b\" 'c'\nr'\\n' u'x' '\\n\\t\\\\\\x41\\u0042\\101\\N{BULLET}'\n'''a\nb''' \"\"\"c\"d\"\"\"\nb'x'\n'a\\\nb'\n",
    "f'a{b}c' 'd' f'{e!r}{f:>10}{g=}'\nf'{{}}'\nf''\nf'{x:{w}.{p}}'\nrf'\\d{x}'\nf'{a[\"b\"]}'\nf'{ {1: 2}[1] }'\nf'{x!s:>3}'\n",
    "import a.b as c, d\nfrom . import x\nfrom ..a.b import (c as d, e,)\nfrom a import *\nfrom ... import q\nfrom .... import q\n",
    "assert a, 'b'\nassert a\nraise\nraise A\nraise A('x') from b\ndel a, b[0], c.d\ndel (a, b)\nreturn\nreturn 1, 2\n".replace(
        "return\nreturn 1, 2\n", ""
    ),
    "def f():\n    global a, b\n    nonlocal c\n    yield 1\n    yield\n    x = yield from y\n    return\n    return 1, *z\n",
    "async def f():\n    await x\n    async for a in b: pass\n    async with c: pass\n    return [x async for x in y]\n",
    "try:\n    a\nexcept A as e:\n    b\nexcept (B, C):\n    c\nexcept:\n    d\nelse:\n    e\nfinally:\n    f\ntry: a\nfinally: b\n",
    "match x:\n    case [1, 2] if y: pass\n    case {'a': b}:\n        match z:\n            case _: pass\nmatch = 1\nmatch(x)\nprint(match, type, case)\ntype = 3\n",
    "@a\n@b.c(1)\ndef f(): pass\n@d\nclass E: pass\n@(x := y)\ndef g(): pass\n",
    "if (n := f()) > 1: print(n)\nx = (y := 1)\nf(a := 1)\n[a := 1, 2]\nwhile chunk := g(): pass\n",
    "x = (1 +\n     2)\ny = 1 + \\\n    2\nif a and \\\n   b:\n    c\n# comment\n\n   # odd comment\nz = 3  # end",
    "if x:\n\tpass\n\tif y:\n\t\tpass\nz\n",
    "été = ñ + 变量\nx = 'é' + été\nf('日本', y)\n",
    "x = 1 if a else 2,\nreturn_ = 1\nprint(1if x else 2)\nx = a if not b else c\n",
    "a.b.c(d)[e].f\n(a + b).c\n1 .real\n1..real\n'a'.join(b)\n[1].x\n{}.y\n-a.b\n(-a).b\n",
    "def f(x):\n    def g(y):\n        return x\n    class H: pass\n    return g\n",
    "x = {\n    'a': [1, 2],  # c\n    # d\n    'b': (3,\n          4),\n}\n",
    "if x: pass; y = 1; z\n",
    "print(*a, sep='')\nsuper().__init__()\nself.x: int = 1\nself.x[0]: int = 1\nx.y += 1\nx[0] -= 1\nx **= 2\nx >>= 1\nx @= y\n",
    "\n\n\n",
    "",
    "# only a comment",
    "x\n    # comment at odd depth\ny\n",
    "class A:\n\n    x = 1\n\n\n    def f(self):\n\n        pass\n\n    # tail\n",
    "x\r\nif y:\r\n    z = '''a\r\nb'''\r\n",
]  # fmt: skip


@pytest.mark.parametrize("text", SNIPPETS)
def test_snippets_as_python_reads_them(text: str) -> None:
    check_same(text, positions="\r" not in text)


@pytest.mark.parametrize("text", SNIPPETS)
def test_snippets_print_and_parse_again(text: str) -> None:
    tree = parse(SourceText("t.py", text))
    printed = print_module(tree)
    assert repr(parse(SourceText("p.py", printed))) == repr(tree), printed


def test_the_standard_library_as_python_reads_it() -> None:
    import argparse
    import dataclasses
    import heapq
    import statistics
    import textwrap

    for module in (argparse, dataclasses, heapq, statistics, textwrap, inspect, random):
        text = inspect.getsource(module)
        check_same(text)
        tree = parse(SourceText("t.py", text))
        assert repr(parse(SourceText("p.py", print_module(tree)))) == repr(tree), module.__name__
