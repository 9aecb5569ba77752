"""Rows of `scenes`: looks, what they replaced, and items that had to be refused.

Pure: from what was read and refused to what the table says of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from assets.scenes.acquisitions import Acquisition
from assets.scenes.chip_reader import Chip
from assets.scenes.offsets import OffsetDecision, decide_offset
from resources.errors import ItemRefused
from resources.lake.rows import SceneRow
from resources.models import Item
from resources.months import Month

VALID_COVERAGE: Final = 0.9  # share of the box round the zones, as for zones
NO_PIXELS: Final = "no_data"
UNTIMED: Final = "; when it was sensed is not known, the start of the month stands for it"


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """An item whose pixels could not be read or used.

    `sensed_at` is that of its look; `is_unread` if no copy was read in its place and it may be
    readable at another time.
    """

    item: Item
    reason: str
    sensed_at: dt.datetime
    is_unread: bool = False


def look_rows(
    look: Acquisition, chips: Sequence[Chip], failures: Sequence[ReadFailure], now: dt.datetime
) -> Iterator[SceneRow]:
    """The row of a look, and one for each item that it replaced.

    Args:
        look: the look.
        chips: what was read of it, preferred first; at least one.
        failures: items of it that could not be read; they have rows of their own.
        now: when this was written, UTC.

    Raises:
        IndexError: there is no chip.
    """
    used = [chip for chip in chips if chip.files] or list(chips[:1])
    decisions = [decide_offset(chip.item, chip.dark) for chip in used]
    coverage = float(np.any([chip.coverage for chip in used], axis=0).mean())
    files = [file for chip in used for file in chip.files]
    yield {
        **_catalogue_columns(look, [_with_angles(chip) for chip in used], decisions),
        "acquisition_id": look.acquisition_id,
        "dark_dn": used[0].dark.window_dn,
        "coverage_fraction": coverage,
        "fetched_at": now,
        "bytes_read": sum(chip.bytes_read for chip in used),
        "chip_uris": [file.key for file in files],
        "chip_sha256s": [file.sha256 for file in files],
        "state": _coverage_state(coverage),
        "superseded_by": None,
        "reason": None,
    }
    read = [chip.item.item_id for chip in used]
    told = {*read, *(one.item.item_id for one in failures)}
    for item, winner in look.superseded:
        if item.item_id not in told:
            yield {
                **_catalogue_columns(look, [item], [decide_offset(item)]),
                "acquisition_id": f"{look.acquisition_id}~{item.item_id}",
                "state": "superseded",
                "superseded_by": look.acquisition_id,
                "reason": f"replaced by {winner if winner in read else read[0]}",
                "chip_uris": [],
                "chip_sha256s": [],
            }


def refused_row(refused: ItemRefused, month: Month, source: str) -> SceneRow | None:
    """The row of an item that could not be used; None if another month has it.

    Where the time of sensing could not be read, the month that was searched has it.
    """
    sensed_at = refused.sensed_at
    if sensed_at is not None and not month.start <= sensed_at < month.end:
        return None
    name = f"refused~{refused.item_id}"
    return {
        "acquisition_id": name if sensed_at else f"{name}~{month}",
        "sensed_at": sensed_at or month.start,
        "item_ids": [refused.item_id],
        "source": source,
        "state": "refused",
        "reason": refused.reason if sensed_at else refused.reason + UNTIMED,
        "offset_conflict": False,
        "mgrs_tiles": [],
        "item_offsets_dn": [],
        "chip_uris": [],
        "chip_sha256s": [],
    }


def _catalogue_columns(
    look: Acquisition, items: Sequence[Item], decisions: Sequence[OffsetDecision]
) -> SceneRow:
    """Columns of a look that come from its catalogue items, the first of them preferred."""
    first, decision = items[0], decisions[0]
    published = [item.published_at for item in items if item.published_at is not None]
    return {
        "sensed_at": look.sensed_at,
        "datatake_at": look.datatake_at,
        "platform": look.platform,
        "relative_orbit": look.relative_orbit or None,
        "mgrs_tiles": sorted({item.mgrs_tile for item in items if item.mgrs_tile}),
        "item_ids": [item.item_id for item in items],
        "collection": first.collection,
        "source": first.source,
        "processing_baseline": first.processing_baseline,
        "offset_dn": float(decision.offset_dn),
        "offset_source": decision.source,
        "offset_conflict": any(one.is_conflict for one in decisions),
        "item_offsets_dn": [float(one.offset_dn) for one in decisions],
        "sun_elevation_deg": first.sun_elevation_deg,
        "sun_azimuth_deg": first.sun_azimuth_deg,
        "view_zenith_deg": first.view_zenith_deg,
        "published_at": max(published, default=None),
        "attribution": first.attribution,
    }


def _with_angles(chip: Chip) -> Item:
    """The chip's item, with the angles that came with the pixels where it has none."""
    item, angles = chip.item, chip.angles
    if angles is None or item.sun_elevation_deg is not None:
        return item
    return replace(
        item,
        sun_elevation_deg=angles.sun_elevation_deg,
        sun_azimuth_deg=angles.sun_azimuth_deg,
        view_zenith_deg=angles.view_zenith_deg,
    )


def _coverage_state(coverage: float) -> str:
    """State of a look over the whole site, before any cloud is looked for."""
    if coverage == 0:
        return NO_PIXELS
    return "valid" if coverage >= VALID_COVERAGE else "partial"
