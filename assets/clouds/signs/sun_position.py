"""Position of the sun at a look, and its elevation at noon a month before, a measure of cold.

Pure geometry.
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

    `latitude_deg` is the place's, None unknown; with the date it gives how likely snow is.
    """

    elevation_deg: float | None = None
    azimuth_deg: float | None = None
    latitude_deg: float | None = None


def noon_elevation_deg(sensed_at: dt.datetime, latitude_deg: float) -> float:
    """Elevation of the sun at noon, LAG_DAYS before a day.

    It stands for how warm the season is, without data on climate: temperature follows the sun
    with a lag.

    Args:
        sensed_at: the day.
        latitude_deg: of the place, degrees north.

    Returns:
        Degrees above the horizon; negative in polar night.

    Source:
        Declination by Cooper 1969, doi:10.1016/0038-092X(69)90047-4.
    """
    day = sensed_at.timetuple().tm_yday - LAG_DAYS
    turn = 2 * math.pi * (day - SOLSTICE_DAY) / YEAR_DAYS
    return 90.0 - abs(latitude_deg + TILT_DEG * math.cos(turn))
