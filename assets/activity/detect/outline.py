"""Size and shape of one departure from the light that it adds or takes away.

Radiometry of outlines of a few pixels; `regions` finds which pixels belong together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.fit.arrays import Floats
from resources.instrument import blur_sigma_m

BLUR_M2: Final = 10.0**2 / 12 + blur_sigma_m(10) ** 2
"""Variance of the instrument's blur in one direction, the square pixel included, m2."""
BRIGHT: Final = 0.42  # reflectance of light paint and metal over blue to near infrared
DARK: Final = 0.07  # of shade, dark paint and rubber
CONTRAST_MIN: Final = 0.05  # reflectance; what differs less from its ground has no known contrast
CONTRAST_ERROR: Final = 0.40  # of the logarithm of a contrast that is only assumed
FILL_ERROR: Final = 0.15  # of the logarithm of the area of an outline that is filled evenly
HOLLOW_ERROR: Final = 0.7  # the same, per unit of logarithm by which its middle is too bright


@dataclass(frozen=True, slots=True)
class ObjectOutline:
    """Where a departure is and how large.

    `row` and `column` are those of its centre of light, pixels; area and its standard error in
    m2; length and width along its principal axes, metres, what the blur adds taken off.
    """

    row: float
    column: float
    area_m2: float
    area_error_m2: float
    length_m: float
    width_m: float


def measure_outline(light: Floats, noise: float, *, ground: float, pixel_m: float) -> ObjectOutline:
    """Outline of a departure whose pixels are given.

    The area is found in two ways. The light that is missing or added, over the contrast of
    a usual bright or dark object with this ground, holds for objects under a pixel; the spread of
    that light, less what the blur adds to it, holds for those that fill several. Both are
    weighted by what is known of their errors. No contrast is less than that of the brightest pixel.

    Args:
        light: residual reflectance, mean of the 10 m bands, shape (y, x); 0 outside of the
            departure; positive if it is bright, negative if dark.
        noise: standard deviation of `light`, reflectance.
        ground: expected reflectance round it, mean of the same bands.
        pixel_m: ground pixel, metres.

    Returns:
        Its outline; a rectangle of the same second moments gives length and width.

    Raises:
        ZeroDivisionError: `light` is 0 everywhere.

    Source:
        Moments of blurred outlines: Teague 1980, doi:10.1364/JOSA.70.000920.
    """
    sign = 1.0 if light.sum() >= 0 else -1.0
    weight = np.maximum(sign * light, 0.0)
    row, column, major, minor = _principal_moments(weight, pixel_m)
    flux = float(weight.sum()) * pixel_m**2
    used = np.count_nonzero(weight)
    peak = float(weight.max())
    usual = max(abs((BRIGHT if sign > 0 else DARK) - ground), CONTRAST_MIN, peak)
    box = math.sqrt(12 * major * 12 * minor)
    hollow = max(math.log(peak * box / flux), 0.0)  # wings and tail leave most of the box free
    by_contrast, by_spread = flux / usual, box * math.exp(-hollow)
    spread_error = math.hypot(FILL_ERROR + HOLLOW_ERROR * hollow, BLUR_M2 * 4 * math.pi / box)
    share = CONTRAST_ERROR**2 / (CONTRAST_ERROR**2 + spread_error**2)  # of the second
    area = by_contrast ** (1 - share) * by_spread**share
    relative = math.sqrt(share) * spread_error  # of the weighted mean of the two
    noise_m2 = noise * math.sqrt(used) * pixel_m**2 / usual
    return ObjectOutline(
        row=row,
        column=column,
        area_m2=area,
        area_error_m2=math.hypot(area * relative, noise_m2),
        length_m=math.sqrt(12 * major),
        width_m=math.sqrt(12 * minor),
    )


def _principal_moments(weight: Floats, pixel_m: float) -> tuple[float, float, float, float]:
    """Centre (row, column, pixels) and variances along the principal axes, m2, without blur."""
    along, across = weight.sum(axis=1), weight.sum(axis=0)
    total = along.sum()
    rows, columns = np.arange(len(along)), np.arange(len(across))
    row, column = along @ rows / total, across @ columns / total
    down, right = rows - row, columns - column
    scale = pixel_m**2 / total
    high, wide = float(along @ down**2 * scale), float(across @ right**2 * scale)
    middle = (high + wide) / 2
    beyond = math.hypot((high - wide) / 2, float(down @ weight @ right * scale))
    major, minor = middle + beyond, middle - beyond  # eigenvalues of the second moments
    least = 1.0  # m2: narrower than 3.5 m is not told apart from a line
    return (
        float(row),
        float(column),
        max(major - BLUR_M2, least),
        max(minor - BLUR_M2, least),
    )
