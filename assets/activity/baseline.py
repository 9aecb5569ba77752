"""What a zone is expected to look like in a month, from past clear looks of one relative orbit.

Pure and causal: everything here comes from looks before the month that is judged. Measuring a
new look against it is `measure`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.activity import indices, robust
from assets.activity.history import LOOKS_MIN
from assets.activity.indices import IndexName
from assets.activity.models import Baseline, ClearLook, Floats, Mask, ZoneBaseline, ZonePixels
from assets.activity.normalise import RadiometricFit
from assets.activity.radiometry import fit_radiometry, noise_factor, predict_bands
from assets.activity.sample import choose_sample, judged_pixels
from assets.activity.surface import SPREAD_FLOOR, bare_surface, expect_pixels, texture_of


def learn_baseline(past: Sequence[ClearLook], zones: Sequence[ZonePixels]) -> Baseline | None:
    """The baseline of a site from its past looks of one orbit.

    Args:
        past: at most some two dozen looks, best first, weights by `history.look_weights`.
        zones: all zones of the site, judged and reference.

    Returns:
        None while the site is still learning: fewer than LOOKS_MIN looks, or no pixel that so
        many of them saw.
    """
    if len(past) < LOOKS_MIN:
        return None
    expected, bands = expect_pixels(past)
    if not bands:
        return None
    judged = judged_pixels(zones, expected.shape[1:])
    image = indices.brightness(expected.reshape(len(expected), -1)).reshape(expected.shape[1:])
    image_texture = indices.texture(image, np.isfinite(image))
    textures = np.stack([texture_of(look) for look in past])
    found = {
        zone.zone_id: _learn_zone(
            zone,
            past,
            expected=expected,
            bands=bands,
            judged=judged,
            texture_difference=(textures - image_texture).reshape(len(past), -1)[:, zone.index],
        )
        for zone in zones
    }
    return Baseline(
        tuple(look.acquisition_id for look in past), bands, expected, image_texture, found
    )


def index_differences(
    observed: npt.NDArray[np.floating],
    predicted: Floats,
    texture_difference: npt.NDArray[np.floating],
) -> dict[IndexName, Floats]:
    """Observed minus predicted field of each spectral index and texture, shape (look, pixel)."""
    return {
        "brightness": indices.brightness(observed) - indices.brightness(predicted),
        "ndvi": indices.ndvi(observed) - indices.ndvi(predicted),
        "bare_soil": indices.bare_soil(observed) - indices.bare_soil(predicted),
        "texture": np.asarray(texture_difference, dtype=np.float64),
    }


def _learn_zone(
    zone: ZonePixels,
    past: Sequence[ClearLook],
    *,
    expected: Floats,
    bands: tuple[int, ...],
    judged: Mask,
    texture_difference: npt.NDArray[np.floating],
) -> ZoneBaseline:
    """The baseline of one zone; see `ZoneBaseline`."""
    count = len(expected)
    sample = choose_sample(expected, bands, judged, zone)
    surface = expected.reshape(count, -1)[:, zone.index]
    bare = bare_surface(surface, zone.kind)
    fit = fit_radiometry(past, expected, sample, bands)
    typical = robust.median(fit.scale)
    noise = noise_factor(fit.scale, typical)
    weights = np.array([look.weight for look in past])
    weights = np.where(np.isfinite(noise), weights / noise**2, 0.0)
    judge = _PastResiduals(past, fit, expected=expected, bands=bands, weights=weights, noise=noise)
    observed, residual, sigma = judge.at(zone.index)
    _, sample_residual, sample_sigma = judge.at(sample)
    threshold = indices.occupancy_threshold(judge.scores(sample_residual, sample_sigma))
    predicted = predict_bands(fit, surface, bands)
    fields = index_differences(observed, predicted, texture_difference)
    from_bare = residual + predicted - predict_bands(fit, bare, bands)
    fields["occupancy"] = indices.occupied(judge.scores(from_bare, sigma), threshold)
    clear = np.asarray(np.isfinite(observed).any(axis=1))
    fields = {name: np.where(clear, values, np.nan) for name, values in fields.items()}
    habit = {name: _habit(values, weights) for name, values in fields.items()}
    left_out = _leave_one_out(clear, weights)
    differences = {name: (values - habit[name]) * left_out for name, values in fields.items()}
    spreads = {
        name: robust.weighted_spread(values / noise[:, None], weights)
        for name, values in differences.items()
    }
    return ZoneBaseline(
        zone=zone,
        sample=sample,
        expected=surface,
        bare=bare,
        sigma=sigma,
        sample_sigma=sample_sigma,
        habit=habit,
        differences=differences,
        field_sigma={**spreads, "occupancy": _flag_sigma(fields["occupancy"])},
        weights=weights,
        typical_scale=typical,
        typical_threshold=float(robust.median(threshold)[0]),
    )


@dataclass(frozen=True, slots=True)
class _PastResiduals:
    """What the past looks leave unexplained at chosen pixels."""

    past: Sequence[ClearLook]
    fit: RadiometricFit
    expected: Floats
    bands: tuple[int, ...]
    weights: Floats
    noise: Floats

    def at(self, positions: npt.NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        """Observed, residual (look, band, pixel) with each look left out, and spread over looks.

        NaN where a look was not clear or could not be fitted.
        """
        count = len(self.expected)
        pixels = [look.reflectance.reshape(count, -1)[:, positions] for look in self.past]
        clear = np.stack([look.clear.ravel()[positions] for look in self.past])
        clear &= (self.weights > 0)[:, None]
        observed = np.where(clear[:, None], np.stack(pixels).astype(np.float64), np.nan)
        surface = self.expected.reshape(count, -1)[:, positions]
        residual = observed - predict_bands(self.fit, surface, self.bands)
        residual *= _leave_one_out(clear, self.weights)[:, None]
        size = np.abs(residual / self.noise[:, None, None])
        sigma = np.maximum(robust.MAD_TO_SIGMA * robust.median(size), SPREAD_FLOOR)
        return observed, residual, sigma

    def scores(self, difference: Floats, sigma: Floats) -> Floats:
        """Departure scores of the past looks, shape (look, pixel), each by its own noise."""
        return indices.departure_score(difference, sigma * self.noise[:, None, None])


def _leave_one_out(clear: Mask, weights: Floats) -> Floats:
    """Factor that turns a residual from a weighted mean into one that leaves the look out.

    For a mean with weights w, y - mean_without_y = (y - mean) / (1 - w / sum(w)); shape
    (look, pixel).
    """
    weight = clear * weights[:, None]
    share = weight / np.maximum(weight.sum(axis=0), 1e-12)
    return np.asarray(1.0 / np.maximum(1.0 - share, 0.2))


def _habit(fields: Floats, weights: Floats) -> Floats:
    """Weighted mean of past fields (look, pixel) over the looks that were clear; NaN without."""
    weight = weights[:, None] * np.isfinite(fields)
    total = weight.sum(axis=0)
    mean = (weight * np.nan_to_num(fields)).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, mean, np.nan))


def _flag_sigma(flags: Floats) -> Floats:
    """Standard deviation of a yes-or-no field, shape (pixel,), from past flags (look, pixel).

    Half a yes and half a no are added (Jeffreys prior), so that a pixel that was never occupied
    in twenty looks may yet be, once in a while.
    """
    seen = np.isfinite(flags).sum(axis=0)
    share = (np.nansum(flags, axis=0) + 0.5) / (seen + 1.0)
    return np.asarray(np.where(seen > 0, np.sqrt(share * (1.0 - share)), np.nan))
