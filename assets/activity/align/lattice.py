"""The lattice of blocks on which a site's surroundings are measured: 60 m, absolute.

Blocks are counted from the corner of the site's grid, which lies on multiples of 60 m
(`resources.grids.site_grid`), so that a block is the same piece of ground in every frame. Pure.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.fit.arrays import Floats, Mask
from assets.activity.indices.zone_pixels import ZonePixels

BLOCK_PX: Final = 6  # of 10 m; 60 m holds whole pixels of all bands of Sentinel-2 (10, 20, 60 m)
SEEN_SHARE: Final = 0.5  # of a block's pixels that a look must show; the majority
REACH_M: Final = 500.0  # what is measured of a zone depends on nothing further away; chosen
PIXEL_M: Final = 10.0  # of the site grid

Positions = npt.NDArray[np.intp]


def block_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of blocks in a grid of pixels; a part of a block counts as one."""
    return -(-shape[0] // BLOCK_PX), -(-shape[1] // BLOCK_PX)


def blocks_of(positions: Positions, shape: tuple[int, ...]) -> Positions:
    """The block that each pixel of a flattened grid lies in, same shape as `positions`."""
    rows, columns = np.unravel_index(positions, shape)
    across = block_shape(shape)[1]
    return np.asarray((rows // BLOCK_PX) * across + columns // BLOCK_PX)


def block_means(images: npt.NDArray[np.floating], clear: Mask) -> npt.NDArray[np.float32]:
    """Mean of each image over the clear pixels of each block.

    Args:
        images: shape (channel, y, x), any unit; NaN where unknown.
        clear: shape (y, x).

    Returns:
        Shape (channel, block); NaN where under SEEN_SHARE of the block's pixels is clear and
        known.

    Raises:
        ValueError: `images` and `clear` have frames that do not broadcast.

    Source:
        Own: docs/methods/expectation.md; tests/unit/assets/activity/test_lattice.py.
    """
    rows, columns = block_shape(clear.shape)
    pad = ((0, rows * BLOCK_PX - clear.shape[0]), (0, columns * BLOCK_PX - clear.shape[1]))
    seen = np.isfinite(images) & clear
    values = np.where(seen, images, np.float32(0)).astype(np.float32, copy=False)
    if any(after for _, after in pad):
        seen, values = np.pad(seen, ((0, 0), *pad)), np.pad(values, ((0, 0), *pad))
    cut = (len(images), rows, BLOCK_PX, columns, BLOCK_PX)
    count = seen.reshape(cut).sum(axis=(2, 4), dtype=np.float32)
    total = values.reshape(cut).sum(axis=(2, 4))
    enough = count >= SEEN_SHARE * BLOCK_PX**2
    mean = np.where(enough, total / np.maximum(count, 1), np.float32(np.nan))
    return np.asarray(mean.reshape(len(images), -1), np.float32)


def blocks_within_reach(zone: ZonePixels, shape: tuple[int, ...]) -> tuple[Positions, Positions]:
    """Blocks that hold pixels of a zone, and further ones whose middle is within REACH_M of it.

    Args:
        zone: its pixels in the flattened site grid.
        shape: rows and columns of that grid.

    Returns:
        Blocks of the zone, and blocks beside it; both in order.

    Raises:
        ValueError: a pixel of the zone lies outside of a grid of this shape.

    Source:
        Own: docs/methods/expectation.md; tests/unit/assets/activity/test_lattice.py.
    """
    from scipy.spatial import cKDTree

    own = np.unique(blocks_of(zone.index, shape))
    across = block_shape(shape)[1]
    all_blocks = np.arange(np.prod(block_shape(shape)))
    middles = (_rows_columns(all_blocks, across) + 0.5) * BLOCK_PX * PIXEL_M
    pixels = np.stack(np.unravel_index(zone.index, shape), axis=1) + 0.5
    distance, _ = cKDTree(pixels * PIXEL_M).query(middles, distance_upper_bound=REACH_M)
    beside = np.isfinite(distance)
    beside[own] = False
    return own, np.flatnonzero(beside)


def _rows_columns(blocks: Positions, across: int) -> Floats:
    """Row and column of blocks, shape (block, 2)."""
    return np.stack([blocks // across, blocks % across], axis=1).astype(np.float64)
