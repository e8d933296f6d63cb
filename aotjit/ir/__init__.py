"""The intermediate representation: the `ts` dialect over MLIR's builtin, func, scf, arith and math (through xDSL)."""

from aotjit.ir.formats import deferred_formats

with deferred_formats():
    from xdsl.dialects import arith, builtin, func, math, scf  # noqa: F401

    from aotjit.ir import scalar, ts  # noqa: F401
