"""The distribution of counts: negative binomial or double Poisson, with a share of outliers. Pure.

Shared by fit, evidence and made-up series. The means of the counts come from the caller.
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
    """Variance over mean of counts: 1 for chance alone, below it for things that keep apart.

    Args:
        mean: expected things, float64, any shape.
        dispersion: variance beyond the mean, relative to the square of the mean; broadcast.

    Returns:
        1 + dispersion * mean, at least EVENNESS_MIN, float64, shape of the two together.

    Raises:
        ValueError: the shapes cannot be broadcast.

    Source:
        Quadratic variance of the negative binomial: Lawless 1987, doi:10.2307/3314912; continued to
        dispersions below 0 as docs/methods/alerts.md, "Counts", has it.
    """
    ratio: Array = np.maximum(1.0 + dispersion * mean, EVENNESS_MIN)
    return ratio


def log_chance(count: Array, mean: Array, dispersion: Array | float) -> Array:
    """Logarithm of the probability of counts whose variance is mean + dispersion * mean**2.

    Negative binomial for a dispersion above 0, double Poisson otherwise. The dispersion, not the
    ratio of variance to mean, is taken as a property of a site, since seeing a share of the site
    keeps it.

    Args:
        count: things, any shape.
        mean: expected things, same shape; TINY where it is smaller.
        dispersion: of either sign; broadcast.

    Returns:
        Natural logarithm, float64, the same shape.

    Raises:
        ValueError: the shapes cannot be broadcast.

    Source:
        Negative binomial: Lawless 1987, doi:10.2307/3314912. Double Poisson: Efron 1986,
        doi:10.1080/01621459.1986.10478327, section 2; its constant is 1 but for a twelfth of the
        dispersion.
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
    """Logarithm of the odds that a look is an outlier rather than one of the rest.

    Args:
        count: things, any shape.
        mean: expected things, same shape.
        dispersion: variance beyond the mean, relative to its square; broadcast.
        outliers: share of looks that are outliers, above 0 and below 1.

    Returns:
        Natural logarithm, float64, the same shape.

    Raises:
        ValueError: the shapes cannot be broadcast.
        ZeroDivisionError: `outliers` is 1.

    Source:
        Bayes' rule for a mixture of two distributions; that of outliers (OUTLIER_MEAN,
        OUTLIER_DISPERSION) is the project's own: docs/methods/alerts.md, "Counts".
    """
    odds: Array = np.log(outliers / (1 - outliers)) + (
        log_chance(count, OUTLIER_MEAN * mean, OUTLIER_DISPERSION)
        - log_chance(count, mean, dispersion)
    )
    return odds
