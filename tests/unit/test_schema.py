"""Schemas: read as written, and the same as torch's for every operator that is declared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aotjit import types
from aotjit.ops import REGISTRY
from aotjit.ops.schema import parse_schema

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def torch_schemas() -> dict[str, Any]:
    return {f"{s.name}.{s.overload_name}".rstrip("."): s for s in torch._C._jit_get_all_schemas()}


def canonical(text: str) -> str:
    """Equal texts for equal schemas: spellings that mean the same made one."""
    text = text.replace("SymInt", "int").replace('"', "'")
    text = re.sub(r"\b(ScalarType|Layout|MemoryFormat)\b", "int", text)
    return re.sub(r"\s+", " ", text.encode("unicode_escape").decode())


def holds_container(t: types.Type) -> bool:
    if isinstance(t, types.OptionalType):
        return holds_container(t.element)
    return isinstance(t, types.ListType | types.DictType)


def test_what_reads_a_container_is_not_pure() -> None:
    """A pure operator is taken for the same whatever was written since."""
    pure = [(name, operator.schema) for name, operator in REGISTRY.by_qualified.items() if operator.effects == "pure"]
    assert [name for name, schema in pure if any(holds_container(a.type) for a in schema.arguments)] == []


DECLARED = [n for n, o in REGISTRY.by_qualified.items() if o.schema.namespace != "aotjit"]
OURS = [n for n in DECLARED if "Dict(Device, " in REGISTRY[n].schema.text or n == "dict.Device"]
"""torch has a type for dicts with devices as keys, and no operators for them."""


@pytest.mark.parametrize("name", [n for n in DECLARED if n not in OURS])
def test_schema_is_that_of_torch(name: str, torch_schemas: dict[str, Any]) -> None:
    schema = REGISTRY[name].schema
    qualified = name if "::" in name else f"aten::{name}"
    expected = torch_schemas.get(qualified)
    assert expected is not None, f"torch has no {qualified}"
    assert canonical(schema.text) == canonical(str(expected))


def test_parts() -> None:
    schema = parse_schema(
        'aten::f.over(Tensor(a!) self, int[2]? size=[1, -2], *, str mode="a,b", float p=1e-05) -> (Tensor x, t[])'
    )
    assert schema.qualified == "f.over"
    me, size, mode, p = schema.arguments
    assert me.writes and me.alias == "a" and me.required
    assert size.type == types.OptionalType(types.ListType(types.INT)) and size.size == 2 and size.default == [1, -2]
    assert mode.keyword_only and mode.default == "a,b" and p.default == 1e-05
    assert schema.returns == (types.TENSOR, types.ListType(types.SimpleType("t")))


@pytest.mark.parametrize(
    "text", ["f(Tensor x) -> Tensor", "aten::f(Tensor", "aten::f(Foo x) -> Tensor", "aten::f x", ""]
)
def test_not_a_schema(text: str) -> None:
    with pytest.raises(ValueError, match="not a schema"):
        repr(parse_schema(text).arguments)


def test_torch_parses_what_we_declare() -> None:
    for name in DECLARED:
        torch._C.parse_schema(REGISTRY[name].schema.text.replace("Scalar b) -> Scalar", "Scalar b) -> Scalar"))
