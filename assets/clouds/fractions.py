"""Area share of each class in a zone, and the state of a look over it.

Pure; `mask` gives the classes, the site's grid the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from assets.clouds.mask import CLASS_NAMES, CLEAR, CLOUD, HAZE, NO_DATA, SATURATED, SHADOW, SNOW
from assets.scenes.stack import Classes
from assets.zonal import PixelCoverage, class_areas

ZoneState = Literal["valid", "partial", "cloudy", "snow", "no_data"]
VALID_CLEAR = 0.9  # share of a zone; above it a look counts as whole
PARTIAL_CLEAR = 0.5  # below it no value is given
UNSEEN = 0.5  # share without data above which a zone was not looked at


@dataclass(frozen=True, slots=True)
class ZoneFractions:
    """Area-weighted shares of a zone, each 0..1, together 1; saturated counts as no data."""

    clear: float
    cloud: float
    shadow: float
    snow: float
    haze: float
    no_data: float

    @property
    def state(self) -> ZoneState:
        """What the look can say of the zone."""
        if self.no_data > UNSEEN:
            return "no_data"
        if self.clear >= VALID_CLEAR:
            return "valid"
        if self.clear >= PARTIAL_CLEAR:
            return "partial"
        return "snow" if self.snow >= max(self.cloud, self.shadow, self.haze) else "cloudy"


def zones_fractions(classes: Classes, coverage: PixelCoverage) -> dict[str, ZoneFractions]:
    """Shares of each class in every zone of a site, by zone id.

    Args:
        classes: codes of `mask.CLASS_NAMES`, shape (y, x).
        coverage: of the site's zones.

    Returns:
        Area-weighted shares, 0..1, together 1.

    Raises:
        ValueError: a zone touches no pixel of the grid, or a code is none of a class.
    """
    areas = class_areas(coverage, classes, len(CLASS_NAMES))
    totals = areas.sum(axis=1)
    if not (totals > 0).all():
        raise ValueError("A zone must touch at least one pixel of its site's grid")
    shares = areas / totals[:, None]
    return {
        zone_id: _fractions_from_shares(share)
        for zone_id, share in zip(coverage.zone_ids, shares.tolist(), strict=True)
    }


def zone_fractions(classes: Classes, weights: npt.NDArray[np.float32]) -> ZoneFractions:
    """Shares of each class in one zone; of all zones of a site, see `zones_fractions`.

    Args:
        classes: codes of `mask.CLASS_NAMES`, shape (y, x).
        weights: share of each pixel that the zone covers, shape (y, x), 0..1.

    Returns:
        Shares that add up to 1.

    Raises:
        ValueError: the zone touches no pixel of the grid, or a code is none of a class.
    """
    return zones_fractions(classes, PixelCoverage.of({"zone": weights}, 1.0))["zone"]


def _fractions_from_shares(share: Sequence[float]) -> ZoneFractions:
    """From the share of each class, by its code."""
    return ZoneFractions(
        clear=share[CLEAR],
        cloud=share[CLOUD],
        shadow=share[SHADOW],
        snow=share[SNOW],
        haze=share[HAZE],
        no_data=share[NO_DATA] + share[SATURATED],
    )
