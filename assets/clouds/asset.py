"""Stage 2 as a Dagster asset. Dagster only; the work is in `months`."""

import dagster as dg

from assets import described, fingerprints, partitions
from assets.clouds.external_masks import mask_model_named
from assets.clouds.mask import METHOD_VERSION
from assets.clouds.months import CloudMasker
from assets.retries import retried_on_failure
from assets.scenes.asset import scenes
from assets.scenes.looks import LookReader
from assets.stage import StageRows, open_stage
from assets.zones import weights_of_zones
from resources.archive.stac_collections import write_catalogs
from resources.lake.questions.stage_reads import site_page
from resources.wiring.dagster import ArchiveResource, LakeResource, LearnedMaskResource


@dg.asset(
    partitions_def=partitions.SITE_MONTHS,
    backfill_policy=partitions.ONE_RUN,
    pool=partitions.WRITER_POOL,
    deps=[dg.AssetDep(scenes, partition_mapping=partitions.HISTORY)],
    group_name="watch",
    kinds={"cog", "ducklake"},
    owners=described.OWNERS,
    metadata=described.table_metadata("cloud_masks", of=["scenes"]),
)
@retried_on_failure
def cloud_masks(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    archive: ArchiveResource,
    learned_mask: LearnedMaskResource,
) -> None:
    """What could be seen of a site: clear, cloud, shadow, snow and haze, on the site's own grid.

    Shares 0..1 of each zone and look, with the state of the look over the zone, in `cloud_masks`;
    the masks themselves in the archive.
    """
    stage = open_stage(context, lake.open(), fingerprints.CLOUD_MASKS, METHOD_VERSION)
    reader = LookReader(archive.open(), stage.stored.grid)
    weights = weights_of_zones(stage.stored)
    learner = mask_model_named(learned_mask.name)
    masker = CloudMasker(stage.stored, archive.open(), reader, weights, learner=learner)
    with stage.writer() as writer:
        for month in stage.months:
            masks = masker.mask(month, stage.scenes)
            stage.write(writer, month, StageRows("cloud_masks", masks.rows, extra=masks.checksums))
            stage.report(
                month,
                {
                    "looks": len(masks.checksums),
                    "clear_fraction": masks.clear_fraction,
                    "zones_valid": sum(row["state"] == "valid" for row in masks.rows),
                    "zones_not_seen": sum(
                        row["state"] not in ("valid", "partial") for row in masks.rows
                    ),
                },
            )
    write_catalogs(archive.open(), site_page(stage.lake, stage.stored))
