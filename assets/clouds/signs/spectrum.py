"""Signs of cloud and snow in the spectrum of a single look, without a past.

They are weak on bright white ground (concrete, roofs, sand), for which `past_looks` and
`ground_pattern` are used.
"""

from __future__ import annotations

from typing import Final, cast

import numpy as np

from assets.clouds.signs.log_odds import Flags, Floats
from assets.scenes.stack import LookPixels, Reflectance
from resources.models import REFLECTANCE_BANDS, BandName

SNOW_NDSI: Final = 0.4  # Dozier 1989, doi:10.1016/0034-4257(89)90101-6
SNOW_GREEN: Final = 0.08  # reflectance; darker pixels of high NDSI are water or deep shadow
SNOW_NIR: Final = 0.11  # reflectance; Hall et al. 1995, doi:10.1016/0034-4257(95)00137-P
GREEN_NDVI: Final = 0.45  # from it on a pixel is leaves, whatever its haze: no opaque cloud


def band_image(reflectance: Reflectance, name: BandName) -> Floats:
    """One band of a look, shape (y, x)."""
    return cast("Floats", reflectance[REFLECTANCE_BANDS.index(name)])


def normalised_difference(first: Floats, second: Floats) -> Floats:
    """Normalised difference in -1..1; NaN where undefined."""
    total = first + second
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(np.abs(total) > 0, (first - second) / total, np.nan))


def snow_covered(look: LookPixels) -> Flags:
    """Pixels whose spectrum is that of snow.

    Args:
        look: reflectance, shape (band, y, x); NaN where unseen.

    Returns:
        Shape (y, x); False where green, NIR or swir16 is NaN.

    Raises:
        IndexError: the look lacks a band of REFLECTANCE_BANDS.

    Source:
        Dozier 1989, doi:10.1016/0034-4257(89)90101-6; Hall et al. 1995,
        doi:10.1016/0034-4257(95)00137-P.
    """
    green, nir = band_image(look.reflectance, "green"), band_image(look.reflectance, "nir")
    ndsi = normalised_difference(green, band_image(look.reflectance, "swir16"))
    farther = normalised_difference(green, band_image(look.reflectance, "swir22"))
    with np.errstate(invalid="ignore"):
        covered = (ndsi > SNOW_NDSI) & (green > SNOW_GREEN) & (nir > SNOW_NIR)
        covered &= ~(farther <= SNOW_NDSI)  # unknown where the source has no B12
    return np.asarray(covered, dtype=bool)


def haze_optimised_transform(blue: Floats, red: Floats, nir: Floats) -> Floats:
    """The haze-optimised transform: blue less half of red; at most 0 on leaves.

    Args:
        blue: reflectance, shape (y, x).
        red: the same.
        nir: the same.

    Returns:
        Reflectance, shape (y, x), float32; NaN where blue or red is.

    Raises:
        ValueError: shapes do not broadcast.

    Source:
        Zhang et al. 2002, doi:10.1016/S0034-4257(02)00034-2, with the slope of Zhu and Woodcock
        2012, doi:10.1016/j.rse.2011.10.028; the limit on leaves is own.
    """
    hot = blue - 0.5 * red
    with np.errstate(invalid="ignore"):
        leaves = normalised_difference(nir, red) > GREEN_NDVI
    return np.asarray(np.where(leaves, np.minimum(hot, 0.0), hot), np.float32)
