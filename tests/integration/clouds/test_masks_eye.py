"""Masks of two real places beside what two people saw there; see tests/data/eye_README.md."""

import csv
from typing import Any

import pytest
from places import DATA

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

CLEAR_SHARE = 0.95  # of zones that both readers saw clear, with a value; issue 16
NOT_SHARE = 0.97  # of zones that neither saw, without one; issue 16

Verdict = tuple[str, str]


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> list[Verdict]:
    """What both readers saw of a zone in a look, and the state that its mask gives it."""
    found: list[Verdict] = []
    for name in ("flanders", "romania"):
        post: Any = request.getfixturevalue(name if name == "flanders" else "whole")
        lake = (post if name == "flanders" else post[0]).lake
        rows = lake.query(
            "SELECT m.zone_id, m.state, s.sensed_at::DATE AS day FROM cloud_masks AS m"
            " JOIN scenes AS s USING (site_id, acquisition_id)"
            " WHERE s.state NOT IN ('superseded', 'refused')"
        )
        states = {(str(row["day"]), row["zone_id"]): row["state"] for row in rows}
        with (DATA / f"eye_{name}.csv").open(encoding="utf-8") as file:
            found += [
                (row["agreed"], states[row["date"], row["zone"]])
                for row in csv.DictReader(file)
                if row["agreed"] and (row["date"], row["zone"]) in states
            ]
    return found


def share_with_value(judged: list[Verdict], verdict: str) -> float:
    states = [state for seen, state in judged if seen == verdict]
    return sum(state in ("valid", "partial") for state in states) / len(states)


def test_what_people_see_clear_has_a_value(judged: list[Verdict]) -> None:
    assert len(judged) > 650
    assert share_with_value(judged, "clear") >= CLEAR_SHARE


def test_what_people_do_not_see_has_none(judged: list[Verdict]) -> None:
    assert share_with_value(judged, "not") <= 1 - NOT_SHARE


def test_snow_is_where_people_see_snow(judged: list[Verdict]) -> None:
    assert {seen for seen, state in judged if state == "snow"} <= {"snow", "partly"}
    assert sum(state == "snow" for seen, state in judged if seen == "snow") >= 12
