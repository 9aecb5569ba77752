"""The test of the user's own series: quick to lasting changes, at a rate that they share."""

import datetime as dt
import re
from itertools import pairwise

import numpy as np
import pytest

from assets.anomalies.change_tests.site_test import MERGE_DAYS
from assets.anomalies.change_tests.witness_test import (
    counts_per_like_cell,
    judge_series,
    like_cells_seen,
)
from assets.anomalies.counts.count_series import scan_counts
from assets.anomalies.counts.prediction import LEARNING_LOOKS
from assets.anomalies.counts.scan import Direction
from assets.anomalies.witnesses import counts_of, days_of, judge_witnesses
from resources.lake.questions.witness_reads import StoredWitness

LOOKS, CHANGE = 160, 150
START = dt.date(2018, 1, 3)
ADDED = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)


def series(factor: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Days and counts in one cell of a series whose level changes near its end."""
    days = np.arange(LOOKS) * 5.0 + (START - dt.date(1970, 1, 1)).days
    level = np.where(np.arange(LOOKS) < CHANGE, 12.0, 12.0 * factor)
    return days, np.random.default_rng(seed).poisson(level)[:, None].astype(float)


def stored(name: str = "calls", factor: float = 0.25, **columns: object) -> StoredWitness:
    """A witness as the lake gives it."""
    days, cells = series(factor)
    row = {"name": name, "unit": "port calls", "source": "harbour", "added_at": ADDED, **columns}
    looks = [
        {
            "counted_on": START + dt.timedelta(days=float(day - days[0])),
            "value": float(value),
            "cells": None,
            "cells_valid": None,
            "share_seen": None,
        }
        for day, value in zip(days, cells[:, 0], strict=True)
    ]
    return StoredWitness(row, looks)


@pytest.mark.parametrize(("factor", "direction"), [(0.25, "fall"), (3.0, "rise")])
def test_a_lasting_change_is_an_alarm_in_its_direction_and_still_on(
    factor: float, direction: Direction
) -> None:
    days, cells = series(factor)
    found = judge_series(days, cells, asked=0.5, witnesses=1)
    assert found.state == direction
    assert found.missing == 0
    newest = found.alarms[-1]
    assert newest.direction == direction
    assert CHANGE <= newest.looks[0] <= CHANGE + 4
    assert newest.mean_expected == pytest.approx(12, rel=0.15)
    assert newest.mean == pytest.approx(cells[newest.looks[: newest.first]].mean())
    assert days[newest.looks[newest.first - 1]] - days[newest.looks[0]] < 30
    assert newest.rate < 0.5
    gone = np.abs(cells[newest.looks, 0] - newest.peak_expected)
    assert gone[list(newest.looks).index(newest.peak)] == pytest.approx(gone.max(), abs=1.5)


def test_half_of_the_rate_is_each_directions_and_witnesses_share_it() -> None:
    days, cells = series(0.6)
    scan = scan_counts(days, cells)
    for witnesses in (1, 3):
        found = judge_series(days, cells, asked=3.0, witnesses=witnesses)
        for direction in ("rise", "fall"):
            mine = [at for one in found.alarms if one.direction == direction for at in one.looks]
            expected = np.flatnonzero(scan.alarms(direction, 3.0 / (2 * witnesses)))
            assert mine == expected.tolist()
        assert all(one.rate < 3.0 for one in found.alarms)


def test_alarms_of_one_direction_are_further_apart_than_those_that_count_as_one() -> None:
    days, cells = series()
    alarms = judge_series(days, cells, asked=12.0, witnesses=1).alarms
    assert alarms
    for direction in ("rise", "fall"):
        mine = [one for one in alarms if one.direction == direction]
        for before, after in pairwise(mine):
            assert days[after.looks[0]] - days[before.looks[-1]] > MERGE_DAYS


def test_a_short_series_learns_and_an_empty_one_too() -> None:
    days, cells = series(0.1)
    short = judge_series(days[:20], cells[:20], asked=0.5, witnesses=1)
    assert (short.state, short.alarms) == ("learning", ())
    assert 0 < short.missing <= LEARNING_LOOKS
    none = judge_series(days[:0], cells[:0], asked=0.5, witnesses=1)
    assert (none.state, none.missing) == ("learning", LEARNING_LOOKS)


def test_like_cells_hold_the_whole_count_and_as_many_as_were_seen() -> None:
    values, seen = np.array([6.0, 0.0, 5.0]), np.array([3.0, 1.0, 2.0])
    cells = counts_per_like_cell(values, seen)
    assert cells.shape == (3, 3)
    np.testing.assert_allclose(np.nansum(cells, axis=1), values)
    np.testing.assert_array_equal(np.isfinite(cells).sum(axis=1), seen)


def test_a_share_is_told_in_steps_and_none_above_nothing_is_nothing() -> None:
    parts = like_cells_seen(np.array([0.0, 0.001, 0.5, 1.0]))
    np.testing.assert_array_equal(parts, [0, 1, 10, 20])


def test_a_day_half_hidden_is_no_fall() -> None:
    days, cells = series()
    share = np.where(np.arange(LOOKS) % 4 == 3, 0.3, 1.0)
    share[-8:] = 0.3
    seen = np.random.default_rng(1).binomial(cells[:, 0].astype(int), share).astype(float)
    hidden = judge_series(
        days, counts_per_like_cell(seen, like_cells_seen(share)), asked=0.5, witnesses=1
    )
    assert hidden.state == "quiet"
    assert judge_series(days, seen[:, None], asked=0.5, witnesses=1).state == "fall"


def test_rows_become_counts_by_cells_then_by_number_then_by_share() -> None:
    look = {"value": 4.0, "cells": [None, 1.0, 3.0], "cells_valid": 2, "share_seen": 0.5}
    by_cell = counts_of([look])
    np.testing.assert_array_equal(by_cell, [[np.nan, 1, 3]])
    np.testing.assert_array_equal(counts_of([{**look, "cells": None}]), [[2, 2]])
    by_share = counts_of([{**look, "cells": None, "cells_valid": None}])
    assert np.nansum(by_share) == pytest.approx(4)
    bare = dict.fromkeys(look) | {"value": 4.0}
    np.testing.assert_array_equal(counts_of([bare]), [[4]])
    assert days_of([{"counted_on": dt.date(1970, 1, 11)}]).tolist() == [10.0]


def test_the_summary_says_in_plain_words_what_fell_and_whose_numbers_they_are() -> None:
    results = judge_witnesses([stored()], 0.5)
    (test,) = results.tests
    assert (test["state"], test["witnesses"], test["looks"]) == ("fall", 1, LOOKS)
    assert results.judged == {("calls", ADDED)}
    said = str(results.alarms[-1]["summary"])
    assert re.match(r"Counts of calls fell from about 1\d to [\d.]+ since \d+ \w+ 20\d\d", said)
    assert "the user's own series (port calls; harbour), not from Sentinel-2" in said
    assert "Copernicus" not in said
    row = results.alarms[-1]
    assert row["looks_on"][0] == row["opened_on"]
    assert row["looks_on"][-1] == row["last_on"]
    assert len(row["looks_on"]) == row["looks"]
    assert row["false_alarms_per_year"] < row["false_alarms_per_year_asked"] == 0.5


def test_an_alarm_that_is_over_has_an_end_and_one_value_is_called_one() -> None:
    quiet = stored(factor=1.0)
    quiet.looks[100]["value"] = 60.0
    said = [str(row["summary"]) for row in judge_witnesses([quiet], 12.0).alarms]
    spans = [
        re.search(r" (since|from|on) (.*?)(, by one value| \(means of the first)", one)
        for one in said
    ]
    assert spans
    assert all(spans)
    for text, span in zip(said, spans, strict=True):
        assert (" to " in span[2]) == (span[1] == "from"), text
        assert (span[3] == ", by one value") == ("values in alarm" not in text)


def test_looks_that_saw_nothing_say_nothing() -> None:
    one = stored()
    blind = [{**look, "share_seen": 1.0} for look in one.looks]
    gone = {**blind[-1], "value": 0.0, "share_seen": 0.0}
    gone["counted_on"] += dt.timedelta(days=1)
    whole = judge_witnesses([StoredWitness(one.row, blind)], 0.5)
    assert judge_witnesses([StoredWitness(one.row, [*blind, gone])], 0.5) == whole


def test_more_witnesses_have_less_of_the_rate_each_and_their_order_changes_nothing() -> None:
    both = [stored("a", 0.6), stored("b", 0.6)]
    found, turned = judge_witnesses(both, 0.5), judge_witnesses(both[::-1], 0.5)
    assert {str(sorted(row.items())) for row in found.alarms} == {
        str(sorted(row.items())) for row in turned.alarms
    }
    alone = judge_witnesses(both[:1], 0.5)
    mine = [row for row in found.alarms if row["name"] == "a"]
    assert sum(row["looks"] for row in mine) <= sum(row["looks"] for row in alone.alarms)
    assert all(row["witnesses"] == 2 for row in found.tests)
