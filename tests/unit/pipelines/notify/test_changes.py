"""Which changes of status are told to whom."""

import datetime as dt

import pytest

from pipelines.notify.words.changes import LoggedStatus, changes_to_notify, status_changes
from resources.notify.receivers import NoticeReceiver

DAY = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
DESK = NoticeReceiver("desk", "json://h")
EARLY = NoticeReceiver("early", "json://h", minimum_status="possible")


def day(number: float) -> dt.datetime:
    return DAY + dt.timedelta(days=number)


def log(
    *steps: tuple[float, str, int], alert_id: str = "a", replaced_by: str | None = None
) -> list[LoggedStatus]:
    """Steps as (known on day, status, batch); a batch is recorded on the day of its number."""
    return [
        LoggedStatus(alert_id, "base", status, day(known), day(batch), batch, replaced_by)
        for known, status, batch in steps
    ]


def told(
    target: NoticeReceiver, rows: list[LoggedStatus], since: float = -1, **options
) -> list[tuple[str, int]]:
    found = changes_to_notify(
        target, day(since), status_changes(rows), **{"news_days": 30, **options}
    )
    return [(one.status, one.turn) for one in found]


def test_each_status_is_one_change() -> None:
    rows = log((0, "possible", 1), (5, "confirmed", 6), (20, "closed", 21))
    assert told(EARLY, rows) == [("possible", 1), ("confirmed", 1), ("closed", 1)]


def test_the_order_in_which_rows_are_read_changes_nothing() -> None:
    rows = log((0, "possible", 1), (0, "confirmed", 1), (9, "closed", 12))
    assert status_changes(rows[::-1]) == status_changes(rows)
    assert told(EARLY, rows) == [("possible", 1), ("confirmed", 1), ("closed", 1)]


def test_a_run_that_tells_the_same_steps_from_another_moment_changes_nothing() -> None:
    first = log((0, "possible", 1), (5, "confirmed", 6))
    again = log((0.5, "possible", 9), (5.5, "confirmed", 9))
    assert status_changes(first + again) == status_changes(first)


def test_of_such_a_run_only_the_step_beyond_is_a_change() -> None:
    rows = log((0, "possible", 1), (0.5, "possible", 9), (8, "confirmed", 9))
    assert told(EARLY, rows) == [("possible", 1), ("confirmed", 1)]


def test_an_alert_that_comes_back_is_told_again() -> None:
    rows = log((0, "confirmed", 1), (3, "withdrawn", 4), (6, "confirmed", 7), (9, "withdrawn", 9))
    assert told(DESK, rows) == [
        ("confirmed", 1), ("withdrawn", 1), ("confirmed", 2), ("withdrawn", 2),
    ]  # fmt: skip


def test_what_is_too_early_to_tell_is_left_to_the_digest_unless_asked_for() -> None:
    rows = log((0, "possible", 1), (9, "closed", 12))
    assert told(DESK, rows) == []
    assert told(EARLY, rows) == [("possible", 1), ("closed", 1)]


def test_history_before_a_receiver_was_configured_is_not_told_nor_its_end() -> None:
    rows = log((0, "possible", 1), (5, "confirmed", 6), (20, "closed", 21))
    assert told(EARLY, rows, since=10) == []
    assert told(EARLY, rows, since=5.5) == [("confirmed", 1), ("closed", 1)]


def test_history_that_a_back_fill_finds_is_not_told() -> None:
    rows = log((0, "possible", 100), (5, "confirmed", 100), (80, "closed", 100))
    assert told(EARLY, rows) == []
    assert told(EARLY, rows, news_days=200) == [("possible", 1), ("confirmed", 1), ("closed", 1)]


def test_an_end_that_is_found_late_is_told_to_whoever_knows_the_beginning() -> None:
    rows = log((0, "confirmed", 1), (2, "closed", 100))
    assert told(DESK, rows) == [("confirmed", 1), ("closed", 1)]


@pytest.mark.parametrize(("sites", "count"), [({"base"}, 1), ({"port"}, 0), ((), 1)])
def test_a_receiver_is_told_of_its_sites(sites, count: int) -> None:
    target = NoticeReceiver("desk", "json://h", sites=frozenset(sites))
    assert len(told(target, log((0, "confirmed", 1)))) == count


def test_an_alert_under_another_id_is_not_told_again_and_its_old_one_not_taken_back() -> None:
    old = log((0, "possible", 1), (5, "confirmed", 6), (30, "withdrawn", 30), replaced_by="b")
    new = log((0, "possible", 30), (5, "confirmed", 30), (31, "closed", 31), alert_id="b")
    assert told(EARLY, old + new) == [("possible", 1), ("confirmed", 1), ("closed", 1)]


def test_of_such_an_alert_only_what_is_surer_is_told() -> None:
    old = log((0, "possible", 1), (9, "withdrawn", 9), replaced_by="b")
    new = log((0, "possible", 9), (8, "confirmed", 9), alert_id="b")
    assert told(EARLY, old + new) == [("possible", 1), ("confirmed", 1)]


def test_what_a_receiver_was_not_told_is_told_under_the_new_id() -> None:
    old = log((0, "possible", 1), (9, "withdrawn", 9), replaced_by="b")
    new = log((0, "possible", 9), (8, "confirmed", 9), alert_id="b")
    assert told(DESK, old + new) == [("confirmed", 1)]


def test_an_alert_whose_other_one_is_less_sure_is_taken_back() -> None:
    old = log((0, "confirmed", 1), (9, "withdrawn", 9), replaced_by="b")
    new = log((0, "possible", 9), alert_id="b")
    assert told(DESK, old + new) == [("confirmed", 1), ("withdrawn", 1)]
