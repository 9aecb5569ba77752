"""The pixel grid of a site, and how much of each of its pixels a zone covers.

Projections, snapping and coverage only. Watch lists are read in `watchlist`, pixels in
`pixels.read`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from resources.models import Bounds, Grid, Site, Zone

WGS84 = 4326
SNAP_M = 20.0
"""Corners of the lattice lie on those of the source's 20 m pixels, metres: its bands nest."""
BLOCK_M = 60.0
"""Grid edges are this far apart, or a multiple, metres: a block of 6 by 6 pixels, three of the
20 m bands, so that blocks counted from any grid's corner are the same blocks of ground."""
WRAP = 1 / 8
"""Share of SNAP_M below a multiple of it that still belongs to it: corners of known lattices are
whole metres or halves, so that none lies there and rounding cannot move one by 20 m."""
SLACK_M = 2e-6
"""By so much, metres, a zone may pass an edge: rounding, not ground."""
READ_M = 500.0
"""Metres read round the zones at least: all that what is measured of a pixel depends on."""
MAX_EDGE_DEG = 0.005
"""Edges longer than this, degrees, get more points before projection: 560 m or less, so that a
straight line of longitude and latitude stays within a centimetre of its curve."""
HALF_TURN_DEG = 180.0
UTM_SOUTH_DEG, UTM_NORTH_DEG = -80.0, 84.0
WIDE_UTM_ZONES = (
    (3, 12, 56, math.nextafter(64, 0), 32),
    (0, 9, 72, 84, 31),
    (9, 21, 72, 84, 33),
    (21, 33, 72, 84, 35),
    (33, 42, 72, 84, 37),
)
"""West and east (not included), south and north (included), degrees, and the zone there."""
PROBE_M = 100.0
"""Length of the two lines that `ground_scale` measures, metres of the grid."""


def utm_epsg(longitude: float, latitude: float) -> int:
    """EPSG code of the UTM zone (WGS84) that a place belongs to.

    Args:
        longitude: degrees, -180..180; 180 itself is in zone 1, as -180 is.
        latitude: degrees, -80..84; the equator counts as north.

    Raises:
        ValueError: the place is outside the reach of UTM.

    Source:
        DMA TM 8358.2 (1989): zones of 6 degrees, with zone 32V widened over south-west Norway
        and zones 31X, 33X, 35X and 37X over Svalbard.
    """
    if not (abs(longitude) <= HALF_TURN_DEG and UTM_SOUTH_DEG <= latitude <= UTM_NORTH_DEG):
        raise ValueError(
            f"UTM reaches from 80 S to 84 N, found longitude {longitude}, latitude {latitude}"
        )
    zone = int((longitude + HALF_TURN_DEG) // 6) % 60 + 1
    for west, east, south, north, other in WIDE_UTM_ZONES:
        if west <= longitude < east and south <= latitude <= north:
            zone = other
    return (32600 if latitude >= 0 else 32700) + zone


def zone_geometry(zone: Zone, epsg: int) -> BaseGeometry:
    """The polygon of a zone in a projected CRS, metres, x then y."""
    return project_geometry(zone.geometry, epsg)


def project_geometry(geometry: BaseGeometry, epsg: int) -> BaseGeometry:
    """Longitude and latitude to `epsg`; coordinates out of its reach come out infinite.

    Edges are straight in longitude and latitude (RFC 7946, 3.1.1), so long ones are densified.
    """
    dense = shapely.segmentize(geometry, max_segment_length=MAX_EDGE_DEG)
    transformer = _crs_transformer(epsg)

    def projected(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(dense, projected)


def site_grid(site: Site, *, lattice: tuple[float, float] = (0.0, 0.0)) -> Grid:
    """The one grid of a site, which is what is read: its zones and the ground round them.

    Snapped outward to edges that are BLOCK_M apart and the same for every site of a source: they
    are counted from the origin of the CRS, moved by as much as the source's pixels are.

    Args:
        site: its zones lie in longitude and latitude, its `epsg` is the grid's CRS.
        lattice: x and y, metres in `site.epsg`, of any corner of the source's pixels where 20 m
            pixels meet too (the upper left corner of a raster is one). Sentinel-2 tiles have
            their corners on multiples of 20 m, hence the default.
    """
    x, y = map(_lattice_offset, lattice)
    zones = (zone_geometry(zone, site.epsg) for zone in site.zones)
    bounds = box_around(zones).buffered(read_margin_m(site.margin_m))
    return Grid(
        epsg=site.epsg,
        bounds=Bounds(
            west=x + BLOCK_M * math.floor((bounds.west - x + SLACK_M) / BLOCK_M),
            south=y + BLOCK_M * math.floor((bounds.south - y + SLACK_M) / BLOCK_M),
            east=x + BLOCK_M * math.ceil((bounds.east - x - SLACK_M) / BLOCK_M),
            north=y + BLOCK_M * math.ceil((bounds.north - y - SLACK_M) / BLOCK_M),
        ),
    )


def read_margin_m(margin_m: float) -> float:
    """Metres read round the zones of a site whose pictures show `margin_m` round them."""
    return max(margin_m, READ_M)


def _lattice_offset(corner: float) -> float:
    """How far a source's lattice lies from multiples of 20 m, metres: -2.5 to 17.5."""
    return corner - SNAP_M * math.floor(corner / SNAP_M + WRAP)


def is_grid_of(site: Site, grid: Grid) -> bool:
    """Whether a stored grid is the one that the site would get today, of the same source."""
    fresh = rebuilt_site_grid(site, grid)
    edges = zip(dataclasses.astuple(fresh.bounds), dataclasses.astuple(grid.bounds), strict=True)
    return fresh.epsg == grid.epsg and all(abs(one - other) < SLACK_M for one, other in edges)


def rebuilt_site_grid(site: Site, grid: Grid) -> Grid:
    """The grid that a site would get today, of the source whose lattice a stored grid lies on."""
    return site_grid(site, lattice=(grid.bounds.west, grid.bounds.north))


def window_around(
    geometries: Sequence[BaseGeometry], grid: Grid, margin_m: float
) -> tuple[slice, slice]:
    """Rows and columns of the grid that show polygons with so much ground round them.

    Args:
        geometries: in the CRS of the grid; without any, the whole grid is shown.
        grid: what lies outside of it is left out.
        margin_m: metres on each side.
    """
    rows, columns = grid.shape
    if not geometries:
        return slice(0, rows), slice(0, columns)
    box, edges, unit = box_around(geometries).buffered(margin_m), grid.bounds, grid.resolution_m
    return (
        _pixel_span((edges.north - box.north) / unit, (edges.north - box.south) / unit, rows),
        _pixel_span((box.west - edges.west) / unit, (box.east - edges.west) / unit, columns),
    )


def _pixel_span(first: float, last: float, size: int) -> slice:
    """Whole pixels from one place to another, at least one, of so many."""
    start = min(max(math.floor(first + SLACK_M), 0), size - 1)
    return slice(start, max(min(math.ceil(last - SLACK_M), size), start + 1))


def shown_window(site: Site, grid: Grid) -> tuple[slice, slice]:
    """Rows and columns of the grid that pictures of the site show: zones and `margin_m`."""
    zones = [zone_geometry(zone, grid.epsg) for zone in site.zones]
    return window_around(zones, grid, site.margin_m)


def window_grid(grid: Grid, window: tuple[slice, slice]) -> Grid:
    """The grid of some rows and columns of a grid."""
    rows, columns = window
    west, north, unit = grid.bounds.west, grid.bounds.north, grid.resolution_m
    bounds = Bounds(
        west=west + columns.start * unit,
        south=north - rows.stop * unit,
        east=west + columns.stop * unit,
        north=north - rows.start * unit,
    )
    return Grid(grid.epsg, bounds, unit)


def box_around(geometries: Iterable[BaseGeometry]) -> Bounds:
    """The smallest box that holds them all, in their own coordinates."""
    west, south, east, north = shapely.total_bounds(np.array(list(geometries), dtype=object))
    return Bounds(float(west), float(south), float(east), float(north))


def zone_weights(geometry: BaseGeometry, grid: Grid) -> npt.NDArray[np.float32]:
    """How much of each pixel of the grid a polygon covers.

    Args:
        geometry: polygon or multipolygon in the CRS of the grid, as `zone_geometry` gives it.
        grid: what lies outside of it is left out.

    Returns:
        Share 0..1, shape (y, x); its sum times the area of a pixel is the polygon's area.

    Source:
        Exact areas, not samples: the exactextract package (Baston, ISciences).
    """
    from exactextract import exact_extract
    from exactextract.feature import JSONFeatureSource
    from exactextract.raster import NumPyRasterSource

    blank = np.zeros(grid.shape, dtype=np.uint8)
    box = grid.bounds
    pixels = NumPyRasterSource(blank, box.west, box.south, box.east, box.north)
    zone = {"type": "Feature", "properties": {}, "geometry": mapping(geometry)}
    (found,) = exact_extract(pixels, JSONFeatureSource(zone), ["cell_id", "coverage"])
    weights = np.zeros(blank.size, dtype=np.float32)
    weights[found["properties"]["cell_id"]] = found["properties"]["coverage"]
    return weights.reshape(grid.shape)


def ground_scale(epsg: int, x: float, y: float) -> tuple[float, float]:
    """Metres of grid for a metre of ground at a point, along x and along y; 1 is true.

    Infinite or NaN where the CRS does not reach. Tells, say, Web Mercator (1.6 at 52 N).
    """
    xs, ys = [x, x + PROBE_M, x], [y, y, y + PROBE_M]
    lon, lat = _crs_transformer(epsg).transform(xs, ys, direction="INVERSE")
    _, _, ground = Geod(ellps="WGS84").inv([lon[0]] * 2, [lat[0]] * 2, lon[1:], lat[1:])
    along_x, along_y = (PROBE_M / length if length > 0 else math.inf for length in ground)
    return along_x, along_y


def corner_longitudes(bounds: Bounds, epsg: int) -> tuple[float, ...]:
    """Longitude of the four corners of a box in a projected CRS, degrees."""
    xs = [bounds.west, bounds.west, bounds.east, bounds.east]
    ys = [bounds.south, bounds.north] * 2
    longitudes, _ = _crs_transformer(epsg).transform(xs, ys, direction="INVERSE")
    return tuple(float(longitude) for longitude in longitudes)


@lru_cache(maxsize=64)
def _crs_transformer(epsg: int) -> Transformer:
    """From longitude and latitude to a CRS, x before y on both sides."""
    return Transformer.from_crs(CRS.from_epsg(WGS84), CRS.from_epsg(epsg), always_xy=True)


def geographic_box(grid: Grid) -> BaseGeometry:
    """The box of `geographic_bounds` as a polygon."""
    box = geographic_bounds(grid)
    return shapely.box(box.west, box.south, box.east, box.north)


def geographic_bounds(grid: Grid) -> Bounds:
    """The smallest box of longitude and latitude, degrees, that holds a grid.

    Its edges are followed, since straight lines of one CRS are curves of the other.
    """
    box = grid.bounds
    west, south, east, north = _crs_transformer(grid.epsg).transform_bounds(
        box.west, box.south, box.east, box.north, direction="INVERSE"
    )
    return Bounds(west, south, east, north)
