"""Zones over a picture, and sites on a map of the world, as inline SVG.

Polygons and places in, markup out; no tiles, nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from assets.dossiers.drawings.pictures import PictureFrame
from resources.grids import box_around, shown_window, window_around, zone_geometry
from resources.models import Grid, Site, Zone

MARGIN_SHARE: Final = 0.35  # ground shown round the zones of an alert, of their extent
MARGIN_M: Final = 250.0  # and at least
BAR_SHARE: Final = 0.28  # of the width that the scale bar may take
NICE_M: Final = (50, 100, 200, 500, 1000, 2000, 5000, 10000)
LABEL_MAX: Final = 40
NORTH: Final = 14  # half the height of the north arrow


def window_of_zones(zones: Sequence[Zone], site: Site, grid: Grid) -> tuple[slice, slice]:
    """Rows and columns of the grid that show zones with some ground round them.

    Args:
        zones: zones of the site to show; without any, the whole picture of the site is taken.
        site: the site; its pictures show no more than its `margin_m` round its zones.
        grid: grid of the site.

    Returns:
        Rows and columns, pixels; round the zones lies MARGIN_SHARE of their extent, at least
        MARGIN_M.

    Raises:
        pyproj.exceptions.CRSError: PROJ does not know the EPSG code of the grid.
    """
    whole = shown_window(site, grid)
    if not zones:
        return whole
    shapes = [zone_geometry(zone, grid.epsg) for zone in zones]
    box = box_around(shapes)
    extent = max(box.east - box.west, box.north - box.south)
    near = window_around(shapes, grid, max(MARGIN_M, MARGIN_SHARE * extent))
    rows, columns = (
        slice(max(one.start, other.start), min(one.stop, other.stop))
        for one, other in zip(near, whole, strict=True)
    )
    return rows, columns


def zones_overlay(
    zones: Sequence[Zone], grid: Grid, frame: PictureFrame, *, marked: Iterable[str], height: int
) -> Markup:
    """Draw zones, scale bar and north arrow to lay over a picture.

    Args:
        zones: zones of the site.
        grid: grid of the site.
        frame: frame of the picture.
        marked: ids of the zones that the alert is about: drawn stronger.
        height: height of the whole picture with its caption, screen pixels.

    Returns:
        Two elements `svg`, one over the other.

    Raises:
        pyproj.exceptions.CRSError: PROJ does not know the EPSG code of the grid.
    """
    strong = set(marked)
    width, picture_height = frame.size
    shapes = [
        _named_zone_outline(zone, grid, frame, is_marked=zone.zone_id in strong) for zone in zones
    ]
    head = Markup('<svg class="overlay zones" viewBox="0 0 {} {}" aria-hidden="true">')
    parts = [
        head.format(width, height),
        *shapes,
        Markup('</svg><svg class="overlay" viewBox="0 0 {} {}" aria-hidden="true">').format(
            width, height
        ),
        _scale_bar(grid, frame, picture_height),
        _north_arrow(width),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def world_map(places: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw all sites on a map of the world, north up; a degree is ten drawing units.

    Args:
        places: of each site longitude and latitude in degrees, name, href (None without a page) and
            is_open.

    Returns:
        An element `svg`; sites with an open alert are drawn last, over the others.

    Raises:
        KeyError: a place lacks one of these.

    Source:
        Plate carree of longitude and latitude; land of Natural Earth 1:110m, public domain,
        https://www.naturalearthdata.com.
    """
    parts = [
        Markup(
            '<svg class="world" viewBox="-1800 -900 3600 1800" role="group" aria-label="{}">'
        ).format("Map of the world with all sites"),
        Markup('<path class="graticule" d="{}"/>').format(_graticule_path()),
        Markup('<path class="land" d="{}"/>').format(_land_path()),
    ]
    for place in sorted(places, key=lambda one: bool(one["is_open"])):
        kind = "site open" if place["is_open"] else "site"
        words = "{}, alert open" if place["is_open"] else "{}"
        mark = Markup(
            '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="26"><title>{}</title></circle>'
        ).format(
            kind, place["longitude"] * 10, -place["latitude"] * 10, words.format(place["name"])
        )
        if place["href"]:
            link = Markup('<a href="{}" aria-label="{}">{}</a>')
            mark = link.format(place["href"], words.format(place["name"]), mark)
        parts.append(mark)
    return Markup("").join([*parts, Markup("</svg>")])


def _named_zone_outline(zone: Zone, grid: Grid, frame: PictureFrame, *, is_marked: bool) -> Markup:
    """A zone's outline with its name."""
    shape = zone_geometry(zone, grid.epsg)
    path = "".join(_ring_path(ring, grid, frame) for ring in _boundary_rings(shape))
    x, y = _picture_position(shape.centroid.x, shape.centroid.y, grid, frame)
    width, height = frame.size
    kind = "zone marked" if is_marked else "zone"
    outline = Markup('<path class="{}" d="{}"/>').format(kind, path)
    if not (0 < x < width and 0 < y < height):
        return outline
    name = zone.name if len(zone.name) <= LABEL_MAX else zone.name[: LABEL_MAX - 1] + "…"
    near_edge = min(x, width - x)
    anchor = "middle" if near_edge > width / 5 else ("start" if x < width / 2 else "end")
    x = 6 if anchor == "start" else (width - 6 if anchor == "end" else x)
    label = Markup('<text class="{}" x="{:.0f}" y="{:.0f}" text-anchor="{}">{}</text>')
    return outline + label.format(
        "zone-name marked" if is_marked else "zone-name", x, y, anchor, name
    )


def _boundary_rings(shape: BaseGeometry) -> list[Sequence[tuple[float, float]]]:
    """Outer and inner edges of all parts."""
    parts = getattr(shape, "geoms", [shape])
    return [list(ring.coords) for part in parts for ring in (part.exterior, *part.interiors)]


def _ring_path(ring: Sequence[tuple[float, float]], grid: Grid, frame: PictureFrame) -> str:
    points = (_picture_position(x, y, grid, frame) for x, y in ring)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "z"


def _picture_position(x: float, y: float, grid: Grid, frame: PictureFrame) -> tuple[float, float]:
    """Where a point of the grid's CRS is on the picture, screen pixels."""
    unit = grid.resolution_m * frame.step / frame.zoom
    west = grid.bounds.west + frame.columns.start * grid.resolution_m
    north = grid.bounds.north - frame.rows.start * grid.resolution_m
    return (x - west) / unit, (north - y) / unit


def _scale_bar(grid: Grid, frame: PictureFrame, height: int) -> Markup:
    """A bar of a round length."""
    unit = grid.resolution_m * frame.step / frame.zoom
    most = BAR_SHARE * frame.size[0] * unit
    metres = max((one for one in NICE_M if one <= most), default=NICE_M[0])
    words = f"{metres} m" if metres < NICE_M[-4] else f"{metres // 1000} km"
    y, length = height - 14, metres / unit
    return Markup(
        '<path class="halo" d="M12 {0}v8h{1:.1f}v-8"/><path class="bar" d="M12 {0}v8h{1:.1f}v-8"/>'
        '<text class="furniture" x="{2:.0f}" y="{3}" text-anchor="middle">{4}</text>'
    ).format(y, length, 12 + length / 2, y - 2, words)


def _north_arrow(width: int) -> Markup:
    """An arrow to the grid's north."""
    x = width - 20
    arrow = f"M{x} 8l8 {2 * NORTH}l-8-7l-8 7z"
    return Markup(
        '<path class="halo" d="{0}"/><path class="arrow" d="{0}"/>'
        '<text class="furniture" x="{1}" y="54" text-anchor="middle">N</text>'
    ).format(arrow, x)


def _graticule_path() -> str:
    """Meridians and parallels every 30 degrees."""
    lines = [f"M{degrees * 10}-900V900" for degrees in range(-180, 181, 30)]
    return "".join(lines + [f"M-1800 {degrees * 10}H1800" for degrees in range(-90, 91, 30)])


@lru_cache(maxsize=1)
def _land_path() -> str:
    """Coarse outline of the continents: Natural Earth 1:110m, public domain, without borders."""
    file = files("assets.dossiers.drawings").joinpath("land.txt")
    return file.read_text(encoding="ascii").replace("\n", "")
