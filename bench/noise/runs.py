"""Which runs a yardstick of noise consists of, two at a time, and what comes out of them.

Order of work only; what a run does is in `measured`.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from assets.activity.models import Steps
from bench.noise.earned import Earned, earned
from bench.noise.measured import Values, choose_zones, measure
from bench.noise.quiet import Ground, QuietZone
from bench.noise.warned import hush
from bench.noise.watched import Place
from bench.noise.ways import WAYS, StepName, Way
from resources.models import Month

WORKERS: Final = 2


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        most: blocks of each group and size.
        most_of_steps: the same in runs with a step turned off.
        months: the last so many with looks; all if None.
        every: of those months, each so manieth in runs with a step turned off.
        is_with_steps: whether runs with steps turned off are made at all.
    """

    most: int = 8
    most_of_steps: int = 1
    months: int | None = None
    every: int = 3
    is_with_steps: bool = True


QUICK: Final = Extent(most=1, months=12, is_with_steps=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found at a place."""

    place: Place
    ground: Ground
    zones: list[QuietZone]
    values: Values
    earned: list[Earned]


def run(places: Sequence[Place], extent: Extent, tell: Callable[[str], None]) -> list[Outcome]:
    """Measure every place with all steps, and with each of them turned off."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=hush) as pool:
        started = [_start(pool, place, extent) for place in places]
        return [one.outcome(tell) for one in started]


@dataclass(frozen=True, slots=True)
class _Started:
    """Runs of one place that are under way."""

    place: Place
    ground: Ground
    zones: list[QuietZone]
    on: Future[Values]
    off: dict[StepName, Future[Values]]

    def outcome(self, tell: Callable[[str], None]) -> Outcome:
        """Wait for the runs."""
        tell(f"Measuring {len(self.zones)} quiet zones of {self.place.name} ...")
        values = self.on.result()
        without_it = {}
        for step, run_of_step in self.off.items():
            tell(f"Measuring {self.place.name} without {step} ...")
            without_it[step] = run_of_step.result()
        found = list(earned(values, without_it))
        return Outcome(self.place, self.ground, self.zones, values, found)


def _start(pool: ProcessPoolExecutor, place: Place, extent: Extent) -> _Started:
    """Begin the runs of a place."""
    zones, ground = choose_zones(place, most=extent.most)
    months = _months(place, extent)
    few = _few(zones, extent.most_of_steps)
    on = pool.submit(measure, place, zones, months, Way(Steps()))
    off = {
        step: pool.submit(measure, place, few, months[:: extent.every], way)
        for step, way in WAYS.items()
        if extent.is_with_steps and _tells(way, place)
    }
    return _Started(place, ground, zones, on, off)


def _months(place: Place, extent: Extent) -> list[Month]:
    return place.months if extent.months is None else place.months[-extent.months :]


def _few(zones: Sequence[QuietZone], most: int) -> list[QuietZone]:
    """At most so many zones of each group and area, evenly."""
    kinds: dict[tuple[str, float], list[QuietZone]] = {}
    for zone in zones:
        is_block = zone.group in ("piece", "stable", "edge")
        kinds.setdefault((zone.group, zone.area_m2 if is_block else 0.0), []).append(zone)
    return [zone for same in kinds.values() for zone in same[:: -(-len(same) // most)]]


def _tells(way: Way, place: Place) -> bool:
    """Whether a run can tell anything of a place: orbits need several, relief made-up ground."""
    is_about_orbits = way.is_leaning or not way.steps.orbit
    is_flat = place.eventful is not None
    return (len(place.orbits) > 1 or not is_about_orbits) and (is_flat or not way.is_leaning)
