"""How one series usually scatters: centre, spread and tails, learnt look by look.

From them a departure becomes a normal score. Memory between looks is in `memory`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from assets.anomalies.departures import tails
from assets.anomalies.departures.panel import Bools, Floats, Ints, group_sums
from assets.constants import YEAR_DAYS

CENTRE_PRIOR: Final = 12.0  # looks that "expectation is right" counts for
SPREAD_PRIOR: Final = 6.0  # looks that "errors are right" counts for
SCORE_PRIOR: Final = 40.0  # looks that "scores are standard normal" counts for
MEMORY_LOOKS: Final = 250.0  # looks that are remembered, three to five years
CENTRE_LOOKS: Final = 100.0  # the same for the centre
PULL: Final = 4.0  # spreads from expectation beyond which a look says no more of centre and spread
SCORE_MAX: Final = 4.5  # no single look may say more: real tails hold what no past has shown
STEEPEST: Final = 1.25  # score a spread: where all looks are alike, a little more is not rare
SEASON_OWN: Final = 300.0  # looks that the season of the group counts for
SEASON_PRIOR: Final = 100.0  # looks that "spread has no season" counts for
SWING_MOST: Final = 0.5  # of the usual spread: from half of it to one and a half
RISE: Final = 0  # side of the tails


@dataclass(slots=True)
class Habits:
    """What is known of each series, arrays of shape (series,) unless said otherwise.

    Attributes:
        centre, variance: of z while nothing happens.
        centre_looks, looks: how many they are of, with those that the priors count for.
        seen: looks learnt, at most MEMORY_LOOKS.
        counts: of them beyond each edge of `tails`, shape (series, side, edge).
        score_mean: mean of the scores, which skew leaves over.
        swing: how the spread goes with the waves of the year, in parts of the usual one, shape
            (series, 2): as known at the newest look.
        waves, squares: sums over looks of what each by itself says of that, same shape: `squares`
            in squares of departures, which are measured against the spread as it is known now.
    """

    centre: Floats
    variance: Floats
    centre_looks: Floats
    looks: Floats
    seen: Floats
    counts: Floats
    score_mean: Floats
    swing: Floats
    waves: Floats
    squares: Floats


def unknown(series: int) -> Habits:
    """Habits of series of which nothing was seen: z is what it should be."""
    return Habits(
        centre=np.zeros(series),
        variance=np.ones(series),
        centre_looks=np.full(series, CENTRE_PRIOR),
        looks=np.full(series, SPREAD_PRIOR),
        seen=np.zeros(series),
        counts=np.zeros((series, 2, len(tails.EDGES))),
        score_mean=np.zeros(series),
        swing=np.zeros((series, 2)),
        waves=np.zeros((series, 2)),
        squares=np.zeros((series, 2)),
    )


def phases(days: Floats) -> Floats:
    """The waves of the year at some days, shape (..., 2)."""
    turn = 2 * np.pi * days / YEAR_DAYS
    return np.stack((np.cos(turn), np.sin(turn)), axis=-1)


def season_spread(swing: Floats, days: Floats) -> Floats:
    """Spread at some days of the year beside the usual one, shape (series,).

    Args:
        swing: of `Habits`.
        days: of the looks, days since any epoch, shape (series,).
    """
    mean = np.sqrt(1 + (swing**2).sum(axis=-1) / 2)
    return np.asarray(_swung(swing, phases(days)) / mean)


def _swung(swing: Floats, turn: Floats) -> Floats:
    """Spread at some `phases` beside its mean over the year, shape (series,)."""
    return np.asarray(1 + (swing * turn).sum(axis=-1))


def draw_swing(habits: Habits, groups: Ints) -> None:
    """Bring the swing of all series up to what was learnt, in place.

    Looks of the first months were learnt when the spread was known badly; measured against it as
    it was then, they would make those months narrow or wide for good.

    Args:
        habits: of the series.
        groups: rows at which groups of series begin; what one shows is drawn to its group's, and
            that to no season at all.
    """
    said = habits.waves + habits.squares / habits.variance[:, None]
    looks = group_sums(habits.seen, groups)[:, None]
    pooled = group_sums(said, groups) / (looks + SEASON_PRIOR)
    drawn = (said + SEASON_OWN * pooled) / (habits.seen[:, None] + SEASON_OWN)
    size = np.hypot(drawn[:, 0], drawn[:, 1])
    habits.swing = drawn * (SWING_MOST / np.maximum(size, SWING_MOST))[:, None]


def raw_score(habits: Habits, z: Floats, beyond: Floats, season: Floats) -> Floats:
    """The standard normal number that is as rare as a departure is for its series.

    Args:
        habits: of the series.
        z: departures, shape (series,), NaN where unseen.
        beyond: chance of a look beyond each edge, of `tails.survival`.
        season: of `season_spread`, shape (series,).

    Returns:
        Scores within +-SCORE_MAX, same shape; NaN where unseen.
    """
    spreads = (z - habits.centre) / (np.sqrt(habits.variance) * season)
    side = (spreads < 0).astype(np.int64)
    far = np.where(np.isfinite(spreads), np.abs(spreads), 0.0)
    score = np.minimum(-special.ndtri(tails.tail_survival(beyond, far, side)), STEEPEST * far)
    score = np.where(side == RISE, score, -score)
    return np.where(np.isfinite(spreads), np.clip(score, -SCORE_MAX, SCORE_MAX), np.nan)


def standard_score(habits: Habits, raw: Floats) -> Floats:
    """Scores less their usual mean, in their usual spread, where the scale did not do it."""
    return np.clip(raw - habits.score_mean, -SCORE_MAX, SCORE_MAX)


def learn_centre(habits: Habits, z: Floats, which: Bools) -> None:
    """Take one more look into the centre of some series, in place."""
    spread = np.sqrt(habits.variance)
    one = which.astype(np.float64)
    u = np.where(which, (z - habits.centre) / spread, 0.0)
    habits.centre_looks = np.minimum(habits.centre_looks + one, CENTRE_LOOKS)
    habits.centre = habits.centre + np.clip(u, -PULL, PULL) * spread / habits.centre_looks


def learn(habits: Habits, residual: Floats, raw: Floats, which: Bools, days: Floats) -> None:
    """Take one more look into the habits of some series, in place.

    A look that is wider than the swing lets expect moves it by a step of Fisher's scoring: looks
    of the narrow half of the year say as much as the wide ones, however much these scatter.

    Args:
        habits: of the series.
        residual: departure less the centre as it was known then, shape (series,): what an
            uncertain centre adds to the spread is in it.
        raw: score that it had, same shape.
        which: whose look is to be learnt, same shape; the others stay as they are.
        days: when it was, days since any epoch, same shape.
    """
    one = which.astype(np.float64)
    spread = np.sqrt(habits.variance) * season_spread(habits.swing, days)
    u = np.where(which, residual / spread, 0.0)
    pulled = np.clip(u, -PULL, PULL)
    full = one * (habits.seen >= MEMORY_LOOKS)
    kept = 1 - full / MEMORY_LOOKS
    habits.seen = np.minimum(habits.seen + one, MEMORY_LOOKS)
    turn = phases(days)
    step = turn / _swung(habits.swing, turn)[:, None]
    squared = pulled**2 * habits.variance
    habits.waves = habits.waves * kept[:, None] + one[:, None] * (habits.swing - step)
    habits.squares = habits.squares * kept[:, None] + (one * squared)[:, None] * step
    habits.looks = np.minimum(habits.looks + one, MEMORY_LOOKS)
    gain = one / habits.looks
    habits.variance = habits.variance * (1 + gain * (pulled**2 - 1))
    habits.counts = habits.counts * kept[:, None, None] + (
        tails.beyond_edges(u) & which[:, None, None]
    )
    gain = one / (habits.seen + SCORE_PRIOR)
    said = np.where(which, raw, 0.0)
    habits.score_mean = habits.score_mean + gain * (said - habits.score_mean)
