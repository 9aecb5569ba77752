"""The circumstances of each look: sun, snow, haze, registration, orbit.

What they say for or against a cause of a change is decided in `causes`.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from assets.anomalies.change_tests.series import LookKey
from assets.sun import pass_elevation_deg
from resources.lake.question_rows import SeriesRow

SEASON_DAYS: Final = 60.0  # looks younger than these are of the same season
LOWER_DEGREES: Final = 1.0  # by which a sun is lower than any before
LOW_SUN_DEGREES: Final = 40.0  # above which no sun is low
SNOW_DAYS: Final = 30.0  # after snow was seen, in which some may lie unseen or just have gone


@dataclass(frozen=True, slots=True)
class LookCircumstances:
    """Of one look of one zone.

    Attributes:
        orbit: relative orbit, None if unknown.
        sun_deg: height of the sun; `lowest_deg` the lowest of looks more than SEASON_DAYS
            before, None if there are none.
        shift_px: that was taken out, None if unknown; `is_unsure` if it is not known well, or
            large.
        snow_days: since snow was last seen at the site, None if never.
        haze_fraction: of the zone.
    """

    orbit: int | None
    sun_deg: float
    lowest_deg: float | None
    shift_px: float | None
    is_unsure: bool
    snow_days: float | None
    haze_fraction: float

    @property
    def is_sun_new(self) -> bool:
        """Whether the sun is low, and lower than at every look of the seasons before."""
        return (
            self.lowest_deg is not None
            and self.sun_deg < LOW_SUN_DEGREES
            and self.sun_deg < self.lowest_deg - LOWER_DEGREES
        )

    @property
    def was_sun_as_low(self) -> bool:
        """Whether a look of the seasons before had it as low."""
        return self.lowest_deg is not None and self.lowest_deg <= self.sun_deg + LOWER_DEGREES

    @property
    def is_after_snow(self) -> bool:
        """Whether snow was seen shortly before."""
        return self.snow_days is not None and self.snow_days <= SNOW_DAYS


ByZone = dict[str, dict[LookKey, LookCircumstances]]


def circumstances_by_zone(rows: Sequence[SeriesRow], latitude_deg: float) -> ByZone:
    """Circumstances of each look of each zone, from that look and earlier ones alone.

    Args:
        rows: rows of `stage_reads.activity_series`, also those that were not judged: they tell
            which heights of the sun were seen, and when snow lay.
        latitude_deg: latitude of the site, degrees, for looks whose catalogue does not tell the
            sun.

    Returns:
        By zone id and look; looks whose row says "snow" have none.

    Source:
        The project's own rules: docs/methods/alerts.md, "Ordinary causes"; held by
        tests/unit/assets/anomalies/test_causes.py.
    """
    found: ByZone = {}
    suns: dict[str, SunElevations] = {}
    snow_at: dt.datetime | None = None
    for row in sorted(rows, key=_row_sort_key):
        if row["state"] == "snow":
            snow_at = row["sensed_at"]
            continue
        zone = str(row["zone_id"])
        of_zone = found.setdefault(zone, {})
        look = LookKey(row["sensed_at"], str(row["acquisition_id"]))
        if look not in of_zone:
            sun_deg = _sun_deg(row, latitude_deg)
            lowest = suns.setdefault(zone, SunElevations()).lowest_before(look.sensed_at, sun_deg)
            of_zone[look] = _look_circumstances(row, sun_deg, lowest, snow_at)
    return found


@dataclass(slots=True)
class SunElevations:
    """Heights of the sun at the looks of a zone so far: those of this season, and the lowest."""

    young: deque[tuple[dt.datetime, float]] = field(default_factory=deque)
    lowest: float | None = None

    def lowest_before(self, sensed_at: dt.datetime, sun_deg: float) -> float | None:
        """Lowest height of the sun more than SEASON_DAYS before a look, degrees; None if unknown.

        The look itself is taken in.
        """
        limit = sensed_at - dt.timedelta(days=SEASON_DAYS)
        while self.young and self.young[0][0] < limit:
            _, sun = self.young.popleft()
            self.lowest = sun if self.lowest is None else min(self.lowest, sun)
        self.young.append((sensed_at, sun_deg))
        return self.lowest


def _row_sort_key(row: SeriesRow) -> tuple[dt.datetime, str, bool]:
    """Order by look; within a look, rows of snow come before those of zones that are free of it."""
    return row["sensed_at"], str(row["acquisition_id"]), row["state"] != "snow"


def _look_circumstances(
    row: SeriesRow, sun_deg: float, lowest_deg: float | None, snow_at: dt.datetime | None
) -> LookCircumstances:
    """Circumstances of a look from one of its rows."""
    flags = row["flags"] or []
    return LookCircumstances(
        orbit=row["relative_orbit"],
        sun_deg=sun_deg,
        lowest_deg=lowest_deg,
        shift_px=None if "registration_unsure" in flags else row["shift_px"],
        is_unsure="registration_unsure" in flags or "shift_large" in flags,
        snow_days=_elapsed_days(snow_at, row["sensed_at"]),
        haze_fraction=row["haze_fraction"] or 0.0,
    )


def _elapsed_days(since: dt.datetime | None, until: dt.datetime) -> float | None:
    return None if since is None else (until - since) / dt.timedelta(days=1)


def _sun_deg(row: SeriesRow, latitude_deg: float) -> float:
    """Height of the sun as the catalogue has it, else that of a usual pass on that day."""
    if row["sun_elevation_deg"] is not None:
        return float(row["sun_elevation_deg"])
    return pass_elevation_deg(row["sensed_at"].date(), latitude_deg)
