"""Upkeep of the lake: inlined rows to Parquet, small files merged, old snapshots let go.

Only what changes no answer about today; the past older than asked, unless it was named, is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from resources.lake.lake import Lake

KEEP_FILES_DAYS = 1
"""Files that nothing refers to stay so long, days: a reader may still be at them."""


@dataclass(frozen=True, slots=True)
class UpkeepReport:
    """What was done: counts of rows, files and snapshots."""

    rows_flushed: int
    files_merged: int
    snapshots_expired: int
    files_deleted: int


def maintain_lake(lake: Lake, *, keep_days: int = 90) -> UpkeepReport:
    """Flush, merge, expire and clean up; readers and writers may be at work meanwhile.

    Args:
        lake: any lake.
        keep_days: unnamed snapshots older than this are expired; the newest one always stays.
    """
    flushed = lake.call("CALL ducklake_flush_inlined_data('watch')")
    merged = lake.call("CALL ducklake_merge_adjacent_files('watch')")
    expired = _expire_snapshots(lake, keep_days)
    cleaned = lake.call(
        "CALL ducklake_cleanup_old_files('watch', older_than => now() - to_days(?))",
        [KEEP_FILES_DAYS],
    )
    orphans = lake.call(
        "CALL ducklake_delete_orphaned_files('watch', older_than => now() - to_days(?))",
        [KEEP_FILES_DAYS],
    )
    return UpkeepReport(
        rows_flushed=sum(int(str(row[2])) for row in flushed),
        files_merged=sum(int(str(row[2])) for row in merged),
        snapshots_expired=expired,
        files_deleted=len(cleaned) + len(orphans),
    )


def name_snapshot(lake: Lake, name: str) -> int:
    """Keep today's newest snapshot from expiry, under a name (its commit's extra info).

    Returns:
        The snapshot's number, for `AT (VERSION => n)`.
    """

    def work(connection: duckdb.DuckDBPyConnection) -> int:
        newest = connection.execute("SELECT id FROM watch.current_snapshot()").fetchone()
        number = 0 if newest is None else int(newest[0])
        connection.execute(
            "UPDATE __ducklake_metadata_watch.ducklake_snapshot_changes "
            "SET commit_extra_info = ? WHERE snapshot_id = ?",
            [name, number],
        )
        return number

    return lake.transact(work, message=f"name {name}")


def _expire_snapshots(lake: Lake, keep_days: int) -> int:
    """Let go of unnamed snapshots older than so many days; counts them."""
    old = lake.query(
        """
        SELECT snapshot_id FROM watch.snapshots()
        WHERE snapshot_time < now() - to_days(?) AND commit_extra_info IS NULL
          AND snapshot_id < (SELECT id FROM watch.current_snapshot())
        """,
        [keep_days],
    )
    versions = [int(str(row["snapshot_id"])) for row in old]
    if versions:
        listed = ", ".join(map(str, versions))
        lake.call(f"CALL ducklake_expire_snapshots('watch', versions => [{listed}])")
    return len(versions)
