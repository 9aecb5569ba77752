"""Divides a world into parcels: boxes along its own axes, split until they are small enough.

Boxes only; what lies on a parcel is `layout`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from resources.simulated.scenery.layout import Box
from resources.simulated.worlds.plan.frame import area_m2

NARROWEST_M: Final = 62.0  # side under which no parcel is split further
SIZE_SPREAD: Final = 0.32  # of the target, from a parcel to its halves, logarithmic; chosen
UNEVEN: Final = (0.36, 0.64)  # where a parcel is split, share of its longer side


def split_into_parcels(random: np.random.Generator, box: Box, target_m2: float) -> list[Box]:
    """Parcels of about the target's size; sizes vary from one part of the ground to another.

    Args:
        random: Of the parcels.
        box: All of the ground.
        target_m2: Area over which a parcel is split again.
    """
    parts = _split_in_two(random, box)
    if area_m2(box) <= 1.4 * target_m2 or parts is None:
        return [box]
    return [
        parcel
        for part in parts
        for parcel in split_into_parcels(random, part, target_m2 * _size_variation(random))
    ]


def _size_variation(random: np.random.Generator) -> float:
    """Factor on the target of one half of a parcel."""
    return float(np.exp(np.clip(random.normal(0, SIZE_SPREAD), -0.8, 0.8)))


def _split_in_two(random: np.random.Generator, box: Box) -> tuple[Box, Box] | None:
    """The two parts of a parcel; None where they would be too narrow."""
    wide, high = box.east - box.west, box.north - box.south
    if max(wide, high) < 2 * NARROWEST_M / (2 * UNEVEN[0]):
        return None
    share = float(random.uniform(*UNEVEN))
    if (
        wide * float(random.uniform(0.8, 1.25)) >= high
        and wide * min(share, 1 - share) > NARROWEST_M
    ):
        cut = box.west + share * wide
        return box._replace(east=cut), box._replace(west=cut)
    if high * min(share, 1 - share) > NARROWEST_M:
        cut = box.south + share * high
        return box._replace(north=cut), box._replace(south=cut)
    return None


def surrounding_boxes(core: Box, outer: Box) -> list[Box]:
    """The eight boxes between a core and what lies round it."""
    columns = ((outer.west, core.west), (core.west, core.east), (core.east, outer.east))
    rows = ((outer.south, core.south), (core.south, core.north), (core.north, outer.north))
    boxes = [
        Box(west, south, east, north)
        for number, (west, east) in enumerate(columns)
        for other, (south, north) in enumerate(rows)
        if (number, other) != (1, 1)
    ]
    return [box for box in boxes if box.east > box.west and box.north > box.south]
