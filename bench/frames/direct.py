"""A frame taken through the product's code without Dagster and without a lake, for a few looks.

The same stages in the same order as `runs.measure`, which is what a user gets and takes longer.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from assets.activity.months import ActivityMeter
from assets.scenes.fetch import SceneFetcher
from assets.scenes.looks import LookReader
from assets.zones import weights_of_zones
from bench.frames.agreement import Key, Measured
from bench.frames.variants import Variant
from bench.masks.watched import READ_AT, WatchedSite, mask_looks
from pipelines.automation.watch_list_sync import place_sites
from resources.archive.store import FolderArchive
from resources.lake.lake import StoredSite
from resources.lake.rows import ActivityRow, CloudMaskRow, RegistrationRow
from resources.months import Month
from resources.sources.open import open_source


def measure_directly(variant: Variant, folder: Path) -> Measured:
    """What the product measures in a frame.

    Args:
        variant: the frame.
        folder: for chips and masks.
    """
    site = _fetched(variant, folder)
    masks: dict[Key, CloudMaskRow] = {
        (zone_id, str(look.row["acquisition_id"])): row
        for look in mask_looks(site)
        for zone_id, row in look.zones.items()
    }
    states = {(name, zone_id): str(row["state"]) for (zone_id, name), row in masks.items()}
    meter = ActivityMeter(site.stored, site.archive, site.reader, site.weights)
    activity: dict[Key, ActivityRow] = {}
    shifts: dict[Key, RegistrationRow] = {}
    for month in sorted({Month.of(row["sensed_at"]) for row in site.rows}):
        known = [row for row in site.rows if row["sensed_at"] < month.end]
        made = meter.measure(month, known, states)
        activity |= {(*_place(row), str(row["index_name"])): row for row in made.activity}
        shifts |= {_place(row): row for row in made.registrations}
    return Measured(masks, activity, shifts)


def _fetched(variant: Variant, folder: Path) -> WatchedSite:
    """The site with all its looks read."""
    (placed,) = place_sites([variant.site], [], open_source, location=str(variant.archive))
    stored = StoredSite(placed.site, placed.grid, placed.address, is_retired=False)
    kept = FolderArchive(folder)
    fetcher = SceneFetcher(placed.site, placed.grid, placed.source, kept)
    rows = [
        row
        for month in _months(variant.archive)
        for row in fetcher.fetch(month, READ_AT).scenes
        if row["state"] not in ("superseded", "refused")
    ]
    rows.sort(key=lambda row: row["sensed_at"])
    reader = LookReader(kept, placed.grid)
    return WatchedSite(stored, kept, reader, weights_of_zones(stored), rows)


def _months(archive: Path) -> list[Month]:
    """Months of the items of an archive."""
    days = [
        dt.datetime.fromisoformat(
            json.loads(path.read_text(encoding="utf-8"))["properties"]["datetime"]
        )
        for path in archive.glob("*/item.json")
    ]
    return sorted({Month.of(day) for day in days})


def _place(row: ActivityRow | RegistrationRow) -> tuple[str, str]:
    """Zone and look of a row."""
    return str(row["zone_id"]), str(row["acquisition_id"])
