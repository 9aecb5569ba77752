"""Checks on the `cloud_masks` table: claims that later stages rely on."""

import dagster as dg

from assets.checks import check_at_most, repeated_keys, sites_of_run
from assets.clouds.asset import cloud_masks
from resources.lake.questions.check_reads import inconsistent_fractions
from resources.wiring.dagster import LakeResource


@dg.asset_check(asset=cloud_masks)
def mask_keys_are_unique(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """No zone of a look stands twice in `cloud_masks`."""
    return check_at_most(
        repeated_keys(lake.open(), ["cloud_masks"], sites_of_run(context, lake.open())), 0
    )


@dg.asset_check(asset=cloud_masks)
def fractions_sum_to_one(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """The shares of each zone and look lie in 0..1 and add up to 1."""
    sites = sites_of_run(context, lake.open())
    return check_at_most(sum(inconsistent_fractions(lake.open(), site) for site in sites), 0)
