"""An archive that can be read and written without changing the one beneath."""

from __future__ import annotations

from dataclasses import dataclass

from resources.archive.store import Archive, FolderArchive


@dataclass(frozen=True, slots=True)
class Overlay:
    """An archive whose writes go elsewhere, so that a yardstick leaves what it reads as it was."""

    below: Archive
    above: FolderArchive

    def put(self, key: str, data: bytes) -> None:
        """Write above."""
        self.above.put(key, data)

    def get(self, key: str) -> bytes:
        """From above if it is there, else from below; ArchiveError where it is in neither."""
        return self.above.get(key) if self.above.exists(key) else self.below.get(key)

    def exists(self, key: str) -> bool:
        """In either."""
        return self.above.exists(key) or self.below.exists(key)

    def keys(self, prefix: str) -> list[str]:
        """Of both, sorted."""
        return sorted({*self.above.keys(prefix), *self.below.keys(prefix)})

    def folders(self) -> list[str]:
        """Of both, sorted."""
        return sorted({*self.above.folders(), *self.below.folders()})
