"""Which past looks teach, and how much each of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.activity.history import (
    LOOKS_MAX,
    LOOKS_MIN,
    ORBIT_LOOKS,
    choose_looks,
    days_from_season,
    longest_gap,
    look_weights,
)
from assets.constants import YEAR_DAYS

AGES = st.lists(st.floats(31, 731), max_size=40)


@given(AGES)
def test_weights_are_positive_and_grow_towards_the_same_season(ages: list[float]) -> None:
    weights = look_weights(np.array(ages))
    assert ((weights > 0) & (weights <= 1)).all()
    assert (look_weights(np.array([YEAR_DAYS])) > look_weights(np.array([YEAR_DAYS / 2]))).all()


@pytest.mark.parametrize(
    ("age", "apart"), [(0, 0), (10, 10), (YEAR_DAYS, 0), (2 * YEAR_DAYS + 7, 7), (200, 165.25)]
)
def test_the_season_goes_round(age: float, apart: float) -> None:
    assert days_from_season(np.array([age]))[0] == pytest.approx(apart)


@given(AGES, st.randoms(use_true_random=False))
def test_the_order_in_which_looks_are_listed_does_not_matter(
    ages: list[float], random: np.random.Generator
) -> None:
    mixed = list(ages)
    random.shuffle(mixed)
    ages_of = [np.array(each)[choose_looks(np.array(each))[0]] for each in (ages, mixed)]
    assert sorted(ages_of[0]) == pytest.approx(sorted(ages_of[1]))
    assert len(ages_of[0]) <= LOOKS_MAX


@pytest.mark.parametrize(
    ("ages", "count"),
    [
        ([], 0),
        ([360.0] * (LOOKS_MIN - 1), 0),
        ([360.0] * LOOKS_MIN, LOOKS_MIN),
        ([180.0] * 20, 0),  # winter says little about June
        ([180.0] * 20 + [360.0], 0),
        ([180.0] * 20 + [360.0] * 2, 22),
        ([360.0] * 60, LOOKS_MAX),
        ([60.0 + 30 * month for month in range(10)], 10),  # round the year, one of the season
        ([90.0 + 20 * number for number in range(10)], 0),  # a hole where the season is
    ],
)
def test_too_few_looks_or_none_of_the_season_teach_nothing(ages: list[float], count: int) -> None:
    places, weights = choose_looks(np.array(ages, dtype=float))
    assert len(places) == len(weights) == count
    assert list(weights) == sorted(weights, reverse=True)


def test_each_orbit_that_can_teach_does_and_no_other() -> None:
    often, seldom, new = [360.0] * 40, [200.0] * 10 + [360.0] * 2, [360.0] * (LOOKS_MIN - 1)
    orbits = np.repeat([21, 121, 7], [len(often), len(seldom), len(new)])
    places, weights = choose_looks(np.array([*often, *seldom, *new]), orbits)
    assert len(places) == LOOKS_MAX
    assert list(weights) == sorted(weights, reverse=True)
    assert set(orbits[places]) == {21, 121}
    assert (orbits[places] == 121).sum() >= ORBIT_LOOKS


@given(AGES, st.lists(st.sampled_from([7, 21, 121]), min_size=40, max_size=40))
def test_looks_of_any_orbits_are_chosen_once_and_best_first(
    ages: list[float], orbits: list[int]
) -> None:
    places, weights = choose_looks(np.array(ages), np.array(orbits[: len(ages)]))
    assert len(set(places)) == len(places) <= LOOKS_MAX
    assert list(weights) == sorted(weights, reverse=True)


@given(st.lists(st.floats(0, 3000), min_size=1, max_size=30))
def test_the_longest_gap_is_that_of_the_year_on_a_circle(ages: list[float]) -> None:
    gap = longest_gap(np.array(ages))
    assert YEAR_DAYS / len(ages) - 1e-6 <= gap <= YEAR_DAYS + 1e-6
    assert longest_gap(np.array(ages) + 77.0) == pytest.approx(gap, abs=1e-6)
    assert longest_gap(np.empty(0)) == YEAR_DAYS
