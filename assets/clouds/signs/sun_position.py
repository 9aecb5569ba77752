"""Where the sun stands, and how high it stood at noon when the ground's cold was made.

Pure geometry. What is dark, and what is snow, is found elsewhere.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

from assets.constants import YEAR_DAYS

TILT_DEG: Final = 23.44  # of the Earth's axis
SOLSTICE_DAY: Final = 355  # of the year, the northern winter's
LAG_DAYS: Final = 30.0  # by which air and ground follow the sun: January is the coldest month


@dataclass(frozen=True, slots=True)
class SunPosition:
    """Where the sun stands, degrees above the horizon and clockwise from north; None unknown.

    `latitude_deg` is the place's, None unknown: with the date it tells whether snow is likely.
    """

    elevation_deg: float | None = None
    azimuth_deg: float | None = None
    latitude_deg: float | None = None


def noon_elevation_deg(sensed_at: dt.datetime, latitude_deg: float) -> float:
    """Elevation of the sun at noon, a month before, degrees.

    A measure of how warm it can be that needs no climate: the season's warmth follows the sun at
    noon with a lag.

    Source:
        Declination by Cooper 1969, doi:10.1016/0038-092X(69)90047-4.
    """
    day = sensed_at.timetuple().tm_yday - LAG_DAYS
    turn = 2 * math.pi * (day - SOLSTICE_DAY) / YEAR_DAYS
    return 90.0 - abs(latitude_deg + TILT_DEG * math.cos(turn))
