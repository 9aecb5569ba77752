"""Where things lie on the made-up air base: tile, zones, surfaces, buildings and places to park.

Shapes only, in metres of EPSG:32629; what they are made of and what stands on them is elsewhere.
The base is a fiction: its coordinates are open sea, some 180 km west of Portugal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from shapely.geometry import Polygon

from resources.models import Bounds, ZoneKind
from resources.simulated.scenery.place import SimulatedPlace

SITE_ID = "simulated-airbase"
SITE_NAME = "SIMULATED air base"
EPSG = 32629
MGRS_TILE = "29TLG"
MARGIN_M = 500.0
"""Round the zones, as in the site file; the tile reaches at least 60 m further."""

TILE = Bounds(334_000.0, 4_648_600.0, 337_400.0, 4_651_000.0)
"""The crop that every look shows: 340 x 240 pixels of 10 m on the lattice of tens."""

PLACE = SimulatedPlace(
    SITE_ID,
    SITE_NAME,
    "SIMULATED Sentinel-2 scenes of an air base that does not exist, at a place in the open sea",
    EPSG,
    MGRS_TILE,
    TILE,
)

HEADING_DEG = 7.0
"""The runway runs this many degrees north of east, so that no edge follows the pixels."""


class Box(NamedTuple):
    """A rectangle of the base: u along the runway, v to its left, metres from the tile's centre."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class ZonePlan:
    """A zone of the site file."""

    zone_id: str
    name: str
    kind: ZoneKind
    box: Box


@dataclass(frozen=True, slots=True)
class Building:
    """A roof with the material of its top and its height, metres."""

    box: Box
    roof: str
    height_m: float


MAIN_APRON = Box(-420, -110, 330, 160)
HELICOPTER_STAND = Box(420, 0, 800, 150)
VEHICLE_PARK = Box(430, -260, 640, -110)
DEPOT = Box(-880, -260, -560, 30)
CONCRETE_REFERENCE = Box(-840, 95, -560, 185)
GRASS_REFERENCE = Box(-400, -410, 200, -240)
RUNWAY = Box(-960, 355, 960, 415)

ZONES = (
    ZonePlan("main-apron", "SIMULATED main apron", "apron", MAIN_APRON),
    ZonePlan("helicopter-stand", "SIMULATED helicopter stand", "apron", HELICOPTER_STAND),
    ZonePlan("vehicle-park", "SIMULATED vehicle park", "parking", VEHICLE_PARK),
    ZonePlan("runway", "SIMULATED runway", "runway", RUNWAY),
    ZonePlan("depot", "SIMULATED depot", "storage", DEPOT),
    ZonePlan("grass-reference", "SIMULATED grass that stays", "reference", GRASS_REFERENCE),
    ZonePlan("concrete-reference", "SIMULATED unused concrete", "reference", CONCRETE_REFERENCE),
)

BUILDINGS = (
    Building(Box(-850, -230, -760, -180), "white_roof", 9.0),
    Building(Box(-850, -150, -760, -100), "grey_roof", 9.0),
    Building(Box(-720, -230, -690, -110), "grey_roof", 8.0),
    Building(Box(-650, -230, -590, -170), "red_roof", 7.0),
    Building(Box(-840, -50, -700, -25), "grey_roof", 6.0),
    Building(Box(-380, -190, -300, -135), "white_roof", 14.0),
    Building(Box(-260, -190, -180, -135), "grey_roof", 14.0),
    Building(Box(-130, -180, -60, -140), "red_roof", 8.0),
    Building(Box(0, -175, 20, -155), "white_roof", 20.0),
    Building(Box(90, -190, 200, -145), "grey_roof", 10.0),
    Building(Box(700, -230, 790, -190), "red_roof", 7.0),
    Building(Box(700, -150, 790, -110), "red_roof", 7.0),
)

SURFACES: tuple[tuple[str, Box], ...] = (
    ("asphalt", Box(-960, 208, 960, 233)),
    ("asphalt", Box(-960, 233, -935, 360)),
    ("asphalt", Box(935, 233, 960, 360)),
    ("asphalt", Box(-520, 233, -495, 360)),
    ("asphalt", Box(480, 233, 505, 360)),
    ("asphalt", Box(-330, 160, -300, 208)),
    ("asphalt", Box(200, 160, 230, 208)),
    ("asphalt", Box(600, 150, 625, 208)),
    ("old_concrete", Box(-715, 185, -690, 208)),
    ("asphalt", Box(-560, -215, 860, -200)),
    ("asphalt", Box(500, -215, 515, 0)),
    ("asphalt", Box(845, -560, 860, -200)),
    ("asphalt", Box(-1700, -560, 1700, -550)),
    ("asphalt", RUNWAY),
    ("rubber", Box(-880, 372, -560, 398)),
    ("rubber", Box(560, 372, 880, 398)),
    ("concrete", MAIN_APRON),
    ("new_concrete", Box(-150, -20, 130, 90)),
    ("old_concrete", HELICOPTER_STAND),
    ("gravel", VEHICLE_PARK),
    ("asphalt", DEPOT),
    ("bare_soil", Box(-660, -130, -570, -10)),
    ("old_concrete", CONCRETE_REFERENCE),
    ("bare_soil", Box(860, -150, 1010, 40)),
    ("water", Box(-1300, -860, -1120, -720)),
    ("trees", Box(-1500, -470, -1130, 240)),
    ("trees", Box(-200, -900, 330, -640)),
    ("trees", Box(1080, 300, 1420, 760)),
)
"""Painted one over the other, on fields outside the fence and grass inside it."""

FENCE = Box(-1060, -500, 1060, 520)


class ParkingSlot(NamedTuple):
    """A place to park: its centre in u and v, metres."""

    along: float
    across: float


LARGE_SLOTS = tuple(ParkingSlot(-375.0 + 90 * i, row) for row in (112.0, 18.0) for i in range(7))
"""Room for an aircraft of 69 x 73 m."""
SMALL_SLOTS = tuple(ParkingSlot(-395.0 + 52 * i, -74.0) for i in range(12))
"""Room for an aircraft of 28 x 32 m."""
HELICOPTER_SLOTS = tuple(
    ParkingSlot(445.0 + 36 * i, row) for row in (30.0, 75.0, 120.0) for i in range(10)
)
VEHICLE_SLOTS = tuple(
    ParkingSlot(441.0 + 5 * i, -250 + 18.5 * row) for row in range(8) for i in range(38)
)
GATHERING_SLOTS = tuple(
    ParkingSlot(252.0 + 14 * i, -92 + 24.5 * row) for row in range(10) for i in range(6)
)
"""On the east end of the main apron, where nothing stands before the story."""


def box_on_map(box: Box) -> Polygon:
    """The rectangle on the map, metres of EPSG:32629."""
    corners = (
        (box.west, box.south),
        (box.east, box.south),
        (box.east, box.north),
        (box.west, box.north),
    )
    return Polygon([to_map(u, v) for u, v in corners])


def to_map(along: float, across: float) -> tuple[float, float]:
    """Easting and northing of a point of the base, metres of EPSG:32629."""
    turn = math.radians(HEADING_DEG)
    east = (TILE.west + TILE.east) / 2 + along * math.cos(turn) - across * math.sin(turn)
    north = (TILE.south + TILE.north) / 2 + along * math.sin(turn) + across * math.cos(turn)
    return east, north
