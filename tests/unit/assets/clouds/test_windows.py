"""Windows round a pixel, where what is unseen and what lies beyond the frame are the same."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.clouds.signs.ground_pattern import edge_sharpness, pattern_match
from assets.clouds.signs.snow import season_odds
from assets.clouds.signs.sun_position import noon_elevation_deg
from assets.clouds.signs.windows import (
    MASK_RADIUS_M,
    mean_within,
    morphological_opening,
    wide_level,
)

Plane = npt.NDArray[np.float32]
SIDE = 48


def plane_of(seed: int) -> Plane:
    return np.random.default_rng(seed).normal(0, 0.1, (SIDE, SIDE)).astype(np.float32)


WINDOWS = {
    "mean": lambda plane: mean_within(plane, 9),
    "opening": lambda plane: morphological_opening(plane, 5),
    "level": wide_level,
    "edges": edge_sharpness,
    "pattern": lambda plane: pattern_match(plane[None], plane_of(1)[None, None, : len(plane)])[0],
}


@pytest.mark.parametrize("name", WINDOWS)
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1000))
def test_unseen_pixels_and_the_end_of_the_frame_are_the_same(name: str, seed: int) -> None:
    plane = plane_of(seed)
    gone = plane.copy()
    gone[36:] = np.nan
    np.testing.assert_allclose(
        WINDOWS[name](gone)[:36], WINDOWS[name](plane[:36]), atol=1e-4, equal_nan=True
    )


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_reads_nothing_from_beyond_the_radius(name: str) -> None:
    plane = plane_of(5)
    other = plane.copy()
    other[round(MASK_RADIUS_M / 20) :] = 9.0
    np.testing.assert_allclose(WINDOWS[name](plane)[0], WINDOWS[name](other)[0], atol=1e-5)


def test_a_level_is_what_most_of_the_surroundings_reach() -> None:
    plane = np.zeros((45, 45), np.float32)
    plane[:, 15:20] = 0.3  # a road of 100 m
    assert wide_level(plane).max() == pytest.approx(0.0)
    assert wide_level(plane + np.float32(0.05)).min() == pytest.approx(0.05, abs=1e-6)


def test_a_step_is_sharp_and_a_slope_is_not() -> None:
    across = np.arange(SIDE, dtype=np.float32)
    step = np.clip(across - 23, 0, 1) * 0.3
    slope = np.clip((across - 18) / 12, 0, 1) * 0.3
    sharp, soft = (
        edge_sharpness(np.tile(line, (SIDE, 1)).astype(np.float32))[24, 24]
        for line in (step, slope)
    )
    assert sharp > 0.7
    assert soft < 0.4


def test_patterns_match_whatever_their_level_and_strength() -> None:
    plane = plane_of(3)
    assert pattern_match(0.2 + 0.7 * plane[None], plane[None, None])[0, 24, 24] > 0.98
    assert abs(pattern_match(plane_of(4)[None], plane[None, None])[0, 24, 24]) < 0.4
    flat = np.full((1, SIDE, SIDE), 0.3, np.float32)
    assert pattern_match(flat, plane[None, None])[0, 24, 24] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("day", "latitude_deg", "noon_deg"),
    [((2018, 4, 20), 51.0, 39.0), ((2018, 1, 20), 51.0, 15.6), ((2018, 7, 21), -45.0, 21.6)],
)
def test_the_sun_of_a_month_ago(
    day: tuple[int, int, int], latitude_deg: float, noon_deg: float
) -> None:
    when = dt.datetime(*day, tzinfo=dt.UTC)
    assert noon_elevation_deg(when, latitude_deg) == pytest.approx(noon_deg, abs=0.7)


def test_snow_is_likely_in_winter_of_either_half_of_the_earth_and_not_in_may_or_september() -> None:
    def odds(month: int, latitude_deg: float) -> float:
        return season_odds(dt.datetime(2018, month, 1, tzinfo=dt.UTC), latitude_deg)

    assert odds(1, 51.0) > -0.1
    assert odds(7, -45.0) > -1
    assert odds(5, 51.0) < -5
    assert odds(10, 51.0) < -6
    assert odds(5, 68.0) > -2
    assert season_odds(dt.datetime(2018, 7, 1, tzinfo=dt.UTC), None) == 0
