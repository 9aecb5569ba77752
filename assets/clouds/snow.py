"""Snow: by its spectrum, and by whether the season or the ground can have it.

Ice cloud has the spectrum of snow, nearly; what tells them apart is the season, and whether the
ground was white on an earlier look already. Brightness and darkness are judged elsewhere.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from assets.clouds.evidence import CLOUD_ROW, HAZE_ROW, MOST, SHADOW_ROW, SNOW_ROW, Flags, Floats
from assets.clouds.spectrum import band, ratio
from assets.clouds.spectrum import snow_covered as is_covered
from assets.clouds.sun import Sun, noon_elevation_deg
from assets.scenes.stack import Look

SNOW_IN_SHADE: Final = 0.6  # NDSI from which a darker pixel is snow, if it is not usually so dark
SNOW_GREEN: Final = 0.08  # reflectance
SNOW_RISE: Final = 0.03  # reflectance that it then adds in blue
SNOW_WORTH: Final = 5.0  # log-odds of a spectrum that only snow and some ice clouds have
NO_SNOW: Final = -3.0  # of any other, where SWIR is there
WARM_DEG: Final = 38.0
"""Noon elevation a month before from which snow grows unlikely: 51 N in mid April, 45 N at the end
of March, 60 N in mid May; fitted by hand to the mean end of snow cover at sea level."""
WARM_ODDS: Final = 1.0  # log-odds a degree beyond it


def add_snow(total: Floats, look: Look, rise: Floats, *, kept: Floats, sun: Sun) -> None:
    """Add the evidence of snow to log-odds, in place.

    Brightness and darkness that snow explains speak for it, too: they are taken over.

    Args:
        total: log-odds so far, shape (HIDDEN, y, x).
        look: the look.
        rise: departure from the past in blue, reflectance, shape (y, x); NaN where unknown.
        kept: how surely it was snow on an earlier look that shows the same pattern, 0..1, (y, x).
        sun: with the latitude of the place.
    """
    covered = is_covered(look) | _in_shade(look, rise)
    bright = np.clip(np.maximum(total[CLOUD_ROW], total[HAZE_ROW]), 0.0, MOST)
    dark = np.clip(total[SHADOW_ROW], 0.0, MOST)  # in SWIR, which is how snow is known
    warm = (1 - kept) * season_odds(look.sensed_at, sun.latitude_deg)
    total[SNOW_ROW] += np.where(covered, SNOW_WORTH + bright + dark, NO_SNOW) + warm


def season_odds(sensed_at: dt.datetime, latitude_deg: float | None) -> float:
    """Log-odds of snow from date and latitude, 0 or less; 0 where the place is unknown."""
    if latitude_deg is None:
        return 0.0
    beyond = noon_elevation_deg(sensed_at, latitude_deg) - WARM_DEG
    return -WARM_ODDS * max(beyond, 0.0)


def _in_shade(look: Look, rise: Floats) -> Flags:
    """Pixels that are snow on a slope away from the sun, shape (y, x).

    Turbid water looks the same, so that it takes a past which was darker in blue.
    """
    green = band(look.reflectance, "green")
    ndsi = ratio(green, band(look.reflectance, "swir16"))
    with np.errstate(invalid="ignore"):
        covered = (ndsi > SNOW_IN_SHADE) & (green > SNOW_GREEN) & (rise > SNOW_RISE)
    return np.asarray(covered, dtype=bool)
