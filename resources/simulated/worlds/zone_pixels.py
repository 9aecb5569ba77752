"""Which pixels of a world belong to which of its zones, for the truth.

A pixel belongs to a zone whose outline holds its centre; zones do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from resources.models import Bounds
from resources.simulated.worlds.plan.frame import GROUND_M
from resources.simulated.worlds.scene import TrueClass

COARSE = 2
"""Fine pixels along a side of a pixel of 10 m."""


@dataclass(frozen=True, slots=True)
class WorldZonePixels:
    """Fine pixels of all zones.

    Attributes:
        shape: rows and columns of the tile's fine pixels.
        pixels: numbers in the flattened tile, shape (n,).
        zone: number of the zone of each, same shape.
        count: how many zones there are.
    """

    shape: tuple[int, int]
    pixels: npt.NDArray[np.int64]
    zone: npt.NDArray[np.int64]
    count: int

    def means(self, plane: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Mean over each zone of a plane of fine pixels, shape (zones,)."""
        return self._means_of(plane.ravel()[self.pixels])

    def class_shares(self, mask: npt.NDArray[np.uint8]) -> dict[TrueClass, npt.NDArray[np.float64]]:
        """Share of each zone in each class of a mask of 10 m pixels."""
        y, x = np.divmod(self.pixels, self.shape[1])
        found = mask[y // COARSE, x // COARSE]
        return {one: self._means_of(found == one) for one in TrueClass}

    def _means_of(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Mean over each zone of a value for each of `pixels`."""
        sums = np.bincount(self.zone, weights=values.astype(np.float64), minlength=self.count)
        means: npt.NDArray[np.float64] = sums / np.bincount(self.zone, minlength=self.count)
        return means


def pixels_of(outlines: list[Polygon], tile: Bounds, shape: tuple[int, int]) -> WorldZonePixels:
    """The fine pixels of zones.

    Args:
        outlines: Metres of the map.
        tile: That the pixels cover.
        shape: Rows and columns of its fine pixels.
    """
    found, numbers = [], []
    for number, outline in enumerate(outlines):
        west, south, east, north = outline.bounds
        rows = np.arange(
            int((tile.north - north) / GROUND_M), int((tile.north - south) / GROUND_M) + 1
        )
        columns = np.arange(
            int((west - tile.west) / GROUND_M), int((east - tile.west) / GROUND_M) + 1
        )
        y, x = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
        inside = shapely.contains_xy(
            outline, tile.west + (x + 0.5) * GROUND_M, tile.north - (y + 0.5) * GROUND_M
        )
        found.append(y[inside] * shape[1] + x[inside])
        numbers.append(np.full(int(inside.sum()), number))
    return WorldZonePixels(shape, np.concatenate(found), np.concatenate(numbers), len(outlines))
