"""Laws of footprints: safe polygons on the globe, or a refusal, soon."""

import math
from random import Random
from typing import Any

import pytest
from shapely.geometry import box

from resources.sources.stac.footprints import polygon_of


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def test_a_plain_tile_is_what_it_was() -> None:
    assert polygon_of(polygon((15, 46), (16, 46), (16, 47), (15, 47))).equals(box(15, 46, 16, 47))


@pytest.mark.parametrize(
    "ring",
    [
        [(179, 60), (-179, 60), (-179, 61), (179, 61)],
        [(179, 60), (181, 60), (181, 61), (179, 61)],
        [(-181, 60), (-179, 60), (-179, 61), (-181, 61)],
    ],
    ids=["wrapped", "beyond 180", "beyond -180"],
)
def test_a_tile_over_the_date_line_is_cut_in_two(ring: list[tuple[float, float]]) -> None:
    place = polygon_of(polygon(*ring))
    assert place.area == pytest.approx(2)
    assert place.intersects(box(179.5, 60.4, 179.6, 60.5))
    assert place.intersects(box(-179.6, 60.4, -179.5, 60.5))
    assert not place.intersects(box(-1, 60, 1, 61))


def test_crossed_edges_are_mended() -> None:
    place = polygon_of(polygon((0, 0), (1, 1), (1, 0), (0, 1)))
    assert place.is_valid
    assert place.area == pytest.approx(0.5)


def test_an_outline_traced_along_pixels_is_simplified_by_less_than_it_matters() -> None:
    steps = [(15 + i / 1000, 46 + (i + (i % 2)) / 10_000_000) for i in range(1000)]
    place = polygon_of(polygon(*steps, (16, 47), (15, 47)))
    assert len(place.exterior.coords) < 100
    assert place.symmetric_difference(box(15, 46, 16, 47)).area < 0.002


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": [[(0, 0), (1, 1)]]},
        {"type": "MultiPolygon", "coordinates": [[[]], []]},
        {"type": "Point", "coordinates": [1, 2]},
        {"type": ["Polygon"], "coordinates": {}},
        polygon((0, 0), (1, 1), (2, 2)),
        polygon((0, 0), (math.nan, 1), (2, 1)),
        polygon((0, 0), (math.inf, 1), (2, 1)),
        polygon((0, 0), (10**400, 1), (2, 1)),
        polygon((0, 0), (1, 91), (2, 1)),
        polygon(("0", "0"), ("1", "0"), ("1", "1")),  # type: ignore[arg-type]
        polygon((True, False), (1, 0), (1, 1)),
        polygon((0,), (1,), (2,)),  # type: ignore[arg-type]
        {"type": "MultiPolygon", "coordinates": [[[]] * 4000] * 4000},
        polygon(*[(i / 100, i % 2) for i in range(800)], (8, -1), (0, -1)),
        polygon(*[(Random(i).random(), Random(-i).random()) for i in range(1, 400)]),
        polygon(*[(0.0, 0.0)] * 5_001),
    ],
)
def test_what_is_no_simple_polygon_on_the_globe_is_refused(geometry: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^(must|cannot|is too)"):
        polygon_of(geometry)
