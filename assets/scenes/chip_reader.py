"""The site's window of one item: read from its source into the archive, unless it is there.

The archive keeps findings of the reading beside the pixels, so that a second run makes the same
rows without a request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.errors import RasterioError
from shapely.geometry.base import BaseGeometry

from assets.fingerprints import values_fingerprint
from assets.scenes.offsets import (
    OVERVIEW_BANDS,
    DarkEnd,
    dark_end,
    dark_end_of_tile,
    decide_offset,
    is_tile_needed,
)
from assets.scenes.stack import SCALE, onto_grid
from resources.archive.chips import StoredFile, item_files, load_bands, read_item, store_chip
from resources.archive.stac_items import write_item
from resources.archive.store import Archive
from resources.errors import ArchiveError, SceneUnreadable
from resources.grids import geographic_box
from resources.models import BANDS, BandName, Bounds, Grid, Item, ItemReading, Raster, SunViewAngles
from resources.source import Source

UNUSABLE: Final = (ValueError, ArithmeticError, MemoryError, RasterioError)
"""What pixels that are none of ours may raise while they are put to use."""

MARGIN_M: Final = 40.0  # kept round the grid, so that a shift of up to 1.5 px loses no edge


@dataclass(frozen=True, slots=True)
class Chip:
    """The site's window of one item, in the archive.

    Attributes:
        bytes_read: what it took to read it, at the time.
        coverage: where the item has pixels of the box round the zones, shape (y, x).
        dark: the dark end of its stored numbers.
        angles: of sun and sensor, where the source gave them with the pixels.
    """

    item: Item
    files: tuple[StoredFile, ...]
    bytes_read: int
    coverage: npt.NDArray[np.bool_]
    dark: DarkEnd
    angles: SunViewAngles | None


@dataclass(frozen=True, slots=True)
class ChipReader:
    """Reads the chips of one site: of its grid, and `zones_box`, the part round its zones."""

    site_id: str
    grid: Grid
    zones_box: Grid
    source: Source
    archive: Archive

    def read(self, item: Item) -> Chip:
        """The chip of an item, read now unless the archive has this very window of it.

        Raises:
            SceneUnreadable: its pixels cannot be read or used.
        """
        scale = decide_offset(item).scale
        if scale != SCALE:
            raise SceneUnreadable(item.item_id, "all", f"expected numbers in {SCALE}, not {scale}")
        key = f"{self.site_id}/chips/{item.item_id}/item.json"
        window = self.grid.bounds.buffered(MARGIN_M)
        identity = _identifying_properties(item, window, self.grid.epsg)
        kept = self._kept(key, identity)
        if kept is not None:
            return self._chip(item, *kept)
        reading = self.source.read(item, BANDS, window, self.grid.epsg)
        try:
            return self._chip(item, *self._store(item, key, identity, reading))
        except UNUSABLE as cause:
            raise SceneUnreadable(item.item_id, "all", f"cannot be used: {cause}") from cause

    def _store(
        self, item: Item, key: str, identity: Mapping[str, object], reading: ItemReading
    ) -> tuple[list[StoredFile], dict[BandName, Raster], dict[str, object]]:
        """Files, bands and findings of a chip, now in the archive."""
        found = self._findings(item, reading)
        folder = key.removesuffix("/item.json")
        files = store_chip(self.archive, folder, reading.rasters, note=item.attribution)
        write_item(
            self.archive,
            key,
            item_id=item.item_id,
            footprint=self._seen(item.footprint),
            sensed_at=item.sensed_at,
            properties={**identity, **found},
            assets={file.key.rsplit("/", 1)[1].rsplit("-", 1)[0]: file for file in files},
        )
        return files, reading.rasters, found

    def _seen(self, footprint: BaseGeometry) -> BaseGeometry:
        """The part of an item's footprint that a chip may show, degrees."""
        chip = geographic_box(Grid(self.grid.epsg, self.grid.bounds.buffered(MARGIN_M)))
        seen = footprint.intersection(chip)
        return footprint if seen.is_empty else seen

    def _findings(self, item: Item, reading: ItemReading) -> dict[str, object]:
        """What is kept beside the pixels."""
        window_dn = dark_end(reading.rasters)
        tile_dn = self._tile_dn(item) if is_tile_needed(item, window_dn) else None
        size = sum(raster.pixels.nbytes for raster in reading.rasters.values())
        return {
            "sitewatch:dark_dn": window_dn,
            "sitewatch:dark_dn_tile": tile_dn,
            "sitewatch:bytes_read": reading.bytes_read or size,
            "sitewatch:requests": reading.requests,
            "sitewatch:versions": dict(reading.versions),
            "sitewatch:angles": None if reading.angles is None else asdict(reading.angles),
        }

    def _tile_dn(self, item: Item) -> float | None:
        """Dark end of the whole tile; None where it has no overview that can be read."""
        overviews = []
        for band in (band for band in OVERVIEW_BANDS if band in item.bands):
            try:
                overviews.append(self.source.read_overview(item, band))
            except SceneUnreadable:  # the window was read: what is stated has to do for it
                return None
        return dark_end_of_tile(one for one in overviews if one is not None)

    def _chip(
        self,
        item: Item,
        files: list[StoredFile],
        rasters: Mapping[BandName, Raster],
        found: Mapping[str, object],
    ) -> Chip:
        red = rasters.get("red")  # absent where the tile's corner only seemed to touch the site
        box = self.zones_box
        seen = np.zeros(box.shape, bool) if red is None else onto_grid(red, box) > 0
        angles = found["sitewatch:angles"]
        return Chip(
            item=item,
            files=tuple(files),
            bytes_read=int(str(found["sitewatch:bytes_read"])),
            coverage=seen,
            dark=DarkEnd(
                _float_or_none(found["sitewatch:dark_dn"]),
                _float_or_none(found["sitewatch:dark_dn_tile"]),
            ),
            angles=SunViewAngles(**angles) if isinstance(angles, dict) else None,
        )

    def _kept(
        self, key: str, identity: Mapping[str, object]
    ) -> tuple[list[StoredFile], dict[BandName, Raster], dict[str, object]] | None:
        """Files, bands and findings of a chip that the archive has whole, of the same window."""
        stored = read_item(self.archive, key)
        properties = None if stored is None else stored.get("properties")
        if stored is None or not isinstance(properties, dict):
            return None
        if any(properties.get(name) != value for name, value in identity.items()):
            return None
        files = item_files(stored, key)
        try:
            return files, load_bands(self.archive, [file.key for file in files]), properties
        except ArchiveError:
            return None


def has_window(archive: Archive, key: str, window: Bounds, epsg: int) -> bool:
    """Whether the archive's item at a key is of this very window, whatever else has changed."""
    stored = read_item(archive, key)
    properties = None if stored is None else stored.get("properties")
    return isinstance(properties, dict) and all(
        properties.get(name) == value for name, value in _window_properties(window, epsg).items()
    )


def _window_properties(window: Bounds, epsg: int) -> dict[str, object]:
    """A window as the item of a chip keeps it."""
    return {
        "sitewatch:window": [window.west, window.south, window.east, window.north],
        "sitewatch:window_epsg": epsg,
    }


def _identifying_properties(item: Item, window: Bounds, epsg: int) -> dict[str, object]:
    """What a chip must have in common with an item to be the same window of the same product.

    Footprint and addresses, since an item of Sentinel Hub stands for all tiles of a pass that were
    listed by then.
    """
    return {
        "attribution": item.attribution,
        **_window_properties(window, epsg),
        "sitewatch:product": item.product_name,
        "sitewatch:baseline": item.processing_baseline,
        "sitewatch:generated_at": _iso_time(item.generated_at),
        "sitewatch:source": item.source,
        "sitewatch:collection": item.collection,
        "sitewatch:simulated": item.is_simulated,
        "sitewatch:published_at": _iso_time(item.published_at),
        "sitewatch:updated_at": _iso_time(item.updated_at),
        "sitewatch:offset_declared": item.bands["red"].offset,
        "sitewatch:offset_applied": item.is_offset_applied,
        "sitewatch:footprint": values_fingerprint(
            shapely.to_wkt(item.footprint, rounding_precision=4)
        ),
        "sitewatch:addresses": values_fingerprint(
            *sorted(band.href for band in item.bands.values())
        ),
        "sitewatch:chip_version": 2,  # of what is kept beside the pixels
    }


def _iso_time(moment: dt.datetime | None) -> str | None:
    """A moment as the item of a chip keeps it."""
    return None if moment is None else moment.isoformat()


def _float_or_none(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
