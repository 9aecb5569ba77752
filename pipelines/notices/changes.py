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

from resources.receivers import Target

RANKS: Final = {"possible": 1, "confirmed": 2}
"""Statuses by how sure they are; those of an end have no rank."""
ENDS: Final = ("closed", "withdrawn")


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of `alert_log`; `batch` is the snapshot of the lake that it came with."""

    alert_id: str
    site_id: str
    status: str
    known_at: dt.datetime
    recorded_at: dt.datetime
    batch: int


@dataclass(frozen=True, slots=True)
class Change:
    """An alert came to a status, for the `turn`-th time."""

    alert_id: str
    site_id: str
    status: str
    turn: int
    known_at: dt.datetime
    recorded_at: dt.datetime


def changes(log: Iterable[Logged]) -> list[Change]:
    """Every change of status that the log holds, in the order in which it was recorded.

    What one run recorded counts together: when a scene is reprocessed, a run may tell the steps of
    an alert again from another moment on. If the alert ends where it stood, nothing changed; if
    not, only the steps after the one that it stood at are changes.
    """
    order = sorted(log, key=lambda one: (one.alert_id, one.batch, one.known_at, _rank(one)))
    found: list[Change] = []
    for _, of_alert in groupby(order, key=lambda one: one.alert_id):
        found += _of_alert(list(of_alert))
    return sorted(found, key=lambda one: (one.recorded_at, one.known_at, one.alert_id, one.turn))


def news(
    target: Target, since: dt.datetime, found: Sequence[Change], *, news_days: int
) -> list[Change]:
    """The changes that a receiver gets a message of, in order.

    Args:
        target: the receiver.
        since: when it was configured; what was recorded before is history.
        found: of `changes`.
        news_days: what could be known earlier than so many days before it was recorded is history
            that a back-fill found.

    Returns:
        Openings and confirmations from its minimum status on, and the end of every alert that it
        was told of, however late that is found.
    """
    told: set[str] = set()
    kept = []
    for change in found:
        if change.recorded_at < since or not target.wants(change.site_id):
            continue
        is_fresh = change.recorded_at - change.known_at <= dt.timedelta(days=news_days)
        is_asked = RANKS.get(change.status, 0) >= RANKS[target.minimum_status]
        if (is_asked and is_fresh) or (change.status in ENDS and change.alert_id in told):
            kept.append(change)
            told.add(change.alert_id)
    return kept


def _of_alert(log: Sequence[Logged]) -> list[Change]:
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
                Change(
                    one.alert_id,
                    one.site_id,
                    one.status,
                    turns[one.status],
                    one.known_at,
                    one.recorded_at,
                )
            )
    return found


def _rank(one: Logged) -> int:
    """Order of steps of the same moment: an alert that confirms at its first look opened first."""
    return RANKS.get(one.status, 3)
