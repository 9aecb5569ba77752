"""What is said of shares of the usual: only what looks that agree allow."""

from typing import Any

import pytest
from doubles.covered_rows import rows_of, zones_of
from doubles.site_rows import series_rows

from assets.anomalies.course.assess import SiteAssessment, assess_site
from assets.anomalies.course.statements import BANDS, band_of

NO_COVER = {"state": "no_data", "flags": ["too_few_pixels"]}


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


def test_things_that_were_exchanged_are_a_change() -> None:
    rows = rows_of([1.0] * 14)
    others = [0.0] * 10 + [9.0] * 4
    pattern = series_rows([-one for one in others], zone="park", index="pattern")
    novelty = series_rows(others, zone="park", index="novelty")
    assert last(rows + pattern + novelty).statement == "change"
    assert last(rows + novelty).statement == "as_usual"
    assert last(rows + pattern[:-1] + novelty).statement == "as_usual"  # not in every look


def test_bands_meet() -> None:
    for statement, limit in BANDS[:-1]:
        assert band_of(limit - 1e-9) == statement != band_of(limit)
