"""What starts runs between the daily ones: lists, catalogues, and months or alerts that are due.

Each asks a pure function what is due and turns the answer into run requests with stable keys.
"""

import datetime as dt
import json
from collections.abc import Iterator

import dagster as dg

from assets import fingerprints
from assets.partitions import PARTITION, RANGE_START
from pipelines import due
from pipelines.jobs import range_tags, watch_months, watch_site
from pipelines.watched import follow_list, partition_requests
from resources.clock import utc_now
from resources.connections import LakeResource, SourceResource
from resources.errors import SitewatchError, WatchListError
from resources.grids import geographic_bounds
from resources.lake import StoredSite
from resources.lake_reads import StageMonth, stage_months
from resources.settings import load_settings

POLL_DAYS = 45
"""Items sensed in so many days are asked for again: catalogues publish and correct late."""


@dg.sensor(
    job=watch_months, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED
)
def watch_list_changes(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> dg.SensorResult | dg.SkipReason:
    """New and edited sites of the configured list are worked, two years back; others retired."""
    settings = load_settings()
    if not settings.sites.exists():
        return dg.SkipReason(f"There is no watch list at {settings.sites.name}.")
    try:
        change = follow_list(
            lake.open(),
            settings.sites,
            location=settings.source,
            listed_before=json.loads(context.cursor or "[]"),
        )
    except WatchListError as problem:
        return dg.SkipReason(f"The watch list was left unread: {problem}")
    requests = partition_requests(lake.open(), context.instance)
    now = utc_now()
    stored = {one.site.site_id: one for one in lake.open().sites()}
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=run_key(site_id, stored[site_id].config_hash),
                tags=range_tags(due.first_range(site_id, now)),
            )
            for site_id in change.watched
        ],
        dynamic_partitions_requests=requests,
        cursor=json.dumps(change.listed),
    )


@dg.sensor(
    job=watch_months, minimum_interval_seconds=900, default_status=dg.DefaultSensorStatus.STOPPED
)
def new_acquisitions(
    context: dg.SensorEvaluationContext, lake: LakeResource, source: SourceResource
) -> dg.SensorResult | dg.SkipReason:
    """Site-months with items that are new or changed in their catalogue."""
    now = utc_now()
    cursor: dict[str, dict[str, str]] = json.loads(context.cursor or "{}")
    requests = []
    for stored in _watched(lake):
        site_id = stored.site.site_id
        try:
            listed = _listed(stored, source, now)
        except SitewatchError as problem:
            context.log.warning("%s: %s", site_id, problem)
            continue
        for month in due.months_with_news(listed, cursor.get(site_id, {})):
            mark = fingerprints.fingerprint(sorted(listed, key=str))
            tags = range_tags(due.MonthRange(site_id, month, month))
            requests.append(dg.RunRequest(run_key=f"{site_id} {month} {mark}", tags=tags))
        cursor[site_id] = {item_id: mark for item_id, _, mark in listed}
    if not requests:
        return dg.SensorResult(
            skip_reason="No catalogue lists anything new.", cursor=json.dumps(cursor)
        )
    return dg.SensorResult(run_requests=requests, cursor=json.dumps(cursor))


@dg.sensor(
    job=watch_months, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING
)
def months_behind_their_history(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> dg.SensorResult | dg.SkipReason:
    """Months that were worked before what they lean on: run again until nothing changes."""
    requests = []
    for stored, done in _at_rest(context, lake):
        config_hash = stored.config_hash
        months = due.stale_range(stored.site.site_id, done, config_hash=config_hash)
        if months is not None:
            key = run_key(months.site_id, due.work_fingerprint(done, config_hash))
            requests.append(dg.RunRequest(run_key=key, tags=range_tags(months)))
    if not requests:
        return dg.SkipReason("Every month agrees with its history.")
    return dg.SensorResult(run_requests=requests)


@dg.sensor(
    job=watch_site, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING
)
def new_activity(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> dg.SensorResult | dg.SkipReason:
    """Anomaly checks of each site whose activity has changed and is complete."""
    requests = []
    for stored, done in _at_rest(context, lake):
        site_id = stored.site.site_id
        if due.are_alerts_due(done, config_hash=stored.config_hash):
            key = run_key(site_id, due.work_fingerprint(done, stored.config_hash))
            requests.append(dg.RunRequest(run_key=key, partition_key=site_id))
    if not requests:
        return dg.SkipReason("No new activity has landed.")
    return dg.SensorResult(run_requests=requests)


def run_key(site_id: str, state: str) -> str:
    """Name of a piece of work: the same for the same state, so that it is started once.

    Once a day: what failed today, after Dagster's own retries, is tried again tomorrow.
    """
    return f"{site_id} {state} {utc_now():%Y-%m-%d}"


def busy_sites(instance: dg.DagsterInstance) -> set[str]:
    """Sites that a run is waiting or at work for: what is due there is about to change."""
    going = [
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
    ]
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=going))
    keys = [run.tags.get(RANGE_START) or run.tags.get(PARTITION) or "" for run in runs]
    return {key.rpartition("|")[2] for key in keys}


def _watched(lake: LakeResource) -> list[StoredSite]:
    """Sites that are not retired."""
    return [stored for stored in lake.open().sites() if not stored.is_retired]


def _at_rest(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> Iterator[tuple[StoredSite, list[StageMonth]]]:
    """Watched sites that no run is at work for, with what was worked of them."""
    busy = busy_sites(context.instance)
    for stored in _watched(lake):
        if stored.site.site_id not in busy:
            yield stored, stage_months(lake.open(), stored.site.site_id)


def _listed(
    stored: StoredSite, source: SourceResource, now: dt.datetime
) -> list[tuple[str, dt.datetime, str]]:
    """Item id, sensing time and version mark of what a site's catalogue lists of late."""
    found = source.open(stored.source).search(
        geographic_bounds(stored.grid), now - dt.timedelta(days=POLL_DAYS), now
    )
    return [
        (item.item_id, item.sensed_at, f"{item.published_at} {item.updated_at} {item.generated_at}")
        for item in found.items
    ]
