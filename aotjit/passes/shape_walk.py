"""Collects what a function's operators say of the shapes and element types of its values, through calls and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from xdsl.dialects import func, scf
from xdsl.ir import Block, Operation, SSAValue

from aotjit.diagnostics import CompileError
from aotjit.dtypes import DEFAULT_DTYPE, DType
from aotjit.ir import ts
from aotjit.ir.rewrite import NotConstant, blocks_of, constant_of
from aotjit.ops import REGISTRY
from aotjit.ops.declare import promotes_of
from aotjit.ops.opdef import UNKNOWN, Arguments, Operator, Pointwise, Reduction
from aotjit.ops.shapes import parse_shapes
from aotjit.passes.cells import Path
from aotjit.passes.shape_inside import Shapes, TensorsInside
from aotjit.passes.shape_places import Outside, leaves
from aotjit.passes.shape_steps import Propagation, Step
from aotjit.passes.shape_variables import DTypeVariable, Relation, ShapeVariable
from aotjit.types import FLOAT, INT, NUMBER, ListType, TensorType

VISIBLE = (ts.RaiseOp, ts.PrintOp, ts.StateSetOp, scf.WhileOp)
"""After these a demand is no longer one of every run: the run may have ended, or shown something."""
FOLLOWED = (
    ts.PrintOp, ts.FormatOp, ts.IsNoneOp, ts.IsTypeOp, ts.SameOp, func.ReturnOp, scf.YieldOp, scf.ConditionOp
)  # fmt: skip
"""Operations that read no elements, or whose operands are joined with what they become."""
COMPOSITE = "aten."
_ANY_TWO = (DType.F32, DType.I64)


def composite_of(symbol: str) -> Operator | None:
    """The operator whose meaning a private function is (sema names it after the operator)."""
    if not symbol.startswith(COMPOSITE):
        return None
    name = symbol.removeprefix(COMPOSITE)
    found = REGISTRY.by_qualified.get(name)
    return found or REGISTRY.by_qualified.get(name.rpartition(".")[0])


class ShapeWalk(TensorsInside):
    """The variables of one public function and all it calls; a callee's body has its own for each call."""

    def __init__(self, functions: Mapping[str, func.FuncOp], outside: Outside | None = None) -> None:
        super().__init__(outside or Outside())
        self.functions = functions
        self.relations: list[Relation] = []
        self.operands: list[tuple[ShapeVariable, Sequence[ShapeVariable]]] = []  # results and operands that broadcast
        self.demands: dict[ShapeVariable, list[tuple[int | str | None, ...]]] = {}
        self.parameters: set[ShapeVariable] = set()
        self.path: list[str] = []
        self.depth = 0  # of conditions and loops around what is walked
        self.visible = False  # something before may have ended the run or shown something
        self.meetings: list[tuple[ShapeVariable, ShapeVariable]] = []  # where control flow meets
        self.counts: list[ShapeVariable] = []  # whose elements become ints
        self.measures: list[ShapeVariable] = []  # whose elements become floats
        self.compared: list[tuple[ShapeVariable, ShapeVariable]] = []
        self.fractions: list[ShapeVariable] = []  # results of arithmetic with a float
        self.conversions: list[tuple[ShapeVariable, ShapeVariable, DType]] = []

    def function(self, function: func.FuncOp) -> list[dict[Path, ShapeVariable]]:
        """The variables of the tensors in the parameters, of which `solve` finds out what there is. That of a
        parameter that is a tensor itself, or an Optional of one, is at ()."""
        shapes: Shapes = {}
        parameters = function.body.block.args
        found = [{path: self._part(shapes, a, path, t) for path, t in leaves(ts.type_of(a))} for a in parameters]
        self.parameters = {s for parts in found for path, s in parts.items() if not path}
        self._block(function.body.block, shapes)
        return found

    def solve(self) -> None:
        """What must hold first; what is only likely (broadcasting, the first of several meanings) after that."""
        certain = [Step(r.propagate, r.shapes) for r in self.relations]
        Propagation(certain).run(range(len(certain)))
        likely = [Step(self._broadcast(result, operands), (result, *operands)) for result, operands in self.operands]
        likely += [Step(partial(a.join, b), (a, b)) for a, b in self.meetings]
        steps = Propagation([*certain, *likely])
        steps.run(range(len(steps.steps)))
        for index, relation in enumerate(self.relations):
            steps.run(steps.after(index, relation.propagate_first))
        self._guess_dtypes()

    def _guess_dtypes(self) -> None:
        """Of tensors whose element type nothing says: floats where float() or arithmetic with floats is their use,
        whole numbers where int() is, or a comparison with whole numbers: lengths, positions, labels."""
        for source, made, target in self.conversions:
            demanded = made.dtype.root().dtype
            if demanded is target or not target.is_integral:  # that whole numbers are asked for says no more
                source.dtype.join(DTypeVariable(demanded))
            made.dtype.join(DTypeVariable(target))
        guesses = ((self.measures, DEFAULT_DTYPE), (self.fractions, DEFAULT_DTYPE), (self.counts, DType.I64))
        for elements, guess in guesses:
            for shape in elements:
                shape.dtype.join(DTypeVariable(guess))
        for unknown, known in (*self.compared, *((b, a) for a, b in self.compared)):
            dtype = known.dtype.root().dtype
            if dtype is not None and dtype.is_integral:
                unknown.dtype.join(DTypeVariable(DType.I64))

    @staticmethod
    def _broadcast(result: ShapeVariable, operands: Sequence[ShapeVariable]) -> Callable[[], bool]:
        def step() -> bool:
            changed = False
            for operand in operands:
                changed |= operand.broadcasts_to(result)
            if all(o.closed for o in operands):
                changed |= result.close(len(result.dims))
            return changed

        return step

    # -- the walk -----------------------------------------------------------------------------------------------------

    def _join(self, shapes: Shapes, a: Sequence[SSAValue], b: Sequence[SSAValue]) -> None:
        for left, right in zip(a, b, strict=True):
            x, y = self._shape(shapes, left), self._shape(shapes, right)
            if x is not None and y is not None:
                x.dtype.join(y.dtype)
                self.meetings.append((x, y))
            elif x is None and y is None:
                self._meet_inside(shapes, left, right)

    def _block(self, block: Block, shapes: Shapes) -> None:
        for op in block.ops:
            self._operation(op, shapes)

    def _operation(self, op: Operation, shapes: Shapes) -> None:
        self.visible |= isinstance(op, VISIBLE)
        if isinstance(op, ts.RefineOp | ts.SomeOp | ts.UnwrapOp):
            operand = self._shape(shapes, op.operand)
            if operand is not None:
                shapes[op.results[0]] = operand
            elif isinstance(op.operand.type, ts.ValueType):
                self._same(shapes, op.operand, (), op.results[0], (), ts.type_of(op.operand))
        elif self._inside(op, shapes):
            pass
        elif isinstance(op, ts.AtenOp):
            self._operator(REGISTRY[op.op.data], op, op.arguments, op.outputs, shapes)
        elif isinstance(op, func.CallOp):
            self._call(op, shapes)
        elif op.regions:
            self._control_flow(op, shapes)
        elif not isinstance(op, FOLLOWED):
            for value in op.operands:
                self._read(value, shapes)

    def _control_flow(self, op: Operation, shapes: Shapes) -> None:
        self.depth += 1
        for block in blocks_of(op):
            self._block(block, shapes)
        self.depth -= 1
        if isinstance(op, scf.IfOp):
            for block in blocks_of(op):
                assert block.last_op is not None
                self._join(shapes, block.last_op.operands, op.results)
        elif isinstance(op, scf.ForOp):
            assert op.body.block.last_op is not None
            for values in (op.body.block.args[1:], op.body.block.last_op.operands, op.results):
                self._join(shapes, op.iter_args, values)
        elif isinstance(op, scf.WhileOp):
            self._while(op, shapes)

    def _while(self, op: scf.WhileOp, shapes: Shapes) -> None:
        before, after = op.before_region.block, op.after_region.block
        assert before.last_op is not None and after.last_op is not None
        self._join(shapes, op.arguments, before.args)
        self._join(shapes, after.last_op.operands, before.args)
        self._join(shapes, before.last_op.operands[1:], after.args)
        self._join(shapes, after.args, op.results)

    def _call(self, op: func.CallOp, shapes: Shapes) -> None:
        symbol = op.callee.root_reference.data
        operator = composite_of(symbol)
        if operator is not None:
            self._operator(operator, op, op.arguments, op.results, shapes)
            return
        callee = self.functions.get(symbol)
        if callee is None or symbol in self.path:
            for value in op.arguments:
                self._read(value, shapes)
            return
        self.path.append(symbol)
        inner: Shapes = {}
        for parameter, argument in zip(callee.body.block.args, op.arguments, strict=True):
            self._carry(shapes, argument, inner, parameter)
        self._block(callee.body.block, inner)
        assert callee.body.block.last_op is not None
        for result, value in zip(op.results, callee.body.block.last_op.operands, strict=True):
            self._carry(inner, value, shapes, result)
        self.path.pop()

    # -- operators ----------------------------------------------------------------------------------------------------

    def _operator(
        self,
        operator: Operator,
        op: Operation,
        arguments: Sequence[SSAValue],
        results: Sequence[SSAValue],
        shapes: Shapes,
    ) -> None:
        if self._through_containers(operator, arguments, results, shapes):
            return
        found = [self._shape(shapes, r) for r in results]
        if operator.effects != "pure":
            self._compute(operator, arguments, shapes)
        given = dict(zip((a.name for a in operator.schema.arguments), arguments, strict=False))
        if isinstance(operator.lowering, Pointwise):
            self._pointwise(operator, operator.lowering, given, found, shapes)
        elif operator.effects == "view" and found and found[0] is not None:
            source = self._shape(shapes, arguments[0])
            if source is not None:
                self._viewed(_arguments(operator, op, arguments), operator, source, found[0])
        elif arguments and results and (operator.effects == "read" or ts.type_of(arguments[0]) == NUMBER):
            self._elements(operator, arguments[0], results[0], shapes)
        elif found and found[0] is not None and not any(self._tensors(a, shapes) for a in arguments):
            made = _inferred(operator, _arguments(operator, op, arguments))
            if made is not None:
                found[0].dtype.join(DTypeVariable(made))
        text = operator.shapes
        if callable(text):
            text = text(_arguments(operator, op, arguments))
        if text:
            tensors = {name: self._tensors(value, shapes) for name, value in given.items()}
            relation = Relation(parse_shapes(text), tensors, tuple(found))
            self.relations.append(relation)
            self._certain_demands(relation)

    def _viewed(self, args: Arguments, operator: Operator, source: ShapeVariable, view: ShapeVariable) -> None:
        """A view of the same elements has their type, a conversion the one that it says whatever it is given."""
        found = []
        for dtype in _ANY_TWO:
            found.append(_inferred(operator, replace(args, types=(TensorType(dtype), *args.types[1:]))))
        if found == [*_ANY_TWO]:
            source.dtype.join(view.dtype)
        elif found[0] is not None and found[0] is found[1]:
            self.conversions.append((source, view, found[0]))
            self.outside.converted[view] = found[0]

    def _elements(self, operator: Operator, argument: SSAValue, result: SSAValue, shapes: Shapes) -> None:
        """A number read from a tensor has its element type, and so has its largest element. What int() is called on
        holds whole numbers more often than not, a length, a count; not where float() is called on it too."""
        source, t = self._shape(shapes, argument), ts.type_of(result)
        if source is None:
            return
        if isinstance(operator.lowering, Reduction) and operator.lowering.result == "same":
            source.dtype.join(shapes[result].dtype)
        elif operator.schema.name == "IntImplicit":  # which refuses floats
            source.dtype.join(DTypeVariable(DType.I64))
        elif t == NUMBER:
            shapes[result] = source
        elif t in (INT, ListType(INT)):
            self.counts.append(source)
        elif t in (FLOAT, ListType(FLOAT)):
            self.measures.append(source)

    def _tensors(self, value: SSAValue, shapes: Shapes) -> list[ShapeVariable]:
        """The tensor, or those of a list literal."""
        values = value.owner.elements if isinstance(value.owner, ts.ListOp) else (value,)
        return [s for s in (self._shape(shapes, v) for v in values) if s is not None]

    def _certain_demands(self, relation: Relation) -> None:
        if self.visible or self.depth:
            return
        for shape in {s for some in relation.arguments.values() for s in some} & self.parameters:
            demanded = relation.demand_on(shape)
            if demanded is not None:
                self.demands.setdefault(shape, []).append(demanded)

    def _pointwise(
        self,
        operator: Operator,
        lowering: Pointwise,
        given: Mapping[str, SSAValue],
        results: Sequence[ShapeVariable | None],
        shapes: Shapes,
    ) -> None:
        by_name = {name: self._shape(shapes, value) for name, value in given.items()}
        tensors = {name: shape for name, shape in by_name.items() if shape is not None}
        result = results[0] if results else None
        if result is not None:
            self.operands.append((result, list(tensors.values())))
        if lowering.accepts == "integral":
            for name in promotes_of(operator.schema, lowering):
                if name in tensors:
                    tensors[name].dtype.join(DTypeVariable(DType.I64))
        if lowering.result == "bool" and result is not None:
            result.dtype.join(DTypeVariable(DType.BOOL))
        if lowering.result == "bool" and len(tensors) == 2:
            one, other = tensors.values()
            self.compared.append((one, other))
        if result is not None and len(tensors) == 1 and lowering.compute == "promote" and lowering.result != "bool":
            next(iter(tensors.values())).dtype.join(result.dtype)
            if any(ts.type_of(value) == FLOAT for value in given.values()):
                self.fractions.append(result)


def _inferred(operator: Operator, args: Arguments) -> DType | None:
    """The element type of the result, where the operator takes such arguments and says it."""
    try:
        t = operator.infer(args)[0]
    except CompileError:  # which inference will report
        return None
    return t.dtype if isinstance(t, TensorType) else None


def _arguments(operator: Operator, op: Operation, arguments: Sequence[SSAValue]) -> Arguments:
    """What a rule sees of a call before anything is specialised."""
    constants = tuple(_constant(a) for a in arguments)
    return Arguments(operator.schema, tuple(map(ts.type_of, arguments)), constants, ts.span_of(op))


def _constant(value: SSAValue) -> object:
    if isinstance(value.owner, ts.SomeOp):
        value = value.owner.operand
    if isinstance(value.owner, ts.ListOp):
        return [_constant(v) for v in value.owner.elements]
    known = constant_of(value)
    return UNKNOWN if isinstance(known, NotConstant) else known
