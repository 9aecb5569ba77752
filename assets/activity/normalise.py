"""What the light and the air of one look do to the whole site, fitted outside the judged zone.

Two steps: a gain and an offset a band bring a look to the level of what is expected (`Levels`),
then a map of the bands follows what the season does to all ground alike (`SeasonMap`). Pure;
choosing pixels is `sample`'s job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import robust
from assets.activity.robust import huber_weights
from assets.constants import MAD_TO_SIGMA

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

PIXELS_MIN: Final = 100  # fewer clear pixels cannot carry seven unknowns a band
RIDGE: Final = 0.01  # pull towards "band b is predicted by band b alone", per unit of weight
ROUNDS: Final = 4
LEVEL_ROUNDS: Final = 5
SIZE_EVERY: Final = 4  # pixels; a spread is known well enough from every fourth
SCALE_FLOOR: Final = 1e-3  # reflectance; the radiometric step of L2A is 1e-4, its noise more
TINY: Final = 1e-12  # reflectance squared: no contrast at all
GAIN_MIN, GAIN_MAX = 0.2, 5.0  # beyond it a look is cloud or night, not the same ground


@dataclass(frozen=True, slots=True)
class Levels:
    """Gain and offset of each look and band: observed = gain * expected + offset.

    Attributes:
        gain, offset: shape (look, band); NaN where too few clear pixels were left, where the gain
            is out of all reason, and in bands that a look has not.
        pixels: clear pixels that carried the fit, shape (look,).
        residual: robust standard deviation of what gain and offset leave over, at the level of
            what is expected, reflectance, shape (look, band).
    """

    gain: Floats
    offset: Floats
    pixels: npt.NDArray[np.int64]
    residual: Floats

    def take_off(self, observed: npt.NDArray[np.floating]) -> Floats:
        """Looks at the level of what is expected, shape (look, band, ...) as given."""
        spread = (..., *[None] * (observed.ndim - 2))
        return np.asarray((observed - self.offset[spread]) / self.gain[spread])


def no_levels(looks: int, bands: int) -> Levels:
    """Levels that change nothing."""
    ones = np.ones((looks, bands))
    return Levels(ones, 0 * ones, np.zeros(looks, np.int64), np.full((looks, bands), np.nan))


def fit_levels(expected: Floats, observed: npt.NDArray[np.floating], clear: Mask) -> Levels:
    """Robust gain and offset of every look and band at once.

    A reduced major axis with Huber weights that the bands of a pixel share, so that a pixel that
    changed in one band has no say in any, reweighted LEVEL_ROUNDS times. Whatever gain and offset
    a look is given as a whole, the fit takes off again.

    Args:
        expected: reflectance, shape (look, band, pixel), finite.
        observed: reflectance, same shape; NaN where unseen.
        clear: shape (look, pixel), pixels that may be used.

    Source:
        Relative radiometric normalisation against pixels that do not change (Schott et al. 1988,
        doi:10.1016/0034-4257(88)90116-2), with Huber's weights in place of a hand-made choice and
        an axis that allows for errors in both (Canty et al. 2004, doi:10.1016/j.rse.2003.10.024).
    """
    use = clear[:, None] & np.isfinite(observed)
    target = np.where(use, observed, 0.0).astype(np.float64)
    weight = use.astype(np.float64)
    gain, offset = np.ones(use.shape[:2]), np.zeros(use.shape[:2])
    size = np.ones(use.shape[:2])
    for _ in range(LEVEL_ROUNDS):
        gain, offset = _lines(expected, target, weight)
        residual = np.abs(target - gain[..., None] * expected - offset[..., None])
        residual = np.where(np.isfinite(residual), residual, 0.0)  # of a band that has no slope
        size = MAD_TO_SIGMA * _medians(residual, use)
        scaled = residual / np.maximum(size, 1e-9)[..., None]
        has_band = use.any(axis=2, keepdims=True)
        shared = np.sqrt((scaled**2 * use).sum(axis=1) / np.maximum(has_band.sum(axis=1), 1))
        weight = use * huber_weights(shared)[:, None]
    pixels = clear.sum(axis=1)
    bad = (use.sum(axis=2) < PIXELS_MIN) | ~((gain > GAIN_MIN) & (gain < GAIN_MAX))
    gain, offset = np.where(bad, np.nan, gain), np.where(bad, np.nan, offset)
    return Levels(gain, offset, pixels, np.where(bad, np.nan, size / np.where(bad, 1.0, gain)))


def _lines(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted reduced major axis over the last axis: slope is the ratio of the spreads.

    NaN where x does not vary or y falls as x rises. A regression on x would come out too flat
    where the expectation is poor, and its residuals, brought to the reference, too large.
    """
    total = np.maximum(weight.sum(axis=-1), 1e-12)
    mean_x = (weight * x).sum(axis=-1) / total
    mean_y = (weight * y).sum(axis=-1) / total
    from_mean = weight * (x - mean_x[..., None])
    along = (from_mean * (x - mean_x[..., None])).sum(axis=-1)
    across = (weight * (y - mean_y[..., None]) ** 2).sum(axis=-1)
    both = (from_mean * y).sum(axis=-1)
    is_told = (along > TINY) & (both > 0)
    slope = np.where(is_told, np.sqrt(across / np.maximum(along, TINY)), np.nan)
    return slope, mean_y - slope * mean_x


def _medians(values: Floats, use: Mask) -> Floats:
    """Median over the last axis of what may be used; 0 where nothing may."""
    values, use = values[..., ::SIZE_EVERY], use[..., ::SIZE_EVERY]
    found = robust.median(np.moveaxis(np.where(use, values, np.nan), -1, 0))
    return np.asarray(np.nan_to_num(found))


@dataclass(frozen=True, slots=True)
class SeasonMap:
    """Linear maps from expected to levelled reflectance, one a look and band.

    Attributes:
        mean, spread: shape (band,), of the expected reflectance of the fitted pixels.
        terms: shape (look, band, band + 1): gains on the standardised expected bands, then the
            offset. NaN where too few clear pixels were left, and in bands that a look has not.
        scale: shape (look, band), robust standard deviation of what the map does not explain,
            reflectance.
    """

    mean: Floats
    spread: Floats
    terms: Floats
    scale: Floats

    def predict(self, expected: Floats) -> Floats:
        """Prediction of every look, shape (look, band, pixel), from expectations of that shape."""
        standard = (expected - self.mean[:, None]) / self.spread[:, None]
        return np.asarray(self.terms[:, :, :-1] @ standard + self.terms[:, :, -1:])


def fit_season(expected: Floats, levelled: Floats, clear: Mask) -> SeasonMap:
    """Robust linear maps from the expected to the levelled reflectance of many looks at once.

    Gain and offset of each band, with cross terms of the other bands: leaf-out and drying change
    forest, meadow and soil by different amounts, which one gain a band cannot follow.
    Iteratively reweighted least squares with Huber weights shared by the bands of a pixel,
    and a ridge towards no change.

    Args:
        expected: reflectance, shape (look, band, pixel), finite.
        levelled: looks at the same level, same shape; NaN where unseen, and throughout a band
            that the look has not.
        clear: shape (look, pixel), the pixels that may be used.

    Returns:
        The maps; rows of NaN for looks with fewer than PIXELS_MIN clear pixels.
    """
    looks, bands, pixels = expected.shape
    has_any = looks > 0 and pixels > 0
    mean = expected.mean(axis=(0, 2)) if has_any else np.zeros(bands)
    spread = expected.std(axis=(0, 2)) + 0.01 if has_any else np.ones(bands)
    standard = (expected - mean[:, None]) / spread[:, None]
    design = np.concatenate([standard, np.ones((looks, 1, pixels))], axis=1)
    prior = np.hstack([np.diag(spread), mean[:, None]])
    target = np.where(np.isfinite(levelled), levelled, 0.0)
    has_band = np.asarray(np.isfinite(levelled).any(axis=2))
    usable = clear.astype(np.float64)
    weight = usable
    terms = np.zeros((looks, bands, bands + 1))
    scale = np.ones((looks, bands))
    for _ in range(ROUNDS):
        terms = _solve(weight, design, target, prior)
        residual = (target - terms @ design) * has_band[:, :, None]
        scale = np.maximum(
            MAD_TO_SIGMA * _medians(np.abs(residual), clear[:, None] & has_band[:, :, None]),
            SCALE_FLOOR,
        )
        sigmas = np.sqrt(np.mean((residual / scale[:, :, None]) ** 2, axis=1))
        weight = usable * huber_weights(sigmas)
    unfit = (clear.sum(axis=1) < PIXELS_MIN)[:, None] | ~has_band
    return SeasonMap(
        mean, spread, np.where(unfit[..., None], np.nan, terms), np.where(unfit, np.nan, scale)
    )


def _solve(weight: Floats, design: Floats, target: Floats, prior: Floats) -> Floats:
    """Weighted ridge solution of every look, shape (look, band, term)."""
    terms = design.shape[1]
    ridge = np.eye(terms)
    ridge[-1, -1] = 0.0
    strength = (RIDGE * weight.sum(axis=1) + 1e-6)[:, None, None]
    weighted = weight[:, None] * design
    normal = weighted @ design.transpose(0, 2, 1) + strength * ridge + 1e-9 * np.eye(terms)
    right = target @ weighted.transpose(0, 2, 1) + strength * (prior @ ridge)
    return np.asarray(np.linalg.solve(normal, right.transpose(0, 2, 1)).transpose(0, 2, 1))
