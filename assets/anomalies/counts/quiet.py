"""How often a quiet series would give as much evidence, counted on simulated series. Pure.

Simulated series follow the fitted model with its uncertainty. Of a real series only the numbers in
`SeriesKind` are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.anomalies.counts.chances import EVENNESS_MIN, OUTLIER_MEAN, variance_over_mean
from assets.anomalies.counts.count_evidence import evidence_of_change, log_likelihood_ratios
from assets.constants import YEAR_DAYS

Array = npt.NDArray[np.float64]

SERIES: Final = 160  # made up for each kind
SERIES_LOOKS: Final = 150  # looks of a simulated series; two to three years
SETTLING: Final = 24  # first looks of a made-up series, whose windows are not full yet
ERROR_DAYS: Final = 180.0  # after which the level's error is forgotten; a fit uses about a year
DISPERSIONS: Final = (-0.08, -0.04, -0.02, -0.01, 0.0, 0.01, 0.02, 0.04, 0.1, 0.3, 1.0)  # of kinds
EVENNESS_LOOKS: Final = 2.0  # over the looks: variance of the logarithm of a series' evenness
MERGE_DAYS: Final = 14.0  # alarms closer than this are one
REPEAT_DAYS: Final = 90.0  # an alarm that goes on counts again after each of these
THRESHOLDS: Final = np.arange(1, 51) * 0.125  # log-likelihood ratios at which rates are told
EVENTS_MIN: Final = 40  # false alarms below which the tail is drawn on from those above
RISES_MORE: Final = 1.04  # rises of series that are learnt whole beside those made up here
"""A scatter that is learnt too small lets chance rise further than it lets it fall: counted over
made-up years of whole series, `python -m bench.alerts`."""


@dataclass(frozen=True, slots=True)
class SeriesKind:
    """What decides how often a quiet series alarms, rounded so that kinds recur.

    Attributes:
        mean: things a look, in steps of a factor 2.
        spread: standard deviation of the looks' means over their mean, by what was seen.
        dispersion: variance of a look beyond its mean, relative to its square.
        variance: of the logarithm of the level, from what the past could not tell.
        gap_days: usual time between looks.
        looks: that taught the model.
        outliers: share of looks that tell nothing.
    """

    mean: float
    spread: float
    dispersion: float
    variance: float
    gap_days: float
    looks: float
    outliers: float


def nearest_kind(exact: SeriesKind) -> SeriesKind:
    """The nearest of the kinds that recur."""
    at = np.arcsinh(100 * exact.dispersion)  # even steps near 0, where most are, ratios beyond
    return SeriesKind(
        mean=_nearest_power(exact.mean, 2.0, 2**-4, 2**8),
        spread=_nearest_power(exact.spread, 2.0, 0.25, 1.0),
        dispersion=min(DISPERSIONS, key=lambda step: abs(float(np.arcsinh(100 * step) - at))),
        variance=_nearest_power(exact.variance, 4.0, 4**-4, 4**-1),
        gap_days=_nearest_power(exact.gap_days, 1.4, 1.4**0, 1.4**12),
        looks=_nearest_power(exact.looks, 4.0, 4**2, 4**4),
        outliers=exact.outliers,
    )


def _nearest_power(number: float, factor: float, low: float, high: float) -> float:
    """The nearest power of a factor between two bounds."""
    kept = min(max(number, low), high)
    return float(factor ** round(np.log(kept) / np.log(factor)))


@lru_cache(maxsize=4096)
def quiet_rates(kind: SeriesKind) -> tuple[Array, Array]:
    """Logarithms of the false alarms a year at each of `THRESHOLDS`, for rises and for falls."""
    rng = np.random.default_rng(0)
    days, counts, mean = simulate_quiet_series(kind, rng)
    likelihood = log_likelihood_ratios(
        counts, mean, np.full_like(mean, kind.dispersion), kind.outliers
    )
    evidence = evidence_of_change(likelihood, np.array([kind.variance]))
    rise, fall = (log_rates(days, one) for one in evidence)
    return rise + np.log(RISES_MORE), fall


def simulate_quiet_series(kind: SeriesKind, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Simulate quiet series of a kind.

    The error of the level is an autoregressive process that forgets in ERROR_DAYS; counts are
    negative binomial or binomial, and a share of them are outliers.

    Args:
        kind: what decides how the series scatter.
        rng: random numbers.

    Returns:
        Days, counts and expected counts, float64, each shape (SERIES, SERIES_LOOKS).

    Raises:
        ZeroDivisionError: the spread of the kind is 0.

    Source:
        The project's own simulation: docs/methods/alerts.md, "Counts"; held by
        tests/unit/assets/anomalies/test_count_scan.py.
    """
    size = (SERIES, SERIES_LOOKS)
    gaps = np.maximum(1.0, rng.gamma(1.2, kind.gap_days / 1.2, size))
    mean = np.maximum(kind.mean * rng.gamma(kind.spread**-2, kind.spread**2, size), 0.02)
    memory = np.exp(-gaps / ERROR_DAYS)
    error = rng.normal(size=size)
    for look in range(1, SERIES_LOOKS):
        fresh = np.sqrt(1 - memory[:, look] ** 2)
        error[:, look] = memory[:, look] * error[:, look - 1] + fresh * error[:, look]
    true = mean * np.exp(np.sqrt(kind.variance) * error)
    counts = _draw_counts(true, _draw_dispersions(kind, rng), rng)
    strange = rng.poisson(OUTLIER_MEAN * mean * rng.exponential(size=size))
    counts = np.where(rng.random(size) < kind.outliers, strange, counts)
    return np.cumsum(gaps, axis=1), counts.astype(np.float64), mean


def _draw_dispersions(kind: SeriesKind, rng: np.random.Generator) -> Array:
    """What the dispersion of series may be that are taken for this kind, shape (series, 1)."""
    full = kind.mean * (1 + kind.spread**2)  # looks that show more tell more
    unsure = np.exp((EVENNESS_LOOKS / kind.looks) ** 0.5 * rng.normal(size=(SERIES, 1)))
    found: Array = (unsure * variance_over_mean(np.array(full), kind.dispersion) - 1) / full
    return found


def _draw_counts(mean: Array, dispersion: Array, rng: np.random.Generator) -> Array:
    """Counts of that mean and dispersion: negative binomial above 0, binomial below."""
    over, under = np.maximum(dispersion, 1e-6), np.maximum(-dispersion, 1e-6)
    uneven = rng.poisson(mean * rng.gamma(np.broadcast_to(1 / over, mean.shape), over))
    things = np.ceil(np.maximum(1 / under, mean / (1 - EVENNESS_MIN))).astype(np.int64)
    even = rng.binomial(things, mean / things)
    return np.where(dispersion > 0, uneven, even)


def log_rates(days: Array, evidence: Array) -> Array:
    """Logarithm of the false alarms a year at each of THRESHOLDS, counted on quiet series.

    From EVENTS_MIN false alarms down, the tail is continued as a straight line.

    Args:
        days: days of the looks of quiet series, ascending, shape (series, look).
        evidence: evidence of their looks in one direction, same shape.

    Returns:
        Natural logarithms, float64, shape (threshold,), never rising.

    Raises:
        IndexError: the series have no more than SETTLING looks.
        ValueError: the shapes differ.

    Source:
        The project's own count by simulation: docs/methods/alerts.md, "Counts"; held by
        tests/unit/assets/anomalies/test_count_scan.py.
    """
    years = float((days[:, -1] - days[:, SETTLING]).sum()) / YEAR_DAYS
    events = np.array([count_episodes(days, evidence > high, SETTLING) for high in THRESHOLDS])
    enough = max(4, int((events >= EVENTS_MIN).sum()))
    logs = np.log(np.maximum(events, 0.5) / years)
    near = slice(max(0, enough - 6), enough)
    slope = min(-0.5, float(np.polyfit(THRESHOLDS[near], logs[near], 1)[0]))
    logs[enough:] = logs[enough - 1] + slope * (THRESHOLDS[enough:] - THRESHOLDS[enough - 1])
    falling: Array = np.minimum.accumulate(logs)  # at low ones, alarms that never end are few
    return falling


def count_episodes(days: Array, alarm: npt.NDArray[np.bool_], first: int = 0) -> int:
    """Count the false alarms of quiet series as an operator would.

    Alarms at most `MERGE_DAYS` apart, or without a quiet look between them, are one, which counts
    once more for each `REPEAT_DAYS` that it goes on.

    Args:
        days: day of each look, shape (series, look).
        alarm: whether it was in alarm, bool, same shape.
        first: position of the first look that counts.

    Returns:
        Number of all series together.

    Raises:
        ValueError: the shapes differ.

    Source:
        The project's own rule: docs/methods/alerts.md, "Counts"; held by
        tests/unit/assets/anomalies/test_count_scan.py.
    """
    alarm = alarm.copy()
    alarm[:, :first] = False
    never = -np.inf
    last = np.maximum.accumulate(np.where(alarm, days, never), axis=1)
    before = np.concatenate([np.full((len(days), 1), never), last[:, :-1]], axis=1)
    follows = np.concatenate([np.zeros((len(days), 1), bool), alarm[:, :-1]], axis=1)
    opens = alarm & ~follows & (days - before > MERGE_DAYS)
    began = np.maximum.accumulate(np.where(opens, days, never), axis=1)
    goes_on = alarm & ~opens
    so_far = (days[goes_on] - began[goes_on]) // REPEAT_DAYS
    earlier = (before[goes_on] - began[goes_on]) // REPEAT_DAYS
    return int(opens.sum() + (so_far - earlier).sum())
