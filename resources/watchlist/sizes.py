"""Where the zones of a site lie and how large they are: what is wrong with that, in words.

Everything here needs more than one feature or a CRS in metres; outlines by themselves are
checked in `polygons`.
"""

from __future__ import annotations

import math

from pyproj import CRS, Geod
from shapely.geometry.base import BaseGeometry

from resources.grids import (
    BLOCK_M,
    READ_M,
    box_around,
    corner_longitudes,
    ground_scale,
    project_geometry,
    read_margin_m,
)
from resources.models import RESOLUTION_M
from resources.watchlist.features import FeatureDraft
from resources.watchlist.messages import described_value
from resources.watchlist.polygons import ANTIMERIDIAN

MIN_ZONE_PX = 25
MIN_ZONE_M2 = MIN_ZONE_PX * RESOLUTION_M**2
MAX_SITE_M = 25_000.0
MAX_DIAGONAL_M = MAX_SITE_M * math.sqrt(2)
MAX_SCALE_ERROR = 0.05
"""Share by which a metre of the grid may differ from one on the ground: UTM keeps within 0.001
inside its zone, LAEA Europe within 0.03 on the continent; Web Mercator fails beyond 18 degrees."""
NEIGHBOURLY_DEG = 1.0
"""A site may lie this far outside its CRS's area of use, as those at a UTM seam do."""
HALF_TURN_DEG = 180.0

Placed = tuple[FeatureDraft, BaseGeometry]
"""A feature and its outline in longitude and latitude."""


def place_problems(placed: list[Placed], *, epsg: int | None, margin_m: float) -> list[str]:
    """What is wrong with the places and sizes of one site's zones; empty if nothing is.

    Later questions make sense only when earlier ones are answered, so the first kind of fault
    ends the search.

    Args:
        placed: at least one feature.
        epsg: CRS of the site's grid; None where none was given and UTM does not reach.
        margin_m: metres round the zones that pictures show; as much is read, and READ_M at least.
    """
    box = box_around(geometry for _, geometry in placed)
    if box.east - box.west > HALF_TURN_DEG:
        return [_problem_line(placed[0][0], ANTIMERIDIAN)]
    if found := _distant_zones(placed):
        return found
    if epsg is None:
        text = (
            f"expected one, because UTM does not reach latitude {(box.south + box.north) / 2:.2f}, "
            "found nothing; give a projected CRS such as 3413 (north) or 3031 (south)."
        )
        return [_problem_line(placed[0][0], text, field="epsg")]
    return _out_of_reach(placed, epsg) or _wrong_sizes(placed, epsg, margin_m)


def _problem_line(draft: FeatureDraft, text: str, *, field: str = "geometry") -> str:
    return f"{draft.place}, field {field}: {text}"


def _distant_zones(placed: list[Placed]) -> list[str]:
    """Zones wider than a site, or further from the first; tells where swapping mends it."""
    vast = [(draft, outline) for draft, outline in placed if _diagonal_m(outline) > MAX_DIAGONAL_M]
    if vast:
        return [_problem_line(draft, _too_wide(_diagonal_m(outline))) for draft, outline in vast]
    first, rest = placed[0], placed[1:]
    origin = _box_centre(first[1])
    far = [p for p in rest if _distance_m(_box_centre(p[1]), origin) > MAX_DIAGONAL_M]
    swapped = [
        p
        for p in far
        if _distance_m(_swapped_position(_box_centre(p[1])), origin) <= MAX_DIAGONAL_M
    ]
    if swapped:
        is_first = len(rest) > 1 and len(swapped) > len(rest) / 2
        return [_swapped_problem(p) for p in ([first] if is_first else swapped)]
    return [
        _problem_line(
            draft,
            f"expected a site of at most {MAX_SITE_M / 1000:.0f} km, found this zone "
            f"{_distance_m(_box_centre(outline), origin) / 1000:.0f} km from zone "
            f"{described_value(first[0].zone_id)}; make it a site of its own.",
        )
        for draft, outline in far
    ]


def _swapped_problem(placed: Placed) -> str:
    x, y = _box_centre(placed[1])
    text = (
        f"expected the zones of a site near each other, found [{x:.5f}, {y:.5f}], "
        "which looks swapped beside the other zones; write longitude first."
    )
    return _problem_line(placed[0], text)


def _too_wide(metres: float) -> str:
    return (
        f"expected a site of at most {MAX_SITE_M / 1000:.0f} km with what is read round it "
        f"(margin_m, and {READ_M:.0f} m at least), found {metres / 1000:.1f} km; draw it smaller, "
        "split it, or shorten a longer margin_m."
    )


def _out_of_reach(placed: list[Placed], epsg: int) -> list[str]:
    """Zones that lie where the CRS of the site cannot measure."""
    found = []
    for draft, outline in placed:
        x, y = _box_centre(outline)
        lead = f"expected a place within reach of EPSG:{epsg}, found [{x:.5f}, {y:.5f}], "
        if _looks_swapped(epsg, x, y):
            text = "which looks swapped; write longitude first, or correct epsg."
        elif not _is_true_to_scale(project_geometry(outline, epsg), epsg):
            text = (
                "where 10 m of it are not 10 m on the ground; "
                "give the epsg of the place, or leave it out for its UTM zone."
            )
        else:
            continue
        found.append(_problem_line(draft, lead + text))
    return found


def _looks_swapped(epsg: int, longitude: float, latitude: float) -> bool:
    """Whether the CRS is made for the swapped place and not for this one."""
    area = CRS.from_epsg(epsg).area_of_use
    if area is None:
        return False

    def reaches(x: float, y: float, slack: float) -> bool:
        west, east = area.west - slack, area.east + slack
        across = west <= x <= east if west <= east else x >= west or x <= east
        return across and area.south - slack <= y <= area.north + slack

    return not reaches(longitude, latitude, NEIGHBOURLY_DEG) and reaches(latitude, longitude, 0.0)


def _is_true_to_scale(shape: BaseGeometry, epsg: int) -> bool:
    """Whether a projected zone is where a metre of the CRS is a metre on the ground."""
    if not all(map(math.isfinite, shape.bounds)):
        return False
    scales = ground_scale(epsg, *_box_centre(shape))
    return all(abs(scale - 1) <= MAX_SCALE_ERROR for scale in scales)


def _wrong_sizes(placed: list[Placed], epsg: int, margin_m: float) -> list[str]:
    """Zones too small to measure or broken by projection; else a site that is too wide."""
    shapes = [(draft, project_geometry(outline, epsg)) for draft, outline in placed]
    return _unfit_zones(shapes, epsg) or _unfit_site(shapes, epsg, margin_m)


def _unfit_zones(shapes: list[Placed], epsg: int) -> list[str]:
    found = []
    for draft, shape in shapes:
        if shape.area < MIN_ZONE_M2:
            text = (
                f"expected a zone of at least {MIN_ZONE_PX} pixels ({MIN_ZONE_M2:.0f} m2), "
                f"found {shape.area:.0f} m2; draw it larger or leave it out."
            )
        elif not shape.is_valid:
            text = (
                f"expected an outline that is sound in EPSG:{epsg} too, found one so narrow that "
                "it crosses itself there; simplify it."
            )
        else:
            continue
        found.append(_problem_line(draft, text))
    return found


def _unfit_site(shapes: list[Placed], epsg: int, margin_m: float) -> list[str]:
    box = box_around(shape for _, shape in shapes).buffered(read_margin_m(margin_m))
    size_m = max(box.east - box.west, box.north - box.south)
    if size_m > MAX_SITE_M:
        return [_problem_line(_outermost_zone(shapes), _too_wide(size_m))]
    longitudes = corner_longitudes(box.buffered(BLOCK_M), epsg)
    if max(longitudes) - min(longitudes) > HALF_TURN_DEG:
        return [_problem_line(shapes[0][0], ANTIMERIDIAN)]
    return []


def _outermost_zone(shapes: list[Placed]) -> FeatureDraft:
    """The zone whose middle is furthest from the middle of the site's box."""
    box = box_around(shape for _, shape in shapes)
    middle = ((box.west + box.east) / 2, (box.south + box.north) / 2)
    return max(shapes, key=lambda p: math.dist(_box_centre(p[1]), middle))[0]


def _box_centre(geometry: BaseGeometry) -> tuple[float, float]:
    """The middle of a geometry's box, x then y, in its own units."""
    west, south, east, north = geometry.bounds
    return (west + east) / 2, (south + north) / 2


def _swapped_position(position: tuple[float, float]) -> tuple[float, float]:
    """Latitude taken for longitude, kept on the globe."""
    longitude, latitude = position
    return latitude, max(-90.0, min(90.0, longitude))


def _diagonal_m(outline: BaseGeometry) -> float:
    west, south, east, north = outline.bounds
    return _distance_m((west, south), (east, north))


def _distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres over the ellipsoid between two places of longitude and latitude."""
    return float(Geod(ellps="WGS84").inv(*a, *b)[2])
