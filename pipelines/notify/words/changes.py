"""Which changes of status a receiver is told of, and which are left to its digest.

Pure: the log of statuses and the settings go in, rows for the outbox come out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from resources.notify.receivers import NoticeReceiver

RANKS: Final = {"possible": 1, "confirmed": 2}
"""Statuses by how sure they are; those of an end have no rank."""
ENDS: Final = ("closed", "withdrawn")


@dataclass(frozen=True, slots=True)
class LoggedStatus:
    """A row of `alert_log`; `batch` is the snapshot of the lake that it came with.

    `replaced_by` is the alert that tells the event now, if this one was withdrawn.
    """

    alert_id: str
    site_id: str
    status: str
    known_at: dt.datetime
    recorded_at: dt.datetime
    batch: int
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class AlertStatusChange:
    """An alert came to a status, for the `turn`-th time; `replaced_by` as of Logged."""

    alert_id: str
    site_id: str
    status: str
    turn: int
    known_at: dt.datetime
    recorded_at: dt.datetime
    replaced_by: str | None = None


def status_changes(log: Iterable[LoggedStatus]) -> list[AlertStatusChange]:
    """Every change of status that the log holds, in the order in which it was recorded.

    What one run recorded counts together: when a scene is reprocessed, a run may tell the steps of
    an alert again from another moment on. If the alert ends where it stood, nothing changed; if
    not, only the steps after the one that it stood at are changes.
    """
    order = sorted(log, key=lambda one: (one.alert_id, one.batch, one.known_at, _status_rank(one)))
    found: list[AlertStatusChange] = []
    for _, of_alert in groupby(order, key=lambda one: one.alert_id):
        found += _changes_of_alert(list(of_alert))
    return sorted(found, key=lambda one: (one.recorded_at, one.known_at, one.alert_id, one.turn))


def changes_to_notify(
    target: NoticeReceiver,
    since: dt.datetime,
    found: Sequence[AlertStatusChange],
    *,
    news_days: int,
) -> list[AlertStatusChange]:
    """The changes that a receiver gets a message of, in order.

    Args:
        target: the receiver.
        since: when it was configured; what was recorded before is history.
        found: of `changes`.
        news_days: what could be known earlier than so many days before it was recorded is history
            that a back-fill found.

    Returns:
        Openings and confirmations from its minimum status on, and the end of every alert that it
        was told of, however late that is found. An alert that another one replaced is not taken
        back if that is as sure, and the other one is told of from where the first one stood.
    """
    told: dict[str, int] = {}  # the surest status that was told, by alert
    kept = []
    older = {one.replaced_by: one.alert_id for one in found if one.replaced_by}
    surest: dict[str | None, int] = {}
    for one in found:
        surest[one.alert_id] = max(RANKS.get(one.status, 0), surest.get(one.alert_id, 0))
    for change in found:
        if change.recorded_at < since or not target.wants(change.site_id):
            continue
        rank = RANKS.get(change.status, 0)
        before = told.get(older.get(change.alert_id, ""), 0)
        if change.alert_id not in told and before:
            told[change.alert_id] = before
        stays = surest.get(change.replaced_by, 0) >= told.get(change.alert_id, 0)
        is_moved = change.status == "withdrawn" and change.replaced_by is not None and stays
        is_known = 0 < rank <= before or is_moved
        is_fresh = change.recorded_at - change.known_at <= dt.timedelta(days=news_days)
        is_asked = rank >= RANKS[target.minimum_status]
        is_end_of_told = change.status in ENDS and change.alert_id in told
        if not is_known and ((is_asked and is_fresh) or is_end_of_told):
            kept.append(change)
            told[change.alert_id] = max(rank, told.get(change.alert_id, 0))
    return kept


def _changes_of_alert(log: Sequence[LoggedStatus]) -> list[AlertStatusChange]:
    """The changes of one alert; its log in order."""
    standing: str | None = None
    turns: Counter[str] = Counter()
    found = []
    for _, rows in groupby(log, key=lambda one: one.batch):
        steps = list(rows)
        stood = [place for place, one in enumerate(steps) if one.status == standing]
        for one in steps[stood[-1] + 1 if stood else 0 :]:
            if one.status == standing:
                continue
            standing = one.status
            turns[one.status] += 1
            found.append(
                AlertStatusChange(
                    one.alert_id,
                    one.site_id,
                    one.status,
                    turns[one.status],
                    one.known_at,
                    one.recorded_at,
                    one.replaced_by,
                )
            )
    return found


def _status_rank(one: LoggedStatus) -> int:
    """Order of steps of the same moment: an alert that confirms at its first look opened first."""
    return RANKS.get(one.status, 3)
