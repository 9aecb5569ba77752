"""Which past looks teach, and whether they are enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.activity.looks.past_days import (
    BASELINE_LOOKS_MIN,
    LOOKS_MAX,
    SEASON_GAP_DAYS,
    evenly_spaced_positions,
    is_season_known,
)
from assets.constants import YEAR_DAYS

DAYS = st.lists(st.integers(0, 731), min_size=1, max_size=40)
TODAY = 760.0
LESS = SEASON_GAP_DAYS / 2 - 1


def before(*ages: float) -> np.ndarray:
    """Days so many days before today."""
    return TODAY - np.array(ages, dtype=float)


@pytest.mark.parametrize(
    ("ages", "known"),
    [
        ([], False),
        ([360.0] * (BASELINE_LOOKS_MIN - 1), False),
        ([YEAR_DAYS + 9, YEAR_DAYS - 7] * (BASELINE_LOOKS_MIN // 2), True),
        ([180.0] * 20, False),  # winter says little about June
        ([180.0] * 20 + [YEAR_DAYS + LESS, YEAR_DAYS - LESS], True),
        ([180.0] * 20 + [YEAR_DAYS + LESS, 2 * YEAR_DAYS - LESS], True),
        ([180.0] * 20 + [YEAR_DAYS + LESS, YEAR_DAYS - LESS - 3], False),
        ([60.0 + 30 * month for month in range(11)], True),  # round the year
        ([90.0 + 20 * number for number in range(10)], False),  # a hole where the season is
    ],
)
def test_a_season_is_known_from_enough_looks_on_both_sides_of_it(
    ages: list[float], *, known: bool
) -> None:
    assert is_season_known(before(*ages), TODAY) == known


@given(DAYS, st.integers(0, 365), st.integers(-3, 3))
def test_the_season_goes_round(days: list[int], day: int, years: int) -> None:
    past = np.array(days) + 0.3
    assert is_season_known(past, day) == is_season_known(past, day + years * YEAR_DAYS)


@given(DAYS, st.randoms(use_true_random=False))
def test_the_order_in_which_looks_are_listed_does_not_matter(
    days: list[int], random: np.random.Generator
) -> None:
    mixed = list(days)
    random.shuffle(mixed)
    assert is_season_known(np.array(days), TODAY) == is_season_known(np.array(mixed), TODAY)


@given(DAYS, DAYS)
def test_further_looks_never_take_away_that_a_season_is_known(
    days: list[int], further: list[int]
) -> None:
    if is_season_known(np.array(days), TODAY):
        assert is_season_known(np.array(days + further), TODAY)


@given(st.integers(1, 400), st.integers(1, LOOKS_MAX))
def test_looks_that_are_chosen_are_spread_from_the_first_to_the_last(count: int, most: int) -> None:
    chosen = evenly_spaced_positions(count, most)
    assert len(chosen) == min(count, most)
    assert (np.diff(chosen) > 0).all()
    assert chosen[0] == 0
    if most > 1:
        assert chosen[-1] == count - 1
        assert len(set(np.diff(chosen))) <= 2  # steps of one length, or of two that differ by one
