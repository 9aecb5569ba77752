"""The series of a site as the test reads them: looks in order, and what is known of each look.

From rows to arrays and back to looks; the test itself is in `departures`, its meaning in `alerts`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from assets.anomalies.departures.panel import Floats, Panel

ORDER: Final = ("occupancy", "texture", "bare_soil", "ndvi", "brightness")
"""Indices that are tested, by how much they tell of things that come and go."""
DAY_SECONDS: Final = 86400.0

Row = Mapping[str, Any]


class SeriesKey(NamedTuple):
    """One series of a site."""

    zone_id: str
    index_name: str


class Look(NamedTuple):
    """One look at a site; sorts by time."""

    sensed_at: dt.datetime
    acquisition_id: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One look of a series, with what was known of it when it was judged.

    `departure` is value less expectation; `error` is that of both, `measurement_error` that of
    the value alone, all in the unit of the index. `known_at` is when this look and all before it
    at the site had been published. `place` is its column in the panel, `is_noisy` whether the
    look is noisier than others.
    """

    look: Look
    known_at: dt.datetime
    place: int
    value: float
    departure: float
    error: float
    measurement_error: float
    z: float
    is_noisy: bool

    @property
    def acquisition_id(self) -> str:
        """Id of the look."""
        return self.look.acquisition_id

    @property
    def sensed_at(self) -> dt.datetime:
        """When it was seen."""
        return self.look.sensed_at


@dataclass(frozen=True, slots=True)
class SiteSeries:
    """All tested series of a site, side by side.

    Attributes:
        keys: of the rows of the panel.
        looks: of its columns, in the order of sensing.
        known_at: when each of them, and all before it, had been published.
        panel: what the test reads.
        observations: of each key, its looks that have a value, in order.
    """

    keys: tuple[SeriesKey, ...]
    looks: tuple[Look, ...]
    known_at: tuple[dt.datetime, ...]
    panel: Panel
    observations: Mapping[SeriesKey, list[Observation]]


def site_series(rows: Sequence[Row]) -> SiteSeries | None:
    """Draw the rows of a site together; None if none of them was judged.

    Args:
        rows: of `lake_reads.activity_series`, in any order. Rows without `z` (still learning)
            and of indices that are not tested are left aside.

    Returns:
        Series by index and zone; those of one index are a group.
    """
    judged = [row for row in rows if row["z"] is not None and row["index_name"] in ORDER]
    if not judged:
        return None
    keys = sorted(
        {SeriesKey(str(row["zone_id"]), str(row["index_name"])) for row in judged},
        key=lambda key: (ORDER.index(key.index_name), key.zone_id),
    )
    looks = sorted({_look(row) for row in judged})
    known = _known_at(looks, judged)
    observations = _observations(judged, looks, known)
    panel = _panel(judged, keys, looks)
    return SiteSeries(tuple(keys), tuple(looks), known, panel, observations)


def _look(row: Row) -> Look:
    return Look(row["sensed_at"], str(row["acquisition_id"]))


def _known_at(looks: Sequence[Look], rows: Sequence[Row]) -> tuple[dt.datetime, ...]:
    """When each look and all before it had been published."""
    published = {_look(row): row["known_at"] for row in rows}
    newest = published[looks[0]]
    found = []
    for look in looks:
        newest = max(newest, published[look])
        found.append(newest)
    return tuple(found)


def _observations(
    rows: Sequence[Row], looks: Sequence[Look], known: Sequence[dt.datetime]
) -> dict[SeriesKey, list[Observation]]:
    """Looks of each series in order."""
    places = {look: place for place, look in enumerate(looks)}
    found: dict[SeriesKey, list[Observation]] = {}
    for row in sorted(rows, key=_look):
        look = _look(row)
        error = float(np.hypot(row["standard_error"], row["expected_error"]))
        found.setdefault(SeriesKey(str(row["zone_id"]), str(row["index_name"])), []).append(
            Observation(
                look=look,
                known_at=known[places[look]],
                place=places[look],
                value=row["value"],
                departure=row["value"] - row["expected"],
                error=error,
                measurement_error=row["standard_error"],
                z=row["z"],
                is_noisy="noisy" in (row["flags"] or []),
            )
        )
    return found


def _panel(rows: Sequence[Row], keys: Sequence[SeriesKey], looks: Sequence[Look]) -> Panel:
    """Rows as arrays of shape (series, look), NaN where a series has no value."""
    row_of = {key: place for place, key in enumerate(keys)}
    column_of = {look: place for place, look in enumerate(looks)}
    at = (
        [row_of[SeriesKey(str(row["zone_id"]), str(row["index_name"]))] for row in rows],
        [column_of[_look(row)] for row in rows],
    )

    def spread(values: Floats, missing: float) -> Floats:
        array = np.full((len(keys), len(looks)), missing)
        array[at] = values
        return array

    measured = np.array([row["standard_error"] for row in rows], np.float64)
    expected = np.array([row["expected_error"] for row in rows], np.float64)
    variance = measured**2 + expected**2
    indices = [ORDER.index(key.index_name) for key in keys]
    days = [(look.sensed_at - looks[0].sensed_at).total_seconds() / DAY_SECONDS for look in looks]
    return Panel(
        days=np.array(days),
        z=spread(np.array([row["z"] for row in rows], np.float64), np.nan),
        error=spread(np.sqrt(variance), np.nan),
        value=spread(np.array([row["value"] for row in rows], np.float64), np.nan),
        history=spread(np.array([row["baseline_n"] for row in rows], np.float64), 0.0),
        shared=spread(expected**2 / variance, 0.0),
        groups=np.unique(indices, return_index=True)[1].astype(np.int64),
    )
