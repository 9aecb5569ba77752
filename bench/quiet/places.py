"""Zones and times in which nothing happens, and how far they departed by the product's account.

Real zones are those that their folders' notes call unchanging; made-up ones are told by the truth.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.watched import Folder, Span, worked
from bench.workers import WORKERS, worked_on
from resources.lake.rows import Row
from resources.watchlist.read import read_watch_list

REAL: Final = {
    "romania": ("forest-south",),
    "flanders": ("village", "village-north", "yard"),
}


@dataclass(frozen=True, slots=True)
class QuietTimes:
    """When nothing happens in which zones.

    Attributes:
        zones: quiet from `first` to `last`; always where those are None.
        until: up to and with this day all zones are quiet; None for no day.
    """

    zones: frozenset[str]
    first: dt.date | None = None
    last: dt.date | None = None
    until: dt.date | None = None

    @classmethod
    def told(cls, truth: Mapping[str, Any]) -> QuietTimes:
        """By the truth of a made-up world."""
        quiet = truth["quiet"]
        first, last, until = (
            dt.date.fromisoformat(quiet[name]) for name in ("from", "to", "before_story")
        )
        return cls(frozenset(quiet["zones"]), first, last, until)

    def has(self, zone_id: str, day: dt.date) -> bool:
        """Whether nothing happens in a zone on a day."""
        if self.until is not None and day <= self.until:
            return True
        is_within = (self.first is None or self.first <= day) and (
            self.last is None or day <= self.last
        )
        return zone_id in self.zones and is_within


@dataclass(frozen=True, slots=True)
class QuietPlace:
    """A folder of scenes, and when its zones are quiet."""

    name: str
    folder: Path
    times: QuietTimes

    @classmethod
    def world(cls, folder: Path) -> QuietPlace:
        """A made-up one, with its truth."""
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        return cls(f"SIMULATED world {folder.name}", folder, QuietTimes.told(truth))


def real_places(data: Path) -> list[QuietPlace]:
    """The real places that are there."""
    return [
        QuietPlace(name, data / name, QuietTimes(frozenset(zones)))
        for name, zones in REAL.items()
        if (data / name).is_dir()
    ]


def measure(
    places: Sequence[QuietPlace],
    span: Span | None,
    tell: Callable[[str], None],
    *,
    workers: int = WORKERS,
) -> dict[str, dict[str, list[float]]]:
    """Departures of quiet zones in standard errors, by place and index.

    Args:
        places: folders with their quiet zones.
        span: first and last month; all if None.
        tell: where progress goes.
        workers: processes; 1 works in this one.
    """
    work = partial(departures, span=span)
    tell(f"Watching {len(places)} places ...")
    found = worked_on(work, places, workers)
    return {place.name: one for place, one in zip(places, found, strict=True)}


def departures(place: QuietPlace, *, span: Span | None = None) -> dict[str, list[float]]:
    """Departures of the quiet zones of one place, through a lake in a folder that goes again."""
    parts = Folder.of(place.folder)
    site = read_watch_list(parts.sites)[0]
    with (
        tempfile.TemporaryDirectory(prefix="sitewatch-quiet-") as data,
        worked(Path(data), site, parts.archive, span=span) as session,
    ):
        rows: list[Row] = session.lake.query(
            "SELECT zone_id, index_name, sensed_at, z FROM activity"
            " WHERE site_id = ? AND z IS NOT NULL ORDER BY ALL",
            [site.site_id],
        )
    found: dict[str, list[float]] = {}
    for row in rows:
        if place.times.has(row["zone_id"], row["sensed_at"].date()):
            found.setdefault(row["index_name"], []).append(float(row["z"]))
    return found
