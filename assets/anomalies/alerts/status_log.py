"""What could be known of a site's alerts when: the log of their statuses.

Looks mostly arrive in the order in which they were sensed; where one came late, what had been
said without it is kept, and what follows from it is said from its arrival.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from assets.anomalies.alerts.alerts import Alert, Status, Turn
from assets.anomalies.alerts.findings import Findings, Place, find
from resources.lake.question_rows import SeriesRow

CUTS_MAX: Final = 6
"""Days with late looks that are told apart, the newest ones: each costs a test of the site, and
what was stored in its time stays in the log. Before them (a catalogue that was filled in any
order) a look counts as known with those before it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A status that an alert came to, from when it could be known, and how the alert stood then."""

    alert_id: str
    status: Status
    known_at: dt.datetime
    alert: Alert


@dataclass(slots=True)
class Known:
    """What came out of the looks of a site, and how.

    Attributes:
        findings: with all looks.
        log: every step, in order.
        gone: alerts that once stood and were taken back by a look that came late.
    """

    findings: Findings
    log: list[Step] = field(default_factory=list)
    gone: dict[str, Alert] = field(default_factory=dict)


def all_known(place: Place, rows: Sequence[SeriesRow]) -> Known:
    """Alerts of a site with the log of what could be known of them when.

    Args:
        place: the site.
        rows: of `stage_reads.activity_series`.

    Returns:
        A log that at any date, by days in UTC, is that of a run which stopped at it.
    """
    edges = [None, *late_days(rows), None]
    known = Known(find(place, _until(rows, edges[1])))
    for begins, ends in itertools.pairwise(edges):
        until = _until(rows, ends)
        findings = find(place, until) if begins else known.findings
        arrived = max(
            (
                row["known_at"]
                for row in until
                if begins and row["known_at"].date() == begins.date()
            ),
            default=None,
        )
        _tell(known, findings, begins, arrived)
        known.findings = findings
    return known


def _until(rows: Sequence[SeriesRow], ends: dt.datetime | None) -> list[SeriesRow]:
    """Rows that were known before a moment; None for ever."""
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


def _tell(
    known: Known, findings: Findings, begins: dt.datetime | None, arrived: dt.datetime | None
) -> None:
    """Add what could be known from the beginning of a span on."""
    before = {step.alert_id: step.status for step in known.log}
    standing = {alert.alert_id: alert for alert in findings.alerts}
    steps = []
    for alert in findings.alerts:
        steps += _steps(alert, before.get(alert.alert_id), begins, arrived)
        known.gone.pop(alert.alert_id, None)
    old = {alert.alert_id: alert for alert in known.findings.alerts}
    for alert_id, status in before.items():
        if alert_id not in standing and status != "withdrawn" and arrived:
            steps.append(Step(alert_id, "withdrawn", arrived, old[alert_id]))
            known.gone[alert_id] = old[alert_id]
    known.log += sorted(steps, key=lambda step: step.known_at)


def _steps(
    alert: Alert, before: Status | None, begins: dt.datetime | None, arrived: dt.datetime | None
) -> list[Step]:
    """What is said anew of an alert that stood at a status before a span began.

    What follows from looks of before the span is said when the look arrived that came late, and
    never after what followed from that. What stands as it stood is not said again, though some of
    its looks count as known with the late one now.
    """
    history = alert.history()
    if begins is None or arrived is None:
        return [_step(alert, turn) for turn in history]
    then = [turn.status for turn in history if turn.known_at <= arrived]
    if before in then:
        history = history[then.index(before) + 1 :]
    late = [turn for turn in history if turn.known_at >= begins]
    early = history[: len(history) - len(late)]
    steps = [_step(alert, turn) for turn in late]
    if early:
        moment = min([arrived, *(turn.known_at for turn in late)])
        steps.insert(0, _step(alert, early[-1]._replace(known_at=moment)))
    return steps


def _step(alert: Alert, turn: Turn) -> Step:
    """A turn of an alert as it was known then."""
    return Step(alert.alert_id, turn.status, turn.known_at, alert.as_of(turn.sensed_at))
