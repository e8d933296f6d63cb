"""From objects to the artefact: the ELF linker, archives, the manifest.

`link_pieces` makes the library, `archive.link_archive` a static one, `relocatable.merge_objects` one object of
several; `external` hands the work to a linker of the system. `ElfFile` reads any of them.
"""

from __future__ import annotations

from .elf import LinkError
from .reader import ElfFile
from .shared import link_pieces, link_shared
from .unit import Blob, LinkUnit

__all__ = ["Blob", "ElfFile", "LinkError", "LinkUnit", "link_pieces", "link_shared"]
