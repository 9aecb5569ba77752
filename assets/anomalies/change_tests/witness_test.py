"""The test of counts for the user's own series: where a series shows more or less than usual. Pure.

The evidence of each look comes from the folder `counts`; rows and words are made in `witnesses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from assets.anomalies.change_tests.site_test import alarm_openings
from assets.anomalies.counts.count_series import scan_counts
from assets.anomalies.counts.prediction import LEARNING_LOOKS
from assets.anomalies.counts.prior import CountPrior
from assets.anomalies.counts.scan import Direction, SeriesScan

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
State = Literal["learning", "quiet", "rise", "fall"]

DIRECTIONS: Final[tuple[Direction, ...]] = ("rise", "fall")
SHARE_CELLS: Final = 20  # like cells that a share of the ground stands for: steps of 5 %


@dataclass(frozen=True, slots=True)
class WitnessAlarm:
    """A time in which a series was in alarm, gaps of up to 14 days among it.

    Attributes:
        direction: of the counts.
        looks: places of the looks in alarm, in the series that was tested.
        first: how many of them came before the first could teach what is expected.
        mean, mean_expected: of these, things: what a lasting change went from and to.
        peak: place of the one that departed most, in roots of what was expected.
        peak_expected: things expected there.
        rate: smallest rate of false alarms that its evidence came to, a year, of all witnesses of
            the site together.
    """

    direction: Direction
    looks: Ints
    first: int
    mean: float
    mean_expected: float
    peak: int
    peak_expected: float
    rate: float


@dataclass(frozen=True, slots=True)
class WitnessTest:
    """What the test says of one series.

    Attributes:
        state: at its newest look.
        missing: looks still to come until it is tested.
        alarms: in the order of opening.
    """

    state: State
    missing: int
    alarms: tuple[WitnessAlarm, ...]


def counts_per_like_cell(values: Array, seen: Array) -> Array:
    """Share counts out over cells that are all alike, where only the number of cells seen is known.

    Args:
        values: things counted, shape (look,).
        seen: cells that were seen, whole numbers, same shape.

    Returns:
        Things in each cell, float64, shape (look, cell): the cells seen have equal parts of the
        count, the others are NaN. There are as many cells as the look that saw most.

    Raises:
        ValueError: the shapes differ.
    """
    number = int(max(seen.max(initial=0.0), 1.0))
    is_seen = np.arange(number) < seen[:, None]
    each = values / np.maximum(seen, 1.0)
    return np.where(is_seen, each[:, None], np.nan)


def like_cells_seen(share: Array) -> Array:
    """How many of `SHARE_CELLS` like cells were seen; at least one of any share above 0."""
    cells: Array = np.where(share > 0, np.maximum(np.round(share * SHARE_CELLS), 1.0), 0.0)
    return cells


def judge_series(days: Array, cells: Array, *, asked: float, witnesses: int) -> WitnessTest:
    """Test each look of a series of counts by earlier looks, for more and for less.

    The witnesses of a site share a rate of false alarms in equal parts; half of each part is for
    rises and half for falls.

    Args:
        days: days since 1970, ascending, shape (look,); the season counts from a turn of the year.
        cells: things counted, shape (look, cell), NaN where a cell was not seen; each look saw one.
        asked: false alarms a year of all witnesses of the site together, above 0.
        witnesses: number of witnesses of the site, at least 1.

    Returns:
        State at the newest look, and all alarms in the order of opening.

    Raises:
        ValueError: days are not ascending, shapes differ, a count is negative, or `asked` is not
            above 0.
        ZeroDivisionError: `witnesses` is 0.

    Source:
        The project's own division of the rate: docs/methods/alerts.md, "Witnesses"; held by
        tests/unit/assets/anomalies/test_witnesses.py. The test itself is
        `count_series.scan_counts`.
    """
    shares = len(DIRECTIONS) * witnesses
    if not len(days):
        return WitnessTest("learning", LEARNING_LOOKS, ())
    scan, total = scan_counts(days, cells), np.nansum(cells, axis=1)
    found = [
        _witness_alarm(
            scan, direction, looks, total, first=_looks_within_lag(days[looks]), shares=shares
        )
        for direction in DIRECTIONS
        for looks in _alarm_episodes(scan.alarms(direction, asked / shares), days)
    ]
    missing = int(scan.missing[-1])
    newest = [one for one in found if one.looks[-1] == len(days) - 1]
    state = min(newest, key=lambda one: one.rate).direction if newest else "quiet"
    ordered = sorted(found, key=lambda one: (int(one.looks[0]), one.direction))
    return WitnessTest("learning" if missing else state, missing, tuple(ordered))


def _alarm_episodes(alarm: npt.NDArray[np.bool_], days: Array) -> Sequence[Ints]:
    """Places of the looks of each alarm, as false ones are counted."""
    at = np.flatnonzero(alarm)
    begins = np.flatnonzero(alarm_openings(alarm, days)[at])
    return np.split(at, begins[1:]) if len(at) else []


def _looks_within_lag(days: Array) -> int:
    """How many looks of an alarm are judged by none of it."""
    return int((days < days[0] + CountPrior().lag_days).sum())


def _witness_alarm(
    scan: SeriesScan, direction: Direction, looks: Ints, total: Array, *, first: int, shares: int
) -> WitnessAlarm:
    """One alarm of a series."""
    value, expected = total[looks], scan.expected[looks]
    sign = 1.0 if direction == "rise" else -1.0
    peak = int(np.argmax(sign * (value - expected) / np.sqrt(expected)))
    rate = scan.rise_rate if direction == "rise" else scan.fall_rate
    return WitnessAlarm(
        direction=direction,
        looks=looks,
        first=first,
        mean=float(value[:first].mean()),
        mean_expected=float(expected[:first].mean()),
        peak=int(looks[peak]),
        peak_expected=float(expected[peak]),
        rate=float(rate[looks].min()) * shares,
    )
