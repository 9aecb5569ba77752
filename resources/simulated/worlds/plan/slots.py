"""Places where things can stand in the zones of a world, and what each covers seen from above.

Shapes, heights and paints; which place is taken on which day is `traffic`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from resources.simulated.scenery.layout import Box, ParkingSlot
from resources.simulated.scenery.materials import DARK_AIRCRAFT, LIGHT_AIRCRAFT, VEHICLE, Spectrum
from resources.simulated.scenery.objects import AIRFRAMES, HELICOPTER_M, VEHICLE_M, aircraft_strips
from resources.simulated.scenery.story import AircraftType
from resources.simulated.worlds.plan.chance import log_uniform_between
from resources.simulated.worlds.plan.frame import GROUND_M, WorldFrame, shrink_box
from resources.simulated.worlds.plan.site_plan import Load
from resources.simulated.worlds.plan.zones import WorldZone

SLOTS_MOST: Final = 420  # of a zone; what is left of it stays empty
VESSEL_M: Final = (28.0, 130.0)  # length
LARGE_M: Final = 160.0  # side of an apron from which large aircraft stand on it
WHITE: Final = np.array([0.45, 0.47, 0.48, 0.48, 0.48, 0.42, 0.36])
RED: Final = np.array([0.07, 0.08, 0.20, 0.26, 0.27, 0.28, 0.24])
BLUE: Final = np.array([0.17, 0.14, 0.10, 0.14, 0.15, 0.16, 0.14])
GREY: Final = np.array([0.20, 0.21, 0.21, 0.22, 0.23, 0.24, 0.22])
COAL: Final = np.array([0.035, 0.036, 0.038, 0.045, 0.047, 0.055, 0.055])
"""Paints and heaps; round values, chosen here."""
PAINTS: Final[dict[Load, tuple[Spectrum, ...]]] = {
    "vehicles": (VEHICLE, VEHICLE, 0.8 * VEHICLE, 1.3 * VEHICLE, GREY),
    "containers": (RED, BLUE, GREY, WHITE, 0.7 * RED),
    "aircraft": (LIGHT_AIRCRAFT, 0.92 * LIGHT_AIRCRAFT, 1.08 * LIGHT_AIRCRAFT, GREY),
    "helicopters": (DARK_AIRCRAFT, 0.9 * DARK_AIRCRAFT, 1.15 * DARK_AIRCRAFT),
    "stockpiles": (COAL, COAL, 1.2 * COAL),
    "vessels": (RED, GREY, WHITE, 1.2 * GREY, BLUE),
}
HEIGHT_M: Final[dict[Load, float]] = {
    "vehicles": 3.0,
    "containers": 5.2,
    "aircraft": 5.0,
    "helicopters": 3.5,
    "stockpiles": 5.0,
    "vessels": 12.0,
}


@dataclass(frozen=True, slots=True)
class WorldSlots:
    """All places of a world.

    Attributes:
        zone: number of the zone that each lies in, shape (slots,).
        half: 0 or 1, which half of the zone; a rotation changes from one to the other.
        area_m2: that a thing on it covers.
        height_m: of such a thing.
        load: kind of thing.
        pixels: numbers of the flattened tile's pixels that any place touches, shape (n,).
        cover: share of these pixels that each place covers, shape (n, slots).
    """

    zone: npt.NDArray[np.int64]
    half: npt.NDArray[np.int64]
    area_m2: npt.NDArray[np.float64]
    height_m: npt.NDArray[np.float32]
    load: tuple[Load, ...]
    pixels: npt.NDArray[np.int64]
    cover: sparse.csr_matrix


def draw_slots(
    random: np.random.Generator, frame: WorldFrame, zones: tuple[WorldZone, ...]
) -> WorldSlots:
    """Every place of every zone on which things stand."""
    rows, shares, columns = [], [], []
    zone_of: list[int] = []
    halves: list[int] = []
    areas: list[float] = []
    loads: list[Load] = []
    for number, zone in enumerate(zones):
        if zone.load is None:
            continue
        for half, parts in _slots_of_zone(random, zone.load, shrink_box(zone.box, 4.0)):
            pixels, share = frame.covered(parts)
            rows.append(pixels)
            shares.append(share)
            columns.append(np.full(len(pixels), len(zone_of)))
            zone_of.append(number)
            halves.append(half)
            areas.append(float(share.sum()) * GROUND_M**2)
            loads.append(zone.load)
    return WorldSlots(
        np.array(zone_of, dtype=np.int64),
        np.array(halves, dtype=np.int64),
        np.array(areas),
        np.array([HEIGHT_M[load] for load in loads], dtype=np.float32),
        tuple(loads),
        *_cover_matrix(rows, shares, columns, len(zone_of)),
    )


def _cover_matrix(
    rows: list[npt.NDArray[np.int64]],
    shares: list[npt.NDArray[np.float32]],
    columns: list[npt.NDArray[np.int64]],
    count: int,
) -> tuple[npt.NDArray[np.int64], sparse.csr_matrix]:
    """Touched pixels and the share that each place covers of them."""
    if not rows:
        return np.zeros(0, dtype=np.int64), sparse.csr_matrix(np.zeros((0, 0), dtype=np.float32))
    pixels, inverse = np.unique(np.concatenate(rows), return_inverse=True)
    values = (np.concatenate(shares), (inverse, np.concatenate(columns)))
    return pixels, sparse.csr_matrix(values, shape=(len(pixels), count), dtype=np.float32)


def _slots_of_zone(
    random: np.random.Generator, load: Load, box: Box
) -> Iterator[tuple[int, list[Box]]]:
    """Half of the zone and parts of each place of a zone, no more than `SLOTS_MOST`."""
    makers = {
        "vehicles": lambda: _rows_of_boxes(box, VEHICLE_M, (2.2, 9.5)),
        "helicopters": lambda: _rows_of_boxes(box, HELICOPTER_M, (18.0, 22.0)),
        "containers": lambda: _rows_of_boxes(
            box, (12.2, 2.5 * int(random.integers(4, 9))), (8.0, 9.0)
        ),
        "stockpiles": lambda: _rows_of_boxes(box, (34.0, 16.0), (9.0, 12.0)),
        "vessels": lambda: _rows_of_boxes(box, _vessel_size(random, box), (20.0, 18.0)),
        "aircraft": lambda: _aircraft_stands(random, box),
    }
    places = list(makers[load]())
    middle = (box.south + box.north) / 2
    for parts in places[:SLOTS_MOST]:
        yield int((parts[0].south + parts[0].north) / 2 > middle), parts


def _vessel_size(random: np.random.Generator, box: Box) -> tuple[float, float]:
    """Beam and length of the vessels of one zone, metres; at least two lie side by side."""
    most = min(VESSEL_M[1], (box.east - box.west - 20.0) / 2)
    length = log_uniform_between(random, VESSEL_M[0], max(most, 1.1 * VESSEL_M[0]))
    return max(6.0, length / 6.5), length


def _rows_of_boxes(
    box: Box, size_m: tuple[float, float], gaps_m: tuple[float, float]
) -> Iterator[list[Box]]:
    """Rectangles in rows that fill a box.

    Args:
        box: To fill.
        size_m: Across and along the rows.
        gaps_m: Between neighbours of a row, and between rows.
    """
    across, along = size_m
    columns = max(int((box.east - box.west + gaps_m[0]) // (along + gaps_m[0])), 0)
    rows = max(int((box.north - box.south + gaps_m[1]) // (across + gaps_m[1])), 0)
    step = max(math.ceil(rows * columns / SLOTS_MOST), 1)
    for number in range(0, rows * columns, step):
        row, column = divmod(number, columns)
        west = box.west + column * (along + gaps_m[0])
        south = box.south + row * (across + gaps_m[1])
        yield [Box(west, south, west + along, south + across)]


def _aircraft_stands(random: np.random.Generator, box: Box) -> Iterator[list[Box]]:
    """Stands of one type of aircraft, in rows."""
    high = box.north - box.south
    large: tuple[AircraftType, ...] = ("an-124", "il-76", "an-72")
    small: tuple[AircraftType, ...] = ("an-72", "an-32")
    kinds = large if high > LARGE_M else small
    frame = AIRFRAMES[kinds[int(random.integers(len(kinds)))]]
    room = max(frame.length, frame.span) + 9
    for row in range(int(high // room)):
        for column in range(int((box.east - box.west) // room)):
            centre = ParkingSlot(box.west + (column + 0.5) * room, box.south + (row + 0.5) * room)
            yield aircraft_strips(frame, centre, is_turned=row % 2 == 1)
