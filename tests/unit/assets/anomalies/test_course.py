"""How far a site has gone: shares of the usual, and what is said only where looks allow it."""

from typing import Any

import pytest
from doubles.site_rows import day, series_rows

from assets.anomalies.course.course import BANDS, SiteAssessment, assess_site, band_of

USUAL = 10_000.0  # m2 a zone
NO_COVER = {"state": "no_data", "flags": ["too_few_pixels"]}


def rows_of(
    shares: list[float | None], *, zone: str = "park", error: float = 500.0, **columns: Any
) -> list[dict[str, Any]]:
    """Rows of a zone's covered area with these shares of the usual, a look every six days."""
    rows = series_rows([None if one is None else 0.0 for one in shares], zone=zone, index="texture")
    for row, share in zip(rows, shares, strict=True):
        value = None if share is None else share * USUAL
        row.update(
            index_name="covered_area",
            value=value,
            expected=USUAL,
            departure=None if value is None else value - USUAL,
            z=None if value is None else (value - USUAL) / error,
            standard_error=0.8 * error,
            expected_error=0.6 * error,
            **columns,
        )
    return rows


def zones_of(shares: list[float | None], number: int = 4, **more: Any) -> list[dict[str, Any]]:
    """The same of several zones: what one of them is told wrong by, others are not."""
    return [row for n in range(number) for row in rows_of(shares, zone=f"park-{n}", **more)]


def last(rows: list[dict[str, Any]]) -> SiteAssessment:
    return assess_site(rows)[-1]


@pytest.mark.parametrize(
    ("share", "statement"),
    [
        (0.22, "mostly_gone"),
        (0.6, "drawing_down"),
        (1.0, "as_usual"),
        (2.5, "building_up"),
    ],
)
def test_looks_that_agree_are_told_by_the_band_of_their_share(share: float, statement: str) -> None:
    said = last(zones_of([1.0] * 10 + [share] * 4, error=300.0))
    assert said.statement == statement
    assert said.share == pytest.approx(share)
    assert said.share_low <= share <= said.share_high
    assert (said.looks, said.acquisition_id) == (4, "look-013")


@pytest.mark.parametrize(("share", "statement"), [(0.0, "empty"), (0.08, "too_early_to_tell")])
def test_an_empty_site_is_told_empty_only_where_errors_allow_it(
    share: float, statement: str
) -> None:
    said = last(rows_of([1.0] * 10 + [share] * 4))
    assert (said.statement, said.share) == (statement, pytest.approx(share))
    assert (said.share_high < 0.1) == (statement == "empty")


def test_one_look_is_too_early() -> None:
    said = last(rows_of([1.0] * 10 + [0.2]))
    assert (said.statement, said.looks) == ("too_early_to_tell", 1)
    assert said.reason == "only one clear look shows it so far"


def test_what_may_be_either_is_too_early() -> None:
    said = last(zones_of([1.0] * 10 + [0.4] * 4))
    assert said.statement == "too_early_to_tell"
    assert said.reason == "the looks leave open anything from 24% to 56% of the usual"


def test_cloudy_looks_say_nothing_anew() -> None:
    rows = zones_of([1.0] * 10 + [0.2, 0.2] + [None] * 3)
    found = assess_site(rows)
    assert [one.statement for one in found[-4:]] == ["mostly_gone"] * 4
    assert {one.since for one in found[-4:]} == {day(11).date()}
    assert found[-1].next_look_due == day(15).date()


def test_zones_count_by_what_usually_covers_them() -> None:
    large, small = [1.0] * 10 + [0.0] * 3, [1.0] * 13
    rows = rows_of(large, zone="park") + rows_of(small, zone="stand")
    assert last(rows).share == pytest.approx(0.5)


def test_a_zone_whose_area_is_hardly_known_says_nothing() -> None:
    known, unknown = rows_of([1.0] * 13), rows_of([0.0] * 13, zone="stand", error=9000.0)
    assert last(known + unknown).share == pytest.approx(1.0)
    said = last(unknown)
    assert (said.statement, said.share) == ("unknown", None)
    assert said.reason == "the covered area of no zone is known well enough"


def test_a_zone_in_which_nothing_ever_changes_may_be_buildings() -> None:
    halls = rows_of([1.0] * 13, zone="halls", flags=["never_changes"])
    park = rows_of([1.0] * 10 + [0.0] * 3)
    assert last(halls + park).statement == "empty"
    assert last(halls).statement == "unknown"


def test_errors_that_a_departure_stretches_do_not_hide_it() -> None:
    rows = rows_of([1.0] * 10 + [0.0] * 3)
    for row in rows:
        if row["value"] == 0.0:
            row.update(standard_error=9000.0, expected_error=9000.0)
    assert last(rows).statement == "empty"


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"state": "learning", "z": None}, "still learning what is usual"),
        ({**NO_COVER, "z": None}, "zones are too small, or what stands there never changes"),
    ],
)
def test_where_nothing_is_known_the_reason_is_told(columns: dict[str, Any], reason: str) -> None:
    rows = rows_of([1.0] * 5)
    for row in rows:
        row.update(columns)
    assert (last(rows).statement, last(rows).reason) == ("unknown", reason)


def test_nothing_is_said_of_zones_on_which_nothing_stands() -> None:
    (*_, said) = assess_site(rows_of([1.0] * 12), unpaved=["park"])
    assert (said.statement, said.reason) == (
        "unknown",
        "no zone on which things stand was seen yet",
    )


def test_a_zone_that_left_the_list_silences_no_other() -> None:
    rows = rows_of([1.0] * 30) + rows_of([9.0] * 5, zone="gone")
    assert (last(rows).statement, last(rows).share) == ("as_usual", pytest.approx(1.0))


def test_what_was_seen_long_ago_is_not_said_of_today() -> None:
    passes = [
        {"acquisition_id": f"dark-{n}", "sensed_at": day(n), "known_at": day(n)}
        for n in range(14, 40)
    ]
    found = assess_site(rows_of([1.0] * 14), passes)
    assert [one.statement for one in found[14:20]] == ["as_usual"] * 6
    assert (found[-1].statement, found[-1].reason) == ("unknown", "no clear look for 156 days")
    assert found[-1].next_look_due == day(40).date()


def test_things_that_were_exchanged_are_a_change() -> None:
    rows = rows_of([1.0] * 14)
    others = [0.0] * 10 + [9.0] * 4
    pattern = series_rows([-one for one in others], zone="park", index="pattern")
    novelty = series_rows(others, zone="park", index="novelty")
    assert last(rows + pattern + novelty).statement == "change"
    assert last(rows + novelty).statement == "as_usual"
    assert last(rows + pattern[:-1] + novelty).statement == "as_usual"  # not in every look


def test_a_statement_rests_on_what_was_known_then() -> None:
    shares = [1.0] * 10 + [0.2] * 5
    whole = assess_site(rows_of(shares))
    for count in range(2, len(shares) + 1):
        assert assess_site(rows_of(shares[:count])) == whole[:count]


def test_a_look_that_comes_late_changes_nothing_that_was_said_before() -> None:
    shares = [1.0] * 10 + [0.2] * 5
    late = rows_of(shares)
    for row in late:
        if row["acquisition_id"] == "look-011":
            row["known_at"] = day(40)
    without = [row for row in late if row["acquisition_id"] != "look-011"]
    assert assess_site(late)[:-1] == assess_site(without)


def test_bands_meet() -> None:
    for statement, limit in BANDS[:-1]:
        assert band_of(limit - 1e-9) == statement != band_of(limit)
