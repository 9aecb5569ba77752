"""The test of all zones of a site together, and the rate of false alarms of each look. Pure.

Scores of the windows of `zone_test` become rates, which are held against the rate that an operator
asked for. Alerts are made in the folder `alerts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.change_tests.series import TESTED, SiteSeries
from assets.anomalies.change_tests.zone_test import Bools, Floats, Ints, precision_of, score_windows
from assets.constants import YEAR_DAYS

LOG_RATE: Final = {"bare": (4.07, 1.37), "green": (1.41, 0.62)}
"""Openings a zone and year at which quiet zones come as far as a score: exp(a - b * score) with
a and b by ground; fitted on worlds 1 to 48 and 61 to 80. A site
opens as often as its zones together: 0.6 of that gave 1.5 times as asked on worlds 101 to 118."""
TESTED_LOOKS_MIN: Final = 12  # looks, the baseline's and judged ones, before anything is said
TAKES_PART: Final = 2.0  # usual errors of a window from which an index is evidence of it
OUTAGE_DAYS: Final = 60.0  # a longer gap is no time in which an alarm could have come
MERGE_DAYS: Final = 14.0  # alarms so near each other are one opening
PRIOR_OPENINGS: Final = 1.0  # that "as promised" counts for beside the site's own quiet history


@dataclass(frozen=True, slots=True)
class SeriesTest:
    """What the test says of one series in one direction, arrays of shape (look,) of the site.

    Attributes:
        rate: false alarms a year that the site would give if its threshold were here; infinite
            where the series takes no part in what its zone shows that way.
        alone: the same of its zone alone, however many others there are.
        ratio: log-likelihood ratio of the series alone.
        looks: looks since the likeliest onset, 1 for the newest.
    """

    rate: Floats
    alone: Floats
    ratio: Floats
    looks: Ints


@dataclass(frozen=True, slots=True)
class SiteTest:
    """The test of a site.

    Attributes:
        rises, falls: of each series, in the order of its keys.
        days: when each look was, days since the first.
        judged: looks at which a zone was tested, shape (look,).
        missing: looks that the zone nearest to being tested still misses; 0 once one is.
        tested: series that are.
    """

    rises: tuple[SeriesTest, ...]
    falls: tuple[SeriesTest, ...]
    days: Floats
    judged: Bools
    missing: int
    tested: int


def run_test(series: SiteSeries) -> SiteTest:
    """Test every look of a site together with the looks before it.

    The score of a zone's window becomes a rate, exp(a - b * score) times a zone and year with a and
    b of LOG_RATE by ground. The rate of the site is that of the zone times its tested zones so far.

    Args:
        series: series of the site, z of shape (series, look).

    Returns:
        Tests of each series in both directions, arrays of shape (look,), rates in false alarms a
        year. No value depends on a later look.

    Raises:
        KeyError: `series` lacks the history or the greenness of a tested zone.
        ValueError: there is no series or no look.

    Source:
        The project's own method, rates counted on made-up worlds: docs/methods/alerts.md, "The test
        of a zone"; held by tests/unit/assets/anomalies/test_zone_test.py.
    """
    blank = _WindowResults.nothing(series.z.shape)
    zones = sorted({key.zone_id for key in series.keys})
    judged = np.zeros((len(zones), len(series.looks)), bool)
    for at, zone in enumerate(zones):
        rows = np.array([row for row, key in enumerate(series.keys) if key.zone_id == zone])
        seen = np.flatnonzero(np.isfinite(series.z[rows[_is_tested(series, rows)]]).any(axis=0))
        if len(seen):
            missing = TESTED_LOOKS_MIN - series.history[zone][seen] - np.arange(len(seen))
            blank.put(rows, seen, _test_zone(series, zone, rows, seen), missing)
            judged[at, seen] = missing <= 0
    zones_so_far = np.maximum(np.logical_or.accumulate(judged, axis=1).sum(axis=0), 1)
    missing = blank.missing.min(axis=1)
    return SiteTest(
        rises=_tests_in_direction(zones_so_far, blank, blank.mean),
        falls=_tests_in_direction(zones_so_far, blank, -blank.mean),
        days=series.days,
        judged=np.asarray(judged.any(axis=0)),
        missing=int(missing.min()),
        tested=int((missing == 0).sum()),
    )


@dataclass(frozen=True, slots=True)
class _WindowResults:
    """What windows of zones say, by series and look, shape (series, look).

    Attributes:
        rate: openings of its zone a year, infinite where there is no window.
        looks: of the window, at least 1.
        mean: of the series in it, usual errors.
        missing: looks that the zone still misses.
    """

    rate: Floats
    looks: Ints
    mean: Floats
    missing: Ints

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> _WindowResults:
        """Of series that were not tested."""
        ones = np.ones(shape, np.int64)
        return cls(np.full(shape, np.inf), ones, np.zeros(shape), TESTED_LOOKS_MIN * ones)

    def put(self, rows: Ints, looks: Ints, found: _ZoneWindows, missing: Floats) -> None:
        """Enter what windows of one zone say, but for the rate where looks are missing."""
        at = np.ix_(rows, looks)
        self.rate[at] = np.where(missing <= 0, found.rate, np.inf)
        self.looks[at], self.mean[at] = found.looks, found.mean
        self.missing[at] = np.maximum(missing, 0)


@dataclass(frozen=True, slots=True)
class _ZoneWindows:
    """Windows of one zone: openings a year and looks, (look,), and mean, (series, look)."""

    rate: Floats
    looks: Ints
    mean: Floats


def _is_tested(series: SiteSeries, rows: Ints) -> Bools:
    """Of some rows, whose index is tested."""
    return np.array([series.keys[row].index_name in TESTED for row in rows], bool)


def _test_zone(series: SiteSeries, zone: str, rows: Ints, seen: Ints) -> _ZoneWindows:
    """The windows of one zone with their rates."""
    part = _is_tested(series, rows)
    names = tuple(series.keys[row].index_name for row in rows[part])
    ground = series.is_green[zone][seen].astype(np.int64)
    precision = np.stack([precision_of(names, is_green=green) for green in (False, True)])[ground]
    z, days = series.z[np.ix_(rows, seen)], series.days[seen]
    found = score_windows(z[part], days, precision)
    high, steep = np.array([LOG_RATE["bare"], LOG_RATE["green"]])[ground].T
    rate = np.where(found.looks > 0, np.exp(high - steep * found.score), np.inf)
    mean = np.zeros(z.shape)
    mean[part] = found.mean
    for row in np.flatnonzero(~part):  # of indices that merely move along, each by itself
        mean[row] = score_windows(z[[row]], days, np.eye(1)).mean[0]
    return _ZoneWindows(rate, np.maximum(found.looks, 1), mean)


def _tests_in_direction(zones: Ints, found: _WindowResults, mean: Floats) -> tuple[SeriesTest, ...]:
    """Each series in the direction in which its mean is positive; `zones` share the site's rate."""
    return tuple(
        SeriesTest(
            rate=np.where(one >= TAKES_PART, alone * zones, np.inf),
            alone=np.where(one >= TAKES_PART, alone, np.inf),
            ratio=np.maximum(one, 0.0) ** 2 / 2,
            looks=looks,
        )
        for alone, looks, one in zip(found.rate, found.looks, mean, strict=True)
    )


@dataclass(frozen=True, slots=True)
class AchievedRate:
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


def achieved_rate(test: SiteTest, asked: float, eventful: Bools) -> AchievedRate:
    """Estimate how often a site opens on its quiet looks at the rate asked for.

    With n openings in T years the estimate is (n + k) / (T + k / asked), k being PRIOR_OPENINGS:
    the posterior mean of a Poisson rate whose prior mean is the rate asked for.

    Args:
        test: test of the site.
        asked: false alarms a year, above 0.
        eventful: looks at which a confirmed change was going on, bool, shape (look,); not quiet.

    Returns:
        Openings, years of quiet history, and the estimate in openings a year.

    Raises:
        ValueError: the test has no series, or `eventful` has another number of looks.
        ZeroDivisionError: `asked` is 0.

    Source:
        Poisson counts under a gamma prior: Gelman et al. 2013, Bayesian Data Analysis, section 2.6.
        What is quiet is the project's own: docs/methods/alerts.md, "The rate".
    """
    rate = np.min([one.rate for one in (*test.rises, *test.falls)], axis=0)
    quiet = test.judged & ~eventful
    years = float(observed_years(test.days)[quiet].sum())
    found = int((alarm_openings((rate < asked) & quiet, test.days)).sum())
    return AchievedRate(found, years, (found + PRIOR_OPENINGS) / (years + PRIOR_OPENINGS / asked))


def observed_years(days: Floats) -> Floats:
    """Years that end at each look, shape (look,): since the look before, at most OUTAGE_DAYS.

    An outage is no time in which an alarm could have come.

    Args:
        days: when each look was, days, ascending, shape (look,).

    Raises:
        IndexError: there is no look.

    Source:
        The project's own rule: docs/methods/alerts.md, "The rate".
    """
    return np.asarray(np.minimum(np.diff(days, prepend=days[0]), OUTAGE_DAYS) / YEAR_DAYS)


def alarm_openings(alarm: Bools, days: Floats) -> Bools:
    """Mark the looks at which an alarm begins.

    An alarm begins where none was at the look before and none within the MERGE_DAYS before.

    Args:
        alarm: whether each look is in alarm, bool, shape (look,).
        days: when each look was, days, ascending, same shape.

    Returns:
        Bool, shape (look,).

    Raises:
        IndexError: a look in alarm has no day.

    Source:
        The project's own rule: docs/methods/alerts.md, "The rate"; held by
        tests/unit/assets/anomalies/test_zone_test.py.
    """
    at = np.flatnonzero(alarm)
    apart = np.ones(len(at), bool)
    apart[1:] = (np.diff(at) > 1) & (np.diff(days[at]) > MERGE_DAYS)
    begins = np.zeros(len(alarm), bool)
    begins[at[apart]] = True
    return begins
