"""What the spreads of many alike series tell of the spread of one that was seen few times.

Variances moderated by empirical Bayes; plain numbers, no pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from assets.activity.models import Floats

SERIES_MIN: Final = 5  # fewer tell nothing of others
DOF_MOST: Final = 50.0  # series that seem alike to the last are so by luck
DOF_LEAST: Final = 0.5
ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class SpreadPrior:
    """Scaled inverse chi-squared: a variance near `variance`, as sure as from `dof` looks."""

    variance: float
    dof: float

    def draw(self, squares: Floats, dof: Floats) -> Floats:
        """Variances of series, each drawn to the prior as far as it is unsure itself."""
        with np.errstate(invalid="ignore"):
            drawn = (dof * squares + self.dof * self.variance) / (dof + self.dof)
        return np.asarray(np.where(dof > 0, drawn, np.nan))


NO_PRIOR: Final = SpreadPrior(0.0, 0.0)


def learn_prior(squares: Floats, dof: Floats) -> SpreadPrior:
    """The prior from variances of many series.

    Args:
        squares: variances, shape (series,), NaN where unknown.
        dof: degrees of freedom of each, same shape.

    Returns:
        NO_PRIOR from fewer than SERIES_MIN series.

    Source:
        Smyth 2004, doi:10.2202/1544-6115.1027, section 6.2: mean and variance of the logarithms.
    """
    with np.errstate(invalid="ignore"):
        known = np.isfinite(squares) & (squares > 0) & (dof > 1)
    if known.sum() < SERIES_MIN:
        return NO_PRIOR
    half = dof[known] / 2
    logs = np.log(squares[known]) - special.digamma(half) + np.log(half)
    extra = float(np.var(logs, ddof=1) - np.mean(special.polygamma(1, half)))
    prior = 2 * _inverse_trigamma(extra) if extra > 0 else DOF_MOST
    prior = min(max(prior, DOF_LEAST), DOF_MOST)
    centre = float(np.mean(logs) + special.digamma(prior / 2) - np.log(prior / 2))
    return SpreadPrior(float(np.exp(centre)), prior)


def effective_count(weights: Floats) -> float:
    """How many looks of equal weight tell as much (Kish 1965); 0 without any weight."""
    square = float((weights**2).sum())
    return float(weights.sum()) ** 2 / square if square > 0 else 0.0


def effective_share(weights: Floats) -> float:
    """The same for each of the looks that have a weight, 0..1."""
    return effective_count(weights) / max(int((weights > 0).sum()), 1)


def _inverse_trigamma(value: float) -> float:
    """Where trigamma has this positive value: Newton on its reciprocal, nearly a straight line."""
    x = 0.5 + 1.0 / value
    for _ in range(ROUNDS):
        trigamma = float(special.polygamma(1, x))
        x += trigamma * (1 - trigamma / value) / float(special.polygamma(2, x))
    return x
