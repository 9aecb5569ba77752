"""Shares of a zone and the state that follows from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assets.clouds.fractions import ZoneFractions, zone_fractions, zones_fractions
from assets.clouds.mask import CLASS_NAMES, CLEAR, CLOUD, SATURATED
from assets.scenes.stack import Classes
from assets.zonal import PixelCoverage


@given(
    hnp.arrays(np.uint8, (6, 7), elements=st.sampled_from(sorted(CLASS_NAMES))),
    hnp.arrays(np.float32, (6, 7), elements=st.floats(0.0625, 1, width=32)),
)
def test_shares_lie_in_unit_range_and_sum_to_one(
    classes: Classes, weights: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    found = zone_fractions(classes, weights)
    shares = [found.clear, found.cloud, found.shadow, found.snow, found.haze, found.no_data]
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) == pytest.approx(1, abs=1e-9)


@given(seed=st.integers(0, 10_000))
def test_all_zones_at_once_have_the_shares_of_each_by_itself(seed: int) -> None:
    chance = np.random.default_rng(seed)
    classes = chance.choice(np.array(sorted(CLASS_NAMES), np.uint8), (9, 11))
    weights = {
        name: (chance.random((9, 11)) * (chance.random((9, 11)) < 0.4) + 1e-3).astype(np.float32)
        for name in ("strip", "apron", "yard")
    }
    found = zones_fractions(classes, PixelCoverage.of(weights, 100.0))
    assert list(found) == list(weights)
    for name, weight in weights.items():
        total = weight.sum(dtype=np.float64)
        for code, word in CLASS_NAMES.items():
            if word not in ("no_data", "saturated"):
                share = weight[classes == code].sum(dtype=np.float64) / total
                assert getattr(found[name], word) == pytest.approx(share, abs=1e-9)


def test_a_pixel_counts_by_the_area_the_zone_has_in_it() -> None:
    classes = np.array([[CLEAR, CLOUD, SATURATED]], np.uint8)
    found = zone_fractions(classes, np.array([[1.0, 0.5, 0.5]], np.float32))
    assert (found.clear, found.cloud, found.no_data) == (0.5, 0.25, 0.25)


def test_a_zone_off_the_grid_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        zone_fractions(np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.float32))


@pytest.mark.parametrize(
    ("shares", "state"),
    [
        # clear, cloud, shadow, snow, haze, no data
        ((1.0, 0, 0, 0, 0, 0), "valid"),
        ((0.9, 0.1, 0, 0, 0, 0), "valid"),
        ((0.89, 0.11, 0, 0, 0, 0), "partial"),
        ((0.5, 0, 0, 0.5, 0, 0), "partial"),
        ((0.49, 0.51, 0, 0, 0, 0), "cloudy"),
        ((0.0, 0.2, 0.4, 0.4, 0, 0), "snow"),
        ((0.0, 0.1, 0.1, 0.3, 0.5, 0), "cloudy"),
        ((0.4, 0, 0, 0, 0, 0.6), "no_data"),
        ((0.0, 0, 0, 0, 0, 1.0), "no_data"),
    ],
)
def test_the_state_follows_from_the_shares(shares: tuple[float, ...], state: str) -> None:
    assert ZoneFractions(*shares).state == state
