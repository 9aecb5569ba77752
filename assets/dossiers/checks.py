"""Checks on the pages that readers get."""

from typing import Final

import dagster as dg

from assets.checks import check_at_most, sites_of_run
from assets.dossiers.asset import dossiers
from resources.archive.dossier_folder import alert_page, site_page
from resources.lake.questions.alert_reads import stored_alerts
from resources.wiring.dagster import DossierFilesResource, LakeResource

MOST_MB: Final = 3.0  # so that a page opens on a phone, and goes by mail


@dg.asset_check(asset=dossiers)
def every_alert_has_its_page(
    context: dg.AssetCheckExecutionContext,
    lake: LakeResource,
    dossier_files: DossierFilesResource,
) -> dg.AssetCheckResult:
    """Every site and every alert of it has its page."""
    names = _page_names(context, lake)
    files = dossier_files.open()
    return check_at_most(sum(not files.path(name).is_file() for name in names), 0)


@dg.asset_check(asset=dossiers)
def no_page_is_too_large(
    context: dg.AssetCheckExecutionContext,
    lake: LakeResource,
    dossier_files: DossierFilesResource,
) -> dg.AssetCheckResult:
    """The largest page of the site, megabytes, is one that a phone can open."""
    paths = [dossier_files.open().path(name) for name in _page_names(context, lake)]
    sizes = [path.stat().st_size / 1e6 for path in paths if path.is_file()]
    return check_at_most(max(sizes, default=0.0), MOST_MB)


def _page_names(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> list[str]:
    """Names of the pages that the sites of the run should have."""
    sites = sites_of_run(context, lake.open())
    alerts = [row["alert_id"] for site in sites for row in stored_alerts(lake.open(), site)]
    return [*map(site_page, sites), *map(alert_page, alerts)]
