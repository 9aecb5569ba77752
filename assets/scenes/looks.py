"""Reads looks of a site from the archive, by the rows that name their chips, with a cache.

Rows of `scenes` in, arrays out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeAlias, TypeVar

import numpy as np

from assets.scenes.stack import (
    SCALE,
    Classes,
    ItemPixels,
    LookPixels,
    PixelShift,
    assemble_look,
    onto_grid,
)
from resources.archive.chips import load_bands
from resources.archive.store import Archive
from resources.grids import window_grid
from resources.lake.rows import SceneRow
from resources.models import Grid

KEPT_BYTES: Final = 150_000_000  # of looks, and of chips; chosen, a limit to memory

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Name: TypeAlias = tuple[str, PixelShift]


class LookReader:
    """Reads looks of one site, keeping the last used ones in memory, and the chips they are of.

    Chips take a third of the look's memory, and putting a look together from them takes a tenth of
    the time of reading them: asking for a look at another shift does not touch the archive again.
    """

    def __init__(self, archive: Archive, grid: Grid) -> None:
        self.archive = archive
        self.grid = grid
        self._looks: OrderedDict[Name, LookPixels] = OrderedDict()
        self._parts: OrderedDict[str, list[ItemPixels]] = OrderedDict()
        self._scl: OrderedDict[str, Classes] = OrderedDict()

    def look(self, row: SceneRow, shift: PixelShift | None = None) -> LookPixels:
        """The look of a row of `scenes`, on the site grid.

        Args:
            row: of `scenes`.
            shift: how far the look lies from its place (see `activity.align.registration`), taken
                out in the one resampling. None gives its pixels as they came.

        Raises:
            ArchiveError: a chip is missing or broken.
        """
        name = (str(row["acquisition_id"]), shift or PixelShift())
        if name not in self._looks:
            self._looks[name] = assemble_look(
                name[0],
                row["sensed_at"],
                row["relative_orbit"] or 0,
                parts=self._pixels(row),
                grid=self.grid,
                shift=shift,
            )
            _evict_oldest(self._looks, _bytes_of_look)
        self._looks.move_to_end(name)
        return self._looks[name]

    def box(self, row: SceneRow, rows: slice, columns: slice, shift: PixelShift) -> LookPixels:
        """A part of a look, not kept.

        Args:
            row: as `scenes` has it.
            rows: of the site grid.
            columns: of the site grid.
            shift: how far the look lies from its place there, taken out in the one resampling.

        Raises:
            ArchiveError: a chip is missing or broken.
        """
        return assemble_look(
            str(row["acquisition_id"]),
            row["sensed_at"],
            row["relative_orbit"] or 0,
            parts=self._pixels(row),
            grid=window_grid(self.grid, (rows, columns)),
            shift=shift,
        )

    def _pixels(self, row: SceneRow) -> list[ItemPixels]:
        """The chips of a look, preferred first."""
        name = str(row["acquisition_id"])
        if name not in self._parts:
            offsets = dict(zip(row["item_ids"], row["item_offsets_dn"], strict=True))
            self._parts[name] = [
                ItemPixels(load_bands(self.archive, keys), int(offsets[item_id]), SCALE)
                for item_id, keys in _chip_keys_by_item(row).items()
            ]
            _evict_oldest(self._parts, _bytes_of_parts)
        self._parts.move_to_end(name)
        return self._parts[name]

    def scene_classes(self, rows: Sequence[SceneRow]) -> Classes:
        """SCL of many looks, shape (look, y, x); 0 where unseen."""
        out = np.zeros((len(rows), *self.grid.shape), np.uint8)
        for place, row in enumerate(rows):
            out[place] = self._classes(row)
        return out

    def _classes(self, row: SceneRow) -> Classes:
        """SCL of one look; kept, being small."""
        name = str(row["acquisition_id"])
        if name not in self._scl:
            classes = np.zeros(self.grid.shape, np.uint8)
            for keys in _chip_keys_by_item(row).values():
                scl = [key for key in keys if key.rsplit("/", 1)[1].startswith("scl")]
                part = onto_grid(load_bands(self.archive, scl)["scl"], self.grid)
                classes = np.where(classes == 0, part.astype(np.uint8), classes)
            self._scl[name] = classes
            _evict_oldest(self._scl, lambda one: one.nbytes)
        return self._scl[name]


def _evict_oldest(kept: OrderedDict[Key, Value], size: Callable[[Value], int]) -> None:
    """Keep the last used ones in half of KEPT_BYTES, the very last in any case."""
    total = sum(map(size, kept.values()))
    while len(kept) > 1 and total > KEPT_BYTES // 2:
        total -= size(kept.popitem(last=False)[1])


def _bytes_of_look(look: LookPixels) -> int:
    return look.reflectance.nbytes + look.scl.nbytes + look.is_saturated.nbytes


def _bytes_of_parts(parts: Sequence[ItemPixels]) -> int:
    return sum(raster.pixels.nbytes for part in parts for raster in part.rasters.values())


def _chip_keys_by_item(row: SceneRow) -> dict[str, list[str]]:
    """Keys of a look's files by the id of their item, preferred first."""
    groups: dict[str, list[str]] = {}
    for key in row["chip_uris"]:
        groups.setdefault(key.split("/")[-2], []).append(key)
    return groups
