"""Blocks of ground that are the same in every frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.activity.align.lattice import (
    BLOCK_PX,
    PIXEL_M,
    REACH_M,
    block_means,
    block_shape,
    blocks_of,
    blocks_within_reach,
)
from assets.activity.indices.zone_pixels import ZonePixels

SIDE = 10  # blocks
PIXELS = SIDE * BLOCK_PX


def ground(seed: int, channels: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Images with gaps and a mask, shapes (channel, y, x) and (y, x)."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0.02, 0.5, (channels, PIXELS, PIXELS)).astype(np.float32)
    images[:, rng.random((PIXELS, PIXELS)) < 0.1] = np.nan
    return images, rng.random((PIXELS, PIXELS)) < 0.7


def zone_at(rows: slice, columns: slice, shape: tuple[int, int]) -> ZonePixels:
    weights = np.zeros(shape, np.float32)
    weights[rows, columns] = 1
    return ZonePixels.of("zone", "apron", weights, PIXEL_M**2)


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))
def test_a_frame_cut_by_whole_blocks_has_the_same_blocks(
    top: int, left: int, bottom: int, right: int
) -> None:
    images, clear = ground(1)
    whole = block_means(images, clear).reshape(2, SIDE, SIDE)
    cut = slice(top * BLOCK_PX, (SIDE - bottom) * BLOCK_PX)
    across = slice(left * BLOCK_PX, (SIDE - right) * BLOCK_PX)
    part = block_means(images[:, cut, across], clear[cut, across])
    expected = whole[:, top : SIDE - bottom, left : SIDE - right]
    np.testing.assert_array_equal(part, expected.reshape(2, -1))


def test_a_mean_is_that_of_the_pixels_which_are_clear_and_known() -> None:
    images, clear = ground(2)
    means = block_means(images, clear).reshape(2, SIDE, SIDE)
    for row, column in ((0, 0), (3, 7), (9, 9)):
        block = np.s_[
            BLOCK_PX * row : BLOCK_PX * (row + 1), BLOCK_PX * column : BLOCK_PX * (column + 1)
        ]
        pixels = np.where(clear[block], images[0][block], np.nan)
        assert means[0, row, column] == pytest.approx(np.nanmean(pixels), rel=1e-5)


@pytest.mark.parametrize(("hidden", "is_known"), [(18, True), (19, False), (36, False)])
def test_a_block_is_known_where_half_of_it_is_seen(hidden: int, *, is_known: bool) -> None:
    images = np.full((1, BLOCK_PX, BLOCK_PX), 0.2, np.float32)
    clear = np.ones((BLOCK_PX, BLOCK_PX), bool)
    clear.ravel()[:hidden] = False
    assert np.isfinite(block_means(images, clear)[0, 0]) == is_known


def test_a_band_that_a_look_lacks_is_unknown_and_takes_no_other_with_it() -> None:
    images, clear = ground(3)
    images[1] = np.nan
    means = block_means(images, np.ones_like(clear))
    assert np.isfinite(means[0]).all()
    assert np.isnan(means[1]).all()


def test_a_part_of_a_block_at_the_edge_is_a_block_and_needs_half_of_a_whole_one() -> None:
    shape = (2 * BLOCK_PX + 4, BLOCK_PX + 2)
    assert block_shape(shape) == (3, 2)
    means = block_means(np.ones((1, *shape), np.float32), np.ones(shape, bool)).reshape(3, 2)
    assert np.isfinite(means).tolist() == [[True, False], [True, False], [True, False]]
    assert blocks_of(np.array([0, shape[1] - 1, shape[0] * shape[1] - 1]), shape).tolist() == [
        0,
        1,
        5,
    ]


def test_reach_goes_from_the_zone_to_the_middle_of_a_block_and_leaves_the_zone_out() -> None:
    side = 30 * BLOCK_PX
    zone = zone_at(np.s_[90:92], np.s_[90:92], (side, side))
    own, beside = blocks_within_reach(zone, (side, side))
    assert own.tolist() == [15 * 30 + 15]
    assert not np.isin(own, beside).any()
    middle = (np.array([beside // 30, beside % 30]) + 0.5) * BLOCK_PX
    far = np.hypot(*(np.maximum(np.abs(middle - 91.0) - 0.5, 0.0))) * PIXEL_M
    assert far.max() <= REACH_M
    in_a_row = beside[beside // 30 == 15] % 30
    assert in_a_row.min() == 7  # its middle is 455 m from the zone; that of the next, 515 m
    assert 180 < len(beside) < 250  # of a circle of 500 m


@given(st.integers(0, 3), st.integers(0, 3))
def test_a_wider_frame_reaches_the_same_ground(down: int, right: int) -> None:
    shape = (22 * BLOCK_PX, 24 * BLOCK_PX)
    wide = (shape[0] + 3 * BLOCK_PX, shape[1] + 3 * BLOCK_PX)
    rows, columns = np.s_[60:75], np.s_[63:80]
    one = blocks_within_reach(zone_at(rows, columns, shape), shape)
    moved = (
        np.s_[rows.start + down * BLOCK_PX : rows.stop + down * BLOCK_PX],
        np.s_[columns.start + right * BLOCK_PX : columns.stop + right * BLOCK_PX],
    )
    other = blocks_within_reach(zone_at(*moved, wide), wide)
    for before, after in zip(one, other, strict=True):
        rows_of = after // block_shape(wide)[1] - down
        columns_of = after % block_shape(wide)[1] - right
        inside = (rows_of >= 0) & (rows_of < 22) & (columns_of >= 0) & (columns_of < 24)
        np.testing.assert_array_equal(
            before, (rows_of * block_shape(shape)[1] + columns_of)[inside]
        )
