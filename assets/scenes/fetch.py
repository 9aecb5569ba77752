"""Reads a site's month from its source into the archive, and makes its rows.

Everything between a catalogue's answer and the `scenes` table, without Dagster.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import shapely

from assets.scenes.acquisitions import Acquisition, group_items
from assets.scenes.chip_reader import Chip, ChipReader
from assets.scenes.passes import (
    LEAD_DAYS,
    ExpectedPass,
    SourceListing,
    expected_passes,
    has_stopped,
)
from assets.scenes.rows import NO_PIXELS, ReadFailure, look_rows, refused_row
from resources.archive.store import Archive
from resources.errors import ItemRefused, SceneUnreadable
from resources.grids import geographic_bounds, window_around, window_grid, zone_geometry
from resources.lake.rows import PassRow, RefusalRow, SceneRow
from resources.models import Grid, Item, Site
from resources.months import Month
from resources.source import Source
from resources.threads import in_threads

MOST_COPIES: Final = 4  # of one item that are tried
MOST_OF_A_LOOK: Final = 64  # items of a datatake: 4 tiles, 2 halves, some versions and collections
READERS: Final = 8  # items at once; reading waits for the network, not for the processor
SPLIT_PASS: Final = dt.timedelta(minutes=5)  # a pass at midnight is one look of the older month
METHOD_VERSION: Final = "3"


@dataclass(frozen=True, slots=True)
class MonthOfScenes:
    """Rows of `scenes`, `passes` and `refusals` of a site's month.

    `unread` names the items whose pixels could not be read just now, nor any copy in their
    place, and may be at another time. `failed` are all whose pixels could not be read; they are
    refusals, too. `listed` are all items that the catalogue lists.
    """

    scenes: list[SceneRow]
    passes: list[PassRow]
    refusals: list[RefusalRow]
    unread: list[str]
    failed: set[str]
    listed: set[str]


@dataclass(frozen=True, slots=True)
class _ReadAttempt:
    """An item of a look: its chip or that of a copy, and what could not be read before it."""

    chip: Chip | None
    failures: tuple[ReadFailure, ...]


@dataclass(frozen=True, slots=True)
class SceneFetcher:
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
        items, too_many = _limit_datatake_items(found.items)
        looks = group_items(items, site_epsg=self.grid.epsg, site_area=box)
        wanted = [look for look in looks if month.start <= look.sensed_at < month.end]
        scenes, failures = self._read_looks(wanted, now)
        failed = [ItemRefused(one.item.item_id, one.reason, one.sensed_at) for one in failures]
        told = [
            (one, refused_row(one, month, self.source.name))
            for one in (*found.refused, *too_many, *failed)
        ]
        refused = [one for one, row in told if row is not None]
        scenes += [row for _, row in told if row is not None]
        empty = {str(row["acquisition_id"]) for row in scenes if row["state"] == NO_PIXELS}
        passes = self._passes(looks, month, now, empty)
        return MonthOfScenes(
            scenes=list({row["acquisition_id"]: row for row in scenes}.values()),
            passes=[
                {
                    "expected_on": one.expected_on,
                    "platform": one.platform,
                    "state": one.state,
                    "acquisition_id": one.acquisition_id,
                }
                for one in passes
            ],
            refusals=list(
                {one.item_id: self._refusal(month, one, now) for one in refused}.values()
            ),
            unread=sorted(one.item.item_id for one in failures if one.is_unread),
            failed={one.item.item_id for one in failures},
            listed={item.item_id for item in found.items} | {one.item_id for one in found.refused},
        )

    def _passes(
        self, looks: Sequence[Acquisition], month: Month, now: dt.datetime, empty: set[str]
    ) -> tuple[ExpectedPass, ...]:
        """Passes of a month; where a satellite seems to have stopped, the source is asked on."""
        listing = SourceListing(is_static=self.source.is_static)
        passes = expected_passes(looks, month, now, without_pixels=empty, listing=listing)
        begin, until = month.end + SPLIT_PASS, min(month.end + dt.timedelta(days=LEAD_DAYS), now)
        if listing.is_static or begin >= until or not has_stopped(passes, looks):
            return passes
        later = self.source.search(geographic_bounds(self.grid), begin, until)
        listing = SourceListing(later=frozenset(item.platform for item in later.items))
        return expected_passes(looks, month, now, without_pixels=empty, listing=listing)

    def _read_looks(
        self, looks: Sequence[Acquisition], now: dt.datetime
    ) -> tuple[list[SceneRow], list[ReadFailure]]:
        """Rows of looks, and the items that could not be read."""
        shapes = [zone_geometry(zone, self.grid.epsg) for zone in self.site.zones]
        box = window_grid(self.grid, window_around(shapes, self.grid, 0.0))
        reader = ChipReader(self.site.site_id, self.grid, box, self.source, self.archive)
        tasks = [(look, item) for look in looks for item in look.items]
        attempts = in_threads(
            "sitewatch-items", READERS, lambda task: _read_any_copy(reader, *task), tasks
        )
        rows: list[SceneRow] = []
        for look in looks:
            own = [one for (of, _), one in zip(tasks, attempts, strict=True) if of is look]
            chips = [one.chip for one in own if one.chip is not None]
            failures = [failure for one in own for failure in one.failures]
            if chips:
                rows += look_rows(look, chips, failures, now)
        return rows, [failure for one in attempts for failure in one.failures]

    def _refusal(self, month: Month, refused: ItemRefused, now: dt.datetime) -> RefusalRow:
        return {
            "month": month.start.date(),
            "item_id": refused.item_id,
            "reason": refused.reason,
            "source": self.source.name,
            "recorded_at": now,
        }


def no_longer_found(stored: Sequence[SceneRow], found: MonthOfScenes) -> list[SceneRow]:
    """Rows of a month that stay although this search does not give them.

    Looks that the catalogue has since forgotten, and looks that it lists but whose pixels cannot
    be read again just now. A look that is there anew from other items takes the place of a
    forgotten one, which stays as superseded.
    """
    fresh = {str(row["acquisition_id"]): row for row in found.scenes}
    kept = []
    for row in stored:
        name, items = str(row["acquisition_id"]), set(row["item_ids"])
        is_listed = bool(items & found.listed)
        is_broken = row["state"] != "superseded" and items <= found.failed
        if row["state"] == "refused" or (is_listed and not is_broken):
            continue
        if name in fresh and row["state"] != "superseded":
            row = _superseded_row(row, by=fresh[name])  # noqa: PLW2901 - the same look, retired
        if str(row["acquisition_id"]) not in fresh:
            kept.append(row)
    return kept


def _superseded_row(row: SceneRow, *, by: SceneRow) -> SceneRow:
    """A look's row, retired in favour of the same look from other items."""
    return {
        **row,
        "acquisition_id": f"{row['acquisition_id']}~{row['item_ids'][0]}",
        "state": "superseded",
        "superseded_by": row["acquisition_id"],
        "reason": f"replaced by {by['item_ids'][0]}; its catalogue no longer lists it",
    }


def _read_any_copy(reader: ChipReader, look: Acquisition, item: Item) -> _ReadAttempt:
    """The item's chip, or that of the first copy of it that can be read."""
    failures: list[ReadFailure] = []
    copies = (item, *look.alternatives.get(item.item_id, ()))[:MOST_COPIES]
    for copy in copies:
        try:
            chip = reader.read(copy)
        except SceneUnreadable as problem:
            failures.append(ReadFailure(copy, str(problem), look.sensed_at, problem.is_transient))
        else:
            read = (replace(one, is_unread=False) for one in failures)
            return _ReadAttempt(chip, tuple(read))
    return _ReadAttempt(None, tuple(failures))


def _limit_datatake_items(items: Sequence[Item]) -> tuple[list[Item], list[ItemRefused]]:
    """No more items of one datatake than any real one has of a site, and those beyond."""
    kept: list[Item] = []
    refused: list[ItemRefused] = []
    counts: Counter[tuple[str, dt.datetime | dt.date]] = Counter()
    for item in items:
        datatake = item.platform, item.datatake_at or item.sensed_at.date()
        counts[datatake] += 1
        if counts[datatake] <= MOST_OF_A_LOOK:
            kept.append(item)
        else:
            reason = f"its pass has more than {MOST_OF_A_LOOK} items over the site"
            refused.append(ItemRefused(item.item_id, reason, item.sensed_at))
    return kept, refused
