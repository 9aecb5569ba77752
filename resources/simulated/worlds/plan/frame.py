"""A world's own axes: boxes along and across a heading, on the map and in the tile's fine pixels.

Geometry only; what lies in a box is elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from resources.models import Bounds
from resources.simulated.scenery.layout import Box

HALF: Final = 0.5  # share of a pixel from which it is of a box
GROUND_M: Final = 5.0  # metres; pixel in which a world is drawn: half of the finest band's


@dataclass(frozen=True, slots=True)
class WorldFrame:
    """Axes turned by a heading round the middle of the tile.

    Attributes:
        tile: metres of the map.
        heading_deg: u runs this many degrees north of east, v to its left.
    """

    tile: Bounds
    heading_deg: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the tile in fine pixels."""
        return (
            round((self.tile.north - self.tile.south) / GROUND_M),
            round((self.tile.east - self.tile.west) / GROUND_M),
        )

    def to_map(self, along: float, across: float) -> tuple[float, float]:
        """Easting and northing of a point, metres."""
        turn = math.radians(self.heading_deg)
        east, north = self._middle()
        return (
            east + along * math.cos(turn) - across * math.sin(turn),
            north + along * math.sin(turn) + across * math.cos(turn),
        )

    def axes(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """U and v of the centre of each fine pixel, metres, shape (y, x)."""
        rows, columns = self.shape
        middle_east, middle_north = self._middle()
        y, x = np.ogrid[0:rows, 0:columns]
        east = self.tile.west + (x + 0.5) * GROUND_M - middle_east
        north = self.tile.north - (y + 0.5) * GROUND_M - middle_north
        turn = math.radians(self.heading_deg)
        along = east * math.cos(turn) + north * math.sin(turn)
        across = north * math.cos(turn) - east * math.sin(turn)
        return along.astype(np.float32), across.astype(np.float32)

    def mostly(self, box: Box) -> npt.NDArray[np.int64]:
        """Numbers of the pixels that lie mostly in a box, shape (n,)."""
        pixels, share = self.covered([box])
        return pixels[share >= HALF]

    def outline(self, box: Box) -> Polygon:
        """A box on the map."""
        corners = (
            (box.west, box.south),
            (box.east, box.south),
            (box.east, box.north),
            (box.west, box.north),
        )
        return Polygon([self.to_map(u, v) for u, v in corners])

    def covered(self, boxes: list[Box], fine: int = 4) -> tuple[npt.NDArray[np.int64], Shares]:
        """Which fine pixels some boxes cover together, and by which share.

        Args:
            boxes: Parts of one thing; where they overlap it counts once.
            fine: Samples along each side of a pixel.

        Returns:
            Numbers of pixels in the flattened tile, and shares over 0 to 1, both shape (n,).
        """
        outline = [self.outline(box).bounds for box in boxes]
        west, south = min(part[0] for part in outline), min(part[1] for part in outline)
        east, north = max(part[2] for part in outline), max(part[3] for part in outline)
        rows, columns = self.shape
        top = max(math.floor((self.tile.north - north) / GROUND_M), 0)
        bottom = min(math.ceil((self.tile.north - south) / GROUND_M), rows)
        left = max(math.floor((west - self.tile.west) / GROUND_M), 0)
        right = min(math.ceil((east - self.tile.west) / GROUND_M), columns)
        if bottom <= top or right <= left:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        inside = self._samples(boxes, (top, bottom, left, right), fine)
        share = inside.reshape(bottom - top, fine, right - left, fine).mean(axis=(1, 3))
        y, x = np.nonzero(share)
        return (y + top) * columns + x + left, share[y, x].astype(np.float32)

    def _samples(
        self, boxes: list[Box], span: tuple[int, int, int, int], fine: int
    ) -> npt.NDArray[np.bool_]:
        """Which samples of a window of pixels lie in a box."""
        top, bottom, left, right = span
        step = GROUND_M / fine
        middle_east, middle_north = self._middle()
        y, x = np.ogrid[0 : (bottom - top) * fine, 0 : (right - left) * fine]
        east = self.tile.west + left * GROUND_M + (x + 0.5) * step - middle_east
        north = self.tile.north - top * GROUND_M - (y + 0.5) * step - middle_north
        turn = math.radians(self.heading_deg)
        along = east * math.cos(turn) + north * math.sin(turn)
        across = north * math.cos(turn) - east * math.sin(turn)
        inside = np.zeros(along.shape, dtype=np.bool_)
        for box in boxes:
            inside |= (
                (along >= box.west)
                & (along < box.east)
                & (across >= box.south)
                & (across < box.north)
            )
        return inside

    def _middle(self) -> tuple[float, float]:
        """Middle of the tile on the map."""
        tile = self.tile
        return (tile.west + tile.east) / 2, (tile.south + tile.north) / 2


Shares = npt.NDArray[np.float32]


def pixels_within_box(
    axes: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]], box: Box
) -> npt.NDArray[np.bool_]:
    """Which pixels have their centre in a box."""
    along, across = axes
    inside: npt.NDArray[np.bool_] = (
        (along >= box.west) & (along < box.east) & (across >= box.south) & (across < box.north)
    )
    return inside


def shrink_box(box: Box, by_m: float) -> Box:
    """A box with its sides drawn in."""
    return Box(box.west + by_m, box.south + by_m, box.east - by_m, box.north - by_m)


def area_m2(box: Box) -> float:
    """Area of a box."""
    return (box.east - box.west) * (box.north - box.south)
