"""What the truth of a made-up world holds for scoring alerts: events, quiet times, clear looks."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assets.anomalies.change_tests.site_test import OUTAGE_DAYS
from assets.constants import YEAR_DAYS
from bench.quiet.places import QuietTimes

LATE_DAYS: Final = 60  # in which a change should be found; issue 17
PLAIN: Final = 2.0  # times the visible area, of changes that must be found; issue 17
CLEAR_SHARE: Final = 0.9  # of a zone that a look shows clear, by the truth: one that could show it
SLOW: Final = "slow_exit"
SLOW_SHARE: Final = 0.6  # of a slow exit's extent before which it should be found; issue 17
KIND_OF_PLACE: Final = {
    "woodland": "forest",
    "farmland": "fields",
    "desert": "desert",
    "town": "town",
    "coast": "water",
}
"""Kinds of place that false alarms are told by; settings that are none of them keep their name."""


@dataclass(frozen=True, slots=True)
class ZoneEvent:
    """Something that happened in a listed zone, by the truth.

    Attributes:
        kind: of the story.
        zone_id: where.
        first, last: first day that differs from before, and the last that still changes.
        until: first day on which it is over again; None where it lasts.
        change_m2: area that changed: what came or went, both where all was exchanged, or the
            outline of works.
        sign: 1 more, -1 less, 0 neither.
    """

    kind: str
    zone_id: str
    first: dt.date
    last: dt.date
    until: dt.date | None
    change_m2: float
    sign: int

    @property
    def last_day_in_time(self) -> dt.date:
        """By which a slow exit has to be found."""
        return self.first + (self.last - self.first) * SLOW_SHARE


def events_of(truth: Mapping[str, Any]) -> list[ZoneEvent]:
    """The events of a world's listed zones in which something changed."""
    return [
        ZoneEvent(
            kind=one["kind"],
            zone_id=one["zone"],
            first=dt.date.fromisoformat(one["first"]),
            last=dt.date.fromisoformat(one["last"]),
            until=None if one["until"] is None else dt.date.fromisoformat(one["until"]),
            change_m2=_change_m2(one),
            sign=one["sign"],
        )
        for one in truth["events"]
        if one["zone"] is not None and _change_m2(one) > 0
    ]


def _change_m2(event: Mapping[str, Any]) -> float:
    """Area that an event changed; what is exchanged counts once, as the ground it stands on."""
    before, after = float(event["before_m2"]), float(event["after_m2"])
    return max(before, after) if event["sign"] == 0 else abs(after - before)


def times_visible(change_m2: float, visible_m2: float | None) -> float:
    """How often an area exceeds what is visible; 0 where nothing is."""
    return 0.0 if not visible_m2 else change_m2 / visible_m2


def kind_of_place(truth: Mapping[str, Any]) -> str:
    """Forest, fields, desert, town, water, or what else a world is."""
    setting = str(truth["setting"])
    return KIND_OF_PLACE.get(setting, setting)


def clear_days(truth: Mapping[str, Any], zone_id: str) -> list[dt.date]:
    """Days of the looks that show a zone clear, by the truth."""
    return [
        dt.date.fromisoformat(look["day"])
        for look in truth["looks"]
        if look["zones"][zone_id]["clear_fraction"] >= CLEAR_SHARE
    ]


def quiet_years(truth: Mapping[str, Any], tested_from: dt.date | None) -> float:
    """Years of a site in which an alarm could have come and would have been false.

    After a story has begun only quiet zones count, by their share of the zones.

    Args:
        truth: of the world.
        tested_from: day of the first look that was judged; None for none.
    """
    if tested_from is None:
        return 0.0
    times = QuietTimes.told(truth)
    zones = [zone["zone"] for zone in truth["zones"]]
    days = sorted({dt.date.fromisoformat(look["day"]) for look in truth["looks"]})
    judged = [day for day in days if day >= tested_from]
    spent = 0.0
    for before, day in itertools.pairwise(judged):
        share = sum(times.has(zone, day) for zone in zones) / len(zones)
        spent += share * min((day - before).days, OUTAGE_DAYS)
    return spent / YEAR_DAYS


def is_quiet(truth: Mapping[str, Any], places: Sequence[tuple[str, dt.date]]) -> bool:
    """Whether nothing happened in any of some zones on the days that go with them."""
    times = QuietTimes.told(truth)
    return all(times.has(zone_id, day) for zone_id, day in places)
