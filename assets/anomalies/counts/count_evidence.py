"""How strongly the newest looks speak for more or for fewer things than expected. Pure.

Likelihoods on a grid of changes are added over windows of looks. Nothing is fitted here, and no
threshold is set.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from assets.anomalies.counts.chances import TINY, outlier_log_odds, variance_over_mean

Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

GRID: Final = np.arange(-26, 17) * 0.1  # logarithm of what the level is multiplied by
FALLS: Final = (0.7, 0.5, 0.3, 0.1)  # ratios that a fall is looked for by, equally likely
RISES: Final = (1.3, 1.6, 2.2, 4.5)  # the last for what was never seen before
LEAST: Final = np.float32(1e-30)  # chance below which nothing is told apart in single precision
LOOKS: Final = 12  # newest looks that may speak together


def log_likelihood_ratios(count: Array, mean: Array, dispersion: Array, outliers: float) -> Floats:
    """Log-likelihood of each look's count for each change of GRID, against no change.

    A count that is unlikely with and without the change is taken for an outlier, so that a single
    look says no more than the share of outliers allows.

    Args:
        count: things counted, float64, any shape.
        mean: expected things, above 0, same shape.
        dispersion: variance beyond the mean, relative to its square, same shape.
        outliers: share of looks that are outliers, above 0 and below 1.

    Returns:
        Natural logarithms, float32, shape (..., change).

    Raises:
        IndexError: the shapes differ.
        ZeroDivisionError: `outliers` is 1.

    Source:
        Negative binomial: Lawless 1987, doi:10.2307/3314912; double Poisson: Efron 1986,
        doi:10.1080/01621459.1986.10478327. The bound by outliers is the project's own:
        docs/methods/alerts.md, "Counts"; held by tests/unit/assets/anomalies/test_count_scan.py.
    """
    ratio = np.empty((*count.shape, len(GRID)), dtype=np.float32)
    over = dispersion > 0
    ratio[over] = _negative_binomial_ratios(
        count[over, None], mean[over, None], dispersion[over, None]
    )
    ratio[~over] = _double_poisson_ratios(
        count[~over, None], mean[~over, None], dispersion[~over, None]
    )
    strange = outlier_log_odds(count, mean, dispersion, outliers)[..., None].astype(np.float32)
    told: Floats = np.logaddexp(ratio, strange) - np.logaddexp(0, strange)
    return told


def _negative_binomial_ratios(count: Array, mean: Array, dispersion: Array) -> Array:
    """Log-likelihood ratios of negative-binomial counts, shape (look, change)."""
    part = dispersion * mean
    told: Array = count * GRID - (count + 1.0 / dispersion) * np.log(
        (1 + part * np.exp(GRID)) / (1 + part)
    )
    return told


def _double_poisson_ratios(count: Array, mean: Array, dispersion: Array) -> Array:
    """Log-likelihood ratios of double-Poisson counts, shape (look, change).

    A fall makes counts less even; a rise leaves their evenness as it was.
    """
    then = np.maximum(mean, TINY) * np.exp(GRID)
    even, now = (
        variance_over_mean(np.minimum(then, mean), dispersion),
        variance_over_mean(mean, dispersion),
    )
    whole = count - xlogy(count, count)
    before = (whole - mean + xlogy(count, mean)) / now
    told: Array = (whole - then + xlogy(count, then)) / even - before - 0.5 * np.log(even / now)
    return told


def change_probabilities(variance: Array, ratios: tuple[float, ...]) -> Array:
    """Probability of each change of GRID when the level is known with an error.

    Args:
        variance: variance of the logarithm of the level, float64, above 0, shape (look,).
        ratios: what the level was multiplied by, equally likely, each above 0.

    Returns:
        Float64, shape (look, change): a mixture of normal densities about log(ratios), rows sum to
        1.

    Raises:
        IndexError: `variance` has no axis of looks.

    Source:
        The project's own prior of changes: docs/methods/alerts.md, "Counts"; held by
        tests/unit/assets/anomalies/test_count_scan.py.
    """
    away = GRID - np.log(np.array(ratios))[:, None]
    weight = np.exp(-0.5 * away**2 / variance[:, None, None]).sum(axis=1)
    chance: Array = weight / weight.sum(axis=1, keepdims=True)
    return chance


def evidence_of_change(
    likelihood: Floats,
    variance: Array,
    *,
    rises: tuple[float, ...] = RISES,
    falls: tuple[float, ...] = FALLS,
) -> tuple[Array, Array]:
    """Evidence for a rise and for a fall that began at one of the newest `LOOKS` looks.

    Args:
        likelihood: of `log_likelihood_ratios`, float32, shape (..., look, change).
        variance: of the logarithm of the level at each look, shape (look,), or (1,) for all.
        rises: ratios that a rise is looked for by.
        falls: ratios that a fall is looked for by.

    Returns:
        log(1 + B) of the Bayes factor B, which is averaged over the looks at which the change may
        have begun and over the ratios looked for, each of shape (..., look).

    Raises:
        ValueError: `likelihood` does not have a change for each of GRID, or `variance` neither one
            value nor one for each look.

    Source:
        Shiryaev's and Roberts' sum over onsets rather than the maximum over them: Tartakovsky,
        Nikiforov and Basseville 2014, Sequential Analysis, section 8.2; mixture over sizes ibid.
    """
    ratios = (1.0,), rises, falls
    weight = np.stack([change_probabilities(variance, one) for one in ratios], axis=-1).astype(
        likelihood.dtype
    )
    together = np.zeros_like(likelihood)
    factors = np.zeros((*likelihood.shape[:-1], 2))
    for back in range(min(LOOKS, likelihood.shape[-2])):
        together[..., back:, :] += likelihood[..., : likelihood.shape[-2] - back, :]
        late = together[..., back:, :]
        chance = np.exp(late - late.max(axis=-1, keepdims=True))
        told = _weighted_sums(chance, weight[back:] if len(weight) > 1 else weight)
        factors[..., back:, :] += told[..., 1:] / np.maximum(told[..., :1], LEAST)
    factors /= LOOKS  # also where fewer have been: what is said of a look must not change later
    return np.log1p(factors[..., 0]), np.log1p(factors[..., 1])


def _weighted_sums(chance: Floats, weight: Floats) -> Floats:
    """Sums over the grid for each belief, shape (..., look, belief)."""
    if len(weight) == 1:
        alike: Floats = chance @ weight[0]
        return alike
    told: Floats = np.einsum("...kg,kgb->...kb", chance, weight)
    return told
