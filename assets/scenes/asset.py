"""Stage 1 as a Dagster asset: a site's months from its catalogue into archive and lake.

Dagster only; the work is in `fetch`.
"""

from collections.abc import Sequence

import dagster as dg

from assets import described, fingerprints, partitions
from assets.log_lines import LogLines
from assets.month_writer import MonthWriter
from assets.retries import RETRIES, retried_on_failure
from assets.scenes import metadata
from assets.scenes.fetch import METHOD_VERSION, SceneFetcher, no_longer_found
from assets.scenes.looks import LookReader
from resources.archive.stac_collections import write_catalogs
from resources.clock import utc_now
from resources.errors import SceneUnreadable
from resources.grids import shown_window
from resources.lake.lake import Lake
from resources.lake.questions.stage_reads import rows_of_scenes, site_of, site_page
from resources.lake.rows import SceneRow, SiteMonthRow
from resources.models import NO_LOOKS
from resources.months import Month
from resources.wiring.dagster import ArchiveResource, LakeResource, SourceResource


@dg.asset(
    partitions_def=partitions.SITE_MONTHS,
    backfill_policy=partitions.ONE_RUN,
    pool=partitions.WRITER_POOL,
    group_name="watch",
    kinds={"stac", "cog", "ducklake"},
    owners=described.OWNERS,
    metadata=described.table_metadata("scenes", "passes", "refusals"),
    freshness_policy=described.FRESH,
)
@retried_on_failure
def scenes(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    archive: ArchiveResource,
    source: SourceResource,
) -> None:
    """Looks of a site: every acquisition that its catalogue lists, and the site's pixels of each.

    One row an acquisition in `scenes` (sensing time UTC, orbit, processing baseline, offset in
    digital numbers, coverage 0..1), also for what was replaced or refused; expected passes in
    `passes`; every refusal of a month, with the reason, in `refusals`.
    """
    site_id, months = partitions.site_months(context)
    stored = site_of(lake.open(), site_id)
    fetcher = SceneFetcher(stored.site, stored.grid, source.open(stored.source), archive.open())
    stored_rows = rows_by_month(lake.open(), site_id, months)
    unread: list[str] = []
    with (
        MonthWriter(lake.open(), site_id, context.run.run_id) as writer,
        LogLines(context.log.info) as lines,
    ):
        for month in months:
            found = fetcher.fetch(month, utc_now())
            forgotten = no_longer_found(stored_rows[month], found)
            found.scenes.extend(forgotten)
            writer.add(
                month,
                {"scenes": found.scenes, "passes": found.passes, "refusals": found.refusals},
                stage_row(
                    month,
                    found.scenes,
                    config_hash=stored.config_hash,
                    is_complete=not found.unread,
                ),
            )
            shown = metadata.month_statistics(found) | {"no_longer_listed": len(forgotten)}
            if month == months[-1]:
                reader = LookReader(archive.open(), stored.grid)
                window = shown_window(stored.site, stored.grid)
                shown |= metadata.newest_look_metadata(found, reader, window)
            key = partitions.partition_key(site_id, month)
            context.add_asset_metadata(shown, partition_key=key)
            unread += found.unread
            lines.add(metadata.line_of_scenes(site_id, month, found))
            for line in metadata.lines_of_refusals(site_id, found):
                context.log.warning(line)
    write_catalogs(archive.open(), site_page(lake.open(), stored))
    if unread and context.retry_number < RETRIES:
        raise SceneUnreadable(unread[0], "all", f"and {len(unread) - 1} more; they are tried again")


def rows_by_month(lake: Lake, site_id: str, months: Sequence[Month]) -> dict[Month, list[SceneRow]]:
    """All that `scenes` says of a site in months on end, asked for once."""
    found: dict[Month, list[SceneRow]] = {month: [] for month in months}
    for row in rows_of_scenes(lake, site_id, months[0].start, months[-1].end):
        found.setdefault(Month.of(row["sensed_at"]), []).append(row)
    return found


def stage_row(
    month: Month, rows: Sequence[SceneRow], *, config_hash: str, is_complete: bool
) -> SiteMonthRow:
    """The row of `site_months` that says what this stage made of a month.

    A month with looks that could not be read just now is as if made by an older method: it
    counts, and is due to be made again.
    """
    version = METHOD_VERSION if is_complete else f"{METHOD_VERSION}, not all read"
    return {
        "stage": fingerprints.SCENES,
        "month": month.start.date(),
        "inputs_hash": fingerprints.inputs_fingerprint(
            fingerprints.SCENES,
            month,
            outputs={},
            config_hash=config_hash,
            version=version,
        ),
        "outputs_hash": fingerprints.rows_fingerprint(
            [row for row in rows if row["state"] not in NO_LOOKS],  # no later stage reads those
            leave=["fetched_at"],
        ),
        "rows": len(rows),
        "method_version": version,
    }
