"""Predictions of looks from the expectation of a site, and how noisy each look is.

The bridge between looks and the plain arrays of `normalise`; pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assets.activity import robust
from assets.activity.models import ClearLook, Floats
from assets.activity.normalise import RadiometricFit, fit_looks


def fit_radiometry(
    looks: Sequence[ClearLook], expected: Floats, sample: npt.NDArray[np.intp], bands: Sequence[int]
) -> RadiometricFit:
    """Maps from the expectation to each look, on the sampled pixels of the rest of the site."""
    flat = expected.reshape(len(expected), -1)[list(bands)][:, sample]
    observed = np.stack(
        [look.reflectance.reshape(len(expected), -1)[list(bands)][:, sample] for look in looks]
    )
    clear = np.stack([look.clear.ravel()[sample] for look in looks])
    finite = np.isfinite(observed)
    has_band = finite.any(axis=2, keepdims=True)
    return fit_looks(flat, observed, clear & (finite | ~has_band).all(axis=1))


def predict_bands(fit: RadiometricFit, surface: Floats, bands: Sequence[int]) -> Floats:
    """Prediction of every look for a surface (band, pixel), NaN in bands it or the past has not."""
    out = np.full((len(fit.terms), *surface.shape), np.nan)
    out[:, list(bands)] = fit.predict(surface[list(bands)])
    return out


def noise_factor(scale: Floats, typical: Floats) -> Floats:
    """How much noisier than usual each look is, at least 1; NaN where it could not be fitted.

    Args:
        scale: unexplained residuals of the looks, shape (look, band).
        typical: the usual ones, shape (band,).
    """
    with np.errstate(invalid="ignore"):
        ratio = robust.median((scale / typical).T)
    return np.where(np.isfinite(ratio), np.maximum(ratio, 1.0), np.nan)
