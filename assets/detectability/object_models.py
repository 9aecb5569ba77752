"""Objects of known size as they look from above: plans, heights, paints, and kinds of zones.

Shapes in metres with their cast shadows, in cells of 1 m; `planting` applies the instrument.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import shapely

from resources.models import ZoneKind

Shape = Literal["aircraft", "vessel", "lot", "patch", "mover"]
Paint = Literal["bright", "dark"]
Plane = npt.NDArray[np.float32]

FINE_M: Final = 1.0  # cell in which a plan is drawn; edges are soft, so thin parts keep their area
SUN_MIN_DEG: Final = 5.0  # lower, a shadow is longer than any zone

SHADE: Final = (0.60, 0.68, 0.74, 0.80, 0.81, 0.87, 0.90)
"""Share of the light that a full shadow takes away, in the order of REFLECTANCE_BANDS: that of the
direct sun under a clear sky, less what a body lets through of the sky (round values, chosen here
from the spectra of Bird and Riordan 1986, doi:10.1175/1520-0450(1986)025<0087:SSSMFD>2.0.CO;2)."""

PAINTS: Final[dict[Shape, dict[Paint, tuple[float, ...]]]] = {
    "aircraft": {
        "bright": (0.42, 0.44, 0.45, 0.46, 0.46, 0.38, 0.31),  # light grey and white paint
        "dark": (0.06, 0.07, 0.07, 0.12, 0.13, 0.13, 0.11),  # green and brown camouflage
    },
    "vessel": {
        "bright": (0.30, 0.31, 0.32, 0.32, 0.32, 0.28, 0.24),  # white works and light decks
        "dark": (0.07, 0.08, 0.11, 0.13, 0.13, 0.15, 0.14),  # red-brown and green decks
    },
    "lot": {
        "bright": (0.30, 0.32, 0.33, 0.34, 0.34, 0.30, 0.26),
        "dark": (0.05, 0.06, 0.06, 0.10, 0.11, 0.11, 0.09),
    },
    "patch": {
        "bright": (0.13, 0.17, 0.21, 0.28, 0.30, 0.36, 0.32),  # bare soil, gravel
        "dark": (0.07, 0.08, 0.09, 0.11, 0.12, 0.14, 0.13),  # asphalt
    },
    "mover": {
        "bright": (0.45, 0.47, 0.48, 0.49, 0.49, 0.42, 0.36),
        "dark": (0.05, 0.06, 0.06, 0.10, 0.11, 0.11, 0.09),
    },
}
"""Reflectance in the order of REFLECTANCE_BANDS: round values of such surfaces in the USGS
spectral library (Kokaly et al. 2017, doi:10.3133/ds1035), chosen here, with weathering."""

AIRFRAME: Final = ((0.0, 1.0, 0.105), (0.06, 0.122, 1.06), (-0.45, 0.075, 0.36))
"""Fuselage, wings and tailplane: distance ahead of the middle, length along and width across,
each in lengths of the aircraft; a covered area of 0.23 length^2, as An-124, Il-76, An-72, An-32."""
VESSEL_WIDTH: Final = 0.17  # of the length: cargo ships and tankers have 1:6
PATCH_WIDTH: Final = 0.5  # of the length
MOVER_WIDTH: Final = 0.16  # of the length: a lorry of 16 m is 2.5 m wide
VEHICLE_M: Final = (8.5, 2.8)  # a lorry
PITCH_M: Final = (11.0, 4.2)  # of lorries in a packed lot

HEIGHT_OF_LENGTH: Final[dict[Shape, float]] = {
    "aircraft": 0.1,  # wings and back; fins are narrow
    "vessel": 0.12,
    "lot": 0.0,  # see VEHICLE_HEIGHT_M
    "patch": 0.0,
    "mover": 0.0,
}
VEHICLE_HEIGHT_M: Final = 3.0  # metres; a truck

SHAPE_OF_KIND: Final[dict[ZoneKind, Shape]] = {
    "apron": "aircraft",
    "runway": "aircraft",
    "berth": "vessel",
    "parking": "lot",
    "storage": "lot",
    "yard": "lot",
    "construction": "patch",
    "building": "patch",
    "other": "patch",
    "reference": "patch",
}
"""What is planted in a zone of each kind: what such ground is watched for."""


@dataclass(frozen=True, slots=True)
class PlanStrip:
    """A straight strip of a plan: its middle ahead and to the right of the plan's, and sides, m."""

    ahead_m: float
    right_m: float
    length_m: float
    width_m: float


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """An object seen from above: strips that cover the ground, all of one height."""

    shape: Shape
    length_m: float
    height_m: float
    parts: tuple[PlanStrip, ...]

    @property
    def area_m2(self) -> float:
        """Ground that it covers."""
        boxes = [
            shapely.box(
                part.ahead_m - part.length_m / 2,
                part.right_m - part.width_m / 2,
                part.ahead_m + part.length_m / 2,
                part.right_m + part.width_m / 2,
            )
            for part in self.parts
        ]
        return float(shapely.union_all(boxes).area)

    @property
    def reach_m(self) -> float:
        """Radius round the middle that holds the plan."""
        return max(
            math.hypot(abs(part.ahead_m) + part.length_m / 2, abs(part.right_m) + part.width_m / 2)
            for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class SunDirection:
    """Where the sun stands: clockwise from north, and above the horizon, degrees."""

    azimuth_deg: float
    elevation_deg: float


@dataclass(frozen=True, slots=True)
class ObjectDrawing:
    """A plan turned and lit: shares 0..1 in cells of FINE_M, shape (y, x), its middle centred.

    `shadow` is of the ground beside the object; together with `cover` it is at most 1.
    """

    cover: Plane
    shadow: Plane


def plan_of(shape: Shape, length_m: float) -> ObjectPlan:
    """The plan of an object of a shape and length.

    Raises:
        ValueError: the length is not positive.
        KeyError: the shape is unknown.

    Source:
        Own proportions: docs/methods/detectability.md; tests/unit/assets/detectability.
    """
    if not length_m > 0:
        raise ValueError(f"Expected a length above 0 m, found {length_m}.")
    height = HEIGHT_OF_LENGTH[shape] * length_m
    if shape == "lot":
        return ObjectPlan(shape, length_m, VEHICLE_HEIGHT_M, _lot_strips(length_m))
    if shape == "aircraft":
        strips = tuple(
            PlanStrip(ahead * length_m, 0.0, long * length_m, wide * length_m)
            for ahead, long, wide in AIRFRAME
        )
        return ObjectPlan(shape, length_m, height, strips)
    width = {"vessel": VESSEL_WIDTH, "patch": PATCH_WIDTH, "mover": MOVER_WIDTH}[shape]
    return ObjectPlan(shape, length_m, height, (PlanStrip(0.0, 0.0, length_m, width * length_m),))


def draw_object(plan: ObjectPlan, heading_deg: float, sun: SunDirection | None) -> ObjectDrawing:
    """A plan with its cast shadow.

    Args:
        plan: what to draw.
        heading_deg: where its front points, clockwise from north.
        sun: None casts no shadow, for looks whose sun is not known.

    Returns:
        Square planes that hold the object and its shadow.

    Source:
        Own derivation: a shadow is height / tan(elevation) long; not below SUN_MIN_DEG.
    """
    throw_m = 0.0
    if sun is not None and plan.height_m > 0:
        throw_m = plan.height_m / math.tan(math.radians(max(sun.elevation_deg, SUN_MIN_DEG)))
    half = math.ceil((plan.reach_m + throw_m) / FINE_M) + 1
    cover = np.zeros((2 * half, 2 * half), np.float32)
    for part in plan.parts:
        _fill_strip(cover, part, math.radians(heading_deg))
    shadow = np.zeros_like(cover)
    if sun is not None and throw_m > 0:
        shadow = _cast_shadow(cover, throw_m, math.radians(sun.azimuth_deg))
    return ObjectDrawing(cover, np.minimum(shadow, 1 - cover))


def _lot_strips(length_m: float) -> tuple[PlanStrip, ...]:
    """Lorries side by side in rows, on a square of about that length."""
    rows, abreast = (max(1, round(length_m / pitch)) for pitch in PITCH_M)
    return tuple(
        PlanStrip(
            (i - (rows - 1) / 2) * PITCH_M[0], (j - (abreast - 1) / 2) * PITCH_M[1], *VEHICLE_M
        )
        for i in range(rows)
        for j in range(abreast)
    )


def _fill_strip(cover: Plane, part: PlanStrip, turn: float) -> None:
    """Cover a strip in place; cells on its edge are covered in part."""
    half = len(cover) / 2
    east = part.ahead_m * math.sin(turn) + part.right_m * math.cos(turn)
    north = part.ahead_m * math.cos(turn) - part.right_m * math.sin(turn)
    reach = math.hypot(part.length_m, part.width_m) / 2 + FINE_M
    rows, columns = (
        np.arange(
            max(math.floor((middle - reach) / FINE_M + half), 0),
            min(math.ceil((middle + reach) / FINE_M + half), len(cover)),
        )
        for middle in (-north, east)
    )
    y = (north + (rows + 0.5 - half) * FINE_M)[:, None]
    x = ((columns + 0.5 - half) * FINE_M - east)[None]
    along = np.abs(x * math.sin(turn) - y * math.cos(turn))
    across = np.abs(x * math.cos(turn) + y * math.sin(turn))
    inside = _share_inside_edge(part.length_m / 2 - along) * _share_inside_edge(
        part.width_m / 2 - across
    )
    window = np.ix_(rows, columns)
    cover[window] = np.maximum(cover[window], inside)


def _share_inside_edge(depth_m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of a cell that is inside an edge which its middle lies this deep behind."""
    return np.clip(depth_m / FINE_M + 0.5, 0.0, 1.0)


def _cast_shadow(body: Plane, throw_m: float, azimuth: float) -> Plane:
    """A body's outline drawn out away from the sun, same shape."""
    shadow = np.zeros_like(body)
    steps = math.ceil(throw_m / FINE_M)
    for step in range(1, steps + 1):
        length = min(step * FINE_M, throw_m) / FINE_M
        down, right = round(length * math.cos(azimuth)), round(-length * math.sin(azimuth))
        moved = _moved_plane(body, down, right)
        np.maximum(shadow, moved, out=shadow)
    return shadow


def _moved_plane(body: Plane, down: int, right: int) -> Plane:
    """A plane moved by whole cells, 0 flowing in."""
    out = np.zeros_like(body)
    height, width = body.shape
    out[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = body[
        max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)
    ]
    return out
