"""The law that counts follow: negative binomial, but for a share of outliers.

Chances only, shared by fit, evidence and made-up series; what the mean is is not known here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Array = npt.NDArray[np.float64]

OUTLIER_MEAN: Final = 1.5  # of an outlier's count, in means of the look
OUTLIER_DISPERSION: Final = 1.0  # of an outlier's count: anything from none to several times
TINY: Final = 1e-12  # things; a mean below it is taken for it


def log_chance(count: Array, mean: Array, dispersion: Array | float) -> Array:
    """Logarithm of the negative-binomial chance of counts.

    Args:
        count: things, any shape.
        mean: expected, same shape.
        dispersion: variance of the mean relative to its square, above 0; broadcast.
    """
    shape = 1.0 / np.asarray(dispersion)
    mean = np.maximum(mean, TINY)
    chance: Array = (
        gammaln(count + shape)
        - gammaln(shape)
        - gammaln(count + 1.0)
        - shape * np.log1p(mean / shape)
        + count * np.log(mean / (shape + mean))
    )
    return chance


def strangeness(count: Array, mean: Array, dispersion: Array | float, outliers: float) -> Array:
    """Logarithm of the odds that a look is an outlier rather than one of the rest."""
    odds: Array = np.log(outliers / (1 - outliers)) + (
        log_chance(count, OUTLIER_MEAN * mean, OUTLIER_DISPERSION)
        - log_chance(count, mean, dispersion)
    )
    return odds
