"""Computes once what is computed twice.

    func.func @f(%a : i64, %b : i64) -> i64 {
      %x = arith.muli %a, %b : i64
      %y = arith.muli %a, %b : i64
      %z = arith.addi %x, %y : i64
      func.return %z : i64
    }
->
    func.func @f(%a : i64, %b : i64) -> i64 {
      %x = arith.muli %a, %b : i64
      %z = arith.addi %x, %x : i64
      func.return %z : i64
    }

Operations that read memory are the same only while nothing may have written in between. Two new tensors may become one
only when nobody writes to either, and not both are seen by the caller or told from others. Source positions are not
compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from xdsl.dialects import func
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.traits import IsTerminator, MemoryEffectKind

from aotjit import types
from aotjit.ir import ts
from aotjit.ir.rewrite import blocks_of, effect_kinds, replace
from aotjit.ops.identity import is_told_apart
from aotjit.passes.alias import Aliases
from aotjit.passes.base import Pass
from aotjit.program import Program

Key = tuple[object, ...]


@dataclass(frozen=True)
class Cse(Pass):
    name: ClassVar[str] = "cse"

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                search = _Search(function)
                search.block(function.body.block)
                changed |= search.changed
        return changed


class _Search:
    """Walks in order of dominance with what is available at each point."""

    def __init__(self, function: func.FuncOp) -> None:
        self.function = function
        self.available: dict[Key, Operation] = {}
        self.found: list[Key] = []
        """The keys that became available in this scope."""
        self.version = 0
        self.changed = False

    @cached_property
    def aliases(self) -> Aliases:
        """Made when two new tensors are compared for the first time, which is seldom."""
        return Aliases(self.function)

    def block(self, block: Block) -> None:
        for op in list(block.ops):
            if isinstance(op, ts.GenericOp | ts.MatmulOp):
                for body in blocks_of(op):
                    self._kernel(body)
            elif op.regions:
                self._regions(op)
                continue
            self._operation(op)

    def _kernel(self, body: Block) -> None:
        """Elements are scalars: nothing in a kernel's body touches memory."""
        inner = _Search(self.function)
        inner.block(body)
        self.changed |= inner.changed

    def _regions(self, op: Operation) -> None:
        """What is found inside is not available behind; a write inside is behind every point of a loop."""
        writes = _writes(op)
        for block in blocks_of(op):
            self.version += writes
            with self._scope():
                self.block(block)
        self.version += writes

    @contextmanager
    def _scope(self) -> Iterator[None]:
        outer, self.found = self.found, []
        yield
        for key in self.found:
            del self.available[key]
        self.found = outer

    def _operation(self, op: Operation) -> None:
        kinds = effect_kinds(op)
        if kinds is None or MemoryEffectKind.WRITE in kinds:
            self.version += 1
            return
        if op.has_trait(IsTerminator) or not op.results or _makes_identity(op):
            return
        key = (_key(op), self.version if kinds else -1)
        earlier = self.available.get(key)
        if earlier is None:
            self.available[key] = op
            self.found.append(key)
        elif self._may_share(op, earlier):
            replace(op, earlier.results)
            self.changed = True

    def _may_share(self, op: Operation, earlier: Operation) -> bool:
        """It makes no difference that the results of both are the same objects."""
        if not _makes_objects(op):
            return True
        if any(self.aliases.is_written(r) for r in (*op.results, *earlier.results)):
            return False
        if all(any(self.aliases.escapes(r) or is_told_apart(r) for r in o.results) for o in (op, earlier)):
            return False
        for a, b in zip(op.results, earlier.results, strict=True):
            self.aliases.unite(a, b)
        return True


def _makes_objects(op: Operation) -> bool:
    """The results are tensors that the operation makes (and not just passes on)."""
    return isinstance(op, ts.AtenOp | ts.GenericOp | ts.MatmulOp)


def _makes_identity(op: Operation) -> bool:
    """Two instances are never one object; lists are changed too often to be worth sharing."""
    return isinstance(op, ts.ObjectOp) or any(map(_is_new_list, op.results))


def _is_new_list(value: SSAValue) -> bool:
    return isinstance(value.type, ts.ValueType) and isinstance(value.type.data, types.ListType | types.DictType)


def _writes(op: Operation) -> bool:
    kinds = effect_kinds(op)
    return kinds is None or MemoryEffectKind.WRITE in kinds


def _key(op: Operation) -> Key:
    attributes = _items({k: v for k, v in op.attributes.items() if k != "loc"})
    bodies = tuple(_body_key(block) for block in blocks_of(op))
    return (type(op), tuple(op.operands), _items(op.properties), attributes, tuple(op.result_types), bodies)


def _items(properties: dict[str, Attribute]) -> Key:
    return tuple(sorted(properties.items(), key=lambda item: item[0]))


def _body_key(block: Block) -> Key:
    """The body of a kernel with its values numbered, so that equal bodies have equal keys."""
    numbers: dict[SSAValue, object] = {a: i for i, a in enumerate(block.args)}
    lines: list[Key] = [tuple(block.arg_types)]
    for op in block.ops:
        operands = tuple(numbers.get(v, v) for v in op.operands)
        lines.append((type(op), operands, _items(op.properties), tuple(op.result_types)))
        for result in op.results:
            numbers[result] = len(numbers)
    return tuple(lines)
