"""What two orbits see differently of the same ground, made up: relief that is not where it belongs.

Pixels are put on the map with a model of the ground's height. Where that is wrong by h metres, a
pixel lies tan(view angle) times h off, to one side as seen from one orbit and to the other as seen
from its neighbour: a pattern that one shift for the whole look cannot take out, and that normalised
brightness does not know. Made-up scenes are of flat ground, so this is added to them.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.scenes.looks import LookReader
from assets.scenes.stack import Look, Shift
from resources.archive import Archive
from resources.lake_reads import Row
from resources.models import Grid

HEIGHT_ERROR_M: Final = 10.0  # standard deviation, as of global models of bare ground and trees
HEIGHT_SCALE_M: Final = 300.0  # over which it stays alike
VIEW_DEG: Final = 8.0  # from the vertical; two neighbouring orbits see a place from both sides
SEED: Final = 0


class LeaningReader(LookReader):
    """Looks of made-up scenes as they were if the model of heights were wrong. SIMULATED.

    Attributes:
        off_px: how far pixels lie east of their place as seen from the first orbit, shape (y, x),
            pixels; as far west from the others.
    """

    def __init__(self, archive: Archive, grid: Grid, first_orbit: int) -> None:
        super().__init__(archive, grid)
        self.first_orbit = first_orbit
        self.off_px = height_errors(grid) * math.tan(math.radians(VIEW_DEG)) / grid.resolution_m

    def look(self, row: Row, shift: Shift | None = None) -> Look:
        """The look of a row of `scenes`, its relief displaced; see `LookReader.look`."""
        side = 1.0 if row["relative_orbit"] == self.first_orbit else -1.0
        plain = super().look(row, shift)
        moved = displaced(plain.reflectance, side * self.off_px)
        return dataclasses.replace(plain, reflectance=moved)


def height_errors(grid: Grid) -> npt.NDArray[np.float64]:
    """A smooth field of standard deviation HEIGHT_ERROR_M, shape (y, x), m."""
    noise = np.random.default_rng(SEED).standard_normal(grid.shape)
    smooth = ndimage.gaussian_filter(noise, HEIGHT_SCALE_M / grid.resolution_m / 2, mode="wrap")
    return np.asarray(HEIGHT_ERROR_M * smooth / smooth.std(), np.float64)


def displaced(
    reflectance: npt.NDArray[np.float32], off_px: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """A picture whose pixels lie off their place; NaN where it needs one that is not there.

    Args:
        reflectance: shape (band, y, x).
        off_px: how far to the east, shape (y, x), pixels.
    """
    south, east = np.indices(off_px.shape, np.float64)
    return np.stack(
        [
            ndimage.map_coordinates(band, [south, east - off_px], order=1, mode="nearest")
            for band in reflectance
        ]
    )
