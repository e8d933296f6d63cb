"""Forked tasks and their futures, as operations of `ts`."""

from __future__ import annotations

from xdsl.ir import Region, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, region_def, result_def, traits_def
from xdsl.traits import IsTerminator, Pure, RecursiveMemoryEffect

from aotjit import types
from aotjit.ir.effects import ReadsMemory, WritesMemory
from aotjit.ir.values import ValueType, ir_type, type_of


@irdl_op_definition
class ForkOp(IRDLOperation):
    """A task: its region ends in a ts.task_return of the task's result, which the Future holds. A failure in the region
    does not end the call but is kept in the Future too. Where the task is independent of what comes later, it may run
    at the same time on another thread (aotjit.codegen.tasks); everything else takes it that it runs here."""

    name = "ts.fork"
    body = region_def("single_block")
    result = result_def(ValueType)
    traits = traits_def(RecursiveMemoryEffect(), ReadsMemory())

    def __init__(self, t: types.ClassType, body: Region) -> None:
        super().__init__(regions=[body], result_types=[ir_type(t)])

    @property
    def value(self) -> SSAValue:
        """The task's result, in the region."""
        end = self.body.block.last_op
        assert isinstance(end, TaskReturnOp)
        return end.value


@irdl_op_definition
class TaskReturnOp(IRDLOperation):
    """Ends a task and gives its result."""

    name = "ts.task_return"
    value = operand_def()
    traits = traits_def(IsTerminator(), Pure())

    def __init__(self, value: SSAValue) -> None:
        super().__init__(operands=[value])


@irdl_op_definition
class WaitOp(IRDLOperation):
    """The result of a task, once it is over; fails as the task did. Until here the task may have written to memory."""

    name = "ts.wait"
    operand = operand_def(ValueType)
    result = result_def()
    traits = traits_def(WritesMemory())

    def __init__(self, future: SSAValue) -> None:
        t = type_of(future)
        assert isinstance(t, types.ClassType)
        super().__init__(operands=[future], result_types=[ir_type(t.layout.fields[types.FUTURE_VALUE])])


TASKS = (ForkOp, TaskReturnOp, WaitOp)
