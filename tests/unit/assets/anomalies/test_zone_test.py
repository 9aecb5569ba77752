"""The test of a zone: several looks that agree, never one alone; and what a site makes of it."""

import numpy as np
import pytest
from doubles.site_rows import lasting, site_rows

from assets.anomalies.change_tests.series import TESTED, site_series
from assets.anomalies.change_tests.site_test import (
    LOG_RATE,
    TESTED_LOOKS_MIN,
    alarm_openings,
    run_test,
)
from assets.anomalies.change_tests.zone_test import (
    SPAN_DAYS,
    own_scale,
    precision_of,
    score_windows,
)

INDICES = len(TESTED)
ALONE = np.eye(INDICES)


def quiet(looks: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(INDICES, looks))


def days(looks: int, every: float = 5.0) -> np.ndarray:
    return every * np.arange(looks)


def scored(z: np.ndarray, every: float = 5.0) -> np.ndarray:
    return score_windows(z, days(z.shape[1], every), ALONE).score


@pytest.mark.parametrize("size", [10.0, 1000.0])
def test_a_lone_look_says_no_more_than_quiet_ones(size: float) -> None:
    z = quiet(60)
    usual = scored(z).max()
    z[:, 40] += size
    assert scored(z).max() < usual + 3.0


def test_two_looks_count_for_as_much_as_the_lesser_and_more_for_more() -> None:
    z = np.zeros((INDICES, 6))
    z[0, 1:5] = (9.0, 4.0, 4.0, 4.0)
    found = score_windows(z, days(6), ALONE)
    assert found.score[1] == 0
    assert found.score[2] == pytest.approx(4.0 * 2 / np.sqrt(3.0))
    assert found.score[4] > found.score[3] > found.score[2]
    assert found.looks.tolist()[1:5] == [0, 2, 3, 4]
    assert found.mean[0, 4] == pytest.approx(21.0 / np.sqrt(10.0))


def test_looks_in_opposite_directions_say_nothing_together() -> None:
    z = np.zeros((INDICES, 4))
    z[1, 1:3] = (8.0, -8.0)
    assert scored(z)[2] == 0


def test_several_indices_say_more_than_one() -> None:
    one, two = np.zeros((2, INDICES, 4))
    one[0, 2:] = 3.0
    two[:2, 2:] = 3.0
    assert scored(two)[3] == pytest.approx(scored(one)[3] * np.sqrt(2.0))


def test_a_look_much_later_is_no_second_look() -> None:
    z = np.zeros((INDICES, 3))
    z[0, 1:] = 9.0
    assert scored(z, every=SPAN_DAYS + 1)[2] == 0
    assert scored(z, every=SPAN_DAYS - 1)[2] > 9


def test_what_is_said_of_a_look_depends_on_no_later_one() -> None:
    z = quiet(40)
    whole = score_windows(z, days(40), ALONE)
    for cut in (5, 17, 39):
        then = score_windows(z[:, :cut], days(cut), ALONE)
        np.testing.assert_array_equal(then.score, whole.score[:cut])
        np.testing.assert_array_equal(then.mean, whole.mean[:, :cut])


def test_a_zone_that_scatters_more_is_measured_by_its_own_scatter() -> None:
    wide = own_scale(2.0 * quiet(80), days(80))
    assert wide[0] == 1.0
    assert 1.6 < wide[-1] < 2.1
    assert np.all(own_scale(np.full((INDICES, 40), np.nan), days(40)) == 1.0)


def test_a_change_of_the_last_weeks_is_not_its_own_measure() -> None:
    z = quiet(60)
    changed = z.copy()
    changed[:, 56:] += 9.0
    np.testing.assert_array_equal(own_scale(z, days(60)), own_scale(changed, days(60)))


def test_colours_move_together_where_plants_grow() -> None:
    names = ("ndvi", "brightness", "texture")
    green, bare = (np.linalg.inv(precision_of(names, is_green=one)) for one in (True, False))
    assert green[0, 1] < -0.5
    assert green[0, 2] == pytest.approx(0.0)
    np.testing.assert_allclose(bare, np.eye(3))


def test_rates_fall_with_the_score_and_faster_on_bare_ground() -> None:
    for high, steep in LOG_RATE.values():
        assert steep > 0
        assert np.exp(high - 10 * steep) < 0.2
    assert LOG_RATE["bare"][1] > LOG_RATE["green"][1]


def site(planted=None, **columns):
    found = site_series(site_rows(planted or {}, **columns))
    assert found is not None
    return found


def test_only_series_that_take_part_are_evidence_each_in_its_direction() -> None:
    planted = {("apron", "pattern"): lasting(60, -8.0), ("apron", "texture"): lasting(60, 8.0)}
    series = site(planted, looks=64)
    test = run_test(series)
    at = {key: place for place, key in enumerate(series.keys)}
    fell, rose = at["apron", "pattern"], at["apron", "texture"]
    assert test.falls[fell].rate[62] == test.rises[rose].rate[62] < 0.05
    assert np.isinf(test.rises[fell].rate[62])
    assert np.isinf(test.falls[rose].rate[62])
    assert np.isinf(test.rises[at["park", "texture"]].rate[62])


def test_a_site_of_more_zones_gives_each_a_smaller_share() -> None:
    planted = {("apron", "pattern"): lasting(60, 8.0)}
    few, many = (
        run_test(site(planted, looks=64, zones=["apron", *map(str, range(count))]))
        for count in (1, 7)
    )
    least = [min(float(one.rate[62]) for one in test.rises) for test in (few, many)]
    assert least[1] == pytest.approx(4 * least[0])


def test_nothing_is_said_before_there_are_looks_enough() -> None:
    series = site(
        {("apron", "pattern"): lasting(2, 40.0)}, looks=6, baseline_n=TESTED_LOOKS_MIN - 8
    )
    test = run_test(series)
    assert (test.missing, test.tested) == (3, 0)
    assert not test.judged.any()
    assert all(np.isinf(one.rate).all() for one in test.rises)


def test_green_is_told_by_the_looks_so_far() -> None:
    rows = site_rows({}, looks=40)
    for row in rows:
        if row["index_name"] == "ndvi" and row["zone_id"] == "park":
            row["value"] = 0.7 if row["acquisition_id"] >= "look-020" else 0.1
    found = site_series(rows)
    assert found is not None
    assert not found.is_green["park"][:20].any()
    assert found.is_green["park"][30:].all()
    assert not found.is_green["apron"].any()


def test_alarms_near_each_other_are_one_opening() -> None:
    alarm = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], bool)
    assert alarm_openings(alarm, days(9)).nonzero()[0].tolist() == [1, 8]


@pytest.mark.parametrize("seed", range(3))
def test_quiet_ground_opens_about_as_often_as_its_rate_says(seed: int) -> None:
    """Numbers that are normal and independent are quieter than ground: they may not open more."""
    zones = [f"zone-{number}" for number in range(8)]
    rows = site_rows({}, looks=120, zones=zones, indices=TESTED)
    shuffled = np.random.default_rng(seed).normal(size=len(rows))
    test = run_test(site_series([{**row, "z": z} for row, z in zip(rows, shuffled, strict=True)]))
    rate = np.min([one.rate for one in (*test.rises, *test.falls)], axis=0)
    years = (test.days[-1] - test.days[0]) / 365.25
    assert alarm_openings(rate < 2.0, test.days).sum() <= 2 * (2.0 * years) + 2
