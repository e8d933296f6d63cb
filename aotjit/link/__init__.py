"""From objects to the artefact: the ELF linker, archives, the manifest.

`link_shared` and `link_pieces` make the library, `link_archive` a static one, `ElfFile` reads either.
"""

from __future__ import annotations

from .elf import LinkError
from .reader import ElfFile
from .shared import link_pieces, link_shared
from .unit import Blob, LinkUnit

__all__ = ["Blob", "ElfFile", "LinkError", "LinkUnit", "link_pieces", "link_shared"]
