"""Which pixels of a raster cover a box: snapped outward, cropped to the raster.

Geometry alone, shared by every way of reading, so that all give the same window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from affine import Affine
from rasterio import Env
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform_bounds

from resources.models import Bounds

MAX_PIXELS = 10_000_000  # of one window; a 25 km site at 10 m with its margins has 7 million
MIN_PIXEL_M, MAX_PIXEL_M = 5.0, 200.0  # Sentinel-2's are 10 to 60 m, those of thinned scenes 120 m
SQUARE = 0.01  # share by which a pixel's sides may differ: those warped to another CRS do by 0.001
GROWTH = 4  # a box may cover so many times its area in the raster's CRS: oblique, or stretched
DEGREE_M = 111_320.0  # of latitude; an upper bound for one of longitude
SNAP = 1e-6  # of a pixel: an edge this near a pixel's edge lies on it (floating point)
DENSIFY = 21  # points an edge when a box changes CRS, rasterio's default: edges become curves


class UnreadableRaster(ValueError):
    """The file is not one that we read, or the box has no place in it; the message says why."""


@dataclass(frozen=True, slots=True)
class RasterFrame:
    """Where a raster lies: north up, in its own CRS.

    Attributes:
        epsg: of the raster's CRS.
        transform: from (column, row) to (x, y).
        width: columns.
        height: rows.
    """

    epsg: int
    transform: Affine
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PixelBox:
    """Columns [left, right) and rows [top, bottom) of a raster."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left


def covering_window(frame: RasterFrame, bounds: Bounds, epsg: int) -> PixelBox | None:
    """Whole pixels that cover a box, inside the raster; None if there is no overlap.

    Args:
        frame: The raster.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box; it is transformed (edges densified) to the raster's.

    Raises:
        Unreadable: the box has no place in the raster's CRS, or too many pixels.
    """
    box = _transformed_bounds(bounds, epsg, frame.epsg)
    origin = frame.transform
    edges = (
        (box.west - origin.c) / origin.a + SNAP,
        (box.north - origin.f) / origin.e + SNAP,
        (box.east - origin.c) / origin.a - SNAP,
        (box.south - origin.f) / origin.e - SNAP,
    )
    if not all(math.isfinite(edge) for edge in edges):
        raise UnreadableRaster(f"its pixels are too small or too far: {tuple(origin)[:6]}")
    left, top, right, bottom = *map(math.floor, edges[:2]), *map(math.ceil, edges[2:])
    found = PixelBox(max(left, 0), max(top, 0), min(right, frame.width), min(bottom, frame.height))
    rows, columns = found.shape
    if columns <= 0 or rows <= 0:
        return None
    if columns * rows > min(MAX_PIXELS, _most_pixels(bounds, epsg)):
        raise UnreadableRaster(
            f"a window of {rows} x {columns} pixels is too large for a site, or for this box"
        )
    return found


def window_transform(transform: Affine, box: PixelBox | None) -> Affine:
    """The transform of a window; that of the whole raster where there is none."""
    if box is None:
        return transform
    west = transform.c + transform.a * box.left
    north = transform.f + transform.e * box.top
    return Affine(transform.a, 0.0, west, 0.0, transform.e, north)


def overview_transform(frame: RasterFrame, shape: tuple[int, int]) -> Affine:
    """Transform of an overview of this shape (y, x)."""
    origin, wider, higher = frame.transform, frame.width / shape[1], frame.height / shape[0]
    return Affine(origin.a * wider, 0.0, origin.c, 0.0, origin.e * higher, origin.f)


def checked_transform(transform: Affine) -> Affine:
    """The same if it is north-up with square pixels of 5 to 200 m; Unreadable otherwise."""
    if (
        not all(math.isfinite(number) for number in tuple(transform)[:6])
        or transform.b
        or transform.d
        or transform.a <= 0
        or transform.e >= 0
    ):
        raise UnreadableRaster(
            f"expected a north-up raster, found the transform {tuple(transform)[:6]}"
        )
    width, height = transform.a, -transform.e
    is_square = abs(width - height) <= SQUARE * width
    if not (is_square and MIN_PIXEL_M <= width <= MAX_PIXEL_M):
        raise UnreadableRaster(
            f"expected square pixels of {MIN_PIXEL_M:g} to {MAX_PIXEL_M:g} m, found pixels of "
            f"{width:g} x {height:g}"
        )
    return transform


@lru_cache(maxsize=256)
def metres_per_unit(epsg: int) -> float | None:
    """Metres in one unit of a CRS: 1 for most projected ones; None for degrees and the like."""
    try:
        with Env():  # else PROJ writes to the console
            crs = CRS.from_epsg(epsg)
            return float(crs.linear_units_factor[1]) if crs.is_projected else None
    except CRSError as cause:
        raise UnreadableRaster(f"there is no CRS EPSG:{epsg}") from cause


def _most_pixels(bounds: Bounds, epsg: int) -> float:
    """Pixels that a window of a box can have at most, however fine the raster may be."""
    unit_m = metres_per_unit(epsg) or DEGREE_M
    sides_m = (bounds.east - bounds.west) * unit_m, (bounds.north - bounds.south) * unit_m
    return GROWTH * math.prod(side / MIN_PIXEL_M + 2 for side in sides_m)


@lru_cache(maxsize=256)
def _transformed_bounds(bounds: Bounds, epsg: int, to_epsg: int) -> Bounds:
    """The box in another CRS; kept, since all bands of all looks ask for the same."""
    if epsg == to_epsg:
        return bounds
    box = (bounds.west, bounds.south, bounds.east, bounds.north)
    try:
        with Env():  # else PROJ writes to the console
            crs, to_crs = f"EPSG:{epsg}", f"EPSG:{to_epsg}"
            return Bounds(*transform_bounds(crs, to_crs, *box, densify_pts=DENSIFY))
    except ValueError as cause:
        raise UnreadableRaster(f"the box {box} has no place in EPSG:{to_epsg}") from cause
