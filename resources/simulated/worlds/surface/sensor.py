"""How a look samples a world's fine pixels: blur, pixel and shift in one pair of short filters.

Arrays in, arrays out; noise and stored numbers are `resources.simulated.scenery.instrument`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from resources.instrument import blur_sigma_m
from resources.simulated.scenery.instrument import Plane
from resources.simulated.worlds.plan.frame import GROUND_M

REACH_SIGMAS: Final = 2.6  # of the blur, beyond the pixel's edge, at which the filter ends


def sample_band_pixels(ground: Plane, pixel_m: int, shift_px: tuple[float, float]) -> Plane:
    """Pixels of a look.

    Args:
        ground: Reflectance in fine pixels, shape (y, x).
        pixel_m: Pixel of the band, 10 or 20 m.
        shift_px: How far the content lies east and south of its place, pixels of 10 m.

    Returns:
        Shape (y, x) in the band's pixels; beyond the edge the last fine pixel goes on.
    """
    east_m, south_m = shift_px[0] * 10, shift_px[1] * 10
    rows = _filter_rows(ground, pixel_m, south_m)
    return np.ascontiguousarray(_filter_rows(rows.T, pixel_m, east_m).T)


def filter_weights(pixel_m: int, shift_m: float) -> tuple[int, npt.NDArray[np.float64]]:
    """The filter along one axis.

    Args:
        pixel_m: Pixel of the band, metres.
        shift_m: How far the content is moved towards higher numbers.

    Returns:
        Number of the first fine pixel relative to the first one under the pixel, and weights.
    """
    sigma = blur_sigma_m(pixel_m)
    reach = REACH_SIGMAS * sigma
    first = math.floor((-shift_m - reach) / GROUND_M)
    last = math.ceil((pixel_m - shift_m + reach) / GROUND_M)
    middle = (np.arange(first, last) + 0.5) * GROUND_M + shift_m
    root = sigma * math.sqrt(2)
    taps = special.erf(middle / root) - special.erf((middle - pixel_m) / root)
    return first, taps / taps.sum()


def _filter_rows(ground: Plane, pixel_m: int, shift_m: float) -> Plane:
    """Filter and sample the rows."""
    step = round(pixel_m / GROUND_M)
    first, taps = filter_weights(pixel_m, shift_m)
    count = ground.shape[0] // step
    before = max(-first, 0)
    after = max(first + len(taps) - step, 0)
    wide = np.concatenate(
        [ground[:1].repeat(before, axis=0), ground, ground[-1:].repeat(after, axis=0)]
    )
    total: Plane = np.zeros((count, ground.shape[1]), dtype=np.float32)
    for number, tap in enumerate(taps):
        start = before + first + number
        total += np.float32(tap) * wide[start : start + step * (count - 1) + 1 : step]
    return total
