"""Tracing: what a Python function does to tensors, recorded as a straight-line program.

The function runs once, on recording tensors (values.py). Each operation becomes a statement of a TorchScript method
(recorder.py), compiled and evaluated at once by the operators' reference meanings, so that shapes and values are there
for Python code that asks. What the user's libraries own, parameters above all, become attributes of the method's module
(foreign.py). The result is compiled like any other module.
"""

from __future__ import annotations

from aotjit.tracing.recorder import Recorder, Trace, record
from aotjit.tracing.values import recorder_of

__all__ = ["Trace", "record", "recording"]


def recording(value: object) -> Recorder | None:
    """The recorder of the recording tensors in `value`; None when there are none."""
    return recorder_of(value)
