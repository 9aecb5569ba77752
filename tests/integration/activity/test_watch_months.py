"""Five months worked in four ways: one run, month by month, Dagster's back-fill, the schedule."""

import datetime as dt
import logging
from collections.abc import Callable

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.selector import (
    PartitionRangeSelector,
    PartitionsByAssetSelector,
    PartitionsSelector,
)
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.backfill import execute_backfill_iteration

from assets.partitions import partition_key
from pipelines.automation.schedules import daily_watch
from resources.months import Month, months_between

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("stretch")]

STRETCH = months_between(Month(2016, 12), Month(2017, 4))
ROAD = "romania-road"
KEYS = [partition_key(ROAD, month) for month in STRETCH]
IN_THIS_PROCESS = {
    "run_launcher": {
        "module": "dagster._core.launcher.sync_in_memory_run_launcher",
        "class": "SyncInMemoryRunLauncher",
    },
    "run_coordinator": {
        "module": "dagster._core.run_coordinator.default_run_coordinator",
        "class": "DefaultRunCoordinator",
    },
}


def test_the_stretch_is_worth_comparing(ordered) -> None:
    looks = ordered.lake.query(
        "SELECT count(DISTINCT acquisition_id) AS n, count(z) AS judged FROM activity"
        " WHERE sensed_at >= '2016-12-01'"
    )[0]
    assert looks["n"] == 6
    assert looks["judged"] >= 50
    assert ordered.counts()["alerts"] >= 1
    assert ordered.duplicates() == {}


def test_month_by_month_gives_the_rows_of_one_run(after_history: Callable, ordered) -> None:
    post = after_history("by-month")
    for month in STRETCH:
        post.run_month(month)
    post.judge()
    assert post.rows() == ordered.rows()


def test_a_back_fill_of_dagster_gives_the_rows_of_one_run(
    after_history: Callable, ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planned and submitted by the code of Dagster's own daemon, as one run."""
    post = after_history("back-fill")
    post.close()
    config = post.settings.dagster_home / "dagster.yaml"
    config.write_text(config.read_text() + yaml.safe_dump(IN_THIS_PROCESS))
    monkeypatch.setenv("SITEWATCH_DATA", str(post.data))
    with dg.DagsterInstance.from_config(str(post.settings.dagster_home)) as instance:
        (run,) = back_fill(instance)
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/asset_partition_range_start"] == KEYS[0]
    assert run.tags["dagster/asset_partition_range_end"] == KEYS[-1]
    post.judge()
    assert post.rows() == ordered.rows()


def back_fill(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Ask for the stretch, let the daemon's iterations work it, and give its runs."""
    target = ModuleTarget(
        "pipelines.definitions", attribute=None, working_directory=None, location_name="sitewatch"
    )
    months = PartitionsSelector(ranges=[PartitionRangeSelector(start=KEYS[0], end=KEYS[-1])])
    with (
        create_test_daemon_workspace_context(target, instance) as workspace,
        partition_loading_context(dynamic_partitions_store=instance),
    ):
        instance.add_backfill(
            PartitionBackfill.from_partitions_by_assets(
                backfill_id="stretch",
                asset_graph=workspace.create_request_context().asset_graph,
                backfill_timestamp=dt.datetime.now(dt.UTC).timestamp(),
                tags={},
                dynamic_partitions_store=instance,
                partitions_by_assets=[
                    PartitionsByAssetSelector(asset_key=dg.AssetKey(name), partitions=months)
                    for name in ("scenes", "cloud_masks", "activity")
                ],
                title=None,
                description=None,
                run_config={},
            )
        )
        for _ in range(10):
            errors = [e for e in execute_backfill_iteration(workspace, logging.getLogger()) if e]
            assert errors == []
            found = instance.get_backfill("stretch")
            if found is None or found.status is not BulkActionStatus.REQUESTED:
                break
    assert found is not None
    assert found.status is BulkActionStatus.COMPLETED_SUCCESS
    return list(instance.get_runs(filters=dg.RunsFilter(tags={"dagster/backfill": "stretch"})))


def test_the_daily_schedule_gives_the_rows_of_one_run(after_history: Callable, ordered) -> None:
    """On the 6th it asks for the month before as well, on the 21st for the month alone."""
    post = after_history("daily")
    for number, month in enumerate(STRETCH):
        day = month.start + dt.timedelta(days=20 if number % 2 else 5, hours=6.5)
        context = dg.build_schedule_context(
            instance=post.instance,
            scheduled_execution_time=day,
            resources={"lake": post.resources["lake"]},
        )
        requests = daily_watch(context)
        assert len(requests) == 1
        post.fulfil("watch_months", requests)
    post.judge()
    assert post.rows() == ordered.rows()


def test_a_second_run_changes_no_row(ordered) -> None:
    before = ordered.counts(), ordered.snapshot(), ordered.rows()
    ordered.watch(STRETCH[0], STRETCH[-1])
    assert (ordered.counts(), ordered.snapshot(), ordered.rows()) == before
