"""Robust centres and spreads: laws that hold for any numbers."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special

from assets.activity.fit.robust import (
    huber_weights,
    nan_median,
    student_stretch,
    weighted_centre,
    weighted_spread,
)

VALUES = hnp.arrays(
    np.float64, (9, 3), elements=st.one_of(st.floats(-100, 100), st.just(float("nan")))
)


@given(VALUES)
def test_the_median_is_that_of_the_seen_values(values: npt.NDArray[np.float64]) -> None:
    found = nan_median(values)
    for column in range(values.shape[1]):
        seen = values[np.isfinite(values[:, column]), column]
        expected = np.median(seen) if len(seen) else np.nan
        np.testing.assert_allclose(found[column], expected)


def test_no_values_at_all_have_no_median() -> None:
    assert np.isnan(nan_median(np.empty((0, 4)))).all()


@given(VALUES, st.floats(-50, 50), st.permutations(range(9)))
def test_a_centre_moves_with_its_values_and_not_with_their_order(
    values: npt.NDArray[np.float64], shift: float, order: list[int]
) -> None:
    weights = np.ones(9)
    centre = weighted_centre(values, weights, floor=0.1)
    np.testing.assert_allclose(
        weighted_centre(values[order], weights, floor=0.1), centre, atol=1e-9
    )
    moved = weighted_centre(values + shift, weights, floor=0.1)
    np.testing.assert_allclose(moved, centre + shift, atol=1e-6)


def test_one_wild_look_among_many_changes_next_to_nothing() -> None:
    values = np.random.default_rng(0).normal(10, 1, (20, 1))
    wild = values.copy()
    wild[3] = 1e4
    weights = np.ones(20)
    change = weighted_centre(wild, weights, floor=0.1) - weighted_centre(values, weights, floor=0.1)
    assert abs(change[0]) < 0.3
    assert weighted_spread(wild - 10, weights)[0] < 2


def test_the_spread_of_normal_noise_is_its_own() -> None:
    noise = np.random.default_rng(1).normal(0, 2, (400, 50))
    spread = weighted_spread(noise, np.ones(400))
    assert abs(spread.mean() - 2) < 0.1


def test_weights_fall_and_end() -> None:
    weights = huber_weights(np.array([0.0, -1.5, 3.0, 6.1, np.inf]))
    np.testing.assert_allclose(weights, [1, 1, 0.5, 0, 0])


@given(st.floats(-50, 50), st.lists(st.floats(0.1, 1e4), min_size=2, max_size=9))
def test_fewer_degrees_of_freedom_ask_for_a_wider_error(score: float, dof: list[float]) -> None:
    factors = [student_stretch(score, one) for one in sorted(dof)]
    assert (np.diff(factors) <= 1e-9).all()
    assert min(factors) >= 1


@given(st.floats(0.0, 40.0), st.floats(0.01, 5.0), st.floats(1.0, 200.0))
def test_a_larger_score_stays_the_rarer_one(score: float, more: float, dof: float) -> None:
    first, second = (one / student_stretch(one, dof) for one in (score, score + more))
    assert second > first


@pytest.mark.parametrize(("sigma", "share"), [(1, 0.3173), (2, 0.0455), (3, 0.0027)])
def test_estimated_sigma_are_made_as_rare_as_known_ones(sigma: float, share: float) -> None:
    draws = np.random.default_rng(2).normal(size=(100_000, 8))
    ratio = np.abs(draws[:, 0]) / np.sqrt((draws[:, 1:] ** 2).mean(axis=1))
    beyond = np.mean([one / student_stretch(one, 7) > sigma for one in ratio.tolist()])
    np.testing.assert_allclose(beyond, share, atol=4 * np.sqrt(share / 100_000))


@given(st.floats(1.0, 200.0), st.floats(1.0, 10.0))
def test_beyond_three_sigma_a_score_counts_in_full(dof: float, times: float) -> None:
    limit = -float(special.stdtrit(dof, special.ndtr(-3.0)))
    assert limit / student_stretch(limit, dof) == pytest.approx(3.0, rel=1e-6)
    assert times * limit / student_stretch(times * limit, dof) == pytest.approx(3.0 * times)


def test_a_known_spread_asks_for_nothing() -> None:
    np.testing.assert_allclose([student_stretch(one, 1e9) for one in (0, 1, 5)], 1, atol=1e-4)
