"""The expected course of series over the year, and what each look departs from it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.activity.fit.season_fit import (
    LEVERAGE_MAX,
    ORBIT_RIDGE,
    SEASON_LOOKS_MIN,
    RegressionTerms,
    fit_seasons,
    season_terms,
)
from assets.constants import YEAR_DAYS

NOISE = 0.01
TERMS = RegressionTerms((21, 121))
TINY_RIDGE = np.full(3, 1e-9)


def series(
    seed: int = 0, looks: int = 30, channels: int = 2, count: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """Days and values (look, channel, series) of a level, a wave over the year, and noise."""
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(0, 730, looks))
    wave = np.cos(2 * np.pi * (days - 200) / YEAR_DAYS)[:, None, None]
    level, swing = rng.uniform(0.1, 0.4, (2, channels, count))
    noise = rng.normal(0, NOISE, (looks, channels, count))
    return days, level + 0.3 * swing * wave + noise


def test_the_terms_of_the_season_come_again_after_a_year() -> None:
    days = np.array([0.0, 100.0, 250.0])
    for order in (0, 1, 2):
        terms = season_terms(days, order)
        assert terms.shape == (3, 1 + 2 * order)
        np.testing.assert_allclose(terms, season_terms(days + YEAR_DAYS, order), atol=1e-9)
        np.testing.assert_array_equal(terms[:, 0], 1.0)


def test_each_orbit_has_an_offset_and_an_unknown_one_none() -> None:
    found = TERMS.of(np.array([0.0, 5.0, 9.0]), [121, 21, 7])
    np.testing.assert_array_equal(found[:, 3:], [[0, 1], [1, 0], [0, 0]])
    assert TERMS.ridge.tolist()[3:] == [ORBIT_RIDGE, ORBIT_RIDGE]
    assert TERMS.ridge[0] == 0


def test_with_next_to_no_ridge_and_quiet_looks_it_is_least_squares() -> None:
    days, values = series(1)
    terms = season_terms(days)
    fit = fit_seasons(terms, values, TINY_RIDGE)
    plain, *_ = np.linalg.lstsq(terms, values.reshape(len(days), -1), rcond=None)
    asked = season_terms(np.array([40.0, 190.0, 333.0]))
    for row in asked:
        expected = (row @ plain).reshape(values.shape[1:])
        np.testing.assert_allclose(fit.predict(row), expected, atol=0.3 * NOISE)
    calm = fit_seasons(terms, values - 0.999 * fitted_noise(terms, values), TINY_RIDGE)
    for row in asked:
        expected = (row @ plain).reshape(values.shape[1:])
        np.testing.assert_allclose(calm.predict(row), expected, atol=0.002 * NOISE)


def fitted_noise(terms: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What least squares leaves of the values, same shape."""
    flat = values.reshape(len(values), -1)
    plain, *_ = np.linalg.lstsq(terms, flat, rcond=None)
    return (flat - terms @ plain).reshape(values.shape)


def test_what_is_left_of_a_look_is_what_a_fit_without_it_leaves() -> None:
    days, values = series(2, looks=40)
    values -= 0.5 * fitted_noise(season_terms(days), values)
    terms, ridge = TERMS.of(days, np.where(np.arange(40) % 3, 21, 121)), TERMS.ridge
    whole = fit_seasons(terms, values, ridge)
    for look in (0, 7, 19, 39):
        others = np.delete(np.arange(40), look)
        alone = fit_seasons(terms[others], values[others], ridge)
        left = values[look] - alone.predict(terms[look])
        np.testing.assert_allclose(whole.left_out[look], left, atol=0.12 * NOISE)


def test_what_is_left_of_a_look_is_so_to_the_last_digit_where_all_looks_count_alike() -> None:
    rng = np.random.default_rng(3)
    terms = season_terms(np.linspace(0, 725, 60))
    values = 0.2 + NOISE * rng.choice([-1.0, 1.0], (60, 1, 6))  # none lies beyond the others
    whole = fit_seasons(terms, values, TERMS.ridge[:3])
    for look in range(60):
        others = np.delete(np.arange(60), look)
        alone = fit_seasons(terms[others], values[others], TERMS.ridge[:3])
        left = values[look] - alone.predict(terms[look])
        np.testing.assert_allclose(whole.left_out[look], left, atol=1e-9)


def test_looks_that_are_left_out_together_are_judged_by_a_fit_without_any_of_them() -> None:
    rng = np.random.default_rng(4)
    terms = season_terms(np.linspace(0, 725, 60))
    values = 0.2 + NOISE * rng.choice([-1.0, 1.0], (60, 2, 3))
    groups = np.arange(60) // 8
    whole = fit_seasons(terms, values, TERMS.ridge[:3], groups)
    for group in range(8):
        inside = groups == group
        alone = fit_seasons(terms[~inside], values[~inside], TERMS.ridge[:3])
        for look in np.flatnonzero(inside):
            left = values[look] - alone.predict(terms[look])
            np.testing.assert_allclose(whole.left_out[look], left, atol=1e-9)
            doubt = alone.leverage(terms[look])
            np.testing.assert_allclose(whole.doubt[look], doubt, atol=1e-9)


@given(st.floats(0.2, 20.0), st.integers(0, 50))
@settings(max_examples=25)
def test_values_in_another_unit_give_the_same_course_in_that_unit(k: float, seed: int) -> None:
    days, values = series(seed)
    terms = season_terms(days)
    one = fit_seasons(terms, values, TINY_RIDGE)
    other = fit_seasons(terms, k * values, TINY_RIDGE)
    np.testing.assert_allclose(other.coefficients, k * one.coefficients, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(other.left_out, k * one.left_out, rtol=1e-6, atol=1e-9)


@given(st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_order_of_the_looks_does_not_matter(random: np.random.Generator) -> None:
    days, values = series(4)
    order = list(range(len(days)))
    random.shuffle(order)
    one = fit_seasons(season_terms(days), values, TINY_RIDGE)
    other = fit_seasons(season_terms(days[order]), values[order], TINY_RIDGE)
    np.testing.assert_allclose(other.coefficients, one.coefficients, atol=1e-9)
    np.testing.assert_allclose(other.left_out, one.left_out[order], atol=1e-9)


@given(st.integers(0, 29), st.sampled_from([-1.0, 0.3, 5.0]))
@settings(max_examples=25)
def test_one_wild_look_changes_little_and_is_seen_to_be_wild(look: int, by: float) -> None:
    days, values = series(5)
    terms = season_terms(days)
    calm = fit_seasons(terms, values, TINY_RIDGE)
    wild = values.copy()
    wild[look] += by
    found = fit_seasons(terms, wild, TINY_RIDGE)
    for day in (10.0, 180.0, 300.0):
        row = season_terms(np.array([day]))[0]
        np.testing.assert_allclose(found.predict(row), calm.predict(row), atol=NOISE)
    np.testing.assert_allclose(found.left_out[look] - by, calm.left_out[look], atol=3 * NOISE)


def test_a_series_does_not_depend_on_those_beside_it() -> None:
    days, values = series(6)
    terms = season_terms(days)
    together = fit_seasons(terms, values, TINY_RIDGE)
    alone = fit_seasons(terms, values[..., 2:3], TINY_RIDGE)
    np.testing.assert_allclose(together.left_out[..., 2:3], alone.left_out, atol=1e-12)


def test_looks_that_did_not_see_a_series_teach_nothing_of_it() -> None:
    days, values = series(7)
    terms = season_terms(days)
    values[:12, :, 1] = np.nan
    found = fit_seasons(terms, values, TINY_RIDGE)
    alone = fit_seasons(terms[12:], values[12:], TINY_RIDGE)
    np.testing.assert_allclose(found.coefficients[..., 1], alone.coefficients[..., 1], atol=1e-9)
    assert np.isnan(found.left_out[:12, :, 1]).all()
    assert np.isfinite(found.left_out[..., 0]).all()


def test_a_series_that_few_looks_saw_has_no_course() -> None:
    days, values = series(8)
    values[SEASON_LOOKS_MIN - 1 :, :, 0] = np.nan
    values[SEASON_LOOKS_MIN:, :, 1] = np.nan
    found = fit_seasons(season_terms(days), values, TINY_RIDGE)
    assert np.isnan(found.coefficients[..., 0]).all()
    assert np.isnan(found.left_out[..., 0]).all()
    assert np.isnan(found.covariance[0]).all()
    assert np.isfinite(found.coefficients[..., 1]).all()


def test_a_channel_that_most_looks_lack_has_no_course_and_the_others_have() -> None:
    days, values = series(9, channels=3)
    whole = fit_seasons(season_terms(days), values[:, :2], TINY_RIDGE)
    values[:20, 2] = np.nan
    found = fit_seasons(season_terms(days), values, TINY_RIDGE)
    assert np.isnan(found.coefficients[2]).all()
    np.testing.assert_allclose(found.coefficients[:2], whole.coefficients, atol=1e-12)


def test_a_look_that_lacks_a_channel_which_most_have_is_left_out() -> None:
    days, values = series(10, channels=3)
    terms = season_terms(days)
    values[3, 2] = np.nan
    found = fit_seasons(terms, values, TINY_RIDGE)
    others = np.delete(np.arange(30), 3)
    alone = fit_seasons(terms[others], values[others], TINY_RIDGE)
    np.testing.assert_allclose(found.coefficients, alone.coefficients, atol=1e-9)
    assert np.isnan(found.left_out[3]).all()


@pytest.mark.parametrize("looks", [1, SEASON_LOOKS_MIN - 1, SEASON_LOOKS_MIN])
def test_few_looks_are_no_error(looks: int) -> None:
    days, values = series(11, looks=looks)
    found = fit_seasons(season_terms(days), values, TINY_RIDGE)
    assert found.left_out.shape == (looks, 2, 5)
    assert np.isfinite(found.coefficients).all() == (looks >= SEASON_LOOKS_MIN)
    assert (found.doubt <= LEVERAGE_MAX / (1 - LEVERAGE_MAX)).all()


def test_the_doubt_of_an_expectation_is_that_which_many_pasts_show() -> None:
    rng = np.random.default_rng(12)
    days = np.linspace(0, 700, 20)
    terms, asked = season_terms(days), season_terms(np.array([500.0]))[0]
    values = rng.normal(0, NOISE, (20, 1, 4000))
    found = fit_seasons(terms, values, TINY_RIDGE)
    assert np.std(found.predict(asked)) / NOISE == pytest.approx(
        np.sqrt(np.median(found.leverage(asked))), rel=0.1
    )


def test_an_orbit_seen_once_moves_the_others_little_and_is_drawn_to_none() -> None:
    days, values = series(13, channels=1, count=1)
    orbits = np.full(30, 21)
    orbits[15] = 121
    values[15] += 0.06
    fit = fit_seasons(TERMS.of(days, orbits), values, TERMS.ridge)
    first, second = (fit.predict(TERMS.of(days[15:16], [orbit])[0])[0, 0] for orbit in (21, 121))
    assert 0 <= second - first < 0.05
