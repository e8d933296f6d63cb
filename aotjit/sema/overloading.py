"""Functions of the program with several signatures: torch.jit._overload and _overload_method.

    @torch.jit._overload            declares a signature; its body is not looked at
    def twice(x: int) -> int: ...
    @torch.jit._overload
    def twice(x: str) -> str: ...
    def twice(x):                   the body of them all, compiled with the signature that a call chooses
        return x + x

A call takes the first declaration that its arguments fit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import plain, subtype
from aotjit.sema.modules import is_overload
from aotjit.sema.names import ModuleScope
from aotjit.sema.signatures import Signature, match_arguments, read_signature
from aotjit.sema.values import Value
from aotjit.syntax import ast


def declarations(body: Iterable[ast.Stmt], name: str) -> list[ast.FunctionDef]:
    """The signatures that a file or a class declares for a function."""
    return [s for s in body if isinstance(s, ast.FunctionDef) and s.name == name and is_overload(s)]


def chosen(
    ctx: FunctionContext,
    declared: Sequence[ast.FunctionDef],
    definition: ast.FunctionDef,
    scope: ModuleScope,
    args: Sequence[Value],
    keywords: dict[str, Value],
    span: Span,
    method: bool = False,
) -> tuple[ast.FunctionDef, int]:
    """The definition with the signature that a call's arguments choose, and the number of that signature."""
    for number, declaration in enumerate(declared):
        merged = _with_signature(definition, declaration)
        if _fits(ctx, read_signature(merged, scope, method), args, keywords, span):
            return merged, number
    forms = " or ".join(_shown(read_signature(d, scope, method)) for d in declared)
    given = ", ".join(str(plain(ctx, v, span).type) for v in [*args, *keywords.values()])
    raise CompileError.at(span, f"no declaration of {definition.name} takes ({given})", f"it is declared as {forms}")


def _with_signature(definition: ast.FunctionDef, declaration: ast.FunctionDef) -> ast.FunctionDef:
    """The body with a declaration's types; parameters that the declaration leaves out are the definition's."""
    rest = definition.parameters[len(declaration.parameters) :]
    return dataclasses.replace(
        definition, parameters=(*declaration.parameters, *rest), returns=declaration.returns,
        type_comment=declaration.type_comment,
    )  # fmt: skip


def _fits(
    ctx: FunctionContext, signature: Signature, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> bool:
    try:
        values = match_arguments(signature, args, keywords, span)
    except CompileError:
        return False
    pairs = zip(values, signature.parameters, strict=True)
    return all(v is None or subtype(plain(ctx, v, span, p.type).type, p.type) for v, p in pairs)


def _shown(signature: Signature) -> str:
    return f"{signature.name}({', '.join(f'{p.name}: {p.type}' for p in signature.parameters)})"
