"""From the stored witnesses of a site to rows of `witness_tests` and `witness_alarms`.

The bridge between rows and the pure test, with what an alarm says in words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np

from assets.anomalies.alerts.wording import CAVEAT, how_often
from assets.anomalies.change_tests.witness_test import (
    Array,
    WitnessAlarm,
    WitnessTest,
    counts_per_like_cell,
    judge_series,
    like_cells_seen,
)
from resources.lake.questions.witness_reads import StoredWitness
from resources.lake.rows import WitnessAlarmRow, WitnessRow, WitnessTestRow, WitnessValueRow
from resources.lake.witnesses import WitnessResults

METHOD_VERSION: Final = "1"
MOVED: Final = {"rise": "rose", "fall": "fell"}
WHOLE: Final = 10.0  # things, from which on decimals of a mean are noise


def judge_witnesses(witnesses: Sequence[StoredWitness], asked: float) -> WitnessResults:
    """Test all witnesses of a site, which share its rate of false alarms.

    Args:
        witnesses: all witnesses of the site with their values.
        asked: false alarms a year of all of them together, above 0.

    Returns:
        Rows of `witness_tests` and `witness_alarms`.

    Raises:
        ValueError: the days of a witness are not ascending, a value is negative, or `asked` is not
            above 0.

    Source:
        The project's own rules: docs/methods/alerts.md, "Witnesses"; held by
        tests/unit/assets/anomalies/test_witnesses.py.
    """
    tests: list[WitnessTestRow] = []
    alarms: list[WitnessAlarmRow] = []
    for one in witnesses:
        looks = [look for look in one.looks if _saw_something(look)]
        test = judge_series(days_of(looks), counts_of(looks), asked=asked, witnesses=len(witnesses))
        known: WitnessTestRow = {
            "name": one.row["name"],
            "false_alarms_per_year_asked": asked,
            "method_version": METHOD_VERSION,
        }
        tests.append({**known, **_test_row(test, len(looks), len(witnesses))})
        alarms += [_alarm_row(alarm, one.row, looks, asked) for alarm in test.alarms]
    judged = frozenset((str(one.row["name"]), one.row["added_at"]) for one in witnesses)
    return WitnessResults(judged, tests, alarms)


def days_of(looks: Sequence[WitnessValueRow]) -> Array:
    """Days since 1970, shape (look,): the season of the test begins with their years."""
    days = np.array([look["counted_on"] for look in looks], dtype="datetime64[D]")
    return days.astype(np.float64)


def counts_of(looks: Sequence[WitnessValueRow]) -> Array:
    """Things counted in each cell, float64, shape (look, cell), NaN where a cell was not seen.

    By cells where the rows tell them; else by the number of cells seen or the share of the ground,
    as if all cells were alike; else one cell that was always seen.
    """
    values = np.array([look["value"] for look in looks], dtype=np.float64)
    if looks and looks[0]["cells"] is not None:
        return np.array([look["cells"] for look in looks], dtype=np.float64)
    for name in ("cells_valid", "share_seen"):
        if looks and looks[0][name] is not None:
            told = np.array([look[name] for look in looks], dtype=np.float64)
            return counts_per_like_cell(
                values, told if name == "cells_valid" else like_cells_seen(told)
            )
    return values[:, None]


def _saw_something(look: WitnessValueRow) -> bool:
    """Whether any of the ground was seen, as far as that is told."""
    return 0 not in (look["cells_valid"], look["share_seen"])


def _test_row(test: WitnessTest, looks: int, witnesses: int) -> WitnessTestRow:
    """What a row of `witness_tests` says of the test."""
    return {
        "state": test.state,
        "looks_missing": test.missing,
        "looks": looks,
        "witnesses": witnesses,
    }


def _alarm_row(
    alarm: WitnessAlarm, witness: WitnessRow, looks: Sequence[WitnessValueRow], asked: float
) -> WitnessAlarmRow:
    """What a row of `witness_alarms` says of an alarm."""
    days = [looks[at]["counted_on"] for at in alarm.looks.tolist()]
    peak = looks[alarm.peak]
    return {
        "name": witness["name"],
        "false_alarms_per_year_asked": asked,
        "method_version": METHOD_VERSION,
        "direction": alarm.direction,
        "opened_on": days[0],
        "last_on": days[-1],
        "looks": len(days),
        "looks_on": days,
        "mean_value": alarm.mean,
        "mean_expected": alarm.mean_expected,
        "peak_on": peak["counted_on"],
        "peak_value": peak["value"],
        "peak_expected": alarm.peak_expected,
        "false_alarms_per_year": alarm.rate,
        "summary": alarm_summary(alarm, witness, looks),
    }


def alarm_summary(
    alarm: WitnessAlarm, witness: WitnessRow, looks: Sequence[WitnessValueRow]
) -> str:
    """An alarm in words, with whose numbers they are.

    Args:
        alarm: of the series.
        witness: row of `witnesses`.
        looks: rows of `witness_values` that were tested.
    """
    source = witness["source"] or "source not told"
    return (
        f"Counts of {witness['name']} {MOVED[alarm.direction]} from about"
        f" {_format_mean_count(alarm.mean_expected)} to {_format_mean_count(alarm.mean)} "
        f"{_alarm_period(alarm, looks)}."
        f" The site's witnesses, if all were quiet, would show as much {how_often(alarm.rate)}."
        f" This is the user's own series ({witness['unit']}; {source}), not from Sentinel-2 scenes"
        f" that sitewatch read. {CAVEAT}"
    )


def _alarm_period(alarm: WitnessAlarm, looks: Sequence[WitnessValueRow]) -> str:
    """From when to when a series was in alarm, and when it was furthest from what was expected."""
    days = [looks[at]["counted_on"] for at in alarm.looks.tolist()]
    is_on = bool(alarm.looks[-1] == len(looks) - 1)
    if len(days) == 1:
        return f"{'since' if is_on else 'on'} {_day_in_words(days[0])}, by one value"
    span = (
        f"since {_day_in_words(days[0])}"
        if is_on
        else f"from {_day_in_words(days[0])} to {_day_in_words(days[-1])}"
    )
    peak = looks[alarm.peak]
    means = f"means of the first {alarm.first} of {len(days)} values in alarm"
    return (
        f"{span} ({means}; furthest on {_day_in_words(peak['counted_on'])}: {peak['value']:g} "
        f"where about"
        f" {_format_mean_count(alarm.peak_expected)} were expected)"
    )


def _format_mean_count(number: float) -> str:
    """A mean of counts."""
    return f"{number:.0f}" if number >= WHOLE else f"{number:.2g}"


def _day_in_words(day: dt.date) -> str:
    """A day in words: day, month and year."""
    return f"{day.day} {day:%B %Y}"
