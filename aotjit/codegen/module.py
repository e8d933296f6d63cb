"""LLVM modules being written: functions, constants and texts, each once; the module of kernels and its table.

Host code is compiled once; kernels, in a module of their own, once for each ISA level. Host code calls them through the
table of the level that the instance runs at. What must differ between the levels (register tiles) is in objects that
were compiled with the package (kernels/fixed.py). Names in the kernels' text may contain `LEVEL_TAG`, which becomes the
level's short name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir

from aotjit.codegen.layout import I1, I8, I32, I64, PTR
from aotjit.options import CPU_LEVELS

TRIPLE = "x86_64-unknown-linux-gnu"
DATA_LAYOUT = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
LEVEL_TAG = "aj.level"


class Function(ir.Function):  # type: ignore[misc]  # llvmlite has no types
    """A function whose address is an opaque pointer: llvmlite would print a typed one, which LLVM no longer reads."""

    def __init__(self, module: ir.Module, function_type: ir.FunctionType, name: str) -> None:
        super().__init__(module, function_type, name)
        self.type = PTR

    @property
    def function_type(self) -> ir.FunctionType:
        return self.ftype


def leave_loop(again: ir.Instruction) -> None:
    """Keeps LLVM from unrolling or vectorising the loop that ends with this branch."""
    module = again.parent.function.module
    hints = [
        module.add_metadata(["llvm.loop.unroll.disable"]),
        module.add_metadata(["llvm.loop.vectorize.enable", I1(0)]),
    ]
    loop = module.add_metadata([*hints, I64(len(module.metadata))])
    loop.operands = (loop, *hints)  # LLVM knows a loop's node by its reference to itself
    again.set_metadata("llvm.loop", loop)


def asked_again(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """The value, as if it could be another one each time: LLVM does not write a loop twice for what it decides."""
    same = ir.InlineAsm(ir.FunctionType(value.type, [value.type]), "", "=r,0", side_effect=True)
    return builder.call(same, [value])


class Callee:
    """An address with the type of the function there, which llvmlite asks whatever is called."""

    def __init__(self, address: ir.Value, function_type: ir.FunctionType) -> None:
        self.address, self.type, self.function_type = address, address.type, function_type

    def get_reference(self) -> str:
        return str(self.address.get_reference())


class ModuleContext:
    """The LLVM module that all functions of a program go to."""

    def __init__(self, name: str, kernels: KernelModule | None = None) -> None:
        self.kernels = kernels
        self.llvm = ir.Module(name)
        self.llvm.triple, self.llvm.data_layout = TRIPLE, DATA_LAYOUT
        self._memo: dict[object, ir.Function] = {}
        self._counter = 0
        self._accesses: dict[str, ir.MDValue] = {}
        self._strings: dict[bytes, ir.GlobalVariable] = {}

    def declare(
        self, name: str, arguments: Sequence[ir.Type], result: ir.Type = I32, varargs: bool = False
    ) -> ir.Function:
        """The external function of that name, declared at first use."""
        known = self.llvm.globals.get(name)
        if known is not None:
            return known
        return self._new_function(name, ir.FunctionType(result, list(arguments), var_arg=varargs))

    def define(
        self, name: str, arguments: Sequence[ir.Type], result: ir.Type = I32, linkage: str = "internal"
    ) -> ir.Function:
        """A new function, without blocks yet."""
        function = self._new_function(name, ir.FunctionType(result, list(arguments)))
        function.linkage = linkage
        # Kernels on AVX-512 are to use its registers; levels without them ignore the attribute.
        set.add(function.attributes, '"prefer-vector-width"="512"')
        return function

    def _new_function(self, name: str, function_type: ir.FunctionType) -> ir.Function:
        function = Function(self.llvm, function_type, name)
        function.attributes.add("nounwind")
        for argument in function.args:
            if argument.type == I1:  # C's bool is passed as a byte that is 0 or 1
                argument.add_attribute("zeroext")
        return function

    def shared(self, key: object, build: Callable[[], ir.Function]) -> ir.Function:
        """The function built for `key`: identical inner functions are written once."""
        if key not in self._memo:
            self._memo[key] = build()
        return self._memo[key]

    def constant(
        self, name: str, t: ir.Type, value: object, linkage: str = "internal", align: int = 8
    ) -> ir.GlobalVariable:
        """A constant global. `value` is an ir.Constant or what ir.Constant takes."""
        variable = ir.GlobalVariable(self.llvm, t, name)
        variable.type = PTR
        variable.initializer = value if isinstance(value, ir.Constant) else ir.Constant(t, value)
        variable.global_constant = True
        variable.linkage = linkage
        variable.align = align
        return variable

    def external(self, name: str, t: ir.Type = I8) -> ir.GlobalVariable:
        """A global defined elsewhere."""
        known = self.llvm.globals.get(name)
        if known is not None:
            return known
        variable = ir.GlobalVariable(self.llvm, t, name)
        variable.type = PTR
        return variable

    def access(self, instruction: ir.Instruction, kind: str) -> ir.Instruction:
        """Says what memory a load or store touches: fields of objects ("field"), their counts ("count") and runs of
        words ("word") never overlap, so that a loop over a list need not read its length again after each store."""
        if kind not in self._accesses:
            if not self._accesses:
                self._root = self.llvm.add_metadata(["aotjit"])
            t = self.llvm.add_metadata([kind, self._root, I64(0)])
            self._accesses[kind] = self.llvm.add_metadata([t, t, I64(0)])
        instruction.set_metadata("tbaa", self._accesses[kind])
        return instruction

    def unique(self, stem: str) -> str:
        """A name for an internal global: `stem.N`."""
        self._counter += 1
        return f"{stem}.{self._counter}"

    def c_string(self, text: str) -> ir.GlobalVariable:
        """A NUL-terminated UTF-8 constant, one for each distinct text."""
        data = text.encode("utf-8", "surrogatepass") + b"\0"
        if data not in self._strings:
            t = ir.ArrayType(I8, len(data))
            variable = self.constant(f"text.{len(self._strings)}", t, bytearray(data), "private", 1)
            variable.unnamed_addr = True
            self._strings[data] = variable
        return self._strings[data]


class KernelModule(ModuleContext):
    """The kernels of a program: inner loops that host code reaches through a table of their addresses."""

    def __init__(self) -> None:
        super().__init__("kernels")
        self.uses_fixed = False
        """Does the program call kernels that were compiled with the package?"""
        self.table: list[ir.Value] = []
        self._places: dict[str, int] = {}

    def fixed(self, name: str) -> ir.GlobalVariable:
        """The function or table of that name in the level's object of fixed kernels."""
        self.uses_fixed = True
        return self.external(level_symbol(name, LEVEL_TAG))

    def is_wide(self, builder: ir.IRBuilder) -> ir.Value:
        """Whether the level has more than the narrowest registers: a constant when the level is compiled, so that code
        of the other kind goes."""
        if f"aj.is_wide.{CPU_LEVELS[0]}" not in self.llvm.globals:
            for level in CPU_LEVELS:
                self.constant(f"aj.is_wide.{level}", I1, int(level != CPU_LEVELS[0]), align=1)
        return builder.load(ir.values.FormattedConstant(PTR, f'@"aj.is_wide.{LEVEL_TAG}"'), typ=I1)

    def place(self, kernel: ir.Value) -> int:
        """The index of a function or variable in the table."""
        if kernel.name not in self._places:
            self._places[kernel.name] = len(self.table)
            self.table.append(kernel)
        return self._places[kernel.name]

    def text(self) -> str:
        """The module with its table, which the descriptor refers to as `kernel_table(level)`."""
        t = ir.ArrayType(PTR, len(self.table))
        self.constant(kernel_table(LEVEL_TAG), t, ir.Constant(t, self.table), "")
        return str(self.llvm)


def level_symbol(name: str, level: str) -> str:
    """The symbol of a level's fixed kernel or table of kernels."""
    return f"{name}.{level}"


def kernel_table(level: str) -> str:
    """The symbol of a level's table of kernels."""
    return f"aj_kernels_{level}"
