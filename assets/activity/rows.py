"""Rows of the tables of this stage from what was measured. Names of columns only."""

from __future__ import annotations

import math

from assets.activity.align.registration import Registration
from assets.activity.measure.measurement import BandLevel, Measurement
from resources.lake.rows import ActivityRow, LevelRow, RegistrationRow, SceneRow


def activity_row(
    scene: SceneRow, zone_id: str, found: Measurement, where: Registration | None, version: str
) -> ActivityRow:
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
        "level_effect": found.level_effect,
        "season_effect": found.season_effect,
        "departure": found.departure,
        "z": found.z,
        "clear_px": found.clear_px,
        "clear_fraction": found.clear_fraction,
        "baseline_n": found.baseline_n,
        "shift_px": _length(where),
        "state": found.state,
        "flags": [*found.flags, *_doubts(where)],
        "method_version": version,
    }


def registration_row(scene: SceneRow, zone_id: str, where: Registration) -> RegistrationRow:
    """A row of `registrations`."""
    return {
        "acquisition_id": scene["acquisition_id"],
        "zone_id": zone_id,
        "sensed_at": scene["sensed_at"],
        "relative_orbit": scene["relative_orbit"],
        "east_px": where.shift.east_px,
        "south_px": where.shift.south_px,
        "error_px": where.error_px,
        "pixels": where.pixels,
        "state": where.state,
    }


def level_row(scene: SceneRow, zone_id: str, level: BandLevel) -> LevelRow:
    """A row of `levels`; NULL where the look lacks a band."""
    return {
        "acquisition_id": scene["acquisition_id"],
        "zone_id": zone_id,
        "band": level.band,
        "sensed_at": scene["sensed_at"],
        "gain": _number(level.gain),
        "offset_reflectance": _number(level.offset),
        "blocks": level.blocks,
        "residual": _number(level.residual),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _length(where: Registration | None) -> float | None:
    """Length of a shift, pixels."""
    return None if where is None else math.hypot(where.shift.east_px, where.shift.south_px)


def _doubts(where: Registration | None) -> list[str]:
    """Flags that follow from where a look lies."""
    return ["registration_unsure"] if where is not None and where.state == "unsure" else []
