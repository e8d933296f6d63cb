"""What nn.Module instances can do inside compiled functions."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import Span
from aotjit.sema.context import FunctionContext, not_compiled
from aotjit.sema.values import FunctionValue, ModuleMethod, ModuleValue, Plain, Value
from aotjit.syntax import ast
from aotjit.types import Type


class ModuleRules:
    def library_function(self, path: str) -> FunctionValue | None:
        return None

    def attribute_type(self, ctx: FunctionContext, node: ast.Attribute) -> Type | None:
        return None

    def module_item(self, ctx: FunctionContext, value: ModuleValue, node: ast.Subscript) -> Value:
        raise not_compiled(node.span, "a module")

    def wrap(self, ctx: FunctionContext, value: object, span: Span) -> Value:
        raise not_compiled(span, "a module")

    def module_attribute(self, ctx: FunctionContext, value: ModuleValue, name: str, span: Span) -> Value:
        raise not_compiled(span, "a module")

    def set_attribute(self, ctx: FunctionContext, target: ast.Attribute, value: Plain, span: Span) -> None:
        raise not_compiled(span, "a module")

    def call_method(
        self, ctx: FunctionContext, method: ModuleMethod, args: Sequence[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        raise not_compiled(span, "a module")

    def call_module(
        self, ctx: FunctionContext, value: ModuleValue, args: Sequence[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        raise not_compiled(span, "a module")

    def has_attribute(self, value: ModuleValue, name: str) -> bool:
        return False

    def is_module_instance(self, ctx: FunctionContext, value: ModuleValue, node: ast.Expr) -> bool:
        return False
