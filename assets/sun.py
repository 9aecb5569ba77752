"""Where the sun stands when Sentinel-2 passes, from day and place alone. Pure."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final

from assets.constants import YEAR_DAYS

PASS_HOUR: Final = 10.5  # mean local solar time at the equator of all Sentinel-2 passes
HOUR_DEGREES: Final = 15.0  # that the sun moves in an hour
TILT_DEGREES: Final = 23.44  # of the Earth's axis
SOLSTICE_DAY: Final = 355.0  # of the year, 21 December


def pass_elevation_deg(day: dt.date, latitude_deg: float) -> float:
    """Elevation of the sun at PASS_HOUR of a day.

    Args:
        day: the day, UTC.
        latitude_deg: of the place, degrees north.

    Returns:
        Degrees above the horizon; NaN for a latitude of NaN.

    Raises:
        ValueError: the latitude is infinite.

    Source:
        Declination: Cooper 1969, doi:10.1016/0038-092X(69)90047-4.
    """
    turned = math.radians(360 * (day.timetuple().tm_yday - SOLSTICE_DAY) / YEAR_DAYS)
    declination = math.radians(-TILT_DEGREES * math.cos(turned))
    latitude = math.radians(latitude_deg)
    hour = math.radians(HOUR_DEGREES * (12 - PASS_HOUR))
    height = math.sin(latitude) * math.sin(declination)
    height += math.cos(latitude) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.asin(height))
