"""Reading a site's month from its source into the archive, and the rows that say so.

Everything between a catalogue's answer and the `scenes` table; Dagster is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from assets.scenes.acquisitions import Acquisition, group_items
from assets.scenes.offsets import OffsetDecision, decide_offset
from assets.scenes.passes import LEAD_DAYS, expected_passes
from assets.scenes.stack import SCALE, onto_grid
from resources.archive import Archive
from resources.catalog import Source
from resources.chips import StoredFile, item_files, load_bands, read_item, store_chip, write_item
from resources.errors import ArchiveError, SceneUnreadable
from resources.grids import geographic_bounds
from resources.lake_reads import Row
from resources.models import BANDS, BandName, Bounds, Grid, Item, Month, Raster, Site

MARGIN_M: Final = 40.0  # kept round the grid, so that a shift of up to 1.5 px loses no edge
READERS: Final = 8  # items at once; reading waits for the network, not for the processor
VALID_COVERAGE: Final = 0.9  # share of the grid, as for zones
SPLIT_PASS: Final = dt.timedelta(minutes=5)  # a pass at midnight is one look of the older month
METHOD_VERSION: Final = "1"


@dataclass(frozen=True, slots=True)
class Chip:
    """The site's window of one item, in the archive."""

    item: Item
    files: tuple[StoredFile, ...]
    bytes_read: int
    coverage: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class MonthOfScenes:
    """Rows of `scenes`, `passes` and `refusals` of a site's month.

    `unread` names the items whose pixels could not be read just now; they are refusals, too.
    `listed` are all items that the catalogue lists.
    """

    scenes: list[Row]
    passes: list[Row]
    refusals: list[Row]
    unread: list[str]
    listed: set[str]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Reads the months of one site."""

    site: Site
    grid: Grid
    source: Source
    archive: Archive

    def fetch(self, month: Month, now: dt.datetime) -> MonthOfScenes:
        """Search a month, settle its looks, read what is new, and give the rows.

        Raises:
            CatalogError: the catalogue cannot be searched; nothing was written to the lake.
        """
        area = geographic_bounds(self.grid)
        lead = month.start - dt.timedelta(days=LEAD_DAYS)
        found = self.source.search(area, lead, month.end + SPLIT_PASS)
        box = shapely.box(area.west, area.south, area.east, area.north)
        looks = group_items(found.items, site_epsg=self.grid.epsg, site_area=box)
        wanted = [look for look in looks if month.start <= look.sensed_at < month.end]
        chips, failures = self._read_all([item for look in wanted for item in look.items])
        refusals = [
            self._refusal(month, refused.item_id, refused.reason, now) for refused in found.refused
        ]
        refusals += [self._refusal(month, key, reason, now) for key, reason in failures.items()]
        scenes = []
        for look in wanted:
            read = [chips[item.item_id] for item in look.items if item.item_id in chips]
            if read:
                scenes += list(self._rows(look, read, now))
        passes = expected_passes(looks, month, now)
        return MonthOfScenes(
            scenes,
            [
                {
                    "expected_on": one.expected_on,
                    "platform": one.platform,
                    "state": one.state,
                    "acquisition_id": one.acquisition_id,
                }
                for one in passes
            ],
            list({str(row["item_id"]): row for row in refusals}.values()),
            sorted(failures),
            {item.item_id for item in found.items} | {one.item_id for one in found.refused},
        )

    def _read_all(self, items: Sequence[Item]) -> tuple[dict[str, Chip], dict[str, str]]:
        """Chips by item id, and the reason for every item that could not be read."""
        chips: dict[str, Chip] = {}
        failures: dict[str, str] = {}

        def attempt(item: Item) -> Chip | SceneUnreadable:
            if decide_offset(item).scale != SCALE:
                return SceneUnreadable(item.item_id, "all", f"its numbers are not in {SCALE}")
            try:
                return self._chip(item)
            except SceneUnreadable as problem:
                return problem

        with ThreadPoolExecutor(READERS) as pool:
            for item, result in zip(items, pool.map(attempt, items), strict=True):
                if isinstance(result, SceneUnreadable):
                    failures[item.item_id] = str(result)
                else:
                    chips[item.item_id] = result
        return chips, failures

    def _chip(self, item: Item) -> Chip:
        """The chip of an item, read now unless the archive has this very window of it."""
        folder = f"{self.site.site_id}/chips/{item.item_id}"
        window = self.grid.bounds.buffered(MARGIN_M)
        identity = _identity(item, window, self.grid.epsg)
        kept = self._kept(f"{folder}/item.json", identity)
        if kept is not None:
            files, rasters = kept
        else:
            rasters = self.source.read(item, BANDS, window, self.grid.epsg)
            files = store_chip(self.archive, folder, rasters, note=item.attribution)
            write_item(
                self.archive,
                f"{folder}/item.json",
                item_id=item.item_id,
                footprint=item.footprint,
                sensed_at=item.sensed_at,
                properties=identity,
                assets={file.key.rsplit("/", 1)[1].rsplit("-", 1)[0]: file for file in files},
            )
        size = sum(raster.pixels.nbytes for raster in rasters.values())
        red = rasters.get("red")  # absent where the tile's corner only seemed to touch the site
        seen = np.zeros(self.grid.shape, bool) if red is None else onto_grid(red, self.grid) > 0
        return Chip(item, tuple(files), size, seen)

    def _kept(
        self, key: str, identity: Mapping[str, object]
    ) -> tuple[list[StoredFile], dict[BandName, Raster]] | None:
        """Files and bands of a chip that the archive has whole, of the same item and window."""
        stored = read_item(self.archive, key)
        if stored is None:
            return None
        properties = stored.get("properties")
        if not isinstance(properties, dict) or any(
            properties.get(name) != value for name, value in identity.items()
        ):
            return None
        files = item_files(stored, key)
        try:
            return files, load_bands(self.archive, [file.key for file in files])
        except ArchiveError:
            return None

    def _rows(self, look: Acquisition, chips: Sequence[Chip], now: dt.datetime) -> Iterator[Row]:
        """The row of a look and those of the items that it replaced."""
        decisions = [decide_offset(chip.item) for chip in chips]
        used = [
            chip
            for chip, decision in zip(chips, decisions, strict=True)
            if decision.offset_dn == decisions[0].offset_dn
        ]
        seen = np.any([chip.coverage for chip in used], axis=0)
        coverage = float(seen.mean())
        files = [file for chip in used for file in chip.files]
        yield {
            **_described(look, [chip.item for chip in used], decisions),
            "acquisition_id": look.acquisition_id,
            "coverage_fraction": coverage,
            "fetched_at": now,
            "bytes_read": sum(chip.bytes_read for chip in used),
            "chip_uris": [file.key for file in files],
            "chip_sha256s": [file.sha256 for file in files],
            "state": _state(coverage),
            "superseded_by": None,
        }
        for item, _ in look.superseded:
            yield {
                **_described(look, [item], [decide_offset(item)]),
                "acquisition_id": f"{look.acquisition_id}~{item.item_id}",
                "state": "superseded",
                "superseded_by": look.acquisition_id,
                "chip_uris": [],
                "chip_sha256s": [],
            }

    def _refusal(self, month: Month, item_id: str, reason: str, now: dt.datetime) -> Row:
        return {
            "month": month.start.date(),
            "item_id": item_id,
            "reason": reason,
            "source": self.source.name,
            "recorded_at": now,
        }


def no_longer_listed(stored: Sequence[Row], found: MonthOfScenes) -> list[Row]:
    """Looks that were read before and that the catalogue has since forgotten: they are kept."""
    return [row for row in stored if not found.listed & set(row["item_ids"])]


def _described(
    look: Acquisition, items: Sequence[Item], decisions: Sequence[OffsetDecision]
) -> Row:
    """Columns of a look that come from its catalogue items, the first of them preferred."""
    first, decision = items[0], decisions[0]
    published = [item.published_at for item in items if item.published_at is not None]
    return {
        "sensed_at": look.sensed_at,
        "datatake_at": look.datatake_at,
        "platform": look.platform,
        "relative_orbit": look.relative_orbit or None,
        "mgrs_tiles": sorted({item.mgrs_tile for item in items if item.mgrs_tile}),
        "item_ids": [item.item_id for item in items],
        "collection": first.collection,
        "source": first.source,
        "processing_baseline": first.processing_baseline,
        "offset_dn": float(decision.offset_dn),
        "offset_source": decision.source,
        "offset_conflict": any(one.is_conflict or one != decision for one in decisions),
        "sun_elevation_deg": first.sun_elevation_deg,
        "sun_azimuth_deg": first.sun_azimuth_deg,
        "view_zenith_deg": first.view_zenith_deg,
        "published_at": max(published, default=None),
        "attribution": first.attribution,
    }


def _state(coverage: float) -> str:
    """State of a look over the whole site, before any cloud is looked for."""
    if coverage == 0:
        return "no_data"
    return "valid" if coverage >= VALID_COVERAGE else "partial"


def _identity(item: Item, window: Bounds, epsg: int) -> dict[str, object]:
    """What a chip must have in common with an item to be the same window of the same product."""
    return {
        "attribution": item.attribution,
        "sitewatch:window": [window.west, window.south, window.east, window.north],
        "sitewatch:window_epsg": epsg,
        "sitewatch:product": item.product_name,
        "sitewatch:generated_at": _text(item.generated_at),
        "sitewatch:source": item.source,
        "sitewatch:simulated": item.is_simulated,
        "sitewatch:published_at": _text(item.published_at),
        "sitewatch:updated_at": _text(item.updated_at),
        "sitewatch:offset_declared": item.bands["red"].offset,
        "sitewatch:offset_applied": item.is_offset_applied,
    }


def _text(moment: dt.datetime | None) -> str | None:
    """A moment as the item of a chip keeps it."""
    return None if moment is None else moment.isoformat()
