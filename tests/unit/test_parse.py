"""What the parser gives beyond Python's own tree: types in comments, placed expressions, archive code, the table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.syntax import ast, table
from aotjit.syntax.parse import parse, parse_expression, parse_signature
from aotjit.syntax.printer import print_expression, print_module
from aotjit.syntax.rewrite import rewrite_expressions


def statements(text: str) -> tuple[ast.Stmt, ...]:
    return parse(SourceText("m.py", text)).body


def place(span: Span | None) -> tuple[int, int, int, int] | None:
    return None if span is None else (span.line, span.column, span.end_line, span.end_column)


# -- types in comments ------------------------------------------------------------------------------------------------


def test_the_comment_behind_an_assignment_is_its_type() -> None:
    body = statements(
        "x = []  # type: List[int]\n"
        "y = [1,\n     2]    #type:  List[int]  \n"
        "z = 1  # type: ignore\n"
        "w = 1  # a # type: int\n"
        "s = '# type: int'\n"
        "t = f(  # type: int\n    x)\n"
    )
    assert [getattr(s, "type_comment", None) for s in body] == ["List[int]", "List[int]", None, None, None, None]
    assert isinstance(body[0], ast.Assign) and place(body[0].type_comment_span) == (1, 17, 1, 26)


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("def f(x, y):\n    # type: (Tensor, int) -> Tensor\n    return x\n", "(Tensor, int) -> Tensor"),
        ("def f(x, y):  # type: (Tensor, int) -> Tensor\n    return x\n", "(Tensor, int) -> Tensor"),
        ("def f(x,\n      y):\n    # type: (A, B) -> C\n    'doc'\n    return x\n", "(A, B) -> C"),
        ("def f(x):\n    'doc'\n    # type: (A) -> C\n    return x\n", "(A) -> C"),
        ("def f(self,\n  x,  # type: A\n  y  # type: B\n  ):\n    # type: (...) -> C\n    return x\n", "(A, B) -> C"),
        ("def f(x):\n    y = x  # type: (int)\n    return y\n", None),
        ("def f(x):\n    # type: ignore\n    return y\n", None),
        ("def f():\n    # type: () -> None\n    pass\n", "() -> None"),
    ],
)
def test_signature_comments(text: str, comment: str | None) -> None:
    (function,) = statements(text)
    assert isinstance(function, ast.FunctionDef) and function.type_comment == comment


def test_a_signature_comment_is_parsed_where_it_stands() -> None:
    source = SourceText("m.py", "def f(x, y):\n    # type: (Tensor, List[int]) -> Tuple[int, ...]\n    return x\n")
    (function,) = parse(source).body
    assert isinstance(function, ast.FunctionDef) and function.type_comment is not None
    comment = SourceText("comment", function.type_comment)
    parameters, result = parse_signature(comment, function.type_comment_span)
    assert [print_expression(p) for p in parameters] == ["Tensor", "List[int]"]
    assert print_expression(result) == "Tuple[int, ...]"
    assert place(parameters[1].span) == (2, 22, 2, 31) and parameters[1].span.source is source
    assert parse_signature(SourceText("c", "() -> None"))[0] == ()
    assert parse_signature(SourceText("c", "(A,) -> B"))[0] == (ast.Name(function.span, "A"),)
    with pytest.raises(CompileError, match="expected ',' or '\\)' before 'B'"):
        parse_signature(SourceText("c", "(A B) -> C"))


# -- expressions that stand in another file ---------------------------------------------------------------------------


def test_an_annotation_in_quotes_points_into_its_file() -> None:
    source = SourceText("m.py", "x = 1\ndef f(a: 'List[Tensor]'): pass\n")
    function = parse(source).body[1]
    assert isinstance(function, ast.FunctionDef)
    annotation = function.parameters[0].annotation
    assert isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    tree = parse_expression(SourceText("annotation", annotation.value), annotation.span)
    assert isinstance(tree, ast.Subscript)
    assert place(tree.indices[0].span) == (2, 16, 2, 22) and tree.span.source is source


def test_an_error_in_an_annotation_in_quotes_points_into_its_file() -> None:
    source = SourceText("m.py", "def f(a: 'List[Tensor b]'): pass\n")
    function = parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    annotation = function.parameters[0].annotation
    assert isinstance(annotation, ast.Constant)
    with pytest.raises(CompileError) as caught:
        parse_expression(SourceText("annotation", str(annotation.value)), annotation.span)
    assert str(caught.value) == (
        "m.py:1:23: error: expected ',' or ']' before 'b'\n"
        "    def f(a: 'List[Tensor b]'): pass\n"
        "                          ^"
    )


def test_text_that_is_not_there_letter_for_letter_is_pinned_to_its_place() -> None:
    source = SourceText("m.py", "x: 'List[' 'int]'\n")
    (statement,) = parse(source).body
    assert isinstance(statement, ast.AnnAssign) and isinstance(statement.annotation, ast.Constant)
    tree = parse_expression(SourceText("a", str(statement.annotation.value)), statement.annotation.span)
    assert print_expression(tree) == "List[int]"
    assert place(tree.span) == place(statement.annotation.span) == (1, 4, 1, 18)


@pytest.mark.parametrize("text", ["a", " a ", "a\n", "\n  a + (\n b)\n", "a, b", "f'{x}'", "# comment\na"])
def test_expressions_alone(text: str) -> None:
    assert isinstance(parse_expression(SourceText("e", text)), ast.Expr)


@pytest.mark.parametrize("text", ["", "a b", "a = 1", "a; b", "*a", "pass", "(", "# only a comment"])
def test_texts_that_are_no_expression(text: str) -> None:
    with pytest.raises(CompileError):
        parse_expression(SourceText("e", text))


# -- positions --------------------------------------------------------------------------------------------------------


def test_fields_of_f_strings_have_their_true_positions() -> None:
    (statement,) = statements("x = 'a' f'''é{a}\n{b!r:>{w}} {c[\"k\"]}'''\n")
    assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.FormattedString)
    fields = [part for part in statement.value.parts if isinstance(part, ast.FormattedField)]
    assert [place(f.value.span) for f in fields] == [(1, 15, 1, 16), (2, 2, 2, 3), (2, 13, 2, 19)]
    assert [(f.conversion, f.spec) for f in fields] == [(None, None), ("r", ">{w}"), (None, None)]


def test_same_quotes_may_nest_in_f_strings() -> None:
    (statement,) = statements('f"{a["k"]:{"x"}} {f"{f"{b}"}"}"\n')
    assert isinstance(statement, ast.ExprStmt) and isinstance(statement.value, ast.FormattedString)
    assert len(statement.value.parts) == 3


def test_columns_count_characters() -> None:
    (statement,) = statements("日本 = '語' + x\n")
    assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Binary)
    assert place(statement.value.right.span) == (1, 12, 1, 13)


def test_a_block_ends_with_its_last_statement() -> None:
    body = statements("if a:\n    b\n\n# comment\n\nclass C:\n    x: int\n\n    def f(self): pass  # end\n\n\ny\n")
    assert [place(s.span) for s in body] == [(1, 1, 2, 6), (6, 1, 9, 22), (12, 1, 12, 2)]


# -- the rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("try: a\nfinally: b\n", "try"), ("match a:\n    case 1: pass\n", "match"), ("global a\n", "global"),
        ("nonlocal a\n", "nonlocal"), ("async def f(): pass\n", "async"), ("@d\nasync def f(): pass\n", "async"),
        ("type X = int\n", "type alias"), ("type X[T] = List[T]\n", "type alias"),
        ("def f[T](x: T): pass\n", "type parameters"), ("class A[T: int, *U, **V]: pass\n", "type parameters"),
    ],
)  # fmt: skip
def test_unsupported_statements(text: str, what: str) -> None:
    defined = re.search(r"(?:def|class) (\w)", text)
    name = defined[1] if defined else ""
    assert statements(text) == (ast.UnsupportedStmt(statements(text)[0].span, what, name),)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("lambda x: x", "lambda"), ("(a := 1)", "assignment expression"), ("{1, 2}", "set"), ("{a for a in b}", "set"),
        ("await a", "await"), ("(yield a)", "yield"), ("b'x'", "bytes"), ("{**a}", "** in a dict"),
        ("t'{a}'", "template string"),
    ],
)  # fmt: skip
def test_unsupported_expressions(text: str, what: str) -> None:
    tree = statements(text + "\n")[0]
    assert isinstance(tree, ast.ExprStmt) and isinstance(tree.value, ast.UnsupportedExpr) and tree.value.what == what


@pytest.mark.parametrize(("text", "word"), [("[a for a in b if c]", "if"), ("[a for a in b for c in d]", "for")])
def test_unsupported_comprehensions(text: str, word: str) -> None:
    tree = parse_expression(SourceText("e", text))
    assert isinstance(tree, ast.Comprehension) and tree.unsupported == word


def test_top_level_python_that_is_not_torchscript_is_read() -> None:
    body = statements(
        "import sys\n"
        "from torch import nn\n"
        "try:\n    import numpy as np\nexcept ImportError:\n    np = None\n"
        "model = RNN(64, 128)\n"
        "torch.manual_seed(0)\n"
        "if __name__ == '__main__':\n    with open('x') as f, suppress(A):\n        print(f.read(), file=sys.stderr)\n"
        "    assert {k: v for k, v in d.items() if k}, [*range(3)]\n"
        "x: dict[str, int] = dict(**a)\n"
    )
    assert [type(s).__name__ for s in body] == [
        "Import", "Import", "UnsupportedStmt", "Assign", "ExprStmt", "If", "AnnAssign",
    ]  # fmt: skip


ARCHIVE_CODE = """op_version_set = 1
class M(Module):
  __parameters__ = ["weight", ]
  __buffers__ = []
  __annotations__ = []
  __annotations__["0"] = __torch__.torch.nn.modules.linear.Linear
  weight : Tensor
  training : bool
  k : Final[int] = 7
  def forward(self: __torch__.M,
    x: Tensor,
    n: int=3,
    y: Optional[Tensor]=None) -> Tuple[Tensor, __torch__.P]:
    _0 = __torch__.torch.nn.functional.relu
    _1 = annotate(List[int], [1, 2, ])
    a0 : Optional[int] = None
    b = (self).helper(x, None, )
    _2, _3 = torch.add(b, -1.0000000000000001e-05), inf
    with _35:
      c = 1.+2.j
    def __forked_function():
      return (self).forward__0(x, )
    fut = fork(__forked_function)
    if torch.__isnot__(y, None):
      pass
    else:
      ops.prim.RaiseException("A\\n\\"q\\" \\\\ \\303")
      _4 = uninitialized(int)
    _5 = {"a": 1, "b": nan}
    _6 = getattr(self, "0")
    return (torch.slice(_0(x), 0, 0, 9223372036854775807), __torch__.P(z, -inf))
class P(NamedTuple):
  a : Tensor
class Color(Enum):
  RED = 1
class I(Interface):
  def f(self, x: Tensor) -> Tensor:
    pass
def free(x: Tensor) -> NoneType:
  return None"""


def test_archive_code() -> None:
    _, module, *rest = statements(ARCHIVE_CODE)
    assert isinstance(module, ast.ClassDef)
    assert [getattr(s, "name", None) for s in rest] == ["P", "Color", "I", "free"]
    forward = module.body[-1]
    assert isinstance(forward, ast.FunctionDef) and [p.name for p in forward.parameters] == ["self", "x", "n", "y"]
    assert [type(s).__name__ for s in forward.body] == [
        "Assign", "Assign", "AnnAssign", "Assign", "Assign", "With", "FunctionDef", "Assign", "If", "Assign",
        "Assign", "Return",
    ]  # fmt: skip
    tree = parse(SourceText("a", ARCHIVE_CODE))
    assert parse(SourceText("b", print_module(tree))) == tree


@pytest.mark.filterwarnings("ignore")
def test_unknown_escapes_stay_as_they_are() -> None:
    (statement,) = statements("x = '\\q\\d'\n")
    assert isinstance(statement, ast.Assign) and statement.value == ast.Constant(statement.span, "\\q\\d")


def test_rewriting_shares_what_does_not_change() -> None:
    tree = parse(SourceText("m.py", "a = f(x, [g(y)])\nb = c\n"))

    def rename(node: ast.Expr) -> ast.Expr:
        return ast.Name(node.span, "z") if node == ast.Name(node.span, "y") else node

    changed = rewrite_expressions(tree, rename)
    assert print_module(changed) == "a = f(x, [g(z)])\nb = c\n"
    assert changed.body[1] is tree.body[1] and rewrite_expressions(changed, rename) is changed


# -- the table --------------------------------------------------------------------------------------------------------


def parse_in(cache: Path, **environment: str) -> float:
    """Parses a line in a process of its own; returns its time for importing and parsing."""
    program = (
        "import time; start = time.perf_counter()\n"
        "from aotjit.syntax.parse import parse\nfrom aotjit.diagnostics import SourceText\n"
        "parse(SourceText('m', 'x = 1\\n' * 100)); print(time.perf_counter() - start)\n"
        "import sys; assert ('lark' in sys.modules) == (sys.argv[1] == 'built')"
    )
    packaged = Path(table.__file__).with_name("torchscript.table.json").exists()
    built = "built" if environment.pop("built", "") and not packaged else "loaded"
    result = subprocess.run(
        [sys.executable, "-c", program, built],
        env=os.environ | {"XDG_CACHE_HOME": str(cache)} | environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(result.stdout)


def test_the_table_is_built_once_and_a_damaged_one_again(tmp_path: Path) -> None:
    parse_in(tmp_path, built="yes")
    assert parse_in(tmp_path) < 1
    files = list((tmp_path / "aotjit").iterdir())
    if not files:
        pytest.skip("this installation has the table beside the grammar")
    good = files[0].read_bytes()
    for bad in (b"", good[:1000], good[:-1], good.replace(b"1", b"2", 1), b"x" * len(good), b"[" * 100000):
        files[0].write_bytes(bad)
        parse_in(tmp_path, built="yes")
        assert files[0].read_bytes() == good
    (tmp_path / "aotjit").chmod(0o777)
    parse_in(tmp_path, built="yes")


def test_every_rule_has_its_method_and_the_table_is_reproducible(tmp_path: Path) -> None:
    from aotjit.syntax.builder import TreeBuilder

    loaded = table.parse_table()
    missing = {
        rule.action
        for rule in loaded.rules
        if rule.action and not hasattr(TreeBuilder, rule.action) and not (rule.collapse and len(rule.keep) == 1)
    }
    assert missing == set()
    seeds = [
        subprocess.run(
            [sys.executable, "-m", "aotjit.syntax.table", str(tmp_path / seed)],
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).returncode
        for seed in ("1", "2")
    ]
    assert seeds == [0, 0] and (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
