"""The regression of a series of counts: cells, season, weekday, trend and drifting level. Pure.

One fit to given looks. Which looks may teach, and what follows from a fit, is decided in
`prediction`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from assets.activity.fit.season_fit import season_terms
from assets.anomalies.counts.chances import TINY, log_chance, outlier_log_odds, variance_over_mean
from assets.anomalies.counts.exposure import LEAST_THINGS, cell_rates
from assets.anomalies.counts.prior import CountPrior
from assets.constants import YEAR_DAYS

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

ROUNDS: Final = 4  # of cells, level and dispersion in turn
STEPS: Final = 2  # Newton steps a round
STEP_MAX: Final = 1.0  # of any coefficient in a Newton step
DISPERSIONS: Final = np.array(
    [-0.12, -0.06, -0.03, -0.015, -0.005, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.4, 1.0, 2.0]
)  # that are tried
LOOSE: Final = 0.02  # variance of the level's steps at first: begun tight, a shift is never found
NEAR_NONE: Final = 0.01  # dispersion about which its size is told apart by its logarithm no more
FIXED: Final = 13  # terms before the level's: 4 season, 7 week, 1 share seen, 1 trend
WEEK: Final = slice(4, 11)  # where the terms of the week stand
SHARE: Final = 11  # where the term of the share seen stands
TREND: Final = 12  # where the term of the trend stands, a year, 0 at the last knot
SCALE_SD: Final = 1.0  # of the first knot: the cells hold the scale, this makes it unique


@dataclass(frozen=True, slots=True)
class CountFit:
    """A fitted series.

    Attributes:
        rates: things per look of each cell, shape (cell,).
        rate_variances: their variances, shape (cell,).
        coefficients: logarithms: season, week, share seen, trend, then each knot, shape (term,).
        covariance: of the coefficients, shape (term, term).
        knots: days of the level's knots, ascending, shape (knot,).
        dispersion: variance of a look beyond its mean, relative to its square.
    """

    rates: Array
    rate_variances: Array
    coefficients: Array
    covariance: Array
    knots: Array
    dispersion: float


@dataclass(slots=True)
class _FitState:
    """A fit on its way."""

    coefficients: Array
    curvature: Array
    exposure: Array
    steps: Array
    trust: Array
    dispersion: float


def design_matrix(days: Array, seen: Mask, knots: Array) -> Array:
    """Terms of season, weekday, share seen, trend and level of each look.

    Args:
        days: days since 1970, shape (look,).
        seen: whether a cell was seen, or the share of looks that saw it, shape (look, cell).
        knots: days of the knots of the level, ascending, evenly spaced, shape (knot,), at least
            two.

    Returns:
        Float64, shape (look, FIXED + knot).

    Raises:
        IndexError: there are fewer than two knots.
        ValueError: `days` and `seen` differ in looks.
    """
    week = np.floor(days)[:, None] % 7 == np.arange(7)
    share = np.log(np.maximum(seen.mean(axis=1), 1 / seen.shape[1]))
    place = np.clip((days - knots[0]) / (knots[1] - knots[0]), 0, len(knots) - 1)
    level = np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(len(knots))))
    years = (days - knots[-1]) / YEAR_DAYS
    season = season_terms(days, order=2)[:, 1:]
    return np.concatenate([season, week, share[:, None], years[:, None], level], axis=1)


def fit_counts(days: Array, counts: Array, seen: Mask, prior: CountPrior) -> CountFit:
    """Fit cells, season, weekday, level and dispersion to looks.

    The level is a random walk between knots whose steps have a heavy tail, so that it follows a
    lasting shift at once and does not follow noise.

    Args:
        days: days since 1970, ascending, shape (look,); the season counts from a turn of the year.
        counts: things counted, shape (look, cell), 0 where unseen.
        seen: whether a cell was seen, bool, shape (look, cell).
        prior: beliefs.

    Returns:
        The mode of the posterior and the covariance from its curvature.

    Raises:
        IndexError: there is no look.
        ValueError: `days`, `counts` and `seen` differ in looks or cells.

    Source:
        Newton steps on the penalised likelihood: Wood 2017, Generalized Additive Models, section
        3.4; heavy-tailed steps by expectation and maximisation: Lange et al. 1989,
        doi:10.1080/01621459.1989.10478852
    """
    number = 2 + int(np.ceil((days[-1] - days[0]) / prior.knot_days))
    knots = days[-1] - prior.knot_days * np.arange(number)[::-1]
    terms = design_matrix(days, seen, knots)
    total, views = counts.sum(axis=1), seen.astype(np.float64)
    state = _initial_state(total, terms, number, prior)
    for _ in range(ROUNDS):
        effort = np.exp(terms @ state.coefficients)
        believed = state.trust / variance_over_mean(state.exposure * effort, state.dispersion)
        rates, variances = cell_rates(
            counts * believed[:, None], views, effort * believed, prior.cell_looks
        )
        state.exposure = views @ rates
        error = (views @ variances) / np.maximum(state.exposure, TINY) ** 2
        _update_fit_state(state, terms, total, error, prior)
    return CountFit(
        rates=rates,
        rate_variances=variances,
        coefficients=state.coefficients,
        covariance=np.linalg.inv(state.curvature).astype(np.float64),
        knots=knots,
        dispersion=state.dispersion,
    )


def _initial_state(total: Array, terms: Array, number: int, prior: CountPrior) -> _FitState:
    """A fit before its first round: nothing but the prior."""
    coefficients = _prior_mean(terms.shape[1], prior)
    return _FitState(
        coefficients=coefficients,
        curvature=np.eye(terms.shape[1]),
        exposure=max(total.mean(), LEAST_THINGS / len(total)) / np.exp(terms @ coefficients),
        steps=np.full(number - 1, LOOSE),
        trust=np.ones(len(total)),
        dispersion=prior.dispersion,
    )


def _update_fit_state(
    state: _FitState, terms: Array, total: Array, error: Array, prior: CountPrior
) -> None:
    """Better coefficients, step variances, trust in each look, and dispersion.

    `error` is the variance of each look's exposure relative to its square.
    """
    precision = _prior_precision(state.steps, prior)
    for _ in range(STEPS):
        _newton_step(state, terms, total, precision, _prior_mean(len(precision), prior))
    usual = prior.drift * prior.knot_days / YEAR_DAYS
    moved = np.diff(state.coefficients[FIXED:])
    state.steps = (prior.jump_freedom * usual + moved**2) / (prior.jump_freedom + 1)
    mean = state.exposure * np.exp(terms @ state.coefficients)
    state.trust = expit(-outlier_log_odds(total, mean, state.dispersion, prior.outliers))
    by_terms = np.trace(np.linalg.solve(state.curvature, state.curvature - precision))
    by_cells = (state.trust * error * mean / variance_over_mean(mean, state.dispersion)).sum()
    used = float(by_terms + by_cells)
    state.dispersion = _posterior_dispersion(total, mean, state.trust, used, prior)


def _newton_step(
    state: _FitState, terms: Array, total: Array, precision: Array, centre: Array
) -> None:
    """One step towards the mode of the coefficients."""
    mean = state.exposure * np.exp(terms @ state.coefficients)
    weight = state.trust / variance_over_mean(mean, state.dispersion)
    gradient = terms.T @ ((total - mean) * weight) - precision @ (state.coefficients - centre)
    state.curvature = (terms * (mean * weight)[:, None]).T @ terms + precision
    move = np.linalg.solve(state.curvature, gradient)
    state.coefficients = state.coefficients + np.clip(move, -STEP_MAX, STEP_MAX)


def _prior_mean(size: int, prior: CountPrior) -> Array:
    """What the coefficients are believed to be before any look."""
    centre = np.zeros(size)
    centre[SHARE] = prior.share
    return centre


def _prior_precision(steps: Array, prior: CountPrior) -> Array:
    """How firmly that is believed: inverse covariance, shape (term, term)."""
    sds = [*prior.season_sd, *[prior.weekday_sd] * 7, prior.share_sd, prior.trend_sd, SCALE_SD]
    precision = np.zeros((FIXED + len(steps) + 1,) * 2)
    at = np.arange(FIXED + 1)
    precision[at, at] = np.array(sds) ** -2.0
    here = FIXED + np.arange(len(steps))
    np.add.at(precision, (here, here), 1 / steps)
    np.add.at(precision, (here + 1, here + 1), 1 / steps)
    precision[here, here + 1] -= 1 / steps
    precision[here + 1, here] -= 1 / steps
    return precision


def _posterior_dispersion(
    total: Array, mean: Array, trust: Array, used: float, prior: CountPrior
) -> float:
    """Posterior mean of the dispersion, knowing that a fit leaves less scatter than there was.

    Of n looks with a variance of 1 / mean + dispersion, a fit that used up p leaves (n - p) / n;
    the residuals are held against what would be left.
    """
    looks = float(trust.sum())
    left = max(looks - used, 0.5 * looks) / looks
    tried = DISPERSIONS * left - (1.0 - left) / max(float(mean.mean()), 1.0)
    usual = np.arcsinh(prior.dispersion / NEAR_NONE)
    away = (np.arcsinh(DISPERSIONS / NEAR_NONE) - usual) / prior.dispersion_spread
    logs = np.array([log_chance(total, mean, float(one)) @ trust for one in tried])
    logs -= 0.5 * away**2
    weight = np.exp(logs - logs.max())
    return float(weight @ DISPERSIONS / weight.sum())
