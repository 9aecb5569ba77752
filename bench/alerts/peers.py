"""Plain ways to judge a series of counts, each causal, as peers of the product's test.

A peer gives every look a score for a fall and for a rise; what packages offer is in `packaged`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.constants import MAD_TO_SIGMA, YEAR_DAYS
from bench.alerts.airports import Airport

Array = npt.NDArray[np.float64]
Peer = Callable[[Airport], tuple[Array, Array]]

LAG_DAYS: Final = 45.0  # a look is judged by looks at least this much older, as the product's
CELL_LOOKS: Final = 4.0  # worth of belief that a cell is as the others
SEASON_DAYS: Final = 45.0  # about the same day of other years
LEARNING_LOOKS: Final = 24
SEASON_LOOKS: Final = 8  # fewer than these in season: all past looks are used
MEMORY: Final = 0.3  # weight of the newest look: Brooks et al. 2014, doi:10.1109/TGRS.2013.2272545
SLACK: Final = 0.5  # of a CUSUM, in standard deviations: Page 1954, doi:10.1093/biomet/41.1-2.100
SMOOTH_DAYS: Final = 30.0  # over which the airports' authors average each cell
SHORT_LOOKS: Final = 7  # of their shorter moving average; the longer has so many more:
LONG_LOOKS: Final = 49


def index(airport: Airport) -> Array:
    """Things beyond those that the cells seen used to show, over the root of these, shape (look,).

    So that no peer is hurt by which cells were seen, which matters more than how many: each cell's
    mean is that of looks at least 45 days older, shrunk to the mean of all. NaN where none was seen
    or nothing is known.
    """
    days, seen = airport.days, np.isfinite(airport.cells)
    counts = np.where(seen, airport.cells, 0.0)
    known = np.searchsorted(days, days - LAG_DAYS, side="right")
    things = np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)])[known]
    views = np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(seen, axis=0)])[known]
    mean = things.sum(axis=1) / np.maximum(views.sum(axis=1), 1)
    rates = (things + CELL_LOOKS * mean[:, None]) / (views + CELL_LOOKS)
    usual = (rates * seen).sum(axis=1)
    told = usual > 0
    away: Array = np.where(told, counts.sum(axis=1) - usual, np.nan)
    return away / np.sqrt(np.where(told, usual, 1.0))


def naive(airport: Airport) -> tuple[Array, Array]:
    """Distance from the mean of all past looks, in their standard deviations."""
    return _both(_standing(airport, robust_season=False))


def seasonal(airport: Airport) -> tuple[Array, Array]:
    """Distance from the median of past looks of the season, in their robust deviations."""
    return _both(_standing(airport, robust_season=True))


def ewma(airport: Airport) -> tuple[Array, Array]:
    """Exponentially weighted mean of the seasonal distances."""
    z = seasonal_distance(airport)
    mean = np.zeros(len(z))
    for look in range(1, len(z)):
        mean[look] = (1 - MEMORY) * mean[look - 1] + MEMORY * z[look]
    return _both(mean)


def cusum(airport: Airport) -> tuple[Array, Array]:
    """Sum of the seasonal distances beyond a slack, begun anew at 0."""
    z = seasonal_distance(airport)
    fall, rise = np.zeros(len(z)), np.zeros(len(z))
    for look in range(1, len(z)):
        fall[look] = max(0.0, fall[look - 1] - z[look] - SLACK)
        rise[look] = max(0.0, rise[look - 1] + z[look] - SLACK)
    return fall, rise


def published(airport: Airport) -> tuple[Array, Array]:
    """How far a short moving average has crossed a long one, of cells averaged over 30 days.

    Source:
        What the authors of the airports' data did, with the crossing's depth as the score:
        doi:10.1109/JSTARS.2021.3094053 and github.com/allansp84/covid19-airports-activity-analysis
    """
    days, seen = airport.days, np.isfinite(airport.cells)
    sums = np.cumsum(np.where(seen, airport.cells, 0.0), axis=0)
    views = np.cumsum(seen, axis=0)
    start = np.searchsorted(days, days - SMOOTH_DAYS, side="right") - 1
    before = start >= 0
    things = sums - np.where(before[:, None], sums[np.maximum(start, 0)], 0.0)
    looks = views - np.where(before[:, None], views[np.maximum(start, 0)], 0)
    smooth = (things / np.maximum(looks, 1)).sum(axis=1)
    short, long = _moving(smooth, SHORT_LOOKS), _moving(smooth, SHORT_LOOKS + LONG_LOOKS)
    return _both((short - long) / np.maximum(long, np.finfo(np.float64).tiny))


PLAIN: Final[dict[str, Peer]] = {
    "z-score, naive": naive,
    "z-score, robust and seasonal": seasonal,
    "EWMA": ewma,
    "CUSUM": cusum,
    "published: moving averages cross": published,
}


def seasonal_distance(airport: Airport) -> Array:
    """Robust seasonal distance of each look, 0 while learning and where nothing was seen."""
    return np.nan_to_num(_standing(airport, robust_season=True))


def _standing(airport: Airport, *, robust_season: bool) -> Array:
    """Distance of each look from its past, shape (look,); NaN where nothing can be said."""
    days, values = airport.days, index(airport)
    told = np.isfinite(values)
    away = np.full(len(days), np.nan)
    for look in range(len(days)):
        past = told & (days <= days[look] - LAG_DAYS)
        if past.sum() < LEARNING_LOOKS:
            continue
        apart = (days - days[look]) % YEAR_DAYS
        near = past & (np.minimum(apart, YEAR_DAYS - apart) <= SEASON_DAYS)
        if robust_season:
            kept = values[near if near.sum() >= SEASON_LOOKS else past]
            middle = np.median(kept)
            spread = MAD_TO_SIGMA * np.median(np.abs(kept - middle))
        else:
            middle, spread = values[past].mean(), values[past].std()
        least = 0.25 * values[past].std()  # many looks alike would make any other strange
        away[look] = (values[look] - middle) / max(spread, least, 1e-9)
    return away


def _moving(values: Array, looks: int) -> Array:
    """Mean of so many newest values, NaN before there are."""
    total = np.cumsum(np.concatenate([[0.0], values]))
    mean = np.full(len(values), np.nan)
    mean[looks - 1 :] = (total[looks:] - total[:-looks]) / looks
    return mean


def _both(away: Array) -> tuple[Array, Array]:
    """Scores for a fall and for a rise of a signed distance; least where it is not known."""
    return np.where(np.isfinite(away), -away, -np.inf), np.where(np.isfinite(away), away, -np.inf)
