"""What departures are in errors that were learnt from few past looks."""

import dataclasses

import numpy as np
import pytest

from assets.activity.errors import Judged, PastMeans, judge_count, judge_mean, past_means
from assets.activity.history import LOOKS_MIN
from assets.activity.moderation import NO_PRIOR, SpreadPrior


def past(
    means: np.ndarray, *, days: np.ndarray | None = None, prior: SpreadPrior = NO_PRIOR
) -> PastMeans:
    """Past means of equal weight, a month and a half apart unless days are given."""
    count = len(means)
    days = 45.0 * np.arange(count) if days is None else days
    return PastMeans(means, np.ones(count), days, np.ones(count), prior, is_sparse=False)


def judged(moved: float, of: PastMeans, *, noise: float = 1.0, hidden: float = 1.0) -> Judged:
    """A departure from an expectation of 0.2."""
    found = judge_mean(
        moved=moved,
        expected=0.2,
        past=of,
        noise=noise,
        hidden=hidden,
        own_share=0.1,
        floor=1e-6,
    )
    assert found is not None
    return found


@pytest.mark.parametrize("count", [8, 12, 24])
def test_three_sigma_are_passed_by_few_however_short_the_past(count: int) -> None:
    rng = np.random.default_rng(count)
    z = np.array(
        [judged(one[0], past(one[1:])).z for one in rng.normal(0, 0.01, (4000, count + 1))]
    )
    assert 0.0005 < (np.abs(z) > 3).mean() < 0.01
    assert 0.7 < np.std(z) < 1.05


def test_z_is_the_departure_in_both_errors_together() -> None:
    found = judged(0.03, past(np.random.default_rng(0).normal(0, 0.01, 16)))
    error = np.hypot(found.standard_error, found.expected_error)
    assert found.z == pytest.approx((found.value - found.expected) / error)
    assert found.value - found.expected == pytest.approx(0.03)


def test_a_noisy_day_says_less() -> None:
    means = np.random.default_rng(0).normal(0, 0.01, 16)
    calm, hazy = judged(0.05, past(means)), judged(0.05, past(means), noise=3.0)
    assert hazy.z == pytest.approx(calm.z / 3)
    assert hazy.standard_error == pytest.approx(3**0.5 * calm.standard_error)


def test_what_a_look_hides_adds_to_both_errors() -> None:
    means = np.random.default_rng(0).normal(0, 0.01, 16)
    whole, partly = judged(0.05, past(means)), judged(0.05, past(means), hidden=1.2)
    assert partly.z == pytest.approx(whole.z / 1.2)
    assert partly.standard_error == pytest.approx(1.2 * whole.standard_error)


@pytest.mark.parametrize("tails", [np.inf, 4.0])
def test_the_standard_error_is_by_how_much_looks_soon_after_each_other_differ(tails: float) -> None:
    rng = np.random.default_rng(5)
    days = np.repeat(60.0 * np.arange(12), 2) + np.tile([0.0, 5.0], 12)
    ratios = []
    for _ in range(300):
        slow = np.repeat(rng.normal(0, 0.01, 13), 2)
        own = 0.003 * (rng.normal(size=26) if np.isinf(tails) else rng.standard_t(tails, 26))
        found = judged(0.0, past((slow + own)[:24], days=days))
        ratios.append((own[25] - own[24]) / (np.sqrt(2) * found.standard_error))
    assert 0.8 < np.std(ratios) < 1.2


def test_what_looks_soon_after_each_other_share_is_no_error_of_theirs() -> None:
    rng = np.random.default_rng(2)
    slow = np.repeat(rng.normal(0, 0.01, 10), 2) + rng.normal(0, 0.002, 20)
    days = np.repeat(60.0 * np.arange(10), 2) + np.tile([0.0, 5.0], 10)
    together, apart = judged(0.02, past(slow, days=days)), judged(0.02, past(slow))
    assert together.z == pytest.approx(apart.z)
    assert together.standard_error < 0.6 * apart.standard_error
    assert together.expected_error > apart.expected_error


def test_a_lucky_quiet_past_is_drawn_to_that_of_the_ground_beside() -> None:
    quiet = past(np.full(10, 1e-5), prior=SpreadPrior(0.01**2, 6.0))
    assert judged(0.02, quiet).z < 5 < judged(0.02, past(np.full(10, 1e-5))).z


def test_what_a_sparse_index_has_shown_once_is_not_unusual_when_it_comes_again() -> None:
    means = np.zeros(20)
    means[7] = 0.05
    of = dataclasses.replace(past(means), is_sparse=True)
    again, larger = judged(0.05, of), judged(0.15, of)
    assert again.z < 2.5
    assert larger.z == pytest.approx(3 * again.z)
    assert judged(0.05, past(means)).z > again.z


def test_means_of_large_zones_spread_less_and_of_single_patches_much_less() -> None:
    fields, prior = np.zeros((9, 400)), SpreadPrior(1.0, 5.0)
    same = {"weights": np.ones(9), "days": np.arange(9.0), "noise": np.ones(9), "prior": prior}
    smooth = past_means(fields, np.full(400, 100.0), **same)
    sparse = past_means(fields, np.full(400, 100.0), **same, is_sparse=True)
    assert 1 > smooth.prior.variance > 0.3
    assert sparse.prior.variance == pytest.approx(25 / 400)


def test_looks_that_saw_little_of_what_today_shows_are_left_out() -> None:
    fields = np.zeros((9, 10))
    fields[:3, 2:] = np.nan
    found = past_means(
        fields,
        np.ones(10),
        weights=np.ones(9),
        days=np.arange(9.0),
        noise=np.ones(9),
        prior=NO_PRIOR,
    )
    assert len(found.means) == 6
    few = judge_mean(
        moved=1.0, expected=0.0, past=found, noise=1.0, hidden=1.0, own_share=0.1, floor=0.1
    )
    assert few is None


def test_a_first_object_is_unusual_and_one_among_many_is_not() -> None:
    rng = np.random.default_rng(4)
    none, many = np.zeros(12), rng.poisson(2.0, 12).astype(float)
    first = judge_count(1.0, none, np.ones(12), noise=1.0, floor=0.15)
    usual = judge_count(3.0, many, np.ones(12), noise=1.0, floor=0.15)
    assert first.z > 3 > abs(usual.z)
    assert judge_count(1.0, none[: LOOKS_MIN - 1], np.ones(7), noise=1.0, floor=0.15) is None
    unknown = np.where(np.arange(12) < 6, np.nan, 0.0)
    assert judge_count(1.0, unknown, np.ones(12), noise=1.0, floor=0.15) is None
