"""A function of the IR as a function or method of an archive's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import Block, Operation, Region, SSAValue

from aotjit import types
from aotjit.diagnostics import CompileError, UsageError
from aotjit.ir import ts
from aotjit.saving.operators import OLDEST, constant_value, operator_text, scalar_text, version_of
from aotjit.saving.types import Classes, Names, literal

_ATOMS = (arith.ConstantOp, ts.StrOp, ts.NoneOp, ts.DeviceOp, ts.SomeOp, ts.RefineOp, ts.EnumOp)
"""What is written where it is used, without a name."""


@dataclass(frozen=True)
class Callee:
    """How a function of the IR is called: by its text in front of the arguments, or as an operator."""

    text: str = ""
    operator: str = ""


@dataclass
class Context:
    """What all functions of a program share. `attribute` gives the text that reads a weight or a state, by path."""

    classes: Classes
    callees: Mapping[str, Callee]
    attribute: Callable[[str], str]
    state_target: Callable[[str], str]
    constant: Callable[[str], str]
    version: int = OLDEST


class FunctionWriter:
    """The lines of one function. A value's text is a name, or a constant."""

    def __init__(self, context: Context, own: str | None) -> None:
        self.context = context
        self.lines: list[str] = []
        self._own = own
        self._texts: dict[SSAValue, str] = {}
        self._names = Names()
        self._indent = "  "
        self._enum_numbers = 0

    def write(self, op: func.FuncOp, name: str, parameters: Sequence[tuple[str, str]] | None = None) -> list[str]:
        """The whole definition. `parameters` are the names that callers use, with the text of a default or ""; without
        them names are free."""
        block = op.body.block
        header = [] if self._own is None else [f"self: {self._own}"]
        for i, argument in enumerate(block.args):
            wanted, default = parameters[i] if parameters else (argument.name_hint or "x", "")
            text = self._texts[argument] = self._names.fresh(wanted)
            header.append(f"{text}: {self._type(argument)}{f'={default}' if default else ''}")
        (result,) = op.function_type.outputs
        self._block(block)
        head = f"def {name}({', '.join(header)}) -> {self.context.classes.text(types.erase(ts.lang_type(result)))}:"
        return [head, *self.lines]

    # -- values ------------------------------------------------------------------------------------------------------

    def text(self, value: SSAValue) -> str:
        """The value as an operand, whose type its place tells."""
        found = self._texts.get(value)
        if found is not None:
            return found
        op = value.owner
        match op:
            case arith.ConstantOp():
                return literal(constant_value(op))
            case ts.StrOp():
                return self._string(op.value.data)
            case ts.NoneOp():
                return self._boxed(value, "None") if types.is_boxed(ts.type_of(value)) else "None"
            case ts.DeviceOp():
                return f"torch.device({literal(op.value.data)})"
            case ts.SomeOp() | ts.RefineOp():
                return self.text(op.operand)
            case ts.EnumOp():
                t = ts.type_of(value)
                assert isinstance(t, types.EnumType)
                return f"{self.context.classes.qualified(t)}.{t.members[op.index.value.data][0]}"
        raise AssertionError(f"no text for the result of {op}")

    def typed(self, value: SSAValue) -> str:
        """The value as one of exactly its type."""
        text, t = self.text(value), types.erase(ts.type_of(value))
        if isinstance(t, types.OptionalType) and isinstance(value.owner, _ATOMS):
            return f"annotate({self.context.classes.text(t)}, {text})"
        return text

    def _string(self, value: str) -> str:
        return literal(value) if value.isascii() else self.context.constant(value)

    def _type(self, value: SSAValue) -> str:
        return self.context.classes.text(types.erase(ts.type_of(value)))

    def constant_of(self, value: SSAValue) -> object:
        """The constant that a value is, `...` where it is none."""
        match value.owner:
            case ts.NoneOp():
                return None
            case ts.SomeOp() as some:
                return self.constant_of(some.operand)
            case ts.StrOp() as string:
                return string.value.data
            case arith.ConstantOp() as op:
                return constant_value(op)
        return ...

    def _some_value(self, value: SSAValue) -> str:
        """What nothing reads, of the value's type."""
        t = types.erase(ts.type_of(value))
        if not types.is_boxed(t):
            return f"uninitialized({self.context.classes.text(t)})"
        members = t.members if isinstance(t, types.UnionType) else (types.NONE,)
        if types.NONE in members:
            return self._boxed(value, "None")
        return f"annotate({self.context.classes.text(t)}, uninitialized({self.context.classes.text(members[0])}))"

    def _boxed(self, value: SSAValue, text: str) -> str:
        """A constant as one of its type. Annotated, it becomes a constant of a union, which torch cannot run."""
        return f"unchecked_cast({self._type(value)}, {text})"

    def _named(self, value: SSAValue) -> str:
        name = self._texts[value] = self._names.temporary()
        return name

    def _say(self, line: str) -> None:
        self.lines.append(self._indent + line)

    def _assign(self, op: Operation, text: str) -> None:
        """Statements are written in the order of the operations: whatever reads memory reads it in its turn."""
        names = ", ".join([self._named(r) for r in op.results])
        self._say(f"{names} = {text}" if names else text)

    # -- statements --------------------------------------------------------------------------------------------------

    @contextmanager
    def _inside(self) -> Iterator[None]:
        indent, self._indent = self._indent, self._indent + "  "
        count = len(self.lines)
        yield
        if len(self.lines) == count:
            self._say("pass")
        self._indent = indent

    def _block(self, block: Block) -> None:
        for op in block.ops:
            match op:
                case func.ReturnOp():
                    self._say(f"return {self.typed(op.operands[0])}")
                case scf.YieldOp() | scf.ConditionOp() | ts.TaskReturnOp():
                    return
                case scf.IfOp():
                    self._if(op)
                case scf.ForOp():
                    self._for(op)
                case scf.WhileOp():
                    self._while(op)
                case ts.ForkOp():
                    self._fork(op)
                case arith.SelectOp():
                    self._select(op)
                case _ if not isinstance(op, _ATOMS):
                    self._operation(op)

    def _if(self, op: scf.IfOp) -> None:
        names = [self._named(r) for r in op.results]
        for result in op.results:
            if types.is_boxed(ts.type_of(result)):  # else each branch would give the type that it happens to know
                self._say(f"{self.text(result)} : {self._type(result)} = {self._some_value(result)}")
        self._say(f"if {self.text(op.cond)}:")
        self._branch(op.true_region, names)
        if op.false_region.blocks and (names or len(list(op.false_region.block.ops)) > 0):
            self._say("else:")
            self._branch(op.false_region, names)

    def _branch(self, region: Region, names: Sequence[str]) -> None:
        with self._inside():
            self._block(region.block)
            last = region.block.last_op
            assert last is not None or not names
            for name, value in zip(names, last.operands if last is not None and names else (), strict=True):
                self._say(f"{name} = {self._carried(value)}")

    def _carried(self, value: SSAValue) -> str:
        """A value that a branch or a loop gives, as one of its type for those that come later."""
        return f"annotate({self._type(value)}, {self.text(value)})"

    def _select(self, op: arith.SelectOp) -> None:
        name = self._named(op.result)
        self._say(f"if {self.text(op.cond)}:")
        with self._inside():
            self._say(f"{name} = {self.text(op.lhs)}")
        self._say("else:")
        with self._inside():
            self._say(f"{name} = {self.text(op.rhs)}")

    def _fork(self, op: ts.ForkOp) -> None:
        """The task as a function inside this one, as torch has it."""
        task = self._names.fresh("forked")
        self._say(f"def {task}():")
        with self._inside():
            self._block(op.body.block)
            self._say(f"return {self.typed(op.value)}")
        self._assign(op, f"fork({task})")

    def _start(self, names: Sequence[str], values: Sequence[SSAValue]) -> None:
        for name, value in zip(names, values, strict=True):
            declared = f" : {self._type(value)}" if types.is_boxed(ts.type_of(value)) else ""
            self._say(f"{name}{declared} = {self._carried(value)}")

    def _move(self, names: Sequence[str], values: Sequence[SSAValue]) -> None:
        """All at once: a value may be what another name holds until now."""
        texts = [self._carried(v) for v in values]
        plain = [self.text(v) for v in values]
        if any(p in names[:i] for i, p in enumerate(plain)):
            held = [self._names.temporary() for _ in texts]
            for name, text in zip(held, texts, strict=True):
                self._say(f"{name} = {text}")
            texts = held
        for name, text, given in zip(names, texts, plain, strict=True):
            if given != name:
                self._say(f"{name} = {text}")

    def _for(self, op: scf.ForOp) -> None:
        names = [self._named(r) for r in op.results]
        self._start(names, op.iter_args)
        index, *carried = op.body.block.args
        self._texts.update(zip(carried, names, strict=True))
        bounds = [self.text(v) for v in (op.lb, op.ub, op.step)]
        self._say(f"for {self._named(index)} in range({', '.join(bounds)}):")
        with self._inside():
            self._block(op.body.block)
            assert op.body.block.last_op is not None
            self._move(names, list(op.body.block.last_op.operands))

    def _while(self, op: scf.WhileOp) -> None:
        """The test is written twice: before the loop and at its end, as torch does."""
        names = [self._names.temporary() for _ in op.arguments]
        self._start(names, op.arguments)
        before, after = op.before_region.block, op.after_region.block
        self._texts.update(zip(before.args, names, strict=True))
        passed = [self._named(r) for r in op.results]
        goes_on = self._names.temporary()
        self._test(before, goes_on, passed)
        self._texts.update(zip(after.args, passed, strict=True))
        self._say(f"while {goes_on}:")
        with self._inside():
            self._block(after)
            assert after.last_op is not None
            self._move(names, list(after.last_op.operands))
            self._test(before, goes_on, passed)

    def _test(self, block: Block, goes_on: str, passed: Sequence[str]) -> None:
        self._block(block)
        last = block.last_op
        assert isinstance(last, scf.ConditionOp)
        self._say(f"{goes_on} = {self.text(last.condition)}")
        for name, value in zip(passed, last.args, strict=True):
            if self.text(value) != name:
                self._say(f"{name} = {self._carried(value)}")

    # -- operations --------------------------------------------------------------------------------------------------

    def _operation(self, op: Operation) -> None:
        operands = [self.text(v) for v in op.operands]
        match op:
            case func.CallOp():
                self._assign(op, self._call(op, operands))
            case ts.AtenOp():
                self.context.version = max(self.context.version, version_of(op.op.data))
                self._assign(op, operator_text(op.op.data, operands, lambda i: self.constant_of(op.operands[i])))
            case arith.XOrIOp() if self.constant_of(op.rhs) is True:
                self._assign(op, f"torch.__not__({operands[0]})")
            case ts.EnumIndexOp():
                self._enum_index(op, operands[0])
            case ts.AttributeSetOp():
                self._say(f"{operands[0]}.{op.field.data} = {self.typed(op.value)}")
            case ts.StateSetOp():
                self._say(f"{self.context.state_target(op.path.data)} = {self.typed(op.value)}")
            case ts.RaiseOp():
                self._say(f"ops.prim.RaiseException({operands[0]}, {literal('builtins.' + op.kind.data)})")
            case ts.PrintOp() if op.warning is not None:
                self._say(f"torch.warn({operands[0]})")
            case ts.PrintOp():
                self._say(f"print({', '.join(operands)})")
            case _:
                self._assign(op, self._expression(op, operands))

    def _call(self, op: func.CallOp, operands: list[str]) -> str:
        callee = self.context.callees[op.callee.root_reference.data]
        if callee.operator:
            self.context.version = max(self.context.version, version_of(callee.operator))
            return operator_text(callee.operator, operands, lambda i: self.constant_of(op.operands[i]))
        return f"{callee.text}({', '.join(operands)})"

    def _expression(self, op: Operation, operands: list[str]) -> str:
        """An operation with one result."""
        classes = self.context.classes
        match op:
            case ts.WeightOp():
                return self.context.attribute(op.symbol.data)
            case ts.StateGetOp():
                return self.context.attribute(op.path.data)
            case ts.UndefOp():
                return self._some_value(op.result)
            case ts.TupleOp():
                return self._tuple(op)
            case ts.TupleGetOp():
                return f"{operands[0]}[{op.index.value.data}]"
            case ts.ListOp():
                return f"annotate({self._type(op.result)}, [{', '.join(map(self.typed, op.elements))}])"
            case ts.DictOp():
                items = [f"{self.text(k)}: {self.typed(v)}" for k, v in zip(op.items[::2], op.items[1::2], strict=True)]
                return f"annotate({self._type(op.result)}, {{{', '.join(items)}}})"
            case ts.IsNoneOp():
                return f"torch.__is__({operands[0]}, None)"
            case ts.UnwrapOp() | ts.UnboxOp():
                return f"unchecked_cast({self._type(op.results[0])}, {operands[0]})"
            case ts.BoxOp() if types.is_boxed(ts.type_of(op.operand)):
                return f"unchecked_cast({self._type(op.result)}, {operands[0]})"
            case ts.BoxOp() if isinstance(op.operand.owner, _ATOMS):
                return self._boxed(op.result, self.typed(op.operand))
            case ts.BoxOp():
                return f"annotate({self._type(op.result)}, {self.typed(op.operand)})"
            case ts.IsTypeOp(any_elements=UnitAttr()):
                kind = type(op.tested.data).__name__.removesuffix("Type").lower()
                return f"isinstance({operands[0]}, {kind})"
            case ts.IsTypeOp():
                return f"isinstance({operands[0]}, {classes.text(types.erase(op.tested.data))})"
            case ts.FormatOp():
                given = operands if op.template is None else [self._string(op.template.data), *operands]
                return f"torch.format({', '.join(given)})"
            case ts.ObjectOp():
                name = self._type(op.result)
                return f"{name}.__new__({name})"
            case ts.AttributeGetOp():
                return f"{operands[0]}.{op.field.data}"
            case ts.WaitOp():
                return f"torch.wait({operands[0]})"
            case ts.SameOp():
                return f"torch.__is__({', '.join(operands)})"
        text = scalar_text(op, operands)
        if text is None:
            raise _cannot(op)
        return text

    def _tuple(self, op: ts.TupleOp) -> str:
        t, elements = ts.type_of(op.result), [self.typed(v) for v in op.elements]
        assert isinstance(t, types.TupleType)
        if t.name is not None:
            return f"{self.context.classes.qualified(t)}({', '.join(elements)})"
        return f"({', '.join(elements)}{',' if len(elements) == 1 else ''})"

    def _enum_index(self, op: ts.EnumIndexOp, operand: str) -> None:
        """Archives compare members; their numbers are the compiler's."""
        t, name = ts.type_of(op.operand), self._named(op.result)
        assert isinstance(t, types.EnumType)
        self._say(f"{name} = {len(t.members) - 1}")
        for number, (member, _) in enumerate(t.members[:-1]):
            self._say(f"if torch.eq({operand}, {self.context.classes.qualified(t)}.{member}):")
            with self._inside():
                self._say(f"{name} = {number}")


def _cannot(op: Operation) -> Exception:
    span, message = ts.span_of(op), f"this cannot be saved: archives have nothing like {op.name}"
    return UsageError(message) if span is None else CompileError.at(span, message)


def paths_used(op: func.FuncOp) -> set[str]:
    """The weights and states that the function itself reads or writes."""
    found: set[str] = set()
    for inner in op.walk():
        if isinstance(inner, ts.WeightOp):
            found.add(inner.symbol.data)
        elif isinstance(inner, ts.StateGetOp | ts.StateSetOp):
            found.add(inner.path.data)
    return found


def called(op: func.FuncOp) -> set[str]:
    """The functions that it calls."""
    return {inner.callee.root_reference.data for inner in op.walk() if isinstance(inner, func.CallOp)}

