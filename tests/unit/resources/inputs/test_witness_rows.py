"""Rows of a witness's file: what they come to, and one clear word on what is wrong."""

import datetime as dt

import pytest

from resources.watchlist.messages import FieldProblem
from resources.witness_csv.rows import MAX_CELLS, CountedDay, looks_by_cell, looks_by_day

TODAY = dt.date(2026, 11, 30)
MARCH = dt.date(2020, 3, 1)


def rows(*given: dict[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Numbered rows, each a day later than the one before, of 3 things unless told."""
    return [
        (number, {"date": f"2020-03-{number - 1:02}", "value": "3", **one})
        for number, one in enumerate(given, start=2)
    ]


def test_looks_come_in_the_order_of_days() -> None:
    looks = looks_by_day(rows({"date": "2020-03-05"}, {"value": "4.0"}, {}), TODAY)
    assert [(one.counted_on.day, one.value) for one in looks] == [(2, 4.0), (3, 3.0), (5, 3.0)]


def test_cells_are_told_by_a_sign_each() -> None:
    (look,) = looks_by_day(rows({"value": "12", "cells": ".0a2", "n_valid_cells": "3"}), TODAY)
    assert look == CountedDay(MARCH, 12.0, (None, 0.0, 10.0, 2.0), 3, 0.75)


def test_shares_and_errors_are_kept() -> None:
    looks = looks_by_day(
        rows({"share_seen": "0.5", "error": "1.5"}, {"share_seen": "1", "error": ""}), TODAY
    )
    assert [(one.share_seen, one.error) for one in looks] == [(0.5, 1.5), (1.0, None)]


def test_a_row_a_cell_makes_looks_with_unseen_cells() -> None:
    looks = looks_by_cell(
        rows(
            {"cell": "north", "date": "2020-03-01"},
            {"cell": "south", "date": "2020-03-01", "value": "40"},
            {"cell": "south", "date": "2020-03-02"},
        ),
        TODAY,
    )
    assert [(one.value, one.cells, one.cells_valid, one.share_seen) for one in looks] == [
        (43.0, (3.0, 40.0), 2, 1.0),
        (3.0, (None, 3.0), 1, 0.5),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"date": "2020-02-30"}, "row 2, date: expected a day such as 2020-03-15, found '2020-02"),
        ({"date": "15/03/2020"}, "row 2, date: .* write year-month-day"),
        ({"date": ""}, "row 2, date: .* found nothing"),
        ({"date": "2027-01-01"}, "row 2, date: expected 1900-01-01 to 2026-11-30"),
        ({"date": "1066-10-14"}, "row 2, date: expected 1900"),
        ({"value": "nan"}, "row 2, value: expected a number from 0 .* found 'nan'; mend it, or"),
        ({"value": "-1"}, "row 2, value: expected a number from 0"),
        ({"value": "inf"}, "row 2, value: expected a number from 0"),
        ({"value": "many"}, "row 2, value: expected a number from 0"),
        ({"value": ""}, "row 2, value: .* found nothing"),
        ({"value": "2.5"}, "row 2, value: expected a whole number, .* round it"),
        ({"cells": "1.1"}, "row 2, value: expected 2 as `cells` add up to, found '3'"),
        ({"cells": "1.2", "n_valid_cells": "3"}, "row 2, n_valid_cells: expected 2 as"),
        ({"cells": "1?2"}, "row 2, cells: expected a sign a cell"),
        ({"cells": ""}, "row 2, cells: .* found nothing"),
        ({"share_seen": "40"}, "row 2, share_seen: expected a part of 0 to 1, found '40'; divide"),
        ({"share_seen": "0"}, "row 2, value: expected 0 where nothing was seen"),
        ({"n_valid_cells": "0"}, "row 2, value: expected 0 where nothing was seen"),
        ({"error": "-1"}, "row 2, error: expected a number from 0"),
    ],
)
def test_a_wrong_field_is_told_with_its_row_and_remedy(
    fields: dict[str, str], message: str
) -> None:
    with pytest.raises(FieldProblem, match=message):
        looks_by_day(rows(fields), TODAY)


def test_two_rows_of_a_day_are_refused_and_both_named() -> None:
    with pytest.raises(FieldProblem, match=r"row 3, date: .* 2020-03-01, .*row 2"):
        looks_by_day(rows({}, {"date": "2020-03-01"}), TODAY)


def test_two_rows_of_a_day_and_cell_are_refused() -> None:
    twice = rows({"cell": "a"}, {"cell": "a", "date": "2020-03-01"})
    with pytest.raises(FieldProblem, match="row 3, date: expected one row of 2020-03-01, cell 'a'"):
        looks_by_cell(twice, TODAY)
    with pytest.raises(FieldProblem, match="row 2, cell: expected the name"):
        looks_by_cell(rows({"cell": ""}), TODAY)


def test_looks_must_have_as_many_cells_each() -> None:
    with pytest.raises(FieldProblem, match="row 3, cells: expected 3 signs"):
        looks_by_day(rows({"cells": "111"}, {"cells": "12"}), TODAY)


@pytest.mark.parametrize("read", [looks_by_day, looks_by_cell])
def test_no_rows_are_no_series(read) -> None:
    with pytest.raises(FieldProblem, match="found none"):
        read([], TODAY)


def test_more_cells_than_a_test_can_hold_are_refused() -> None:
    wide = "3" + "0" * (MAX_CELLS // 2)
    with pytest.raises(FieldProblem, match=r"at most 1,000,000 days times cells, found 2 days"):
        looks_by_day(rows({"cells": wide}, {"cells": wide}), TODAY)
