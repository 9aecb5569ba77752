"""Helpers for checks on tables: the name of a check is its claim, metadata its number and limit.

The checks themselves are in the `checks.py` of each stage.
"""

from collections.abc import Iterable

import dagster as dg

from assets.partitions import PARTITION, RANGE_START, read_partition_key
from resources.lake.lake import Lake
from resources.lake.questions.check_reads import duplicate_keys
from resources.lake.schema.tables import table_named


def check_at_most(
    number: float, limit: float, *, blocking_severity: bool = True
) -> dg.AssetCheckResult:
    """Passed if the number is within its limit."""
    return dg.AssetCheckResult(
        passed=number <= limit,
        severity=dg.AssetCheckSeverity.ERROR if blocking_severity else dg.AssetCheckSeverity.WARN,
        metadata={"number": number, "limit": limit},
    )


def repeated_keys(lake: Lake, tables: Iterable[str], sites: Iterable[str]) -> int:
    """Rows too many under one key, in all these tables of all these sites."""
    sites = list(sites)
    return sum(
        duplicate_keys(lake, table, table_named(table).key, site)
        for table in tables
        for site in sites
    )


def sites_of_run(context: dg.AssetCheckExecutionContext, lake: Lake) -> list[str]:
    """The sites that a run worked; every watched site where the run has no partition."""
    tags = context.run.tags
    keys = [tags[name] for name in (PARTITION, RANGE_START) if name in tags]
    if keys:
        return [read_partition_key(keys[0])[0] if "|" in keys[0] else keys[0]]
    return [stored.site.site_id for stored in lake.sites() if not stored.is_retired]
