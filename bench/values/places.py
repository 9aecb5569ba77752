"""Every value of a place through the product, beside the one that its pixels give."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from bench.values.figures import Told
from bench.values.page import question, recomputed, script
from bench.watched import Folder, Span, worked
from bench.workers import WORKERS, worked_on
from resources.lake.rows import Row
from resources.watchlist.read import read_watch_list

REAL: Final = ("romania", "flanders")
STORED: Final = """
SELECT zone_id, acquisition_id, index_name, state, value,
    value - expected - (level_effect + season_effect + departure) AS violation
FROM activity WHERE value IS NOT NULL ORDER BY ALL
"""


def real_folders(data: Path) -> dict[str, Path]:
    """The real places that are there, by name."""
    return {name: data / name for name in REAL if (data / name).is_dir()}


def measure(
    folders: Sequence[Path],
    span: Span | None,
    tell: Callable[[str], None],
    *,
    workers: int = WORKERS,
) -> list[list[Told]]:
    """What the product told of each folder, beside what its pixels give.

    Args:
        folders: as `bench.watched.Folder` takes them.
        span: first and last month; all if None.
        tell: where progress goes.
        workers: processes; 1 works in this one.
    """
    work = partial(told, span=span)
    tell(f"Watching {len(folders)} places ...")
    found = []
    for folder, one in zip(folders, worked_on(work, folders, workers), strict=True):
        tell(f"{folder.name}: {len(one)} values.")
        found.append(one)
    return found


def told(folder: Path, *, span: Span | None = None) -> list[Told]:
    """The values of one folder, through a lake in a folder that goes again."""
    parts = Folder.of(folder)
    site = read_watch_list(parts.sites)[0]
    with (
        tempfile.TemporaryDirectory(prefix="sitewatch-values-") as data,
        worked(Path(data), site, parts.archive, span=span) as session,
    ):
        stored: list[Row] = session.lake.query(STORED)
        session.lake.add_extension("spatial")
        rows: list[Row] = session.lake.query(question())
        return beside(stored, rows, Path(data) / "archive")


def beside(stored: Sequence[Row], rows: Sequence[Row], archive: Path) -> list[Told]:
    """Stored values beside those that the script gives for the rows of the question."""
    values = script()
    pixels = {
        (row["zone_id"], row["acquisition_id"], name): value
        for row in rows
        for name, value in recomputed(row, archive, values).items()
    }
    found = []
    for row in stored:
        other = pixels.get((row["zone_id"], row["acquisition_id"], row["index_name"]))
        apart = None if other is None else float(row["value"]) - other
        found.append(Told(row["index_name"], row["state"], apart, row["violation"]))
    return found
