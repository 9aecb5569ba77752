"""The law that counts follow: more or less even than chance alone, but for a share of outliers.

Chances only, shared by fit, evidence and made-up series; what the mean is is not known here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

Array = npt.NDArray[np.float64]

OUTLIER_MEAN: Final = 1.5  # of an outlier's count, in means of the look
OUTLIER_DISPERSION: Final = 1.0  # of an outlier's count: anything from none to several times
TINY: Final = 1e-12  # things; a mean below it is taken for it
EVENNESS_MIN: Final = 0.4  # variance over mean; nothing is believed to be more even


def variance_over_mean(mean: Array, dispersion: Array | float) -> Array:
    """Variance over mean of looks: 1 for chance alone, below it for things that keep apart.

    Args:
        mean: expected, any shape.
        dispersion: variance beyond the mean, relative to its square; broadcast.
    """
    ratio: Array = np.maximum(1.0 + dispersion * mean, EVENNESS_MIN)
    return ratio


def log_chance(count: Array, mean: Array, dispersion: Array | float) -> Array:
    """Logarithm of the chance of counts whose variance is mean + dispersion * mean**2.

    Negative binomial above 0, double Poisson otherwise. That the dispersion and not the ratio of
    variance to mean belongs to a site is because seeing a share of it keeps the former.

    Args:
        count: things, any shape.
        mean: expected, same shape.
        dispersion: of either sign; broadcast.

    Source:
        Double Poisson: Efron 1986, doi:10.1080/01621459.1986.10478327, section 2; its constant is
        1 but for a twelfth of the dispersion.
    """
    mean = np.maximum(mean, TINY)
    spread = np.asarray(dispersion, dtype=np.float64)
    if (spread > 0).all():
        return _negative_binomial(count, mean, 1.0 / spread)
    if not (spread > 0).any():
        return _double_poisson(count, mean, variance_over_mean(mean, spread))
    count, mean, spread = np.broadcast_arrays(count, mean, spread)
    over = spread > 0
    chance = np.empty(mean.shape)
    chance[over] = _negative_binomial(count[over], mean[over], 1.0 / spread[over])
    chance[~over] = _double_poisson(
        count[~over], mean[~over], variance_over_mean(mean[~over], spread[~over])
    )
    return chance


def _negative_binomial(count: Array, mean: Array, shape: Array) -> Array:
    """Logarithm of its chance."""
    chance: Array = (
        gammaln(count + shape)
        - gammaln(shape)
        - gammaln(count + 1.0)
        - shape * np.log1p(mean / shape)
        + count * np.log(mean / (shape + mean))
    )
    return chance


def _double_poisson(count: Array, mean: Array, even: Array) -> Array:
    """Logarithm of its chance, `even` being variance over mean."""
    own = xlogy(count, count) - count - gammaln(count + 1.0)
    chance: Array = (
        own
        - 0.5 * np.log(even)
        + (count - mean + count * np.log(mean) - xlogy(count, count)) / even
    )
    return chance


def outlier_log_odds(
    count: Array, mean: Array, dispersion: Array | float, outliers: float
) -> Array:
    """Logarithm of the odds that a look is an outlier rather than one of the rest."""
    odds: Array = np.log(outliers / (1 - outliers)) + (
        log_chance(count, OUTLIER_MEAN * mean, OUTLIER_DISPERSION)
        - log_chance(count, mean, dispersion)
    )
    return odds
