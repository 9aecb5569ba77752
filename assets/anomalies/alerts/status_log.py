"""What could be known of a site's alerts at any date: the log of their statuses.

Looks mostly arrive in the order in which they were sensed. Where one came late, what had been said
without it is kept, and what follows from it is said from its arrival on.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from assets.anomalies.alerts.alerts import Alert, Status, StatusChange
from assets.anomalies.alerts.findings import SiteFindings, SiteUnderTest, find_alerts
from resources.lake.question_rows import SeriesRow

CUTS_MAX: Final = 6
"""Days with late looks that are told apart, the newest ones: each costs a test of the site, and
what was stored in its time stays in the log. Before them (a catalogue that was filled in any
order) a look counts as known with those before it."""


@dataclass(frozen=True, slots=True)
class StatusLogEntry:
    """A status that an alert came to, from when it could be known, and how the alert stood then."""

    alert_id: str
    status: Status
    known_at: dt.datetime
    alert: Alert


@dataclass(slots=True)
class SiteAlertHistory:
    """Alerts of a site with the log of their statuses.

    Attributes:
        findings: with all looks.
        log: every step, in order.
        gone: alerts that once stood and were taken back by a look that came late, by id.
    """

    findings: SiteFindings
    log: list[StatusLogEntry] = field(default_factory=list)
    gone: dict[str, Alert] = field(default_factory=dict)


def site_alert_history(place: SiteUnderTest, rows: Sequence[SeriesRow]) -> SiteAlertHistory:
    """Alerts of a site with the log of what could be known of them at any date.

    Args:
        place: the site.
        rows: rows of `stage_reads.activity_series`, in any order.

    Returns:
        A log that at any date, by days in UTC, is that of a run which stopped at it.

    Source:
        The project's own method: docs/methods/alerts.md, "Known when"; held by
        tests/unit/assets/anomalies/test_status_log.py.
    """
    edges = [None, *late_days(rows), None]
    known = SiteAlertHistory(find_alerts(place, _rows_known_before(rows, edges[1])))
    for begins, ends in itertools.pairwise(edges):
        until = _rows_known_before(rows, ends)
        findings = find_alerts(place, until) if begins else known.findings
        arrived = max(
            (
                row["known_at"]
                for row in until
                if begins and row["known_at"].date() == begins.date()
            ),
            default=None,
        )
        _extend_log(known, findings, begins, arrived)
        known.findings = findings
    return known


def _rows_known_before(rows: Sequence[SeriesRow], ends: dt.datetime | None) -> list[SeriesRow]:
    """Rows that were known before a moment; all rows if it is None."""
    return [row for row in rows if ends is None or row["known_at"] < ends]


def late_days(rows: Sequence[SeriesRow]) -> list[dt.datetime]:
    """Starts of the days (UTC) on which a look came after one that had been sensed later."""
    looks = sorted({(row["sensed_at"], row["known_at"]) for row in rows}, reverse=True)
    found: set[dt.datetime] = set()
    soonest: dt.datetime | None = None
    for _, known_at in looks:
        day = known_at.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if soonest is not None and soonest < day:
            found.add(day)
        soonest = known_at if soonest is None else min(soonest, known_at)
    return sorted(found)[-CUTS_MAX:]


def _extend_log(
    known: SiteAlertHistory,
    findings: SiteFindings,
    begins: dt.datetime | None,
    arrived: dt.datetime | None,
) -> None:
    """Add to the log what could be known from the beginning of a span on."""
    before = {step.alert_id: step.status for step in known.log}
    standing = {alert.alert_id: alert for alert in findings.alerts}
    steps = []
    for alert in findings.alerts:
        steps += _new_log_entries(alert, before.get(alert.alert_id), begins, arrived)
        known.gone.pop(alert.alert_id, None)
    old = {alert.alert_id: alert for alert in known.findings.alerts}
    for alert_id, status in before.items():
        if alert_id not in standing and status != "withdrawn" and arrived:
            steps.append(StatusLogEntry(alert_id, "withdrawn", arrived, old[alert_id]))
            known.gone[alert_id] = old[alert_id]
    known.log += sorted(steps, key=lambda step: step.known_at)


def _new_log_entries(
    alert: Alert, before: Status | None, begins: dt.datetime | None, arrived: dt.datetime | None
) -> list[StatusLogEntry]:
    """What is said anew of an alert that stood at a status before a span began.

    What follows from looks of before the span is said when the look arrived that came late, and
    never after what followed from that. What stands as it stood is not said again, though some of
    its looks count as known with the late one now.
    """
    history = alert.history()
    if begins is None or arrived is None:
        return [_log_entry(alert, turn) for turn in history]
    then = [turn.status for turn in history if turn.known_at <= arrived]
    if before in then:
        history = history[then.index(before) + 1 :]
    late = [turn for turn in history if turn.known_at >= begins]
    early = history[: len(history) - len(late)]
    steps = [_log_entry(alert, turn) for turn in late]
    if early:
        moment = min([arrived, *(turn.known_at for turn in late)])
        steps.insert(0, _log_entry(alert, early[-1]._replace(known_at=moment)))
    return steps


def _log_entry(alert: Alert, turn: StatusChange) -> StatusLogEntry:
    """A turn of an alert as it was known then."""
    return StatusLogEntry(alert.alert_id, turn.status, turn.known_at, alert.as_of(turn.sensed_at))
