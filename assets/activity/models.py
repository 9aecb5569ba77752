"""The nouns of this stage: pixels of a zone, looks with their masks, and what is expected of them.

Frozen dataclasses; how they are learned is in `baseline`, how a look is judged in `measure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.indices import IndexName
from resources.models import ZoneKind

VIEW_MARGIN_PX: Final = 8  # an object that lies across the zone's edge is seen whole
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ZonePixels:
    """The pixels of a zone: positions in the flattened grid and area of the zone in each, m2."""

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


@dataclass(frozen=True, slots=True)
class ClearLook:
    """A look with its mask: reflectance (band, y, x), clear (y, x), and its weight."""

    acquisition_id: str
    reflectance: npt.NDArray[np.float32]
    clear: Mask
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ZoneView:
    """One look at the box of a zone with a margin of VIEW_MARGIN_PX, beside what is expected.

    Everything at the level of the reference: the look's own gain and offset are taken off.

    Attributes:
        residual: observed minus expected reflectance, shape (band, y, x), bands as in
            REFLECTANCE_BANDS; NaN where not clear, and in bands that look or past lack.
        from_bare: the same against the bare surface (see `surface.bare_surface`) inside the zone.
        sigma: standard deviation of `residual` where nothing changes, with this look's own noise,
            same shape; NaN where unknown.
        expected: reflectance, same shape.
        clear: shape (y, x), pixels that the mask calls clear and that have an expectation.
        area_m2: area of the zone in each pixel, shape (y, x); 0 outside the zone.
    """

    residual: Floats
    from_bare: Floats
    sigma: Floats
    expected: Floats
    clear: Mask
    area_m2: Floats


@dataclass(frozen=True, slots=True)
class ZoneBaseline:
    """What a zone is compared with.

    Attributes:
        sample: positions of the pixels that fit the radiometry, all outside the zone.
        expected, bare: reflectance, shape (band, pixel); bare is what an empty surface shows.
        sigma: spread over the past of a pixel about its prediction, shape (band, pixel);
            `sample_sigma` the same for the sampled pixels.
        habit: per index, what the past fields are beyond their prediction on average, shape
            (pixel,): for occupancy, how often the pixel was occupied.
        differences: per index, past fields minus prediction and habit, shape (look, pixel),
            each look left out of its own expectation; NaN where it was not clear.
        field_sigma: per index, spread of those differences, shape (pixel,).
        weights: of the past looks, by season, age and noise.
        typical_scale: unexplained residual of the rest of the site on a usual look, (band,).
        typical_threshold: `indices.occupancy_threshold` of a usual look.
    """

    zone: ZonePixels
    sample: npt.NDArray[np.intp]
    expected: Floats
    bare: Floats
    sigma: Floats
    sample_sigma: Floats
    habit: dict[IndexName, Floats]
    differences: dict[IndexName, Floats]
    field_sigma: dict[IndexName, Floats]
    weights: Floats
    typical_scale: Floats
    typical_threshold: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The expectation of one orbit in one month.

    Attributes:
        look_ids: the past looks used, best first.
        bands: positions in REFLECTANCE_BANDS that the past has.
        expected: reflectance, shape (band, y, x); NaN where too few looks were clear.
        texture: of the expected image, shape (y, x).
        zones: by zone id.
    """

    look_ids: tuple[str, ...]
    bands: tuple[int, ...]
    expected: npt.NDArray[np.float64]
    texture: npt.NDArray[np.float32]
    zones: dict[str, ZoneBaseline]
