"""What a place without history is expected to show: the surface that surrounds it.

Backgrounds of one look, water and land apart; `objects` finds what departs from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu

from assets.activity.fit.arrays import Floats, Mask
from assets.activity.indices.zone_pixels import ZoneView
from assets.clouds.signs.patches import EDGES, large_patches
from resources.models import REFLECTANCE_BANDS

GREEN: Final = REFLECTANCE_BANDS.index("green")
NIR: Final = REFLECTANCE_BANDS.index("nir")
NDWI_LIMITS: Final = (-0.05, 0.1)  # the threshold of the scene is kept between: glint to clear sea
NIR_LIMITS: Final = (0.06, 0.15)  # reflectance; the same, clear sea to glint or silt
DARKEST: Final = 0.005  # reflectance; below it numbers are rounding and correction
WATER_MIN_M2: Final = 20_000.0  # a smaller dark patch is shade, a roof or a pond
FLOATING_M2: Final = 30_000.0  # the largest ships cover 400 by 62 m; more is land
FLOATING_M: Final = 450.0  # longer is a breakwater or a bridge
WINDOW_M: Final = 120.0  # standard deviation of the window of a background
GUARD_PX: Final = 2  # round what departs, left out of the background
CLIP: Final = 3.0  # standard deviations; beyond it a pixel is left out of the background
ROUNDS: Final = 4  # of leaving out what departs; chosen
SPREAD_FLOOR: Final = 0.002  # reflectance; noise of L2A over dark water
SUPPORT_MIN: Final = 0.02  # share of the window that must be seen to know a background
EIGHT: Final = np.ones((3, 3), dtype=bool)  # pixels that touch at a corner are one


@dataclass(frozen=True, slots=True)
class SurfaceMasks:
    """Water with what floats on it, and land with what is fast to it; shape (y, x) each."""

    water: Mask
    land: Mask


def find_surfaces(
    reflectance: npt.NDArray[np.floating], clear: Mask, *, pixel_m: float = 10.0
) -> SurfaceMasks:
    """Parts water from land in one look, without a map.

    Water is where the water index is high and near infrared low, each by Otsu's threshold of the
    scene, within fixed limits. Bright spots inside water that are no larger or longer than a ship
    count as water; larger ones, and those that touch the edge of the scene, as land. Water beside
    land is mixed and left out.

    Args:
        reflectance: shape (band, y, x), bands as in REFLECTANCE_BANDS; green and nir are used.
        clear: shape (y, x).
        pixel_m: ground pixel, metres.

    Returns:
        All of the clear pixels but the mixed ones, each in one of the two.

    Raises:
        IndexError: green or nir is missing from the array.
        ValueError: frames do not broadcast.

    Source:
        McFeeters 1996, doi:10.1080/01431169608948714; Otsu 1979, doi:10.1109/TSMC.1979.4310076.
    """
    green, nir = np.maximum(reflectance[[GREEN, NIR]].astype(np.float64), DARKEST)
    seen = clear & np.isfinite(green) & np.isfinite(nir)
    ndwi = np.where(seen, (green - nir) / (green + nir), -1.0)
    if not seen.any() or np.ptp(nir[seen]) == 0:
        return SurfaceMasks(np.zeros_like(seen), seen)
    least = float(np.clip(threshold_otsu(ndwi[seen]), *NDWI_LIMITS))  # type: ignore[no-untyped-call]
    most = float(np.clip(math.exp(threshold_otsu(np.log(nir[seen]))), *NIR_LIMITS))  # type: ignore[no-untyped-call]
    wet = seen & (ndwi > least) & (nir < most)
    wet = large_patches(wet, WATER_MIN_M2 / pixel_m**2, touching=EDGES)
    floating = _floating_spots(seen & ~wet, pixel_m)
    land = seen & ~wet & ~floating
    mixed = ndimage.binary_dilation(land, EIGHT) & ~land
    return SurfaceMasks(water=(wet | floating) & ~mixed, land=land)


def expect_spatially(
    reflectance: npt.NDArray[np.floating],
    clear: Mask,
    *,
    area_m2: Floats | None = None,
    surfaces: SurfaceMasks | None = None,
    pixel_m: float = 10.0,
) -> ZoneView:
    """One look beside what the same surface round each pixel shows.

    Args:
        reflectance: shape (band, y, x), bands as in REFLECTANCE_BANDS; NaN for a missing band.
        clear: shape (y, x).
        area_m2: area of the zone in each pixel; the whole of each pixel if not given.
        surfaces: parts that have a background of their own; from `find_surfaces` if not given.
        pixel_m: ground pixel, metres.

    Returns:
        Expectation: a weighted mean over the surface within about WINDOW_M, without what departs
        from it; sigma: spread of the surface about it in the same window. Clear is what has both.

    Raises:
        ValueError: frames do not broadcast.

    Source:
        Background with repeated cut at 3 sigma, as Bertin and Arnouts 1996,
        doi:10.1051/aas:1996164; windows: docs/methods/objects.md.
    """
    observed = reflectance.astype(np.float64)
    if surfaces is None:
        surfaces = find_surfaces(observed, clear, pixel_m=pixel_m)
    if area_m2 is None:
        area_m2 = np.full(clear.shape, pixel_m**2)
    expected, sigma = np.full(observed.shape, np.nan), np.full(observed.shape, np.nan)
    present = [number for number, band in enumerate(observed) if np.isfinite(band).any()]
    for part in (surfaces.water & clear, surfaces.land & clear):
        if part.any():
            centre, spread = _local_background(observed[present], part, WINDOW_M / pixel_m)
            for place, band in enumerate(present):
                expected[band][part], sigma[band][part] = centre[place][part], spread[place][part]
    known = clear & np.isfinite(expected[present]).all(axis=0)
    residual = np.where(known, observed - expected, np.nan)
    return ZoneView(residual, sigma, expected, known, area_m2)


def _local_background(values: Floats, part: Mask, window_px: float) -> tuple[Floats, Floats]:
    """Local mean and spread of a surface, without what departs from it, shape (band, y, x)."""
    use = part & np.isfinite(values).all(axis=0)
    values = np.where(use, values, 0.0)
    centre, spread = _local_statistics(values, use, window_px)
    for _ in range(ROUNDS):
        far = np.abs(values - centre) > CLIP * spread
        use_now = use & ~ndimage.binary_dilation(far.any(axis=0) & use, EIGHT, iterations=GUARD_PX)
        centre, spread = _local_statistics(values, use_now, window_px)
    return centre, np.maximum(spread, SPREAD_FLOOR)


def _local_statistics(values: Floats, use: Mask, window_px: float) -> tuple[Floats, Floats]:
    """Weighted mean and standard deviation over used pixels; NaN where too few are near."""
    edge = max(round(math.sqrt(6) * window_px), 3)  # two boxes have the variance of the window
    weight = _double_box_mean(use.astype(np.float64), edge)
    weight = np.where(weight > SUPPORT_MIN, weight, np.nan)
    level = values.mean(axis=(1, 2), keepdims=True)  # keeps squares small beside their rounding
    beyond = np.where(use, values - level, 0.0)
    mean = _double_box_mean(beyond, edge) / weight
    square = _double_box_mean(beyond**2, edge) / weight
    return level + mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def _double_box_mean(values: Floats, edge: int) -> Floats:
    """Means over a square window, twice, of the last two axes; 0 beyond the image."""
    sizes = (1,) * (values.ndim - 2) + (edge, edge)
    once = ndimage.uniform_filter(values, sizes, mode="constant")
    return np.asarray(ndimage.uniform_filter(once, sizes, mode="constant"))


def _floating_spots(dry: Mask, pixel_m: float) -> Mask:
    """Dry spots as small as a ship that have nothing but water round them."""
    numbers, _ = ndimage.label(dry, EIGHT)
    floats = np.zeros(dry.shape, dtype=bool)
    rows, columns = dry.shape
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        if box is None:
            continue
        down, right = box
        inside = down.start > 0 and right.start > 0 and down.stop < rows and right.stop < columns
        long = math.hypot(down.stop - down.start, right.stop - right.start) * pixel_m
        own = numbers[box] == number
        if inside and long <= FLOATING_M and own.sum() * pixel_m**2 <= FLOATING_M2:
            floats[box] |= own
    return floats
