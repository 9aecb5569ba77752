"""How far a site has gone, at each moment at which looks came: from what was known then alone."""

from typing import Any

import pytest
from doubles.covered_rows import rows_of, zones_of
from doubles.site_rows import day

from assets.anomalies.course.assess import SiteAssessment, assess_site


def last(rows: list[dict[str, Any]]) -> SiteAssessment:
    return assess_site(rows)[-1]


def test_cloudy_looks_say_nothing_anew() -> None:
    rows = zones_of([1.0] * 10 + [0.2, 0.2] + [None] * 3)
    found = assess_site(rows)
    assert [one.statement for one in found[-4:]] == ["mostly_gone"] * 4
    assert {one.since for one in found[-4:]} == {day(11).date()}
    assert found[-1].next_look_due == day(15).date()


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
