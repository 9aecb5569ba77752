"""Shadows that things, roofs and trees cast on the ground of a look.

Each class of height is moved away from the sun in steps of one fine pixel.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.worlds.plan.frame import GROUND_M

LONGEST_PX: Final = 24  # fine pixels; a shadow is drawn no longer
Share = npt.NDArray[np.float32]


def cast_shadow(cover: Share, height_m: float, look: SimulatedPass, shadow: Share) -> None:
    """Add the shadow of things of one height.

    Args:
        cover: Share of each fine pixel that they cover, 0..1, shape (y, x).
        height_m: Of the things.
        look: Gives the sun.
        shadow: Share of each pixel in shadow, raised in place; same shape.
    """
    reach = height_m / math.tan(math.radians(max(look.sun_elevation_deg, 5.0))) / GROUND_M
    reach = min(reach, float(LONGEST_PX))
    azimuth = math.radians(look.sun_azimuth_deg)
    for step in range(1, math.ceil(reach) + 1):
        part = np.float32(min(1.0, reach - step + 1))
        length = min(float(step), reach)
        down, right = round(length * math.cos(azimuth)), round(-length * math.sin(azimuth))
        if down or right:
            _raise_shadow(shadow, cover, (down, right), part)


def _raise_shadow(shadow: Share, cover: Share, offset: tuple[int, int], part: np.float32) -> None:
    """The greater of the shadow and a moved cover, in place."""
    down, right = offset
    rows, columns = shadow.shape
    to = shadow[max(down, 0) : rows + min(down, 0), max(right, 0) : columns + min(right, 0)]
    source = cover[max(-down, 0) : rows - max(down, 0), max(-right, 0) : columns - max(right, 0)]
    np.maximum(to, part * source, out=to)
