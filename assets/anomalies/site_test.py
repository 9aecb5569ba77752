"""The test of all series of a site together, and what rate of false alarms that gives.

Ties the scan of departures to the rate that an operator asked for; alerts are drawn in `alerts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.departures.agreement import (
    LEVEL,
    Promise,
    openings,
    seen_years,
    site_rates,
)
from assets.anomalies.departures.panel import Bools, Floats, Ints
from assets.anomalies.departures.scanning import Scans, scan_departures
from assets.anomalies.series import SiteSeries

DIRECTIONS: Final = 2  # rise and fall
PRIOR_OPENINGS: Final = 1.0  # that "as promised" counts for beside the site's own quiet history


@dataclass(frozen=True, slots=True)
class Tested:
    """What the test says of one series in one direction, arrays of shape (look,) of the site.

    Attributes:
        rate: false alarms a year that the site would give if its threshold were here.
        ratio: log-likelihood ratio of a lasting shift; `second` without its strongest look.
        looks: looks since the likeliest onset, 1 for the newest.
        level: departure that is normal, in the unit of the index.
    """

    rate: Floats
    ratio: Floats
    second: Floats
    looks: Ints
    level: Floats


@dataclass(frozen=True, slots=True)
class SiteTest:
    """The test of a site.

    Attributes:
        rises, falls: of each series, in the order of its keys.
        days: when each look was, days since the first.
        judged: looks at which a series was tested, shape (look,).
        missing: looks that the series nearest to being tested still misses; 0 once one is.
        tested: series that are.
    """

    rises: tuple[Tested, ...]
    falls: tuple[Tested, ...]
    days: Floats
    judged: Bools
    missing: int
    tested: int


def run_test(series: SiteSeries, asked: float) -> SiteTest:
    """Test every look of a site by itself and those before it.

    Args:
        series: of the site.
        asked: false alarms a year of the whole site, all zones, indices and both directions.
    """
    count = len(series.keys)
    sides = DIRECTIONS * count
    scans = scan_departures(series.panel, asked / sides, LEVEL / sides)
    days = series.panel.days[0]
    rates = rates_of_site(scans, slice(0, count), days)
    rises = tuple(_tested(scans, row, 1, rates[row]) for row in range(count))
    falls = tuple(_tested(scans, row, -1, rates[count + row]) for row in range(count))
    missing = np.where(series.panel.seen, scans.missing, np.iinfo(np.int64).max).min(axis=1)
    judged = np.asarray(((scans.rise_most > 0) | (scans.fall_most > 0)).any(axis=0))
    return SiteTest(rises, falls, days, judged, int(missing.min()), int((missing == 0).sum()))


def rates_of_site(scans: Scans, rows: slice, days: Floats) -> Floats:
    """`site_rates` of the series of one site.

    Args:
        scans: of one site or of several.
        rows: the series of the site.
        days: when each look was seen, days, ascending, shape (look,).

    Returns:
        Rises of all its series, then falls, shape (series and direction, look).
    """
    promise = Promise(
        rates=np.concatenate((scans.rise_rate[rows], scans.fall_rate[rows])),
        most=np.concatenate((scans.rise_most[rows], scans.fall_most[rows])),
        reach=np.concatenate((scans.rise_reach[rows], scans.fall_reach[rows])),
    )
    return site_rates(promise, days)


def _tested(scans: Scans, row: int, sign: int, rate: Floats) -> Tested:
    """One series and direction at each look of the site."""
    way = "rise" if sign > 0 else "fall"
    return Tested(
        rate=rate,
        ratio=getattr(scans, way)[row],
        second=getattr(scans, f"{way}_second")[row],
        looks=getattr(scans, f"{way}_looks")[row],
        level=scans.level[row],
    )


@dataclass(frozen=True, slots=True)
class Achieved:
    """What a rate asked for came to on a site's own quiet history.

    Attributes:
        openings: there, at the rate asked for.
        years: of that history.
        rate: openings a year, with PRIOR_OPENINGS more in as many years as promise them, so that
            a short history says little.
    """

    openings: int
    years: float
    rate: float


def achieved_rate(test: SiteTest, asked: float, eventful: Bools) -> Achieved:
    """How often a site opened on quiet looks.

    Args:
        test: of the site.
        asked: false alarms a year.
        eventful: looks at which a confirmed change was going on, shape (look,): not quiet.
    """
    rate = np.min([one.rate for one in (*test.rises, *test.falls)], axis=0)
    quiet = test.judged & ~eventful
    years = float(seen_years(test.days)[quiet].sum())
    found = int((openings((rate < asked) & quiet, test.days)).sum())
    return Achieved(found, years, (found + PRIOR_OPENINGS) / (years + PRIOR_OPENINGS / asked))
