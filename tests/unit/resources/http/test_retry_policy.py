"""When something is tried again, how long the pauses are, and what servers ask for, oddly too."""

import asyncio
import datetime as dt
import email.utils
import logging
import time

import pytest
from requests.structures import CaseInsensitiveDict

from resources.http.retry_policy import RetryPolicy, retry_after_s, wait_before_retry

EVEN = (1.0, 1.0)


@pytest.mark.parametrize(
    ("text", "seconds", "of_milliseconds"),
    [
        ("", None, None),
        ("0", 0.0, 0.0),
        ("3", 3.0, 0.003),
        (" 7 ", 7.0, 0.007),
        ("3398", 3398.0, 3.398),
        ("999999999", 999_999_999.0, 999_999.999),
        ("9999999999", None, None),
        ("1" * 400, None, None),
        ("-1", None, None),
        ("+1", None, None),
        ("1.5", None, None),
        ("1e9", None, None),
        ("3 s", None, None),
        ("٣", None, None),
        ("soon", None, None),
        ("inf", None, None),
        ("nan", None, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0, 0.0),
        ("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", None, None),
        ("Sun, 06 Nov 0000 08:49:37 GMT", 0.0, 0.0),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None, None),
        ("Sun, 06 Nov 1994 08:49:37 +99999999999999999999", None, None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0, 0.0),
        ("\0" * 100, None, None),
        ("," * 1000, None, None),
    ],
)
def test_a_pause_that_is_asked_for_is_understood_or_none(
    text: str, seconds: float | None, of_milliseconds: float | None
) -> None:
    headers = {"Retry-After": text}
    assert retry_after_s(headers) == seconds
    assert retry_after_s(headers, per_second=1000) == of_milliseconds


@pytest.mark.parametrize("per_second", [1, 1000])
def test_a_date_to_come_is_a_pause_until_then(per_second: int) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    text = email.utils.format_datetime(moment, usegmt=True)
    found = retry_after_s({"Retry-After": text}, per_second=per_second)
    assert found == pytest.approx(300, abs=2)


def test_the_case_of_the_name_is_the_library_s_to_know() -> None:
    assert retry_after_s(CaseInsensitiveDict({"retry-AFTER": "4"})) == 4
    assert retry_after_s({"Content-Length": "4"}) is None


def test_pauses_grow_to_the_longest_and_end_with_the_attempts() -> None:
    policy = RetryPolicy(1.0, longest_s=10.0, attempts=7, spread=EVEN)
    assert [policy.pause_s(n) for n in range(1, 9)] == [1, 2, 4, 8, 10, 10, None, None]
    steep = RetryPolicy(0.5, attempts=3, growth=3.0, spread=EVEN)
    assert [steep.pause_s(n) for n in (1, 2, 3)] == [0.5, 1.5, None]


def test_without_a_number_of_attempts_pauses_go_on() -> None:
    policy = RetryPolicy(0.02, longest_s=2.0, attempts=None, spread=EVEN)
    assert policy.pause_s(1) == 0.02
    assert policy.pause_s(10**9) == 2.0


@pytest.mark.parametrize(
    ("asked_s", "pause_s"),
    [(None, 2.0), (0.0, 2.0), (1.9, 2.0), (2.1, 2.1), (20.0, 20.0), (20.1, None), (1e9, None)],
)
def test_a_server_gets_what_it_asks_or_is_given_up(
    asked_s: float | None, pause_s: float | None
) -> None:
    policy = RetryPolicy(1.0, longest_s=20.0, spread=EVEN)
    assert policy.pause_s(2, asked_s=asked_s) == pause_s
    assert policy.is_too_long(asked_s) is (pause_s is None)
    assert policy.pause_s(6, asked_s=asked_s) is None


def test_no_attempt_begins_after_the_time_allowed() -> None:
    policy, now = RetryPolicy(1.0, spread=EVEN), time.monotonic()
    assert policy.pause_s(1, until=now + 3.0) == 1.0
    assert policy.pause_s(1, until=now + 0.99) is None
    assert policy.pause_s(1, asked_s=5.0, until=now + 4.9) is None
    assert policy.pause_s(1, until=now) is None


@pytest.mark.parametrize("spread", [(1.0, 1.5), (0.0, 2.0)])
def test_pauses_differ_within_their_spread(spread: tuple[float, float]) -> None:
    policy = RetryPolicy(1.0, spread=spread)
    pauses = [policy.grown_s(3) / 4 for _ in range(2000)]
    width = spread[1] - spread[0]
    assert spread[0] <= min(pauses) < spread[0] + 0.02 * width
    assert spread[1] - 0.02 * width < max(pauses) <= spread[1]


def test_a_pause_is_waited_for_in_threads_and_tasks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    begun = time.monotonic()
    wait_before_retry(0.05, "example.org: HTTP 503", time.sleep)
    assert time.monotonic() - begun >= 0.05

    async def both() -> None:
        waits = [wait_before_retry(0.1, "a", asyncio.sleep) for _ in range(5)]
        await asyncio.gather(*waits)

    begun = time.monotonic()
    asyncio.run(both())
    assert 0.1 <= time.monotonic() - begun < 0.4
    assert "example.org: HTTP 503; waiting 0.05 s before the next attempt" in caplog.text


def test_only_long_pauses_are_told_to_whoever_asks_for_no_details(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    waited: list[float] = []
    wait_before_retry(0.9, "short", waited.append)
    wait_before_retry(1.1, "long", waited.append)
    assert waited == [0.9, 1.1]
    assert ("short" in caplog.text, "long" in caplog.text) == (False, True)
