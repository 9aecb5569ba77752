"""What the light and the air of one look do to the whole site, fitted outside the judged zone.

A look is predicted from the expected reflectance by a linear map of the bands, so that a
difference between a look and its prediction is local. Pure; choosing pixels is `sample`'s job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.robust import MAD_TO_SIGMA, huber_weights

PIXELS_MIN: Final = 100  # fewer clear pixels cannot carry seven unknowns a band
RIDGE: Final = 0.01  # pull towards "band b is predicted by band b alone", per unit of weight
ROUNDS: Final = 4
SCALE_FLOOR: Final = 1e-3  # reflectance; the radiometric step of L2A is 1e-4, its noise more


@dataclass(frozen=True, slots=True)
class RadiometricFit:
    """Linear maps from expected to observed reflectance, one a look and band.

    Attributes:
        mean, spread: shape (band,), of the expected reflectance of the fitted pixels.
        terms: shape (look, band, band + 1): gains on the standardised expected bands, then the
            offset. NaN where too few clear pixels were left, and in bands that a look has not.
        scale: shape (look, band), robust standard deviation of what the map does not explain,
            reflectance.
    """

    mean: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    terms: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]

    def predict(self, expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Predicted reflectance of every look.

        Args:
            expected: shape (band, pixel).

        Returns:
            Shape (look, band, pixel).
        """
        standard = (expected - self.mean[:, None]) / self.spread[:, None]
        return np.asarray(self.terms[:, :, :-1] @ standard + self.terms[:, :, -1:])


def fit_looks(
    expected: npt.NDArray[np.float64],
    observed: npt.NDArray[np.float32],
    clear: npt.NDArray[np.bool_],
) -> RadiometricFit:
    """Robust linear maps from the expected to the observed reflectance of many looks at once.

    Gain and offset of each band, with cross terms of the other bands: leaf-out and drying change
    forest, meadow and soil by different amounts, which one gain a band cannot follow.
    Iteratively reweighted least squares with Huber weights shared by the bands of a pixel,
    and a ridge towards the plain gain.

    Args:
        expected: reflectance, shape (band, pixel), finite.
        observed: reflectance, shape (look, band, pixel); NaN where unseen, and throughout a
            band that the look has not.
        clear: shape (look, pixel), the pixels that may be used.

    Returns:
        The maps; rows of NaN for looks with fewer than PIXELS_MIN clear pixels.
    """
    bands, pixels = expected.shape
    mean = expected.mean(axis=1) if pixels else np.zeros(bands)
    spread = expected.std(axis=1) + 0.01 if pixels else np.ones(bands)
    design = np.vstack([(expected - mean[:, None]) / spread[:, None], np.ones((1, pixels))])
    products = (design[:, None] * design[None]).reshape((bands + 1) ** 2, pixels)
    prior = np.hstack([np.diag(spread), np.zeros((bands, 1))])
    target = np.where(np.isfinite(observed), observed, 0.0).astype(np.float64)
    has_band = np.asarray(np.isfinite(observed).any(axis=2))
    usable = clear.astype(np.float64)
    weight = usable
    terms = np.zeros((len(observed), bands, bands + 1))
    scale = np.ones((len(observed), bands))
    for _ in range(ROUNDS):
        terms = _solve(weight, products, design, target, prior)
        residual = (target - terms @ design) * has_band[:, :, None]
        scale = _scale(residual, clear)
        sigmas = np.sqrt(np.mean((residual / scale[:, :, None]) ** 2, axis=1))
        weight = usable * huber_weights(sigmas)
    unfit = (clear.sum(axis=1) < PIXELS_MIN)[:, None] | ~has_band
    terms[unfit] = np.nan
    scale[unfit] = np.nan
    return RadiometricFit(mean, spread, terms, scale)


def _solve(
    weight: npt.NDArray[np.float64],
    products: npt.NDArray[np.float64],
    design: npt.NDArray[np.float64],
    target: npt.NDArray[np.float64],
    prior: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Weighted ridge solution of every look, shape (look, band, term)."""
    terms = len(design)
    ridge = np.eye(terms)
    ridge[-1, -1] = 0.0
    strength = RIDGE * weight.sum(axis=1) + 1e-6
    normal = (weight @ products.T).reshape(-1, terms, terms)
    normal = normal + strength[:, None, None] * ridge + 1e-9 * np.eye(terms)
    right = (weight[:, None] * target) @ design.T + strength[:, None, None] * (prior @ ridge)
    return np.asarray(np.linalg.solve(normal, right.transpose(0, 2, 1)).transpose(0, 2, 1))


def _scale(
    residual: npt.NDArray[np.float64], clear: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Robust standard deviation of the residuals of each look and band over its clear pixels."""
    scale = np.full(residual.shape[:2], SCALE_FLOOR)
    for look, usable in enumerate(clear):
        if usable.any():
            size = np.median(np.abs(residual[look][:, usable]), axis=1)
            scale[look] = np.maximum(MAD_TO_SIGMA * size, SCALE_FLOOR)
    return scale
