"""Quiet site-years made up with the looks of real airports: is the rate asked for the one achieved?

Made without the product's own simulation: real dates and masks, levels that wander, seasons,
scatter and outliers of several sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.anomalies.counts.count_series import scan_counts
from assets.anomalies.counts.quiet import count_episodes
from assets.constants import YEAR_DAYS
from bench.alerts.airports import Airport

Array = npt.NDArray[np.float64]

BEGINS: Final = np.datetime64("2017-01-01")  # as the scorer counts
ENDS: Final = np.datetime64("2020-01-01")  # what comes later is no pattern of quiet years
OUTLIER_MEAN: Final = 1.5  # of an outlier, in means of the look
DISPERSIONS: Final = (-0.02, 0.005, 0.03, 0.15)  # below 0: things that keep apart
DRIFTS: Final = (0.0005, 0.0025, 0.005)  # variance of the level's logarithm a year
OUTLIERS: Final = (0.0, 0.01)
BUSY: Final = (0.3, 2.0)  # times the airport's own counts
SEASON_SD: Final = (0.2, 0.07)
SHARE: Final = (0.12, 0.07)  # mean and standard deviation of the power of the share seen


@dataclass(frozen=True, slots=True)
class Achieved:
    """False alarms a year in quiet series.

    Attributes:
        years: site-years judged.
        asked: rates asked for, shape (rate,).
        down: rates achieved, shape (rate,).
        up: the same upward.
    """

    years: float
    asked: tuple[float, ...]
    down: tuple[float, ...]
    up: tuple[float, ...]


def measure_quiet(
    airports: Sequence[Airport], years: float, asked: tuple[float, ...], seed: int = 0
) -> Achieved:
    """Count false alarms in made-up quiet series until so many years have been judged."""
    rng = np.random.default_rng(seed)
    judged, alarms = 0.0, np.zeros((2, len(asked)))
    while judged < years:
        airport = airports[int(rng.integers(len(airports)))]
        days, cells = make_quiet(airport, rng)
        scan = scan_counts(days, cells)
        begins = BEGINS.astype(np.float64)
        first = int(np.argmax((scan.missing == 0) & (days >= begins)))
        judged += float(days[-1] - days[first]) / YEAR_DAYS
        for row, rates in enumerate((scan.fall_rate, scan.rise_rate)):
            for column, rate in enumerate(asked):
                alarms[row, column] += count_episodes(days[None], (rates < rate)[None], first)
    down, up = (alarms / judged).tolist()
    return Achieved(judged, asked, tuple(down), tuple(up))


def make_quiet(airport: Airport, rng: np.random.Generator) -> tuple[Array, Array]:
    """Days and counts per cell of a quiet site that was seen as an airport was."""
    past = airport.dates < ENDS
    days, seen = airport.days[past], np.isfinite(airport.cells[past])
    rates = np.nansum(airport.cells[past], axis=0) / np.maximum(seen.sum(axis=0), 1)
    dispersion = rng.choice(DISPERSIONS)
    busy = np.exp(rng.uniform(*np.log(BUSY)))
    level = _season(days, rng) + _walk(days, rng) + rng.normal(*SHARE) * _log_share(seen)
    strange = rng.random(len(days)) < rng.choice(OUTLIERS)
    own = np.ones(len(days)) if dispersion < 0 else rng.gamma(1 / dispersion, dispersion, len(days))
    own = np.where(strange, OUTLIER_MEAN * rng.exponential(size=len(days)), own)
    mean = busy * rates * (np.exp(level) * own)[:, None]
    counts = rng.poisson(mean).astype(np.float64)
    if dispersion < 0:
        counts = np.where(strange[:, None], counts, _apart(mean, seen, dispersion, rng))
    return days, np.where(seen, counts, np.nan)


def _apart(
    mean: Array, seen: npt.NDArray[np.bool_], dispersion: float, rng: np.random.Generator
) -> Array:
    """Counts whose sum over what was seen varies less than by chance: binomial, then shared out."""
    shown = np.where(seen, mean, 0.0)
    total = shown.sum(axis=1)
    places = np.ceil(np.maximum(-1 / dispersion, 1.7 * total)).astype(np.int64)
    things = rng.binomial(places, total / places)
    share = shown / np.maximum(total, np.finfo(np.float64).tiny)[:, None]
    share[total <= 0, 0] = 1.0
    return rng.multinomial(things, share / share.sum(axis=1, keepdims=True)).astype(np.float64)


def _season(days: Array, rng: np.random.Generator) -> Array:
    """A course of the year, as a logarithm."""
    waves = np.zeros(len(days))
    for order, spread in enumerate(SEASON_SD, start=1):
        phase = rng.uniform(0, 2 * np.pi)
        waves += rng.normal(0, spread) * np.cos(2 * np.pi * order * days / YEAR_DAYS + phase)
    return waves


def _walk(days: Array, rng: np.random.Generator) -> Array:
    """A level that wanders, as a logarithm."""
    steps = np.sqrt(rng.choice(DRIFTS) * np.diff(days, prepend=days[0]) / YEAR_DAYS)
    return np.cumsum(rng.normal(size=len(days)) * steps)


def _log_share(seen: npt.NDArray[np.bool_]) -> Array:
    """Logarithm of the share of cells seen."""
    share: Array = np.log(np.maximum(seen.mean(axis=1), 1 / seen.shape[1]))
    return share
