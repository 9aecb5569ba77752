"""The test of counts: causal, deaf to what was not seen, quick to shifts and slow to flukes."""

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from assets.anomalies.counts.chances import log_chance, variance_over_mean
from assets.anomalies.counts.count_evidence import (
    FALLS,
    GRID,
    change_probabilities,
    evidence_of_change,
    log_likelihood_ratios,
)
from assets.anomalies.counts.count_series import scan_counts
from assets.anomalies.counts.exposure import cell_rates
from assets.anomalies.counts.prior import CountPrior
from assets.anomalies.counts.quiet import (
    SeriesKind,
    count_episodes,
    quiet_rates,
    simulate_quiet_series,
)
from assets.anomalies.counts.regression import TREND, fit_counts

LOOKS, CELLS = 200, 20
SHIFT = 150


def site(seed: int = 0, factor: float = 1.0, busy: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """Days and counts per cell of a partly clouded site whose level changes once."""
    rng = np.random.default_rng(seed)
    days = np.cumsum(rng.integers(3, 7, LOOKS)).astype(float)
    rates = rng.gamma(0.5, size=CELLS)
    seen = rng.random((LOOKS, CELLS)) < rng.uniform(0.2, 1, (LOOKS, 1))
    level = np.where(np.arange(LOOKS) < SHIFT, 1.0, factor)[:, None]
    counts = rng.poisson(busy * rates / rates.sum() * level)
    return days, np.where(seen, counts, np.nan)


@pytest.mark.parametrize(("factor", "direction"), [(0.3, "fall"), (3.0, "rise")])
def test_lasting_change_is_found_within_a_month_in_its_direction_alone(factor, direction):
    days, cells = site(factor=factor)
    found = scan_counts(days, cells)
    other = "rise" if direction == "fall" else "fall"
    first = SHIFT + int(np.argmax(found.alarms(direction, 0.1)[SHIFT:]))
    assert found.alarms(direction, 0.1)[first]
    assert days[first] - days[SHIFT] <= 31
    assert not found.alarms(other, 0.5)[SHIFT : SHIFT + 20].any()


def test_lasting_change_becomes_the_new_normal():
    days = 5.0 * np.arange(260)
    level = np.where(np.arange(260) < 120, 8.0, 4.0)
    alarms = []
    for seed in range(6):
        counts = np.random.default_rng(seed).poisson(level)[:, None].astype(float)
        alarms.append(scan_counts(days, counts).alarms("fall", 0.5))
    share = np.mean(alarms, axis=0)
    assert share[128:142].mean() > 0.8
    assert share[-60:].mean() < 0.1


def test_no_later_look_changes_what_was_said_earlier():
    days, cells = site(factor=0.4)
    whole = scan_counts(days, cells)
    judged = int(np.argmax(np.isfinite(whole.fall_rate)))
    for end in (*range(judged + 1, judged + 16, 3), 60, 151, 163):
        part = scan_counts(days[:end], cells[:end])
        for name in ("rise", "fall", "rise_rate", "fall_rate", "missing"):
            then, now = getattr(part, name), getattr(whole, name)[:end]
            np.testing.assert_allclose(then, now, rtol=1e-6)  # evidence is in single precision


def test_newest_look_alone_is_judged_as_with_all_the_others():
    days, cells = site(factor=0.4)
    whole, newest = scan_counts(days, cells), scan_counts(days, cells, since=LOOKS - 1)
    assert newest.fall[-1] == pytest.approx(whole.fall[-1])
    assert newest.fall_rate[-1] == pytest.approx(whole.fall_rate[-1])
    assert newest.fall[: LOOKS - 1].max() == 0


def test_order_of_cells_means_nothing():
    days, cells = site(factor=0.5)
    one, other = scan_counts(days, cells), scan_counts(days, cells[:, ::-1])
    np.testing.assert_allclose(one.fall, other.fall, rtol=1e-4, atol=1e-6)


def test_seeing_only_the_empty_cells_is_not_a_fall():
    days, cells = site(seed=1)
    busiest = np.argsort(-np.nansum(cells, axis=0))[:8]
    cells[SHIFT:, busiest] = np.nan
    assert scan_counts(days, cells).alarms("fall", 0.5)[SHIFT:].mean() < 0.05


def test_one_absurd_look_is_no_stronger_than_outliers_allow():
    mean, dispersion = np.array([5.0, 5.0]), np.array([0.02, 0.02])
    told = log_likelihood_ratios(np.array([60.0, 600.0]), mean, dispersion, 0.01)
    rise, _ = evidence_of_change(told[:1], np.array([0.01]))
    assert rise[0] < 2
    assert np.ptp(told[1]) < np.ptp(told[0]) + 0.1


def test_look_that_saw_nothing_keeps_what_was_said():
    days, cells = site(factor=0.3)
    cells[SHIFT + 8] = np.nan
    found = scan_counts(days, cells)
    assert found.fall_rate[SHIFT + 8] == found.fall_rate[SHIFT + 7] < 0.5


def test_short_history_is_learning_and_says_how_long():
    days, cells = site()
    found = scan_counts(days[:30], cells[:30])
    assert found.missing[0] == 24
    assert (np.diff(found.missing) <= 0).all()
    assert not found.alarms("fall", 100)[found.missing > 0].any()


def test_first_things_at_a_place_that_was_always_empty_are_a_rise():
    cells = np.zeros((160, 9))
    cells[100:104, 4] = 4
    assert scan_counts(5.0 * np.arange(160), cells).alarms("rise", 0.5)[100:104].any()


@pytest.mark.parametrize(
    ("days", "cells"),
    [
        (np.array([1.0, 1.0]), np.zeros((2, 3))),
        (np.array([1.0, 2.0]), np.zeros((3, 3))),
        (np.array([1.0, 2.0]), np.zeros(2)),
        (np.array([1.0, 2.0]), np.full((2, 3), -1.0)),
    ],
)
def test_what_cannot_be_counts_is_refused(days, cells):
    with pytest.raises(ValueError, match=r"must|Days"):
        scan_counts(days, cells)


def test_rate_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        scan_counts(*site()).alarms("rise", 0)


def test_chance_of_a_count_is_scipys():
    count = np.arange(12.0)
    ours = log_chance(count, np.full(12, 3.5), 0.4)
    np.testing.assert_allclose(ours, nbinom.logpmf(count, 2.5, 2.5 / (2.5 + 3.5)), rtol=1e-9)


def test_chance_without_dispersion_is_poissons():
    count = np.arange(12.0)
    ours = log_chance(count, np.full(12, 3.5), 0.0)
    np.testing.assert_allclose(ours, poisson.logpmf(count, 3.5), rtol=1e-9)


def test_chance_of_even_counts_has_their_mean_and_variance():
    count, mean, dispersion = np.arange(80.0), 12.0, -0.03
    chance = np.exp(log_chance(count, np.full(80, mean), dispersion))
    assert chance.sum() == pytest.approx(1, abs=0.02)
    assert chance @ count == pytest.approx(mean, rel=0.03)
    assert chance @ (count - mean) ** 2 == pytest.approx(mean + dispersion * mean**2, rel=0.07)


def test_seeing_a_share_of_even_counts_keeps_their_dispersion():
    rng = np.random.default_rng(0)
    whole = rng.binomial(40, 0.3, 200_000)
    part = rng.binomial(whole, 0.25)
    found = (part.var() / part.mean() - 1) / part.mean()
    assert found == pytest.approx(-1 / 40, rel=0.2)


@pytest.mark.parametrize("dispersion", [-0.02, 0.0, 0.05])
def test_likelihood_of_a_fall_is_the_ratio_of_chances(dispersion):
    count, mean = np.array([2.0, 0.0, 9.0]), np.array([8.0, 3.0, 10.0])
    spread = np.full(3, dispersion)
    half = int(np.argmin(np.abs(GRID - np.log(0.5))))
    told = log_likelihood_ratios(count, mean, spread, 1e-9)[:, half]
    then = log_chance(count, mean * np.exp(GRID[half]), spread)
    np.testing.assert_allclose(told, then - log_chance(count, mean, spread), rtol=1e-3, atol=1e-3)


def test_series_that_keeps_its_number_is_found_even_and_its_fall_is_told_more_surely():
    rng = np.random.default_rng(0)
    days = 4.0 * np.arange(300)
    even = rng.binomial(16, 0.75, 300)[:, None].astype(float)
    chance = rng.poisson(12.0, 300)[:, None].astype(float)
    seen = np.ones((300, 1), bool)
    fits = [fit_counts(days, one, seen, CountPrior()) for one in (even, chance)]
    assert variance_over_mean(np.array(12.0), fits[0].dispersion) < 0.6
    assert abs(fits[1].dispersion) < 0.02
    told = [
        log_likelihood_ratios(np.array([6.0]), np.array([12.0]), np.array([one.dispersion]), 0.01)[
            0
        ]
        for one in fits
    ]
    half = int(np.argmin(np.abs(GRID - np.log(0.5))))
    assert told[0][half] > told[1][half]


def test_growth_that_goes_on_is_taken_up_by_the_trend():
    rng = np.random.default_rng(1)
    days = 4.0 * np.arange(330)
    counts = rng.poisson(20 * np.exp(0.12 * days / 365.25))[:, None].astype(float)
    fit = fit_counts(days, counts, np.ones((330, 1), bool), CountPrior())
    assert 0.02 < fit.coefficients[TREND] < 0.15


@pytest.mark.parametrize("dispersion", [-0.04, 0.0, 0.1])
def test_made_up_quiet_counts_scatter_as_their_kind(dispersion):
    kind = SeriesKind(8.0, 0.25, dispersion, 4**-4, 3.84, 256, 1e-9)
    _, counts, mean = simulate_quiet_series(kind, np.random.default_rng(0))
    even = ((counts - mean) ** 2).sum() / mean.sum()
    full = (mean**2).sum() / mean.sum()
    assert even == pytest.approx(1 + (dispersion + 4**-4) * full, rel=0.12)
    assert counts.mean() == pytest.approx(mean.mean(), rel=0.02)


def test_unseen_cell_takes_the_mean_rate_and_a_well_seen_one_its_own():
    counts, seen = np.zeros((50, 3)), np.ones((50, 3))
    counts[:, 0], seen[:, 2] = 2, 0
    rates, variances = cell_rates(counts, seen, np.ones(50), 2.0)
    assert rates[0] == pytest.approx(2, rel=0.05)
    assert rates[2] == pytest.approx(1.0)
    assert variances[2] > 10 * variances[0]


def test_uncertain_level_makes_the_same_looks_say_less():
    told = log_likelihood_ratios(np.full(6, 3.0), np.full(6, 6.0), np.full(6, 0.02), 0.01)
    _, sure = evidence_of_change(told, np.full(6, 0.005))
    _, unsure = evidence_of_change(told, np.full(6, 0.2))
    assert unsure[-1] < sure[-1] - 0.5


def test_beliefs_are_chances_about_the_ratios():
    chance = change_probabilities(np.array([0.01]), FALLS)[0]
    assert chance.sum() == pytest.approx(1)
    assert chance @ np.exp(GRID) == pytest.approx(np.mean(FALLS), rel=0.02)


def test_rate_falls_as_evidence_grows_and_more_looks_a_year_alarm_more_often():
    often, rarely = (
        quiet_rates(SeriesKind(4.0, 0.5, 0.01, 4**-3, gap, 256, 0.01)) for gap in (3.84, 10.5)
    )
    for logs in (*often, *rarely):
        assert (np.diff(logs) <= 0).all()
    assert (often[1][8:20] > rarely[1][8:20]).all()


def test_alarms_close_together_are_one_episode_and_long_ones_count_again():
    days = 5.0 * np.arange(60)
    alarm = np.zeros((1, 60), bool)
    alarm[0, [10, 12]] = True
    assert count_episodes(days[None], alarm) == 1
    alarm[0, 20] = True
    assert count_episodes(days[None], alarm) == 2
    alarm[0, 20:60] = True
    assert count_episodes(days[None], alarm) == 4
    assert count_episodes(days[None], alarm, first=59) == 1
