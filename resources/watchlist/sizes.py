"""Where the zones of a site lie and how large they are: what is wrong with that, in words.

Everything here needs more than one feature or a CRS in metres; outlines by themselves are
checked in `polygons`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
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
from resources.watchlist.messages import described_value
from resources.watchlist.polygons import ANTIMERIDIAN

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries

MIN_ZONE_PX = 25  # pixels of 10 m; chosen
MIN_ZONE_M2 = MIN_ZONE_PX * RESOLUTION_M**2
MAX_SITE_M = 25_000.0  # metres, a limit to memory; chosen
MAX_DIAGONAL_M = MAX_SITE_M * math.sqrt(2)
MAX_SCALE_ERROR = 0.05
"""Share by which a metre of the grid may differ from one on the ground: UTM keeps within 0.001
inside its zone, LAEA Europe within 0.03 on the continent; Web Mercator fails beyond 18 degrees."""
NEIGHBOURLY_DEG = 1.0  # degrees; chosen
"""A site may lie this far outside its CRS's area of use, as those at a UTM seam do."""
HALF_TURN_DEG, RIGHT_ANGLE_DEG = 180.0, 90.0

Floats = npt.NDArray[np.float64]
PAIR = 2
"""Of so many zones that lie far from each other, none can be called the odd one."""


def place_problems(zones: GeoDataFrame, *, epsg: int | None, margin_m: float) -> list[str]:
    """What is wrong with the places and sizes of one site's zones; empty if nothing is.

    Later questions make sense only when earlier ones are answered, so the first kind of fault
    ends the search.

    Args:
        zones: at least one feature, in longitude and latitude, by its place in the list; with
            the id of the zone in `zone`.
        epsg: CRS of the site's grid; None where none was given and UTM does not reach.
        margin_m: metres round the zones that pictures show; as much is read, and READ_M at least.
    """
    west, south, east, north = zones.total_bounds
    if east - west > HALF_TURN_DEG:
        return [_problem_line(zones.index[0], ANTIMERIDIAN)]
    if found := _distant_zones(zones):
        return found
    if epsg is None:
        text = (
            f"expected one, because UTM does not reach latitude {(south + north) / 2:.2f}, "
            "found nothing; give a projected CRS such as 3413 (north) or 3031 (south)."
        )
        return [_problem_line(zones.index[0], text, field="epsg")]
    shapes = zones.geometry.map(lambda outline: project_geometry(outline, epsg))
    shapes = shapes.set_crs(epsg, allow_override=True)
    return (
        _out_of_reach(zones.geometry, shapes, epsg)
        or _unfit_zones(shapes, epsg)
        or _unfit_site(shapes, epsg, margin_m)
    )


def _problem_line(place: str, text: str, *, field: str = "geometry") -> str:
    return f"{place}, field {field}: {text}"


def _distant_zones(zones: GeoDataFrame) -> list[str]:
    """Zones wider than a site, or further from the first; tells where swapping mends it."""
    x, y = _box_centres(zones.geometry)
    wide_m = _distances_m(*zones.bounds.to_numpy().T)
    if (wide := wide_m > MAX_DIAGONAL_M).any():
        return [
            _problem_line(place, _too_wide(metres))
            for place, metres in zip(zones.index[wide], wide_m[wide], strict=True)
        ]
    off_m = _distances_m(x, y, x[0], y[0])
    far = off_m > MAX_DIAGONAL_M
    mended_m = _distances_m(y, x.clip(-RIGHT_ANGLE_DEG, RIGHT_ANGLE_DEG), x[0], y[0])
    swapped = far & (mended_m <= MAX_DIAGONAL_M)
    if swapped.any():
        is_first = len(zones) > PAIR and swapped.sum() > (len(zones) - 1) / 2
        odd = [0] if is_first else swapped.nonzero()[0]
        return [_problem_line(zones.index[at], _swapped_text(x[at], y[at])) for at in odd]
    return [
        _problem_line(
            place,
            f"expected a site of at most {MAX_SITE_M / 1000:.0f} km, found this zone "
            f"{metres / 1000:.0f} km from zone {described_value(zones.zone.iloc[0])}; "
            "make it a site of its own.",
        )
        for place, metres in zip(zones.index[far], off_m[far], strict=True)
    ]


def _swapped_text(x: float, y: float) -> str:
    return (
        f"expected the zones of a site near each other, found [{x:.5f}, {y:.5f}], "
        "which looks swapped beside the other zones; write longitude first."
    )


def _too_wide(metres: float) -> str:
    return (
        f"expected a site of at most {MAX_SITE_M / 1000:.0f} km with what is read round it "
        f"(margin_m, and {READ_M:.0f} m at least), found {metres / 1000:.1f} km; draw it smaller, "
        "split it, or shorten a longer margin_m."
    )


def _out_of_reach(outlines: GeoSeries, shapes: GeoSeries, epsg: int) -> list[str]:
    """Zones that lie where the CRS of the site cannot measure."""
    found = []
    for place, x, y in zip(outlines.index, *_box_centres(outlines), strict=True):
        lead = f"expected a place within reach of EPSG:{epsg}, found [{x:.5f}, {y:.5f}], "
        if _looks_swapped(epsg, x, y):
            text = "which looks swapped; write longitude first, or correct epsg."
        elif not _is_true_to_scale(shapes[place], epsg):
            text = (
                "where 10 m of it are not 10 m on the ground; "
                "give the epsg of the place, or leave it out for its UTM zone."
            )
        else:
            continue
        found.append(_problem_line(place, lead + text))
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
    west, south, east, north = shape.bounds
    if not all(map(math.isfinite, shape.bounds)):
        return False
    scales = ground_scale(epsg, (west + east) / 2, (south + north) / 2)
    return all(abs(scale - 1) <= MAX_SCALE_ERROR for scale in scales)


def _unfit_zones(shapes: GeoSeries, epsg: int) -> list[str]:
    """Zones too small to measure or broken by projection."""
    small, broken = shapes.area < MIN_ZONE_M2, ~shapes.is_valid
    return [
        _problem_line(
            place,
            f"expected a zone of at least {MIN_ZONE_PX} pixels ({MIN_ZONE_M2:.0f} m2), "
            f"found {shapes[place].area:.0f} m2; draw it larger or leave it out."
            if small[place]
            else f"expected an outline that is sound in EPSG:{epsg} too, found one so narrow that "
            "it crosses itself there; simplify it.",
        )
        for place in shapes.index[small | broken]
    ]


def _unfit_site(shapes: GeoSeries, epsg: int, margin_m: float) -> list[str]:
    """A site that is too wide, told at its outermost zone, or that crosses the antimeridian."""
    around = box_around(shapes)
    box = around.buffered(read_margin_m(margin_m))
    size_m = max(box.east - box.west, box.north - box.south)
    if size_m > MAX_SITE_M:
        x, y = _box_centres(shapes)
        off_x, off_y = x - (around.west + around.east) / 2, y - (around.south + around.north) / 2
        return [_problem_line(shapes.index[np.hypot(off_x, off_y).argmax()], _too_wide(size_m))]
    longitudes = corner_longitudes(box.buffered(BLOCK_M), epsg)
    if max(longitudes) - min(longitudes) > HALF_TURN_DEG:
        return [_problem_line(shapes.index[0], ANTIMERIDIAN)]
    return []


def _box_centres(shapes: GeoSeries) -> tuple[Floats, Floats]:
    """The middle of each geometry's box, x and y, in their own units."""
    west, south, east, north = shapes.bounds.to_numpy().T
    return (west + east) / 2, (south + north) / 2


def _distances_m(x: Floats, y: Floats, to_x: Floats | float, to_y: Floats | float) -> Floats:
    """Metres over the ellipsoid from places of longitude and latitude to others, or to one."""
    from_x, from_y, to_x, to_y = np.broadcast_arrays(x, y, to_x, to_y)
    return np.asarray(Geod(ellps="WGS84").inv(from_x, from_y, to_x, to_y)[2])
