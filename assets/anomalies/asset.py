"""Stage 4 as a Dagster asset: the alerts of a site from all its activity.

Dagster only; the work is in `site_rows`.
"""

import dagster as dg

from assets import described, fingerprints, partitions
from assets.activity.asset import activity
from assets.anomalies.alerts.findings import SiteUnderTest
from assets.anomalies.alerts.versions import METHOD_VERSION, method_version
from assets.anomalies.site_rows import AnomalyRows, judge_site
from assets.anomalies.witnesses import judge_witnesses
from assets.retries import retried_on_failure
from resources.clock import utc_now
from resources.lake.lake import Lake
from resources.lake.questions.alert_reads import stored_alerts, stored_evidence, stored_log
from resources.lake.questions.stage_reads import activity_series, look_times, site_of, stage_months
from resources.lake.questions.witness_reads import stored_witnesses
from resources.lake.rows import Row
from resources.wiring.dagster import LakeResource


@dg.asset(
    partitions_def=partitions.SITES,
    pool=partitions.WRITER_POOL,
    deps=[dg.AssetDep(activity, partition_mapping=partitions.WHOLE_SITE)],
    group_name="watch",
    kinds={"ducklake"},
    owners=described.OWNERS,
    metadata=described.table_metadata(
        "alerts",
        "alert_evidence",
        "alert_log",
        "site_tests",
        "assessments",
        "witness_tests",
        "witness_alarms",
        of=["activity"],
    ),
)
@retried_on_failure
def anomalies(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[None]:
    """Unusual activity of a site: alerts with their evidence, and the log of what was known when.

    All indices of a zone are tested together, in the last two to four looks: `alerts`,
    `alert_evidence` and `alert_log`. `site_tests` says at what rate of false alarms, or how many
    looks are missing, `assessments` how much of what is usual is there. Series of the user's own
    are tested apart, by their counts: `witness_tests` and `witness_alarms`.
    """
    partitions.mark_run(context)
    site_id = context.partition_key
    site = site_of(lake.open(), site_id).site
    done = stage_months(lake.open(), site_id)
    place = SiteUnderTest.of(site)
    judgement = judge_site(
        place,
        activity_series(lake.open(), site_id),
        zone_names={zone.zone_id: zone.name for zone in site.zones},
        before=_stored_anomaly_rows(lake.open(), site_id),
        now=utc_now(),
        passes=look_times(lake.open(), site_id),
    )
    inputs = fingerprints.anomalies_fingerprint(done, version=method_version(place.asked))
    stage_row = {
        "stage": fingerprints.ANOMALIES,
        "inputs_hash": inputs,
        "outputs_hash": fingerprints.rows_fingerprint(judgement.alerts),
        "rows": len(judgement.alerts),
        "method_version": METHOD_VERSION,
    }
    lake.open().replace_alerts(
        site_id,
        judgement.alerts,
        judgement.evidence,
        judgement.log,
        stage_row,
        others={"site_tests": judgement.tests, "assessments": judgement.assessments},
        run_id=context.run.run_id,
    )
    witnesses = judge_witnesses(stored_witnesses(lake.open(), site_id), place.asked)
    lake.open().replace_witness_results(site_id, witnesses, run_id=context.run.run_id)
    for row in judgement.alerts:
        context.log.info("%s since %s: %s", row["status"], row["opened_on"], row["summary"])
    return dg.MaterializeResult(metadata=_result_metadata(judgement))


def _stored_anomaly_rows(lake: Lake, site_id: str) -> AnomalyRows:
    """What was said of a site before."""
    return AnomalyRows(
        stored_alerts(lake, site_id), stored_evidence(lake, site_id), stored_log(lake, site_id)
    )


def _result_metadata(judgement: AnomalyRows) -> dict[str, float]:
    """What the web UI plots: alerts by status, rates, and looks still missing."""
    statuses = [row["status"] for row in judgement.alerts]
    counts = {status: statuses.count(status) for status in ("possible", "confirmed", "closed")}
    (row,) = judgement.tests
    test: Row = row
    told = ("looks_missing", "false_alarms_per_year_asked", "false_alarms_per_year_achieved")
    return {**counts, **{name: test[name] for name in told if test[name] is not None}}
