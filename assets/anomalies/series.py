"""The series of a site as the test reads them: looks in order, and what is known of each look.

From rows to arrays and back to looks; the test itself is in `departures`, its meaning in `alerts`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from assets.anomalies.departures.panel import Panel

ORDER: Final = ("occupancy", "texture", "bare_soil", "ndvi", "brightness")
"""Indices that are tested, by how much they tell of things that come and go."""

Row = Mapping[str, Any]


class SeriesKey(NamedTuple):
    """One series of a site."""

    zone_id: str
    index_name: str


class Look(NamedTuple):
    """One look at a site; sorts by time."""

    sensed_at: dt.datetime
    acquisition_id: str


class Observation(NamedTuple):
    """One look of a series, with what was known of it when it was judged.

    `departure` is value less expectation; `error` is that of both, `measurement_error` that of
    the value alone, all in the unit of the index; `baseline_n` looks are behind the expectation.
    `known_at` is when this look and all before it at the site had been published, `place` its
    column in the panel, `is_noisy` whether it is noisier than others, `relative_orbit` None where
    the catalogue does not tell it.
    """

    look: Look
    known_at: dt.datetime
    place: int
    value: float
    departure: float
    error: float
    measurement_error: float
    z: float
    baseline_n: int
    is_noisy: bool
    relative_orbit: int | None

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
        panel: what the test reads.
        observations: of each key, its looks that have a value, in order.
    """

    keys: tuple[SeriesKey, ...]
    looks: tuple[Look, ...]
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
    judged = [_judged(row) for row in rows if row["z"] is not None and row["index_name"] in ORDER]
    if not judged:
        return None
    judged.sort(key=lambda one: one.look)
    keys = sorted(
        {one.key for one in judged}, key=lambda key: (ORDER.index(key.index_name), key.zone_id)
    )
    looks = list(dict.fromkeys(one.look for one in judged))
    known = _known_at(looks, judged)
    observations = _observations(judged, looks, known)
    panel = _panel(keys, looks, observations)
    return SiteSeries(tuple(keys), tuple(looks), panel, observations)


class _Judged(NamedTuple):
    """A row with what it is a row of."""

    key: SeriesKey
    look: Look
    row: Row


def _judged(row: Row) -> _Judged:
    key = SeriesKey(str(row["zone_id"]), str(row["index_name"]))
    return _Judged(key, Look(row["sensed_at"], str(row["acquisition_id"])), row)


def _known_at(looks: Sequence[Look], judged: Sequence[_Judged]) -> tuple[dt.datetime, ...]:
    """When each look and all before it had been published."""
    published = {one.look: one.row["known_at"] for one in judged}
    return tuple(itertools.accumulate((published[look] for look in looks), max))


def _observations(
    judged: Sequence[_Judged], looks: Sequence[Look], known: Sequence[dt.datetime]
) -> dict[SeriesKey, list[Observation]]:
    """Looks of each series in order."""
    places = {look: place for place, look in enumerate(looks)}
    found: dict[SeriesKey, list[Observation]] = {}
    for key, look, row in judged:
        place = places[look]
        found.setdefault(key, []).append(
            Observation(
                look=look,
                known_at=known[place],
                place=place,
                value=row["value"],
                departure=row["departure"],
                error=math.hypot(row["standard_error"], row["expected_error"]),
                measurement_error=row["standard_error"],
                z=row["z"],
                baseline_n=row["baseline_n"],
                is_noisy="noisy" in (row["flags"] or ()),
                relative_orbit=row["relative_orbit"],
            )
        )
    return found


def _panel(
    keys: Sequence[SeriesKey],
    looks: Sequence[Look],
    observations: Mapping[SeriesKey, Sequence[Observation]],
) -> Panel:
    """Looks as arrays of shape (series, look), NaN where a series has no value."""
    shape = len(keys), len(looks)
    z, error, value = np.full((3, *shape), np.nan)
    history, shared = np.zeros((2, *shape))
    for row, key in enumerate(keys):
        mine = observations[key]
        at = [one.place for one in mine]
        z[row, at] = [one.z for one in mine]
        error[row, at] = [one.error for one in mine]
        value[row, at] = [one.value for one in mine]
        history[row, at] = [one.baseline_n for one in mine]
        measured = np.array([one.measurement_error for one in mine])
        shared[row, at] = 1 - (measured / error[row, at]) ** 2
    indices = [ORDER.index(key.index_name) for key in keys]
    days = [(look.sensed_at - looks[0].sensed_at) / dt.timedelta(days=1) for look in looks]
    return Panel(
        days=np.array(days),
        z=z,
        error=error,
        value=value,
        history=history,
        shared=shared,
        groups=np.unique(indices, return_index=True)[1].astype(np.int64),
        sites=np.zeros(1, np.int64),
    )
