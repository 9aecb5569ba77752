"""Rates of the departure scan: rarer the stronger, and as often on quiet sites as asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from assets.anomalies.departures import habits, tails
from assets.anomalies.departures.agreement import (
    DEAD_YEARS,
    HIDDEN_PART,
    LEVEL,
    OUTAGE_DAYS,
    USUAL,
    Promise,
    learnt_factor,
    openings,
    site_rates,
    told_rate,
)
from assets.anomalies.departures.confirmation import AGREE
from assets.anomalies.departures.panel import panel_of_z
from assets.anomalies.departures.rates import Kind, quiet_rate
from assets.anomalies.departures.scanning import scan_departures
from bench.alerts.power import SHARE, clairvoyant, least_delay, lone_looks, measure
from bench.alerts.simulated import Place, calibrate


@pytest.mark.parametrize(("looks", "zones"), [(20.0, 1), (80.0, 5), (400.0, 20)])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6])
@pytest.mark.parametrize(
    ("heavy", "heavier"), [(-5.4, -4.3), (-3.0, -3.3), (-3.1, -1.5), (-1, -1.5)]
)
def test_more_evidence_is_rarer(looks, zones, correlation, heavy, heavier):
    ratios = np.arange(3.0, 25.0, 0.25)
    known = (looks, zones * looks, correlation, heavy, heavier)
    kind = Kind(*(np.full(ratios.shape, one) for one in known))
    rates = quiet_rate(kind, ratios)
    assert (np.diff(rates) < 0).all()


def test_scores_of_learnt_tails_are_as_rare_as_they_say():
    rng = np.random.default_rng(4)
    known = habits.unknown(25)
    for _ in range(240):
        z = 0.7 * rng.standard_t(4, 25)
        habits.learn(known, z, np.zeros(25), np.ones(25, bool), np.zeros(25))
    one = np.zeros(1, np.int64)
    beyond = tails.survival(known.counts, known.seen, groups=one, sites=one)
    scores = np.concatenate(
        [
            habits.raw_score(known, 0.7 * rng.standard_t(4, 25), beyond, np.ones(25))
            for _ in range(2000)
        ]
    )
    for score in (1.5, 2.5, 3.0):
        assert (scores > score).mean() == pytest.approx(stats.norm.sf(score), rel=0.5)


def test_alarms_near_each_other_are_one_opening():
    days = np.array([0.0, 5, 10, 18, 26, 60, 65, 100])
    alarm = np.array([True, True, False, True, False, True, True, False])
    assert np.flatnonzero(openings(alarm, days)).tolist() == [0, 5]


def promise(rates, most=np.inf, reach=1.0):
    """Of one side or several, shape (side, look)."""
    rates = np.atleast_2d(rates)
    return Promise(rates, np.full(rates.shape, most), np.full(rates.shape, reach))


def test_a_site_that_opened_too_often_learns_to_open_less():
    days = np.arange(400) * 6.0
    calm, noisy = np.full(400, 50.0), np.full(400, 50.0)
    noisy[::10] = LEVEL / 2
    assert learnt_factor(promise(calm), days)[0] == USUAL
    assert learnt_factor(promise(calm), days)[-1] < 0.5 * USUAL
    assert learnt_factor(promise(noisy), days)[-1] > 1.5
    np.testing.assert_array_equal(
        learnt_factor(promise(noisy), days)[:200],
        learnt_factor(promise(noisy[:200]), days[:200]),
    )


def test_an_outage_is_no_quiet_time_by_which_a_site_would_be_trusted():
    days = np.arange(200) * 6.0
    late = days + 1800.0 * (np.arange(200) >= 100)
    calm = promise(np.full(200, 50.0))
    usual, after = (learnt_factor(calm, one)[-1] for one in (days, late))
    assert after == pytest.approx(usual, rel=0.03)
    assert after < learnt_factor(calm, np.minimum(late, days + OUTAGE_DAYS))[-1] * 1.001


def test_a_site_is_not_checked_by_rates_that_its_series_never_tell():
    """What is promised at most, not LEVEL, is what a calm site is held against."""
    days = np.arange(400) * 6.0
    calm = np.full(400, np.inf)
    free, bound = (learnt_factor(promise(calm, most), days)[-1] for most in (np.inf, LEVEL / 10))
    assert free < 0.5 * USUAL
    assert 0.7 * USUAL < bound < USUAL


def test_a_site_shares_its_rate_among_its_series():
    days = np.arange(3) * 6.0
    rates = np.array([[np.inf, 1.0, 0.2], [np.inf, 4.0, 5.0]])
    most = np.full(rates.shape, np.inf)
    for reach, sides in ((1.0, 2), (0.0, 1)):
        shared = Promise(rates, most, np.array([[1.0] * 3, [reach] * 3]))
        found = site_rates(shared, days).min(axis=0)
        assert np.isinf(found[0])
        coming = np.array(sides * 1.0 * USUAL)
        assert found[1] == pytest.approx(told_rate(coming, DEAD_YEARS * HIDDEN_PART), rel=0.05)


def test_an_area_that_is_mostly_0_has_nothing_to_fall_by():
    rng = np.random.default_rng(5)
    part = 0.25
    area = np.where(rng.random((10, 120)) < part, rng.exponential(size=(10, 120)), 0.0)
    scans = scan_departures(panel_of_z(np.arange(120) * 6.0, area - part))
    assert scans.rise_reach[:, 0] == pytest.approx(1.0)
    assert scans.fall_reach[:, 0] == pytest.approx(1.0)
    assert scans.rise_reach[:, -1] == pytest.approx(1.0)
    assert (scans.fall_reach[:, -1] < 0.05).all()


@pytest.mark.parametrize(
    "kind", ["near normal", "sparse area", "autocorrelated", "spread with season"]
)
def test_quiet_sites_open_about_as_often_as_asked(kind):
    found = calibrate(kind, 250, asked=(1.0,))
    for achieved, asked in zip(found.achieved, found.asked, strict=True):
        assert achieved == pytest.approx(asked, rel=0.35)


@pytest.mark.parametrize("asked", [0.5, 2.0, 12.0])
def test_a_site_of_one_zone_under_clouds_is_not_in_alarm_for_ever(asked):
    """A rate is only told where looks speak for a change: asked for much, it gives what it has."""
    found = calibrate("near normal", 250, (asked,), Place("one zone", zones=1, cloud=3.4))
    assert 0.3 < found.achieved[0] < 1.4 * asked


def test_no_step_is_found_oftener_than_the_bound_allows():
    found = measure("step", 1.5, 200)
    assert 0.5 < found.found <= found.bound
    assert found.confirmed <= found.found


def test_the_bound_of_no_step_is_a_false_alarm():
    assert clairvoyant(0.0, np.array(7.0), 50.0) == pytest.approx(SHARE / 50.0)
    assert least_delay(2.0, 50.0) == pytest.approx(np.log(5000) / 2)
    assert least_delay(9.0, 50.0) == 1.0


def test_a_spread_with_season_is_learnt_and_one_without_is_left_alone():
    rng = np.random.default_rng(9)
    groups = np.array([0, 25])
    known = habits.unknown(50)
    waves = np.repeat([1.0, 0.0], 25)
    for day in np.arange(0.0, 5 * 365.25, 6.0):
        days = np.full(50, day)
        true = 1 + waves * np.sin(2 * np.pi * day / 365.25) / 3
        habits.draw_swing(known, groups)
        z = true * rng.normal(size=50)
        habits.learn(known, z, np.zeros(50), np.ones(50, bool), days)
    for day, wide in ((91.0, 4 / 3), (274.0, 2 / 3)):
        found = habits.season_spread(known.swing, np.full(50, day))
        assert np.median(found[:25]) == pytest.approx(wide / np.sqrt(1 + 1 / 18), abs=0.06)
        assert np.median(found[25:]) == pytest.approx(1.0, abs=0.06)


def test_an_error_far_below_the_usual_ones_is_believed_in_part_only():
    z = np.random.default_rng(3).normal(size=(1, 80))
    z[:, -3:] = 4.0
    rates = []
    for part in (1.0, 0.25):
        error = np.ones(z.shape)
        error[:, -3:] = part
        panel = replace(panel_of_z(np.arange(80) * 6.0, z), error=error)
        rates.append(scan_departures(panel).rise_rate[0, -1])
    assert rates[1] > 10 * rates[0]


@pytest.mark.parametrize("kind", ["near normal", "Laplace"])
def test_lone_wild_looks_open_and_hardly_ever_confirm(kind):
    opened, rest = lone_looks(kind, 24)
    assert opened > 0.9
    assert rest < AGREE


def test_an_alarm_hides_others_so_that_fewer_are_told_than_come():
    told = told_rate(np.array([0.0, 0.1, 1.0, 2.0, 12.0, np.inf]), np.array(0.07))
    assert told[0] == 0
    assert told[1] == pytest.approx(0.1, rel=0.02)
    assert told[2] < 0.95
    assert (np.diff(told) > 0).all()
    assert told[4] > 9.9, "the highest rate that may be asked for is still above that of calm looks"
    assert np.isinf(told[5])
