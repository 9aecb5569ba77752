"""Reading a site's month from its source into the archive, and the rows that say so.

Everything between a catalogue's answer and the `scenes` table; Dagster is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import shapely

from assets.scenes.acquisitions import Acquisition, group_items
from assets.scenes.chip_reader import Chip, ChipReader
from assets.scenes.passes import LEAD_DAYS, expected_passes
from assets.scenes.rows import NO_PIXELS, Failure, look_rows, refused_row
from resources.archive import Archive
from resources.catalog import Source
from resources.errors import ItemRefused, SceneUnreadable
from resources.grids import geographic_bounds
from resources.lake_reads import Row
from resources.models import Grid, Item, Month, Site

READERS: Final = 8  # items at once; reading waits for the network, not for the processor
SPLIT_PASS: Final = dt.timedelta(minutes=5)  # a pass at midnight is one look of the older month
METHOD_VERSION: Final = "2"


@dataclass(frozen=True, slots=True)
class MonthOfScenes:
    """Rows of `scenes`, `passes` and `refusals` of a site's month.

    `unread` names the items whose pixels could not be read just now, nor any copy in their
    place; they are refusals, too. `listed` are all items that the catalogue lists.
    """

    scenes: list[Row]
    passes: list[Row]
    refusals: list[Row]
    unread: list[str]
    listed: set[str]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An item of a look: its chip or that of a copy, and what could not be read before it."""

    chip: Chip | None
    failures: tuple[Failure, ...]


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
        scenes, refused, unread = self._read_looks(wanted, now)
        refused = [*found.refused, *refused]
        rows = (refused_row(one, month, self.source.name) for one in refused)
        scenes += [row for row in rows if row is not None]
        empty = {str(row["acquisition_id"]) for row in scenes if row["state"] == NO_PIXELS}
        passes = expected_passes(looks, month, now, without_pixels=empty)
        return MonthOfScenes(
            scenes=_each_once(scenes, "acquisition_id"),
            passes=[
                {
                    "expected_on": one.expected_on,
                    "platform": one.platform,
                    "state": one.state,
                    "acquisition_id": one.acquisition_id,
                }
                for one in passes
            ],
            refusals=_each_once([self._refusal(month, one, now) for one in refused], "item_id"),
            unread=unread,
            listed={item.item_id for item in found.items} | {one.item_id for one in found.refused},
        )

    def _read_looks(
        self, looks: Sequence[Acquisition], now: dt.datetime
    ) -> tuple[list[Row], list[ItemRefused], list[str]]:
        """Rows of looks, items that could not be read, and those of them without a copy."""
        reader = ChipReader(self.site.site_id, self.grid, self.source, self.archive)
        tasks = [(look, item) for look in looks for item in look.items]
        with ThreadPoolExecutor(READERS) as pool:
            attempts = list(pool.map(lambda task: _attempt(reader, *task), tasks))
        rows: list[Row] = []
        for look in looks:
            own = [one for (of, _), one in zip(tasks, attempts, strict=True) if of is look]
            chips = [one.chip for one in own if one.chip is not None]
            failures = [failure for one in own for failure in one.failures]
            if chips:
                rows += look_rows(look, chips, failures, now)
        refused = [
            ItemRefused(failure.item.item_id, failure.reason, look.sensed_at)
            for (look, _), one in zip(tasks, attempts, strict=True)
            for failure in one.failures
        ]
        pairs = zip(tasks, attempts, strict=True)
        return rows, refused, sorted(item.item_id for (_, item), one in pairs if one.chip is None)

    def _refusal(self, month: Month, refused: ItemRefused, now: dt.datetime) -> Row:
        return {
            "month": month.start.date(),
            "item_id": refused.item_id,
            "reason": refused.reason,
            "source": self.source.name,
            "recorded_at": now,
        }


def no_longer_listed(stored: Sequence[Row], found: MonthOfScenes) -> list[Row]:
    """Looks that were read before and that the catalogue has since forgotten: they are kept."""
    return [row for row in stored if not found.listed & set(row["item_ids"])]


def _attempt(reader: ChipReader, look: Acquisition, item: Item) -> _Attempt:
    """The item's chip, or that of the first copy of it that can be read."""
    failures: list[Failure] = []
    for copy in (item, *look.alternatives.get(item.item_id, ())):
        try:
            return _Attempt(reader.read(copy), tuple(failures))
        except SceneUnreadable as problem:
            failures.append(Failure(copy, str(problem)))
    return _Attempt(None, tuple(failures))


def _each_once(rows: Sequence[Row], key: str) -> list[Row]:
    """Rows with a key of their own, the last of several winning."""
    return list({str(row[key]): row for row in rows}.values())
