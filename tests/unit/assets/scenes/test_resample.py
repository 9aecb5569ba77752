"""Taking a part of a pixel out of an image, with gaps and without."""

import numpy as np
import pytest
from scipy import ndimage

from assets.scenes.resample import moved_whole, without_shift

SHAPE = (40, 50)
SHIFTS = [(0.5, 0.0), (0.3, -0.7), (-1.25, 0.4), (0.0, 0.5), (2.0, -1.0)]


def scene(east: float = 0.0, south: float = 0.0) -> np.ndarray:
    """Smooth ground whose content lies so far east and south."""
    rows, columns = np.indices(SHAPE, dtype=float)
    y, x = rows - south, columns - east
    return 2000 + 300 * np.sin(x / 3) * np.cos(y / 4) + 5 * x - 3 * y


@pytest.mark.parametrize(("east", "south"), SHIFTS)
def test_a_moved_scene_comes_back_to_where_it_was(east: float, south: float) -> None:
    moved = scene(east, south)
    found = without_shift(moved, np.ones(SHAPE, bool), east_px=east, south_px=south)
    seen = np.isfinite(found)
    assert seen[3:-3, 3:-3].all()
    np.testing.assert_allclose(found[seen], scene()[seen], atol=4)


def test_a_straight_slope_is_kept_exactly_up_to_edges_and_gaps() -> None:
    rows, columns = np.indices(SHAPE, dtype=np.float32)
    slope = 1000 + 8 * columns - 4 * rows
    seen = np.ones(SHAPE, bool)
    seen[10:13, 20:30] = False
    holes = np.where(seen, slope, 60_000)  # whatever stands there must not be used
    found = without_shift(holes, seen, east_px=0.25, south_px=-0.5)
    there = np.isfinite(found)
    np.testing.assert_allclose(found[there], (slope + 8 * 0.25 + 4 * 0.5)[there], rtol=1e-6)


@pytest.mark.parametrize(("east", "south"), SHIFTS)
def test_no_unseen_pixel_reaches_a_seen_one(east: float, south: float) -> None:
    chance = np.random.default_rng(5)
    seen = ndimage.binary_dilation(chance.random(SHAPE) < 0.01, iterations=2) ^ True
    pixels = chance.uniform(500, 4000, SHAPE)
    low, high = (
        without_shift(np.where(seen, pixels, fill), seen, east_px=east, south_px=south)
        for fill in (0, 65_535)
    )
    np.testing.assert_array_equal(low, high)
    assert np.isfinite(low).any()


def test_a_pixel_is_seen_where_the_nearest_four_are() -> None:
    seen = np.ones(SHAPE, bool)
    seen[20, 25] = False
    found = without_shift(scene(), seen, east_px=0.4, south_px=0.4)
    gaps = np.argwhere(~np.isfinite(found[:-1, :-1]))
    assert gaps.tolist() == [[19, 24], [19, 25], [20, 24], [20, 25]]


def test_whole_shifts_copy_pixels_and_gaps() -> None:
    seen = np.ones(SHAPE, bool)
    seen[20, 25] = False
    found = without_shift(scene(), seen, east_px=1.0, south_px=0.0)
    expected = np.where(seen, scene(), np.nan)[:, 1:]
    np.testing.assert_array_equal(found[:, :-1], expected.astype(np.float32))
    assert np.isnan(found[:, -1]).all()


def test_moving_by_whole_pixels_brings_nothing_in_from_beyond() -> None:
    mask = np.ones((4, 5), bool)
    assert moved_whole(mask, 2, -1).sum() == 3 * 3
    assert not moved_whole(mask, 9, 0).any()


def test_an_image_of_one_pixel_is_gone_when_it_moves() -> None:
    one = np.ones((1, 1))
    assert without_shift(one, one > 0, east_px=0.0, south_px=0.0) == 1
    assert np.isnan(without_shift(one, one > 0, east_px=0.5, south_px=0.0)).all()
