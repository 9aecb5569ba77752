"""Numbers and a small picture of a month of scenes, for the operator."""

from __future__ import annotations

from typing import Final

from assets.pictures import png_as_markdown
from assets.scenes.fetch import MonthOfScenes
from assets.scenes.looks import LookReader
from assets.scenes.picture import look_picture
from resources.models import NO_LOOKS
from resources.months import Month

FOUND: Final = ("seen", "no_data", "not_in_source")
"""States of passes that are not missing: seen, without pixels, or unknown to the source."""
MOST_LINES: Final = 20
"""Refusals of a month that are logged one by one; all are in the table `refusals`."""


def month_statistics(found: MonthOfScenes) -> dict[str, object]:
    """Counts and shares of a month, for Dagster's plots."""
    states = [row["state"] for row in found.scenes]
    looks = [row for row in found.scenes if row["state"] not in NO_LOOKS]
    coverage = [float(row["coverage_fraction"]) for row in looks]
    return {
        "looks": len(looks),
        "superseded": states.count("superseded"),
        "refused": len(found.refusals),
        "passes_missing": sum(row["state"] not in FOUND for row in found.passes),
        "offset_conflicts": sum(bool(row["offset_conflict"]) for row in looks),
        "coverage_fraction": sum(coverage) / len(coverage) if coverage else 0.0,
        "read_bytes": sum(int(row["bytes_read"]) for row in looks),
    }


def newest_look_metadata(
    found: MonthOfScenes, reader: LookReader, window: tuple[slice, slice]
) -> dict[str, object]:
    """The newest look of a month in true colour, of a window; nothing if the month has none."""
    looks = [row for row in found.scenes if row["state"] in ("valid", "partial")]
    if not looks:
        return {}
    newest = max(looks, key=lambda row: (row["sensed_at"], row["acquisition_id"]))
    png = look_picture(reader.look(newest), window, credit=str(newest["attribution"]))
    return {"newest_look": png_as_markdown(png)}


def line_of_scenes(site_id: str, month: Month, found: MonthOfScenes) -> str:
    """One line of the log."""
    numbers = month_statistics(found)
    return (
        f"{site_id} {month} scenes: {numbers['looks']} looks, {numbers['refused']} items refused, "
        f"{numbers['superseded']} superseded"
    )


def lines_of_refusals(site_id: str, found: MonthOfScenes) -> list[str]:
    """A log line for each unusable item, MOST_LINES at most; the last counts the rest."""
    lines = [f"{site_id} refused {row['item_id']}: {row['reason']}" for row in found.refusals]
    rest = len(lines) - MOST_LINES
    return lines if rest <= 0 else [*lines[:MOST_LINES], f"{site_id} refused {rest} more items"]
