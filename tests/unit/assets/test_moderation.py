"""Spreads of few looks, drawn to those of their like."""

import numpy as np
import pytest

from assets.activity.moderation import DOF_MOST, NO_PRIOR, effective_share, learn_prior


def spreads(prior_dof: float | None, *, dof: int = 10, series: int = 4000) -> np.ndarray:
    """Variances found in so many looks of series whose true variances vary about 4."""
    rng = np.random.default_rng(1)
    true = np.full(series, 4.0)
    if prior_dof is not None:
        true = 4.0 * prior_dof / rng.chisquare(prior_dof, series)
    return true * rng.chisquare(dof, series) / dof


@pytest.mark.parametrize("prior_dof", [3.0, 8.0, 20.0])
def test_the_prior_is_found_from_the_spreads_of_many_series(prior_dof: float) -> None:
    found = learn_prior(spreads(prior_dof), np.full(4000, 10.0))
    assert found.dof == pytest.approx(prior_dof, rel=0.25)
    assert found.variance == pytest.approx(4.0, rel=0.1)


def test_series_that_are_all_alike_are_believed_to_be() -> None:
    found = learn_prior(spreads(None), np.full(4000, 10.0))
    assert found.dof == pytest.approx(DOF_MOST, rel=0.4)
    drawn = found.draw(np.array([1.0, 4.0, 9.0]), np.full(3, 10.0))
    assert (np.abs(drawn - 4.0) < 1.6).all()


def test_few_series_or_unknown_ones_tell_nothing() -> None:
    assert learn_prior(np.array([1.0, 2.0]), np.array([9.0, 9.0])) == NO_PRIOR
    assert learn_prior(np.full(20, np.nan), np.full(20, 9.0)) == NO_PRIOR
    np.testing.assert_array_equal(NO_PRIOR.draw(np.array([3.0]), np.array([9.0])), [3.0])


def test_drawn_spreads_are_nearer_to_the_true_ones() -> None:
    rng = np.random.default_rng(3)
    true = 4.0 * 8 / rng.chisquare(8, 2000)
    found = true * rng.chisquare(6, 2000) / 6
    drawn = learn_prior(found, np.full(2000, 6.0)).draw(found, np.full(2000, 6.0))
    error = [np.abs(np.log(one / true)).mean() for one in (found, drawn)]
    assert error[1] < 0.8 * error[0]


def test_unequal_weights_tell_as_much_as_fewer_looks() -> None:
    assert effective_share(np.ones(7)) == 1.0
    assert effective_share(np.array([1.0, 0.0, 1.0])) == 1.0
    assert effective_share(np.array([1.0, 0.1])) == pytest.approx(1.21 / 1.01 / 2)
    assert effective_share(np.zeros(3)) == 0.0
