"""Where the shadows of clouds can lie: by the sun, and the heights that clouds have.

Pure geometry; what is cloud and what is dark is found elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import ndimage

from assets.clouds.evidence import Flags, Floats
from assets.clouds.shape import PIXEL_M

LOWEST_M, HIGHEST_M = 200.0, 6000.0  # of the undersides of clouds that cast a shadow one can see
LOWEST_SUN_DEG: Final = 10.0  # below it shadows reach further than any site
STEPS_MOST: Final = 60
SUPPORTED: Final = 1.5  # log-odds where a cloud stands in the way of the sun
UNSUPPORTED: Final = -2.0  # where none does, all the way inside the site
ALONE_SHARE: Final = 0.75  # worth of darkness that no cloud of the site explains


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the sun stands, degrees above the horizon and clockwise from north; None unknown."""

    elevation_deg: float | None = None
    azimuth_deg: float | None = None


def shade_support(cloud: Flags, sun: Sun) -> Floats:
    """Log-odds of shadow from where clouds stand, shape (y, x), 20 m.

    SUPPORTED where a cloud of the site stands between pixel and sun at some usual height,
    UNSUPPORTED where the way to the sun is clear all through, and nothing in between: a shadow
    may come from a cloud outside of the site, and the sun may be unknown.
    """
    nothing = np.zeros(cloud.shape, np.float32)
    if sun.azimuth_deg is None or sun.elevation_deg is None:
        return nothing
    if sun.elevation_deg < LOWEST_SUN_DEG:
        return nothing
    reach = 1 / math.tan(math.radians(sun.elevation_deg)) / PIXEL_M
    longest = min(HIGHEST_M * reach, math.hypot(*cloud.shape))
    azimuth = math.radians(sun.azimuth_deg)
    south, east = -math.cos(azimuth), math.sin(azimuth)
    near = ndimage.binary_dilation(cloud, iterations=2)
    is_shaded = np.zeros(cloud.shape, bool)
    count = min(STEPS_MOST, max(2, int(longest)))
    for way in np.linspace(LOWEST_M * reach, longest, count):
        is_shaded |= _moved(near, round(way * south), round(way * east))
    lowest_out = ~_moved(np.ones(cloud.shape, bool), *(round(longest * s) for s in (south, east)))
    return np.where(is_shaded, SUPPORTED, np.where(lowest_out, 0.0, UNSUPPORTED)).astype(np.float32)


def with_support(darkness: Floats, support: Floats) -> Floats:
    """Evidence of shadow from darkness and from where clouds stand, shape (y, x), log-odds.

    Darkness counts in full only below a cloud: wet ground and thin cloud above darken, too. Where
    it is not dark, nothing is asked of the sun.
    """
    share = np.where(support > 0, 1.0, ALONE_SHARE)
    return np.where(darkness > 0, share * darkness + support, darkness).astype(np.float32)


def _moved(image: Flags, down: int, right: int) -> Flags:
    """At each pixel the image that many rows below and columns to the right; False beyond."""
    rows, columns = image.shape
    out = np.zeros_like(image)
    if abs(down) >= rows or abs(right) >= columns:
        return out
    to_rows = slice(max(-down, 0), rows - max(down, 0))
    to_columns = slice(max(-right, 0), columns - max(right, 0))
    from_rows = slice(max(down, 0), rows + min(down, 0))
    from_columns = slice(max(right, 0), columns + min(right, 0))
    out[to_rows, to_columns] = image[from_rows, from_columns]
    return out
