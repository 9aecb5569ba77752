"""What starts runs between the daily ones: lists, catalogues, and months or alerts that are due.

Each asks a pure function what is due and turns the answer into run requests with stable keys.
Sensors, not automation conditions: a condition is evaluated for every partition of an asset in one
loop that others wait for (dagster#27857, #24988), and none can say that a site's months are in.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import dagster as dg

from assets.partitions import PARTITION, RANGE_START
from pipelines.automation import due, new_items
from pipelines.automation.jobs import range_tags, watch_months, watch_site
from pipelines.automation.watch_list_sync import (
    partition_requests,
    sync_watch_list,
    with_todays_grid,
)
from resources.clock import utc_now
from resources.errors import SitewatchError, WatchListError
from resources.grids import geographic_bounds
from resources.lake.lake import StoredSite
from resources.lake.questions.stage_reads import StageMonth, stage_months
from resources.months import Month
from resources.settings import load_settings
from resources.wiring.dagster import LakeResource, SourceResource

SITES_A_TICK = 60
"""Sites whose catalogues are asked in one evaluation; the others are asked in the next ones."""
POLLERS = 4
"""Catalogues asked at once: more, and Earth Search throttles (Element84/earth-search#19)."""
ANSWER_SECONDS = 40.0
"""Then catalogues that have not answered are left: Dagster ends an evaluation after a minute."""
ASKED_TAG = "sitewatch/asked"
"""Tag of a run that `new_acquisitions` asked for; its value is the run's key."""


@dg.sensor(
    job=watch_months,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Takes the configured watch list: new and edited sites are worked two years back, "
    "sites that left it are retired. "
    "Switch it on where the list is a file that people edit.",
)
def watch_list_changes(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> dg.SensorResult | dg.SkipReason:
    """New and edited sites of the configured list are worked, two years back; others retired."""
    settings = load_settings()
    if not settings.sites.exists():
        return dg.SkipReason(f"There is no watch list at {settings.sites.name}.")
    try:
        change = sync_watch_list(
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
    job=watch_months,
    minimum_interval_seconds=900,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Asks the catalogues of the watched sites, and works the months with new or "
    "changed items. "
    "Switch it on to see looks within hours; `daily_watch` alone takes up to a day.",
)
def new_acquisitions(
    context: dg.SensorEvaluationContext, lake: LakeResource, source: SourceResource
) -> dg.SensorResult:
    """Site-months with items that are new or changed in their catalogue, until they are worked."""
    now = utc_now()
    watched = {stored.site.site_id: stored for stored in _watched_sites(lake)}
    before = new_items.load_memory(context.cursor)
    turn, following = new_items.next_poll_sites(watched, before.following, SITES_A_TICK)
    answers = _poll_catalogues(context, [watched[site_id] for site_id in turn], source, now)
    found = new_items.decide_month_runs(
        before, watched, answers, _requested_run_outcomes(context.instance, before), now=now
    )
    for site_id, month in found.given_up:
        context.log.warning(
            "%s %s failed on %s days; left", site_id, month, new_items.MOST_ATTEMPTS
        )
    for site_id, month in found.waiting:
        context.log.info("%s %s changes too often; it waits for tomorrow", site_id, month)
    memory = replace(found.memory, following=following)
    return dg.SensorResult(
        run_requests=[_month_run_request(memory, site_id, month) for site_id, month in found.asked],
        skip_reason=None if found.asked else "No catalogue lists anything new.",
        cursor=memory.dump(),
    )


@dg.sensor(
    job=watch_months,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Works months again whose history came later, until nothing changes. "
    "Leave it on: without it, rows depend on the order in which months were run.",
)
def months_behind_their_history(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> dg.SensorResult | dg.SkipReason:
    """Months that were worked before what they lean on: run again until nothing changes.

    Sites of an older version get today's grid here, by which all their months are due.
    """
    requests = []
    for one, done in _idle_sites(context, lake):
        stored = with_todays_grid(lake.open(), one)
        config_hash = stored.config_hash
        months = due.stale_range(stored.site.site_id, done, config_hash=config_hash)
        if months is not None:
            key = run_key(months.site_id, due.work_fingerprint(done, config_hash))
            requests.append(dg.RunRequest(run_key=key, tags=range_tags(months)))
    if not requests:
        return dg.SkipReason("Every month agrees with its history.")
    return dg.SensorResult(run_requests=requests)


@dg.sensor(
    job=watch_site,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Judges a site anew when its activity has changed and is complete, and writes "
    "its pages. "
    "Leave it on: without it no alert opens.",
)
def new_activity(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> dg.SensorResult | dg.SkipReason:
    """Anomaly checks of each site whose activity has changed and is complete."""
    requests = []
    for stored, done in _idle_sites(context, lake):
        site_id = stored.site.site_id
        asked = stored.site.false_alarms_per_year
        if due.are_alerts_due(done, config_hash=stored.config_hash, asked=asked):
            key = run_key(site_id, due.work_fingerprint(done, stored.config_hash, asked))
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


def _watched_sites(lake: LakeResource) -> list[StoredSite]:
    """Sites that are not retired."""
    return [stored for stored in lake.open().sites() if not stored.is_retired]


def _idle_sites(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> Iterator[tuple[StoredSite, list[StageMonth]]]:
    """Watched sites that no run is at work for, with what was worked of them."""
    busy = busy_sites(context.instance)
    for stored in _watched_sites(lake):
        if stored.site.site_id not in busy:
            yield stored, stage_months(lake.open(), stored.site.site_id)


def _poll_catalogues(
    context: dg.SensorEvaluationContext,
    sites: Sequence[StoredSite],
    source: SourceResource,
    now: dt.datetime,
) -> dict[str, dict[Month, str]]:
    """What catalogues list of late, by site; those that fail or take too long are left out.

    They stay as they were remembered, and are asked again when their turn comes.
    """

    def ask(stored: StoredSite) -> dict[Month, str]:
        area = geographic_bounds(stored.grid)
        found = source.open(stored.source).search(area, new_items.poll_start(now), now)
        return new_items.month_marks(found)

    pool = ThreadPoolExecutor(POLLERS)
    asked = {stored.site.site_id: pool.submit(ask, stored) for stored in sites}
    wait(asked.values(), timeout=ANSWER_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    answers = {}
    for site_id, answer in asked.items():
        if answer.cancelled() or not answer.done():
            context.log.warning("%s: its catalogue did not answer in time", site_id)
            continue
        problem = answer.exception()
        if problem is None:
            answers[site_id] = answer.result()
        elif isinstance(problem, SitewatchError):
            context.log.warning("%s: %s", site_id, problem)
        else:
            raise problem
    return answers


def _requested_run_outcomes(
    instance: dg.DagsterInstance, memory: new_items.SensorMemory
) -> dict[str, new_items.Outcome]:
    """What became of the runs that are remembered as asked for, by key; none if there is none."""
    keys = [
        new_items.run_key(site_id, month, one)
        for site_id, months in memory.sites.items()
        for month, one in months.items()
        if one.asked
    ]
    statuses: dict[str, set[dg.DagsterRunStatus]] = defaultdict(set)
    runs = instance.get_runs(filters=dg.RunsFilter(tags={ASKED_TAG: keys})) if keys else []
    for run in runs:
        statuses[run.tags[ASKED_TAG]].add(run.status)
    return {key: _outcome_from_statuses(found) for key, found in statuses.items()}


def _outcome_from_statuses(statuses: set[dg.DagsterRunStatus]) -> new_items.Outcome:
    """What became of a run and of Dagster's own retries of it."""
    if dg.DagsterRunStatus.SUCCESS in statuses:
        return "done"
    ended = {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
    return "failed" if statuses <= ended else "going"


def _month_run_request(memory: new_items.SensorMemory, site_id: str, month: Month) -> dg.RunRequest:
    """The run that a month's memory asks for, under its key."""
    key = new_items.run_key(site_id, month, memory.sites[site_id][month])
    tags = range_tags(due.MonthRange(site_id, month, month))
    return dg.RunRequest(run_key=key, tags={**tags, ASKED_TAG: key})
