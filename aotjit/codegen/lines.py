"""Line tables (DWARF): which source line an instruction comes from, for debuggers and profilers."""

from __future__ import annotations

from llvmlite import ir

from aotjit.codegen.layout import I32
from aotjit.diagnostics import Span

_DWARF_VERSION, _DEBUG_INFO_VERSION, _WARNING = 4, 3, 2


class LineTable:
    """Adds the metadata of functions and places to a module, each once."""

    def __init__(self, module: ir.Module, producer: str) -> None:
        self.module, self.producer = module, producer
        self._files: dict[str, ir.DIValue] = {}
        self._unit: ir.DIValue | None = None
        self._type: ir.DIValue | None = None

    def function(self, function: ir.Function, title: str, span: Span) -> ir.DIValue:
        """Makes `title` the function's name in the tables; returns the scope of its places."""
        file = self._file(span.source.file_name)
        fields = {
            "name": title,
            "linkageName": function.name,
            "scope": file,
            "file": file,
            "line": span.line,
            "scopeLine": span.line,
            "type": self._subroutine_type(),
            "unit": self._compile_unit(file),
            "spFlags": ir.DIToken("DISPFlagDefinition"),
        }
        scope = self.module.add_debug_info("DISubprogram", fields, is_distinct=True)
        function.set_metadata("dbg", scope)
        return scope

    def place(self, scope: ir.DIValue, name: str, span: Span) -> ir.DIValue:
        """A line and column. `scope` is the function's; `name` its file, which inlined code leaves."""
        if span.source.name != name:
            fields = {"scope": scope, "file": self._file(span.source.file_name), "discriminator": 0}
            scope = self.module.add_debug_info("DILexicalBlockFile", fields)
        fields = {"line": span.line, "column": min(span.column, 0xFFFF), "scope": scope}
        return self.module.add_debug_info("DILocation", fields)

    def _file(self, name: str) -> ir.DIValue:
        if name not in self._files:
            self._files[name] = self.module.add_debug_info("DIFile", {"filename": name, "directory": "."})
        return self._files[name]

    def _subroutine_type(self) -> ir.DIValue:
        if self._type is None:
            types = self.module.add_metadata([])
            self._type = self.module.add_debug_info("DISubroutineType", {"types": types})
        return self._type

    def _compile_unit(self, file: ir.DIValue) -> ir.DIValue:
        if self._unit is None:
            fields = {
                "language": ir.DIToken("DW_LANG_Python"),
                "file": file,
                "producer": self.producer,
                "isOptimized": True,
                "runtimeVersion": 0,
                "emissionKind": ir.DIToken("LineTablesOnly"),
            }
            self._unit = self.module.add_debug_info("DICompileUnit", fields, is_distinct=True)
            self.module.add_named_metadata("llvm.dbg.cu", self._unit)
            for key, value in (("Dwarf Version", _DWARF_VERSION), ("Debug Info Version", _DEBUG_INFO_VERSION)):
                flag = [I32(_WARNING), key, I32(value)]
                self.module.add_named_metadata("llvm.module.flags", self.module.add_metadata(flag))
        return self._unit
