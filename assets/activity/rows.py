"""Rows of the tables of this stage from what was measured. Names of columns only."""

from __future__ import annotations

import math

from assets.activity.measurement import BandLevel, Measurement
from assets.activity.registration import Registration
from resources.lake_reads import Row

SHIFT_LARGE_PX = 1.5  # beyond it a look is flagged: edges flicker whatever is taken out


def activity_row(
    scene: Row, zone_id: str, found: Measurement, where: Registration | None, version: str
) -> Row:
    """A row of `activity`."""
    return {
        "zone_id": zone_id,
        "acquisition_id": scene["acquisition_id"],
        "index_name": found.index_name,
        "sensed_at": scene["sensed_at"],
        "relative_orbit": scene["relative_orbit"],
        "value": found.value,
        "standard_error": found.standard_error,
        "expected": found.expected,
        "expected_error": found.expected_error,
        "z": found.z,
        "clear_px": found.clear_px,
        "clear_fraction": found.clear_fraction,
        "baseline_n": found.baseline_n,
        "shift_px": _length(where),
        "state": found.state,
        "flags": [*found.flags, *_doubts(where)],
        "method_version": version,
    }


def registration_row(scene: Row, where: Registration | None) -> Row:
    """A row of `registrations`; without a reference yet, numbers are NULL."""
    return {
        "acquisition_id": scene["acquisition_id"],
        "sensed_at": scene["sensed_at"],
        "relative_orbit": scene["relative_orbit"],
        "east_px": None if where is None else where.shift.east_px,
        "south_px": None if where is None else where.shift.south_px,
        "error_px": None if where is None else where.error_px,
        "pixels": 0 if where is None else where.pixels,
        "state": "learning" if where is None else where.state,
    }


def level_row(scene: Row, zone_id: str, level: BandLevel) -> Row:
    """A row of `levels`; NULL where a band could not be fitted."""
    return {
        "acquisition_id": scene["acquisition_id"],
        "zone_id": zone_id,
        "band": level.band,
        "sensed_at": scene["sensed_at"],
        "gain": _known(level.gain),
        "offset_reflectance": _known(level.offset),
        "pixels": level.pixels,
        "residual": _known(level.residual),
    }


def _length(where: Registration | None) -> float | None:
    """How far a look lay off."""
    return None if where is None else math.hypot(where.shift.east_px, where.shift.south_px)


def _doubts(where: Registration | None) -> list[str]:
    """Flags of the registration."""
    if where is None:
        return []
    large = math.hypot(where.shift.east_px, where.shift.south_px) > SHIFT_LARGE_PX
    return ["registration_unsure"] * (where.state == "unsure") + ["shift_large"] * large


def _known(number: float) -> float | None:
    """A number, or None for NaN."""
    return None if math.isnan(number) else number
