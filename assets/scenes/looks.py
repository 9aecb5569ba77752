"""Looks of a site from the archive, by the rows that name their chips; kept while they are used.

The bridge between rows and arrays. What a look shows is the next stages' question.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np

from assets.scenes.stack import SCALE, Classes, ItemPixels, Look, assemble_look, onto_grid
from resources.archive import Archive
from resources.chips import load_bands
from resources.lake_reads import Row
from resources.models import Grid

KEPT_BYTES: Final = 500_000_000  # two years of a small site; a look of 25 km takes 190 MB


class LookReader:
    """Reads looks of one site, keeping the last used ones in memory."""

    def __init__(self, archive: Archive, grid: Grid) -> None:
        self.archive = archive
        self.grid = grid
        self._looks: OrderedDict[str, Look] = OrderedDict()
        self._scl: dict[str, Classes] = {}

    def look(self, row: Row) -> Look:
        """The look of a row of `scenes`, on the site grid.

        Raises:
            ArchiveError: a chip is missing or broken.
        """
        name = str(row["acquisition_id"])
        if name in self._looks:
            self._looks.move_to_end(name)
            return self._looks[name]
        offsets = dict(zip(row["item_ids"], row["item_offsets_dn"], strict=True))
        look = assemble_look(
            name,
            row["sensed_at"],
            row["relative_orbit"] or 0,
            parts=[
                ItemPixels(load_bands(self.archive, keys), int(offsets[item_id]), SCALE)
                for item_id, keys in _chips(row).items()
            ],
            grid=self.grid,
        )
        self._looks[name] = look
        while len(self._looks) > 1 and len(self._looks) * look.reflectance.nbytes > KEPT_BYTES:
            self._looks.popitem(last=False)
        return look

    def scene_classes(self, rows: Sequence[Row]) -> Classes:
        """SCL of many looks, shape (look, y, x); 0 where unseen."""
        out = np.zeros((len(rows), *self.grid.shape), np.uint8)
        for place, row in enumerate(rows):
            out[place] = self._classes(row)
        return out

    def _classes(self, row: Row) -> Classes:
        """SCL of one look; kept, being small."""
        name = str(row["acquisition_id"])
        if name not in self._scl:
            classes = np.zeros(self.grid.shape, np.uint8)
            for keys in _chips(row).values():
                scl = [key for key in keys if key.rsplit("/", 1)[1].startswith("scl")]
                part = onto_grid(load_bands(self.archive, scl)["scl"], self.grid)
                classes = np.where(classes == 0, part.astype(np.uint8), classes)
            self._scl[name] = classes
        return self._scl[name]


def _chips(row: Row) -> dict[str, list[str]]:
    """Keys of a look's files by the id of their item, preferred first."""
    groups: dict[str, list[str]] = {}
    for key in row["chip_uris"]:
        groups.setdefault(key.split("/")[-2], []).append(key)
    return groups
