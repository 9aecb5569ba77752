"""What is kept of the past of each series: its last looks, and what was learnt of those before.

The newest look is scored by it and taken in; the past itself is never read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.departures import habits, levels, memory, statistic, tails
from assets.anomalies.departures.agreement import OUTAGE_DAYS
from assets.anomalies.departures.panel import Bools, Floats, Ints, group_sums
from assets.anomalies.departures.statistic import WINDOW

SIZE_RANGE: Final = (0.25, 4.0)  # of the error of a look beside the usual one
SIZE_POWER: Final = 0.5  # heavy tails score twice the departure less than twice as high
TRUST: Final = 0.5  # power of how far an unusually small error is believed: 1 wholly, 0 not at all
UNIT_GAIN: Final = 0.05  # by which the usual error follows the newest
PACE_DAYS: Final = 7.0  # between looks until seen
PACE_LOOKS: Final = 30.0  # looks by which the pace follows
HELD_PART: Final = 0.5  # of a shift that the newest look shows where the shift still stands
TAIL_EDGE, NEAR_EDGE, FAR_EDGE = (tails.EDGES.index(edge) for edge in (1.5, 3.5, 6.5))


@dataclass(frozen=True, slots=True)
class Look:
    """One look of all series, arrays of shape (series,); numbers where unseen do not matter."""

    day: Floats
    z: Floats
    error: Floats
    value: Floats
    shared: Floats
    seen: Bools


@dataclass(slots=True)
class Last:
    """The last looks of each series, newest first, shape (series, WINDOW).

    Attributes:
        z: departure from the level in errors; `residual` that from the centre known then.
        departure: from the level, `value`: as measured, both in the unit of the index.
        raw, score: normal scores before and after their mean was taken off.
        learnable: looks of the normal state, which are learnt when they leave.
    """

    z: Floats
    residual: Floats
    departure: Floats
    value: Floats
    raw: Floats
    score: Floats
    day: Floats
    learnable: Bools


@dataclass(slots=True)
class Past:
    """All that is known of the series, by shape (series,) and parts of their own.

    Attributes:
        unit: usual error in the unit of the index, NaN before the first look.
        last_day: of the newest look; `pace` days between looks; `judged` looks so far, `pooled`
            those of all series of the group.
        correlation: of a look with the one before, as learnt.
        reach: how far each side is open to false alarms, 0..1, shape (series, 2), rises first.
        heavy: logarithm of the part of a tail's looks that go beyond 3.5 spreads, shape
            (series, 2), rises first; `heavier` the same beyond 6.5, of those.
    """

    habits: habits.Habits
    memory: memory.Memory
    evidence: statistic.Evidence
    levels: levels.Levels
    last: Last
    unit: Floats
    last_day: Floats
    pace: Floats
    judged: Floats
    pooled: Floats
    correlation: Floats
    reach: Floats
    heavy: Floats
    heavier: Floats


def nothing_known(series: int) -> Past:
    """The state before the first look."""
    z, residual, departure, value, raw, score, day = np.zeros((7, series, WINDOW))
    nothing = np.zeros((series, WINDOW), bool)
    last = Last(z, residual, departure, value, raw, score, day, nothing)
    return Past(
        habits=habits.unknown(series),
        memory=memory.unknown(series),
        evidence=statistic.nothing_gathered(series),
        levels=levels.expected_levels(series),
        last=last,
        unit=np.full(series, np.nan),
        last_day=np.full(series, np.nan),
        pace=np.full(series, PACE_DAYS),
        judged=np.zeros(series),
        pooled=np.zeros(series),
        correlation=np.zeros(series),
        reach=np.ones((series, 2)),
        heavy=np.zeros((series, 2)),
        heavier=np.zeros((series, 2)),
    )


def take_in(past: Past, look: Look, groups: Ints, sites: Ints) -> None:
    """Learn the look that leaves the window, then gather what the newest says, in place.

    Args:
        past: of the series.
        look: the newest.
        groups: rows at which groups of series begin.
        sites: rows at which sites begin.
    """
    seen = look.seen
    _learn(past, seen)
    gap = np.where(seen & np.isfinite(past.last_day), look.day - past.last_day, 0.0)
    moved = (np.minimum(gap, OUTAGE_DAYS) - past.pace) / PACE_LOOKS
    past.pace = np.where(gap > 0, past.pace + moved, past.pace)
    past.judged = past.judged + seen
    share, scale = memory.wander(past.memory, np.where(seen, look.shared, 0.0), groups)
    past.correlation = share * np.exp(-past.pace / scale)
    error = np.where(seen, look.error, 1.0)
    z = np.where(seen, look.z - past.levels.level / error, np.nan)
    habits.draw_swing(past.habits, groups)
    season = habits.season_spread(past.habits.swing, look.day)
    told = z * _trusted(past, error)
    raw = habits.raw_score(past.habits, told, _tails(past, groups, sites), season)
    score = habits.standard_score(past.habits, raw)
    noise = statistic.Noise(
        share=share,
        kept=np.exp(-gap / scale),
        centre=1 / past.habits.centre_looks,
        size=_size(past, error, seen),
    )
    statistic.gather(past.evidence, score, seen, noise)
    past.last_day = np.where(seen, look.day, past.last_day)
    newest = Last(z, z - past.habits.centre, z * error, look.value, raw, score, look.day, seen)
    for name in Last.__slots__:
        ring, new = getattr(past.last, name), getattr(newest, name)
        rolled = np.concatenate((new[:, None], ring[:, :-1]), axis=1)
        setattr(past.last, name, np.where(seen[:, None], rolled, ring))


def _learn(past: Past, seen: Bools) -> None:
    """Learn the oldest look of the window, which no onset still to come can be at."""
    last = past.last
    leaving = seen & last.learnable[:, -1]
    if not leaving.any():
        return
    habits.learn(past.habits, last.residual[:, -1], last.raw[:, -1], leaving, last.day[:, -1])
    habits.learn_centre(past.habits, last.z[:, -1], leaving)
    at = [-1 - lag for lag in (0, *memory.LAGS)]
    paired = leaving & last.learnable[:, at[-1]]
    memory.learn(past.memory, last.score[:, at], last.day[:, at], paired)
    past.levels.value_sum = past.levels.value_sum + np.where(leaving, last.value[:, -1], 0.0)
    past.levels.looks = past.levels.looks + leaving


def _tails(past: Past, groups: Ints, sites: Ints) -> Floats:
    """Chance of a look beyond each edge; what that makes of each tail is kept."""
    beyond = tails.survival(past.habits.counts, past.habits.seen, groups, sites)
    past.pooled = group_sums(past.judged, groups)
    past.reach = tails.reach(beyond)
    near, far = beyond[:, :, NEAR_EDGE], beyond[:, :, FAR_EDGE]
    past.heavy, past.heavier = np.log(near / beyond[:, :, TAIL_EDGE]), np.log(far / near)
    return beyond


def _trusted(past: Past, error: Floats) -> Floats:
    """What is left of a departure in errors where the error says to be smaller than usual.

    Errors are estimates: one far below those of the past is as likely to be wrong as right, and
    stays wrong for as long as its baseline does. A larger one is believed. What is learnt of the
    series are departures as they were stated.
    """
    relative = np.where(np.isnan(past.unit), 1.0, error / past.unit)
    return np.asarray(np.minimum(relative, 1.0) ** (1 - TRUST))


def _size(past: Past, error: Floats, seen: Bools) -> Floats:
    """What a step of one usual error is in the scores of this look; the usual error follows."""
    past.unit = np.where(seen & np.isnan(past.unit), error, past.unit)
    relative = np.where(seen, error / past.unit, 1.0)
    past.unit = past.unit * relative**UNIT_GAIN
    return np.clip(1 / relative, *SIZE_RANGE) ** SIZE_POWER


def holds(past: Past, looks: Ints) -> Bools:
    """Whether the newest look still shows the shift of the last ones: else it was a visit.

    Args:
        past: of the series.
        looks: how many looks the shift is of, shape (series,).

    Returns:
        Same shape.
    """
    departure = past.last.departure
    shift = (departure * (np.arange(WINDOW) < looks[:, None])).sum(axis=1) / looks
    held: Bools = departure[:, 0] * np.sign(shift) >= HELD_PART * np.abs(shift)
    return held


def begin_level(past: Past, which: Bools, looks: Floats) -> None:
    """Make the last looks of some series their normal level and begin anew there, in place.

    Args:
        past: of the series.
        which: whose, shape (series,).
        looks: how many looks belong to the level, same shape.
    """
    if not which.any():
        return
    last = past.last
    levels.settle(
        past.levels, which, looks, departure=last.departure, value=last.value, day=last.day
    )
    past.habits.centre[which] = 0.0
    past.habits.centre_looks[which] = looks[which]
    last.learnable[which] = False
    statistic.forget(past.evidence, which)
