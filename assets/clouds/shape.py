"""Shapes of what brightens or darkens a look: clouds are wide and soft, objects have edges.

Pure geometry on planes of 20 m; which plane, and what follows, is decided by the callers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.clouds.evidence import Flags, Floats

PIXEL_M: Final = 20.0
OPENING_PX: Final = 7  # 140 m: what is narrower either way is no cloud by its own brightness
OPENING_ALONE_PX: Final = 3  # 60 m, where no past tells cumulus from roofs
WIDE_BLOCK_PX: Final = 3  # 60 m
WIDE_BLOCKS: Final = 5  # 300 m
WIDE_SHARE: Final = 30  # percentile: two thirds of the neighbourhood must be brightened
BRIGHTENED: Final = 0.04  # reflectance; a haze that is just seen
OBJECT_MOST_M2: Final = 1e6  # a new built surface is smaller than a square kilometre
EDGE_PX: Final = 2  # the blur of sensor and resampling takes one pixel of 20 m on each side
LARGE_M2: Final = 1e4  # aircraft, ships and most roofs are smaller than half of it
ROOF_RISE: Final = 0.2  # reflectance in blue
ROOF_SPREAD: Final = 0.1
ROOF_UNEVEN: Final = 0.05  # of its own brightness
STEP: Final = 0.8  # share of an object's contrast that its edge reaches within EDGE_PX
STEP_SPREAD: Final = 0.04
DEPTH_PX: Final = 3  # from border to middle; of narrower patches (100 m) the edge says less


def open_wide(sign: Floats, pixels: int = OPENING_PX) -> Floats:
    """The sign without what is narrower than so many pixels, shape (y, x); NaN filled."""
    return ndimage.grey_opening(filled(sign), size=(pixels, pixels), mode="nearest")


def calm(sign: Floats) -> Floats:
    """Median over 100 m, shape (y, x): what ships, cars and trees do to a plane is gone."""
    return np.asarray(ndimage.median_filter(filled(sign), size=5, mode="nearest"))


def wide_level(sign: Floats) -> Floats:
    """Level above which most of the surroundings of 300 m lie, shape (y, x), smooth."""
    rows, columns = (-(-side // WIDE_BLOCK_PX) for side in sign.shape)
    pad = [
        (0, count * WIDE_BLOCK_PX - side)
        for count, side in zip((rows, columns), sign.shape, strict=True)
    ]
    blocks = np.pad(filled(sign), pad, mode="edge").reshape(
        rows, WIDE_BLOCK_PX, columns, WIDE_BLOCK_PX
    )
    level = ndimage.percentile_filter(
        blocks.mean(axis=(1, 3)), WIDE_SHARE, size=WIDE_BLOCKS, mode="nearest"
    )
    finer = ndimage.zoom(level, WIDE_BLOCK_PX, order=1, grid_mode=True, mode="nearest")
    return np.asarray(finer[: sign.shape[0], : sign.shape[1]], np.float32)


def sharp_objects(sign: Floats) -> Floats:
    """How surely each brightened pixel belongs to one compact thing with edges, 0..1, (y, x).

    Patches above BRIGHTENED that are smaller than OBJECT_MOST_M2 are looked at: the share of the
    contrast of a patch that lies between two pixels inside and two outside its border. A roof, a
    slab of concrete or a field of panels makes a step; a cloud thins out over a hundred metres.
    """
    plane = filled(sign)
    labels, count = ndimage.label(plane > BRIGHTENED)
    if count == 0:
        return np.zeros_like(plane)
    depth = _depth(labels)
    deepest = ndimage.maximum(depth, labels, np.arange(count + 1))
    inside, outside = _border(labels, depth, deepest)
    (step_in,) = _quantiles(plane, inside, count, (0.5,))
    (step_out,) = _quantiles(plane, outside, count, (0.5,))
    (peak,) = _quantiles(plane, labels, count, (0.75,))
    area = np.bincount(labels.ravel())[1:] * PIXEL_M**2
    with np.errstate(invalid="ignore", divide="ignore"):
        step = (step_in - step_out) / (peak - np.minimum(step_out, BRIGHTENED))
        sure = 1 / (1 + np.exp(-(step - STEP) / STEP_SPREAD))
    sure *= np.minimum(deepest[1:] / DEPTH_PX, 1.0) ** 2
    inner = np.where(depth > np.minimum(EDGE_PX, deepest - 1)[labels], labels, 0)
    sure *= 1 - _cumulus(area, peak, _unevenness(plane, inner, count))
    sure = np.where(np.isfinite(sure) & (area < OBJECT_MOST_M2), sure, 0.0)
    return np.concatenate([[0.0], sure]).astype(np.float32)[labels]


def _cumulus(
    area_m2: npt.NDArray[np.floating], rise: npt.NDArray[np.floating], unevenness: Floats
) -> Floats:
    """How surely patches are too large, bright and uneven for things on the ground, 0..1, (patch,).

    Cumulus can have edges as sharp as a roof's. New ground of a hectare (concrete, gravel, sand)
    seldom brightens by more than ROOF_RISE, and a roof that does is of one colour.
    """
    large = np.clip(2 * area_m2 / LARGE_M2 - 1, 0.0, 1.0)
    bright = np.clip((rise - ROOF_RISE) / ROOF_SPREAD, 0.0, 1.0)
    uneven = np.clip(unevenness / ROOF_UNEVEN - 1, 0.0, 1.0)
    return np.asarray(np.nan_to_num(large * bright * uneven), np.float32)


def _unevenness(plane: Floats, labels: npt.NDArray[np.integer], count: int) -> Floats:
    """Range from the first to the last tenth within patches over their middle, shape (patch,)."""
    low, middle, high = _quantiles(plane, labels, count, (0.1, 0.5, 0.9))
    return np.asarray((high - low) / middle, np.float32)


def _quantiles(
    plane: Floats, labels: npt.NDArray[np.integer], count: int, shares: tuple[float, ...]
) -> npt.NDArray[np.float64]:
    """Quantiles within patches 1..count, shape (share, patch); NaN for patches without a pixel.

    Linear between values, as `numpy.quantile`; of hundreds of patches at once, as calls for each
    take longer than all the rest of a mask.
    """
    is_patch = labels > 0
    numbers, values = labels[is_patch], plane[is_patch].astype(np.float64)
    values = np.append(values[np.lexsort((values, numbers))], np.nan)
    sizes = np.bincount(numbers, minlength=count + 1)[1:]
    first = np.cumsum(sizes) - sizes
    steps = np.outer(shares, sizes - 1)
    below = np.floor(steps).astype(np.intp)
    low, high = (
        values[np.where(sizes > 0, first + np.minimum(place, sizes - 1), -1)]
        for place in (below, below + 1)
    )
    return np.asarray(low + (high - low) * (steps - below))


def near(flags: Flags, distance_m: float) -> Flags:
    """Pixels of 20 m within a distance of a flagged one, along rows and columns, shape (y, x)."""
    reach = round(distance_m / PIXEL_M)
    return np.asarray(ndimage.maximum_filter(flags, size=2 * reach + 1, mode="constant"), bool)


def without(sign: Floats, objects: Flags) -> Floats:
    """The sign with objects and their blurred rims replaced by what is beside them, (y, x)."""
    if not objects.any():
        return sign
    hidden = ndimage.binary_dilation(objects, iterations=EDGE_PX)
    return filled(np.where(hidden, np.nan, sign).astype(np.float32)) if not hidden.all() else sign


def filled(sign: Floats) -> Floats:
    """Each NaN replaced by the nearest value, 0 where there is none at all, shape (y, x)."""
    unknown = ~np.isfinite(sign)
    if not unknown.any():
        return sign
    if unknown.all():
        return np.zeros_like(sign)
    rows, columns = ndimage.distance_transform_edt(
        unknown, return_distances=False, return_indices=True
    )
    return np.asarray(sign[rows, columns])


def _depth(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Pixels from the outside of patches, 1 at their border; the edge of the site is none."""
    is_patch = np.pad(labels > 0, 1, constant_values=True)
    return np.asarray(ndimage.distance_transform_cdt(is_patch, metric="chessboard")[1:-1, 1:-1])


def _border(
    labels: npt.NDArray[np.integer],
    depth: npt.NDArray[np.integer],
    deepest: npt.NDArray[np.integer],
) -> tuple[npt.NDArray[np.integer], ...]:
    """Labels of the rings EDGE_PX inside and outside the borders of patches, 0 elsewhere.

    Patches too narrow for an inner ring are judged by their middle.
    """
    is_patch = labels > 0
    wanted = np.minimum(EDGE_PX, deepest)[labels]
    inside = np.where(is_patch & (depth == wanted), labels, 0)
    near = ndimage.maximum_filter(labels, size=2 * EDGE_PX + 1, mode="nearest")
    nearer = ndimage.maximum_filter(labels, size=2 * EDGE_PX - 1, mode="nearest")
    outside = np.where(~is_patch & (nearer == 0), near, 0)
    return inside, outside
