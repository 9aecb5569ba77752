"""How strongly each place of a view departs from what is expected, and how often noise does so.

Matched filters and their statistics only; what a departure is taken for, is `objects`' business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage, stats

from assets.activity.indices import OCCUPANCY_BANDS
from assets.activity.models import Floats, Mask, ZoneView
from assets.activity.robust import MAD_TO_SIGMA
from resources.instrument import blur_sigma_m

PIXEL_M: Final = 10.0
SCALES_M: Final = (5.5, 11.0, 20.0)
"""Standard deviations of the filters, metres: a point behind the instrument's blur, and outlines
of 45 and 75 m behind it."""
QUIET: Final = 0.99  # share of noise that the covariance is taken from; the rest may be objects
PRIOR_PIXELS: Final = 30.0  # weight of the correlation assumed between bands where little is seen
PRIOR_CORRELATION: Final = 0.5
TRIALS_PER_PIXEL: Final = 1.7
"""Noise peaks beyond a level, over pixels beyond it at one scale; see `test_objects`."""
PRIOR_DENSITY: Final = 0.002
"""Objects expected in a view, per unit of the logarithm of the alarms: that a departure is an
object is as likely as not where noise does as much in one view of 500."""
SAMPLE_PIXELS: Final = 20_000  # enough for a spread within 1 %
LOW_SCORE: Final = 3.0  # below it nothing is looked at
PIXELS_MIN: Final = 40  # clear pixels; fewer cannot say what is noise


@dataclass(frozen=True, slots=True)
class Departures:
    """Strength of departure from the expectation, of each pixel.

    Attributes:
        strength: in standard deviations (root of Hotelling's T^2), at the scale where it is least
            likely to be noise, shape (y, x); 0 where not seen.
        log_alarms: natural logarithm of the number of noise peaks at least as strong expected in
            the whole view, shape (y, x); large where the strength is below LOW_SCORE.
    """

    strength: Floats
    log_alarms: Floats


def find_departures(
    scores: Floats,
    seen: Mask,
    *,
    scales_m: tuple[float, ...] = SCALES_M,
    pixel_m: float = PIXEL_M,
) -> Departures:
    """Departures of compact shape, bright, dark or coloured.

    The residuals of the 10 m bands, in sigma, are smoothed at each scale and combined by the
    covariance that the view itself shows where nothing departs, so noise that is shared by
    neighbours (blur, resampling) or by bands (haze, glint) is taken as such. The strength is
    Hotelling's T^2; the number of false alarms is counted a contrario.

    Args:
        scores: from `scored_bands`, shape (4, y, x).
        seen: shape (y, x).
        scales_m: standard deviations of the filters, metres.
        pixel_m: ground pixel, metres.

    Returns:
        Nothing departs where fewer than PIXELS_MIN pixels are seen.

    Source:
        Hotelling 1931, doi:10.1214/aoms/1177732979; matched filters over scales: Lindeberg 1998,
        doi:10.1023/A:1008045108935; number of false alarms: Desolneux, Moisan and Morel 2000,
        doi:10.1023/A:1026593302236.
    """
    strength, log_p = np.zeros(seen.shape), np.zeros(seen.shape)
    if seen.sum() >= PIXELS_MIN:
        freedom = _freedom(seen, pixel_m)
        whitener = np.linalg.inv(
            quiet_covariance(thinned(evened(scores, seen, SCALES_M[0] / pixel_m), seen), freedom)
        )  # bands are correlated alike at all scales
        for scale in scales_m:
            smooth = evened(scores, seen, scale / pixel_m)
            squared = np.einsum("byx,bc,cyx->yx", smooth, whitener, smooth, optimize=True)
            found = log_chance(squared, len(scores), freedom)
            strength = np.where(found <= log_p, np.sqrt(np.maximum(squared, 0)), strength)
            log_p = np.minimum(found, log_p)
    return Departures(strength, log_p + math.log(TRIALS_PER_PIXEL * max(int(seen.sum()), 1)))


def evened(scores: Floats, seen: Mask, sigma_px: float) -> Floats:
    """Smoothed scores, each band divided by its robust spread."""
    smooth = smoothed(scores, seen, sigma_px)
    spread = MAD_TO_SIGMA * np.median(np.abs(thinned(smooth, seen)), axis=1)[:, None, None]
    return smooth / np.maximum(spread, 1e-12)


def scored_bands(view: ZoneView) -> tuple[Floats, Mask]:
    """Residuals of the 10 m bands in sigma, 0 where unseen, shape (4, y, x); and where seen."""
    bands = list(OCCUPANCY_BANDS)
    known = view.sigma[bands] > 0
    scores = np.where(known, view.residual[bands] / np.where(known, view.sigma[bands], 1), np.nan)
    seen = view.clear & np.isfinite(scores).all(axis=0)
    return np.where(seen, scores, 0.0), seen


def smoothed(scores: Floats, seen: Mask, sigma_px: float) -> Floats:
    """Gaussian means over seen pixels, of variance 1 for white noise of variance 1.

    Args:
        scores: shape (band, y, x), 0 where not seen.
        seen: shape (y, x).
        sigma_px: of the Gaussian, pixels.

    Returns:
        Shape (band, y, x); 0 where not seen.
    """
    sums = ndimage.gaussian_filter(scores, (0, sigma_px, sigma_px), mode="constant")
    weight = _line(sigma_px) ** 2
    squares = ndimage.convolve1d(seen.astype(np.float64), weight, axis=0, mode="constant")
    squares = ndimage.convolve1d(squares, weight, axis=1, mode="constant")
    return np.where(seen, sums / np.sqrt(np.maximum(squares, 1e-12)), 0.0)


def thinned(values: Floats, seen: Mask) -> Floats:
    """Seen pixels, every so-manieth of a large view, shape (band, pixel)."""
    picked = values[:, seen]
    return picked[:, :: max(1, picked.shape[1] // SAMPLE_PIXELS)]


def quiet_covariance(values: Floats, freedom: float) -> Floats:
    """Covariance of noise of unit spread, from values that hold objects as well.

    Args:
        values: shape (band, pixel), each band of robust spread 1 about 0.
        freedom: independent values among the pixels.

    Returns:
        Shape (band, band), drawn to PRIOR_CORRELATION where there are few values.
    """
    bands = len(values)
    limit = float(stats.chi2.ppf(QUIET, bands))
    covariance = np.corrcoef(np.clip(values, -2, 2)) if values.any() else np.eye(bands)
    lost = float(stats.chi2.cdf(limit, bands + 2)) / QUIET  # of the variance, by the cut
    for _ in range(4):
        distance = np.einsum("bp,bc,cp->p", values, np.linalg.pinv(covariance), values)
        quiet = values[:, distance < limit]
        covariance = quiet @ quiet.T / max(quiet.shape[1], 1) / lost
    size = np.sqrt(np.maximum(np.diag(covariance), 0.25))
    prior = np.where(np.eye(bands) > 0, 1.0, PRIOR_CORRELATION) * np.outer(size, size)
    total: Floats = (freedom * covariance + PRIOR_PIXELS * prior) / (freedom + PRIOR_PIXELS)
    return total


def log_chance(squared: Floats, bands: int, freedom: float) -> Floats:
    """Logarithm of the chance that noise is as far out, of Hotelling's T^2; 0 under LOW_SCORE.

    `freedom` counts the independent values that the covariance came from, so that the tails are
    as wide as a small view makes them.
    """
    log_p = np.zeros(squared.shape)
    far = squared > LOW_SCORE**2
    rest = max(freedom - bands + 1, 1.0)
    log_p[far] = stats.f.logsf(squared[far] * rest / (freedom * bands), bands, rest)
    return log_p


def probability(log_alarms: float) -> float:
    """That a departure is an object, from the logarithm of its expected number of false alarms.

    Noise is spread evenly over the number of alarms, objects over its logarithm with
    PRIOR_DENSITY; this is the share of objects among departures of that strength. Summed over
    noise alone it comes to 0.012 a view.
    """
    return 1.0 / (1.0 + math.exp(min(log_alarms - math.log(PRIOR_DENSITY), 700.0)))


def _freedom(seen: Mask, pixel_m: float) -> float:
    """Independent values in a view, with neighbours sharing the finest filter and the blur."""
    area = 4 * math.pi * (SCALES_M[0] ** 2 + blur_sigma_m(PIXEL_M) ** 2) / pixel_m**2
    return float(seen.sum()) / max(area, 1.0) + PRIOR_PIXELS


def _line(sigma_px: float) -> npt.NDArray[np.float64]:
    """The filter of `ndimage.gaussian_filter` in one direction."""
    reach = int(4 * sigma_px + 0.5)
    steps = np.arange(-reach, reach + 1)
    weight = np.exp(-0.5 * (steps / sigma_px) ** 2)
    return np.asarray(weight / weight.sum())
