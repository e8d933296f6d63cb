"""What is said of operations that complex numbers do not have, to the letter."""

from __future__ import annotations

import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.sema import build
from aotjit.syntax.parse import parse

HEADER = "import cmath\nfrom typing import Dict, List\n\nfrom torch import Tensor\n"
CASES = [
    (
        "def f(z: complex, n: int):\n    return z / n\n",
        """\
m.py:6:12: error: '/' does not take (complex, int)
        return z / n
               ^~~~~
    hint: torch.jit has no such operation of a complex number and an int: write float(...) around the int""",
    ),
    (
        "def f(z: complex, n: int):\n    return z == n\n",
        """\
m.py:6:12: error: == does not take (complex, int)
        return z == n
               ^~~~~~
    hint: torch.jit has no such operation of a complex number and an int: write float(...) around the int""",
    ),
    (
        "def f(z: complex):\n    return z < z\n",
        """\
m.py:6:12: error: < does not take (complex, complex)
        return z < z
               ^~~~~
    hint: it is defined for real numbers, as abs(z) and float(z) are: the length and the real part""",
    ),
    (
        "def f(z: complex):\n    return z.real\n",
        """\
m.py:6:12: error: a value of type complex has no attribute 'real' in TorchScript
        return z.real
               ^~~~~~
    hint: write float(z)""",
    ),
    (
        "def f(z: complex):\n    return bool(z)\n",
        """\
m.py:6:12: error: a value of type complex cannot be used as a condition
        return bool(z)
               ^~~~~~~
    hint: write z != 0j""",
    ),
    (
        "def f(z: complex):\n    if z:\n        return 1\n    return 2\n",
        """\
m.py:6:8: error: a value of type complex cannot be used as a condition
        if z:
           ^
    hint: write z != 0j""",
    ),
    (
        "def f(z: complex):\n    x: float = z\n    return x\n",
        """\
m.py:6:16: error: 'x' must be of type float, found complex
        x: float = z
                   ^""",
    ),
    (
        "def f(n: float):\n    x: complex = n\n    return x\n",
        """\
m.py:6:18: error: 'x' must be of type complex, found float
        x: complex = n
                     ^
    hint: other numbers are not converted silently: write complex(...)""",
    ),
    (
        "def f(z: complex):\n    return z in [z]\n",
        """\
m.py:6:12: error: in does not take (List[complex], complex)
        return z in [z]
               ^~~~~~~~
    hint: only lists of int, float, str and Tensor are searched: write a loop""",
    ),
    (
        "def f(z: complex):\n    return cmath.polar(z)\n",
        """\
m.py:6:12: error: cmath.polar is not part of TorchScript
        return cmath.polar(z)
               ^~~~~~~~~~~~~~
    hint: write (abs(z), cmath.phase(z))""",
    ),
    (
        "def f(z: complex):\n    return complex(z, z)\n",
        """\
m.py:6:12: error: complex does not take (complex, complex)
        return complex(z, z)
               ^~~~~~~~~~~~~
    hint: it is declared as Complex(number a)""",
    ),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_message(source: str, expected: str) -> None:
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", HEADER + source)))
    assert str(caught.value) == expected
