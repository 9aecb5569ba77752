"""Checks on the `alerts` table, and the one that warns while an alert is open."""

import dagster as dg

from assets.anomalies.asset import anomalies
from assets.checks import check_at_most, repeated_keys, sites_of_run
from assets.partitions import SITES
from resources.archive.dossier_folder import INDEX, alert_page
from resources.lake.questions.alert_reads import open_alerts
from resources.lake.questions.check_reads import alerts_without_first_look, repeated_evidence
from resources.lake.questions.site_reads import looks_missing
from resources.lake.rows import AlertRow
from resources.wiring.dagster import DossierFilesResource, LakeResource


@dg.asset_check(asset=anomalies)
def alert_keys_are_unique(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """No alert of a site, evidence of it or status in its log stands twice."""
    sites = sites_of_run(context, lake.open())
    number = repeated_keys(lake.open(), ["alerts", "alert_log"], sites)
    number += sum(repeated_evidence(lake.open(), site) for site in sites)
    return check_at_most(number, 0)


@dg.asset_check(asset=anomalies)
def alerts_begin_at_known_looks(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """Every alert begins at a look that `scenes` has."""
    sites = sites_of_run(context, lake.open())
    return check_at_most(sum(alerts_without_first_look(lake.open(), site) for site in sites), 0)


@dg.asset_check(asset=anomalies, partitions_def=SITES)
def no_alert_is_open(
    context: dg.AssetCheckExecutionContext,
    lake: LakeResource,
    dossier_files: DossierFilesResource,
) -> dg.AssetCheckResult:
    """Nothing unusual is going on at the site; warns while an alert is possible, or confirmed.

    A confirmed one is an error by severity; it blocks nothing. A site still learning says so.
    `dossier` is the page of the strongest alert, which the next stage writes.
    """
    sites = sites_of_run(context, lake.open())
    found = [alert for site in sites for alert in open_alerts(lake.open(), site)]
    missing = looks_missing(lake.open(), sites)
    is_confirmed = any(alert["status"] == "confirmed" for alert in found)
    page = alert_page(str(found[0]["alert_id"])) if found else INDEX
    severity = dg.AssetCheckSeverity.ERROR if is_confirmed else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        passed=not found,
        severity=severity,
        description=_alert_description(found[0]) if found else _no_alert_description(missing),
        metadata={
            "number": len(found),
            "limit": 0,
            "looks_missing": missing,
            "alerts": [str(alert["alert_id"]) for alert in found],
            "dossier": dossier_files.link(page),
        },
    )


def _alert_description(alert: AlertRow) -> str:
    """Head and sentences of an alert; older ones have no head."""
    head = f"{alert['headline']}. " if alert["headline"] else ""
    return f"{head}{alert['summary']}"


def _no_alert_description(missing: int) -> str:
    """What there is to say where no alert is open."""
    if missing:
        return f"Learning: {missing} clear look{'' if missing == 1 else 's'} missing until tested."
    return "No alert is open."
