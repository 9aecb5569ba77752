"""Rows of the tables of this stage from what was measured. Names of columns only."""

from __future__ import annotations

import math

from assets.activity.align.registration import ZoneRegistration
from assets.activity.measure.measurement import BandLevel, IndexMeasurement
from resources.lake.rows import ActivityRow, LevelRow, RegistrationRow, SceneRow


def activity_row(
    scene: SceneRow,
    zone_id: str,
    found: IndexMeasurement,
    where: ZoneRegistration | None,
    version: str,
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
        "shift_px": _shift_length(where),
        "state": found.state,
        "flags": [*found.flags, *_registration_flags(where)],
        "method_version": version,
    }


def registration_row(scene: SceneRow, zone_id: str, where: ZoneRegistration) -> RegistrationRow:
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
        "gain": _finite_or_none(level.gain),
        "offset_reflectance": _finite_or_none(level.offset),
        "blocks": level.blocks,
        "residual": _finite_or_none(level.residual),
    }


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shift_length(where: ZoneRegistration | None) -> float | None:
    """Length of a shift, pixels."""
    return None if where is None else math.hypot(where.shift.east_px, where.shift.south_px)


def _registration_flags(where: ZoneRegistration | None) -> list[str]:
    """Flags that follow from where a look lies."""
    return ["registration_unsure"] if where is not None and where.state == "unsure" else []
