"""When the satellites pass: platform, relative orbit, times and sun of every look.

Nothing here knows the weather or the ground.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from resources.simulated.scenery.simulation import Simulation

LONGITUDE_DEG = -11.0
LATITUDE_DEG = 42.0
"""About where the made-up base lies, for the sun: open Atlantic, see `layout`."""

CYCLE_DAYS = 10
"""Repeat cycle of one Sentinel-2 satellite: 143 orbits in ten days."""

PASSES_OF_CYCLE = {0: ("A", 21), 2: ("B", 121), 5: ("B", 21), 7: ("A", 121)}
"""Day of the cycle to unit and relative orbit; 100 orbits are seven days, units five days apart."""

SEEN_AT = {21: dt.time(11, 46, 21), 121: dt.time(11, 34, 11)}
"""Time of day that the tile is seen on each relative orbit, UTC (10:30 descending node)."""

DATATAKE_LEAD = dt.timedelta(minutes=6, seconds=50)
"""How long before the tile its datatake begins."""

UNIT_C_REPLACES_A = dt.date(2025, 1, 21)
"""Sentinel-2C took over the orbit slot of 2A."""

OBLIQUITY_DEG = 23.45


@dataclass(frozen=True, slots=True)
class SimulatedPass:
    """One pass over the base: who looked, when, and where the sun stood."""

    number: int
    unit: str
    relative_orbit: int
    sensed_at: dt.datetime
    sun_elevation_deg: float
    sun_azimuth_deg: float

    @property
    def day(self) -> dt.date:
        """Day of the look, UTC."""
        return self.sensed_at.date()

    @property
    def datatake_at(self) -> dt.datetime:
        """Start of the datatake, as in the product name."""
        return (self.sensed_at - DATATAKE_LEAD).replace(microsecond=0)

    @property
    def platform(self) -> str:
        """As Earth Search writes it."""
        return f"sentinel-2{self.unit.lower()}"


def all_looks(simulation: Simulation) -> list[SimulatedPass]:
    """Every pass of the simulation in order of time, one each two or three days."""
    days = [day for day in simulation.days if day.toordinal() % CYCLE_DAYS in PASSES_OF_CYCLE]
    return [_pass_on_day(number, day) for number, day in enumerate(days)]


def sun_position(
    moment: dt.datetime, latitude_deg: float = LATITUDE_DEG, longitude_deg: float = LONGITUDE_DEG
) -> tuple[float, float]:
    """Elevation and azimuth (clockwise from north) of the sun, by default over the base, degrees.

    Source:
        Cooper 1969, doi:10.1016/0038-092X(69)90047-4 (declination); no equation of time,
        which is good to about 2 degrees.
    """
    day_of_year = moment.timetuple().tm_yday
    declination = math.radians(OBLIQUITY_DEG * math.sin(2 * math.pi * (284 + day_of_year) / 365.0))
    hours = moment.hour + moment.minute / 60 + moment.second / 3600
    hour_angle = math.radians(15 * (hours - 12) + longitude_deg)
    latitude = math.radians(latitude_deg)
    east = -math.cos(declination) * math.sin(hour_angle)
    north = math.sin(declination) * math.cos(latitude) - math.cos(declination) * math.cos(
        hour_angle
    ) * math.sin(latitude)
    up = math.sin(declination) * math.sin(latitude) + math.cos(declination) * math.cos(
        hour_angle
    ) * math.cos(latitude)
    return math.degrees(math.asin(up)), math.degrees(math.atan2(east, north)) % 360


def _pass_on_day(number: int, day: dt.date) -> SimulatedPass:
    """The pass of a day that has one."""
    unit, orbit = PASSES_OF_CYCLE[day.toordinal() % CYCLE_DAYS]
    if unit == "A" and day >= UNIT_C_REPLACES_A:
        unit = "C"
    wobble = dt.timedelta(milliseconds=1000 * (day.toordinal() % 7) + 24)
    sensed_at = dt.datetime.combine(day, SEEN_AT[orbit], tzinfo=dt.UTC) + wobble
    elevation, azimuth = sun_position(sensed_at)
    return SimulatedPass(number, unit, orbit, sensed_at, elevation, azimuth)
