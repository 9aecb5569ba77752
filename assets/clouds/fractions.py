"""Shares of each class in a zone, and the state of a look over it.

Pure; the classes come from `mask`, the weights from the site's grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from assets.clouds.mask import CLASS_NAMES, CLEAR, CLOUD, HAZE, NO_DATA, SATURATED, SHADOW, SNOW
from assets.scenes.stack import Classes

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


def zone_fractions(classes: Classes, weights: npt.NDArray[np.float32]) -> ZoneFractions:
    """Shares of each class in a zone.

    Args:
        classes: codes of `mask.CLASS_NAMES`, shape (y, x).
        weights: share of each pixel that the zone covers, shape (y, x), 0..1.

    Returns:
        Shares that add up to 1.

    Raises:
        ValueError: the zone touches no pixel of the grid.
    """
    total = float(weights.sum(dtype=np.float64))
    if total <= 0:
        raise ValueError("A zone must touch at least one pixel of its site's grid")
    share = {
        code: float(weights[classes == code].sum(dtype=np.float64)) / total for code in CLASS_NAMES
    }
    return ZoneFractions(
        clear=share[CLEAR],
        cloud=share[CLOUD],
        shadow=share[SHADOW],
        snow=share[SNOW],
        haze=share[HAZE],
        no_data=share[NO_DATA] + share[SATURATED],
    )
