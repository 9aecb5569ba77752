"""Stage 5 as a Dagster asset: a site's pages and the index.

Dagster only; the work is in `writing`.
"""

import dagster as dg

from assets import described, partitions
from assets.anomalies.asset import anomalies
from assets.detectability.asset import detectability
from assets.dossiers.writing import write_index, write_site_pages
from assets.retries import retried_on_failure
from resources.archive.dossier_folder import INDEX, site_page
from resources.wiring.dagster import ArchiveResource, DossierFilesResource, LakeResource


@dg.asset(
    partitions_def=partitions.SITES,
    pool=partitions.WRITER_POOL,  # so that no older index is written over a newer one
    deps=[anomalies, detectability],
    group_name="dossiers",
    kinds={"html"},
    owners=described.OWNERS,
)
@retried_on_failure
def dossiers(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    archive: ArchiveResource,
    dossier_files: DossierFilesResource,
) -> dg.MaterializeResult[None]:
    """Evidence for a reader: a static page of each alert and of the site, and the index of all.

    Pictures before and after, series with every look, how often chance does this, what could not
    have been seen, ordinary causes, and the looks with their checksums. Pages whose inputs have
    not changed are left alone.
    """
    partitions.mark_run(context)
    files = dossier_files.open()
    site_id = context.partition_key
    written = write_site_pages(lake.open(), archive.open(), files, site_id)
    write_index(lake.open(), files)
    return dg.MaterializeResult(
        metadata={
            "page": dossier_files.link(site_page(site_id)),
            "index": dossier_files.link(INDEX),
            "pages": len(written.pages),
            "pages_made_anew": written.anew,
        }
    )
