"""What catalogues list anew: asked for once, and again until a run has worked it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from pipelines.automation.new_items import (
    MOST_A_DAY,
    MOST_ATTEMPTS,
    POLL_DAYS,
    Outcome,
    PollDecision,
    SensorMemory,
    decide_month_runs,
    load_memory,
    month_marks,
    next_poll_sites,
    poll_start,
    run_key,
)
from resources.errors import ItemRefused
from resources.models import Item
from resources.months import Month
from resources.source import SearchResult

NOW = dt.datetime(2024, 6, 20, 12, tzinfo=dt.UTC)
MAY, JUNE = Month(2024, 5), Month(2024, 6)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def item(item_id: str, month: int, **told: object) -> Item:
    return Item(
        item_id=item_id,
        collection="sentinel-2-l2a",
        source="test",
        platform="sentinel-2a",
        sensed_at=dt.datetime(2024, month, 3, tzinfo=dt.UTC),
        footprint=box(0, 0, 1, 1),
        bands={},
        attribution="",
        **{"updated_at": NOW, **told},
    )


def listing(*items: Item, refused: tuple[ItemRefused, ...] = ()) -> dict[Month, str]:
    return month_marks(SearchResult(items, refused))


def step(
    before: SensorMemory | PollDecision,
    marks: dict[Month, str] | None,
    outcome: Outcome | None = None,
    now: dt.datetime = NOW,
) -> PollDecision:
    """One evaluation for one site, its runs all having come to the same."""
    memory = before.memory if isinstance(before, PollDecision) else before
    memory = load_memory(memory.dump())
    keys = keys_of(memory)
    outcomes = {} if outcome is None else dict.fromkeys(keys, outcome)
    return decide_month_runs(
        memory, ["a"], {} if marks is None else {"a": marks}, outcomes, now=now
    )


def keys_of(memory: SensorMemory) -> list[str]:
    return [
        run_key("a", month, one) for month, one in memory.sites.get("a", {}).items() if one.asked
    ]


def months(found: PollDecision) -> list[Month]:
    return [month for _, month in found.asked]


TWO_MONTHS = listing(item("one", 5), item("two", 6))


def test_what_is_listed_is_asked_for_once_and_is_done_when_its_run_is() -> None:
    first = step(SensorMemory(), TWO_MONTHS)
    assert months(first) == [MAY, JUNE]
    assert months(step(first, TWO_MONTHS, "going")) == []
    done = step(first, TWO_MONTHS, "done")
    assert months(done) == []
    assert keys_of(done.memory) == []
    assert months(step(done, TWO_MONTHS)) == []


@pytest.mark.parametrize(
    "changed",
    [
        item("two", 6, updated_at=NOW - 100 * DAY),
        item("two", 6, updated_at=None),
        item("two", 6, generated_at=NOW),
        item("two", 6, processing_baseline="05.11"),
    ],
)
def test_a_corrected_item_asks_for_its_month_whatever_its_clock_says(changed: Item) -> None:
    done = step(step(SensorMemory(), TWO_MONTHS), TWO_MONTHS, "done")
    assert months(step(done, listing(item("one", 5), changed))) == [JUNE]


def test_a_new_item_that_says_it_is_old_is_seen() -> None:
    done = step(step(SensorMemory(), TWO_MONTHS), TWO_MONTHS, "done")
    late = item("three", 5, updated_at=NOW - 30 * DAY)
    assert months(step(done, listing(item("one", 5), item("two", 6), late))) == [MAY]


def test_an_item_refused_for_another_reason_asks_for_its_month() -> None:
    at = dt.datetime(2024, 6, 3, tzinfo=dt.UTC)
    first = listing(refused=(ItemRefused("broken", "no scl", at),))
    done = step(step(SensorMemory(), first), first, "done")
    other = listing(refused=(ItemRefused("broken", "no red", at),))
    assert months(step(done, first)) == []
    assert months(step(done, other)) == [JUNE]


def test_the_order_of_a_list_changes_nothing() -> None:
    items = [item("one", 6), item("two", 6, updated_at=None), item("three", 6)]
    assert listing(*items) == listing(*items[::-1])


def test_a_run_that_failed_is_asked_for_again_the_next_day_and_not_for_ever() -> None:
    found = step(SensorMemory(), TWO_MONTHS)
    keys = set(keys_of(found.memory))
    assert months(step(found, TWO_MONTHS, "failed")) == []
    for days in range(1, MOST_ATTEMPTS):
        found = step(found, TWO_MONTHS, "failed", NOW + days * DAY)
        assert months(found) == [MAY, JUNE]
        assert not keys & set(keys_of(found.memory))
        keys |= set(keys_of(found.memory))
    last = step(found, TWO_MONTHS, "failed", NOW + MOST_ATTEMPTS * DAY)
    assert (months(last), last.given_up) == ([], [("a", MAY), ("a", JUNE)])
    assert months(step(last, TWO_MONTHS, now=NOW + MOST_ATTEMPTS * DAY)) == []
    changed = listing(item("one", 5), item("two", 6, updated_at=NOW + DAY))
    assert months(step(last, changed)) == [JUNE]


def test_a_run_that_failed_is_asked_for_again_also_while_its_catalogue_is_down() -> None:
    found = step(SensorMemory(), TWO_MONTHS)
    assert months(step(found, None, "failed", NOW + DAY)) == [MAY, JUNE]


def test_a_run_that_never_came_to_be_is_asked_for_under_its_old_key() -> None:
    first = step(SensorMemory(), TWO_MONTHS)
    second = step(first, TWO_MONTHS)
    assert months(second) == [MAY, JUNE]
    assert keys_of(second.memory) == keys_of(first.memory)


def test_what_is_listed_while_a_run_goes_is_asked_for_too() -> None:
    first = step(SensorMemory(), TWO_MONTHS)
    more = listing(item("one", 5), item("two", 6), item("three", 6))
    second = step(first, more, "going")
    assert months(second) == [JUNE]
    assert set(keys_of(second.memory)) != set(keys_of(first.memory))


def always_new(day: int, hour: int) -> dict[Month, str]:
    """Of a catalogue that says of everything that it was changed just now."""
    return listing(item("two", 6, updated_at=NOW.replace(hour=0) + day * DAY + hour * HOUR))


@pytest.mark.parametrize("outcome", ["done", "going", "failed"])
def test_a_month_that_changes_at_every_look_is_asked_for_a_few_times_a_day(
    outcome: Outcome,
) -> None:
    found: SensorMemory | PollDecision = SensorMemory()
    for day in range(3):
        asked, waited = 0, 0
        for hour in range(24):
            found = step(found, always_new(day, hour), outcome, NOW.replace(hour=hour) + day * DAY)
            asked += len(found.asked)
            waited += len(found.waiting)
        assert 0 < asked <= MOST_A_DAY
        assert waited == 24 - asked


def test_what_waited_is_asked_for_the_next_day_and_a_quiet_month_never_waits() -> None:
    found: SensorMemory | PollDecision = SensorMemory()
    for hour in range(MOST_A_DAY + 1):
        found = step(found, always_new(0, hour), "done")
    last = always_new(0, MOST_A_DAY)
    assert found.waiting == [("a", JUNE)]
    assert step(found, {**last, MAY: "other"}, "done").asked == [("a", MAY)]
    assert months(step(found, last, "done", NOW + DAY)) == [JUNE]


def test_a_list_that_comes_back_to_an_older_state_is_worked_again() -> None:
    first = step(SensorMemory(), TWO_MONTHS)
    part = listing(item("one", 5))
    done = step(first, part, "done")
    assert months(done) == []
    more = step(done, listing(item("one", 5), item("two", 6), item("three", 6)))
    back = step(step(more, part, "done"), TWO_MONTHS)
    assert months(back) == [JUNE]
    assert not set(keys_of(back.memory)) & {*keys_of(first.memory), *keys_of(more.memory)}


def test_a_site_whose_catalogue_did_not_answer_stays_as_it_was() -> None:
    done = step(step(SensorMemory(), TWO_MONTHS), TWO_MONTHS, "done")
    assert step(done, None).memory == done.memory


def test_a_site_that_is_not_watched_is_forgotten() -> None:
    done = step(SensorMemory(), TWO_MONTHS)
    assert decide_month_runs(done.memory, [], {}, {}, now=NOW).memory.sites == {}


def test_old_months_are_forgotten_only_when_they_are_worked() -> None:
    first = step(SensorMemory(), TWO_MONTHS)
    later = NOW + 120 * DAY
    assert set(step(first, {}, "going", later).memory.sites["a"]) == {MAY, JUNE}
    assert step(first, {}, "done", later).memory.sites["a"] == {}


@given(st.integers(-3_000, 3_000), st.integers(0, 23))
def test_the_time_asked_for_begins_with_a_month_and_is_long_enough(days: int, hours: int) -> None:
    now = NOW + days * DAY + dt.timedelta(hours=hours)
    start = poll_start(now)
    assert (start.day, start.hour) == (1, 0)
    assert POLL_DAYS * DAY <= now - start < (POLL_DAYS + 31) * DAY


def test_the_memory_of_a_site_is_small_and_of_another_version_is_left_aside() -> None:
    many = listing(*(item(f"item-{number}", 5 + number % 2) for number in range(200)))
    found = step(SensorMemory(), many)
    assert len(found.memory.dump()) < 250
    assert load_memory(found.memory.dump()) == found.memory
    for old in (None, "", "{}", '{"a": {"item": "mark"}}', "[1]", "{broken", '{"version": 2}'):
        assert load_memory(old) == SensorMemory()


def test_every_site_has_its_turn_however_many_there_are() -> None:
    sites = ["e", "a", "c", "b", "d"]
    following, asked = "", []
    for _ in range(5):
        turn, following = next_poll_sites(sites, following, 2)
        asked += turn
    assert sorted(asked) == ["a", "a", "b", "b", "c", "c", "d", "d", "e", "e"]
    assert next_poll_sites(sites, "", 9) == (sorted(sites), "")
    assert next_poll_sites([], "gone", 2) == ([], "")
