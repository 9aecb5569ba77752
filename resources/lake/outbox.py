"""The outbox in the lake: what is to be told to whom, who is sending it, and what became of it.

SQL of notifications stands here. A row is claimed in a transaction before it is sent and settled
in another after: of two senders, one loses the race for the commit and finds the row taken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import duckdb

from resources.lake.lake import Lake
from resources.lake.question_rows import AlertFactsRow, ReplacedLogRow
from resources.lake.row_writer import RowScope, append_rows, apply_rows
from resources.lake.rows import Row
from resources.lake.schema.tables import OUTBOX, RECEIVERS
from resources.notify.receivers import DIGEST

OPEN = ("queued", "sending", "failed")
"""States of rows that are to be sent yet."""
LEASE = dt.timedelta(minutes=10)
"""How long a claim holds: an attempt to send takes a minute at most, so whoever has not settled
its row by then has ended."""

IS_ROW = "alert_id = ? AND status = ? AND target = ? AND turn = ?"


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A row of the outbox that is to be sent."""

    alert_id: str
    status: str
    target: str
    turn: int
    known_at: dt.datetime
    state: str
    attempts: int
    is_possibly_repeated: bool
    claimed_at: dt.datetime | None
    next_try_at: dt.datetime | None

    @property
    def key(self) -> list[object]:
        """Values of the key, in the order of `IS_ROW`."""
        return [self.alert_id, self.status, self.target, self.turn]

    @property
    def is_digest(self) -> bool:
        """Whether it tells of a week, not of an alert."""
        return self.alert_id == DIGEST

    def is_held(self, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Whether a sender is at work on it."""
        return self.state == "sending" and now < (self.claimed_at or now) + lease


@dataclass(frozen=True, slots=True)
class SettledAttempt:
    """What became of an attempt.

    Attributes:
        is_sent: the receiver took it.
        may_have_arrived: it was not sent for sure, and yet may be there.
        error: what went wrong, without any secret; None where nothing did.
        next_try_at: when it is due again, UTC; None where it is sent.
    """

    is_sent: bool
    may_have_arrived: bool
    error: str | None
    next_try_at: dt.datetime | None


def configured_receivers(lake: Lake) -> dict[str, dt.datetime]:
    """Since when each receiver of the settings is told, by name."""
    rows = lake.query("SELECT target, configured_at FROM receivers WHERE removed_at IS NULL")
    return {str(row["target"]): cast("dt.datetime", row["configured_at"]) for row in rows}


def register_receivers(lake: Lake, names: Iterable[str], now: dt.datetime, *, run_id: str) -> None:
    """Note receivers that are new in the settings, and those that left them.

    What waits for one that left is dropped. One that comes back is new: it is not told of what
    happened in between.
    """
    listed = set(names)

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        rows = connection.execute(
            "SELECT target, configured_at, removed_at FROM receivers"
        ).fetchall()
        stored = {name: (since, until) for name, since, until in rows}
        after: list[Row] = []
        for name in sorted(listed | set(stored)):
            since, until = stored.get(name, (now, now))
            if name in listed and until is not None:
                since, until = now, None
            elif name not in listed and until is None:
                until = now
            after.append({"target": name, "configured_at": since, "removed_at": until})
        apply_rows(connection, RECEIVERS, RowScope("true", ()), after)
        gone = sorted(set(stored) - listed)
        is_left = f"state IN {OPEN} AND target IN (SELECT unnest(CAST(? AS VARCHAR[])))"
        error = "its receiver is not in the settings any more"
        connection.execute(
            f"UPDATE outbox SET state = 'dropped', error = ? WHERE {is_left}", [error, gone]
        )

    lake.transact(work, message=run_id)


def status_log(lake: Lake) -> list[ReplacedLogRow]:
    """Every row of the log of statuses, with what replaced its alert."""
    return lake.query_as(
        ReplacedLogRow,
        "SELECT l.alert_id, l.site_id, l.status, l.known_at, l.recorded_at, l.snapshot_id,"
        " a.replaced_by FROM alert_log l LEFT JOIN alerts a USING (site_id, alert_id)",
    )


def unqueued_rows(lake: Lake, rows: Sequence[Row]) -> list[Row]:
    """Those of the rows that the outbox does not have yet."""
    found = lake.query("SELECT alert_id, status, target, turn FROM outbox")
    stored = {tuple(row.values()) for row in found}
    return [row for row in rows if tuple(row[name] for name in OUTBOX.key) not in stored]


def queue_rows(lake: Lake, rows: Sequence[Row], *, run_id: str) -> int:
    """Queue what is not in the outbox yet; counts it. What is there stays as it was."""
    fresh = unqueued_rows(lake, rows)
    if not fresh:
        return 0
    return lake.transact(lambda one: append_rows(one, OUTBOX, fresh), message=run_id)


def pending_messages(lake: Lake) -> list[OutboxMessage]:
    """All that is to be sent yet, in the order in which it could be known; digests last."""
    rows = lake.query(
        "SELECT alert_id, status, target, turn, known_at, state, attempts,"
        " is_possibly_repeated, claimed_at, next_try_at"
        f" FROM outbox WHERE state IN {OPEN}"
        " ORDER BY alert_id = ?, recorded_at, known_at, alert_id, turn, status, target",
        [DIGEST],
    )
    return [OutboxMessage(**row) for row in rows]


def last_digest(lake: Lake, target: str, before: str) -> dt.datetime | None:
    """The moment of a receiver's newest digest before another one; None if there is none."""
    rows = lake.query(
        "SELECT max(status) AS status FROM outbox"
        " WHERE alert_id = ? AND target = ? AND status < ? AND state <> 'dropped'",
        [DIGEST, target, before],
    )
    status = rows[0]["status"]
    return None if status is None else dt.datetime.fromisoformat(str(status))


def claim_message(
    lake: Lake, message: OutboxMessage, *, claim: str, now: dt.datetime, lease: dt.timedelta = LEASE
) -> OutboxMessage | None:
    """The message as it is to be sent, taken for this sender; None if another one has it.

    One that another sender had claimed, and never settled, may have arrived: nobody can know. It
    is taken all the same, and marked: an alert told twice, with a word about it, costs a reader
    less than one that is never told.
    """

    def work(connection: duckdb.DuckDBPyConnection) -> OutboxMessage | None:
        row = connection.execute(
            "SELECT state, attempts, is_possibly_repeated, claimed_at FROM outbox"
            f" WHERE {IS_ROW} AND state IN {OPEN}",
            message.key,
        ).fetchone()
        if row is None:
            return None
        found = replace(
            message, state=row[0], attempts=row[1], is_possibly_repeated=row[2], claimed_at=row[3]
        )
        if found.is_held(now, lease):
            return None
        is_repeated = found.is_possibly_repeated or found.state == "sending"
        connection.execute(
            "UPDATE outbox SET state = 'sending', attempts = ?, is_possibly_repeated = ?,"
            f" claim = ?, claimed_at = ? WHERE {IS_ROW}",
            [found.attempts + 1, is_repeated, claim, now, *message.key],
        )
        return replace(
            found,
            state="sending",
            attempts=found.attempts + 1,
            is_possibly_repeated=is_repeated,
            claimed_at=now,
        )

    return lake.transact(work, message=f"claim {claim}")


def settle_message(
    lake: Lake, message: OutboxMessage, found: SettledAttempt, *, claim: str, now: dt.datetime
) -> None:
    """Store what became of an attempt.

    If another sender took the row meanwhile, since this one was thought to have ended, the row is
    the other's, and all that is stored is that the message may be there twice.
    """

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        row = connection.execute(f"SELECT claim FROM outbox WHERE {IS_ROW}", message.key).fetchone()
        if row is None or row[0] != claim:
            connection.execute(
                f"UPDATE outbox SET is_possibly_repeated = true WHERE {IS_ROW}", message.key
            )
            return
        connection.execute(
            "UPDATE outbox SET state = ?, error = ?, next_try_at = ?, sent_at = ?,"
            f" is_possibly_repeated = is_possibly_repeated OR ? WHERE {IS_ROW}",
            [
                "sent" if found.is_sent else "failed",
                found.error,
                found.next_try_at,
                now if found.is_sent else None,
                found.may_have_arrived,
                *message.key,
            ],
        )

    lake.transact(work, message=f"settle {claim}")


def alert_rows(lake: Lake, alert_ids: Sequence[str]) -> dict[str, AlertFactsRow]:
    """What the lake holds of alerts, by id; of one that is judged no more, its site alone."""
    rows = lake.query_as(
        AlertFactsRow,
        """
        WITH told AS (
            SELECT alert_id, any_value(site_id) AS site_id FROM alert_log
            WHERE alert_id IN (SELECT unnest(CAST(? AS VARCHAR[]))) GROUP BY alert_id
        ), reasons AS (
            SELECT alert_id, arg_max(ordinary_causes, abs(peak_z)) AS ordinary_causes,
                arg_max(likely_causes, abs(peak_z)) AS likely_causes
            FROM alert_evidence GROUP BY alert_id
        ), looks AS (
            SELECT t.alert_id, list(DISTINCT s.attribution ORDER BY s.attribution) AS credits
            FROM told t JOIN alerts a USING (alert_id)
            JOIN scenes s ON s.site_id = t.site_id AND s.acquisition_id IN
                (a.first_acquisition_id, a.peak_acquisition_id, a.last_acquisition_id)
            GROUP BY t.alert_id
        ), newest AS (
            SELECT site_id, [arg_max(attribution, sensed_at)] AS credits FROM scenes
            WHERE site_id IN (SELECT site_id FROM told) GROUP BY site_id
        )
        SELECT t.alert_id, t.site_id, coalesce(p.name, t.site_id) AS site_name, a.status,
            a.headline, a.summary, a.score, a.false_alarms_per_year,
            a.false_alarms_per_year_asked, a.false_alarms_per_year_achieved,
            a.peak_acquisition_id, r.ordinary_causes, r.likely_causes,
            coalesce(l.credits, n.credits, []) AS credits
        FROM told t LEFT JOIN alerts a USING (alert_id) LEFT JOIN sites p ON p.site_id = t.site_id
        LEFT JOIN reasons r USING (alert_id) LEFT JOIN looks l USING (alert_id)
        LEFT JOIN newest n ON n.site_id = t.site_id
        """,
        [list(alert_ids)],
    )
    return {str(row["alert_id"]): row for row in rows}


def tested_sites(lake: Lake) -> dict[str, str]:
    """How each watched site is tested, by id; `learning` where nothing was judged yet."""
    rows = lake.query(
        "SELECT site_id, coalesce(t.state, 'learning') AS state FROM sites"
        " LEFT JOIN site_tests t USING (site_id) WHERE retired_at IS NULL ORDER BY site_id"
    )
    return {str(row["site_id"]): str(row["state"]) for row in rows}
