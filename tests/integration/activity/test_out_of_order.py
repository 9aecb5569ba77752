"""A month that ran before its history: it says so, is asked for again, and comes out the same."""

from collections.abc import Callable

import dagster as dg
import pytest

from pipelines.automation.sensors import months_behind_their_history, new_activity
from resources.months import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("stretch")]

ROAD = "romania-road"
EARLY, FAR = Month(2017, 4), Month(2019, 6)
"""The month of the road, and one that leans on nothing before 2017-06."""
ASKED = ("2017-04-01|romania-road", "2017-04-01|romania-road")


def range_of(request: dg.RunRequest) -> tuple[str, str]:
    """First and last partition of what a sensor asks for."""
    return (
        request.tags["dagster/asset_partition_range_start"],
        request.tags["dagster/asset_partition_range_end"],
    )


def test_months_that_ran_before_their_history_are_run_again_until_rows_agree(
    romania, post_at: Callable, ordered, tmp_path_factory: pytest.TempPathFactory
) -> None:
    post = post_at(tmp_path_factory.mktemp("out-of-order") / "data")
    post.take(romania.sites, romania.archive)

    post.run_month(EARLY)
    post.run_month(FAR)
    states = post.lake.query(
        "SELECT DISTINCT a.state, a.z IS NULL AS is_unjudged FROM activity AS a"
        " JOIN cloud_masks AS m USING (site_id, acquisition_id, zone_id) WHERE m.state = 'valid'"
    )
    assert states == [{"state": "learning", "is_unjudged": True}]
    behind = post.ask(months_behind_their_history)
    assert behind.requests == []
    assert behind.reason == "Every month agrees with its history."

    first = post.ask(new_activity)
    assert [request.partition_key for request in first.requests] == [ROAD]
    assert first.keys == post.ask(new_activity).keys, "one state is asked for under one key"
    post.fulfil("watch_site", first.requests)
    done = post.ask(new_activity)
    assert done.requests == []
    assert done.reason == "No new activity has landed."
    assert post.counts()["alerts"] == 0

    post.run_months(Month(2015, 8), Month(2017, 3))
    waiting = post.ask(new_activity)
    assert waiting.requests == [], "alerts wait until no month is behind"
    assert waiting.reason
    keys = set()
    behind = post.ask(months_behind_their_history)
    while behind.requests:
        assert [range_of(request) for request in behind.requests] == [ASKED]
        assert behind.keys == post.ask(months_behind_their_history).keys
        keys.update(behind.keys)
        post.fulfil("watch_months", behind.requests)
        behind = post.ask(months_behind_their_history)
    assert len(keys) == 1, "once was to be enough"
    assert post.rows(until=EARLY) == ordered.rows(until=EARLY)

    asked = post.ask(new_activity)
    assert [request.partition_key for request in asked.requests] == [ROAD]
    assert asked.keys != first.keys
    post.fulfil("watch_site", asked.requests)
    alerts = post.lake.query(
        "SELECT opened_on, confirmed_on FROM alerts WHERE status = 'confirmed'"
    )
    assert [(str(row["opened_on"]), str(row["confirmed_on"])) for row in alerts] == [
        ("2017-04-12", "2017-04-12")
    ]
    assert post.ask(new_activity).requests == []


def test_a_month_in_the_middle_asks_for_all_worked_months_after_it(after_history: Callable) -> None:
    """December 2016 has two looks that every later month leans on."""
    post = after_history("gap")
    post.run_months(Month(2017, 1), Month(2017, 4))
    assert post.ask(months_behind_their_history).requests == []
    post.run_month(Month(2016, 12))
    (request,) = post.ask(months_behind_their_history).requests
    assert range_of(request) == ("2017-01-01|romania-road", "2017-04-01|romania-road")
