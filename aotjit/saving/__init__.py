"""Programs as archives that torch.jit.load reads: what `.save` of a model writes.

    %2 = "ts.aten"(%x, %y, %one) <{op = "add.Tensor"}>       _0 = torch.add(x, y)
    scf.if %3 { ... yield %4 } else { ... yield %5 }         if _1:
                                                               _2 = ...
    "ts.weight"() <{symbol = "l.weight"}>                    self.l.weight

The program is written as sema built it: every function of it is a function of the archive or, where it reads the
module's attributes, a method of it; operators that aotjit states in the language are called by their own names.
Attributes are saved with the values of a new instance.
"""

from __future__ import annotations

from aotjit.saving.save import Saved, saved_form

__all__ = ["Saved", "saved_form"]
