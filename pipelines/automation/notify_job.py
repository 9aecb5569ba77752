"""Notifications in Dagster: the job that sends them, and the sensor that starts it when due.

Dagster only; the work is in `notify`. No `from __future__ import annotations` here.
"""

import dagster as dg

from assets.fingerprints import values_fingerprint
from assets.partitions import mark_run
from pipelines.notify import deliver
from pipelines.notify.letters import LetterWriter
from resources.clock import utc_now
from resources.errors import SettingsError
from resources.wiring.dagster import (
    ArchiveResource,
    DossierFilesResource,
    LakeResource,
    ReceiversResource,
)


@dg.op(name="send_messages")
def send_messages(
    context: dg.OpExecutionContext,
    lake: LakeResource,
    archive: ArchiveResource,
    dossier_files: DossierFilesResource,
    receivers: ReceiversResource,
) -> None:
    """Messages of changes of alerts, and digests that are due, to all receivers.

    Counts by receiver: sent, of these possibly repeated, waiting for the end of quiet hours, and
    failed. Fails when a receiver could not be told, so that somebody sees it.
    """
    mark_run(context)
    listed = receivers.open()
    services = deliver.open_services(listed)
    desk = LetterWriter(lake.open(), archive.open(), listed, dossier_files.open().folder)
    new = deliver.queue_messages(lake.open(), listed, utc_now(), run_id=context.run.run_id)
    tally = deliver.deliver_messages(desk, services)
    for target, counts in sorted(tally.counts.items()):
        told = ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in deliver.COUNTS)
        context.log.info("%s: %s", target, told)
    for target, error in sorted(tally.errors.items()):
        context.log.warning("%s: %s", target, error)
    metadata = {"queued": new, **tally.metadata()}
    if tally.errors:
        raise dg.Failure(
            "Not every message could be sent; they are tried again.",
            metadata=metadata,
            allow_retries=False,
        )
    context.add_output_metadata(metadata)


@dg.job(
    name="notify",
    description="Tells receivers of changes of alerts once each, and sends digests that are due",
)
def notify_job() -> None:
    """One run tells everyone all that is due."""
    send_messages()


@dg.sensor(
    job=notify_job,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends what receivers are still to be told of alerts, once each. "
    "Leave it on: without a file of receivers it does nothing.",
)
def messages_due(
    context: dg.SensorEvaluationContext, lake: LakeResource, receivers: ReceiversResource
) -> dg.SensorResult | dg.SkipReason:
    """New changes of alerts, digests, ends of quiet hours, and messages to be tried again."""
    try:
        listed = receivers.open()
    except SettingsError as problem:
        return dg.SkipReason(f"Nobody is told: {problem}")
    if listed.file is None:
        return dg.SkipReason("No receivers are configured: SITEWATCH_NOTIFY names their file.")
    now = utc_now()
    due = deliver.due_deliveries(lake.open(), listed, now)
    if not due:
        return dg.SkipReason("There is nothing to tell.")
    context.log.info("%s messages or changes of the settings are due", len(due))
    # Once an hour for the same: a run that died before it wrote anything is started again.
    key = f"{values_fingerprint(due)[:16]} {now:%Y-%m-%d %H}"
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)])
