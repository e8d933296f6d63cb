"""Dataclasses of the command's process are what dataclasses are, compiled later."""

from __future__ import annotations

import copy
import dataclasses
import sys

import pytest

from aotjit import lazy_dataclasses

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="nothing is changed there")


@pytest.fixture(autouse=True)
def lazily(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataclasses, "_create_fn", dataclasses._create_fn)  # type: ignore[attr-defined]  # undocumented
    lazy_dataclasses.install()


def test_methods_are_those_of_a_dataclass() -> None:
    @dataclasses.dataclass(frozen=True)
    class Point:
        x: int
        y: int = dataclasses.field(default=2, repr=False)

    stub = Point.__init__
    assert Point(1) == Point(1, 2) != Point(2)
    assert Point.__init__ is not stub
    assert (hash(Point(1)), repr(Point(3))) == (hash(Point(1, 2)), f"{Point.__qualname__}(x=3)")
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del copy.copy(Point(1)).x
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]


def test_derived_classes_call_the_methods_of_their_bases() -> None:
    @dataclasses.dataclass
    class Base:
        items: list[int] = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(order=True)
    class Derived(Base):
        name: str = ""

        def __post_init__(self) -> None:
            Base.__init__(self, [*self.items, 1])

    class Plain(Base):
        pass

    assert Derived([0], "a").items == [0, 1] and Derived([0]) < Derived([3])
    assert Plain([7]) == Plain([7]) and repr(Plain([7])).endswith("Plain(items=[7])")
    assert Plain().items is not Plain().items
    assert Derived.__hash__ is None
