"""The detectability of a site as a Dagster asset; the work is in `detectability.site`.

Dagster only. Not a stage of the months: it looks back over them, and only when it is due.
"""

import dagster as dg

from assets import described, partitions
from assets.activity.asset import activity
from assets.detectability.site import (
    detectability_rows,
    inputs_of,
    open_history,
)
from assets.retries import retried_on_failure
from resources.lake.questions.site_reads import detectability_inputs
from resources.wiring.dagster import ArchiveResource, LakeResource


@dg.asset(
    partitions_def=partitions.SITES,
    pool=partitions.WRITER_POOL,
    deps=[dg.AssetDep(activity, partition_mapping=partitions.WHOLE_SITE)],
    group_name="watch",
    kinds={"numpy", "ducklake"},
    owners=described.OWNERS,
    metadata=described.table_metadata("detectability", of=["activity"]),
)
@retried_on_failure
def detectability(
    context: dg.AssetExecutionContext, lake: LakeResource, archive: ArchiveResource
) -> dg.MaterializeResult[None]:
    """What each zone of a site could have shown: probability of detection by size and index.

    From objects planted in the site's own looks, in `detectability`; computed again only for
    another configuration or rate of false alarms, another method or a new quarter.
    """
    partitions.mark_run(context)
    site_id = context.partition_key
    history = open_history(lake.open(), archive.open(), site_id)
    inputs = inputs_of(history)
    if inputs in detectability_inputs(lake.open(), site_id):
        return dg.MaterializeResult(metadata={"is_due": False})
    rows = detectability_rows(history)
    lake.open().replace_site(
        site_id,
        {"detectability": [{**row, "inputs_hash": inputs} for row in rows]},
        run_id=context.run.run_id,
    )
    return dg.MaterializeResult(
        metadata={"is_due": True, "rows": len(rows), "zones": len({row["zone_id"] for row in rows})}
    )
