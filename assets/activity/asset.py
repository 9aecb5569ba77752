"""Stage 3 as a Dagster asset. Dagster only; the work is in `months`."""

from collections.abc import Sequence

import dagster as dg

from assets import described, fingerprints, partitions
from assets.activity.months import METHOD_VERSION, ActivityMeter
from assets.activity.picture import series_chart
from assets.clouds.asset import cloud_masks
from assets.retries import retried_on_failure
from assets.scenes.asset import scenes
from assets.scenes.looks import LookReader
from assets.stage import StageRows, open_stage
from assets.zones import weights_of_zones
from resources.archive.stac_collections import write_catalogs
from resources.lake.questions.stage_reads import mask_states, site_page
from resources.lake.rows import Row
from resources.wiring.dagster import ArchiveResource, LakeResource


@dg.asset(
    partitions_def=partitions.SITE_MONTHS,
    backfill_policy=partitions.ONE_RUN,
    pool=partitions.WRITER_POOL,
    deps=[
        dg.AssetDep(scenes, partition_mapping=partitions.HISTORY),
        dg.AssetDep(cloud_masks, partition_mapping=partitions.HISTORY),
    ],
    group_name="watch",
    kinds={"numpy", "ducklake"},
    owners=described.OWNERS,
    metadata=described.table_metadata(
        "activity", "registrations", "levels", of=["scenes", "cloud_masks"]
    ),
)
@retried_on_failure
def activity(
    context: dg.AssetExecutionContext, lake: LakeResource, archive: ArchiveResource
) -> None:
    """Indices of each zone at each look, with their expectation from past looks.

    Brightness and texture (reflectance), NDVI, bare soil and built-up (no unit), changed area and
    turnover (m2), candidates for objects by size class and movers (count), each with standard
    error, expectation and its error, and z in standard errors, in `activity`; where each look
    lay in `registrations`, and the gain and offset that were taken off in `levels`.
    """
    stage = open_stage(context, lake.open(), fingerprints.ACTIVITY, METHOD_VERSION)
    reader = LookReader(archive.open(), stage.stored.grid)
    meter = ActivityMeter(stage.stored, archive.open(), reader, weights_of_zones(stage.stored))
    with stage.writer() as writer:
        for month in stage.months:
            states = mask_states(stage.lake, stage.stored.site.site_id, month.start, month.end)
            made = meter.measure(
                month,
                stage.scenes,
                {(row["acquisition_id"], row["zone_id"]): row["state"] for row in states},
            )
            others: dict[str, Sequence[Row]] = {
                "registrations": made.registrations,
                "levels": made.levels,
            }
            stage.write(writer, month, StageRows("activity", made.activity, others))
            judged = [abs(row["z"]) for row in made.activity if row["z"] is not None]
            stage.report(
                month,
                {
                    "rows": len(made.activity),
                    "judged": len(judged),
                    "learning": sum(row["state"] == "learning" for row in made.activity),
                    "largest_z": max(judged, default=0.0),
                    "baseline_looks": made.baseline_looks,
                },
            )
    stage.picture(series_chart(stage.lake, stage.stored, credit=stage.credit))
    write_catalogs(archive.open(), site_page(stage.lake, stage.stored))
