"""How aircraft, helicopters, vehicles and the shadows of buildings change the ground's light.

Drawn fine in one window round the busy part of the base, and handed on as an increment to the
bare ground; who stands where is `story`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from shapely.ops import unary_union

from resources.models import Bounds
from resources.simulated.scenery.drawing import fill_box
from resources.simulated.scenery.ground import fine_shape
from resources.simulated.scenery.instrument import FINE_M
from resources.simulated.scenery.layout import (
    BUILDINGS,
    GATHERING_SLOTS,
    HELICOPTER_SLOTS,
    TILE,
    VEHICLE_SLOTS,
    ZONES,
    Box,
    ParkingSlot,
    box_on_map,
)
from resources.simulated.scenery.materials import DARK_AIRCRAFT, LIGHT_AIRCRAFT, SHADE, VEHICLE
from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.scenery.story import LARGE_TYPES, AirbaseStory, AircraftType

OBJECT_M = FINE_M / 2
"""Pixel in which outlines are drawn before they are averaged to `FINE_M`, metres."""
REACH_M = 60.0
"""Room round the busy zones for shadows and blur."""
LATTICE_M = 20
BUSY_ZONES = ("main-apron", "helicopter-stand", "vehicle-park", "depot")

HELICOPTER_M = (18.0, 5.0)
VEHICLE_M = (8.5, 2.8)
PAINTS = (0.88, 0.94, 1.0, 1.06, 1.12)
"""Brightness of single aircraft, relative."""
COVER_HEIGHT_M = {"parked": 3.0, "small": 4.0, "large": 7.0}


@dataclass(frozen=True, slots=True)
class Airframe:
    """Plan of an aircraft from above, metres; wings and tail are straight strips."""

    length: float
    span: float
    fuselage: float
    chord: float
    tail_span: float
    tail_chord: float

    @property
    def area_m2(self) -> float:
        """What it covers seen from above."""
        return float(
            unary_union([box_on_map(box) for box in aircraft_strips(self, ParkingSlot(0, 0))]).area
        )


AIRFRAMES: dict[AircraftType, Airframe] = {
    "an-124": Airframe(69, 73, 7.3, 8.4, 25, 5.0),
    "il-76": Airframe(47, 50, 4.8, 5.9, 17, 3.8),
    "an-32": Airframe(24, 29, 2.9, 2.5, 10, 1.6),
    "an-72": Airframe(28, 32, 3.1, 3.1, 10, 1.9),
}
"""Length and span from the makers' figures; widths chosen so that the covered area is right."""


@dataclass(frozen=True, slots=True)
class SceneryLayers:
    """What one day puts on the ground, in the window's fine pixels, shape (y, x).

    `covered` and `shadow` are shares; `light`, `dark` and `vehicles` are shares times how bright
    the single object is.
    """

    covered: npt.NDArray[np.float32]
    light: npt.NDArray[np.float32]
    dark: npt.NDArray[np.float32]
    vehicles: npt.NDArray[np.float32]
    shadow: npt.NDArray[np.float32]


@functools.cache
def object_window() -> Bounds:
    """Where objects can stand, with room for shadow and blur, on the 20 m lattice of the tile."""
    shapes = [box_on_map(plan.box) for plan in ZONES if plan.zone_id in BUSY_ZONES]
    shapes += [box_on_map(house.box) for house in BUILDINGS]
    west, south, east, north = unary_union(shapes).buffer(REACH_M).bounds
    return Bounds(
        TILE.west + math.floor((west - TILE.west) / LATTICE_M) * LATTICE_M,
        TILE.north - math.ceil((TILE.north - south) / LATTICE_M) * LATTICE_M,
        TILE.west + math.ceil((east - TILE.west) / LATTICE_M) * LATTICE_M,
        TILE.north - math.floor((TILE.north - north) / LATTICE_M) * LATTICE_M,
    )


def window_slices(pixel_m: float) -> tuple[slice, slice]:
    """Rows and columns of the window in the tile's pixels of that size."""
    box = object_window()
    top, bottom = (round((TILE.north - edge) / pixel_m) for edge in (box.north, box.south))
    left, right = (round((edge - TILE.west) / pixel_m) for edge in (box.west, box.east))
    return slice(top, bottom), slice(left, right)


def aircraft_strips(frame: Airframe, centre: ParkingSlot, *, is_turned: bool = False) -> list[Box]:
    """An aircraft seen from above: fuselage, wings and tailplane, nose across the runway."""
    ahead = -1 if is_turned else 1
    parts = (
        (0.0, frame.length, frame.fuselage),
        (0.06 * frame.length, frame.chord, frame.span),
        (-0.45 * frame.length, frame.tail_chord, frame.tail_span),
    )
    return [
        _slot_box(ParkingSlot(centre.along, centre.across + ahead * forward), (long, wide))
        for forward, long, wide in parts
    ]


def draw_scenery(story: AirbaseStory, look: SimulatedPass) -> SceneryLayers:
    """Everything that stands on the base at a look, with its cast shadows."""
    taken = np.concatenate(
        [
            [False],
            story.helicopters_on(look.day),
            story.vehicles_on(look.day),
            story.gathered_on(look.day),
        ]
    )
    parked = taken[_slot_numbers()]
    is_helicopter = _slot_numbers() <= len(HELICOPTER_SLOTS)
    large, small = (
        _draw_aircraft(story, look, is_large=True),
        _draw_aircraft(story, look, is_large=False),
    )
    bodies = large + small
    solid = (bodies > 0) | parked | _roof_masks().any(axis=0)
    return SceneryLayers(
        covered=_average_to_fine((bodies > 0) | parked),
        light=_average_to_fine(bodies),
        dark=_average_to_fine(parked & is_helicopter),
        vehicles=_average_to_fine(parked & ~is_helicopter),
        shadow=_average_to_fine(_shadow_mask(look, parked, small > 0, large > 0) & ~solid),
    )


def reflectance_change(
    scenery: SceneryLayers, ground: npt.NDArray[np.float32], band: int
) -> npt.NDArray[np.float32]:
    """Change of the ground's reflectance by what stands on it.

    Args:
        scenery: Of the day.
        ground: Reflectance of the bare ground in the window, fine pixels, shape (y, x).
        band: Number in `REFLECTANCE_BANDS`.

    Returns:
        Reflectance to add, same shape.
    """
    lit = ground * (1 - scenery.covered) * (1 - np.float32(SHADE[band]) * scenery.shadow)
    own = (
        scenery.light * np.float32(LIGHT_AIRCRAFT[band])
        + scenery.dark * np.float32(DARK_AIRCRAFT[band])
        + scenery.vehicles * np.float32(VEHICLE[band])
    )
    change: npt.NDArray[np.float32] = lit + own - ground
    return change


@functools.cache
def _slot_numbers() -> npt.NDArray[np.uint16]:
    """Number of the parking place that a drawing pixel belongs to, 0 for none.

    Helicopters first, then the vehicle park, then the gathering.
    """
    boxes = [_slot_box(slot, HELICOPTER_M) for slot in HELICOPTER_SLOTS]
    boxes += [_slot_box(slot, VEHICLE_M) for slot in (*VEHICLE_SLOTS, *GATHERING_SLOTS)]
    numbers = np.zeros(fine_shape(object_window(), OBJECT_M), dtype=np.uint16)
    for number, box in enumerate(boxes):
        fill_box(numbers, object_window(), box, number + 1)
    return numbers


@functools.cache
def _roof_masks() -> npt.NDArray[np.bool_]:
    """Where each building stands, shape (buildings, y, x)."""
    roofs = np.zeros((len(BUILDINGS), *fine_shape(object_window(), OBJECT_M)), dtype=np.bool_)
    for roof, house in zip(roofs, BUILDINGS, strict=True):
        fill_box(roof, object_window(), house.box, value=True)
    return roofs


def _slot_box(slot: ParkingSlot, size_m: tuple[float, float]) -> Box:
    """The rectangle of something parked across the runway's direction."""
    long, wide = size_m
    return Box(
        slot.along - wide / 2, slot.across - long / 2, slot.along + wide / 2, slot.across + long / 2
    )


def _draw_aircraft(
    story: AirbaseStory, look: SimulatedPass, *, is_large: bool
) -> npt.NDArray[np.float32]:
    """Aircraft of the large or the small types: how bright each is (about 1), 0 elsewhere."""
    drawn = np.zeros(fine_shape(object_window(), OBJECT_M), dtype=np.float32)
    for visit in story.aircraft_on(look.day):
        if (visit.kind in LARGE_TYPES) == is_large:
            paint = PAINTS[(visit.slot + visit.first.toordinal()) % len(PAINTS)]
            frame, is_turned = AIRFRAMES[visit.kind], visit.slot % 2 == 1
            for box in aircraft_strips(frame, visit.place, is_turned=is_turned):
                fill_box(drawn, object_window(), box, paint)
    return drawn


def _shadow_mask(
    look: SimulatedPass,
    parked: npt.NDArray[np.bool_],
    small: npt.NDArray[np.bool_],
    large: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Ground from which the sun is hidden by something that stands on it."""
    shadow = _shadow_of_body(parked, COVER_HEIGHT_M["parked"], look)
    shadow |= _shadow_of_body(small, COVER_HEIGHT_M["small"], look)
    shadow |= _shadow_of_body(large, COVER_HEIGHT_M["large"], look)
    for house, roof in zip(BUILDINGS, _roof_masks(), strict=True):
        shadow |= _shadow_of_body(roof, house.height_m, look)
    return shadow


def _shadow_of_body(
    body: npt.NDArray[np.bool_], height_m: float, look: SimulatedPass
) -> npt.NDArray[np.bool_]:
    """A body's shadow: its outline drawn out away from the sun, same shape."""
    shadow = np.zeros_like(body)
    filled_rows = np.flatnonzero(body.any(axis=1))
    filled_columns = np.flatnonzero(body.any(axis=0))
    if filled_rows.size == 0:
        return shadow
    rows = slice(int(filled_rows[0]), int(filled_rows[-1]) + 1)
    columns = slice(int(filled_columns[0]), int(filled_columns[-1]) + 1)
    reach_px = height_m / math.tan(math.radians(look.sun_elevation_deg)) / OBJECT_M
    azimuth = math.radians(look.sun_azimuth_deg)
    for step in range(1, math.ceil(reach_px) + 1):
        length = min(step, reach_px)
        down, right = round(length * math.cos(azimuth)), round(-length * math.sin(azimuth))
        target = (
            slice(rows.start + down, rows.stop + down),
            slice(columns.start + right, columns.stop + right),
        )
        shadow[target] |= body[rows, columns]
    return shadow


def _average_to_fine(drawn: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """From pixels of `OBJECT_M` to those of `FINE_M`."""
    whole = drawn.astype(np.float32)
    mean: npt.NDArray[np.float32] = 0.25 * (
        whole[::2, ::2] + whole[1::2, ::2] + whole[::2, 1::2] + whole[1::2, 1::2]
    )
    return mean
