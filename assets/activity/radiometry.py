"""Light and air of looks on the sampled ground, and how noisy each look is.

The bridge between looks and the plain arrays of `normalise`; pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.activity import robust
from assets.activity.expectation import Expectation
from assets.activity.models import ClearLook, Floats, Mask
from assets.activity.normalise import Levels, SeasonMap, fit_levels, fit_season, no_levels
from assets.constants import MAD_TO_SIGMA

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Radiometry:
    """What brings looks to the level of the expectation, and predicts them from it.

    Attributes:
        bands: positions in REFLECTANCE_BANDS that the past has; levels and season have only them.
    """

    expectation: Expectation
    bands: tuple[int, ...]
    levels: Levels
    season: SeasonMap

    def compare(
        self, looks: Sequence[ClearLook], positions: Positions
    ) -> tuple[Floats, Floats, Mask]:
        """Residual, expected reflectance, shape (look, band, pixel), and clear (look, pixel).

        The residual is what is observed at the reference level beyond what is predicted. NaN
        where a look is not clear, could not be fitted, or lacks a band.
        """
        count = self.expectation.band_count
        expected = self.expectation.at(looks, positions)
        observed, clear = pixels_of(looks, positions)
        clear &= np.isfinite(expected[:, list(self.bands)]).all(axis=1)
        residual = np.full((len(looks), count, len(positions)), np.nan)
        levelled = self.levels.take_off(observed[:, list(self.bands)])
        predicted = self.season.predict(expected[:, list(self.bands)])
        residual[:, list(self.bands)] = np.where(clear[:, None], levelled - predicted, np.nan)
        return residual, expected, clear


def fit_radiometry(
    looks: Sequence[ClearLook],
    expectation: Expectation,
    sample: Positions,
    *,
    is_normalised: bool = True,
) -> Radiometry:
    """Levels and season of looks, on sampled pixels of the rest of the site."""
    bands = list(expectation.bands)
    expected = expectation.at(looks, sample)[:, bands]
    observed, clear = pixels_of(looks, sample)
    observed = observed[:, bands]
    finite = np.isfinite(observed)
    has_band = finite.any(axis=2, keepdims=True)
    clear &= (finite | ~has_band).all(axis=1) & np.isfinite(expected).all(axis=1)
    expected = np.nan_to_num(expected)
    if is_normalised:
        levels = fit_levels(expected, observed, clear)
    else:
        levels = no_levels(len(looks), len(bands))
    season = fit_season(expected, levels.take_off(observed), clear)
    if not is_normalised:
        season = SeasonMap(
            season.mean, season.spread, _unchanged(season), _plain_scale(observed, expected, clear)
        )
    return Radiometry(expectation, expectation.bands, levels, season)


def noise_factor(scale: Floats, typical: Floats) -> Floats:
    """How much noisier than usual each look is, at least 1; NaN where it could not be fitted.

    Args:
        scale: unexplained residuals of the looks, shape (look, band).
        typical: the usual ones, shape (band,).
    """
    with np.errstate(invalid="ignore"):
        ratio = robust.median((scale / typical).T)
    return np.where(np.isfinite(ratio), np.maximum(ratio, 1.0), np.nan)


def pixels_of(looks: Sequence[ClearLook], positions: Positions) -> tuple[Floats, Mask]:
    """Reflectance (look, band, pixel) and clear (look, pixel) at positions."""
    pixels = [look.reflectance.reshape(len(look.reflectance), -1)[:, positions] for look in looks]
    return (
        np.stack(pixels).astype(np.float64),
        np.stack([look.clear.ravel()[positions] for look in looks]),
    )


def _unchanged(season: SeasonMap) -> Floats:
    """Terms that predict each band by itself."""
    bands = len(season.mean)
    plain = np.hstack([np.diag(season.spread), season.mean[:, None]])
    return np.where(
        np.isfinite(season.terms), np.broadcast_to(plain, (1, bands, bands + 1)), np.nan
    )


def _plain_scale(observed: Floats, expected: Floats, clear: Mask) -> Floats:
    """Robust standard deviation of plain differences, shape (look, band)."""
    size = np.where(clear[:, None], np.abs(observed - expected), np.nan)
    return np.asarray(MAD_TO_SIGMA * robust.median(np.moveaxis(size, -1, 0)))
