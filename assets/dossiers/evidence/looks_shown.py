"""Which looks a page shows: before and after an alert, and those of the time-lapse.

Pure choices among rows; pixels are read elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from assets.constants import YEAR_DAYS
from resources.lake.rows import CloudMaskRow, SceneRow
from resources.models import NO_LOOKS

One = TypeVar("One")

SEASON_DAYS: Final = 45
"""Days of the year within which two looks are of one season: sun and plants are alike."""
OTHER_YEAR_DAYS: Final = YEAR_DAYS - 2 * SEASON_DAYS
"""Age from which a look of the same season is of an earlier year."""

Likeness = Literal["earlier_year", "same_weeks", "other_season"]
"""Same season of an earlier year; same season, some weeks before; or another season."""


@dataclass(frozen=True, slots=True)
class BeforeLook:
    """The look to compare with, and how alike its season is."""

    row: SceneRow
    likeness: Likeness


def season_distance(one: dt.datetime, other: dt.datetime) -> float:
    """Days of the year between two moments, whatever their years; 0 to 183."""
    days = abs((one - other).total_seconds()) / 86400 % YEAR_DAYS
    return min(days, YEAR_DAYS - days)


def before_look(
    scenes: Sequence[SceneRow], after: SceneRow, *, opened: dt.datetime, clear: frozenset[str]
) -> BeforeLook | None:
    """The look that an alert is shown against: same orbit, and same season where there is one.

    The newest of the same season in an earlier year; failing that, the one nearest in season
    before the alert opened.

    Args:
        scenes: looks of the site.
        after: the look that shows the alert.
        opened: when the first look of the alert was sensed.
        clear: ids of looks that show the zone whole.

    Returns:
        None if no clear look of that orbit is older than the alert.
    """
    earlier = [
        row
        for row in scenes
        if row["relative_orbit"] == after["relative_orbit"]
        and row["sensed_at"] < opened
        and row["state"] not in NO_LOOKS
        and row["acquisition_id"] in clear
    ]
    alike = [
        row
        for row in earlier
        if season_distance(row["sensed_at"], after["sensed_at"]) <= SEASON_DAYS
        and (after["sensed_at"] - row["sensed_at"]).days >= OTHER_YEAR_DAYS
    ]
    if alike:
        return BeforeLook(max(alike, key=lambda row: row["sensed_at"]), "earlier_year")
    if not earlier:
        return None
    nearest = min(
        earlier,
        key=lambda row: (
            round(season_distance(row["sensed_at"], after["sensed_at"])),
            row["sensed_at"],
        ),
    )
    is_near = season_distance(nearest["sensed_at"], after["sensed_at"]) <= SEASON_DAYS
    return BeforeLook(nearest, "same_weeks" if is_near else "other_season")


def clear_looks(masks: Sequence[CloudMaskRow], zone_id: str) -> frozenset[str]:
    """Ids of the looks that show a zone whole."""
    return frozenset(
        str(row["acquisition_id"])
        for row in masks
        if row["zone_id"] == zone_id and row["state"] == "valid"
    )


def wholly_clear(scenes: Sequence[SceneRow], masks: Sequence[CloudMaskRow]) -> list[SceneRow]:
    """Looks that show every zone whole, in the order of sensing."""
    blocked = {str(row["acquisition_id"]) for row in masks if row["state"] != "valid"}
    known = {str(row["acquisition_id"]) for row in masks}
    return [
        row
        for row in scenes
        if row["state"] not in NO_LOOKS
        and row["acquisition_id"] in known
        and row["acquisition_id"] not in blocked
    ]


def pick_evenly(rows: Sequence[One], most: int) -> list[One]:
    """Pick at most `most` rows, evenly spread, the first and the last among them."""
    if len(rows) <= most:
        return list(rows)
    return [rows[round(place * (len(rows) - 1) / (most - 1))] for place in range(most)]
