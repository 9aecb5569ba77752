"""How far the rates of a site's series hold together: learnt from how often they came before.

Series of one site share looks, so that their false alarms come together; and no model is quite
right. Pure numbers, for any family of series.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assets.anomalies.departures.panel import Bools, Floats
from assets.constants import YEAR_DAYS

LEVEL: Final = 2.0  # site alarms a year at which past openings are counted: enough of them
PRIOR_OPENINGS: Final = 4.0  # that the usual agreement counts for
USUAL: Final = 1.15  # openings beside the sum over series, from simulated sites
RARER: Final = 1.06  # openings at rarer rates for one at LEVEL, beside what is promised there
DEAD_YEARS: Final = 0.055  # for which an opening hides the next at least, at LEVEL
DEAD_LOOKS: Final = 2.6  # looks for which it does; both from simulated sites
HIDDEN_PART: Final = 1.27  # of that time, for which an alarm hides others, up to LEVEL
OUTAGE_DAYS: Final = 60.0  # a longer gap is no time in which an alarm could have come
MERGE_DAYS: Final = 14.0  # alarms so near each other are one opening
MOST: Final = 4.0  # changes that were real must not deafen a site


@dataclass(frozen=True, slots=True)
class Promise:
    """What the series of a site promise, each in both directions, shape (side, look).

    Attributes:
        rates: false alarms a year of each; infinite where nothing is said.
        most: the largest such rate that is told of each.
        reach: how far each is open to false alarms at all, 0..1.
    """

    rates: Floats
    most: Floats
    reach: Floats

    @property
    def sides(self) -> Floats:
        """How many are open, at least 1, shape (look,): each has its share of the site's rate."""
        return np.asarray(np.maximum(self.reach.sum(axis=0), 1.0))

    @property
    def site(self) -> Floats:
        """Rate of the site if its series had nothing in common, shape (look,)."""
        return np.asarray((self.rates * self.sides).min(axis=0))

    @property
    def level(self) -> Floats:
        """Site alarms a year at which openings are counted, at most LEVEL, shape (look,).

        Less where some of the sides do not tell so large a rate: few looks, few series.
        """
        return np.asarray((np.minimum(LEVEL / self.sides, self.most) * self.reach).sum(axis=0))


def site_rates(promise: Promise, days: Floats) -> Floats:
    """False alarms a year that a site gives if it opens whenever a series comes so far.

    Args:
        promise: of its series at each look.
        days: when each look was seen, days, ascending, shape (look,).

    Returns:
        Shape (side, look): each rate times the number of sides that are open, times how many
        openings the site had in its past beside what was promised, drawn to USUAL, less those
        that come while another is there. An alarm is where one is below the rate asked for. Looks
        after one do not matter to it.
    """
    coming = promise.rates * promise.sides * learnt_factor(promise, days)
    return told_rate(coming, _dead_years(days) * HIDDEN_PART)


def told_rate(coming: Floats, hidden_years: Floats) -> Floats:
    """False alarms a year that are told apart, where so many come: one hides others near it.

    Args:
        coming: a year, any shape; infinite where nothing is said.
        hidden_years: for which one hides others, of a shape that goes with it.
    """
    told: Floats = coming / (1 + hidden_years * np.minimum(coming, LEVEL))
    return told


def learnt_factor(promise: Promise, days: Floats) -> Floats:
    """Openings that a site had before each look, beside those that its series promised.

    Args:
        promise: of `site_rates`.
        days: as there.

    Returns:
        Shape (look,), at most MOST; from the looks before each one.
    """
    alarm = promise.site < LEVEL
    opened = _before(openings(alarm, days))
    level = promise.level
    expected = _before(level * seen_years(days) / (1 + level * _dead_years(days)))
    found: Floats = (RARER * opened + PRIOR_OPENINGS * USUAL) / (expected + PRIOR_OPENINGS)
    return np.minimum(found, MOST)


def seen_years(days: Floats) -> Floats:
    """Years that each look ends, since the one before: an outage is no quiet time."""
    return np.asarray(np.minimum(np.diff(days, prepend=days[0]), OUTAGE_DAYS) / YEAR_DAYS)


def _dead_years(days: Floats) -> Floats:
    """For how long an opening hides the next, by the pace of the looks so far."""
    pace = np.cumsum(seen_years(days)) / np.maximum(np.arange(len(days)), 1)
    return np.maximum(DEAD_YEARS, DEAD_LOOKS * pace)


def _before(each: npt.NDArray[Any]) -> Floats:
    """Sums over the looks before each one."""
    return np.concatenate(([0.0], np.cumsum(each)[:-1]))


def openings(alarm: Bools, days: Floats) -> Bools:
    """Where alarms begin that no alarm at the look before, or within MERGE_DAYS, went before.

    Args:
        alarm: whether there is one, shape (look,).
        days: as of `site_rates`.
    """
    at = np.flatnonzero(alarm)
    apart = np.ones(len(at), bool)
    apart[1:] = (np.diff(at) > 1) & (np.diff(days[at]) > MERGE_DAYS)
    begins = np.zeros(len(alarm), bool)
    begins[at[apart]] = True
    return begins
