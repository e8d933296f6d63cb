"""Putting the bodies of two kernels together: the mechanics of fusion, without its conditions."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseArrayBase, i32
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from aotjit.ir import ts
from aotjit.ir.rewrite import erase
from aotjit.types import TensorType

Kernel = ts.GenericOp | ts.MatmulOp


def body_of(kernel: Kernel) -> Block:
    """The block of scalar operations."""
    return kernel.body.block if isinstance(kernel, ts.GenericOp) else kernel.epilogue.block


def tensors_of(kernel: Kernel) -> tuple[SSAValue, ...]:
    """The tensors that the body gets one element of, in the order of its arguments."""
    return tuple(kernel.inputs if isinstance(kernel, ts.GenericOp) else kernel.extras)


def read_by(kernel: Kernel) -> tuple[SSAValue, ...]:
    """All tensors whose elements the kernel reads."""
    return tensors_of(kernel) if isinstance(kernel, ts.GenericOp) else (kernel.a, kernel.b, *kernel.extras)


def absorb_producer(consumer: Kernel, producer: ts.GenericOp, keep: bool) -> None:
    """Computes the one result of the pointwise `producer` inside `consumer`, which reads it. With `keep` the producer
    stays for its other users, else it is erased."""
    result = producer.outputs[0]
    own = [v for v in tensors_of(consumer) if v is not result]
    tensors = _union(own, producer.inputs)
    scalars = _union(consumer.scalars, producer.scalars)
    first = 0 if isinstance(consumer, ts.GenericOp) else 1
    body = body_of(consumer)
    block = Block(arg_types=[*(a.type for a in body.args[:first]), *map(_element_type, (*tensors, *scalars))])
    place: dict[SSAValue, SSAValue] = dict(zip((*tensors, *scalars), block.args[first:], strict=True))

    source = producer.body.clone().block if keep else producer.body.block
    elements = _move(source, block, [place[v] for v in (*producer.inputs, *producer.scalars)])
    place[result] = elements[0]
    arguments = [*block.args[:first], *(place[v] for v in (*tensors_of(consumer), *consumer.scalars))]
    block.add_op(ts.YieldOp(_move(body, block, arguments)))
    _set_operands(consumer, tensors, scalars)
    _set_body(consumer, block)
    if not keep:
        erase(producer)


def absorb_consumer(product: ts.MatmulOp, consumer: ts.GenericOp) -> ts.MatmulOp:
    """The product with the pointwise `consumer` of its result as its epilogue, in the consumer's place."""
    result = product.result
    tensors = _union(product.extras, [v for v in consumer.inputs if v is not result])
    scalars = _union(product.scalars, consumer.scalars)
    epilogue = product.epilogue.block
    block = Block(arg_types=[epilogue.args[0].type, *map(_element_type, (*tensors, *scalars))])
    place: dict[SSAValue, SSAValue] = dict(zip((*tensors, *scalars), block.args[1:], strict=True))
    arguments = [block.args[0], *(place[v] for v in (*product.extras, *product.scalars))]
    place[result] = _move(epilogue, block, arguments)[0]
    arguments = [place[v] for v in (*consumer.inputs, *consumer.scalars)]
    block.add_op(ts.YieldOp(_move(consumer.body.block, block, arguments)))

    t = ts.type_of(consumer.outputs[0])
    assert isinstance(t, TensorType) and consumer.parent is not None
    fused = ts.MatmulOp(product.a, product.b, t, tensors, scalars, Region([block]))
    fused.attributes.update(consumer.attributes)
    fused.properties.update({n: p for n, p in product.properties.items() if n in ("packed", "window")})
    consumer.parent.insert_op_before(fused, consumer)
    consumer.outputs[0].replace_all_uses_with(fused.result)
    erase(consumer)
    erase(product)
    return fused


def absorb_constants(kernel: Kernel) -> bool:
    """Constants among the scalars become constants of the body."""
    body = body_of(kernel)
    offset = len(body.args) - len(kernel.scalars)
    kept: list[SSAValue] = []
    for index, scalar in reversed(list(enumerate(kernel.scalars))):
        maker = scalar.owner
        if not isinstance(maker, arith.ConstantOp):
            kept.append(scalar)
            continue
        argument = body.args[offset + index]
        constant = arith.ConstantOp(maker.value)
        first = body.first_op
        assert first is not None
        body.insert_op_before(constant, first)
        argument.replace_all_uses_with(constant.result)
        body.erase_arg(argument)
    if len(kept) == len(kernel.scalars):
        return False
    _set_operands(kernel, tensors_of(kernel), kept[::-1])
    return True


def _union(first: Sequence[SSAValue], second: Sequence[SSAValue]) -> list[SSAValue]:
    return list(dict.fromkeys((*first, *second)))


def _element_type(value: SSAValue) -> Attribute:
    t = ts.type_of(value)
    if isinstance(t, TensorType):
        assert t.dtype is not None
        return ts.element_type(t.dtype)
    return ts.ir_type(t)


def _move(source: Block, target: Block, arguments: Sequence[SSAValue]) -> list[SSAValue]:
    """Moves the operations of `source` to the end of `target`; gives what its terminator yielded."""
    for argument, value in zip(source.args, arguments, strict=True):
        argument.replace_all_uses_with(value)
    terminator = source.last_op
    assert terminator is not None
    yielded = list(terminator.operands)
    erase(terminator)
    for op in list(source.ops):
        source.detach_op(op)
        target.add_op(op)
    return yielded


def _set_operands(kernel: Kernel, tensors: Sequence[SSAValue], scalars: Sequence[SSAValue]) -> None:
    if isinstance(kernel, ts.GenericOp):
        segments = [list(tensors), list(scalars), list(kernel.outs), list(kernel.dynamic_dims)]
    else:
        segments = [[kernel.a], [kernel.b], list(tensors), list(scalars)]
    kernel.operands = [value for segment in segments for value in segment]
    kernel.properties["operandSegmentSizes"] = DenseArrayBase.from_list(i32, [len(s) for s in segments])


def drop_outs(kernel: ts.GenericOp) -> None:
    """The kernel makes new tensors from now on."""
    segments = [list(kernel.inputs), list(kernel.scalars), [], list(kernel.dynamic_dims)]
    kernel.operands = [value for segment in segments for value in segment]
    kernel.properties["operandSegmentSizes"] = DenseArrayBase.from_list(i32, [len(s) for s in segments])


def _set_body(kernel: Operation, block: Block) -> None:
    region = kernel.regions[0]
    region.detach_block(0)
    region.add_block(block)
