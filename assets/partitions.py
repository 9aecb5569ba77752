"""Every partition definition, and why it is cut so.

Site by month: site by day would reach the 100,000 partitions that Dagster advises at 25 sites,
site by month at about 750. Alerts are cut by site alone, since a sequential test carries its
state through time.
"""

import datetime as dt

import dagster as dg

from resources.months import Month
from resources.process import PROCESS_TAG, process_mark

FIRST_MONTH = Month(2015, 6)
"""Sentinel-2A was launched on 2015-06-23; there is nothing before."""
HISTORY_MONTHS = 24
"""Months before a month that its masks and indices lean on."""

SITES = dg.DynamicPartitionsDefinition(name="sites")
MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=dt.datetime(FIRST_MONTH.year, FIRST_MONTH.month, 1, tzinfo=dt.UTC),
    end_offset=1,  # without it the current month would be missing
)
SITE_MONTHS = dg.MultiPartitionsDefinition({"site": SITES, "month": MONTHS})

ONE_RUN = dg.BackfillPolicy.single_run()
"""A range of months in one run: a run costs seconds before any work begins."""

PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
"""Dagster's own tags of a run of one partition, and of one over a range."""

WRITER_POOL = "lake_writer"
"""One stage at a time writes to the lake."""

HISTORY = dg.MultiPartitionMapping(
    {
        "site": dg.DimensionPartitionMapping("site", dg.IdentityPartitionMapping()),
        "month": dg.DimensionPartitionMapping(
            "month",
            dg.TimeWindowPartitionMapping(
                start_offset=-HISTORY_MONTHS, allow_nonexistent_upstream_partitions=True
            ),
        ),
    }
)
"""A month leans on the stages before it in the same month and in the two years before."""

WHOLE_SITE = dg.MultiToSingleDimensionPartitionMapping(partition_dimension_name="site")
"""A site's alerts lean on all its months."""


def partition_key(site_id: str, month: Month) -> str:
    """The key of a site-month as Dagster writes it."""
    return str(dg.MultiPartitionKey({"site": site_id, "month": month.key}))


def read_partition_key(key: str) -> tuple[str, Month]:
    """Site and month of a key; ValueError if it is not one."""
    month, _, site_id = key.partition("|")
    return site_id, Month.parse(month)


def mark_run(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> None:
    """Let a run carry the mark of its process, so that it can be ended when that was killed."""
    context.instance.add_run_tags(context.run.run_id, {PROCESS_TAG: process_mark()})


def site_months(context: dg.AssetExecutionContext) -> tuple[str, list[Month]]:
    """The site of a run and its months in order.

    Raises:
        Failure: the run spans several sites, or Dagster would work the first month of a range
            only and call it done.
    """
    mark_run(context)
    asked = [context.run.tags.get(tag) for tag in (RANGE_START, RANGE_END)]
    if asked[0] is not None and asked != [context.partition_keys[0], context.partition_keys[-1]]:
        raise dg.Failure(
            f"Expected the months {asked[0]} to {asked[1]}, found {context.partition_keys}: a "
            "back-fill of a job works one partition only; back-fill the assets instead.",
            allow_retries=False,
        )
    keys = [read_partition_key(key) for key in context.partition_keys]
    sites = {site_id for site_id, _ in keys}
    if len(sites) != 1:
        raise dg.Failure(
            f"A run must be of one site, found {sorted(sites)}; start one run for each site.",
            allow_retries=False,
        )
    return sites.pop(), sorted(month for _, month in keys)
