"""Frames taken through the product, two at a time. Order of work only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assets.fingerprints import ANOMALIES
from bench.frames.agreement import Agreement, Key, Measured, compare
from bench.frames.variants import Frames, Variant
from bench.watched import TO_ACTIVITY, worked
from bench.workers import WORKERS, worked_on
from resources.lake.lake import Lake
from resources.lake.rows import Row


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of a frame beside the widest of its place; that has no agreement."""

    variant: Variant
    measured: Measured
    agreement: Agreement | None


def run(
    places: Sequence[Frames],
    *,
    with_alerts: bool,
    tell: Callable[[str], None],
    workers: int = WORKERS,
) -> list[Outcome]:
    """Work all frames of some places and compare each with the widest.

    Args:
        places: with their frames.
        with_alerts: whether alerts are drawn too.
        tell: where progress goes.
        workers: processes; 1 works in this one.
    """
    work = partial(measure, with_alerts=with_alerts)
    found: list[Outcome] = []
    for place in places:
        tell(f"{place.widest.place}: {len(place.all)} frames ...")
        measured = list(worked_on(work, place.all, workers))
        found.append(Outcome(place.widest, measured[0], None))
        found += [
            Outcome(variant, one, compare(one, measured[0]))
            for variant, one in zip(place.others, measured[1:], strict=True)
        ]
    return found


def measure(variant: Variant, *, with_alerts: bool) -> Measured:
    """What the product measures in a frame, through a lake in a folder that goes again."""
    stages = (*TO_ACTIVITY, ANOMALIES) if with_alerts else TO_ACTIVITY
    with (
        tempfile.TemporaryDirectory(prefix="sitewatch-frames-") as data,
        worked(
            Path(data), variant.site, variant.archive, stages=stages, span=variant.span
        ) as session,
    ):
        return read_measured(session.lake, variant.site.site_id)


def read_measured(lake: Lake, site_id: str) -> Measured:
    """What the lake has of a site."""
    place = ("zone_id", "acquisition_id")
    return Measured(
        masks=_by_key(_rows(lake, "cloud_masks", site_id), place),
        activity=_by_key(_rows(lake, "activity", site_id), (*place, "index_name")),
        shifts=_by_key(_rows(lake, "registrations", site_id), place),
        alerts=_rows(lake, "alerts", site_id),
    )


def _rows(lake: Lake, table: str, site_id: str) -> list[Row]:
    """Rows of a site."""
    return lake.query(f"SELECT * FROM {table} WHERE site_id = ?", [site_id])


def _by_key(rows: Sequence[Row], names: Sequence[str]) -> dict[Key, Row]:
    """Rows by some of their columns."""
    return {tuple(str(row[name]) for name in names): row for row in rows}
