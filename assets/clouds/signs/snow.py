"""Evidence of snow: its spectrum, the season, and snow on earlier looks.

Ice cloud has nearly the spectrum of snow; the season, and whether the ground was white on an
earlier look, tell them apart.

The numbers of SWIR and season were chosen after looking at snow and cloud of flanders and romania:
these two are no independent test of snow. To be fitted on worlds, which have no ice cloud yet.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.clouds.signs.log_odds import (
    CLOUD_ROW,
    HAZE_ROW,
    MOST,
    SHADOW_ROW,
    SNOW_ROW,
    Flags,
    Floats,
)
from assets.clouds.signs.spectrum import band_image, normalised_difference, snow_covered
from assets.clouds.signs.sun_position import SunPosition, noon_elevation_deg
from assets.scenes.stack import LookPixels

SNOW_IN_SHADE: Final = 0.6  # NDSI from which a darker pixel is snow, if it is not usually so dark
SNOW_GREEN: Final = 0.08  # reflectance
SNOW_RISE: Final = 0.03  # reflectance that it then adds in blue
SNOW_WORTH: Final = 5.0  # log-odds against clear ground, one pixel in 150 of which has it
ICE_WORTH: Final = 2.8  # of it under cloud: one pixel in ten, where the cloud is of ice
NO_SNOW: Final = -3.0  # of any other spectrum, where SWIR is there
SNOW_SWIR: Final = (0.08, 0.04)
"""Reflectance of snow at 1.6 um, centre and spread, of fine to coarse grains: Warren 1982,
doi:10.1029/RG020i001p00067; snow on trees and in part is darker still."""
ICE_SWIR: Final = (0.25, 0.12)  # of opaque ice cloud, whose grains are finer; same source
COLD_DEG: Final = 15.0  # noon elevation a month before at which snow is as likely as its prior
WARM_DEG: Final = 12.0
"""Degrees above it that take a log-odd of 1, twice as many 4: at 51 N January has a tenth of its
days with snow, mid April one in 400; chosen for sea level, as snow that was there on an earlier
look needs no cold."""


@dataclass(frozen=True, slots=True)
class SnowContext:
    """What else is known where snow may lie.

    Attributes:
        seen: log-odds of cloud, shadow and haze from what the look shows beside SCL, shape
            (HIDDEN, y, x).
        rise: departure from the past in blue, reflectance, shape (y, x); NaN where unknown.
        kept: how surely there was snow on an earlier look that shows the same pattern, 0..1.
    """

    seen: Floats
    rise: Floats
    kept: Floats


def add_snow(total: Floats, look: LookPixels, ground: SnowContext, sun: SunPosition) -> None:
    """Add the evidence of snow to log-odds, in place.

    Where the spectrum is that of snow, evidence of brightness and darkness is added to snow too,
    since snow explains both. Ice cloud has much the same spectrum: it gets evidence as well, and
    reflectance in SWIR, season and earlier snow decide between the two.

    Args:
        total: log-odds, shape (HIDDEN, y, x); changed.
        look: the look.
        ground: what else is known of its pixels.
        sun: for the latitude; None in it takes the season out.

    Raises:
        IndexError: the look lacks a band of REFLECTANCE_BANDS.
        ValueError: shapes do not broadcast.

    Source:
        Index: Dozier 1989, doi:10.1016/0034-4257(89)90101-6; SWIR of snow and ice grains: Warren
        1982, doi:10.1029/RG020i001p00067; the season: own, docs/methods/masks.md.
    """
    covered = snow_covered(look) | _in_shade(look, ground.rise)
    if not covered.any():
        total[SNOW_ROW] += NO_SNOW
        return
    bright = np.clip(np.maximum(ground.seen[CLOUD_ROW], ground.seen[HAZE_ROW]), 0.0, MOST)
    dark = np.clip(ground.seen[SHADOW_ROW], 0.0, MOST)  # in SWIR, which is how snow is known
    cold = (1 - ground.kept) * season_odds(look.sensed_at, sun.latitude_deg)
    grain = _swir_log_density(look, SNOW_SWIR) - _swir_log_density(look, ICE_SWIR)
    worth = SNOW_WORTH + bright + dark + cold + grain
    total[SNOW_ROW] += np.where(covered, worth, NO_SNOW)
    total[CLOUD_ROW] += np.where(covered, ICE_WORTH, 0.0)


def season_odds(sensed_at: dt.datetime, latitude_deg: float | None) -> float:
    """Log-odds of snow from date and latitude: 0 or less; 0 where the latitude is None."""
    if latitude_deg is None:
        return 0.0
    beyond = max(noon_elevation_deg(sensed_at, latitude_deg) - COLD_DEG, 0.0)
    return -((beyond / WARM_DEG) ** 2)


def _swir_log_density(look: LookPixels, swir: tuple[float, float]) -> Floats:
    """Natural logarithm of the normal density of a look's SWIR, less a constant; 0 unseen."""
    centre, spread = swir
    steps = (band_image(look.reflectance, "swir16") - centre) / spread
    return np.nan_to_num(np.asarray(-0.5 * steps**2 - math.log(spread), np.float32))


def _in_shade(look: LookPixels, rise: Floats) -> Flags:
    """Pixels that are snow on a slope away from the sun, shape (y, x).

    Turbid water has the same spectrum, so blue must also have risen over the past.
    """
    green = band_image(look.reflectance, "green")
    ndsi = normalised_difference(green, band_image(look.reflectance, "swir16"))
    with np.errstate(invalid="ignore"):
        covered = (ndsi > SNOW_IN_SHADE) & (green > SNOW_GREEN) & (rise > SNOW_RISE)
    return np.asarray(covered, dtype=bool)
