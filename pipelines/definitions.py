"""Everything Dagster is to know, in one place, with resources that can be others in tests."""

from collections.abc import Mapping

import dagster as dg

from assets.activity import checks as activity_checks
from assets.activity.asset import activity
from assets.anomalies import checks as anomaly_checks
from assets.anomalies.asset import anomalies
from assets.clouds import checks as cloud_checks
from assets.clouds.asset import cloud_masks
from assets.detectability.asset import detectability
from assets.dossiers import checks as dossier_checks
from assets.dossiers.asset import dossiers
from assets.scenes import checks as scene_checks
from assets.scenes.asset import scenes
from assets.upkeep import lake_upkeep
from pipelines.automation import jobs, notify_job, schedules, sensors
from resources.settings import load_settings
from resources.wiring.dagster import build_resources


def build_defs(
    resources: Mapping[str, object] | None = None,
    *,
    loggers: Mapping[str, dg.LoggerDefinition] | None = None,
) -> dg.Definitions:
    """The whole watch; `resources` and `loggers` stand in for the configured ones."""
    check_modules = [
        scene_checks,
        cloud_checks,
        activity_checks,
        anomaly_checks,
        dossier_checks,
    ]
    return dg.Definitions(
        assets=[scenes, cloud_masks, activity, anomalies, detectability, dossiers, lake_upkeep],
        asset_checks=dg.load_asset_checks_from_modules(check_modules),
        jobs=[
            jobs.watch_months,
            jobs.watch_site,
            jobs.site_detectability,
            jobs.upkeep,
            notify_job.notify_job,
        ],
        schedules=[
            schedules.daily_watch,
            schedules.weekly_detectability,
            schedules.weekly_upkeep,
        ],
        sensors=[
            sensors.watch_list_changes,
            sensors.new_acquisitions,
            sensors.months_behind_their_history,
            sensors.new_activity,
            notify_job.messages_due,
        ],
        loggers=loggers,
        executor=dg.in_process_executor,  # a process a step would import everything seven times
        resources=resources if resources is not None else build_resources(load_settings()),
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster` commands and the web UI load."""
    return build_defs()
