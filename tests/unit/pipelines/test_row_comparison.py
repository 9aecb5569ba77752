"""Rows beside rows: what is changed, missing or too many is found and named, and nothing else."""

import datetime as dt
import json
import math

import pytest

from pipelines.reproduce.report import difference_line
from pipelines.reproduce.row_comparison import (
    CHANGED,
    COMPARED,
    LEFT_OUT,
    MISSING,
    NOT_RECOMPUTED,
    REPEATED,
    SURPLUS,
    RowDifference,
    as_json_value,
    compare_rows,
    earlier_judgement_rule,
    is_same_value,
)
from resources.lake.schema.tables import ACTIVITY, ALERT_LOG, ALERTS, OUTBOX, SITES, TABLES, ZONES

NOON = dt.datetime(2024, 9, 22, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(days=3)


def activity(look: str = "look-1", **columns: object) -> dict[str, object]:
    row = dict.fromkeys(ACTIVITY.column_names)
    return {
        **row,
        "site_id": "base",
        "zone_id": "apron",
        "acquisition_id": look,
        "index_name": "changed_area",
        "sensed_at": NOON,
        "value": 0.1 + 0.2,
        "z": 3.25,
        "baseline_n": 14,
        "state": "valid",
        "flags": ["haze", "low_sun"],
        **columns,
    }


def log(status: str, known_at: dt.datetime, **columns: object) -> dict[str, object]:
    row = {"alert_id": "a1", "known_at": known_at, "status": status, "site_id": "base"}
    return {**row, "recorded_at": LATER, "run_id": "newest", "snapshot_id": 7, **columns}


def test_equal_rows_are_equal_in_any_order() -> None:
    rows = [activity("look-1"), activity("look-2", z=None, flags=[])]
    found = compare_rows(ACTIVITY, rows, [dict(row) for row in reversed(rows)])
    assert (found.differing, found.differences, found.set_aside) == (0, (), ())
    assert (found.stored, found.recomputed) == (2, 2)
    assert found.values == 2 * len(ACTIVITY.column_names)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("value", math.nextafter(0.1 + 0.2, 1)),
        ("value", None),
        ("value", math.nan),
        ("z", 3.250000001),
        ("baseline_n", 13),
        ("state", "partial"),
        ("sensed_at", NOON + dt.timedelta(microseconds=1)),
        ("flags", ["low_sun", "haze"]),
        ("flags", []),
        ("expected", 0.0),
    ],
)
def test_a_changed_value_is_found_and_named(column: str, value: object) -> None:
    rows = [activity("look-1"), activity("look-2")]
    changed = [rows[0], {**rows[1], column: value}]
    found = compare_rows(ACTIVITY, changed, rows)
    (one,) = found.differences
    assert found.differing == 1
    assert (one.table, one.what, one.column) == ("activity", CHANGED, column)
    assert one.key["acquisition_id"] == "look-2"
    assert is_same_value(one.stored, value)
    assert is_same_value(one.recomputed, rows[1][column])
    told = difference_line(one)
    assert "activity [site_id base, zone_id apron, acquisition_id look-2" in told
    assert f"{column}: " in told


def test_a_row_with_two_changed_values_is_one_row_and_two_differences() -> None:
    found = compare_rows(ACTIVITY, [activity(z=1.0, value=2.0)], [activity()])
    assert (found.differing, len(found.differences)) == (1, 2)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (None, None, True),
        (math.nan, math.nan, True),
        (math.nan, None, False),
        (math.nan, 0.0, False),
        (0.0, None, False),
        (1, True, False),
        (0, False, False),
        ([1.0, math.nan], [1.0, math.nan], True),
        ([1.0, None], [1.0, math.nan], False),
        ([1.0], [1.0, 1.0], False),
        ("", None, False),
    ],
)
def test_null_nan_and_nothing_are_told_apart(one: object, other: object, *, is_same: bool) -> None:
    assert is_same_value(one, other) is is_same
    assert is_same_value(other, one) is is_same


@pytest.mark.parametrize(
    ("stored", "recomputed", "relative"),
    [
        (2.0, 1.0, 0.5),
        (0.0, 0.0, 0.0),
        (math.nan, 1.0, None),
        (1.0, -math.inf, None),
        (1.7e308, -1.7e308, None),
        (1.0, None, None),
        (True, 1.0, None),
    ],
)
def test_only_finite_distances_are_told(
    stored: object, recomputed: object, relative: float | None
) -> None:
    found = RowDifference("activity", {}, CHANGED, "value", stored, recomputed)
    assert found.relative == relative


def test_missing_and_surplus_rows_are_found() -> None:
    kept, lost, added = activity("look-1"), activity("look-2"), activity("look-3")
    found = compare_rows(ACTIVITY, [kept, added], [kept, lost])
    assert found.differing == 2
    what = {(one.what, one.key["acquisition_id"]) for one in found.differences}
    assert what == {(SURPLUS, "look-3"), (MISSING, "look-2")}
    assert any("not in the lake" in difference_line(one) for one in found.differences)


def test_a_row_that_stands_twice_differs_each_further_time() -> None:
    for stored, recomputed in (([activity()] * 3, [activity()]), ([activity()], [activity()] * 3)):
        found = compare_rows(ACTIVITY, stored, recomputed)
        assert found.differing == 2
        assert [one.what for one in found.differences] == [REPEATED, REPEATED]
        assert found.differences[0].key["acquisition_id"] == "look-1"


def test_bookkeeping_may_differ() -> None:
    stored = log("possible", NOON)
    again = {**stored, "recorded_at": NOON, "run_id": "other", "snapshot_id": 8}
    assert compare_rows(ALERT_LOG, [stored], [again]).differing == 0


def test_words_of_earlier_judgements_are_set_aside_and_no_others() -> None:
    stands = log("possible", NOON)
    earlier = log("confirmed", NOON, run_id="older", recorded_at=NOON + dt.timedelta(days=1))
    of_that_moment = log("withdrawn", LATER)
    made_up = log("closed", NOON)
    stored = [stands, earlier, of_that_moment, made_up]
    rule = earlier_judgement_rule(stored, withdrawn=["gone"])
    found = compare_rows(ALERT_LOG, stored, [stands], rule)
    assert [row["status"] for row in found.set_aside] == ["confirmed", "withdrawn"]
    (one,) = found.differences
    assert (one.what, one.key["status"]) == (SURPLUS, "closed")


def test_an_alert_that_was_taken_back_need_not_be_found_again_but_any_other_must() -> None:
    row = dict.fromkeys(ALERTS.column_names)
    gone = {**row, "alert_id": "gone", "status": "withdrawn"}
    made_up = {**row, "alert_id": "invented", "status": "confirmed"}
    rule = earlier_judgement_rule([], withdrawn=["gone"])
    found = compare_rows(ALERTS, [gone, made_up], [], rule)
    assert [row["alert_id"] for row in found.set_aside] == ["gone"]
    assert [one.key["alert_id"] for one in found.differences] == ["invented"]


def test_a_row_known_earlier_than_stored_is_missing_however_old_its_run() -> None:
    """A log whose date was put back is found by the row that it should have."""
    stored = log("possible", NOON - dt.timedelta(days=9), run_id="older", recorded_at=NOON)
    rule = earlier_judgement_rule([stored, log("closed", LATER)], withdrawn=[])
    found = compare_rows(ALERT_LOG, [stored], [log("possible", NOON)], rule)
    assert [one.what for one in found.differences] == [MISSING]


def test_every_table_of_the_lake_is_compared_or_has_a_reason() -> None:
    inputs = {SITES.name, ZONES.name}
    assert {table.name for table in COMPARED} | set(NOT_RECOMPUTED) | inputs == set(TABLES)
    assert OUTBOX.name in NOT_RECOMPUTED
    names = {name for table in TABLES.values() for name in table.column_names}
    assert set(LEFT_OUT) <= names
    assert all(LEFT_OUT.values())
    for table in COMPARED:
        assert not set(table.key) & set(LEFT_OUT), table.name


def test_any_value_can_be_written_as_json() -> None:
    value = [NOON, NOON.date(), b"\x01", math.nan, None, [1, 2.5], {"at": NOON, "z": [math.inf]}]
    assert json.dumps(as_json_value(value), allow_nan=False)
