"""What belongs into the outbox, and which of it is due.

Pure: log, settings and the present moment go in, rows come out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from pipelines.notify.words.changes import (
    AlertStatusChange,
    LoggedStatus,
    changes_to_notify,
    status_changes,
)
from pipelines.notify.words.timing import digest_due
from resources.lake.question_rows import ReplacedLogRow
from resources.lake.rows import OutboxRow
from resources.notify.receivers import DIGEST, Receivers


def changes_from_log(rows: Iterable[ReplacedLogRow]) -> list[AlertStatusChange]:
    """Changes of status from rows of `outbox.status_log`."""
    return status_changes(
        LoggedStatus(
            alert_id=str(row["alert_id"]),
            site_id=str(row["site_id"]),
            status=str(row["status"]),
            known_at=row["known_at"],
            recorded_at=row["recorded_at"],
            batch=int(row["snapshot_id"]),
            replaced_by=row["replaced_by"],
        )
        for row in rows
    )


def outbox_rows(
    receivers: Receivers,
    configured: Mapping[str, dt.datetime],
    found: Sequence[AlertStatusChange],
    now: dt.datetime,
) -> list[OutboxRow]:
    """All rows that the outbox should have by now, whether it has them or not.

    Args:
        receivers: of the settings.
        configured: since when each is told, by name; others are told of nothing yet.
        found: of `changes`.
        now: present moment.
    """
    rows: list[OutboxRow] = []
    for name, target in receivers.targets.items():
        since = configured.get(name)
        if since is None:
            continue
        told = changes_to_notify(target, since, found, news_days=receivers.news_days)
        rows += [
            _outbox_row(name, one.alert_id, one.status, one.turn, one.known_at) for one in told
        ]
        due = digest_due(target, since, now)
        if due is not None:
            rows.append(digest_row(name, due))
    return rows


def digest_row(target: str, due: dt.datetime) -> OutboxRow:
    """The row of a digest, due at a moment."""
    return _outbox_row(target, DIGEST, due.astimezone(dt.UTC).isoformat(), 1, due)


def _outbox_row(
    target: str, alert_id: str, status: str, turn: int, known_at: dt.datetime
) -> OutboxRow:
    return {
        "alert_id": alert_id,
        "status": status,
        "target": target,
        "turn": turn,
        "known_at": known_at,
        "state": "queued",
        "attempts": 0,
        "is_possibly_repeated": False,
    }
