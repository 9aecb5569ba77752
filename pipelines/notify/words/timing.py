"""When something is due: quiet hours, the weekly digest, another try.

Pure: the present moment is an argument.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from resources.http.retry_policy import RetryPolicy
from resources.notify.receivers import NoticeReceiver, WeeklySlot

LONGEST_PAUSE: Final = dt.timedelta(hours=12)
LATER_RUNS: Final = RetryPolicy(5 * 60.0, LONGEST_PAUSE.total_seconds(), spread=(1.0, 1.0))
"""Of a message that a whole run could not send; seconds, chosen. Nobody else waits: no spread."""


def is_quiet(target: NoticeReceiver, now: dt.datetime) -> bool:
    """Whether messages to a receiver wait at a moment (UTC), by the clock on its wall."""
    if target.quiet is None:
        return False
    time = now.astimezone(target.timezone).time()
    begins, ends = target.quiet.begins, target.quiet.ends
    if begins < ends:
        return begins <= time < ends
    return time >= begins or time < ends


def digest_due(target: NoticeReceiver, since: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """The newest moment at which a receiver's digest was due, UTC; None before the first.

    Args:
        target: the receiver.
        since: when it was configured: the first digest is due at the first such moment after.
        now: present moment.
    """
    if target.digest is None:
        return None
    local = now.astimezone(target.timezone)
    due = _latest_weekly_moment(target.digest, local.date(), target)
    if due > now:
        due = _latest_weekly_moment(target.digest, local.date() - dt.timedelta(days=1), target)
    return due if due > since else None


def next_try(attempts: int, now: dt.datetime) -> dt.datetime:
    """When a message that failed so many times is due again: ever later, at most by half a day."""
    return now + dt.timedelta(seconds=LATER_RUNS.grown_s(max(attempts, 1)))


def _latest_weekly_moment(
    weekly: WeeklySlot, until: dt.date, target: NoticeReceiver
) -> dt.datetime:
    """The newest such moment of a day at or before this one."""
    day = until - dt.timedelta(days=(until.weekday() - weekly.weekday) % 7)
    local = dt.datetime.combine(day, weekly.time, target.timezone)
    return local.astimezone(dt.UTC)
