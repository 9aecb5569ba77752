"""Which parcels of a world are its zones, in which order: those of the story first.

The order does not depend on how many are asked for, so that a world with 20 zones holds the
zones of the same world with five.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from shapely.geometry import Polygon

from resources.models import ZoneKind
from resources.simulated.scenery.layout import Box
from resources.simulated.worlds.plan.chance import (
    WorldStream,
    happens_by_chance,
    random_stream,
    uniform_between,
)
from resources.simulated.worlds.plan.frame import WorldFrame, area_m2, shrink_box
from resources.simulated.worlds.plan.site_plan import Load, Parcel, Use, WorldPlan
from resources.simulated.worlds.plan.stories import LEFT, StoryKind

ZONES_MOST: Final = 30
ZONES_LEAST: Final = 2
LEAST_M2: Final = 3000.0  # area of a zone
MOST_M2: Final = 300_000.0
NARROWEST_M: Final = 30.0  # side of a zone
INSET_M: Final = (5.0, 14.0)  # from the parcel's edge
NATURAL_INSET_M: Final = 15.0  # where the edge is crooked
CORNER_SHARE: Final = 0.3  # of zones with one corner cut off; chosen
REFERENCE_SHARE: Final = (
    0.12  # of zones without things on them that are listed as reference; chosen
)
OPEN_USES: Final[tuple[Use, ...]] = ("crop", "meadow", "pasture", "thin_grass", "sand", "bare_soil")
KINDS: Final[dict[Load, ZoneKind]] = {
    "vehicles": "parking",
    "containers": "storage",
    "aircraft": "apron",
    "helicopters": "apron",
    "stockpiles": "yard",
    "vessels": "berth",
}
WORDS: Final[dict[str, str]] = {
    "vehicles": "vehicle park",
    "containers": "container yard",
    "aircraft": "apron",
    "helicopters": "helicopter stand",
    "stockpiles": "stockyard",
    "vessels": "berth",
    "crop": "field",
    "meadow": "meadow",
    "pasture": "grass",
    "thin_grass": "scrub",
    "deciduous": "wood",
    "evergreen": "conifers",
    "sand": "sand",
    "bare_soil": "bare ground",
    "village": "houses",
    "paved": "hard standing",
    "works": "works",
    "water": "water",
}


@dataclass(frozen=True, slots=True)
class WorldZone:
    """A zone of a world.

    Attributes:
        zone_id: kind of ground and number; `name` says SIMULATED.
        kind: as in the watch list.
        outline: metres of the map.
        box: along the world's axes, before corners were cut.
        parcel: of the plan, by number.
        is_of_story: whether the story is about it.
    """

    zone_id: str
    name: str
    kind: ZoneKind
    outline: Polygon
    box: Box
    parcel: int
    use: Use
    load: Load | None
    is_of_story: bool

    @property
    def ground(self) -> str:
        """What it is, in a word or two."""
        return WORDS[self.load or self.use]


def draw_zones(seed: int, plan: WorldPlan, story: StoryKind) -> tuple[WorldZone, ...]:
    """Every parcel that can be a zone, up to `ZONES_MOST`, those of the story first."""
    random = random_stream(seed, WorldStream.ZONES)
    fit = [n for n, parcel in enumerate(plan.parcels) if parcel.is_core and _zone_box(parcel)]
    order = [int(number) for number in random.permutation(fit)]
    told = _story_parcels(plan, story, order, random)
    rest = [number for number in order if number not in told]
    chosen = [*told, *_interleave_parcels(plan, rest)][:ZONES_MOST]
    return tuple(
        _draw_zone(random, plan, number, place, is_of_story=number in told)
        for place, number in enumerate(chosen)
    )


def draw_zone_count(seed: int, told: int, available: int) -> int:
    """How many zones a world has of itself: 2 to 30, more often few, and those of its story."""
    random = random_stream(seed, WorldStream.ZONES, 1)
    drawn = round(np.exp(random.uniform(np.log(ZONES_LEAST), np.log(ZONES_MOST + 1))))
    return min(max(int(drawn), told + 1, ZONES_LEAST), available)


def _story_parcels(
    plan: WorldPlan, story: StoryKind, order: list[int], random: np.random.Generator
) -> list[int]:
    """The parcels that a story is about: of objects, of water, or of open ground."""
    loaded = [n for n in order if plan.parcels[n].load not in (None, "vessels")]
    loaded.sort(key=lambda n: -area_m2(plan.parcels[n].box) * float(random.uniform(0.4, 1.0)))
    if story == "arrival":
        return loaded[: int(random.integers(1, 3))]
    if story in LEFT:
        return loaded[: int(random.integers(2, 5))]
    if story == "vessels":
        afloat = [n for n in order if plan.parcels[n].load == "vessels"]
        afloat.sort(key=lambda n: -area_m2(plan.parcels[n].box) * float(random.uniform(0.4, 1.0)))
        return afloat[: int(random.integers(1, 3))]
    if story == "resurfacing":
        return [n for n in order if plan.parcels[n].use == "paved"][:1]
    if story == "construction":
        is_open = [n for n in order if plan.parcels[n].use in OPEN_USES]
        is_open.sort(key=lambda n: -area_m2(plan.parcels[n].box) * float(random.uniform(0.1, 1.0)))
        return is_open[: int(random.integers(1, 3))]
    return []


def _interleave_parcels(plan: WorldPlan, numbers: list[int]) -> list[int]:
    """In turn one with things on it, and two without."""
    busy = [n for n in numbers if plan.parcels[n].load]
    calm = [n for n in numbers if not plan.parcels[n].load]
    mixed: list[int] = []
    while busy or calm:
        mixed += calm[:1] + busy[:1] + calm[1:2]
        busy, calm = busy[1:], calm[2:]
    return mixed


def _zone_box(parcel: Parcel) -> Box | None:
    """Where a zone of a parcel could lie at most; None where it would be too small."""
    inset = INSET_M[1] if parcel.use in ("paved", "works", "water") else NATURAL_INSET_M
    box = shrink_box(parcel.box, inset)
    if (
        min(box.east - box.west, box.north - box.south) < NARROWEST_M
        or area_m2(box) < LEAST_M2 / 0.9
    ):
        return None
    return box


def _draw_zone(
    random: np.random.Generator, plan: WorldPlan, number: int, place: int, *, is_of_story: bool
) -> WorldZone:
    """The zone of a parcel."""
    parcel = plan.parcels[number]
    is_hard = parcel.use in ("paved", "works", "water")
    inset = uniform_between(random, *INSET_M) if is_hard else NATURAL_INSET_M
    box = _limit_area(shrink_box(parcel.box, inset))
    has_corner = happens_by_chance(random, CORNER_SHARE)
    is_reference = happens_by_chance(random, REFERENCE_SHARE) and not is_of_story
    kind: ZoneKind = KINDS[parcel.load] if parcel.load else "other"
    if parcel.use in ("village", "works"):
        kind = "building"
    if is_reference and parcel.load is None:
        kind = "reference"
    word = WORDS[parcel.load or parcel.use]
    return WorldZone(
        zone_id=f"{word.replace(' ', '-')}-{place + 1:02d}",
        name=f"SIMULATED {word} {place + 1}",
        kind=kind,
        outline=_zone_outline(plan.frame, box, has_corner=has_corner and parcel.load is None),
        box=box,
        parcel=number,
        use=parcel.use,
        load=parcel.load,
        is_of_story=is_of_story,
    )


def _limit_area(box: Box) -> Box:
    """The same, no larger than `MOST_M2`."""
    if area_m2(box) <= MOST_M2:
        return box
    return box._replace(east=box.west + MOST_M2 / (box.north - box.south))


def _zone_outline(frame: WorldFrame, box: Box, *, has_corner: bool) -> Polygon:
    """The zone on the map, with one corner cut off where asked."""
    if not has_corner:
        return frame.outline(box)
    cut = 0.3 * min(box.east - box.west, box.north - box.south)
    points = (
        (box.west, box.south),
        (box.east, box.south),
        (box.east, box.north - cut),
        (box.east - cut, box.north),
        (box.west, box.north),
    )
    return Polygon([frame.to_map(u, v) for u, v in points])
