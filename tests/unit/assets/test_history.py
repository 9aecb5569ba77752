"""Which past looks teach, and whether they are enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.activity.history import (
    LOOKS_MAX,
    LOOKS_MIN,
    ROUND_YEAR_GAP_DAYS,
    SEASON_DAYS,
    is_enough,
    longest_gap,
    spread_over,
)
from assets.constants import YEAR_DAYS

DAYS = st.lists(st.floats(0, 731), min_size=1, max_size=40)
TODAY = 760.0


def before(*ages: float) -> np.ndarray:
    """Days so many days before today."""
    return TODAY - np.array(ages, dtype=float)


@pytest.mark.parametrize(
    ("ages", "enough"),
    [
        ([], False),
        ([360.0] * (LOOKS_MIN - 1), False),
        ([360.0] * LOOKS_MIN, True),
        ([180.0] * 20, False),  # winter says little about June
        ([180.0] * 20 + [360.0], False),
        ([180.0] * 20 + [360.0] * 2, True),
        ([180.0] * 20 + [2 * YEAR_DAYS + SEASON_DAYS - 1] * 2, True),
        ([60.0 + 30 * month for month in range(10)], True),  # round the year
        ([90.0 + 20 * number for number in range(10)], False),  # a hole where the season is
    ],
)
def test_too_few_looks_or_none_of_the_season_teach_nothing(
    ages: list[float], *, enough: bool
) -> None:
    assert is_enough(before(*ages), TODAY) == enough


@given(DAYS, st.integers(-3, 3))
def test_the_season_goes_round(days: list[float], years: int) -> None:
    known = np.round(np.array(days))
    other = is_enough(known, round(TODAY) + years * YEAR_DAYS)
    assert is_enough(known, round(TODAY)) == other


@given(DAYS, st.randoms(use_true_random=False))
def test_the_order_in_which_looks_are_listed_does_not_matter(
    days: list[float], random: np.random.Generator
) -> None:
    mixed = list(days)
    random.shuffle(mixed)
    assert is_enough(np.array(days), TODAY) == is_enough(np.array(mixed), TODAY)


@given(DAYS, DAYS)
def test_further_looks_never_take_away_that_there_are_enough(
    days: list[float], further: list[float]
) -> None:
    if is_enough(np.array(days), TODAY):
        assert is_enough(np.array(days + further), TODAY)


@given(st.integers(1, 400), st.integers(1, LOOKS_MAX))
def test_looks_that_are_chosen_are_spread_from_the_first_to_the_last(count: int, most: int) -> None:
    chosen = spread_over(count, most)
    assert len(chosen) == min(count, most)
    assert (np.diff(chosen) > 0).all()
    assert chosen[0] == 0
    if most > 1:
        assert chosen[-1] == count - 1
        assert len(set(np.diff(chosen))) <= 2  # steps of one length, or of two that differ by one


@given(st.lists(st.floats(0, 3000), min_size=1, max_size=30))
def test_the_longest_gap_is_that_of_the_year_on_a_circle(days: list[float]) -> None:
    gap = longest_gap(np.array(days))
    assert YEAR_DAYS / len(days) - 1e-6 <= gap <= YEAR_DAYS + 1e-6
    assert longest_gap(np.array(days) + 77.0) == pytest.approx(gap, abs=1e-6)
    assert longest_gap(np.empty(0)) == YEAR_DAYS
    assert ROUND_YEAR_GAP_DAYS < YEAR_DAYS / 2
