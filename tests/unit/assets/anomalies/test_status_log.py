"""What could be known when: looks that come late, several on one day, told as runs would have."""

import datetime as dt
import itertools
import random
from collections.abc import Iterable
from typing import Any

import pytest
from doubles.site_rows import site_rows

from assets.anomalies.alerts.findings import SiteUnderTest
from assets.anomalies.alerts.status_log import SiteAlertHistory, StatusLogEntry, site_alert_history
from assets.anomalies.site_rows import STATUSES

SITE = SiteUnderTest("site", 0.5, 45.0)
LOOKS = 60
INDICES = ("pattern", "texture")
Row = dict[str, Any]


def rows_of(planted: dict[tuple[str, str], dict[int, float]], late: dict[int, float]) -> list[Row]:
    """Looks of one zone, some published days after they were seen."""
    return site_rows(planted, looks=LOOKS, zones=("apron",), indices=INDICES, published_after=late)


def newest(log: Iterable[StatusLogEntry]) -> dict[str, str]:
    """The status that `as_known_on` tells of each alert."""
    found: dict[str, tuple[dt.datetime, int]] = {}
    for step in log:
        told = step.known_at, STATUSES.index(step.status)
        found[step.alert_id] = max(found.get(step.alert_id, told), told)
    return {alert_id: STATUSES[place] for alert_id, (_, place) in found.items()}


def standing(known: SiteAlertHistory) -> dict[str, str]:
    """Alerts as the looks show them, and those that late looks took back."""
    shown = {alert.alert_id: str(alert.status) for alert in known.findings.alerts}
    return shown | dict.fromkeys(known.gone, "withdrawn")


def some_site(seed: int) -> list[Row]:
    """Changes of any size and length, and late looks of which some land on one day."""
    chance = random.Random(seed)
    planted: dict[tuple[str, str], dict[int, float]] = {}
    for _ in range(chance.randint(1, 3)):
        first, looks = chance.randint(14, 50), chance.choice([1, 2, 3, 6, 15])
        change = dict.fromkeys(range(first, first + looks), chance.choice([-9.0, 9.0, 6.0, -6.0]))
        planted.setdefault(("apron", chance.choice(INDICES)), {}).update(change)
    late: dict[int, float] = {}
    for _ in range(2):
        arrival = chance.randint(24, 58)
        for _ in range(chance.randint(1, 3)):
            look = arrival - chance.randint(1, 8)
            late[look] = (arrival - look) * 6 + chance.choice([0.1, 0.2, 0.3, 0.45, 0.6])
    return rows_of(planted, late)


@pytest.mark.parametrize("seed", range(12))
def test_log_of_late_looks_is_at_any_date_that_of_a_run_which_stopped_there(seed: int) -> None:
    rows = some_site(seed)
    whole = site_alert_history(SITE, rows)
    assert newest(whole.log) == standing(whole)
    days = sorted({row["known_at"].date() for row in rows})
    for day in random.Random(seed).sample(days, 4):
        ends = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
        stopped = site_alert_history(SITE, [row for row in rows if row["known_at"] < ends])
        then = newest(step for step in whole.log if step.known_at < ends)
        assert then == newest(stopped.log) == standing(stopped), day


def test_what_stands_as_it_stood_is_not_said_again() -> None:
    said: dict[tuple[int, str], list[str]] = {}
    for seed in range(12, 24):
        for step in site_alert_history(SITE, some_site(seed)).log:
            said.setdefault((seed, step.alert_id), []).append(step.status)
    assert len(said) > 12
    for statuses in said.values():
        assert all(one != other for one, other in itertools.pairwise(statuses))
