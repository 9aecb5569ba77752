"""The lake's upkeep as a Dagster asset: rows to Parquet, files merged, old snapshots gone.

Dagster only; the work is in `resources.lake.maintenance`.
"""

import dataclasses

import dagster as dg

from assets import described, partitions
from assets.retries import retried_on_failure
from resources.lake.maintenance import maintain_lake
from resources.wiring.dagster import LakeResource


@dg.asset(
    pool=partitions.WRITER_POOL,
    group_name="upkeep",
    kinds={"ducklake"},
    owners=described.OWNERS,
)
@retried_on_failure
def lake_upkeep(
    context: dg.AssetExecutionContext, lake: LakeResource
) -> dg.MaterializeResult[None]:
    """Files of the lake in good order; no row changes. Counts of rows, files and snapshots."""
    partitions.mark_run(context)
    done = maintain_lake(lake.open())
    return dg.MaterializeResult(metadata=dataclasses.asdict(done))
