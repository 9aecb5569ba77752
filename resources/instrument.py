"""How Sentinel-2's instrument sees: pixel of each band, blur, delay of the bands.

Numbers of the mission and the formulas they enter; what is drawn or planted with them is the
business of the simulation and of `assets.detectability.planting`.
"""

from __future__ import annotations

import math
from typing import Final

from resources.models import BandName

BAND_PIXEL_M: Final[dict[BandName, int]] = {
    "blue": 10,
    "green": 10,
    "red": 10,
    "nir": 10,
    "nir08": 20,
    "swir16": 20,
    "swir22": 20,
}

CENTRE_UM: Final[dict[str, float]] = {
    "blue": 0.492,
    "green": 0.559,
    "red": 0.665,
    "nir": 0.833,
    "nir08": 0.864,
    "swir16": 1.612,
    "swir22": 2.194,
}
"""Centre of each band, micrometres: mean of Sentinel-2A and 2B in ESA's guide to the instrument."""

MTF_AT_NYQUIST: Final = 0.22
"""Whole modulation transfer at half the sampling frequency; the mission asks for 0.15 to 0.30."""
BOX_MTF_AT_NYQUIST: Final = 2 / math.pi
"""Of the square pixel alone: sinc(1/2)."""

BAND_DELAY_S: Final[dict[BandName, float]] = {
    "blue": 0.0,
    "green": 0.527,
    "red": 1.005,
    "nir": 0.264,
    "nir08": 2.055,
    "swir16": 1.468,
    "swir22": 2.085,
}
"""Seconds by which a band sees a place later than blue, as ESA's Sentinel-2 user handbook is
quoted; real delays vary by up to 2 % over the swath (Binet et al. 2022, ISPRS Annals V-1-2022)."""


def blur_sigma_m(pixel_m: float) -> float:
    """Gaussian that brings a square pixel to `MTF_AT_NYQUIST`, metres."""
    wanted = MTF_AT_NYQUIST / BOX_MTF_AT_NYQUIST
    return math.sqrt(-2 * math.log(wanted)) * pixel_m / math.pi
