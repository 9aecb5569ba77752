"""Checks on the `activity` table: claims that later stages rely on."""

import dagster as dg

from assets.activity.asset import activity
from assets.checks import at_most, sites_of_run
from resources.connections import LakeResource
from resources.lake_reads import duplicate_keys, values_without_state
from resources.lake_schema import table_named


@dg.asset_check(asset=activity)
def activity_keys_are_unique(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """No index of a zone and look stands twice in `activity`."""
    key = table_named("activity").key
    sites = sites_of_run(context, lake.open())
    return at_most(sum(duplicate_keys(lake.open(), "activity", key, site) for site in sites), 0)


@dg.asset_check(asset=activity)
def no_value_without_a_state(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """Every value has a state, and none that its state forbids."""
    sites = sites_of_run(context, lake.open())
    return at_most(sum(values_without_state(lake.open(), site) for site in sites), 0)
