"""Which passes were to be expected, and what became of them."""

import datetime as dt
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.scenes.acquisitions import Acquisition
from assets.scenes.passes import (
    LATE_DAYS,
    LEAD_DAYS,
    MOST_MISSED,
    PUBLISHED_DAYS,
    CataloguedLook,
    IdentifiedLook,
    SourceListing,
    catalogue_delay,
    expected_passes,
    has_stopped,
    next_look,
)
from resources.months import Month

JUNE = Month(2024, 6)
GOES_ON = SourceListing(later=frozenset({"sentinel-2a", "sentinel-2b", "sentinel-2c"}))
LONG_AFTER = dt.datetime(2024, 12, 1, tzinfo=dt.UTC)


def look(month: int, day: int, platform: str = "sentinel-2a", orbit: int = 78, **at: int):
    sensed_at = dt.datetime(2024, month, day, **{"hour": 8, "minute": 20, **at}, tzinfo=dt.UTC)
    return Acquisition(
        acquisition_id=f"{platform}-{sensed_at:%m%d}-{orbit}",
        platform=platform,
        relative_orbit=orbit,
        sensed_at=sensed_at,
        datatake_at=None,
        items=(),
        superseded=(),
    )


def track(start: dt.date, steps: Iterable[int], *, orbit: int = 78, platform: str = "sentinel-2a"):
    days = [start + dt.timedelta(days=step) for step in steps]
    return [look(day.month, day.day, platform, orbit) for day in days]


def states(
    looks: Iterable[IdentifiedLook],
    now: dt.datetime = LONG_AFTER,
    month: Month = JUNE,
    listing: SourceListing = GOES_ON,
    **known: object,
) -> dict[int, str]:
    found = expected_passes(list(looks), month, now, listing=listing, **known)
    return {one.expected_on.day: one.state for one in found}


APRIL_24 = dt.date(2024, 4, 24)


def test_a_track_flown_every_ten_days_is_seen() -> None:
    assert states([look(6, 3), look(6, 13), look(6, 23)]) == {3: "seen", 13: "seen", 23: "seen"}


def test_looks_before_the_month_promise_its_passes() -> None:
    looks = track(APRIL_24, (0, 10, 20, 30, 50))
    assert states(looks) == {3: "no_pass", 13: "seen", 23: "no_pass"}


def test_satellites_and_orbits_promise_their_own_days() -> None:
    looks = [
        *track(APRIL_24, (0, 10, 20, 30)),
        *track(APRIL_24, (5, 15, 25, 35), platform="sentinel-2b"),
        *track(APRIL_24, (3, 13, 23, 33), orbit=121),
    ]
    passes = expected_passes(looks, JUNE, LONG_AFTER, listing=GOES_ON)
    assert [(one.expected_on.day, one.platform[-1]) for one in passes] == [
        (3, "a"), (6, "a"), (8, "b"),
        (13, "a"), (16, "a"), (18, "b"),
        (23, "a"), (26, "a"), (28, "b"),
    ]  # fmt: skip


def test_the_rhythm_is_the_sites_own_whatever_it_is() -> None:
    assert states(track(APRIL_24, (0, 20, 40))) == {3: "seen", 23: "no_pass"}
    assert states(track(APRIL_24, (0, 16, 32))) == {11: "no_pass", 27: "no_pass"}


def test_looks_that_are_missing_from_a_catalogue_do_not_hide_the_rhythm() -> None:
    looks = track(APRIL_24, (0, 10, 30, 60))
    assert states(looks) == {3: "no_pass", 13: "no_pass", 23: "seen"}


def test_one_look_alone_promises_nothing_and_two_promise_their_distance() -> None:
    assert states([look(5, 24)]) == {}
    assert states([look(5, 14), look(5, 24)]) == {3: "no_pass", 13: "no_pass"}


def test_a_satellite_seen_once_follows_the_rhythm_of_the_site_once() -> None:
    looks = [*track(APRIL_24, (0, 10, 20, 30, 40)), look(5, 29, "sentinel-2c")]
    passes = expected_passes(looks, JUNE, LONG_AFTER, listing=GOES_ON)
    new = [one for one in passes if one.platform[-1] == "c"]
    assert [(one.expected_on.day, one.state) for one in new] == [(8, "no_pass")]


def test_a_satellite_that_stopped_is_not_expected_for_ever() -> None:
    stopped = track(APRIL_24 - dt.timedelta(days=20), (0, 10, 20, 30))
    found = [
        day for number in (5, 6, 7) for day in states(stopped, month=Month(2024, number)).items()
    ]
    assert found == [(4, "seen"), (14, "no_pass"), (24, "no_pass"), (3, "no_pass")]


# --- sources and satellites that end


def test_a_source_that_ended_does_not_tell_of_what_was_never_published() -> None:
    looks = track(APRIL_24, (0, 10, 20, 40))
    assert states(looks, listing=SourceListing()) == {
        3: "seen",
        13: "not_in_source",
        23: "not_in_source",
    }
    gap = states(looks, month=Month(2024, 5), listing=SourceListing())
    assert gap == {4: "seen", 14: "seen", 24: "no_pass"}  # a service that went on after it


def test_what_a_made_collection_lacks_tells_nothing_however_young() -> None:
    looks = track(APRIL_24, (0, 10, 30, 40))
    made = SourceListing(is_static=True)
    assert states(looks, month=Month(2024, 5), listing=made)[14] == "not_in_source"
    now = look(6, 3).sensed_at + dt.timedelta(days=10.5)
    assert states(looks, now, listing=made) == {3: "seen", 13: "not_in_source"}
    assert states(looks, now, listing=SourceListing()) == {3: "seen", 13: "expected_not_published"}


def test_a_satellite_that_retires_raises_no_flood_while_another_goes_on() -> None:
    retired = [
        one
        for orbit, phase in ((7, 0), (50, 3), (78, 5), (121, 8))
        for one in track(
            dt.date(2024, 4, 11) + dt.timedelta(days=phase), (0, 10, 20, 30, 40), orbit=orbit
        )
    ]
    other = track(dt.date(2024, 4, 13), range(0, 80, 5), platform="sentinel-2b")
    on = SourceListing(later=frozenset({"sentinel-2b"}))
    found = [
        one
        for one in expected_passes([*retired, *other], JUNE, LONG_AFTER, listing=on)
        if one.platform == "sentinel-2a"
    ]
    assert [(one.expected_on.day, one.state) for one in found] == [
        (3, "not_in_source"), (5, "not_in_source"),
    ]  # fmt: skip
    assert has_stopped(found, retired)
    assert not has_stopped(found, [*retired, look(6, 20)])


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(0, 67), min_size=1, max_size=14),
    st.sets(st.integers(0, 67), min_size=1, max_size=14),
    st.sampled_from([SourceListing(), SourceListing(is_static=True), GOES_ON]),
    st.integers(0, 120),
)
def test_never_published_is_said_only_of_a_source_that_goes_on(
    one: set[int], other: set[int], listing: SourceListing, days: int
) -> None:
    looks = [
        *track(APRIL_24, sorted(one)),
        *track(APRIL_24, sorted(other), platform="sentinel-2b", orbit=121),
    ]
    now = look(6, 30).sensed_at + dt.timedelta(days=days)
    newest = {
        name: max(one.sensed_at.date() for one in looks if one.platform == name)
        for name in {one.platform for one in looks}
    }
    found = expected_passes(looks, JUNE, now, listing=listing)
    for missed in found:
        if missed.state == "no_pass":
            assert not listing.is_static
            followed = missed.expected_on <= newest[missed.platform]
            assert followed or missed.platform in listing.later
        if listing.is_static:
            assert missed.state in ("seen", "not_in_source")
    if not listing.later:
        for name, last in newest.items():
            beyond = [one for one in found if one.platform == name and one.expected_on > last]
            assert len(beyond) <= MOST_MISSED


def test_a_shifted_phase_is_followed_from_its_first_look() -> None:
    looks = track(APRIL_24, (0, 10, 20, 30, 43))
    assert states(looks) == {3: "no_pass", 6: "seen", 16: "no_pass", 26: "no_pass"}
    earlier = track(APRIL_24, (0, 10, 20, 30, 39))
    assert states(earlier) == {2: "seen", 12: "no_pass", 22: "no_pass"}


def test_tracks_of_unknown_orbit_are_told_apart_by_their_days() -> None:
    looks = track(APRIL_24, (0, 3, 10, 13, 20, 23, 30, 33, 40, 53), orbit=0)
    assert states(looks) == {
        3: "seen", 6: "no_pass", 13: "no_pass", 16: "seen", 23: "no_pass", 26: "no_pass",
    }  # fmt: skip


def test_a_pass_that_wanders_over_midnight_is_one_pass() -> None:
    late = {"hour": 23, "minute": 59}
    looks = [look(5, 3, **late), look(5, 13, **late), look(5, 24, hour=0, minute=1)]
    assert states([*looks, look(6, 2, **late)], dt.datetime(2024, 6, 5, tzinfo=dt.UTC)) == {
        2: "seen"
    }
    over = [
        look(5, 11, **late),
        look(5, 21, **late),
        look(5, 31, **late),
        look(7, 1, hour=0, minute=1),
    ]
    assert states(over, dt.datetime(2024, 7, 2, tzinfo=dt.UTC)) == {10: "late", 20: "late"}


@pytest.mark.parametrize(
    ("days_later", "state"),
    [
        (0.5, "expected_not_published"),
        (PUBLISHED_DAYS, "expected_not_published"),
        (PUBLISHED_DAYS + 0.1, "late"),
        (LATE_DAYS, "late"),
        (LATE_DAYS + 0.1, "no_pass"),
    ],
)
def test_a_missing_pass_is_late_before_it_is_given_up(days_later: float, state: str) -> None:
    looks = track(APRIL_24, (0, 10, 20, 30))
    now = look(6, 3).sensed_at + dt.timedelta(days=days_later)
    assert states(looks, now)[3] == state


def test_no_pass_is_expected_of_the_future_and_none_without_looks() -> None:
    looks = track(APRIL_24, (0, 10, 20, 30))
    assert states(looks, dt.datetime(2024, 6, 12, tzinfo=dt.UTC)) == {3: "late"}
    assert states([]) == {}


def test_a_look_without_a_pixel_of_the_site_is_no_data() -> None:
    looks = [look(6, 3), look(6, 13)]
    assert states(looks, without_pixels={looks[0].acquisition_id})[3] == "no_data"


def test_of_two_looks_of_one_day_the_first_with_pixels_stands_for_both() -> None:
    pair = [look(6, 3, orbit=21), look(6, 3, orbit=78)]
    (found, *_) = expected_passes(pair, JUNE, LONG_AFTER)
    assert found.acquisition_id == pair[0].acquisition_id
    (found, *_) = expected_passes(pair, JUNE, LONG_AFTER, without_pixels={pair[0].acquisition_id})
    assert (found.state, found.acquisition_id) == ("seen", pair[1].acquisition_id)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(12)), st.sets(st.integers(0, 80), min_size=1, max_size=12))
def test_every_look_is_a_pass_and_their_order_changes_nothing(
    order: list[int], steps: set[int]
) -> None:
    looks = track(APRIL_24, sorted(steps))
    shuffled = [looks[place] for place in order if place < len(looks)]
    found = expected_passes(looks, JUNE, LONG_AFTER, listing=GOES_ON)
    assert expected_passes(shuffled, JUNE, LONG_AFTER, listing=GOES_ON) == found
    seen = {one.expected_on for one in found if one.state == "seen"}
    assert seen == {one.sensed_at.date() for one in looks if Month.of(one.sensed_at) == JUNE}
    gaps = sorted((one.expected_on, one.state) for one in found)
    missed_on_end = [state for _, state in gaps][::-1]
    last_seen = missed_on_end.index("seen") if "seen" in missed_on_end else len(gaps)
    assert last_seen <= MOST_MISSED


# --- the next look, and how late the catalogue is


def test_the_next_look_is_the_first_that_any_track_promises() -> None:
    now = dt.datetime(2024, 6, 4, tzinfo=dt.UTC)
    looks = [
        *track(APRIL_24, (0, 10, 20, 30, 40)),
        *track(APRIL_24, (5, 15, 25, 35), platform="sentinel-2b"),
    ]
    found = next_look(looks, now)
    assert (found.platform, found.expected_at) == ("sentinel-2b", look(6, 8).sensed_at)


def test_there_is_no_next_look_after_the_last_satellite_stopped() -> None:
    looks = track(APRIL_24, (0, 10, 20, 30))
    assert next_look(looks, look(6, 20).sensed_at).expected_at == look(6, 23).sensed_at
    assert next_look(looks, look(6, 24).sensed_at) is None
    assert next_look(looks, look(6, 24).sensed_at + dt.timedelta(days=LEAD_DAYS)) is None
    assert next_look([], LONG_AFTER) is None


def test_the_delay_of_a_catalogue_is_empty_where_it_does_not_tell() -> None:
    at = dt.datetime(2024, 6, 3, 8, tzinfo=dt.UTC)

    def listed(days: int, hours: float | None) -> CataloguedLook:
        sensed = at + dt.timedelta(days=days)
        return CataloguedLook(
            "sentinel-2a", 78, sensed, None if hours is None else sensed + dt.timedelta(hours=hours)
        )

    delay = catalogue_delay([listed(10, 30.0), listed(0, 6.0), listed(5, 8.0), listed(20, None)])
    assert (delay.median_h, delay.newest_h) == (8.0, 30.0)
    unknown = catalogue_delay([listed(0, None)])
    assert (unknown.median_h, unknown.newest_h) == (None, None)
