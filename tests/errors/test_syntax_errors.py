"""What each syntax error says, to the letter."""

# ruff: noqa: E501
from __future__ import annotations

import random
import time

import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.syntax.parse import parse

CASES = [
    (
        "if x\n    y\n",
        """\
m.py:1:5: error: expected ':'
    if x
        ^""",
    ),
    (
        "if x = 3:\n    y\n",
        """\
m.py:1:6: error: '=' cannot stand in a condition
    if x = 3:
         ^
    hint: write '==' to compare""",
    ),
    (
        "def f(a, b:\n    return a\n",
        """\
m.py:1:6: error: '(' was never closed
    def f(a, b:
         ^""",
    ),
    (
        "x = foo(a, b\ny = 3\ndef g():\n    pass\nz = (\n",
        """\
m.py:1:8: error: '(' was never closed
    x = foo(a, b
           ^
m.py:5:5: error: '(' was never closed
    z = (
        ^""",
    ),
    (
        "x = [1, 2\n",
        """\
m.py:1:5: error: '[' was never closed
    x = [1, 2
        ^""",
    ),
    (
        "f(a b)\n",
        """\
m.py:1:5: error: expected ',' or ')' before 'b'
    f(a b)
        ^""",
    ),
    (
        "x = (1]\n",
        """\
m.py:1:7: error: closing ']' does not match the opening '('
    x = (1]
          ^
m.py:1:5: note: '(' was opened here
    x = (1]
        ^""",
    ),
    (
        "x = 1)\n",
        """\
m.py:1:6: error: unmatched ')'
    x = 1)
         ^""",
    ),
    (
        "def f():\nx = 1\n",
        """\
m.py:2:1: error: expected an indented block after 'def'
    x = 1
    ^
m.py:1:1: note: the block should follow this line
    def f():
    ^~~
    hint: write `pass` for an empty block""",
    ),
    (
        "  x = 1\n",
        """\
m.py:1:3: error: unexpected indent
      x = 1
      ^""",
    ),
    (
        "if x:\n    a\n  b\n",
        """\
m.py:3:3: error: unindent does not match any outer indentation level
      b
      ^
    hint: align the line with a block that is open above it""",
    ),
    (
        "if x:\n    a\n\tb\n",
        "m.py:3:1: error: indentation mixes tabs and spaces, so its depth depends on the tab width\n    \tb\n    ^\n    hint: indent with spaces only",
    ),
    (
        "x = 'abc\ny = 2\n",
        """\
m.py:1:5: error: unterminated string
    x = 'abc
        ^
    hint: close it with '""",
    ),
    (
        "x = '''abc\ny",
        """\
m.py:1:5: error: unterminated triple-quoted string
    x = '''abc
        ^~~
    hint: close it with '''""",
    ),
    (
        "x = \n",
        "m.py:1:4: error: expected an expression before the end of the line\n    x = \n       ^",
    ),
    (
        "x = a +\n",
        """\
m.py:1:8: error: expected an expression before the end of the line
    x = a +
           ^""",
    ),
    (
        "x = * 3\n",
        """\
m.py:1:5: error: a starred expression cannot stand here
    x = * 3
        ^~~
    hint: write `(*x,)` for a tuple""",
    ),
    (
        "lambda = 3\n",
        """\
m.py:1:1: error: 'lambda' is a keyword and cannot be used as a name
    lambda = 3
    ^~~~~~""",
    ),
    (
        "class = 3\ndef for(x): pass\nx.if = 2\nf(class=3)\n",
        """\
m.py:1:1: error: 'class' is a keyword and cannot be used as a name
    class = 3
    ^~~~~
m.py:2:5: error: 'for' is a keyword and cannot be used as a name
    def for(x): pass
        ^~~
m.py:3:3: error: 'if' is a keyword and cannot be used as a name
    x.if = 2
      ^~
m.py:4:3: error: 'class' is a keyword and cannot be used as a name
    f(class=3)
      ^~~~~""",
    ),
    (
        "print 'x'\n",
        """\
m.py:1:1: error: print is a function
    print 'x'
    ^~~~~
    hint: write `print(...)`""",
    ),
    (
        "else if x:\n    y\n",
        """\
m.py:1:1: error: 'else' without 'if', 'for' or 'while' above it at the same indentation
    else if x:
    ^~~~""",
    ),
    (
        "if x:\n    pass\nelse if y:\n    pass\n",
        """\
m.py:3:6: error: unexpected 'if' after 'else'
    else if y:
         ^~
    hint: write `elif`""",
    ),
    (
        "a && b\n",
        """\
m.py:1:3: error: '&&' is not an operator
    a && b
      ^~
    hint: write `and`""",
    ),
    (
        "a || b\n",
        """\
m.py:1:3: error: '||' is not an operator
    a || b
      ^~
    hint: write `or`""",
    ),
    (
        "x++\n",
        """\
m.py:1:2: error: '++' is not an operator
    x++
     ^~
    hint: write `+= 1`""",
    ),
    (
        "!a\n",
        """\
m.py:1:1: error: '!' is not a character of the language
    !a
    ^
    hint: write `not x`""",
    ),
    (
        "x ? y : z\n",
        """\
m.py:1:3: error: '?' is not a character of the language
    x ? y : z
      ^""",
    ),
    (
        "1 = x\nf() = 3\na + b = 3\n(a, 1) = x\nNone = 2\nf(x) += 1\n(a, b) += 2\na == b = 3\n",
        """\
m.py:1:1: error: cannot assign to a literal
    1 = x
    ^
m.py:2:1: error: cannot assign to a function call
    f() = 3
    ^~~
    hint: write '==' to compare
m.py:3:1: error: cannot assign to an expression
    a + b = 3
    ^~~~~
m.py:4:5: error: cannot assign to a literal
    (a, 1) = x
        ^
m.py:5:1: error: cannot assign to None
    None = 2
    ^~~~
m.py:6:1: error: cannot use augmented assignment on a function call
    f(x) += 1
    ^~~~
m.py:7:1: error: cannot use augmented assignment on a tuple
    (a, b) += 2
    ^~~~~~
m.py:8:1: error: cannot assign to a comparison
    a == b = 3
    ^~~~~~
    hint: write '==' to compare""",
    ),
    (
        "def f(a, a): pass\ndef g(a=1, b): pass\ndef h(*): pass\n",
        """\
m.py:1:10: error: parameter 'a' is given twice
    def f(a, a): pass
             ^
m.py:2:12: error: parameter 'b' without a default follows one with a default
    def g(a=1, b): pass
               ^
m.py:3:7: error: a parameter must follow '*'
    def h(*): pass
          ^""",
    ),
    (
        "f(a=1, 2)\nf(a=1, a=2)\nf(a.b=1)\n",
        """\
m.py:1:8: error: a positional argument follows a keyword argument
    f(a=1, 2)
           ^
m.py:2:8: error: keyword argument 'a' is given twice
    f(a=1, a=2)
           ^~~
m.py:3:3: error: a keyword argument's name must be a name
    f(a.b=1)
      ^~~
    hint: write '==' to compare""",
    ),
    (
        "1abc\n0x\n08\n1_\n1__0\n",
        """\
m.py:1:1: error: '1abc' is neither a number nor a name
    1abc
    ^~~~
m.py:2:1: error: '0x' is neither a number nor a name
    0x
    ^~
m.py:3:1: error: '08': a decimal number may not begin with 0
    08
    ^~
m.py:4:1: error: '1_' is not a valid number
    1_
    ^~
m.py:5:1: error: '1__0' is not a valid number
    1__0
    ^~~~""",
    ),
    (
        "for x y:\n  pass\n",
        """\
m.py:1:7: error: expected 'in' before 'y'
    for x y:
          ^""",
    ),
    (
        "for x in y\n  pass\n",
        """\
m.py:1:11: error: expected ':'
    for x in y
              ^""",
    ),
    (
        "while True\n    pass\n",
        """\
m.py:1:11: error: expected ':'
    while True
              ^""",
    ),
    (
        "class A\n    pass\n",
        """\
m.py:1:8: error: expected ':'
    class A
           ^""",
    ),
    (
        "class A:\n",
        """\
m.py:1:9: error: expected an indented block after 'class'
    class A:
            ^
m.py:1:1: note: the block should follow this line
    class A:
    ^~~~~
    hint: write `pass` for an empty block""",
    ),
    (
        "def f(:\n  pass\n",
        """\
m.py:1:6: error: '(' was never closed
    def f(:
         ^""",
    ),
    (
        "def f(x) -> :\n  pass\n",
        """\
m.py:1:13: error: expected an expression before ':'
    def f(x) -> :
                ^""",
    ),
    (
        "def f(x) x\n",
        """\
m.py:1:10: error: expected ':'
    def f(x) x
             ^""",
    ),
    (
        "import\n",
        """\
m.py:1:7: error: expected a name before the end of the line
    import
          ^""",
    ),
    (
        "from x import\n",
        """\
m.py:1:14: error: expected a name before the end of the line
    from x import
                 ^""",
    ),
    (
        "return = 3\n",
        """\
m.py:1:1: error: 'return' is a keyword and cannot be used as a name
    return = 3
    ^~~~~~""",
    ),
    (
        "x = f'{a b}'\n",
        """\
m.py:1:10: error: invalid syntax: unexpected 'b'
    x = f'{a b}'
             ^""",
    ),
    (
        "x = f'{a'\n",
        """\
m.py:1:7: error: '{' of this f-string field was never closed
    x = f'{a'
          ^""",
    ),
    (
        "x = f'{}'\n",
        """\
m.py:1:7: error: an f-string field needs an expression
    x = f'{}'
          ^~""",
    ),
    (
        "x = f'}'\n",
        """\
m.py:1:7: error: '}' alone in an f-string: write '}}' for a brace
    x = f'}'
          ^""",
    ),
    (
        "x = “a”\n",
        """\
m.py:1:5: error: '“' is not a character of the language
    x = “a”
        ^
    hint: use straight quotes
m.py:1:7: error: '”' is not a character of the language
    x = “a”
          ^
    hint: use straight quotes""",
    ),
    (
        "x = 3 4\n",
        """\
m.py:1:7: error: invalid syntax: unexpected '4'
    x = 3 4
          ^""",
    ),
    (
        "del f()\n",
        """\
m.py:1:5: error: cannot delete a function call
    del f()
        ^~~""",
    ),
    (
        "else:\n  pass\n",
        """\
m.py:1:1: error: 'else' without 'if', 'for' or 'while' above it at the same indentation
    else:
    ^~~~""",
    ),
    (
        "try:\n   a\nb\n",
        """\
m.py:3:1: error: expected 'except' or 'finally' before 'b'
    b
    ^""",
    ),
    (
        "@a\nx=1\n",
        """\
m.py:2:1: error: expected a function or a class after the decorator
    x=1
    ^""",
    ),
    (
        "a b\nc d\n\ne f\n",
        """\
m.py:1:3: error: invalid syntax: unexpected 'b'
    a b
      ^
m.py:2:3: error: invalid syntax: unexpected 'd'
    c d
      ^
m.py:4:3: error: invalid syntax: unexpected 'f'
    e f
      ^""",
    ),
    (
        "x = $y\n",
        """\
m.py:1:5: error: '$' is not a character of the language
    x = $y
        ^""",
    ),
    (
        "x = a if b\n",
        """\
m.py:1:11: error: invalid syntax: unexpected the end of the line
    x = a if b
              ^""",
    ),
    (
        "[x for x]\n",
        """\
m.py:1:9: error: expected 'in' before ']'
    [x for x]
            ^""",
    ),
    (
        "{a: b, c}\n",
        """\
m.py:1:9: error: invalid syntax: unexpected '}'
    {a: b, c}
            ^""",
    ),
    (
        "x[\n",
        """\
m.py:1:2: error: '[' was never closed
    x[
     ^""",
    ),
    (
        "with a as f(): pass\n",
        """\
m.py:1:11: error: cannot assign to a function call
    with a as f(): pass
              ^~~""",
    ),
    (
        "\\x\n",
        "m.py:1:1: error: only a newline may follow a line-continuation '\\'\n    \\x\n    ^",
    ),
    (
        "x = '\\x1'\n",
        "m.py:1:6: error: \\x in a string needs 2 hexadecimal digits\n    x = '\\x1'\n         ^~~",
    ),
    (
        "def f():\n    if x:\n        y(\n    return 2\n\ndef g():\n    z z\n",
        """\
m.py:3:10: error: '(' was never closed
            y(
             ^
m.py:7:7: error: invalid syntax: unexpected 'z'
        z z
          ^""",
    ),
    (
        "x: int: y\n",
        """\
m.py:1:7: error: invalid syntax: unexpected ':'
    x: int: y
          ^""",
    ),
    (
        "not\n",
        """\
m.py:1:4: error: expected an expression before the end of the line
    not
       ^""",
    ),
    (
        "a <> b\n",
        """\
m.py:1:3: error: '<>' is not an operator
    a <> b
      ^~
    hint: write `!=`""",
    ),
    (
        "async x\n",
        """\
m.py:1:7: error: invalid syntax: unexpected 'x'
    async x
          ^""",
    ),
    (
        "global\n",
        """\
m.py:1:7: error: expected a name before the end of the line
    global
          ^""",
    ),
    (
        "x = (yield)\nif (a:\n   b\n",
        """\
m.py:2:4: error: '(' was never closed
    if (a:
       ^""",
    ),
    (
        "pass x\n",
        """\
m.py:1:6: error: expected ';' or the end of the line before 'x'
    pass x
         ^""",
    ),
    (
        "assert\n",
        """\
m.py:1:7: error: expected an expression before the end of the line
    assert
          ^""",
    ),
    (
        "raise a b\n",
        """\
m.py:1:9: error: invalid syntax: unexpected 'b'
    raise a b
            ^""",
    ),
    (
        "x = {1, 2: 3}\n",
        """\
m.py:1:10: error: invalid syntax: unexpected ':'
    x = {1, 2: 3}
             ^""",
    ),
    (
        "f(**)\n",
        """\
m.py:1:5: error: expected an expression before ')'
    f(**)
        ^""",
    ),
    (
        "f(x for x in y, 1)\n",
        """\
m.py:1:3: error: a generator beside other arguments must stand in parentheses
    f(x for x in y, 1)
      ^~~~~~~~~~~~""",
    ),
    (
        "elif x:\n   y\n",
        """\
m.py:1:1: error: 'elif' without 'if' above it at the same indentation
    elif x:
    ^~~~""",
    ),
    (
        "x = [\n1,\n2\n\ndef f(): pass\n",
        """\
m.py:1:5: error: '[' was never closed
    x = [
        ^""",
    ),
    (
        "def f()\n    return 1\n",
        """\
m.py:1:8: error: expected ':'
    def f()
           ^""",
    ),
]


@pytest.mark.parametrize(("text", "message"), CASES, ids=[text for text, _ in CASES])
def test_message(text: str, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse(SourceText("m.py", text))
    assert str(caught.value) == message


def test_every_method_of_a_class_reports_its_mistake() -> None:
    text = (
        "class A:\n"
        "    def a(self):\n        x y\n        z w\n"
        "    @b c\n    def b(self)\n        if x:\n            return 1\n        else:\n            u v\n"
        "    k: int = 3\n"
        "    def c(self):\n        if x\n            y = 'open\n        elif d d:\n            pass\n"
        "    def d(self): return 1\n"
        "    e f\n"
        "class B:\n    def a(self):\n        while True:\n            def inner(:\n                pass\n"
        "g h\n"
        "def last():\n    try:\n        i\n    j\n"
    )
    with pytest.raises(CompileError) as caught:
        parse(SourceText("m.py", text))
    assert [(d.span.line, d.message) for d in caught.value.diagnostics if d.span] == [
        (3, "invalid syntax: unexpected 'y'"),
        (5, "invalid syntax: unexpected 'c'"),
        (6, "expected ':'"),
        (13, "expected ':'"),
        (14, "unterminated string"),
        (18, "invalid syntax: unexpected 'f'"),
        (22, "'(' was never closed"),
        (24, "invalid syntax: unexpected 'h'"),
        (28, "expected 'except' or 'finally' before 'j'"),
    ]


def test_errors_of_several_statements_are_reported_together_and_capped() -> None:
    with pytest.raises(CompileError) as caught:
        parse(SourceText("m.py", "a b\n" * 100))
    assert len(caught.value.diagnostics) == 20
    assert [d.span.line for d in caught.value.diagnostics if d.span] == list(range(1, 21))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "(" * 1000 + ")" * 1000, "brackets are nested more than 100 deep"),
        ("x = " + "-" * 1000 + "1", "nested more than 200 levels deep"),
        ("x = " + "not " * 1000 + "1", "nested more than 200 levels deep"),
        ("x = " + "+".join(["y"] * 5000), "nested more than 200 levels deep"),
        ("x = a" + ".b" * 5000, "nested more than 200 levels deep"),
        ("x = " + "a if b else " * 1000 + "c", "nested more than 200 levels deep"),
        ("x = " + "lambda: " * 5000 + "c", "nested more than 200 levels deep"),
        ("x = " + "[" * 100000, "brackets are nested more than 100 deep"),
        (
            "".join("  " * i + "if x:\n" for i in range(200)) + "  " * 200 + "pass\n",
            "more than 60 levels of indentation",
        ),
        ("x = " + "f'{" * 20 + "1" + "}'" * 20, "f-strings are nested more than 5 deep"),
        ("if a:\n  b\n" + "elif c:\n  d\n" * 1000, "more than 200 elif branches"),
    ],
    ids=range(11),
)
def test_depth_is_limited_by_a_message(text: str, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse(SourceText("m.py", text))
    assert [d.message for d in caught.value.diagnostics] == [message]


PIECES = ["a = b + 1\n", "f(x, [1, 2], y=3)\n", "if x:\n    y\n", "x = f'{a}'\n", "x = '''a\n'''\n", "a, "]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece: str) -> None:
    """Sixteen times the text: linear is 16 times the work, quadratic 256."""

    def seconds(count: int) -> float:
        start = time.process_time()
        parse(SourceText("m.py", piece * count))
        return time.process_time() - start

    seconds(1000)
    assert seconds(16000) < 64 * min(seconds(1000) for _ in range(3))


def test_random_damage_is_reported_never_raised() -> None:
    generator = random.Random(5)
    text = (
        "class A(B):\n    def f(self, x: int = 1) -> 'T':\n        y = [f'{x!r:>3}', (1.5, {'a': x})]\n"
        "        return y[0:1]\n"
    )
    alphabet = "()[]{}:=,.'\"\\\n\t #fx1@*-\0é"
    for _ in range(3000):
        characters = list(text)
        for _ in range(generator.randint(1, 4)):
            at = generator.randrange(len(characters))
            characters[at : at + generator.randint(0, 2)] = generator.choices(alphabet, k=generator.randint(0, 2))
        try:
            parse(SourceText("m.py", "".join(characters)))
        except CompileError as error:
            str(error)
