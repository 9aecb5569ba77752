"""Data classes of this stage: pixels of a zone, looks with masks, looks beside their expectation.

`baseline` learns expectations, `zone_meter` judges looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.fit.arrays import Floats, Mask
from resources.models import ZoneKind

VIEW_MARGIN_PX: Final = 8  # of 10 m; the largest aircraft (70 m) across a zone's edge is seen whole


@dataclass(frozen=True, slots=True)
class ZonePixels:
    """The pixels of a zone: positions in a flattened grid and area of the zone in each, m2."""

    zone_id: str
    kind: ZoneKind
    index: npt.NDArray[np.intp]
    area_m2: Floats

    @classmethod
    def of(
        cls, zone_id: str, kind: ZoneKind, weights: npt.NDArray[np.float32], pixel_m2: float
    ) -> ZonePixels:
        """From the coverage shares of a zone, shape (y, x)."""
        flat = weights.ravel()
        index = np.flatnonzero(flat > 0)
        return cls(zone_id, kind, index, flat[index].astype(np.float64) * pixel_m2)

    def box(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the zone with VIEW_MARGIN_PX round it, inside the grid.

        Pixels of 20 m that it touches are in it whole: what is planted in it needs them so.
        """
        rows, columns = (_in_pairs(places) for places in np.unravel_index(self.index, shape))
        return (
            slice(rows.start, min(rows.stop, shape[0])),
            slice(columns.start, min(columns.stop, shape[1])),
        )


def _in_pairs(places: npt.NDArray[np.intp]) -> slice:
    """From the first to the last place with VIEW_MARGIN_PX round them, outward to whole pairs."""
    first, last = int(places.min()) - VIEW_MARGIN_PX, int(places.max()) + VIEW_MARGIN_PX
    return slice(max(first // 2 * 2, 0), (last // 2 + 1) * 2)


@dataclass(frozen=True, slots=True)
class ClearLook:
    """A look with its mask: reflectance (band, y, x), clear (y, x), its day, orbit and sun.

    `day` counts days since `site_looks.EPOCH`, parts of a day included; `orbit` is the relative
    orbit, 0 if unknown; `sun_deg` how high the sun stands, degrees.
    """

    acquisition_id: str
    reflectance: npt.NDArray[np.float32]
    clear: Mask
    day: float = 0.0
    orbit: int = 0
    sun_deg: float = 45.0


@dataclass(frozen=True, slots=True)
class ZoneView:
    """One look at the box of a zone with a margin of VIEW_MARGIN_PX, beside what is expected.

    Attributes:
        residual: observed minus expected reflectance, shape (band, y, x), bands as in
            REFLECTANCE_BANDS; NaN where not clear, and in bands that look or past lack.
        sigma: standard deviation of `residual` where nothing changes, with this look's own noise,
            same shape; NaN where unknown.
        expected: reflectance, what like ground shows in this look included, same shape.
        clear: shape (y, x), pixels that the mask calls clear and that have an expectation.
        area_m2: area of the zone in each pixel, shape (y, x); 0 outside the zone.
    """

    residual: Floats
    sigma: Floats
    expected: Floats
    clear: Mask
    area_m2: Floats
