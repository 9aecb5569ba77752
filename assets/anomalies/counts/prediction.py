"""Expected counts of each look, from the looks that were old enough to teach them. Pure.

Causal: decides which looks teach, when the model is fitted anew, and how sure it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.anomalies.counts.chances import TINY
from assets.anomalies.counts.prior import CountPrior
from assets.anomalies.counts.quiet import SeriesKind, nearest_kind
from assets.anomalies.counts.regression import SHARE, WEEK, CountFit, design_matrix, fit_counts
from assets.constants import YEAR_DAYS

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEARNING_LOOKS: Final = 24  # old enough to teach, before a look is judged
KIND_LOOKS: Final = 60  # newest of those that taught, which tell what kind of series it is
REFIT_DAYS: Final = 10.0  # the model is fitted anew at the first look of each such period


@dataclass(frozen=True, slots=True)
class ExpectedCounts:
    """What was expected of each look before it was seen; all shape (look,).

    Attributes:
        mean: things, 0 where nothing was seen or nothing is known yet.
        variance: of the logarithm of the level, from what the past could not tell.
        dispersion: variance of one look's own mean relative to its square.
        missing: looks still to come before the series is tested.
        kinds: what kind of series it was at each fit, with the looks that the fit is for.
    """

    mean: Array
    variance: Array
    dispersion: Array
    missing: npt.NDArray[np.int64]
    kinds: list[tuple[npt.NDArray[np.int64], SeriesKind]]


def expected_counts(
    days: Array, counts: Array, seen: Mask, prior: CountPrior, since: int = 0
) -> ExpectedCounts:
    """Expect the count of each look from looks at least `prior.lag_days` older.

    The model of `regression` is fitted anew in each period of REFIT_DAYS that has a look.

    Args:
        days: days since 1970, ascending, shape (look,); the season counts from a turn of the year.
        counts: things counted, shape (look, cell), 0 where unseen.
        seen: whether a cell was seen, bool, shape (look, cell).
        prior: beliefs.
        since: position of the first look that is asked for; those before stay 0.

    Returns:
        Mean, variance and dispersion of each look, float64, shape (look,), and the kind of series
        at each fit. The mean is 0 while fewer than LEARNING_LOOKS looks are old enough.

    Raises:
        ValueError: `days`, `counts` and `seen` differ in looks or cells; found at the first fit.

    Source:
        The project's own causal rule: docs/methods/alerts.md, "Counts"; held by
        tests/unit/assets/anomalies/test_count_scan.py. The fit is `regression.fit_counts`.
    """
    mean, variance, dispersion = (np.zeros(len(days)) for _ in range(3))
    missing = np.zeros(len(days), dtype=np.int64)
    kinds = []
    for group in _refit_periods(days):
        if group[-1] < since:
            continue
        use = slice(
            int(np.searchsorted(days, days[group[0]] - prior.window_days)),
            int(np.searchsorted(days, days[group[0]] - prior.lag_days, side="right")),
        )
        known = use.stop - use.start
        missing[group] = max(0, LEARNING_LOOKS - known)
        if known < LEARNING_LOOKS:
            continue
        fit = fit_counts(days[use], counts[use], seen[use], prior)
        near = slice(max(use.start, use.stop - KIND_LOOKS), use.stop)
        usual = _mean_counts(fit, design_matrix(days[near], seen[near], fit.knots), seen[near])
        ahead = _predicted_moments(fit, days[group], seen[group], seen[near], prior)
        mean[group], variance[group], dispersion[group] = ahead
        gap = float(days[near][-1] - days[near][0]) / (near.stop - near.start - 1)
        exact = SeriesKind(
            mean=float(usual.mean()),
            spread=float(usual.std() / usual.mean()),
            dispersion=fit.dispersion,
            variance=float(variance[group[0]]),
            gap_days=gap,
            looks=known,
            outliers=prior.outliers,
        )
        kinds.append((group, nearest_kind(exact)))
    return ExpectedCounts(mean, variance, dispersion, missing, kinds)


def _refit_periods(days: Array) -> list[npt.NDArray[np.int64]]:
    """Positions of the looks of each period between two fits."""
    period = np.floor(days / REFIT_DAYS)
    starts = np.flatnonzero(np.diff(period)) + 1
    return [part for part in np.split(np.arange(len(days)), starts) if len(part)]


def _predicted_moments(
    fit: CountFit, days: Array, seen: Mask, usual: Mask, prior: CountPrior
) -> tuple[Array, Array, Array]:
    """Mean of each look to come, variance of the level's logarithm, dispersion of the look.

    What looks near each other are wrong by together is the level's; what depends on the weekday
    and on the cells that happened to be seen is the look's own.
    """
    terms = design_matrix(days, seen, fit.knots)
    together = terms.copy()
    together[:, WEEK] = 1 / 7
    together[:, SHARE] = design_matrix(days[:1], usual.mean(axis=0, keepdims=True), fit.knots)[
        0, SHARE
    ]
    level = _variance_of_terms(together, fit.covariance)
    own = np.maximum(0.0, _variance_of_terms(terms, fit.covariance) - level)
    cells = (seen @ fit.rate_variances) / np.maximum(seen @ fit.rates, TINY) ** 2
    drift = prior.drift * np.maximum(0.0, days - fit.knots[-1]) / YEAR_DAYS
    return _mean_counts(fit, terms, seen), level + drift, fit.dispersion + own + cells


def _mean_counts(fit: CountFit, terms: Array, seen: Mask) -> Array:
    """Things that each look should show, shape (look,)."""
    mean: Array = (seen @ fit.rates) * np.exp(terms @ fit.coefficients)
    return mean


def _variance_of_terms(terms: Array, covariance: Array) -> Array:
    """Variance of the sum of terms of each look, shape (look,)."""
    variance: Array = np.einsum("ki,ij,kj->k", terms, covariance, terms)
    return variance
