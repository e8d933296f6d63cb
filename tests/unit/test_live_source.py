"""The text that a live function is compiled from."""

import functools
import math

import pytest

from aotjit.diagnostics import UsageError
from aotjit.live_source import function_source

SCALE = 2.0


def doubled(x):
    return x * SCALE


def unrelated(x):
    return x


def decorate(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


@functools.cache
def decorated(x: int) -> float:
    return math.sqrt(x)


def caller(x):
    return doubled(x) + 1


def test_keeps_line_numbers_and_what_is_named() -> None:
    source = function_source(caller)
    lines = source.text.split("\n")
    at = caller.__code__.co_firstlineno - 1
    assert lines[at : at + 2] == ["def caller(x):", "    return doubled(x) + 1"]
    assert "def doubled(x):" in lines
    assert "SCALE = 2.0" in lines
    assert "import math" in lines
    assert "unrelated" not in source.text


def test_nested_functions_move_to_the_margin() -> None:
    def nested(x):
        return x + 1

    assert "\ndef nested(x):\n    return x + 1\n" in function_source(nested).text


def test_decorators_are_left_out() -> None:
    text = function_source(decorated.__wrapped__).text
    assert "def decorated(x: int) -> float:" in text
    assert "cache" not in text.replace("import functools", "")


def test_refusals() -> None:
    with pytest.raises(UsageError, match="lambda"):
        function_source(lambda x: x)
    with pytest.raises(UsageError, match="not a Python function"):
        function_source(len)
    namespace: dict[str, object] = {}
    exec("def made(x):\n    return x\n", namespace)
    with pytest.raises(UsageError, match="cannot be read"):
        function_source(namespace["made"])  # type: ignore[arg-type]
