"""Every error that sitewatch defines.

Messages say what was expected, what was found, and what to do.
"""

from __future__ import annotations

import datetime as dt


class SitewatchError(Exception):
    """Base of all errors that a user or operator can act on."""


class WatchListError(SitewatchError):
    """A watch list cannot be used; names file, feature, field and remedy."""


class CatalogError(SitewatchError):
    """A catalogue cannot be searched or gave an answer that cannot be used as a whole."""


class ItemRefused(SitewatchError):
    """One catalogue item cannot be used; the rest of the search goes on.

    `sensed_at` is when it was sensed, UTC, where that much of it could be read.
    """

    def __init__(self, item_id: str, reason: str, sensed_at: dt.datetime | None = None) -> None:
        super().__init__(f"Item {item_id}: {reason}")
        self.item_id = item_id
        self.reason = reason
        self.sensed_at = sensed_at


class SceneUnreadable(SitewatchError):
    """The pixels of an item could not be read; `is_transient` if they may be at another time."""

    def __init__(self, item_id: str, band: str, reason: str, *, is_transient: bool = False) -> None:
        super().__init__(f"Item {item_id}, band {band}: {reason}")
        self.item_id = item_id
        self.band = band
        self.is_transient = is_transient


class LakeError(SitewatchError):
    """The lake cannot be opened or written."""


class WitnessError(SitewatchError):
    """A series of the user's own cannot be taken; names file, row, field and remedy."""


class ArchiveError(SitewatchError):
    """A chip or mask in the archive is missing or not what its name says."""


class ExportError(SitewatchError):
    """An answer cannot be written as it was asked for."""


class SettingsError(SitewatchError):
    """An environment variable or option has a value that cannot be used."""
