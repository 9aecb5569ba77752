"""Levels: a confirmed shift becomes the normal state, and the way back is judged from there.

The baseline, too, learns a shift with time; that alone must not look like a return.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from assets.anomalies.departures.panel import Bools, Floats
from assets.anomalies.departures.statistic import WINDOW, Found

SETTLED_LOOKS: Final = 4  # looks of a shift that make a new normal
RELEARN_DAYS: Final = 790.0  # in which the baseline takes up a shift: its window and the gap
ABSORBED: Final = 6.0  # log-likelihood ratio of a return that only the expectation makes
ABSORBED_PART: Final = 0.25  # of it that values show at most, for it to be no return


@dataclass(slots=True)
class Levels:
    """The normal state of each series beside its expectation, arrays of shape (series,).

    Attributes:
        level: departure that is normal, unit of the index; 0 before any shift.
        since: day from which it is.
        value_sum, looks: sum and number of the values seen at this level.
    """

    level: Floats
    since: Floats
    value_sum: Floats
    looks: Floats


def expected_levels(series: int) -> Levels:
    """Every series as expected."""
    return Levels(np.zeros(series), np.full(series, -np.inf), np.zeros(series), np.zeros(series))


def returns(
    levels: Levels, found: Found, sign: int, *, departure: Floats, value: Floats, day: Floats
) -> tuple[Found, Bools]:
    """Take from a way back to the old expectation what the values themselves do not show.

    Args:
        levels: of the series.
        found: best onset of one sign.
        sign: 1 for a rise, -1 for a fall.
        departure: of the last looks from the level, newest first, shape (series, look).
        value: of the last looks, same shape.
        day: of the newest look, shape (series,).

    Returns:
        What is left (a log-likelihood ratio goes with the square of the shift), and whose
        expectation has learnt the shift, so that the level is to be taken back.
    """
    back = (day - levels.since < RELEARN_DAYS) & (np.sign(levels.level) == -sign)
    back &= found.ratio > 0
    if not back.any():
        return found, back
    new = np.arange(WINDOW) < found.looks[:, None]
    moved = (departure * new).sum(axis=1) / found.looks
    before = levels.value_sum / np.maximum(levels.looks, 1.0)
    shown = (value * new).sum(axis=1) / found.looks - before
    part = np.clip(shown / np.where(moved == 0, np.inf, moved), 0.0, 1.0) ** 2
    part = np.where(back, part, 1.0)
    absorbed = back & (part < ABSORBED_PART)
    absorbed &= (found.ratio > ABSORBED) & (found.looks >= SETTLED_LOOKS)
    return replace(found, ratio=found.ratio * part, second=found.second * part), absorbed


def settle(
    levels: Levels, which: Bools, looks: Floats, *, departure: Floats, value: Floats, day: Floats
) -> None:
    """Make the last looks of some series their normal level, in place.

    Args:
        levels: of the series.
        which: whose level is to be moved, shape (series,).
        looks: how many looks belong to the new one, same shape.
        departure: of the last looks from the old level, newest first, shape (series, look).
        value: of the last looks, same shape.
        day: of the last looks, same shape.
    """
    for row in np.flatnonzero(which):
        new = slice(int(looks[row]))
        levels.level[row] += np.median(departure[row, new])
        levels.value_sum[row] = value[row, new].sum()
        levels.looks[row] = looks[row]
        levels.since[row] = day[row, new][-1]
