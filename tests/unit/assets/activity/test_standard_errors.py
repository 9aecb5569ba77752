"""What departures are in errors that were learnt from few past looks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.activity.indices.standard_errors import (
    PAST_MIN,
    REPEAT_DAYS,
    TAIL_DOF,
    JudgedValue,
    PastSpread,
    judge_count,
    judge_departure,
    past_spread,
)
from assets.constants import MAD_TO_SIGMA

NAN = float("nan")


def spread_of(
    departures: np.ndarray,
    *,
    days: np.ndarray | None = None,
    prior: float = NAN,
    unknowns: float = 0.0,
    floor: float = 1e-6,
) -> PastSpread:
    """Of past departures, a month and a half apart unless days are given."""
    days = 45.0 * np.arange(len(departures)) if days is None else days
    found = past_spread(departures, days, prior=prior, unknowns=unknowns, floor=floor)
    assert found is not None
    return found


def judged(
    departure: float,
    of: PastSpread,
    *,
    noise: float = 1.0,
    doubt: float = 0.0,
    others: float = 0.0,
) -> JudgedValue:
    return judge_departure(0.2 + departure, departure, of, noise=noise, doubt=doubt, others=others)


@pytest.mark.parametrize("count", [8, 12, 24])
def test_three_sigma_are_passed_by_few_however_short_the_past(count: int) -> None:
    rng = np.random.default_rng(count)
    z = np.array(
        [
            judged(one[0], spread_of(one[1:])).z
            for one in 0.01 * rng.standard_t(TAIL_DOF, (4000, count + 1))
        ]
    )
    assert 0.0003 < (np.abs(z) > 3).mean() < 0.01
    assert 0.65 < np.std(z) < 1.1


def test_the_spread_is_that_of_most_looks_whatever_the_tails() -> None:
    looks = 0.01 * np.random.default_rng(2).standard_t(TAIL_DOF, 40_000)
    usual = MAD_TO_SIGMA * float(np.median(np.abs(looks)))
    assert spread_of(looks).spread == pytest.approx(usual, rel=0.02)
    assert judged(0.1 * usual, spread_of(looks)).z == pytest.approx(0.1, rel=0.05)


def test_a_past_whose_expectation_took_unknowns_is_worth_fewer_looks() -> None:
    past = np.random.default_rng(1).normal(0, 0.01, 12)
    plain, fitted = spread_of(past), spread_of(past, unknowns=3)
    assert 1 / plain.dof - 1 / 12 == pytest.approx(1 / TAIL_DOF)
    assert 1 / fitted.dof - 1 / 9 == pytest.approx(1 / TAIL_DOF)
    assert abs(judged(0.05, fitted).z) < abs(judged(0.05, plain).z)


@given(
    st.floats(-1, 1), st.floats(0.01, 2.0), st.floats(0.5, 5.0), st.floats(0, 2), st.floats(0, 1)
)
def test_z_is_the_departure_in_both_errors_together(
    departure: float, scale: float, noise: float, doubt: float, others: float
) -> None:
    past = spread_of(scale * np.random.default_rng(0).normal(0, 0.01, 16))
    found = judged(departure, past, noise=noise, doubt=doubt, others=others)
    error = np.hypot(found.standard_error, found.expected_error)
    assert found.z == pytest.approx(found.departure / error, rel=1e-9)
    assert (found.departure, found.value) == (departure, 0.2 + departure)


def test_a_noisy_day_says_less() -> None:
    past = spread_of(np.random.default_rng(0).normal(0, 0.01, 16))
    calm, hazy = judged(0.05, past), judged(0.05, past, noise=3.0)
    third = judged(0.05 / 3, past)
    assert hazy.z == pytest.approx(third.z)
    assert 0 < hazy.z < calm.z
    assert hazy.standard_error == pytest.approx(3 * calm.standard_error)


def test_a_doubtful_expectation_adds_to_its_own_error_alone() -> None:
    past = spread_of(np.random.default_rng(0).normal(0, 0.01, 16))
    sure = judged(0.05, past)
    for more in ({"doubt": 0.5}, {"others": 0.01**2}):
        found = judged(0.05, past, **more)
        assert found.standard_error == sure.standard_error
        assert found.expected_error > sure.expected_error
        assert 0 < found.z < sure.z


@pytest.mark.parametrize("tails", [np.inf, 4.0])
def test_the_standard_error_is_by_how_much_looks_soon_after_each_other_differ(
    tails: float,
) -> None:
    rng = np.random.default_rng(5)
    days = np.repeat(60.0 * np.arange(12), 2) + np.tile([0.0, 5.0], 12)
    ratios = []
    for _ in range(300):
        slow = np.repeat(rng.normal(0, 0.01, 13), 2)
        own = 0.003 * (rng.normal(size=26) if np.isinf(tails) else rng.standard_t(tails, 26))
        found = judged(0.0, spread_of((slow + own)[:24], days=days))
        ratios.append((own[25] - own[24]) / (np.sqrt(2) * found.standard_error))
    assert 0.65 < np.std(ratios) < 1.2


def test_what_looks_soon_after_each_other_share_is_no_error_of_theirs() -> None:
    rng = np.random.default_rng(2)
    slow = np.repeat(rng.normal(0, 0.01, 10), 2) + rng.normal(0, 0.002, 20)
    near = np.repeat(60.0 * np.arange(10), 2) + np.tile([0.0, REPEAT_DAYS], 10)
    far = np.repeat(60.0 * np.arange(10), 2) + np.tile([0.0, REPEAT_DAYS + 1], 10)
    together = judged(0.02, spread_of(slow, days=near))
    apart = judged(0.02, spread_of(slow, days=far))
    assert together.z == pytest.approx(apart.z)
    assert together.standard_error < 0.6 * apart.standard_error
    assert together.expected_error > apart.expected_error


def test_a_lucky_quiet_past_is_drawn_to_the_scatter_of_the_ground_beside() -> None:
    quiet = 1e-5 * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1])
    alone, drawn = spread_of(quiet), spread_of(quiet, prior=0.01)
    assert judged(0.02, drawn).z < 3
    assert judged(0.02, alone).z > 5
    assert drawn.dof > alone.dof
    restless = spread_of(np.random.default_rng(3).normal(0, 0.03, 60), prior=0.01)
    assert restless.spread == pytest.approx(0.03, rel=0.2)
    for unknown in (NAN, 0.0):
        assert spread_of(quiet, prior=unknown) == alone


def test_no_spread_is_below_its_floor() -> None:
    found = spread_of(np.zeros(20), floor=0.003)
    assert (found.spread, found.repeats) == (0.003, 0.003)


@given(st.integers(0, 19), st.floats(0.2, 10.0))
def test_one_wild_look_does_not_hide_what_is_unusual(place: int, wild: float) -> None:
    past = np.random.default_rng(6).normal(0, 0.01, 20)
    calm = spread_of(past)
    past[place] = wild
    found = spread_of(past)
    assert calm.spread * 0.9 < found.spread < 1.6 * calm.spread


def test_looks_of_which_nothing_is_known_do_not_count() -> None:
    past = np.random.default_rng(7).normal(0, 0.01, 20)
    days = 45.0 * np.arange(20)
    some = np.where(np.arange(20) % 2, NAN, past)
    assert spread_of(some) == spread_of(past[::2], days=days[::2])
    few = np.where(np.arange(20) < PAST_MIN - 1, past, NAN)
    assert past_spread(few, days, prior=0.01, unknowns=0, floor=1e-6) is None


def test_a_first_object_is_unusual_and_one_among_many_is_not() -> None:
    rng = np.random.default_rng(4)
    none, many = np.zeros(12), rng.poisson(2.0, 12).astype(float)
    first = judge_count(1.0, none, noise=1.0, floor=0.15)
    usual = judge_count(3.0, many, noise=1.0, floor=0.15)
    assert first is not None
    assert usual is not None
    assert first.z > 3 > abs(usual.z)
    assert usual.departure == pytest.approx(3.0 - many.mean())
    assert judge_count(1.0, none[: PAST_MIN - 1], noise=1.0, floor=0.15) is None
    unknown = np.where(np.arange(12) < 6, NAN, 0.0)
    assert judge_count(1.0, unknown, noise=1.0, floor=0.15) is None


def test_what_an_area_has_been_once_is_not_unusual_when_it_comes_again() -> None:
    past = np.zeros(20)
    past[7] = 5000.0
    again, larger = (
        judge_count(area, past, noise=1.0, floor=200.0, is_rare=True) for area in (5000.0, 15000.0)
    )
    plain = judge_count(5000.0, past, noise=1.0, floor=200.0)
    assert again is not None
    assert larger is not None
    assert plain is not None
    assert again.z < 2.5
    assert larger.z > 2 * again.z
    assert larger.departure / larger.standard_error > 2.9 * again.departure / again.standard_error
    assert plain.z > again.z


@pytest.mark.parametrize("count", [8, 20])
def test_counts_that_are_as_usual_pass_three_sigma_seldom(count: int) -> None:
    rng = np.random.default_rng(count)
    z = []
    for row in rng.poisson(4.0, (3000, count + 1)).astype(float):
        found = judge_count(row[0], row[1:], noise=1.0, floor=0.15)
        assert found is not None
        z.append(found.z)
    assert (np.abs(z) > 3).mean() < 0.012
    assert abs(np.mean(z)) < 0.1
