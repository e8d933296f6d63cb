"""What lies in and below a module, by name: what the loops run over that walk modules.

    for name, child in self.named_children():        unrolled, as loops over a ModuleList are

torch.jit knows these methods of nn.Module and no others: parameters() and named_parameters() are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aotjit.sema.modules import HostValue, ModuleObject

Named = Iterator[tuple[str, HostValue]]


def _items(module: ModuleObject) -> Named:
    for name in module.item_names:
        yield name, module.attributes[name]


def _children(module: ModuleObject) -> Named:
    for name, value in module.attributes.items():
        if isinstance(value, ModuleObject):
            yield name, value


def _modules(module: ModuleObject, prefix: str = "") -> Named:
    """As torch.jit has it, a module that is held twice comes twice."""
    yield prefix, module
    for name, child in _children(module):
        assert isinstance(child, ModuleObject)
        yield from _modules(child, f"{prefix}.{name}" if prefix else name)


def _buffers(module: ModuleObject) -> Named:
    """As torch.jit has it, its own: eager Python has those of the modules below too."""
    for name in module.buffers:
        yield name, module.attributes.get(name)


_OF_MODULES: dict[str, tuple[Callable[[ModuleObject], Named], str]] = {
    "named_children": (_children, "items"), "children": (_children, "values"),
    "named_modules": (_modules, "items"), "modules": (_modules, "values"), "named_buffers": (_buffers, "items"),
}  # fmt: skip
_OF_CONTAINERS: dict[str, tuple[Callable[[ModuleObject], Named], str]] = {
    "items": (_items, "items"), "keys": (_items, "keys"), "values": (_items, "values")
}  # fmt: skip


def has_walk(module: ModuleObject, name: str) -> bool:
    """Is `name` a method that gives what lies in or below the module?"""
    return name in _OF_MODULES or (module.container is not None and name in _OF_CONTAINERS)


def walk(module: ModuleObject, name: str) -> tuple[list[tuple[str, HostValue]], str]:
    """The names and values that a method gives, and which of them: "items", "keys" or "values"."""
    found, part = {**_OF_CONTAINERS, **_OF_MODULES}[name]
    return list(found(module)), part
