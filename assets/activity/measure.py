"""The value of each index of a zone in one look, its expectation, and the errors of both.

Pure. The baseline comes from `baseline`; rows for the lake are made in `months`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from assets.activity import indices, robust
from assets.activity.baseline import index_differences
from assets.activity.history import LOOKS_MIN
from assets.activity.indices import BANDS_NEEDED, INDICES, IndexName
from assets.activity.models import Baseline, ClearLook, Floats, ZoneBaseline, ZonePixels
from assets.activity.normalise import RadiometricFit
from assets.activity.radiometry import fit_radiometry, noise_factor, predict_bands
from assets.clouds.fractions import PARTIAL_CLEAR, ZoneState
from resources.models import REFLECTANCE_BANDS

IndexState = Literal["valid", "partial", "cloudy", "snow", "no_data", "superseded", "learning"]

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
    area = zone.area_m2
    shares = (float((area / 100.0)[clear].sum()), float(area[clear].sum() / area.sum()))
    if state not in ("valid", "partial"):
        return [Measurement(name, state, *shares) for name in INDICES]
    if baseline is None:
        values = _plain_values(look, look_texture, zone, clear)
        found = [Measurement(name, "learning", *shares, value=values.get(name)) for name in INDICES]
    else:
        found = _compare(
            look, look_texture, state=state, baseline=baseline, zone_id=zone.zone_id, shares=shares
        )
    lacking = _lacking_bands(look, zone)
    return [
        Measurement(one.index_name, "no_data", *shares, flags=("band_missing",))
        if lacking.intersection(BANDS_NEEDED[one.index_name]) and one.state != "cloudy"
        else one
        for one in found
    ]


def _lacking_bands(look: ClearLook, zone: ZonePixels) -> set[str]:
    """Bands that a look has nowhere in a zone."""
    flat = look.reflectance.reshape(len(look.reflectance), -1)[:, zone.index]
    has_band = np.asarray(np.isfinite(flat).any(axis=1))
    return {name for name, has in zip(REFLECTANCE_BANDS, has_band, strict=True) if not has}


@dataclass(frozen=True, slots=True)
class _Fields:
    """What one look shows beyond its prediction in a zone, by index, shape (pixel,).

    `levels` are the predictions themselves; `unrest` is how much higher than usual the rest of
    the site drives the threshold of occupancy, at least 1.
    """

    differences: dict[IndexName, Floats]
    levels: dict[IndexName, Floats]
    unrest: float


def _compare(
    look: ClearLook,
    look_texture: npt.NDArray[np.float32],
    *,
    state: ZoneState,
    baseline: Baseline,
    zone_id: str,
    shares: tuple[float, float],
) -> list[Measurement]:
    """Measurements of a zone that has a baseline."""
    known = baseline.zones[zone_id]
    fit = fit_radiometry([look], baseline.expected, known.sample, baseline.bands)
    noise = float(noise_factor(fit.scale, known.typical_scale)[0])
    if not noise <= NOISY:
        flag = "site_not_comparable" if math.isnan(noise) else "haze_or_snow_missed_by_mask"
        return [Measurement(name, "cloudy", *shares, flags=(flag,)) for name in INDICES]
    fields = _todays_fields(look, look_texture, baseline, known=known, fit=fit, noise=noise)
    clear = look.clear.ravel()[known.zone.index]
    return [
        _judge(
            name,
            np.where(clear, fields.differences[name], np.nan),
            level=fields.levels[name],
            known=known,
            noise=noise * (fields.unrest if name == "occupancy" else 1.0),
            state=state,
            shares=shares,
        )
        for name in INDICES
    ]


def _todays_fields(
    look: ClearLook,
    look_texture: npt.NDArray[np.float32],
    baseline: Baseline,
    *,
    known: ZoneBaseline,
    fit: RadiometricFit,
    noise: float,
) -> _Fields:
    """A look beside its prediction, pixel by pixel of a zone."""
    flat = look.reflectance.reshape(len(look.reflectance), -1)
    observed = flat[:, known.zone.index]
    predicted = predict_bands(fit, known.expected, baseline.bands)[0]
    texture = baseline.texture.ravel()[known.zone.index]
    today = look_texture.ravel()[known.zone.index] - texture
    threshold = _todays_threshold(look, baseline, known=known, fit=fit, noise=noise)
    bare = predict_bands(fit, known.bare, baseline.bands)[0]
    scores = indices.departure_score(observed - bare, known.sigma * noise)
    return _Fields(
        differences={
            **index_differences(observed, predicted, today),
            "occupancy": indices.occupied(scores, threshold),
        },
        levels={
            "brightness": indices.brightness(predicted),
            "ndvi": indices.ndvi(predicted),
            "bare_soil": indices.bare_soil(predicted),
            "texture": texture.astype(np.float64),
            "occupancy": np.zeros(len(known.zone.index)),
        },
        unrest=max(1.0, float(threshold[0]) / known.typical_threshold),
    )


def _todays_threshold(
    look: ClearLook,
    baseline: Baseline,
    *,
    known: ZoneBaseline,
    fit: RadiometricFit,
    noise: float,
) -> Floats:
    """Score above which a pixel of a look counts as occupied, shape (1,), by the site's rest."""
    flat = look.reflectance.reshape(len(look.reflectance), -1)[:, known.sample]
    surface = baseline.expected.reshape(len(flat), -1)[:, known.sample]
    rest = flat - predict_bands(fit, surface, baseline.bands)[0]
    rest = np.where(look.clear.ravel()[known.sample], rest, np.nan)
    return indices.occupancy_threshold(indices.departure_score(rest, known.sample_sigma * noise))


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
        if area[np.isfinite(known.habit[name])].sum() < PARTIAL_CLEAR * area.sum():
            return Measurement(name, "learning", *shares, baseline_n=len(past))
        return Measurement(name, "no_data", *shares, flags=("too_few_pixels",))
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
