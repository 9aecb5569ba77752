"""The polygon of a feature, from GeoJSON coordinates, with every fault told by name.

Longitude and latitude only: sizes in metres are checked in `sizes`.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from resources.watchlist.messages import FieldProblem, described_value

HALF_TURN_DEG, RIGHT_ANGLE_DEG = 180.0, 90.0
MAX_DEGREES = 360.0
"""A coordinate beyond this cannot be meant as degrees: it is metres of some projection."""
MIN_POSITIONS = 4
"""Of a ring: a triangle and its first corner again."""
MIN_NUMBERS = 2
"""Of a position: longitude and latitude; a third, the height, is left out."""

POLYGONS = ["Polygon", "MultiPolygon"]
ANTIMERIDIAN = (
    "expected zones and margin on one side of the 180th meridian, found some on both, which is "
    "not supported; watch each side as a site of its own."
)

Position = tuple[float, float]


def read_polygon(geometry: Any) -> BaseGeometry:
    """A valid polygon or multipolygon in longitude and latitude; heights are left out.

    Raises:
        FieldProblem: it is anything else.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    if not isinstance(geometry, dict) or kind not in POLYGONS:
        raise FieldProblem(
            f"expected a Polygon or MultiPolygon, found {described_value(kind)}; draw the zone's "
            "outline."
        )
    coordinates = geometry.get("coordinates")
    outlines = [coordinates] if kind == "Polygon" else _nonempty_list(coordinates, "polygons")
    polygons = [_polygon_from_rings(rings) for rings in outlines]
    zone = polygons[0] if kind == "Polygon" else MultiPolygon(polygons)
    west, _, east, _ = zone.bounds
    if east - west > HALF_TURN_DEG:
        raise FieldProblem(ANTIMERIDIAN)
    if not zone.is_valid:
        raise FieldProblem(
            "expected an outline that does not cross or touch itself, found "
            f"{shapely.is_valid_reason(zone)}; redraw it there, or let a tool mend it (QGIS: Fix "
            "geometries)."
        )
    return zone


def _polygon_from_rings(rings: Any) -> Polygon:
    shell, *holes = [_closed_ring(ring) for ring in _nonempty_list(rings, "rings")]
    return Polygon(shell, holes)


def _nonempty_list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise FieldProblem(
            f"expected a list of {what} in coordinates, found {described_value(value)}; draw it "
            "again."
        )
    return value


def _closed_ring(value: Any) -> list[Position]:
    """A closed ring of at least four positions, none of them out of range."""
    ring = [_checked_position(position) for position in _nonempty_list(value, "positions")]
    if len(ring) < MIN_POSITIONS:
        raise FieldProblem(
            "expected rings of at least four positions, the last as the first, "
            f"found one of {len(ring)}; draw the outline with three corners or more."
        )
    if ring[0] != ring[-1]:
        first, last = (f"[{x:.10g}, {y:.10g}]" for x, y in (ring[0], ring[-1]))
        raise FieldProblem(
            f"expected closed rings, found one that begins at {first} and ends at {last}; "
            "repeat its first position at the end."
        )
    if any(abs(a[0] - b[0]) > HALF_TURN_DEG for a, b in pairwise(ring)):
        raise FieldProblem(ANTIMERIDIAN)
    return ring


def _checked_position(value: Any) -> Position:
    """Longitude and latitude of one position, finite and in range."""
    if (
        not isinstance(value, list)
        or len(value) < MIN_NUMBERS
        or not all(map(_is_number, value[:MIN_NUMBERS]))
    ):
        raise FieldProblem(
            f"expected positions [longitude, latitude], found {described_value(value)}; write "
            "two numbers."
        )
    x, y = (_float_or_infinity(number) for number in value[:MIN_NUMBERS])
    if not (math.isfinite(x) and math.isfinite(y)):
        raise FieldProblem(
            f"expected finite numbers, found [{x}, {y}]; draw the outline again or export it anew."
        )
    if abs(x) <= HALF_TURN_DEG and abs(y) <= RIGHT_ANGLE_DEG:
        return x, y
    found = f"expected longitude -180..180 and latitude -90..90, found [{x:.10g}, {y:.10g}], "
    if abs(x) <= RIGHT_ANGLE_DEG and abs(y) <= HALF_TURN_DEG:
        raise FieldProblem(found + "which looks swapped; write longitude first.")
    if max(abs(x), abs(y)) > MAX_DEGREES:
        raise FieldProblem(
            found + "which looks like projected metres; export the list in EPSG:4326."
        )
    raise FieldProblem(found + "which is no place; write 190 degrees east as -170.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _float_or_infinity(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
