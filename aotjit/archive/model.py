"""A TorchScript archive: its object, its constants, and its code, parsed when asked for."""

from __future__ import annotations

from pathlib import Path

from aotjit.archive.container import Container
from aotjit.archive.extent import PickleError
from aotjit.archive.unpickle import unpickle
from aotjit.archive.upgrades import upgrade
from aotjit.archive.values import ArchiveObject, Storage, Value
from aotjit.diagnostics import SourceText, UsageError
from aotjit.syntax import ast
from aotjit.syntax.parse import parse

MAX_CODE = 64 << 20
NEWEST_VERSION = 10


class Archive:
    """What `torch.jit.save` wrote. Names are qualified, as in `__torch__.torch.nn.modules.linear.Linear`."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.path = container.path
        self.root = self._find_root()
        self.version = self._version()
        self._storages: dict[str, Storage] = {}
        self._files: dict[str, dict[str, ast.ClassDef | ast.FunctionDef]] = {}
        self._code_size = 0
        self._check_byte_order()
        constants = self._pickle("constants", "constants/")
        if not isinstance(constants, tuple):
            raise container.refuse("constants.pkl holds no tuple")
        self.constants: tuple[Value, ...] = constants
        model = self._pickle("data", "data/")
        if not isinstance(model, ArchiveObject):
            raise container.refuse("data.pkl holds no module")
        self.model: ArchiveObject = model

    # -- code

    def source(self, name: str) -> ast.ClassDef | ast.FunctionDef:
        """The definition of a class or function. Raises UsageError when there is none, CompileError for its syntax."""
        prefix, _, last = name.rpartition(".")
        found = self._definitions(prefix).get(last) if prefix else None
        if found is None:
            raise self.container.refuse(f"it has no definition of {_shown(name)}")
        return found

    def has_source(self, name: str) -> bool:
        """Whether `source(name)` has something to return."""
        prefix, _, last = name.rpartition(".")
        return self._code_member(prefix) in self.container and last in self._definitions(prefix)

    def class_names(self) -> list[str]:
        """The qualified names of all classes that it has code for."""
        code = f"{self.root}code/"
        members = [m for m in self.container.members if m.startswith(code) and m.endswith(".py")]
        prefixes = [m[len(code) : -len(".py")].replace("/", ".") for m in sorted(members)]
        return [
            f"{prefix}.{name}"
            for prefix in prefixes
            for name, node in self._definitions(prefix).items()
            if isinstance(node, ast.ClassDef)
        ]

    def _code_member(self, prefix: str) -> str:
        return f"{self.root}code/{prefix.replace('.', '/')}.py"

    def _definitions(self, prefix: str) -> dict[str, ast.ClassDef | ast.FunctionDef]:
        if prefix not in self._files:
            member = self._code_member(prefix)
            if member not in self.container:
                raise self.container.refuse(f"it has no code for {_shown(prefix)}")
            self._code_size += self.container.members[member].size
            if self._code_size > MAX_CODE:
                raise self.container.refuse("it has too much code")
            try:
                text = bytes(self.container.read(member)).decode()
            except UnicodeDecodeError:
                raise self.container.refuse(f"'{member}' is not text") from None
            tree = parse(SourceText(f"{self.path}:{member.removeprefix(self.root)}", text))
            tree = upgrade(tree, self.version)
            definitions = [n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
            self._files[prefix] = {n.name: n for n in definitions}
        return self._files[prefix]

    # -- data

    def traced_inputs(self) -> dict[str, list[Value]]:
        """The example arguments of each traced method, by its name. Their tensors have types and shapes, no elements.

        torch.jit.load does not read them either: what cannot be read says nothing.
        """
        member = f"{self.root}traced_inputs.pkl"
        if member not in self.container:
            return {}

        def find(key: str, size: int) -> Storage:
            return Storage(f"traced_inputs/{key}", size, lambda: memoryview(b""))

        try:
            found = unpickle(self.container.read(member), find, lenient=True)
        except PickleError:
            return {}
        methods = found if isinstance(found, dict) else {}
        return {str(name): values for name, values in methods.items() if isinstance(values, list)}

    def _find_root(self) -> str:
        """The folder everything is in, named after the file that was saved."""
        roots = {name.split("/")[0] + "/" for name in self.container.members if name.count("/") == 1}
        for root in sorted(roots):
            if f"{root}constants.pkl" in self.container and f"{root}data.pkl" in self.container:
                return root
        if any(f"{root}model.json" in self.container for root in roots):
            raise self.container.refuse("it was saved by torch 1.3 or older; save it again with a newer torch")
        if any(f"{root}data.pkl" in self.container for root in roots):
            raise UsageError(
                f"{self.path}: this file holds weights, not a program: it was written by torch.save; "
                "compile the model's source with --weights, or save it with torch.jit.save"
            )
        raise self.container.refuse("it was not written by torch.jit.save")

    def _version(self) -> int:
        for name in ("version", ".data/version"):
            member = self.root + name
            if member in self.container:
                text = bytes(self.container.read(member)[:32]).strip()
                if not text.isdigit() or len(text) > 6:
                    raise self.container.refuse("its version is no number")
                version = int(text)
                if version > NEWEST_VERSION:
                    raise self.container.refuse(
                        f"it is of version {version}; this aotjit reads up to version {NEWEST_VERSION}"
                    )
                return version
        raise self.container.refuse("it has no version")

    def _check_byte_order(self) -> None:
        member = self.root + "byteorder"
        if member in self.container and bytes(self.container.read(member)) != b"little":
            raise self.container.refuse("it was written on a big-endian machine")

    def _pickle(self, name: str, folder: str) -> Value:
        member = f"{self.root}{name}.pkl"

        def find(key: str, size: int) -> Storage:
            return find_storage(self.container, self._storages, f"{self.root}{folder}{key}", size)

        try:
            return unpickle(self.container.read(member), find)
        except PickleError as error:
            raise self.container.refuse(f"'{name}.pkl': {error}") from None


def find_storage(container: Container, known: dict[str, Storage], member: str, size: int) -> Storage:
    """The storage in a member, one object for each; it must hold at least `size` bytes."""
    storage = known.get(member)
    if storage is None:
        found = container.members.get(member)
        if found is None:
            raise container.refuse(f"the storage '{_shown(member)}' is missing")
        if found.method != 0:
            raise container.refuse(f"the storage '{_shown(member)}' is compressed")
        container.raw(found)
        storage = Storage(member, found.size, lambda: container.read(member, check=False))
        known[member] = storage
    if storage.size < size:
        raise container.refuse(f"the storage '{_shown(member)}' is cut short")
    return storage


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) < 200 else ascii(name[:200])


def read_archive(path: str | Path) -> Archive:
    """Reads an archive written by torch.jit.save. Raises UsageError, one line, when it is none."""
    return Archive(Container(path))
