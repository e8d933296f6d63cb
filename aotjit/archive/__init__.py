"""Reads what PyTorch saves, without torch and without executing anything it contains.

`read_archive(path)` gives an `Archive`, what torch.jit.save wrote:

- `archive.model` is the root `ArchiveObject`: `class_name` is qualified (`__torch__.M`), `attributes` maps names to
  values. A value is None, bool, int, float, complex, str, list, dict, tuple, `TensorValue`, `ArchiveObject`,
  `EnumValue` or `DeviceValue`. A dtype is an int (`dtypes.DTYPE_BY_CODE`). A NamedTuple arrives as a plain tuple.
  Objects and lists keep their identity: the same submodule reached twice is the same `ArchiveObject`. When the class
  defines `__setstate__`, `has_state` is true, `attributes` is empty and `state` is what `__getstate__` returned.
- `archive.source(qualified_name)` is the `ClassDef` or `FunctionDef`; the file it is in is parsed on first use, spans
  name it as `model.pt:code/__torch__.py`. Calls of an old `version` are already rewritten to today's operators.
- `archive.constants[n]` is what the code calls `CONSTANTS.cN`.

`TensorValue` is a view: `dtype`, `shape`, `strides`, `offset`, `storage`. Tensors are tied when their `storage` is the
same object (and are the same tensor when offset, shape and strides agree too). `data()` gives row-major bytes.

`read_weights(path)` gives the tensors of a state_dict (.pt, .pth), a .safetensors or an .npz file by name.
"""

from __future__ import annotations

from aotjit.archive.model import Archive, read_archive
from aotjit.archive.values import ArchiveObject, DeviceValue, EnumValue, Storage, TensorValue, Value
from aotjit.archive.weights import read_weights

__all__ = [
    "Archive", "ArchiveObject", "DeviceValue", "EnumValue", "Storage", "TensorValue", "Value", "read_archive",
    "read_weights",
]  # fmt: skip
