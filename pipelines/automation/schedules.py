"""When the watch runs by itself: each day the newest months of every site, each week upkeep."""

import dagster as dg

from pipelines.automation.due import daily_range
from pipelines.automation.jobs import range_tags, site_detectability, upkeep, watch_months
from resources.clock import utc_now
from resources.wiring.dagster import LakeResource


@dg.schedule(
    job=watch_months,
    cron_schedule="30 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Works the newest months of every watched site each morning. "
    "Switch it on for a watch that runs by itself.",
)
def daily_watch(context: dg.ScheduleEvaluationContext, lake: LakeResource) -> list[dg.RunRequest]:
    """The current month of every watched site, and the month before during its first ten days."""
    now = context.scheduled_execution_time or utc_now()
    sites = [stored.site.site_id for stored in lake.open().sites() if not stored.is_retired]
    return [
        dg.RunRequest(
            run_key=f"{site_id} {now:%Y-%m-%d}", tags=range_tags(daily_range(site_id, now))
        )
        for site_id in sites
    ]


@dg.schedule(
    job=site_detectability,
    cron_schedule="45 7 * * 6",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Works out once a week what each zone could have shown, where its inputs changed. "
    "Switch it on beside `daily_watch`.",
)
def weekly_detectability(
    context: dg.ScheduleEvaluationContext, lake: LakeResource
) -> list[dg.RunRequest]:
    """What every watched site could have shown; worked anew for a new quarter, site or method."""
    now = context.scheduled_execution_time or utc_now()
    return [
        dg.RunRequest(
            run_key=f"{stored.site.site_id} {now:%Y-%m-%d}", partition_key=stored.site.site_id
        )
        for stored in lake.open().sites()
        if not stored.is_retired
    ]


weekly_upkeep = dg.ScheduleDefinition(
    name="weekly_upkeep",
    job=upkeep,
    cron_schedule="15 3 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Merges and cleans the lake's files once a week. "
    "Switch it on beside `daily_watch`.",
)
