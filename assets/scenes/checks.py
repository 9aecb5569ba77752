"""Checks on the `scenes` and `passes` tables: claims that later stages rely on."""

from typing import Final

import dagster as dg

from assets.checks import check_at_most, repeated_keys, sites_of_run
from assets.scenes.asset import scenes
from resources.clock import utc_now
from resources.lake.questions.check_reads import looks_from_the_future, offset_conflicts
from resources.lake.questions.stage_reads import newest_look
from resources.wiring.dagster import LakeResource

KEYED: Final = ("scenes", "passes", "refusals", "site_months", "zones", "sites")
NEVER_DAYS: Final = 36_500.0  # age of the newest look of a site that never had one
STALE_DAYS: Final = 15.0  # three passes of two satellites over one orbit


@dg.asset_check(asset=scenes)
def scene_keys_are_unique(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """No key of a site stands twice in `scenes` or in the tables that go with it."""
    return check_at_most(repeated_keys(lake.open(), KEYED, sites_of_run(context, lake.open())), 0)


@dg.asset_check(asset=scenes)
def no_look_is_from_the_future(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """No look was sensed after now."""
    sites = sites_of_run(context, lake.open())
    now = utc_now()
    return check_at_most(sum(looks_from_the_future(lake.open(), site, now) for site in sites), 0)


@dg.asset_check(asset=scenes)
def offset_conflicts_are_none(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """Declared radiometric offsets agree with baselines and pixels; counts the looks that do not.

    Warns: such looks are used with the offset that their pixels show, where they show one.
    """
    sites = sites_of_run(context, lake.open())
    number = sum(offset_conflicts(lake.open(), site) for site in sites)
    return check_at_most(number, 0, blocking_severity=False)


@dg.asset_check(asset=scenes)
def latest_look_is_not_stale(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """The newest look of a watched site is not older than three passes; warns otherwise."""
    now = utc_now()
    newest = [newest_look(lake.open(), site) for site in sites_of_run(context, lake.open())]
    ages = [
        NEVER_DAYS if seen is None else (now - seen).total_seconds() / 86_400 for seen in newest
    ]
    return check_at_most(round(max(ages, default=0.0), 1), STALE_DAYS, blocking_severity=False)
