"""The intermediate representation: the `ts` dialect over MLIR's builtin, func, scf, arith and math (through xDSL)."""
