"""How far the rates of a site's series hold together: learnt from how often they came before.

Series of one site share looks, so that their false alarms come together; and no model is quite
right. Pure numbers, for any family of series.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assets.anomalies.departures.panel import Bools, Floats
from assets.constants import YEAR_DAYS

LEVEL: Final = 2.0  # site alarms a year at which past openings are counted: enough of them
PRIOR_OPENINGS: Final = 4.0  # that the usual agreement counts for
USUAL: Final = 1.23  # openings beside the sum over series, from simulated sites
RARER: Final = 1.07  # openings at rarer rates for one at LEVEL, beside what is promised there
DEAD_YEARS: Final = 0.055  # for which an opening hides the next, at LEVEL, from simulated sites
HIDDEN_YEARS: Final = 0.07  # for which an alarm hides others, up to LEVEL; from simulated sites
MERGE_DAYS: Final = 14.0  # alarms so near each other are one opening
MOST: Final = 4.0  # changes that were real must not deafen a site


def site_rates(rates: Floats, reach: Floats, days: Floats) -> Floats:
    """False alarms a year that a site gives if it opens whenever a series comes so far.

    Args:
        rates: of each series and direction at each look, shape (series and direction, look);
            infinite where nothing is said.
        reach: how far each of them is open to false alarms at all, 0..1, same shape.
        days: when each look was seen, days, ascending, shape (look,).

    Returns:
        Same shape: each rate times the number of series and directions that are open (each has
        its share of the site's rate), times how many openings the site had in its past beside what
        the smallest of them promised at LEVEL, drawn to USUAL, less those that come while another
        is there. An alarm is where one is below the rate asked for. Looks after one do not matter
        to it.
    """
    promised = rates * np.maximum(reach.sum(axis=0), 1.0)
    return told_rate(promised * learnt_factor(promised.min(axis=0), days))


def told_rate(coming: Floats) -> Floats:
    """False alarms a year that are told apart, where so many come: one hides others near it.

    Args:
        coming: a year, any shape; infinite where nothing is said.
    """
    told: Floats = coming / (1 + HIDDEN_YEARS * np.minimum(coming, LEVEL))
    return told


def learnt_factor(promised: Floats, days: Floats) -> Floats:
    """Openings that a site had before each look, beside those that its rates promised.

    Args:
        promised: rate of the site if its series had nothing in common, shape (look,).
        days: as of `site_rates`.

    Returns:
        Shape (look,), at most MOST; from the looks before each one.
    """
    tested = np.isfinite(promised)
    opened = np.concatenate(([0], np.cumsum(openings(promised < LEVEL, days))[:-1]))
    begun = days[tested.argmax()] if tested.any() else days[-1]
    years = np.maximum(days - begun, 0.0) / YEAR_DAYS
    expected = LEVEL * years / (1 + LEVEL * DEAD_YEARS)
    found: Floats = (RARER * opened + PRIOR_OPENINGS * USUAL) / (expected + PRIOR_OPENINGS)
    return np.minimum(found, MOST)


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
