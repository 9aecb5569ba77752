"""Which passes were to be expected, and what became of them."""

import datetime as dt

import pytest

from assets.scenes.acquisitions import Acquisition
from assets.scenes.passes import LATE_DAYS, PUBLISHED_DAYS, expected_passes
from resources.models import Month

JUNE = Month(2024, 6)
LONG_AFTER = dt.datetime(2024, 12, 1, tzinfo=dt.UTC)


def look(month: int, day: int, platform: str = "sentinel-2a") -> Acquisition:
    at = dt.datetime(2024, month, day, 8, 20, tzinfo=dt.UTC)
    return Acquisition(f"{platform}-{at:%m%d}", platform, 78, at, None, (), ())


def states(looks: list[Acquisition], now: dt.datetime = LONG_AFTER) -> dict[int, str]:
    return {one.expected_on.day: one.state for one in expected_passes(looks, JUNE, now)}


def test_a_track_flown_every_ten_days_is_seen() -> None:
    assert states([look(6, 3), look(6, 13), look(6, 23)]) == {3: "seen", 13: "seen", 23: "seen"}


def test_a_look_before_the_month_promises_its_repeats() -> None:
    assert states([look(5, 24), look(6, 13)]) == {3: "no pass", 13: "seen", 23: "no pass"}


def test_two_satellites_promise_their_own_days() -> None:
    passes = expected_passes([look(5, 24), look(5, 29, "sentinel-2b")], JUNE, LONG_AFTER)
    assert [(one.expected_on.day, one.platform[-1]) for one in passes] == [
        (3, "a"),
        (8, "b"),
        (13, "a"),
        (18, "b"),
        (23, "a"),
        (28, "b"),
    ]


@pytest.mark.parametrize(
    ("days_later", "state"),
    [
        (0.5, "not published yet"),
        (PUBLISHED_DAYS, "not published yet"),
        (PUBLISHED_DAYS + 0.1, "late"),
        (LATE_DAYS, "late"),
        (LATE_DAYS + 0.1, "no pass"),
    ],
)
def test_a_missing_pass_is_late_before_it_is_given_up(days_later: float, state: str) -> None:
    now = dt.datetime(2024, 6, 3, tzinfo=dt.UTC) + dt.timedelta(days=days_later)
    assert states([look(5, 24)], now)[3] == state


def test_no_pass_is_expected_of_the_future_and_none_without_looks() -> None:
    assert states([look(5, 24)], dt.datetime(2024, 6, 12, tzinfo=dt.UTC)) == {3: "late"}
    assert states([]) == {}


def test_two_looks_of_one_day_are_one_pass_with_the_first_id() -> None:
    late = look(6, 3)
    early = Acquisition("a-first", "sentinel-2a", 121, late.sensed_at, None, (), ())
    (found, *_) = expected_passes([late, early], JUNE, LONG_AFTER)
    assert found.acquisition_id == "a-first"
