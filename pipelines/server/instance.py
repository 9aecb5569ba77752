"""Dagster's own home under the data folder, and the tidying after runs that were killed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import dagster as dg

from resources.process import PROCESS_TAG, is_gone

HOME_CONFIG: Final = """\
# Written by sitewatch. One stage at a time writes to the lake; nothing is reported to anyone.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
    granularity: op
run_retries:
  enabled: true
  max_retries: 1
freshness:
  enabled: true
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
"""


def open_instance(home: Path) -> dg.DagsterInstance:
    """Dagster's instance in a folder, made at first use."""
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():  # one that an operator has changed is left alone
        config.write_text(HOME_CONFIG)
    return dg.DagsterInstance.from_config(str(home))


def end_killed_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of processes that are gone as failed, and free the pool that they held.

    Without it a killed command would leave the one writer's place taken for ever.

    Returns:
        Ids of those runs.
    """
    going = [
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.NOT_STARTED,
    ]
    ended = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=going)):
        process = run.tags.get(PROCESS_TAG)
        if process is not None and is_gone(process):
            instance.report_run_failed(run, "The process that ran it ended before it did.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended
