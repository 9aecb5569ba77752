"""Which places are taken on which day: ordinary traffic, and what a story does to it.

A place is taken while its own level, drawn anew when what stood there leaves, lies under the
zone's filling; so the share that is taken follows the filling and single things stay for a while.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from resources.simulated.worlds.plan.chance import (
    WorldStream,
    happens_by_chance,
    log_uniform_between,
    random_stream,
    uniform_between,
)
from resources.simulated.worlds.plan.nature import WorldNature
from resources.simulated.worlds.plan.site_plan import Load
from resources.simulated.worlds.plan.slots import WorldSlots
from resources.simulated.worlds.plan.stories import (
    LEFT,
    OF_OBJECTS,
    SLOW_DAYS,
    StoryKind,
    WorldEvent,
)
from resources.simulated.worlds.plan.zones import WorldZone

EVENT_DAYS: Final = (15, 200)  # of the story's months, in which an event of objects can begin
SLOW_LAST: Final = 45  # latest day of the story's months on which a slow exit begins
AROUND: Final = 60  # days before and after an event over which its areas are means
FULL: Final[dict[Load, tuple[float, float]]] = {
    "vehicles": (0.45, 0.95),
    "containers": (0.45, 0.95),
    "aircraft": (0.35, 0.85),
    "helicopters": (0.45, 0.90),
    "stockpiles": (0.40, 0.85),
    "vessels": (0.35, 0.80),
}
"""Filling of a zone that a story empties."""
STAY_DAYS: Final[dict[Load, tuple[float, float]]] = {
    "vehicles": (2.0, 90.0),
    "containers": (8.0, 60.0),
    "aircraft": (2.0, 40.0),
    "helicopters": (3.0, 60.0),
    "stockpiles": (20.0, 150.0),
    "vessels": (1.5, 20.0),
}
"""Mean time that a thing stays; between zones evenly on a logarithmic scale."""
WEEKEND, WEEKLY = (0.55, 1.1), 0.5
"""Filling on weekends against weekdays, and the share of zones that have weeks."""
STEADY, UNSTEADY = (0.0, 0.08), (0.0, 0.35)
"""Relative spread of a zone's filling about its mean: in zones of a story, and elsewhere."""
WANDER_DAYS: Final = 7  # that a swing of the filling lasts
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class WorldTraffic:
    """What stands on each place on each day.

    Attributes:
        first_day: of the rows.
        is_taken: shape (days, slots).
        arrived: day, counted from `first_day`, on which what stands there came; same shape.
        standing_m2: area covered in each zone, shape (days, zones).
        events: of things that came or went.
    """

    first_day: dt.date
    is_taken: npt.NDArray[np.bool_]
    arrived: npt.NDArray[np.int16]
    standing_m2: npt.NDArray[np.float64]
    events: tuple[WorldEvent, ...]


@dataclass(frozen=True, slots=True)
class _FillingCourse:
    """How the filling of the story's zones changes: factor by day, and when."""

    factor: npt.NDArray[np.float64]
    first: int
    last: int
    until: int | None


def draw_traffic(
    seed: int,
    nature: WorldNature,
    zones: tuple[WorldZone, ...],
    slots: WorldSlots,
    story: StoryKind,
) -> WorldTraffic:
    """Traffic of all zones with places, over all days."""
    days = (nature.end_day - nature.first_day).days
    taken = np.zeros((days, len(slots.zone)), dtype=np.bool_)
    arrived = np.zeros((days, len(slots.zone)), dtype=np.int16)
    course = _draw_course(seed, nature, story, days)
    for number, zone in enumerate(zones):
        here = np.flatnonzero(slots.zone == number)
        if zone.load is None or not len(here):
            continue
        random = random_stream(seed, WorldStream.TRAFFIC, zone.parcel)
        told = course if zone.is_of_story and story in OF_OBJECTS else None
        filling = _zone_filling(random, nature, zone.load, story, told)
        levels = _place_levels(random, zone.load, days, len(here), told, story)
        ranks = np.argsort(np.argsort(levels[0], axis=1), axis=1)
        taken[:, here] = ranks < np.rint(filling * len(here))[:, None]
        arrived[:, here] = levels[1]
        if story == "rotation" and told is not None:
            taken[:, here] = _rotated_places(slots.half[here], told, filling, levels[0])
    standing = np.zeros((days, len(zones)))
    for number in range(len(zones)):
        here = slots.zone == number
        standing[:, number] = taken[:, here] @ slots.area_m2[here]
    events = _traffic_events(nature, zones, standing, course, story)
    return WorldTraffic(nature.first_day, taken, arrived, standing, events)


def _draw_course(seed: int, nature: WorldNature, story: StoryKind, days: int) -> _FillingCourse:
    """Factor on the filling of the story's zones by day."""
    random = random_stream(seed, WorldStream.EVENTS)
    opens = (nature.story_day - nature.first_day).days
    first = opens + int(random.integers(*EVENT_DAYS))
    ramp = int(random.integers(1, 15))
    left, until = LEFT.get(story, 0.0), None
    if story == "slow_exit":
        first, ramp = opens + int(random.integers(5, SLOW_LAST)), SLOW_DAYS
    if story in ("arrival", "vessels"):
        left = uniform_between(random, 2.5, 6.0)
        until = first + int(random.integers(30, 60)) if happens_by_chance(random, 0.35) else None
    if story == "vessels" and happens_by_chance(random, 0.5):
        left, until = 0.0, None
    steps = np.clip((np.arange(days) - first + 1) / ramp, 0.0, 1.0)
    factor = 1 + (left - 1) * steps
    if until is not None:
        factor[until:] = 1.0
    return _FillingCourse(factor, first, min(first + ramp - 1, days - 1), until)


def _zone_filling(
    random: np.random.Generator,
    nature: WorldNature,
    load: Load,
    story: StoryKind,
    course: _FillingCourse | None,
) -> npt.NDArray[np.float64]:
    """Share of a zone's places that is wanted taken, by day."""
    low, high = FULL[load]
    usual = uniform_between(random, low, high)
    idle = uniform_between(random, 0.0, high)
    weekend, is_weekly = uniform_between(random, *WEEKEND), happens_by_chance(random, WEEKLY)
    days = (nature.end_day - nature.first_day).days
    if course is None:
        usual = idle
    elif course.factor.max() > 1:
        usual = uniform_between(random, 0.5, 1.0) * min(high, 0.9) / float(course.factor.max())
    filling = np.full(days, usual)
    if is_weekly and load != "stockpiles":
        number = (nature.first_day.weekday() + np.arange(days)) % 7
        filling = np.where(number >= SATURDAY, filling * weekend, filling)
    swing = uniform_between(random, *(STEADY if course is not None else UNSTEADY))
    filling = filling * (1 + swing * _wandering_noise(random, days))
    if course is not None and story != "rotation":
        filling = filling * course.factor
    clipped: npt.NDArray[np.float64] = np.clip(filling, 0.0, 1.0)
    return clipped


def _wandering_noise(random: np.random.Generator, days: int) -> npt.NDArray[np.float64]:
    """Noise of about unit spread that a week remembers, by day."""
    noise = random.standard_normal(days + 4 * WANDER_DAYS)
    kernel = np.exp(-np.arange(4 * WANDER_DAYS) / WANDER_DAYS)
    smooth = np.convolve(noise, kernel / np.sqrt((kernel**2).sum()), mode="valid")
    wandering: npt.NDArray[np.float64] = smooth[:days]
    return wandering


def _place_levels(
    random: np.random.Generator,
    load: Load,
    days: int,
    count: int,
    course: _FillingCourse | None,
    story: StoryKind,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int16]]:
    """Level of each place by day, and the day on which it was drawn; shape (days, slots)."""
    low, high = STAY_DAYS[load]
    if story in LEFT and course is not None:
        low = max(low, 4.0)
    leaves = random.random((days, count)) < 1 / log_uniform_between(random, low, high)
    leaves[0] = True
    drawn = np.where(leaves, np.arange(days)[:, None], 0)
    since = np.maximum.accumulate(drawn, axis=0)
    levels = random.random((days, count), dtype=np.float32)
    return np.take_along_axis(levels, since, axis=0), since.astype(np.int16)


def _rotated_places(
    half: npt.NDArray[np.int64],
    course: _FillingCourse,
    filling: npt.NDArray[np.float64],
    levels: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """Things stand in one half of a zone until the story, and as many in the other half after.

    Returns:
        Which places are taken, shape (days, slots).
    """
    days = np.arange(len(levels))[:, None]
    leaves = course.first + (course.last - course.first + 1) * np.arange(len(half)) / len(half)
    count = min(int((half == 0).sum()), int((half == 1).sum()))
    taken = np.zeros(levels.shape, dtype=np.bool_)
    for side, holds in ((0, days < leaves), (1, days >= leaves)):
        here = np.flatnonzero(half == side)
        ranks = np.argsort(np.argsort(levels[:, here], axis=1), axis=1)
        taken[:, here] = (ranks < np.rint(filling * count)[:, None]) & holds[:, here]
    return taken


def _traffic_events(
    nature: WorldNature,
    zones: tuple[WorldZone, ...],
    standing: npt.NDArray[np.float64],
    course: _FillingCourse,
    story: StoryKind,
) -> tuple[WorldEvent, ...]:
    """What happened to the zones of the story."""
    if story not in OF_OBJECTS:
        return ()
    return tuple(
        _zone_event(nature, zone, standing[:, number], course, story)
        for number, zone in enumerate(zones)
        if zone.is_of_story and standing[:, number].any()
    )


def _zone_event(
    nature: WorldNature,
    zone: WorldZone,
    standing: npt.NDArray[np.float64],
    course: _FillingCourse,
    story: StoryKind,
) -> WorldEvent:
    """The event of one zone, its areas from what stands there."""
    end = len(standing) if course.until is None else course.until
    before = float(standing[max(course.first - AROUND, 0) : course.first].mean())
    after = float(standing[course.last : end][:AROUND].mean())
    sign = 0 if story == "rotation" else (1 if after > before else -1)
    day = nature.first_day
    return WorldEvent(
        story,
        zone.zone_id,
        day + dt.timedelta(days=course.first),
        day + dt.timedelta(days=course.last),
        before,
        after,
        sign,
        None if course.until is None else day + dt.timedelta(days=course.until),
    )
