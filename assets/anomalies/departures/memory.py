"""How alike successive looks of a series are: a lasting wander beside fresh noise.

Learnt from products of scores, drawn to those of the series' group; what a change looks like
through it is in `statistic`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.departures.panel import Bools, Floats, Ints, group_sums

LAGS: Final = (1, 2, 4, 8)  # looks apart of the pairs that are compared
SCALES: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0)  # days that a wander may last
OWN_PRIOR: Final = 150.0  # pairs that the group counts for
GROUP_PRIOR: Final = 40.0  # pairs that the errors' word counts for, or "nothing in common"
SHARED_PRIOR: Final = 40.0  # pairs that errors which say they are shared count for
SHARED_PART: Final = 0.6  # of what they say that is found on quiet ground
SHARED_DAYS: Final = 30.0  # looks so near are what `activity` takes for soon after each other
PAIRS_MAX: Final = 250.0  # pairs remembered
PULL: Final = 2.5  # scores beyond say no more of the memory
SHARE_MAX: Final = 0.9  # no unit; some noise is always white
STEP: Final = 8.0  # days between looks until seen


@dataclass(slots=True)
class Memory:
    """Mean products of scores and days between them, shape (series, lag); pairs (series,)."""

    products: Floats
    days: Floats
    pairs: Floats


def unknown(series: int) -> Memory:
    """Memory of series of which nothing was seen: none."""
    return Memory(
        products=np.zeros((series, len(LAGS))),
        days=np.tile(np.array(LAGS) * STEP, (series, 1)),
        pairs=np.zeros(series),
    )


def learn(memory: Memory, scores: Floats, days: Floats, which: Bools) -> None:
    """Take the pairs of one look with later ones into the memory of some series, in place.

    Args:
        memory: of the series.
        scores: of the look and the later ones at each of LAGS, shape (series, 1 + lag).
        days: when they were seen, same shape.
        which: whose pairs are to be learnt, shape (series,).
    """
    memory.pairs = np.minimum(memory.pairs + which, PAIRS_MAX)
    gain = (which / np.maximum(memory.pairs, 1.0))[:, None]
    pulled = np.clip(np.where(which[:, None], scores, 0.0), -PULL, PULL)
    apart = np.where(which[:, None], days[:, 1:] - days[:, :1], 0.0)
    memory.products = memory.products + gain * (pulled[:, 1:] * pulled[:, :1] - memory.products)
    memory.days = memory.days + gain * which[:, None] * (apart - memory.days)


def wander(memory: Memory, shared: Floats, groups: Ints) -> tuple[Floats, Floats]:
    """The wander that gives those products best: an AR(1) in time beside white noise.

    Args:
        memory: of the series.
        shared: part of the error's variance that is said to be shared, shape (series,).
        groups: where each group of series begins.

    Returns:
        Its share of the variance, 0..SHARE_MAX, and its scale in days, each of shape (series,).
    """
    pairs = memory.pairs[:, None]
    weight = SHARED_PRIOR * (shared > 0)[:, None]
    said = SHARED_PART * shared[:, None] * np.exp(-memory.days / SHARED_DAYS)
    usual = group_sums(said, groups) / group_sums(np.ones(pairs.shape), groups)
    pooled = (group_sums(pairs * memory.products, groups) + GROUP_PRIOR * usual) / (
        group_sums(pairs, groups) + GROUP_PRIOR
    )
    own = pairs * memory.products + weight * said
    drawn = (own + OWN_PRIOR * pooled) / (pairs + weight + OWN_PRIOR)
    shape = np.exp(-memory.days[:, None, :] / np.array(SCALES)[:, None])
    power = (shape**2).sum(axis=2)
    share = np.clip((drawn[:, None, :] * shape).sum(axis=2) / power, 0.0, SHARE_MAX)
    misfit = share**2 * power - 2 * share * (drawn[:, None, :] * shape).sum(axis=2)
    best = misfit.argmin(axis=1)
    rows = np.arange(len(best))
    return share[rows, best], np.array(SCALES)[best]
