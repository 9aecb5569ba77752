"""Footprints of catalogue items: from GeoJSON that nobody has checked to polygons that are safe.

Counted and bounded before any geometry is made of them, and split where they cross 180 degrees;
what an item is otherwise is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import shapely
from shapely.affinity import translate
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

MAX_VERTICES = 5_000  # of real footprints: 2,441 in one, fewer than thirty in all others
MAX_KEPT = 100  # vertices; two footprints of so many can cross 10,000 times, in 0.1 s
MAX_TO_MEND = 30  # vertices; mending crossed edges of 400 took 50 s, of 30 0.05 s
TOLERANCE = 0.0005  # degrees, about 50 m: takes the steps out of outlines traced along pixels
POSITION_LENGTHS = (2, 3, 4)  # numbers of a GeoJSON position, of which two count
HALF_TURN = 180.0  # degrees

Ring = list[tuple[float, float]]


def polygon_of(geometry: Mapping[str, object]) -> BaseGeometry:
    """A valid polygon or several, longitude -180..180 and latitude, of a GeoJSON geometry.

    One that spans more than half of the globe stands for one that crosses 180 degrees, as no
    tile is so wide; it is cut there, as RFC 7946 3.1.9 asks for. One of very many vertices is
    simplified, so that no footprint takes long to compare with others.

    Raises:
        ValueError: it is not one; the message continues a sentence ("must be ...").
    """
    polygons = list(_polygon_rings(geometry))
    if not polygons:
        raise ValueError("must be a polygon")
    try:
        whole = _union_of_parts([part for rings in polygons for part in _within_globe(rings)])
    except (ShapelyError, ValueError) as cause:
        raise ValueError("is too intricate, or cannot be read as a polygon") from cause
    if not whole.area > 0:
        raise ValueError("must be a polygon with an area")
    return whole


def _union_of_parts(parts: list[BaseGeometry]) -> BaseGeometry:
    """All parts as one; a union is made only where they meet, and of few vertices."""
    whole = _polygonal_part(
        MultiPolygon([one for part in parts for one in shapely.get_parts(part)])
    )
    if shapely.get_num_coordinates(whole) > MAX_KEPT:
        raise ValueError("too many vertices to compare")
    return whole if whole.is_valid else shapely.union_all(parts)


def _polygon_rings(geometry: Mapping[str, object]) -> Iterator[list[Ring]]:
    """The rings of each polygon, checked number by number."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"must be a polygon of at most {MAX_VERTICES} vertices")
    left = MAX_VERTICES
    for rings in _checked_list(coordinates if kind == "MultiPolygon" else [coordinates]):
        checked: list[Ring] = []
        for ring in _checked_list(rings):
            positions = _checked_list(ring)
            left -= 1 + len(positions)
            if left < 0:
                raise ValueError(f"must be a polygon of at most {MAX_VERTICES} vertices")
            checked.append([_checked_position(position) for position in positions])
        if checked:
            yield checked


def _checked_list(value: object) -> list[object]:
    if not isinstance(value, list | tuple) or len(value) > MAX_VERTICES:
        raise ValueError("cannot be read as a polygon")
    return list(value)


def _checked_position(value: object) -> tuple[float, float]:
    numbers = _checked_list(value)
    is_position = len(numbers) in POSITION_LENGTHS and all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in numbers
    )
    if not is_position:
        raise ValueError("cannot be read as a polygon")
    x, y = numbers[:2]
    in_range = -2 * HALF_TURN <= x <= 2 * HALF_TURN and -90 <= y <= 90  # type: ignore[operator]  # noqa: PLR2004 - numbers, checked just before
    if not in_range or not math.isfinite(x) or not math.isfinite(y):  # type: ignore[arg-type]  # the same
        raise ValueError("must lie in longitude and latitude")
    return float(x), float(y)  # type: ignore[arg-type]  # the same


def _within_globe(rings: list[Ring]) -> list[BaseGeometry]:
    """One polygon as valid ones that do not cross 180 degrees."""
    xs = [x for ring in rings for x, _ in ring]
    is_wrapped = max(xs) - min(xs) > HALF_TURN
    if is_wrapped:
        rings = [[(x + 2 * HALF_TURN if x < 0 else x, y) for x, y in ring] for ring in rings]
    polygon: BaseGeometry = Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        if len(xs) > MAX_TO_MEND:
            raise ValueError("too many vertices to mend")
        polygon = _polygonal_part(shapely.make_valid(polygon))
    if len(xs) > MAX_KEPT:
        polygon = polygon.simplify(TOLERANCE)
    if polygon.is_empty:
        return []
    if polygon.bounds[0] >= -HALF_TURN and polygon.bounds[2] <= HALF_TURN:
        return [polygon]
    return [_part_on_globe(polygon, turn) for turn in (-2 * HALF_TURN, 0.0, 2 * HALF_TURN)]


def _part_on_globe(polygon: BaseGeometry, degrees: float) -> BaseGeometry:
    """The part of a polygon that lies on the globe once it is turned by so many degrees."""
    moved = translate(polygon, degrees)
    return _polygonal_part(moved.intersection(box(-HALF_TURN, -90, HALF_TURN, 90)))


def _polygonal_part(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons of a geometry; mending and cutting can leave lines and points beside them."""
    flat = [piece for part in shapely.get_parts(geometry) for piece in shapely.get_parts(part)]
    polygons = [piece for piece in flat if piece.geom_type == "Polygon" and not piece.is_empty]
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
