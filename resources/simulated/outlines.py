"""Outlines of tiles, swaths and zones as GeoJSON.

Geometry only; what the outlines belong to is elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from resources.models import Bounds
from resources.simulated.sky.atmosphere import SWATH_TILT
from resources.simulated.sky.weather import SkyState


def swath_footprint(sky: SkyState, bounds: Bounds) -> BaseGeometry:
    """The part of the tile within the swath, metres of the tile's CRS."""
    tile = box(bounds.west, bounds.south, bounds.east, bounds.north)
    if sky.unseen <= 0:
        return tile
    width, half = bounds.east - bounds.west, (bounds.north - bounds.south) / 2
    edge = bounds.west + width * ((1 - sky.unseen) if sky.is_east_unseen else sky.unseen)
    top, bottom = edge + SWATH_TILT * half, edge - SWATH_TILT * half
    far = bounds.west - width if sky.is_east_unseen else bounds.east + width
    seen = Polygon(
        [(top, bounds.north), (far, bounds.north), (far, bounds.south), (bottom, bounds.south)]
    )
    return tile.intersection(seen)


def in_degrees(shape: BaseGeometry, epsg: int) -> BaseGeometry:
    """A shape of the tile's CRS in longitude and latitude."""
    to_degrees = Transformer.from_crs(epsg, 4326, always_xy=True)

    def turn(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(to_degrees.transform(points[:, 0], points[:, 1]))

    degrees: BaseGeometry = shapely.transform(shape, turn)
    return degrees


def rounded_geometry(shape: BaseGeometry) -> dict[str, Any]:
    """GeoJSON with coordinates to 7 decimals, about a centimetre."""
    rings = mapping(shape)["coordinates"]
    return {
        "type": "Polygon",
        "coordinates": [[[round(x, 7), round(y, 7)] for x, y in ring] for ring in rings],
    }
