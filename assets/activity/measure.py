"""The value of each index of a zone in one look, its expectation, and the errors of both.

Pure. The baseline comes from `baseline`; rows for the lake are made in `rows`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from assets.activity import indices, robust
from assets.activity.baseline import (
    Baseline,
    ClearLook,
    ZoneBaseline,
    ZonePixels,
    fit_radiometry,
    index_differences,
    noise_factor,
    predict_bands,
)
from assets.activity.history import LOOKS_MIN
from assets.activity.indices import INDICES, IndexName
from assets.clouds.fractions import PARTIAL_CLEAR, ZoneState

IndexState = Literal["valid", "partial", "cloudy", "snow", "no_data", "superseded", "learning"]
Floats = npt.NDArray[np.float64]

CORRELATED_PX: Final = 4.0  # neighbouring pixels share the instrument's blur: 2 by 2 count as one
OVERLAP_MIN: Final = 0.3  # share of today's clear zone that a past look must have seen too
NOISY: Final = 2.0  # times the usual unexplained residual: haze or snow that the mask missed
SPREAD_FLOORS: Final[dict[IndexName, float]] = {
    # what a stable zone shows on the best of sites; less would be luck
    "brightness": 0.0015,
    "ndvi": 0.005,
    "bare_soil": 0.005,
    "texture": 0.001,
    "occupancy": 0.01,  # share of the zone, half of what is let pass; at least OCCUPANCY_FLOOR_M2
}
NOISY_FLAG: Final = 1.5  # times; measured, but its errors are wider
OCCUPANCY_FLOOR_M2: Final = 100.0  # one pixel


@dataclass(frozen=True, slots=True)
class Measurement:
    """One index of one zone in one look; numbers are None where the state forbids a value.

    `z` = (value - expected) / sqrt(standard_error^2 + expected_error^2).
    """

    index_name: IndexName
    state: IndexState
    clear_px: float
    clear_fraction: float
    value: float | None = None
    standard_error: float | None = None
    expected: float | None = None
    expected_error: float | None = None
    z: float | None = None
    baseline_n: int = 0
    flags: tuple[str, ...] = field(default=())


def measure_zone(
    look: ClearLook,
    look_texture: npt.NDArray[np.float32],
    *,
    zone: ZonePixels,
    state: ZoneState,
    baseline: Baseline | None,
) -> list[Measurement]:
    """Every index of a zone in a look.

    Args:
        look: on the site grid, with the mask that says where it was clear.
        look_texture: its texture image, shape (y, x).
        zone: the pixels of the zone.
        state: what the look can say of the zone, from its mask.
        baseline: of the look's orbit and month; None while the site is learning.

    Returns:
        One measurement an index, in the order of INDICES.
    """
    clear = look.clear.ravel()[zone.index]
    shares = (zone.area_m2 / 100.0)[clear].sum(), zone.area_m2[clear].sum() / zone.area_m2.sum()
    if state not in ("valid", "partial"):
        return [Measurement(name, state, *map(float, shares)) for name in INDICES]
    if baseline is None:
        values = _plain_values(look, look_texture, zone, clear)
        return [
            Measurement(name, "learning", *map(float, shares), value=values.get(name))
            for name in INDICES
        ]
    return _compare(look, look_texture, state=state, baseline=baseline, zone_id=zone.zone_id)


def _compare(
    look: ClearLook,
    look_texture: npt.NDArray[np.float32],
    *,
    state: ZoneState,
    baseline: Baseline,
    zone_id: str,
) -> list[Measurement]:
    """Measurements of a zone that has a baseline."""
    known = baseline.zones[zone_id]
    zone = known.zone
    clear = look.clear.ravel()[zone.index]
    clear_px = float((zone.area_m2 / 100.0)[clear].sum())
    clear_fraction = float(zone.area_m2[clear].sum() / zone.area_m2.sum())
    fit = fit_radiometry([look], baseline.expected, known.sample, baseline.bands)
    noise = float(noise_factor(fit.scale, known.typical_scale)[0])
    if not noise <= NOISY:
        flag = "site_not_comparable" if math.isnan(noise) else "haze_or_snow_missed_by_mask"
        return [
            Measurement(name, "cloudy", clear_px, clear_fraction, flags=(flag,)) for name in INDICES
        ]
    flat = look.reflectance.reshape(len(look.reflectance), -1)
    observed = flat[:, zone.index][None]
    predicted = predict_bands(fit, known.expected, baseline.bands)
    texture = (look_texture.ravel()[zone.index], baseline.texture.ravel()[zone.index])
    today = index_differences(observed, predicted, (texture[0] - texture[1])[None])
    rest = flat[:, known.sample] - predict_bands(
        fit, baseline.expected.reshape(len(flat), -1)[:, known.sample], baseline.bands
    )
    rest = np.where(look.clear.ravel()[known.sample], rest, np.nan)
    threshold = indices.occupancy_threshold(
        indices.departure_score(rest[0], known.sample_sigma * noise)
    )
    unrest = max(1.0, float(threshold.item()) / known.typical_threshold)
    bare = predict_bands(fit, known.bare, baseline.bands)
    today["occupancy"] = indices.occupied(
        indices.departure_score(observed - bare, known.sigma * noise), threshold
    )
    levels = {
        "brightness": indices.brightness(predicted)[0],
        "ndvi": indices.ndvi(predicted)[0],
        "bare_soil": indices.bare_soil(predicted)[0],
        "texture": texture[1].astype(np.float64),
        "occupancy": np.zeros(len(zone.index)),
    }
    return [
        _judge(
            name,
            np.where(clear, today[name][0], np.nan),
            level=levels[name],
            known=known,
            noise=noise * (unrest if name == "occupancy" else 1.0),
            state=state,
            shares=(clear_px, clear_fraction),
        )
        for name in INDICES
    ]


def _judge(
    name: IndexName,
    difference: Floats,
    *,
    level: Floats,
    known: ZoneBaseline,
    noise: float,
    state: ZoneState,
    shares: tuple[float, float],
) -> Measurement:
    """One index: today's difference from the prediction beside those of the past looks."""
    area = known.zone.area_m2
    change = difference - known.habit[name]
    usable = np.isfinite(change) & np.isfinite(known.field_sigma[name]) & np.isfinite(level)
    past, weights = _past_means(known.differences[name], area * usable, known.weights)
    if area[usable].sum() < PARTIAL_CLEAR * area.sum():
        return Measurement(name, "no_data", *shares, flags=("band_missing",))
    if len(past) < LOOKS_MIN:
        return Measurement(name, "learning", *shares, baseline_n=len(past))
    floor = SPREAD_FLOORS[name]
    if name == "occupancy":
        floor = max(floor, OCCUPANCY_FLOOR_M2 / float(area.sum()))
    spread = max(float(robust.weighted_spread(past[:, None], weights)[0]), floor)
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    error = _mean_error(known.field_sigma[name] * noise, area * usable)
    total = spread**2 * (noise**2 + 1 / effective)
    expected_error = math.sqrt(max(total - error**2, spread**2 / effective))
    expected = float(np.average((level + known.habit[name])[usable], weights=area[usable]))
    moved = float(np.average(change[usable], weights=area[usable]))
    unit = float(area.sum()) if name == "occupancy" else 1.0
    return Measurement(
        name,
        state,
        *shares,
        value=(expected + moved) * unit,
        standard_error=error * unit,
        expected=expected * unit,
        expected_error=expected_error * unit,
        z=moved / math.hypot(error, expected_error),
        baseline_n=len(past),
        flags=("noisy",) if noise > NOISY_FLAG else (),
    )


def _past_means(
    differences: Floats, area: Floats, weights: Floats
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Area-weighted mean of each past look over today's pixels, with its weight.

    Looks that saw less than OVERLAP_MIN of today's clear area are left out.
    """
    seen = np.isfinite(differences)
    shared = (seen * area).sum(axis=1)
    usable = (shared >= OVERLAP_MIN * area.sum()) & (shared > 0) & (weights > 0)
    total = np.where(np.isfinite(differences), differences, 0.0) @ area
    return total[usable] / shared[usable], weights[usable]


def _mean_error(sigma: Floats, area: Floats) -> float:
    """Standard error of an area-weighted mean whose neighbouring pixels share their errors."""
    used = area > 0
    square = float(((area[used] * sigma[used]) ** 2).sum())
    return math.sqrt(square * CORRELATED_PX) / float(area.sum()) if used.any() else math.nan


def _plain_values(
    look: ClearLook,
    look_texture: npt.NDArray[np.float32],
    zone: ZonePixels,
    clear: npt.NDArray[np.bool_],
) -> dict[IndexName, float]:
    """Means of the indices that need no expectation; occupancy is not among them."""
    observed = look.reflectance.reshape(len(look.reflectance), -1)[:, zone.index]
    fields: dict[IndexName, Floats] = {
        "brightness": indices.brightness(observed),
        "ndvi": indices.ndvi(observed),
        "bare_soil": indices.bare_soil(observed),
        "texture": look_texture.ravel()[zone.index].astype(np.float64),
    }
    means: dict[IndexName, float] = {}
    for name, values in fields.items():
        usable = clear & np.isfinite(values)
        if usable.any():
            means[name] = float(np.average(values[usable], weights=zone.area_m2[usable]))
    return means
