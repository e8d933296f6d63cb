"""What operators meant before a change: older archives still mean that. archive/upgrades.py has the versions; the texts
are those of torch/csrc/jit/operator_upgraders.
"""

from __future__ import annotations

from aotjit.ops.declare import composite

_FLOATING = {"Tensor": "other.is_floating_point()", "Scalar": "isinstance(other, float)"}
for _other, _is_floating in _FLOATING.items():
    for _suffix, _target in (("", "Tensor"), ("_", "Tensor(a!)")):
        composite(
            f"aotjit::div{_suffix}_before_4.{_other}({_target} self, {_other} other) -> {_target}",
            f"""
if self.is_floating_point() or {_is_floating}:
    return self.true_divide{_suffix}(other)
return self.divide{_suffix}(other, rounding_mode="trunc")
""",
        )
