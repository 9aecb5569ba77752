"""Quiet hours, digests and further tries, by the clock of the receiver."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from pipelines.notify.words.timing import LONGEST_PAUSE, digest_due, is_quiet, next_try
from resources.notify.receivers import NoticeReceiver, QuietHours, WeeklySlot

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(dt.time(22), dt.time(7))
LUNCH = QuietHours(dt.time(12), dt.time(13))
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "expected"),
    [
        (NIGHT, "2026-01-10 20:59", False),  # 21:59 in Berlin
        (NIGHT, "2026-01-10 21:00", True),
        (NIGHT, "2026-01-11 05:59", True),
        (NIGHT, "2026-01-11 06:00", False),
        (NIGHT, "2026-07-10 20:00", True),  # 22:00 in summer
        (NIGHT, "2026-07-11 05:00", False),
        (LUNCH, "2026-01-10 11:30", True),
        (LUNCH, "2026-01-10 12:00", False),
        (None, "2026-01-10 23:00", False),
    ],
)
def test_quiet_hours_are_those_of_the_receivers_clock(quiet, now: str, expected) -> None:
    target = NoticeReceiver("desk", "json://h", timezone=BERLIN, quiet=quiet)
    assert is_quiet(target, utc(now)) is expected


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-23 06:00", "2026-03-23 06:00"),  # Monday, 7:00 in winter
        ("2026-03-23 05:59", "2026-03-16 06:00"),
        ("2026-03-30 05:00", "2026-03-30 05:00"),  # 7:00 in summer
        ("2026-04-04 23:00", "2026-03-30 05:00"),
    ],
)
def test_a_digest_is_due_at_its_hour_of_the_week_in_summer_and_winter(now: str, due: str) -> None:
    target = NoticeReceiver("desk", "json://h", timezone=BERLIN, digest=WeeklySlot(0, dt.time(7)))
    assert digest_due(target, LONG_AGO, utc(now)) == utc(due)


def test_the_first_digest_is_due_after_the_receiver_was_configured() -> None:
    target = NoticeReceiver("desk", "json://h", digest=WeeklySlot(0, dt.time(7)))
    assert digest_due(target, utc("2026-03-23 08:00"), utc("2026-03-29 12:00")) is None
    assert digest_due(target, utc("2026-03-23 08:00"), utc("2026-03-30 07:00")) is not None
    assert digest_due(NoticeReceiver("desk", "json://h"), LONG_AGO, utc("2026-03-30 07:00")) is None


def test_tries_come_ever_later_up_to_half_a_day() -> None:
    now = utc("2026-03-23 08:00")
    pauses = [next_try(attempts, now) - now for attempts in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] == dt.timedelta(minutes=5)
    assert pauses[-1] == LONGEST_PAUSE
