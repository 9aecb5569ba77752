"""What stands on the base on each day: ordinary traffic through both years, then the story.

Who and where only; how it looks from above is `objects`. This is the truth of a simulation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from resources.simulated.scenery.layout import (
    GATHERING_SLOTS,
    HELICOPTER_SLOTS,
    LARGE_SLOTS,
    SMALL_SLOTS,
    VEHICLE_SLOTS,
    ParkingSlot,
)
from resources.simulated.scenery.simulation import RandomStream, Simulation

AircraftType = Literal["an-124", "il-76", "an-32", "an-72"]
Phase = Literal["gather", "arrive", "dismantle", "depart"]

DAYS_BEFORE_END: dict[Phase, int] = {"gather": 70, "arrive": 57, "dismantle": 40, "depart": 24}
"""First day of each phase, counted back from the end; after `depart` nothing is left."""

STORY_AIRCRAFT: tuple[tuple[AircraftType, int, int], ...] = (
    ("an-124", 0, 0),
    ("an-124", 1, 1),
    ("il-76", 3, 0),
    ("il-76", 4, 0),
    ("il-76", 10, 2),
    ("an-32", 0, 1),
    ("an-32", 2, 1),
    ("an-32", 4, 3),
    ("an-72", 7, 2),
)
"""Type, slot and days after `arrive`."""

LARGE_TYPES: tuple[AircraftType, ...] = ("an-124", "il-76")
ARRIVALS_A_DAY = 0.42
MAX_VISITORS = 4
VISITOR_TYPES: tuple[AircraftType, ...] = ("il-76", "an-32", "an-72", "an-124")
VISITOR_SHARES = (0.42, 0.40, 0.155, 0.025)
MEAN_STAY_DAYS = 1.8
WEEKEND_SHARE = 0.4
"""Arrivals at the weekend relative to a weekday."""
SATURDAY = 5

FILLING_WEEKDAY, FILLING_WEEKEND, FILLING_SPREAD = 0.78, 0.93, 0.03
"""Share of the vehicle park that is taken: on weekends the vehicles are home."""
HELICOPTER_AWAY = 0.08
"""Share of helicopters that are out on a day."""
GATHERING_FIRST, GATHERING_DAYS = 0.3, 8
"""Share of the gathering that is there on the first day, and days until all are."""
DISMANTLING_DAYS = 4
"""Days over which helicopters and vehicles disappear, a quarter each."""


@dataclass(frozen=True, slots=True)
class AircraftVisit:
    """An aircraft on the main apron from `first` until the day before `until`."""

    kind: AircraftType
    slot: int
    first: dt.date
    until: dt.date
    is_story: bool

    @property
    def place(self) -> ParkingSlot:
        """Where it stands."""
        return (LARGE_SLOTS if self.kind in LARGE_TYPES else SMALL_SLOTS)[self.slot]


@dataclass(frozen=True, slots=True)
class AirbaseStory:
    """Everything that stands on the base, day by day."""

    simulation: Simulation
    phases: dict[Phase, dt.date]
    visits: tuple[AircraftVisit, ...]

    def aircraft_on(self, day: dt.date) -> list[AircraftVisit]:
        """Aircraft on the main apron."""
        return [visit for visit in self.visits if visit.first <= day < visit.until]

    def vehicles_on(self, day: dt.date) -> npt.NDArray[np.bool_]:
        """Which places of the vehicle park are taken."""
        chance = self.simulation.chance(RandomStream.VEHICLES, day.toordinal())
        fixed = self.simulation.chance(RandomStream.VEHICLES).random(len(VEHICLE_SLOTS))
        filling = FILLING_WEEKEND if day.weekday() >= SATURDAY else FILLING_WEEKDAY
        filling = (filling + FILLING_SPREAD * chance.standard_normal()) * self._left_on(day)
        wish = 0.75 * fixed + 0.25 * chance.random(len(VEHICLE_SLOTS))
        return _first_of(wish, filling)

    def helicopters_on(self, day: dt.date) -> npt.NDArray[np.bool_]:
        """Which places of the helicopter stand are taken."""
        chance = self.simulation.chance(RandomStream.HELICOPTERS, day.toordinal())
        fixed = self.simulation.chance(RandomStream.HELICOPTERS).random(len(HELICOPTER_SLOTS))
        is_home = chance.random(len(HELICOPTER_SLOTS)) >= HELICOPTER_AWAY
        return is_home & _first_of(fixed, self._left_on(day))

    def gathered_on(self, day: dt.date) -> npt.NDArray[np.bool_]:
        """Which places of the gathering on the apron's east end are taken."""
        none = np.zeros(len(GATHERING_SLOTS), dtype=np.bool_)
        if not self.phases["gather"] <= day < self.phases["depart"]:
            return none
        done = (day - self.phases["gather"]).days / GATHERING_DAYS
        share = GATHERING_FIRST + (1 - GATHERING_FIRST) * min(done, 1.0)
        return _first_of(np.arange(len(none), dtype=np.float64), share)

    def _left_on(self, day: dt.date) -> float:
        """Share of the standing fleet that has not been taken away."""
        gone = (day - self.phases["dismantle"]).days + 1
        return min(max(1 - gone / DISMANTLING_DAYS, 0.0), 1.0)


def draw_story(simulation: Simulation) -> AirbaseStory:
    """Ordinary traffic until the story's aircraft arrive, then the story."""
    phases: dict[Phase, dt.date] = {
        name: simulation.end_day - dt.timedelta(days=days) for name, days in DAYS_BEFORE_END.items()
    }
    visits = (*_ordinary_visits(simulation, phases["gather"]), *_story_visits(phases))
    return AirbaseStory(simulation, phases, visits)


def _story_visits(phases: dict[Phase, dt.date]) -> list[AircraftVisit]:
    """The aircraft of the story; all leave on one day."""
    return [
        AircraftVisit(
            kind, slot, phases["arrive"] + dt.timedelta(days=late), phases["depart"], is_story=True
        )
        for kind, slot, late in STORY_AIRCRAFT
    ]


def _ordinary_visits(simulation: Simulation, before: dt.date) -> list[AircraftVisit]:
    """Visitors of the quiet time, all gone before the story starts."""
    chance = simulation.chance(RandomStream.TRAFFIC)
    visits: list[AircraftVisit] = []
    for day in simulation.days:
        rate = ARRIVALS_A_DAY * (WEEKEND_SHARE if day.weekday() >= SATURDAY else 1.0)
        for _ in range(int(chance.poisson(rate))):
            visit = _draw_visit(chance, day, before, visits)
            if visit is not None:
                visits.append(visit)
    return visits


def _draw_visit(
    chance: np.random.Generator, day: dt.date, before: dt.date, others: list[AircraftVisit]
) -> AircraftVisit | None:
    """One arrival on a free slot; None if the apron is busy or the quiet time over."""
    kind = VISITOR_TYPES[int(chance.choice(len(VISITOR_TYPES), p=VISITOR_SHARES))]
    stay = int(chance.geometric(1 / MEAN_STAY_DAYS))
    slots = len(LARGE_SLOTS if kind in LARGE_TYPES else SMALL_SLOTS)
    slot = int(chance.integers(slots))
    here = [other for other in others if other.first <= day < other.until]
    is_taken = any(
        other.slot == slot and (other.kind in LARGE_TYPES) == (kind in LARGE_TYPES)
        for other in here
    )
    until = min(day + dt.timedelta(days=stay), before)
    if len(here) >= MAX_VISITORS or is_taken or until <= day:
        return None
    return AircraftVisit(kind, slot, day, until, is_story=False)


def _first_of(order: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.bool_]:
    """The given share of places, those of the lowest order first."""
    count = round(min(max(share, 0.0), 1.0) * len(order))
    taken = np.zeros(len(order), dtype=np.bool_)
    taken[np.argsort(order, kind="stable")[:count]] = True
    return taken
