"""Draws rectangles at any angle into arrays, by the centre of each pixel.

Only arithmetic, so that looks can be drawn side by side in threads (rasterio's rasterize changes
the warning filters of the whole process while it runs).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from resources.models import Bounds
from resources.simulated.scenery.layout import HEADING_DEG, Box, to_map


def fill_box(canvas: npt.NDArray[np.generic], bounds: Bounds, box: Box, value: float) -> None:
    """Set the pixels of a rectangle of the base; what lies outside the canvas is left out.

    Args:
        canvas: Shape (y, x), changed in place.
        bounds: Of the canvas, metres on the map; gives its pixel, too.
        box: Metres along and across the runway.
        value: What to set.
    """
    pixel_m = (bounds.east - bounds.west) / canvas.shape[1]
    centre = to_map((box.west + box.east) / 2, (box.south + box.north) / 2)
    long, wide = box.east - box.west, box.north - box.south
    reach = math.hypot(long, wide) / 2
    rows = _pixel_span(bounds.north - centre[1], reach, pixel_m, canvas.shape[0])
    columns = _pixel_span(centre[0] - bounds.west, reach, pixel_m, canvas.shape[1])
    y, x = np.ogrid[rows, columns]
    east = (x + 0.5) * pixel_m + bounds.west - centre[0]
    north = bounds.north - (y + 0.5) * pixel_m - centre[1]
    turn = math.radians(HEADING_DEG)
    along = east * math.cos(turn) + north * math.sin(turn)
    across = north * math.cos(turn) - east * math.sin(turn)
    inside = (np.abs(along) <= long / 2) & (np.abs(across) <= wide / 2)
    canvas[rows, columns][inside] = value


def _pixel_span(centre_m: float, reach_m: float, pixel_m: float, size: int) -> slice:
    """Pixels of one axis that a reach round a centre touches, within the canvas."""
    first = math.floor((centre_m - reach_m) / pixel_m)
    last = math.ceil((centre_m + reach_m) / pixel_m)
    return slice(min(max(first, 0), size), min(max(last, 0), size))
