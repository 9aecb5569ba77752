"""From stored series to rows of alerts, evidence and log, and back again."""

import datetime as dt
from typing import Any

from assets.anomalies.judge import Judgement, judge_site, series_of
from resources.lake_schema import table_named

NOW = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
NOTHING = Judgement([], [], [])
Row = dict[str, Any]


def rows(evidence: list[float], *, zone: str = "apron", index: str = "occupancy") -> list[Row]:
    start = dt.datetime(2024, 1, 3, 9, tzinfo=dt.UTC)
    return [
        {
            "zone_id": zone,
            "index_name": index,
            "acquisition_id": f"look-{number:03d}",
            "sensed_at": start + dt.timedelta(days=5 * number),
            "known_at": start + dt.timedelta(days=5 * number, hours=6),
            "value": 1000.0 * z,
            "expected": 0.0,
            "standard_error": 100.0,
            "expected_error": 900.0,
            "z": z,
            "baseline_n": 24,
            "attribution": "Contains modified Copernicus Sentinel data 2024",
        }
        for number, z in enumerate(evidence)
    ]


def judge(series: list[Row], before: Judgement = NOTHING) -> Judgement:
    names = {"apron": "Main apron", "park": "Car park"}
    return judge_site("site", series, zone_names=names, before=before, now=NOW)


def test_an_alert_names_its_looks_and_what_they_showed() -> None:
    found = judge(rows([0.0, 0, 4, 5, 4.5]))
    (alert,) = found.alerts
    assert (alert["status"], alert["direction"], alert["confirmations"]) == ("confirmed", "rise", 2)
    assert (alert["opened_on"], alert["confirmed_on"]) == (
        dt.date(2024, 1, 13),
        dt.date(2024, 1, 18),
    )
    assert (alert["first_acquisition_id"], alert["peak_acquisition_id"]) == ("look-002", "look-003")
    assert alert["closed_on"] is None
    assert alert["summary"].endswith("Contains modified Copernicus Sentinel data 2024.")
    (evidence,) = found.evidence
    assert (evidence["peak_z"], evidence["effect"], evidence["unit"]) == (5, 5000, "m2")
    assert [row["status"] for row in found.log] == ["possible", "confirmed"]
    assert found.log[0]["known_at"] == dt.datetime(2024, 1, 13, 15, tzinfo=dt.UTC)


def test_rows_have_the_columns_of_their_tables() -> None:
    found = judge(rows([0.0, 0, 6, 8, 7]))
    for table, made in (
        ("alerts", found.alerts),
        ("alert_evidence", found.evidence),
        ("alert_log", found.log),
    ):
        columns = {column.name for column in table_named(table).columns}
        assert set(made[0]) <= columns, table


def test_a_second_judgement_changes_nothing() -> None:
    first = judge(rows([0.0, 0, 6, 8, 7]))
    again = judge(rows([0.0, 0, 6, 8, 7]), before=first)
    assert again == first


def test_an_alert_that_the_series_no_longer_show_is_withdrawn_once() -> None:
    first = judge(rows([0.0, 0, 6, 8, 7]))
    second = judge(rows([0.0, 0, 0, 0, 0]), before=first)
    (alert,) = second.alerts
    assert (alert["status"], alert["alert_id"]) == ("withdrawn", first.alerts[0]["alert_id"])
    assert [(row["status"], row["known_at"]) for row in second.log] == [("withdrawn", NOW)]
    assert second.evidence == first.evidence
    third = judge(rows([0.0, 0, 0, 0, 0]), before=second)
    assert third.alerts == second.alerts
    assert third.log == []


def test_alerts_of_other_looks_have_other_ids_and_the_same_looks_the_same() -> None:
    one = judge(rows([0.0, 0, 6, 8])).alerts[0]["alert_id"]
    longer = judge(rows([0.0, 0, 6, 8, 7, 0, 0, 0, 0])).alerts[0]["alert_id"]
    later = judge(rows([0.0, 0, 0, 6, 8])).alerts[0]["alert_id"]
    assert one == longer != later


def test_indices_that_are_not_tested_open_nothing() -> None:
    assert judge(rows([0.0, 5.0])).alerts
    assert not judge(rows([0.0, 5.0], index="objects_large")).alerts


def test_a_site_without_judged_looks_has_no_rows() -> None:
    assert judge([]) == NOTHING
    assert series_of([]) == {}
