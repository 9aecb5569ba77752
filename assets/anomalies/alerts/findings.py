"""From the rows of a site to its alerts, as exactly these looks show them.

`status_log` tells what was known when, where looks arrived out of order; rows are made in
`site_rows`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.usual.covered_area import PAVED
from assets.anomalies.alerts.alerts import Alert
from assets.anomalies.alerts.causes import OrdinaryCause, ordinary_causes
from assets.anomalies.alerts.change_episode import SeriesUnderTest
from assets.anomalies.alerts.circumstances import ByZone, circumstances_by_zone
from assets.anomalies.alerts.episodes import find_episodes
from assets.anomalies.alerts.evidence import AlertEvidence
from assets.anomalies.alerts.grouping import group_into_alerts
from assets.anomalies.change_tests.series import (
    ORDER,
    TESTED,
    LookKey,
    SeriesKey,
    SiteSeries,
    site_series,
)
from assets.anomalies.change_tests.site_test import (
    TESTED_LOOKS_MIN,
    AchievedRate,
    SiteTest,
    achieved_rate,
    run_test,
)
from assets.anomalies.course.meaning import Ground
from resources.lake.question_rows import SeriesRow
from resources.models import Site

SCORE_MAX: Final = 12.0  # powers of ten: beyond, a rate is only a number
POSSIBLE_PART: Final = 0.5  # of the score that a change has before it is confirmed
CAUSE_PART: Final = 0.75  # of the score that each likely ordinary cause leaves


@dataclass(frozen=True, slots=True)
class SiteUnderTest:
    """What of a site its alerts depend on, besides its looks.

    Attributes:
        site_id: the site.
        asked: false alarms a year that its operator set.
        latitude_deg: of its middle.
        unpaved: zones of kinds on which nothing stands.
    """

    site_id: str
    asked: float
    latitude_deg: float
    unpaved: frozenset[str] = frozenset()

    @classmethod
    def of(cls, site: Site, asked: float | None = None) -> SiteUnderTest:
        """A site as its alerts see it, at its own rate of false alarms unless one is given."""
        return cls(
            site.site_id,
            site.false_alarms_per_year if asked is None else asked,
            site.latitude_deg,
            frozenset(zone.zone_id for zone in site.zones if zone.kind not in PAVED),
        )


@dataclass(frozen=True, slots=True)
class SiteFindings:
    """What some looks of a site show.

    Attributes:
        place: the site.
        alerts: of all times, oldest first.
        missing: looks that its nearest series still misses before it is tested; 0 once one is.
        tested: series that are.
        achieved: what the asked rate comes to on quiet history; None while nothing is tested.
    """

    place: SiteUnderTest
    alerts: list[Alert]
    missing: int
    tested: int
    achieved: AchievedRate | None
    by_zone: ByZone
    departures: dict[SeriesKey, dict[LookKey, float]]

    def causes(self, change: AlertEvidence) -> list[OrdinaryCause]:
        """Ordinary causes of a change, the likeliest first."""
        return ordinary_causes(change, self.by_zone, self.departures)

    def seen_before(self, alert: Alert) -> dt.datetime | None:
        """The last clear look of its first zone before an alert began, judged or still learning."""
        zone_id = next(iter(alert.meanings))
        earlier = [look for look in self.by_zone[zone_id] if look < alert.onset.look]
        return max(earlier).sensed_at if earlier else None

    def score(self, alert: Alert) -> float:
        """Score of an alert: rarity of its evidence, lowered by what weakens it.

        Powers of ten by which its rarest evidence is rarer than once a year, at most SCORE_MAX;
        times POSSIBLE_PART until it is confirmed, and times CAUSE_PART for each ordinary cause that
        is likely.

        Source:
            The project's own rule: docs/methods/alerts.md, "An alert".
        """
        strongest = alert.strongest
        rarity = min(max(-float(np.log10(strongest.episode.rate)), 0.0), SCORE_MAX)
        if alert.confirmed_at is None:
            rarity *= POSSIBLE_PART
        likely = sum(cause.is_likely for cause in self.causes(strongest))
        return float(rarity * CAUSE_PART**likely)


def find_alerts(place: SiteUnderTest, rows: Sequence[SeriesRow]) -> SiteFindings:
    """Test the series of a site and group their changes into alerts.

    Args:
        place: the site.
        rows: rows of `stage_reads.activity_series`, in any order.

    Returns:
        Alerts of all times, with how far the site is tested and what its rate comes to.

    Source:
        The project's own method: docs/methods/alerts.md; held by
        tests/unit/assets/anomalies/test_alerts.py.
    """
    by_zone = circumstances_by_zone(rows, place.latitude_deg)
    series = site_series(rows)
    if series is None:
        missing = looks_still_missing(rows)
        return SiteFindings(place, [], missing, 0, None, by_zone, {})
    test = run_test(series)
    changes = [
        AlertEvidence(
            key,
            looks.looks,
            episode,
            _zone_ground(place, series, key.zone_id, looks.looks[episode.opened].place),
        )
        for row, key in enumerate(series.keys)
        for looks in (_series_under_test(place, series, test, row, by_zone),)
        for episode in find_episodes(looks)
    ]
    alerts = group_into_alerts(place.site_id, changes)
    achieved = achieved_rate(test, place.asked, _eventful_looks(alerts, len(series.looks)))
    departures = {
        key: {one.look: one.z for one in looks} for key, looks in series.observations.items()
    }
    return SiteFindings(
        place=place,
        alerts=alerts,
        missing=test.missing,
        tested=test.tested,
        achieved=achieved if test.tested else None,
        by_zone=by_zone,
        departures=departures,
    )


def _zone_ground(site: SiteUnderTest, series: SiteSeries, zone_id: str, look: int) -> Ground:
    """What is known of the ground of a zone at a look."""
    if zone_id not in site.unpaved:
        return "paved"
    return "green" if series.is_green[zone_id][look] else "bare"


def looks_still_missing(rows: Sequence[SeriesRow]) -> int:
    """Looks that a site without any judged one misses, by its most seen series; at least 1."""
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        if row["state"] == "learning" and row["index_name"] in ORDER:
            key = str(row["zone_id"]), str(row["index_name"])
            seen[key] = seen.get(key, 0) + 1
    return max(TESTED_LOOKS_MIN - max(seen.values(), default=0), 1)


def _series_under_test(
    place: SiteUnderTest, series: SiteSeries, test: SiteTest, row: int, by_zone: ByZone
) -> SeriesUnderTest:
    """One series with its test, and the looks that may not confirm a change of it."""
    key = series.keys[row]
    looks = series.observations[key]
    doubtful = {
        one.place for one in looks if one.is_noisy or by_zone[key.zone_id][one.look].is_sun_new
    }
    tells_return = key.index_name in (*TESTED, "covered_area")
    return SeriesUnderTest(
        looks, test.rises[row], test.falls[row], place.asked, doubtful, tells_return
    )


def _eventful_looks(
    alerts: Sequence[Alert], looks: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Looks at which a confirmed change was going on, from its onset to its end."""
    found = np.zeros(looks, bool)
    for alert in alerts:
        for one in alert.members:
            if one.episode.confirmed is not None:
                last = one.series[one.episode.closed] if one.episode.closed else None
                end = looks if last is None else last.place + 1
                found[one.series[one.episode.onset].place : end] = True
    return found
