"""Checks on the `activity` table: claims that later stages rely on."""

import dagster as dg

from assets.activity.asset import activity
from assets.checks import check_at_most, repeated_keys, sites_of_run
from resources.lake.questions.check_reads import values_without_state
from resources.wiring.dagster import LakeResource


@dg.asset_check(asset=activity)
def activity_keys_are_unique(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """No index of a zone and look stands twice in `activity`."""
    sites = sites_of_run(context, lake.open())
    return check_at_most(repeated_keys(lake.open(), ["activity"], sites), 0)


@dg.asset_check(asset=activity)
def no_value_without_a_state(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """Every value has a state, and none that its state forbids."""
    sites = sites_of_run(context, lake.open())
    return check_at_most(sum(values_without_state(lake.open(), site) for site in sites), 0)
