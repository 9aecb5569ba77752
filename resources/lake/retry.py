"""Doing a piece of lake work again when another process was quicker.

Only waiting and telling lock errors from real ones belong here; no SQL, no connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import duckdb

from resources.errors import LakeError
from resources.http.retry_policy import RetryPolicy, wait_before_retry
from resources.interrupts import raise_hidden_interrupt

T = TypeVar("T")

LONGEST_WAIT_S = 2.0
"""Longest pause between two attempts, seconds; a commit takes about 0.05 s."""
FIRST_WAIT_S = 0.02
"""Mean of the first pause, seconds; doubled each time."""

COLLISIONS = (
    "database is locked",  # SQLite: another writer, or the snapshot read is no longer the newest
    "database table is locked",
    "database schema is locked",
    "failed to commit ducklake transaction",  # lost the race for the next snapshot number
    "transaction conflict",
    "unique constraint failed: ducklake",  # SQLite: two catalogues begun at once
    "table ducklake_metadata already exists",
    'table "ducklake_metadata" already exists',
    "database schema has changed",
    "could not serialize access",  # PostgreSQL
    "deadlock detected",
    "duplicate key value violates unique constraint",
)
"""Pieces of messages that tell of another process at work, lower case (DuckDB has no codes)."""


def is_collision(error: duckdb.Error) -> bool:
    """Whether an error only says that another process was at the catalogue."""
    message = str(error).lower()
    return any(piece in message for piece in COLLISIONS)


def retry_while_busy(action: Callable[[], T], *, doing: str, total_s: float = 120.0) -> T:
    """The action's result, tried again with growing, jittered pauses while others are at work.

    Args:
        action: may be called several times; must leave nothing behind when it fails.
        doing: for messages, such as the run id.
        total_s: after so many seconds no new attempt is begun.

    Raises:
        LakeError: others were at work all that time; the last collision is chained.
        duckdb.Error: anything that waiting does not mend, at once.
    """
    deadline = time.monotonic() + total_s
    policy = RetryPolicy(FIRST_WAIT_S, LONGEST_WAIT_S, attempts=None, spread=(0.0, 2.0))
    failures = 0
    while True:
        try:
            with raise_hidden_interrupt():
                return action()
        except duckdb.Error as error:
            if not is_collision(error):
                raise
            failures += 1
            pause_s = policy.pause_s(failures, until=deadline)
            if pause_s is None:
                raise LakeError(
                    f"{doing}: the lake was busy with other writers for {total_s:.0f} s; "
                    f"stop what holds {doing!r} up and run it again. Last: {error}"
                ) from error
        wait_before_retry(pause_s, f"{doing}: the lake is busy", time.sleep)
