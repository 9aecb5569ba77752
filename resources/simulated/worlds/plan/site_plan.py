"""What lies where in a world: its tile, its parcels with their use, and those that can be zones.

Shapes and words only; how they are painted is `ground`, what stands on them `slots`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from resources.models import Bounds
from resources.simulated.scenery.layout import Box
from resources.simulated.worlds.plan.chance import (
    WorldStream,
    happens_by_chance,
    log_uniform_between,
    random_stream,
    uniform_between,
)
from resources.simulated.worlds.plan.frame import WorldFrame, area_m2
from resources.simulated.worlds.plan.nature import Setting, WorldNature
from resources.simulated.worlds.plan.parcels import (
    NARROWEST_M,
    split_into_parcels,
    surrounding_boxes,
)
from resources.simulated.worlds.plan.stories import OF_OBJECTS, StoryKind

Use = Literal[
    "crop",
    "meadow",
    "pasture",
    "thin_grass",
    "deciduous",
    "evergreen",
    "sand",
    "bare_soil",
    "village",
    "paved",
    "works",
    "water",
]
Load = Literal["vehicles", "containers", "aircraft", "helicopters", "stockpiles", "vessels"]

USES: Final[dict[Setting, dict[Use, float]]] = {
    "farmland": {
        "crop": 0.62,
        "meadow": 0.12,
        "pasture": 0.08,
        "deciduous": 0.08,
        "evergreen": 0.03,
        "village": 0.05,
        "bare_soil": 0.02,
    },
    "woodland": {
        "evergreen": 0.34,
        "deciduous": 0.30,
        "meadow": 0.16,
        "pasture": 0.08,
        "crop": 0.08,
        "village": 0.04,
    },
    "desert": {"sand": 0.72, "bare_soil": 0.06, "thin_grass": 0.16, "crop": 0.03, "village": 0.03},
    "town": {
        "village": 0.46,
        "pasture": 0.16,
        "meadow": 0.08,
        "deciduous": 0.12,
        "crop": 0.12,
        "bare_soil": 0.06,
    },
    "coast": {
        "crop": 0.30,
        "pasture": 0.24,
        "thin_grass": 0.12,
        "deciduous": 0.10,
        "sand": 0.06,
        "village": 0.18,
    },
    "steppe": {
        "thin_grass": 0.58,
        "crop": 0.20,
        "bare_soil": 0.12,
        "pasture": 0.06,
        "village": 0.04,
    },
}
"""Share of parcels by setting; chosen."""
CORE_M: Final = (620.0, 1150.0)  # sides of the part that holds the zones; chosen
WIDE_CORE_M, WIDE_SHARE = (1150.0, 1450.0), 0.15
"""Sides in some worlds, and how many; so large that the tile stays within 3.6 km."""
HEADING_DEG: Final = 40.0  # at most, either way
REACH_M: Final = (605.0, 690.0)  # of the tile round the core
CUT_REACH_M, CUT_SHARE = (20.0, 110.0), 0.15
"""The same in worlds whose archive is cut tight, and how many those are."""
PARCELS: Final = (36.0, 60.0)  # of the core; 30 can be zones
DISTRICTS, LIKE_NEIGHBOURS = 45, 0.5
"""Districts with a use of their own, and the share of parcels that follow it; chosen."""
HUB_LEAST: Final = 4  # paved parcels in the hub on which things stand
HUB_SHARE: Final = (0.12, 0.35)  # of the core's parcels
LOADED, EMPTY = 0.45, 0.25
"""Share of the hub's further parcels with things on them, and paved without; the rest are works."""
HUB_PART: Final = (0.3, 0.5)  # of the core's side, in which the hub lies
LARGER, SMALLER = 2.2, 0.75
"""Size of parcels in the hub and elsewhere, against the mean."""
AIRCRAFT_M: Final = 90.0  # narrowest side of an apron
LOADS: Final[tuple[tuple[Load, ...], ...]] = (
    ("vehicles", "aircraft", "helicopters", "vehicles"),
    ("containers", "vehicles", "stockpiles", "containers"),
    ("vehicles", "vehicles", "containers"),
    ("stockpiles", "vehicles", "containers"),
)
"""What stands on the paved parcels of a world: an air base, a port, a depot, works."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One piece of a world.

    Attributes:
        box: along the world's axes.
        use: of the ground.
        load: what stands there; None where nothing does.
        is_core: whether it can be a zone.
    """

    box: Box
    use: Use
    load: Load | None = None
    is_core: bool = True


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """The parcels of a world on its tile.

    Attributes:
        core: the box that holds all zones.
        shore_m: v under which there is sea; None inland.
        river_m: v of a river's middle and its half width; None where there is none.
        is_cut: the archive is cut tight.
    """

    frame: WorldFrame
    core: Box
    parcels: tuple[Parcel, ...]
    shore_m: float | None
    river_m: tuple[float, float] | None
    is_cut: bool


def draw_plan(
    seed: int, nature: WorldNature, story: StoryKind, corner: tuple[float, float]
) -> WorldPlan:
    """The parcels of a world.

    Args:
        seed: Of the world.
        nature: Gives the setting.
        story: Needs paved parcels with objects, water, or open ground.
        corner: Easting and northing about which the tile lies, metres.
    """
    random = random_stream(seed, WorldStream.PARCELS)
    sizes = WIDE_CORE_M if happens_by_chance(random, WIDE_SHARE) else CORE_M
    half_u, half_v = (log_uniform_between(random, *sizes) / 2 for _ in range(2))
    core = Box(-half_u, -half_v, half_u, half_v)
    is_cut = happens_by_chance(random, CUT_SHARE)
    reach = uniform_between(random, *(CUT_REACH_M if is_cut else REACH_M))
    frame = _tile_frame(core, uniform_between(random, -HEADING_DEG, HEADING_DEG), reach, corner)
    is_coast = nature.setting == "coast"
    shore = -half_v + uniform_between(random, 0.25, 0.4) * 2 * half_v if is_coast else None
    river = (
        _draw_river(random, half_v, reach)
        if not is_coast and happens_by_chance(random, 0.3)
        else None
    )
    boxes = _parcel_boxes(random, core, frame, shore)
    parcels = _with_hub(random, _assign_uses(random, boxes, nature.setting, shore), story, shore)
    return WorldPlan(frame, core, tuple(parcels), shore, river, is_cut)


def _tile_frame(
    core: Box, heading_deg: float, reach_m: float, corner: tuple[float, float]
) -> WorldFrame:
    """The tile that holds the core and what lies within its reach, on the lattice of 20 m."""
    turn = math.radians(heading_deg)
    half_u, half_v = core.east, core.north
    half_x = half_u * abs(math.cos(turn)) + half_v * abs(math.sin(turn)) + reach_m
    half_y = half_u * abs(math.sin(turn)) + half_v * abs(math.cos(turn)) + reach_m
    wide, high = 40 * math.ceil(half_x / 20), 40 * math.ceil(half_y / 20)
    west, south = (20.0 * round(edge / 20) for edge in corner)
    return WorldFrame(Bounds(west, south, west + wide, south + high), heading_deg)


def _draw_river(random: np.random.Generator, half_v: float, reach_m: float) -> tuple[float, float]:
    """A river that passes the core on one side."""
    side = 1 if happens_by_chance(random, 0.5) else -1
    wide = uniform_between(random, 12, 45)
    return side * (half_v + wide + uniform_between(random, 60, max(reach_m - 60, 80))), wide


def _parcel_boxes(
    random: np.random.Generator, core: Box, frame: WorldFrame, shore: float | None
) -> list[tuple[Box, bool]]:
    """Boxes over the whole tile; whether each is of the core."""
    tile = frame.tile
    reach = math.hypot(tile.east - tile.west, tile.north - tile.south) / 2
    target = max(area_m2(core) / uniform_between(random, *PARCELS), (1.3 * NARROWEST_M) ** 2)
    inner = [
        parcel
        for bed, factor in _core_parts(random, core, shore)
        for parcel in split_into_parcels(random, bed, factor * target)
    ]
    coarse = target * uniform_between(random, 1.0, 2.5)
    outer = [
        parcel
        for box in surrounding_boxes(core, Box(-reach, -reach, reach, reach))
        for parcel in split_into_parcels(random, box, coarse)
    ]
    return [(box, True) for box in inner] + [(box, False) for box in outer]


def _core_parts(
    random: np.random.Generator, core: Box, shore: float | None
) -> list[tuple[Box, float]]:
    """Parts of the core and how large their parcels are: larger in the hub and at sea."""
    share = uniform_between(random, *HUB_PART)
    if shore is None:
        cut = core.west + share * (core.east - core.west)
        return [(core._replace(east=cut), LARGER), (core._replace(west=cut), SMALLER)]
    cut = shore + share * (core.north - shore)
    return [
        (core._replace(north=shore), LARGER),
        (core._replace(south=shore, north=cut), LARGER),
        (core._replace(south=cut), SMALLER),
    ]


def _assign_uses(
    random: np.random.Generator,
    boxes: list[tuple[Box, bool]],
    setting: Setting,
    shore: float | None,
) -> list[Parcel]:
    """A use for each box, by setting, often that of its neighbours; below the shore water."""
    uses = list(USES[setting])
    shares = np.array([USES[setting][use] for use in uses])
    reach = max(box.east for box, _ in boxes)
    points = random.uniform(-reach, reach, (DISTRICTS, 2))
    district = random.choice(len(uses), DISTRICTS, p=shares / shares.sum())
    parcels = []
    for box, is_core in boxes:
        middle = np.array([(box.west + box.east) / 2, (box.south + box.north) / 2])
        nearest = int(np.argmin(((points - middle) ** 2).sum(axis=1)))
        drawn = int(random.choice(len(uses), p=shares / shares.sum()))
        use = uses[int(district[nearest]) if happens_by_chance(random, LIKE_NEIGHBOURS) else drawn]
        if shore is not None and box.north <= shore + 1:
            use = "water"
        parcels.append(Parcel(box, use, None, is_core))
    return parcels


def _with_hub(
    random: np.random.Generator, parcels: list[Parcel], story: StoryKind, shore: float | None
) -> list[Parcel]:
    """The same with a hub of paved parcels, works and quays, near one point of the core."""
    land = [n for n, one in enumerate(parcels) if one.is_core and one.use != "water"]
    west = min(land, key=lambda number: parcels[number].box.west + parcels[number].box.east)
    hub = parcels[west].box if shore is None else None
    order = sorted(land, key=lambda number: _distance_to_hub(parcels[number].box, hub, shore))
    needed = HUB_LEAST if story in OF_OBJECTS else HUB_LEAST // 2
    count = max(needed, round(len(land) * uniform_between(random, *HUB_SHARE)))
    loads = LOADS[int(random.integers(len(LOADS)))]
    changed = list(parcels)
    for place, number in enumerate(order[:count]):
        changed[number] = _hub_parcel(random, parcels[number], place, loads)
    for number, one in enumerate(changed):
        if one.use == "water" and one.is_core and one.box.north >= (shore or 0) - 1:
            changed[number] = replace(one, load="vessels")
    return changed


def _distance_to_hub(box: Box, hub: Box | None, shore: float | None) -> float:
    """From the hub, or from the shore where there is one."""
    along, across = (box.west + box.east) / 2, (box.south + box.north) / 2
    if hub is None:
        return abs(along) / 3 + abs(across - (shore or 0.0))
    return math.hypot(along - (hub.west + hub.east) / 2, across - (hub.south + hub.north) / 2)


def _hub_parcel(
    random: np.random.Generator, parcel: Parcel, place: int, loads: tuple[Load, ...]
) -> Parcel:
    """Paved with things on it, paved and empty, or built over; the first four hold things."""
    drawn = float(random.random())
    if place < HUB_LEAST or drawn < LOADED:
        load = loads[place % len(loads)]
        if load == "aircraft" and min(_side_lengths(parcel.box)) < AIRCRAFT_M:
            load = "helicopters"
        return replace(parcel, use="paved", load=load)
    return replace(parcel, use="paved" if drawn < LOADED + EMPTY else "works")


def _side_lengths(box: Box) -> tuple[float, float]:
    """Length along and across."""
    return box.east - box.west, box.north - box.south
