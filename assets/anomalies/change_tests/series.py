"""The series of a site as the test reads them: looks in order, with what is known of each. Pure.

From rows to arrays, and from places in arrays back to looks. The test is in `site_test`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from assets.anomalies.change_tests.zone_test import Bools, Floats
from resources.lake.question_rows import SeriesRow

TESTED: Final = ("texture", "pattern", "novelty", "bare_soil", "ndvi", "brightness")
"""Indices that are tested, together for each zone."""
OBJECTS: Final = ("objects_large", "objects_medium", "objects_small")
"""Counts of objects by size, which tell what came or went where something else opened an alert."""
ORDER: Final = ("covered_area", "changed_area", *TESTED, *OBJECTS)
"""Indices that alerts tell of, by how much they say of things that come and go. Areas and counts
open none: what is usual of what comes and goes is told too badly by a year of looks."""
GREEN_NDVI: Final = 0.4  # no unit; between bare ground and plants on worlds 1 to 48
GREEN_SHARE: Final = 0.1  # of the looks so far that show it so: fields are bare for half a year


class SeriesKey(NamedTuple):
    """One series of a site."""

    zone_id: str
    index_name: str


class LookKey(NamedTuple):
    """One look at a site; sorts by time."""

    sensed_at: dt.datetime
    acquisition_id: str


class SeriesObservation(NamedTuple):
    """One look of a series, with what was known of it when it was judged.

    `departure` is value less expectation; `error` is that of both, in the unit of
    the index; `baseline_n` looks are behind the expectation.
    `known_at` is when this look and all before it at the site had been published, `place` its
    column in `SiteSeries.z`, `is_noisy` whether it is noisier than others, `relative_orbit` None
    where the catalogue does not tell it.
    """

    look: LookKey
    known_at: dt.datetime
    place: int
    value: float
    departure: float
    error: float
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
        keys: of the rows of `z`.
        looks: of its columns, in the order of sensing.
        days: of the looks since the first, shape (look,).
        z: departures in their errors, shape (series, look), NaN where a series has none.
        history: of each zone, looks behind its expectation, shape (look,).
        is_green: of each zone, whether plants grew there so far, shape (look,).
        observations: of each key, its looks that have a value, in order.
    """

    keys: tuple[SeriesKey, ...]
    looks: tuple[LookKey, ...]
    days: Floats
    z: Floats
    history: Mapping[str, Floats]
    is_green: Mapping[str, Bools]
    observations: Mapping[SeriesKey, list[SeriesObservation]]


def site_series(rows: Sequence[SeriesRow]) -> SiteSeries | None:
    """Arrange the rows of a site in arrays.

    Args:
        rows: rows of `stage_reads.activity_series`, in any order. Rows without `z` (still learning)
            and of other indices are left out, but for the NDVI that they show.

    Returns:
        Series of all zones and indices of ORDER, z of shape (series, look); None if no row was
        judged.
    """
    judged = [
        _judged_row(row) for row in rows if row["z"] is not None and row["index_name"] in ORDER
    ]
    if not judged:
        return None
    judged.sort(key=lambda one: one.look)
    keys = sorted(
        {one.key for one in judged}, key=lambda key: (ORDER.index(key.index_name), key.zone_id)
    )
    looks = list(dict.fromkeys(one.look for one in judged))
    known = _known_at(looks, judged)
    observations = _observations_by_series(judged, looks, known)
    days = np.array(
        [(look.sensed_at - looks[0].sensed_at) / dt.timedelta(days=1) for look in looks]
    )
    z = np.full((len(keys), len(looks)), np.nan)
    history = {key.zone_id: np.zeros(len(looks)) for key in keys}
    for row, key in enumerate(keys):
        for one in observations[key]:
            z[row, one.place] = one.z
            before = history[key.zone_id][one.place]
            history[key.zone_id][one.place] = max(before, one.baseline_n)
    green = _greenness_by_zone(rows)
    is_green = {zone: _is_green(green[zone], looks) for zone in history}
    return SiteSeries(tuple(keys), tuple(looks), days, z, history, is_green, observations)


class _JudgedRow(NamedTuple):
    """A row with what it is a row of."""

    key: SeriesKey
    look: LookKey
    row: SeriesRow


def _judged_row(row: SeriesRow) -> _JudgedRow:
    key = SeriesKey(str(row["zone_id"]), str(row["index_name"]))
    return _JudgedRow(key, LookKey(row["sensed_at"], str(row["acquisition_id"])), row)


def _known_at(looks: Sequence[LookKey], judged: Sequence[_JudgedRow]) -> tuple[dt.datetime, ...]:
    """When each look and all before it had been published."""
    published = {one.look: one.row["known_at"] for one in judged}
    return tuple(itertools.accumulate((published[look] for look in looks), max))


def _observations_by_series(
    judged: Sequence[_JudgedRow], looks: Sequence[LookKey], known: Sequence[dt.datetime]
) -> dict[SeriesKey, list[SeriesObservation]]:
    """Looks of each series in order."""
    places = {look: place for place, look in enumerate(looks)}
    found: dict[SeriesKey, list[SeriesObservation]] = {}
    for key, look, row in judged:
        place = places[look]
        found.setdefault(key, []).append(
            SeriesObservation(
                look=look,
                known_at=known[place],
                place=place,
                value=row["value"],
                departure=row["departure"],
                error=math.hypot(row["standard_error"], row["expected_error"]),
                z=row["z"],
                baseline_n=row["baseline_n"],
                is_noisy="noisy" in (row["flags"] or ()),
                relative_orbit=row["relative_orbit"],
            )
        )
    return found


def _greenness_by_zone(rows: Sequence[SeriesRow]) -> dict[str, list[tuple[float, bool]]]:
    """When each zone was seen, and whether it showed plants then, in order."""
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for row in rows:
        if row["index_name"] == "ndvi" and row["value"] is not None:
            is_green = float(row["value"]) >= GREEN_NDVI
            found[str(row["zone_id"])].append((row["sensed_at"].timestamp(), is_green))
    for shown in found.values():
        shown.sort()
    return found


def _is_green(shown: Sequence[tuple[float, bool]], looks: Sequence[LookKey]) -> Bools:
    """Whether a zone showed plants in enough of its looks up to each one, shape (look,)."""
    moments = [moment for moment, _ in shown]
    share = np.cumsum([green for _, green in shown]) / np.arange(1, len(shown) + 1)
    until = np.searchsorted(moments, [look.sensed_at.timestamp() for look in looks], side="right")
    return np.array([count > 0 and share[count - 1] >= GREEN_SHARE for count in until], bool)
