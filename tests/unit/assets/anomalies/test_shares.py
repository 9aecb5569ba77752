"""Shares of the usual: what counts for how much, and what is known too badly to count."""

from typing import Any

import pytest
from doubles.covered_rows import rows_of

from assets.anomalies.course.assess import SiteAssessment, assess_site


def last(rows: list[dict[str, Any]]) -> SiteAssessment:
    return assess_site(rows)[-1]


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
