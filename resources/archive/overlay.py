"""An archive that keeps what is written apart, and reads chips from another one beneath it.

For work that must see the chips of an archive and change nothing in it. Masks and residuals
beneath are not seen: they have to be made anew.
"""

from __future__ import annotations

from resources.archive.store import Archive

CHIPS = "chips"
"""Folder of a site with its chips: `SITE/chips/ITEM/...`."""


class ChipsBeneath:
    """Writes and reads one archive; chips that it lacks are read from the one beneath."""

    def __init__(self, top: Archive, beneath: Archive) -> None:
        self.top = top
        self.beneath = beneath

    def put(self, key: str, data: bytes) -> None:
        """Write an object to the upper archive."""
        self.top.put(key, data)

    def get(self, key: str) -> bytes:
        """The object's bytes; ArchiveError if there is none."""
        if is_chip(key) and not self.top.exists(key):
            return self.beneath.get(key)
        return self.top.get(key)

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        return self.top.exists(key) or (is_chip(key) and self.beneath.exists(key))

    def keys(self, prefix: str) -> list[str]:
        """Every key under a folder of the upper archive, sorted."""
        return self.top.keys(prefix)

    def folders(self) -> list[str]:
        """The top folders of the upper archive, sorted."""
        return self.top.folders()


def is_chip(key: str) -> bool:
    """Whether a key is of a chip or its item."""
    return key.split("/")[1:2] == [CHIPS]
