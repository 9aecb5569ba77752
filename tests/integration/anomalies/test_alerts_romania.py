"""All 66 months of the real scenes: the road is found when it could be, the forest stays quiet."""

import datetime as dt

import pytest
from known_when import known_dates

from resources.months import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]


def test_all_looks_were_worked_in_two_runs(whole) -> None:
    post, watched = whole
    assert watched.looks == 140
    assert len(watched.run_ids) == 2
    assert {time.stage for time in watched.times} == {
        "scenes",
        "cloud_masks",
        "activity",
        "anomalies",
        "dossiers",
    }
    assert post.duplicates() == {}
    counts = post.counts()
    assert (counts["scenes"], counts["cloud_masks"], counts["refusals"]) == (140, 420, 0)
    assert counts["site_months"] == 66 * 3 + 1


def test_the_road_is_an_alert_of_the_corridor_opened_and_confirmed_on_its_days(whole) -> None:
    post, _ = whole
    found = post.lake.query(
        "SELECT DISTINCT a.opened_on, a.confirmed_on, z.zone_id, z.first_on"
        " FROM alerts AS a JOIN alert_zones AS z USING (alert_id)"
        " WHERE a.opened_on = DATE '2017-04-12' AND z.first_on = DATE '2017-04-12'"
    )
    assert [{key: str(value) for key, value in row.items()} for row in found] == [
        {
            "opened_on": "2017-04-12",
            "confirmed_on": "2017-04-12",
            "zone_id": "corridor",
            "first_on": "2017-04-12",
        }
    ]


def test_the_road_closes_as_the_new_normal(whole) -> None:
    post, _ = whole
    (alert,) = post.lake.query(
        "SELECT status, closed_as, closed_on, direction, meaning, headline, summary FROM alerts"
        " WHERE opened_on = DATE '2017-04-12'"
    )
    assert (alert["status"], alert["closed_as"]) == ("closed", "new_normal")
    assert (alert["direction"], alert["meaning"]) == ("rise", "built")
    assert alert["headline"] == "Road corridor bare or built on where plants grew"
    # there is no look from October to the next April, and the second one there settles it
    assert alert["closed_on"] == dt.date(2018, 4, 12)
    assert "since between 2016-10-14 and 2017-04-02" in alert["summary"]


def test_nothing_is_confirmed_before_the_road(whole) -> None:
    post, _ = whole
    rows = post.lake.query("SELECT min(confirmed_on) AS first FROM alerts")
    assert str(rows[0]["first"]) == "2017-04-12"


@pytest.mark.parametrize("day", ["2016-12-03", "2017-01-02"])
def test_snow_and_haze_that_scl_misses_are_no_valid_looks(whole, day: str) -> None:
    post, _ = whole
    masks = post.lake.query(
        "SELECT zone_id, state FROM cloud_masks WHERE CAST(sensed_at AS DATE) = CAST(? AS DATE)",
        [day],
    )
    judged = post.lake.query(
        "SELECT state, z FROM activity WHERE CAST(sensed_at AS DATE) = CAST(? AS DATE)", [day]
    )
    assert len(masks) == 3
    assert "valid" not in {row["state"] for row in masks}
    assert "valid" not in {row["state"] for row in judged}
    assert {row["z"] for row in judged} == {None}


@pytest.mark.parametrize("zone", ["forest-south", "meadow-north"])
def test_no_confirmed_alert_has_forest_or_meadow_as_evidence(whole, zone: str) -> None:
    post, _ = whole
    where = "FROM alert_zones WHERE zone_id = ? AND confirmed_on IS NOT NULL"
    assert post.lake.query(where, [zone]) == []


def test_the_rate_asked_for_and_the_one_achieved_are_stored_and_shown(whole) -> None:
    post, _ = whole
    (test,) = post.lake.query("FROM site_tests")
    assert (test["state"], test["series"], test["looks_missing"]) == ("tested", 30, 0)
    assert test["false_alarms_per_year_asked"] == 0.5
    assert 0.1 < test["false_alarms_per_year_achieved"] < 1.5
    rows = post.lake.query("SELECT DISTINCT false_alarms_per_year_asked AS asked FROM alerts")
    assert rows == [{"asked": 0.5}]


def test_the_log_at_every_date_is_that_of_a_run_which_stopped_then(whole) -> None:
    post, _ = whole
    found = known_dates(post.lake, "romania-road")
    assert len(found) > 40
    for day, (stored, stopped) in found.items():
        assert stored == stopped, day


def test_items_without_orbit_and_time_are_a_group_of_their_own(whole) -> None:
    post, _ = whole
    orbits = post.lake.query("SELECT DISTINCT relative_orbit AS orbit FROM scenes")
    assert orbits == [{"orbit": None}]
    judged = post.lake.query("SELECT count(*) AS n FROM activity WHERE z IS NOT NULL")
    assert judged[0]["n"] > 500


def test_what_was_known_before_the_second_look_was_nothing_yet(whole) -> None:
    """One look of the road comes more often than 0.5 false alarms a year, so it opens nothing."""
    post, _ = whole
    alert = "SELECT status FROM as_known_on(DATE '{}') WHERE opened_on = DATE '2017-04-12'"
    assert post.lake.query(alert.format("2017-04-11")) == []
    assert post.lake.query(alert.format("2017-04-12")) == [{"status": "confirmed"}]
    assert post.lake.query(alert.format("2018-04-01")) == [{"status": "confirmed"}]
    assert post.lake.query(alert.format("2018-12-31")) == [{"status": "closed"}]
    assert post.lake.query("FROM as_known_on(DATE '2017-04-01') WHERE status = 'confirmed'") == []


def test_each_alert_is_listed_with_its_zones_and_dates(whole) -> None:
    post, _ = whole
    missing = post.lake.query(
        "SELECT alert_id FROM alerts WHERE alert_id NOT IN (SELECT alert_id FROM alert_zones)"
    )
    assert missing == []
    rows = post.lake.query("FROM alert_zones")
    assert rows
    for row in rows:
        assert row["zone_id"] in ("corridor", "forest-south", "meadow-north")
        assert row["opened_on"] <= row["first_on"]
        assert row["closed_on"] is None or row["peak_on"] <= row["closed_on"]
        assert row["confirmed_on"] is None or row["opened_on"] <= row["confirmed_on"]
        assert row["ordinary_causes"]
        assert row["unit"]


def test_open_alerts_are_those_that_are_possible_or_confirmed(whole) -> None:
    post, _ = whole
    rows = post.lake.query("SELECT alert_id, closed_on FROM open_alerts")
    asked = post.lake.query("SELECT alert_id FROM alerts WHERE closed_on IS NULL")
    assert {row["alert_id"] for row in rows} == {row["alert_id"] for row in asked}
    assert all(row["closed_on"] is None for row in rows)


def test_nothing_looks_ahead(whole, ordered) -> None:
    """The rows of the first 21 months do not depend on the 45 after them."""
    post, _ = whole
    until = Month(2017, 4)
    assert post.rows(until=until) == ordered.rows(until=until)
    known = (
        "SELECT alert_id, status, known_at FROM alert_log WHERE known_at < '2017-05-01'"
        " ORDER BY ALL"
    )
    assert post.lake.query(known) == ordered.lake.query(known)


def test_every_check_of_every_table_was_made_and_holds(whole) -> None:
    """Two are meant to warn: the newest real look is years old, and an alert is open."""
    post, watched = whole
    results = {}
    for run_id in watched.run_ids:
        for record in post.instance.all_logs(run_id):
            event = record.dagster_event
            if event is not None and event.event_type_value == "ASSET_CHECK_EVALUATION":
                found = event.asset_check_evaluation_data
                results[found.check_name] = found.passed
    failed = {name for name, passed in results.items() if not passed}
    known = post.definitions.resolve_asset_graph().asset_check_keys
    assert {key.name for key in known} == set(results)
    assert failed <= {"latest_look_is_not_stale", "no_alert_is_open"}
