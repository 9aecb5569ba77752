"""The jobs of the watch. A watch is two runs: the months, then the site's alerts.

Dagster refuses assets cut by site and month and assets cut by site alone in one run.
"""

import dagster as dg

from assets.activity.asset import activity
from assets.anomalies.asset import anomalies
from assets.clouds.asset import cloud_masks
from assets.detectability.asset import detectability
from assets.dossiers.asset import dossiers
from assets.partitions import RANGE_END, RANGE_START, partition_key
from assets.scenes.asset import scenes
from assets.upkeep import lake_upkeep
from pipelines.automation.due import MonthRange

watch_months = dg.define_asset_job(
    "watch_months",
    selection=dg.AssetSelection.assets(scenes, cloud_masks, activity),
    description="Scenes, cloud masks and activity of a site's months",
)
watch_site = dg.define_asset_job(
    "watch_site",
    selection=dg.AssetSelection.assets(anomalies, dossiers),
    description="Alerts of a site from all its activity, and its pages for readers",
)
site_detectability = dg.define_asset_job(
    "site_detectability",
    selection=dg.AssetSelection.assets(detectability, dossiers),
    description="What each zone of a site could have shown, from objects planted in its looks",
)
upkeep = dg.define_asset_job(
    "upkeep",
    selection=dg.AssetSelection.assets(lake_upkeep),
    description="Files of the lake flushed, merged and cleaned up",
)


def range_tags(months: MonthRange) -> dict[str, str]:
    """Tags that make one run of a range of a site's months."""
    return {
        RANGE_START: partition_key(months.site_id, months.first),
        RANGE_END: partition_key(months.site_id, months.last),
    }
