"""When a world is looked at: satellites, relative orbits, times, and how the files were processed.

At most `LOOKS_MOST` looks: where more would come, the archive holds every second, third or fourth
pass of each track.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from resources.simulated.items import ProductProcessing, collection_1_processing
from resources.simulated.scenery.instrument import DN_OFFSET
from resources.simulated.scenery.passes import (
    CYCLE_DAYS,
    UNIT_C_REPLACES_A,
    SimulatedPass,
    sun_position,
)
from resources.simulated.worlds.plan.chance import WorldStream, happens_by_chance, random_stream
from resources.simulated.worlds.plan.nature import WorldNature

LOOKS_MOST: Final = 150
ORBITS_SHARES: Final = (
    0.38,
    0.40,
    0.14,
    0.08,
)  # of worlds with one to four relative orbits; chosen
LONE_SATELLITE: Final = 0.12  # share of worlds whose archive has one satellite only; chosen
UNIT_B_SINCE: Final = dt.date(2017, 7, 1)  # day; first products of Sentinel-2B
OFFSET_SINCE: Final = dt.date(2022, 1, 25)  # day; processing baseline 04.00
LOCAL_TIME: Final = dt.timedelta(hours=10, minutes=30)  # of the descending node, mean solar
WEST_FIRST: Final = dt.timedelta(minutes=10)  # how much apart neighbouring orbits see a place
ORBIT_NUMBERS: Final = 143
OLD_BASELINES: Final = (
    (dt.date(2022, 1, 25), "04.00"),
    (dt.date(2021, 6, 30), "03.01"),
    (dt.date(2020, 2, 4), "02.14"),
    (dt.date(2018, 11, 6), "02.10"),
    (dt.date.min, "02.05"),
)
"""First day of each processing baseline of products that were never processed anew."""

Catalogue = Literal["collection_1", "as_sensed", "subtracted"]
CATALOGUES: Final[tuple[Catalogue, ...]] = ("collection_1", "as_sensed", "subtracted")
CATALOGUE_SHARES: Final = (0.4, 0.35, 0.25)  # of worlds; chosen


@dataclass(frozen=True, slots=True)
class PassTimetable:
    """All looks of a world in order, with the processing of each.

    Attributes:
        looks: every pass that the archive holds; `processing` of each.
        catalogue: how products came into it.
        orbit_gain: brightness by relative orbit, relative, from the angle of view.
        orbit_shift_px: misplacement that the looks of an orbit share, 10 m pixels.
    """

    looks: tuple[SimulatedPass, ...]
    processing: tuple[ProductProcessing, ...]
    catalogue: Catalogue
    orbit_gain: dict[int, float]
    orbit_shift_px: dict[int, tuple[float, float]]


def draw_timetable(seed: int, nature: WorldNature, misplaced_px: float) -> PassTimetable:
    """The looks of a world.

    Args:
        seed: Of the world.
        nature: Gives the days and the sun.
        misplaced_px: Spread of misregistration, 10 m pixels; orbits share a third of it.
    """
    random = random_stream(seed, WorldStream.PASSES)
    count = 1 + int(random.choice(len(ORBITS_SHARES), p=ORBITS_SHARES))
    orbits = sorted(
        int(n) for n in random.choice(np.arange(1, ORBIT_NUMBERS), count, replace=False)
    )
    offsets = [int(day) for day in random.choice(CYCLE_DAYS // 2, count, replace=False)]
    lone = "AB"[int(random.integers(2))] if happens_by_chance(random, LONE_SATELLITE) else ""
    passes = [
        (day, unit, orbit, place)
        for day in _world_days(nature)
        for place, (orbit, offset) in enumerate(zip(orbits, offsets, strict=True))
        for unit in _passing_units(day, offset, lone)
    ]
    kept = _thin_passes(passes)
    looks = tuple(_pass_with_sun(number, nature, one) for number, one in enumerate(kept))
    catalogue = CATALOGUES[int(random.choice(len(CATALOGUES), p=CATALOGUE_SHARES))]
    gains = random.uniform(-0.03, 0.03, count)
    shifts = random.normal(0, misplaced_px / 3, (count, 2))
    return PassTimetable(
        looks,
        tuple(_product_processing(look.day, catalogue) for look in looks),
        catalogue,
        dict(zip(orbits, map(float, gains), strict=True)),
        {orbit: (float(x), float(y)) for orbit, (x, y) in zip(orbits, shifts, strict=True)},
    )


Pass = tuple[dt.date, str, int, int]
"""Day, unit, relative orbit and the orbit's place among those of the world."""


def _world_days(nature: WorldNature) -> list[dt.date]:
    """Every day of the world."""
    count = (nature.end_day - nature.first_day).days
    return [nature.first_day + dt.timedelta(days=step) for step in range(count)]


def _passing_units(day: dt.date, offset: int, lone: str) -> list[str]:
    """The satellite that passes on a day on the orbit with this offset, if one does."""
    step = day.toordinal() % CYCLE_DAYS
    if step == offset and lone != "B":
        return ["A" if day < UNIT_C_REPLACES_A else "C"]
    is_b = step == offset + CYCLE_DAYS // 2 and (day >= UNIT_B_SINCE or lone == "B")
    return ["B"] if is_b and lone != "A" else []


def _thin_passes(passes: list[Pass]) -> list[Pass]:
    """Every k-th pass of each track, k as small as the most allows."""
    every = math.ceil(len(passes) / LOOKS_MOST)
    seen: dict[tuple[bool, int], int] = {}
    kept = []
    for one in passes:
        track = (one[1] == "B", one[3])
        number = seen.get(track, 0)
        seen[track] = number + 1
        if number % every == (2 * one[3] + track[0]) % every:
            kept.append(one)
    return kept[:LOOKS_MOST]


def _pass_with_sun(number: int, nature: WorldNature, one: Pass) -> SimulatedPass:
    """The pass with its time and sun."""
    day, unit, orbit, place = one
    solar = LOCAL_TIME + place * WEST_FIRST - WEST_FIRST
    utc = solar - dt.timedelta(hours=nature.longitude_deg / 15)
    wobble = dt.timedelta(milliseconds=1000 * (day.toordinal() % 7) + 24)
    sensed_at = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) + utc + wobble
    sensed_at = sensed_at.replace(microsecond=sensed_at.microsecond // 1000 * 1000)
    elevation, azimuth = sun_position(sensed_at, nature.latitude_deg, nature.longitude_deg)
    return SimulatedPass(number, unit, orbit, sensed_at, elevation, azimuth)


def _product_processing(day: dt.date, catalogue: Catalogue) -> ProductProcessing:
    """How the product of a day came into the archive."""
    if catalogue == "collection_1":
        return collection_1_processing(day)
    baseline = next(name for first, name in OLD_BASELINES if day >= first)
    if day < OFFSET_SINCE:
        return ProductProcessing(baseline, stored_dn=0, declared_dn=0)
    newer = collection_1_processing(day).baseline
    baseline = newer if newer > "05.09" else baseline
    if catalogue == "subtracted":
        return ProductProcessing(baseline, stored_dn=0, declared_dn=DN_OFFSET, is_subtracted=True)
    return ProductProcessing(baseline)
