"""Means, openings and levels over square windows round each pixel, within a stated distance.

Pure arithmetic on planes of 20 m, last two axes (y, x). NaN is unseen, and so is all beyond the
frame: a plane that ends and one that goes on as NaN give the same.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from assets.clouds.signs.log_odds import Flags, Floats

MASK_RADIUS_M: Final = 490.0  # metres; derived
"""Metres: no pixel further from another than this, along rows or columns, bears on its class. The
sum of the windows that follow on each other and of `mask.widen_clouds`; a property test holds it"""
PIXEL_M: Final = 20.0  # of the bands in SWIR and of SCL
BLOCK_PX: Final = 3  # 60 m, the lattice of the grid's corner: levels are told for such blocks
LEVEL_BLOCKS: Final = 5  # 300 m: cloud cells and most built things are smaller
LEVEL_SHARE: Final = 0.3  # quantile: over two thirds of the surroundings must be brightened


def mean_within(plane: Floats, pixels: int) -> Floats:
    """Mean of what is seen in a window of `pixels` a side, same shape, float32; NaN if nothing."""
    seen = np.isfinite(plane)
    share = box_share(seen if not seen.all() else seen.reshape(-1, *plane.shape[-2:])[0], pixels)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(box_sum(np.where(seen, plane, 0.0), pixels) / share, np.float32)


def box_share(seen: Flags, pixels: int) -> Floats:
    """Share of the window that is seen, 0..1; NaN below half a pixel, the error of running sums."""
    share = box_sum(seen.astype(np.float32), pixels)
    least = 1 / (2 * pixels**2)  # half a pixel
    return np.where(share > least, share, np.nan)


def box_sum(plane: Floats, pixels: int) -> Floats:
    """Mean over the window, 0 beyond the frame, same shape; the plane must hold no NaN."""
    size = (1,) * (plane.ndim - 2) + (pixels, pixels)
    return np.asarray(ndimage.uniform_filter(plane, size, mode="constant"))


def lowest_within(plane: Floats, pixels: int) -> Floats:
    """Minimum of what is seen in the window, same shape; infinity where nothing is."""
    known = np.where(np.isfinite(plane), plane, np.float32(np.inf))
    size = (1,) * (plane.ndim - 2) + (pixels, pixels)
    return np.asarray(ndimage.minimum_filter(known, size, mode="constant", cval=np.inf))


def highest_within(plane: Floats, pixels: int) -> Floats:
    """Maximum of what is seen in the window, same shape; minus infinity where nothing is."""
    return -lowest_within(-plane, pixels)


def morphological_opening(sign: Floats, pixels: int) -> Floats:
    """The sign without peaks narrower than a window: minimum, then maximum over it.

    Args:
        sign: shape (..., y, x), any unit; NaN where unseen.
        pixels: side of the window.

    Returns:
        Same shape, float32; NaN where unseen.

    Raises:
        RuntimeError: `sign` has fewer than two axes (of scipy's filters).

    Source:
        Grey-scale opening: Serra 1982, Image Analysis and Mathematical Morphology, Academic Press.
    """
    seen = np.isfinite(sign)
    low = np.where(seen, lowest_within(sign, pixels), np.nan)
    return np.where(seen, highest_within(low, pixels), np.nan).astype(np.float32)


def dilated_flags(flags: Flags, pixels: int) -> Flags:
    """Pixels with a flagged one in their window, same shape."""
    size = (1,) * (flags.ndim - 2) + (pixels, pixels)
    return np.asarray(ndimage.maximum_filter(flags, size, mode="constant"), bool)


def wide_level(sign: Floats) -> Floats:
    """Quantile LEVEL_SHARE of block means within 300 m, same shape; NaN where none is seen."""
    blocks = block_means(sign)
    reach = LEVEL_BLOCKS // 2
    pad = [(0, 0)] * (blocks.ndim - 2) + [(reach, reach)] * 2
    padded = np.pad(blocks, pad, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(
        padded, (LEVEL_BLOCKS, LEVEL_BLOCKS), axis=(-2, -1)
    )
    ranked = np.sort(windows.reshape(*blocks.shape, -1), axis=-1)  # NaN comes last
    count = np.isfinite(ranked).sum(axis=-1)
    place = np.floor(LEVEL_SHARE * np.maximum(count - 1, 0)).astype(np.intp)
    level = np.take_along_axis(ranked, place[..., None], -1)[..., 0]
    return _blocks_to_pixels(level, sign.shape)


def block_means(sign: Floats) -> Floats:
    """Means over blocks of 60 m from the corner, shape (..., block row, column); NaN unseen."""
    rows, columns = (-(-side // BLOCK_PX) for side in sign.shape[-2:])
    pad = [(0, 0)] * (sign.ndim - 2) + [
        (0, count * BLOCK_PX - side)
        for count, side in zip((rows, columns), sign.shape[-2:], strict=True)
    ]
    shape = (*sign.shape[:-2], rows, BLOCK_PX, columns, BLOCK_PX)
    parts = np.pad(sign, pad, constant_values=np.nan).reshape(shape)
    seen = np.isfinite(parts)
    total = np.where(seen, parts, 0.0).sum(axis=(-3, -1))
    count = seen.sum(axis=(-3, -1))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _blocks_to_pixels(blocks: Floats, shape: tuple[int, ...]) -> Floats:
    """Each block repeated over its pixels, cut to `shape`."""
    fine = blocks.repeat(BLOCK_PX, axis=-2).repeat(BLOCK_PX, axis=-1)
    return np.asarray(fine[..., : shape[-2], : shape[-1]], np.float32)
