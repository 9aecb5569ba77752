"""Alerts of one world beside its truth: what was found when, and what was a false alarm. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.worlds.statements import Said
from bench.worlds.told import (
    LATE_DAYS,
    SLOW,
    ZoneEvent,
    clear_days,
    events_of,
    is_quiet,
    kind_of_place,
    quiet_years,
    times_visible,
)

AREA_INDICES: Final = ("covered_area", "changed_area")
"""Indices whose effect is an area, m2; the first that an alert has is what it tells."""
REACH_LOOKS: Final = 2  # clear ones that it takes, since a lone look opens nothing


@dataclass(frozen=True, slots=True)
class ZoneEvidence:
    """One series of an alert: its zone, index, the day of its first look, and its effect."""

    zone_id: str
    index_name: str
    day: dt.date
    effect: float


@dataclass(frozen=True, slots=True)
class Opened:
    """An alert as the product stored it."""

    opened_on: dt.date
    confirmed_on: dt.date | None
    direction: str
    evidence: tuple[ZoneEvidence, ...]
    closed_as: str | None = None

    @property
    def places(self) -> list[tuple[str, dt.date]]:
        """Zones with the days on which they began to show it."""
        return [(one.zone_id, one.day) for one in self.evidence]


@dataclass(frozen=True, slots=True)
class Shown:
    """The first alert that shows a zone's change: the day of its evidence there, and its area, m2.

    `told_m2` is None where the alert tells none of that zone.
    """

    day: dt.date
    alert: Opened
    told_m2: float | None


def first_shown(
    alerts: Sequence[Opened], zone_id: str, first: dt.date, last: dt.date
) -> Shown | None:
    """The first alert that has evidence in a zone from one day to another; None without any."""
    shown = [
        (one.day, alert)
        for alert in alerts
        for one in alert.evidence
        if one.zone_id == zone_id and first <= one.day <= last
    ]
    if not shown:
        return None
    day, alert = min(shown, key=lambda pair: pair[0])
    areas = {one.index_name: abs(one.effect) for one in alert.evidence if one.zone_id == zone_id}
    told = next((areas[name] for name in AREA_INDICES if name in areas), None)
    return Shown(day, alert, told)


@dataclass(frozen=True, slots=True)
class EventScore:
    """What became of an event.

    Attributes:
        event: by the truth.
        visible_m2: least area that the zone shows with 90 %; None for none that was tried.
        delay_days: from its first day until an alert opened with evidence in its zone; None if
            none did while it lasted, or a slow exit was not found in time.
        delay_looks: clear looks of the zone until then, that look included.
        told_m2: area that the alert tells; None where it tells none.
        looks_in_time: clear looks of the zone in the first 60 days.
        is_sign_right: whether rise or fall is as the truth has it; None where neither is true or
            told, or nothing was found.
    """

    event: ZoneEvent
    visible_m2: float | None
    delay_days: int | None
    delay_looks: int | None
    told_m2: float | None
    is_sign_right: bool | None
    looks_in_time: int

    @property
    def times_visible(self) -> float:
        """How often the event exceeds what is visible; 0 where nothing is."""
        return times_visible(self.event.change_m2, self.visible_m2)

    @property
    def is_within_reach(self) -> bool:
        """Whether the sky let it be seen often enough in time."""
        return self.looks_in_time >= REACH_LOOKS

    def is_found_within(self, days: int) -> bool:
        """Whether an alert opened by so many days after the first one."""
        return self.delay_days is not None and self.delay_days <= days


@dataclass(frozen=True, slots=True)
class Alarms:
    """False alarms of a world at a rate: how many opened, and how many of them were confirmed."""

    opened: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class WorldScore:
    """What the product made of one world.

    Attributes:
        alarms: false ones by the rate asked for.
        quiet_years: of the site in which they could come.
        events: at the site's own rate.
        said: of the course of the site, each beside its truth.
        truth: of the world.
    """

    seed: int
    story: str
    place: str
    zones: int
    looks: int
    seconds: float
    quiet_years: float
    alarms: dict[str, Alarms]
    events: tuple[EventScore, ...]
    said: tuple[Said, ...] = ()
    truth: Mapping[str, Any] = field(default_factory=dict)


def false_alarms(truth: Mapping[str, Any], alerts: Sequence[Opened]) -> Alarms:
    """Alerts whose evidence all lies in quiet zones and times."""
    false = [one for one in alerts if is_quiet(truth, one.places)]
    return Alarms(len(false), sum(one.confirmed_on is not None for one in false))


def score_events(
    truth: Mapping[str, Any], alerts: Sequence[Opened], visible_m2: Mapping[str, float | None]
) -> tuple[EventScore, ...]:
    """What became of each event of a world.

    Args:
        truth: of the world.
        alerts: at the site's own rate.
        visible_m2: least visible area by zone.
    """
    return tuple(
        _score_event(truth, event, alerts, visible_m2.get(event.zone_id))
        for event in events_of(truth)
    )


def _score_event(
    truth: Mapping[str, Any], event: ZoneEvent, alerts: Sequence[Opened], visible: float | None
) -> EventScore:
    """One event."""
    end = event.until or dt.date.max
    if event.kind == SLOW:
        end = event.last_day_in_time
    clear = [one for one in clear_days(truth, event.zone_id) if one >= event.first]
    in_time = sum(one <= event.first + dt.timedelta(days=LATE_DAYS) for one in clear)
    found = first_shown(alerts, event.zone_id, event.first, end)
    if found is None:
        return EventScore(event, visible, None, None, None, None, in_time)
    right = None
    if event.sign and found.alert.direction != "change":
        right = found.alert.direction == ("rise" if event.sign > 0 else "fall")
    return EventScore(
        event,
        visible,
        delay_days=(found.day - event.first).days,
        delay_looks=sum(one <= found.day for one in clear),
        told_m2=found.told_m2,
        is_sign_right=right,
        looks_in_time=in_time,
    )


def score_world(
    truth: Mapping[str, Any],
    alerts: Mapping[str, Sequence[Opened]],
    *,
    own_rate: str,
    tested_from: dt.date | None,
    visible_m2: Mapping[str, float | None],
    seconds: float,
    said: tuple[Said, ...] = (),
) -> WorldScore:
    """What the product made of a world.

    Args:
        truth: of the world.
        alerts: by rate asked for.
        own_rate: that of `alerts` by which events are told.
        tested_from: day of the first look that was judged; None for none.
        visible_m2: least visible area by zone.
        seconds: that all stages took.
        said: of `statements.said_of`.
    """
    return WorldScore(
        seed=truth["seed"],
        story=truth["story"],
        place=kind_of_place(truth),
        zones=len(truth["zones"]),
        looks=len(truth["looks"]),
        seconds=seconds,
        quiet_years=quiet_years(truth, tested_from),
        alarms={rate: false_alarms(truth, found) for rate, found in alerts.items()},
        events=score_events(truth, alerts[own_rate], visible_m2),
        said=said,
        truth={"events": truth["events"]},
    )
