"""From stored series to rows of alerts, evidence, log and test, and back again."""

import datetime as dt
from typing import Any

from doubles.site_rows import lasting, series_rows, site_rows

from assets.anomalies.alerts.findings import SiteUnderTest
from assets.anomalies.site_rows import AnomalyRows, judge_site, with_replacements
from resources.lake.schema.tables import table_named

NOW = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
NOTHING = AnomalyRows([], [], [])
APRON = ("apron", "pattern")
WEAK = {60: 3.9, 61: 3.9}  # opens, and does not confirm
Row = dict[str, Any]


def judge(rows: list[Row], before: AnomalyRows = NOTHING, asked: float = 0.5) -> AnomalyRows:
    names = {"apron": "Main apron", "park": "Car park"}
    return judge_site(
        SiteUnderTest("site", asked, 45.0), rows, zone_names=names, before=before, now=NOW
    )


def changed(**columns: Any) -> list[Row]:
    return site_rows({APRON: lasting(60, 7.0)}, looks=66, **columns)


def test_an_alert_names_its_looks_and_what_they_showed() -> None:
    found = judge(changed())
    (alert,) = found.alerts
    assert (alert["status"], alert["direction"], alert["closed_on"]) == (
        "confirmed",
        "change",
        None,
    )
    assert (alert["meaning"], alert["headline"]) == ("changed", "Main apron other than usual")
    assert alert["first_seen_acquisition_id"] == "look-060"
    assert alert["first_acquisition_id"] in ("look-060", "look-061")
    assert alert["confirmed_acquisition_id"] >= alert["first_acquisition_id"]
    assert alert["confirmed_on"] > dt.date(2022, 12, 28)
    assert alert["confirmations"] == 5
    assert alert["summary"].endswith("Contains modified Copernicus Sentinel data 2022.")
    (evidence,) = found.evidence
    assert 7 < evidence["peak_z"] < 10
    assert (evidence["unit"], evidence["zone_id"]) == ("1", "apron")
    assert set(evidence["likely_causes"]) <= set(evidence["ordinary_causes"])
    assert len(evidence["cause_reasons"]) == len(evidence["ordinary_causes"]) == 8
    assert (evidence["direction"], evidence["meaning"]) == ("change", "changed")
    assert [row["status"] for row in found.log] == ["possible", "confirmed"]


def test_the_log_keeps_how_an_alert_read_when_it_came_to_a_status() -> None:
    """A second zone empties after the first was confirmed: the log of that time names one zone."""
    texture, park = ("apron", "texture"), ("park", "texture")
    planted = {texture: lasting(60, -7.0), park: lasting(64, -7.0)}
    found = judge(site_rows(planted, looks=70))
    (alert,) = found.alerts
    assert (alert["direction"], alert["meaning"]) == ("fall", "emptied")
    assert alert["headline"] == "Main apron and Car park emptier than usual"
    assert {(row["direction"], row["headline"]) for row in found.log} == {
        ("fall", "Main apron emptier than usual")
    }


def test_an_alert_carries_the_rate_asked_for_and_what_it_comes_to() -> None:
    found = judge(changed())
    (alert,), (test,) = found.alerts, found.tests
    assert alert["false_alarms_per_year"] < 0.1
    assert alert["false_alarms_per_year_asked"] == test["false_alarms_per_year_asked"] == 0.5
    assert 0.1 < test["false_alarms_per_year_achieved"] < 2.0
    assert alert["false_alarms_per_year_achieved"] == test["false_alarms_per_year_achieved"]
    assert (test["state"], test["looks_missing"], test["series"]) == ("tested", 0, 8)
    assert 0.5 < test["quiet_years"] < 1.1


def test_who_asks_for_fewer_false_alarms_gets_fewer_alerts() -> None:
    rows = site_rows({APRON: lasting(60, 3.0)}, looks=64)
    found = [judge(rows, asked=asked) for asked in (12.0, 0.01)]
    assert len(found[0].alerts) > len(found[1].alerts)


def test_more_looks_make_a_higher_score_and_an_ordinary_cause_a_lower_one() -> None:
    def score(rows: list[Row]) -> float:
        return judge(rows).alerts[0]["score"]

    bright = {(zone, "brightness"): lasting(60, 5.0) for zone in ("apron", "park")} | {
        APRON: lasting(60, 7.0)
    }
    clear, hazy = (site_rows(bright, looks=66, haze_fraction=share) for share in (0.0, 0.3))
    possible = score(site_rows({APRON: WEAK}, looks=62, is_exact=True))
    assert possible < score(changed())
    assert score(hazy) <= score(clear)
    causes = [judge(rows).evidence[0]["likely_causes"] for rows in (clear, hazy)]
    assert set(causes[0]) <= set(causes[1])


def test_a_young_site_says_how_many_looks_are_missing_and_opens_nothing() -> None:
    made = site_rows({APRON: lasting(2, 40.0)}, looks=5)
    found = judge([{**row, "state": "learning", "z": None} for row in made])
    assert (found.alerts, found.log) == ([], [])
    (test,) = found.tests
    assert (test["state"], test["looks_missing"]) == ("learning", 7)
    assert test["false_alarms_per_year_achieved"] is None
    young = judge(site_rows({APRON: lasting(2, 40.0)}, looks=5, baseline_n=4))
    assert (young.alerts, young.tests[0]["looks_missing"]) == ([], 4)


def test_rows_have_the_columns_of_their_tables() -> None:
    found = judge(changed())
    for table, made in (
        ("alerts", found.alerts),
        ("alert_evidence", found.evidence),
        ("alert_log", found.log),
        ("site_tests", found.tests),
    ):
        columns = {column.name for column in table_named(table).columns}
        assert set(made[0]) <= columns, table


def test_a_second_judgement_changes_nothing() -> None:
    first = judge(changed())
    assert judge(changed(), before=first) == first


def test_an_alert_that_the_series_no_longer_show_is_withdrawn_once() -> None:
    first, quiet = judge(changed()), site_rows({}, looks=66)
    second = judge(quiet, before=first)
    (alert,) = second.alerts
    assert (alert["status"], alert["alert_id"]) == ("withdrawn", first.alerts[0]["alert_id"])
    assert [(row["status"], row["known_at"]) for row in second.log] == [("withdrawn", NOW)]
    assert alert["summary"].startswith("Withdrawn: the looks do not show it any more.")
    assert first.alerts[0]["summary"] in alert["summary"]
    assert second.evidence == first.evidence
    third = judge(quiet, before=second)
    assert third.alerts == second.alerts
    assert third.log == []


def test_a_reprocessed_scene_tests_what_followed_again() -> None:
    """The look that opened turns out quiet: its alert goes, the one of the next look comes."""
    first = judge(changed())
    again = changed()
    for row in again:
        if row["acquisition_id"] == first.alerts[0]["first_acquisition_id"]:
            row["z"], row["departure"], row["value"] = 0.0, 0.0, row["expected"]
    second = judge(again, before=first)
    statuses = {row["alert_id"]: row["status"] for row in second.alerts}
    assert statuses.pop(first.alerts[0]["alert_id"]) == "withdrawn"
    assert list(statuses.values()) == ["confirmed"]
    (now,) = statuses
    replaced = {row["alert_id"]: row["replaced_by"] for row in second.alerts}
    assert replaced == {first.alerts[0]["alert_id"]: now, now: None}
    assert judge(again, before=second).alerts == second.alerts


def test_another_zone_or_another_time_replaces_nothing() -> None:
    gone = {"alert_id": "a", "status": "withdrawn", "opened_on": dt.date(2020, 5, 1),
            "first_seen_on": dt.date(2020, 4, 20), "closed_on": dt.date(2020, 6, 1)}  # fmt: skip
    same = {**gone, "alert_id": "b", "status": "closed", "opened_on": dt.date(2020, 5, 9)}
    later = {**same, "alert_id": "c", "first_seen_on": dt.date(2020, 6, 2),
             "opened_on": dt.date(2020, 6, 9), "closed_on": None}  # fmt: skip
    other = {**same, "alert_id": "d", "opened_on": dt.date(2020, 5, 1)}
    zones = {"a": "yard", "b": "yard", "c": "yard", "d": "quay"}
    evidence = [{"alert_id": one, "zone_id": zone} for one, zone in zones.items()]
    found = {row["alert_id"]: row["replaced_by"]
             for row in with_replacements([gone, same, later, other], evidence)}  # fmt: skip
    assert found == {"a": "b", "b": None, "c": None, "d": None}
    (alone, *_) = with_replacements([gone, later, other], evidence)
    assert alone["replaced_by"] is None


def test_a_status_that_reprocessing_takes_back_is_in_the_log_from_now_on_once() -> None:
    """The looks that confirmed turn out quiet: possible again; a run later nothing more is said."""
    first = judge(site_rows({APRON: {**WEAK, 62: 9.0, 63: 9.0}}, looks=64, is_exact=True))
    again = site_rows({APRON: {**WEAK, 62: 0.0, 63: 0.0}}, looks=64, is_exact=True)
    second = judge(again, before=first)
    (before,), (alert,) = first.alerts, second.alerts
    assert before["alert_id"] == alert["alert_id"]
    assert (before["status"], alert["status"]) == ("confirmed", "possible")
    assert [row["status"] for row in second.log if row["known_at"] == NOW] == ["possible"]
    stored = AnomalyRows(second.alerts, second.evidence, [*first.log, *second.log])
    assert [row for row in judge(again, before=stored).log if row["known_at"] == NOW] == []


def test_an_ended_alert_that_goes_on_after_all_is_in_the_log_from_now_on() -> None:
    first = judge(site_rows({APRON: dict.fromkeys(range(60, 63), 8.0)}, looks=68))
    second = judge(site_rows({APRON: dict.fromkeys(range(60, 68), 8.0)}, looks=68), before=first)
    assert [row["status"] for row in (*first.alerts, *second.alerts)] == ["closed", "confirmed"]
    assert [row["status"] for row in second.log if row["known_at"] == NOW] == ["confirmed"]


def test_indices_that_are_not_tested_open_nothing() -> None:
    rows = series_rows([0.0] * 60 + [40.0] * 5, index="pattern")
    others = [{**row, "index_name": "objects_large"} for row in rows]
    assert judge(rows).alerts
    assert not judge(others).alerts
    assert not judge([{**row, "index_name": "changed_area"} for row in rows]).alerts


def test_a_site_without_judged_looks_has_no_alerts() -> None:
    found = judge([])
    assert (found.alerts, found.evidence, found.log) == ([], [], [])
    assert found.tests[0]["state"] == "learning"
