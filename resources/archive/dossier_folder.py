"""Where dossiers are kept: a folder of static pages that opens from anywhere.

Names of files and writing them whole; what is on a page is decided by the stage.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from resources.archive.store import checked_key
from resources.atomic_files import write_atomically

INDEX: Final = "index.html"


def alert_page(alert_id: str) -> str:
    """Name of an alert's page within the folder of dossiers."""
    return f"alerts/{alert_id}.html"


def site_page(site_id: str) -> str:
    """Name of a site's page."""
    return f"sites/{site_id}.html"


def figures_of(page: str) -> str:
    """Name of the list of figures beside a page."""
    return page.removesuffix(".html") + ".figures.json"


class DossierFiles:
    """Pages in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes) -> None:
        """Write a file in one step, unless it is there just so.

        Unlike an object of the archive it may be read by whom the operator's umask lets read:
        pages are there to be served and handed on.
        """
        if self.get(name) == data:
            return
        write_atomically(self.path(name), data)

    def get(self, name: str) -> bytes | None:
        """What a file holds; None if there is none."""
        path = self.path(name)
        return path.read_bytes() if path.is_file() else None

    def path(self, name: str) -> Path:
        """Where a file is, or will be; ArchiveError if the name leads outside."""
        return self.folder.joinpath(*checked_key(name).parts)
