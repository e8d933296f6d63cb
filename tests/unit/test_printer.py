"""Printing and parsing again gives the same tree, for any tree."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aotjit.diagnostics import SourceText, Span
from aotjit.syntax import ast
from aotjit.syntax.parse import parse, parse_expression
from aotjit.syntax.printer import print_expression, print_module

NOWHERE = Span(SourceText("", ""), 1, 1, 1, 1)


def make(cls: type[ast.Node], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(cls, st.just(NOWHERE), **fields)


def tuples(of: st.SearchStrategy[Any], least: int = 0, most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


names = st.sampled_from(["a", "b1", "_x", "self", "Tensor", "match", "type", "été"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.one_of(
    st.integers(0, 2**70), st.floats(0, allow_nan=False), st.floats(0, allow_nan=False, allow_infinity=False).map(
        lambda f: complex(0, f)
    ),
)  # fmt: skip
constants = make(ast.Constant, value=st.one_of(st.none(), st.booleans(), st.just(...), numbers, texts))
name = make(ast.Name, id=names)
binary_ops = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^"])
compare_ops = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"])


@st.composite
def comparisons(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> ast.Expr:
    rest = draw(tuples(inner, 1))
    return ast.Compare(NOWHERE, draw(inner), tuple(draw(compare_ops) for _ in rest), rest)


@st.composite
def dicts(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> ast.Expr:
    pairs = draw(st.lists(st.tuples(inner, inner), max_size=3))
    return ast.DictExpr(NOWHERE, tuple(k for k, _ in pairs), tuple(v for _, v in pairs))


def joined(parts: list[Any]) -> tuple[Any, ...]:
    """Parts as the parser leaves them: no empty text, no two texts in a row."""
    result: list[Any] = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        elif part != "":
            result.append(part)
    return tuple(result)


def targets_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        name, make(ast.Attribute, value=inner, name=names),
        make(ast.Subscript, value=inner, indices=tuples(inner, 1, 1), is_tuple=st.just(False)),
    )  # fmt: skip


def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    slices = make(ast.Slice, start=st.none() | inner, stop=st.none() | inner, step=st.none() | inner)
    starred = make(ast.Starred, value=inner)
    fields = make(ast.FormattedField, value=inner, conversion=st.sampled_from([None, "r", "s"]), spec=st.none())
    keywords = st.lists(make(ast.Keyword, name=names, value=inner), max_size=2, unique_by=lambda k: k.name).map(tuple)
    comprehension_target = targets_of(name) | make(ast.TupleExpr, elements=tuples(targets_of(name), 1, 2))
    return st.one_of(
        make(ast.Attribute, value=inner, name=names),
        make(ast.Subscript, value=inner, indices=tuples(inner | slices, 1, 1), is_tuple=st.booleans()),
        make(ast.Subscript, value=inner, indices=tuples(inner | slices, 2), is_tuple=st.just(True)),
        make(ast.Call, function=inner, args=tuples(inner | starred), keywords=keywords),
        make(ast.Unary, op=st.sampled_from(["-", "+", "~", "not"]), operand=inner),
        make(ast.Binary, op=binary_ops, left=inner, right=inner),
        make(ast.Boolean, op=st.sampled_from(["and", "or"]), values=tuples(inner, 2)),
        comparisons(inner),
        make(ast.Conditional, test=inner, then=inner, otherwise=inner),
        make(ast.TupleExpr, elements=tuples(inner | starred)),
        make(ast.ListExpr, elements=tuples(inner | starred)),
        dicts(inner),
        make(ast.FormattedString, parts=st.lists(texts | fields, max_size=3).map(joined)),
        make(
            ast.Comprehension, kind=st.sampled_from(["list", "generator"]), element=inner, value=st.none(),
            target=comprehension_target, iterable=inner,
        ),
        make(
            ast.Comprehension, kind=st.just("dict"), element=inner, value=inner, target=comprehension_target,
            iterable=inner,
        ),
    )  # fmt: skip


expressions = st.recursive(constants | name, extend, max_leaves=12)
simple = st.recursive(constants | name, extend, max_leaves=4)
targets = st.recursive(
    targets_of(simple), lambda inner: make(ast.TupleExpr, elements=tuples(inner, 1, 2)), max_leaves=3
)
# A string alone as the first statement of a body is its docstring, which has a field of its own.
expression_statements = make(ast.ExprStmt, value=expressions).filter(
    lambda s: not (isinstance(s.value, ast.Constant) and isinstance(s.value.value, str))
)
type_comments = st.sampled_from([None, "List[int]"])
statements_flat = st.one_of(
    expression_statements,
    make(ast.Assign, targets=tuples(targets, 1, 2), value=expressions, type_comment=type_comments),
    make(ast.AnnAssign, target=targets_of(simple), annotation=simple, value=st.none() | expressions),
    make(ast.AugAssign, target=targets_of(simple), op=binary_ops, value=expressions),
    make(ast.Return, value=st.none() | expressions),
    make(ast.Raise, exception=expressions, cause=st.none() | simple),
    make(ast.Assert, test=expressions, message=st.none() | simple),
    make(ast.Delete, targets=tuples(targets_of(simple), 1, 2)),
    make(ast.Pass), make(ast.Break), make(ast.Continue),
    make(
        ast.Import, module=st.sampled_from([None, "a", ".b", ".."]),
        names=tuples(make(ast.ImportedName, name=names, alias=st.none() | names), 1, 2),
    ),
)  # fmt: skip


@st.composite
def parameters(draw: st.DrawFn) -> tuple[ast.Parameter, ...]:
    kinds = sorted(draw(st.lists(st.integers(0, 4), max_size=4)))
    words = ["positional-only", "positional", "args", "keyword", "kwargs"]
    result: list[ast.Parameter] = []
    defaulted = False
    for i, kind in enumerate(kinds):
        word = words[kind]
        if word in ("args", "kwargs") and any(p.kind == word for p in result):
            continue
        default = draw(st.none() | simple) if word not in ("args", "kwargs") else None
        if word.startswith("positional"):
            default = draw(simple) if defaulted else default
            defaulted = defaulted or default is not None
        result.append(ast.Parameter(NOWHERE, f"p{i}", draw(st.none() | simple), default, word))
    return tuple(result)


def extend_statements(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    body, orelse = tuples(inner, 1, 2), tuples(inner, 0, 2)
    arguments = st.lists(make(ast.Keyword, name=names, value=simple), max_size=1).map(tuple)
    return st.one_of(
        make(ast.If, test=simple, body=body, orelse=orelse),
        make(ast.For, target=targets, iterable=simple, body=body, orelse=orelse),
        make(ast.While, test=simple, body=body, orelse=orelse),
        make(ast.With, items=tuples(st.tuples(simple, st.none() | targets_of(simple)), 1, 2), body=body),
        make(
            ast.FunctionDef, name=names, parameters=parameters(), returns=st.none() | simple, body=body,
            decorators=tuples(simple, 0, 1), docstring=st.none() | texts,
            type_comment=st.sampled_from([None, "(int) -> int"]),
        ),
        make(
            ast.ClassDef, name=names, bases=tuples(simple, 0, 2), body=body, decorators=tuples(simple, 0, 1),
            docstring=st.none() | texts, keywords=arguments,
        ),
    )  # fmt: skip


statements = st.recursive(statements_flat, extend_statements, max_leaves=5)
relaxed = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@relaxed
@given(expressions)
def test_any_expression_prints_and_parses_again(tree: ast.Expr) -> None:
    text = print_expression(tree)
    assert repr(parse_expression(SourceText("p", text))) == repr(tree), text


@relaxed
@given(tuples(statements, 0, 4))
def test_any_file_prints_and_parses_again(body: tuple[ast.Stmt, ...]) -> None:
    source = SourceText("m", "")
    text = print_module(ast.SourceModule(NOWHERE, source, body))
    again = parse(SourceText("p", text))
    assert repr(again.body) == repr(body), text
    assert again.body == body
    assert hash(again.body) == hash(body)


def test_what_a_printed_file_looks_like() -> None:
    text = (
        "import torch\n"
        "from typing import List as L\n"
        "\n"
        "\n"
        "class M(torch.nn.Module):\n"
        "    'What it is.'\n"
        "    k: Final[int]\n"
        "    @torch.jit.export\n"
        "    def forward(self, x: Tensor, *, n: int = 3) -> Tensor:\n"
        "        for i in range(n):\n"
        "            x = x * (i + 1) if i % 2 == 0 else -x[..., 1:, None]\n"
        "        while not x.any():\n"
        "            x += 1\n"
        "        else:\n"
        "            pass\n"
        '        return f"{x} it\'s {n!r:>3}"\n'
        "\n"
        "\n"
        "def f(x, y=1):\n"
        "    # type: (Tensor, int) -> Tensor\n"
        "    z = [x]  # type: List[Tensor]\n"
        "    if x is None:\n"
        "        return y\n"
        "    elif y:\n"
        "        try:\n"
        "            g()\n"
        "        except A:\n"
        "            pass\n"
        "    else:\n"
        "        return lambda q: q\n"
    )
    printed = print_module(parse(SourceText("m", text)))
    assert printed == text.replace("return lambda q: q", "return (lambda q: q)")
