"""How strongly each place of a view departs from what is expected, and how often noise does so.

Matched filters and their statistics; `objects` makes candidates of the departures.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage, special

from assets.activity.fit.arrays import Floats, Mask
from assets.activity.indices.indices import FINE_BANDS
from assets.activity.indices.zone_pixels import ZoneView
from assets.constants import MAD_TO_SIGMA
from resources.instrument import blur_sigma_m

PIXEL_M: Final = 10.0  # of the site grid, metres
SCALES_M: Final = (5.5, 11.0, 20.0)
"""Standard deviations of the filters, metres: a point behind the instrument's blur, and outlines
of 45 and 75 m behind it."""
QUIET: Final = 0.99  # share of noise that the covariance is taken from; the rest may be objects
PRIOR_PIXELS: Final = 30.0  # weight of the correlation assumed between bands where little is seen
PRIOR_CORRELATION: Final = 0.5  # no unit; bands share half of their noise; chosen
TRIALS_PER_PIXEL: Final = 1.7
"""Noise peaks beyond a level, over pixels beyond it at one scale; see `test_objects`."""
PRIOR_DENSITY: Final = 0.002
"""Objects expected in a view, per unit of the logarithm of the alarms: that a departure is an
object is as likely as not where noise does as much in one view of 500."""
SAMPLE_PIXELS: Final = 20_000  # enough for a spread within 1 %
PIXELS_MIN: Final = 40  # clear pixels; fewer cannot say what is noise


@dataclass(frozen=True, slots=True)
class PixelDepartures:
    """Strength of departure from the expectation, of each pixel.

    Attributes:
        strength: in standard deviations (root of Hotelling's T^2), shape (y, x), at the scale
            where it is least likely to be noise; at the first scale where noise explains it.
        log_alarms: natural logarithm of the number of noise peaks at least as strong expected in
            the whole view, shape (y, x); large where that is more than one.
    """

    strength: Floats
    log_alarms: Floats


@dataclass(frozen=True, slots=True)
class ViewNoise:
    """The residuals of a view and how they scatter where nothing departs.

    Attributes:
        scores: residuals of the 10 m bands in sigma, 0 where unseen, shape (4, y, x).
        seen: shape (y, x).
        fine: `scores` evened at the finest scale.
        whitener: inverse covariance of evened scores, shape (4, 4); alike at all scales.
        freedom: independent values that the covariance came from.
        pixel_m: ground pixel, metres.
    """

    scores: Floats
    seen: Mask
    fine: Floats
    whitener: Floats
    freedom: float
    pixel_m: float

    @classmethod
    def of(cls, scores: Floats, seen: Mask, pixel_m: float = PIXEL_M) -> ViewNoise | None:
        """The noise that a view shows; None where fewer than PIXELS_MIN pixels are seen."""
        if np.count_nonzero(seen) < PIXELS_MIN:
            return None
        freedom = _effective_sample_size(seen, pixel_m)
        fine = standardised_scores(scores, seen, SCALES_M[0] / pixel_m)
        whitener = _inverse_covariance(quiet_covariance(sample_seen_pixels(fine, seen), freedom))
        return cls(scores, seen, fine, whitener, freedom, pixel_m)


def find_departures(noise: ViewNoise, scales_m: tuple[float, ...] = SCALES_M) -> PixelDepartures:
    """Departures of compact shape, bright, dark or coloured.

    The residuals of the 10 m bands, in sigma, are smoothed at each scale and combined by the
    covariance that the view itself shows where nothing departs, which holds noise that neighbours
    (blur, resampling) or bands (haze, glint) share. The strength is
    Hotelling's T^2; the number of false alarms is counted a contrario.

    Args:
        noise: of the view.
        scales_m: standard deviations of the filters, metres.

    Returns:
        Strength and logarithm of false alarms, shapes (y, x), float64.

    Raises:
        IndexError: there is no scale.

    Source:
        Hotelling 1931, doi:10.1214/aoms/1177732979; matched filters over scales: Lindeberg 1998,
        doi:10.1023/A:1008045108935; number of false alarms: Desolneux, Moisan and Morel 2000,
        doi:10.1023/A:1026593302236.
    """
    trials = TRIALS_PER_PIXEL * np.count_nonzero(noise.seen)
    least = float(special.chdtri(len(noise.scores), 1 / trials))  # Hotelling's tail is the wider
    strength = np.sqrt(_hotelling_statistic(noise, scales_m[0]))
    log_p = np.zeros(strength.shape)
    for scale in scales_m:
        squared = strength**2 if scale == scales_m[0] else _hotelling_statistic(noise, scale)
        far = np.flatnonzero(squared > least)
        found = log_tail_probability(squared.flat[far], len(noise.scores), noise.freedom)
        surer = found <= log_p.flat[far]
        strength.flat[far[surer]] = np.sqrt(squared.flat[far[surer]])
        log_p.flat[far[surer]] = found[surer]
    return PixelDepartures(strength, log_p + math.log(trials))


def _hotelling_statistic(noise: ViewNoise, scale_m: float) -> Floats:
    """Hotelling's T^2 of each pixel at a scale, shape (y, x)."""
    smooth = noise.fine
    if scale_m != SCALES_M[0]:
        smooth = standardised_scores(noise.scores, noise.seen, scale_m / noise.pixel_m)
    squared = _squared_distances(smooth.reshape(len(smooth), -1), noise.whitener)
    return squared.reshape(noise.seen.shape)


def _squared_distances(values: Floats, whitener: Floats) -> Floats:
    """Squared distances from 0 in standard deviations, of values of shape (band, pixel)."""
    squared = np.einsum("bp,bp->p", whitener @ values, values)
    return np.asarray(np.maximum(squared, 0.0, out=squared))


def standardised_scores(scores: Floats, seen: Mask, sigma_px: float) -> Floats:
    """Smoothed scores, each band divided by its robust spread; shape (band, y, x)."""
    smooth = smoothed_scores(scores, seen, sigma_px)
    spread = (
        MAD_TO_SIGMA * medians_in_place(np.abs(sample_seen_pixels(smooth, seen)))[:, None, None]
    )
    smooth /= np.maximum(spread, 1e-12)
    return smooth


def scored_bands(view: ZoneView) -> tuple[Floats, Mask]:
    """Residuals of the 10 m bands in sigma, 0 where unseen, shape (4, y, x); and where seen."""
    bands = list(FINE_BANDS)
    residual, sigma = view.residual[bands], view.sigma[bands]
    scores = np.full(residual.shape, np.nan)
    np.divide(residual, sigma, out=scores, where=sigma > 0)
    seen = view.clear & np.isfinite(scores).all(axis=0)
    scores[:, ~seen] = 0.0
    return scores, seen


def smoothed_scores(scores: Floats, seen: Mask, sigma_px: float) -> Floats:
    """Gaussian means over seen pixels, of variance 1 for white noise of variance 1.

    Args:
        scores: shape (band, y, x), 0 where not seen.
        seen: shape (y, x).
        sigma_px: of the Gaussian, pixels.

    Returns:
        Shape (band, y, x); 0 where not seen.

    Raises:
        ValueError: `scores` and `seen` have frames that do not broadcast.

    Source:
        Normalised convolution: Knutsson and Westin 1993, doi:10.1109/CVPR.1993.341081; here
        divided by the root of the sum of squared weights, which keeps the variance.
    """
    line = _gaussian_kernel(sigma_px)
    sums = _filter_both_axes(scores, line)
    if seen.all():
        squares = np.outer(*(_squared_weight_sums(length, sigma_px) for length in seen.shape))
    else:
        squares = _filter_both_axes(seen.astype(np.float64), line**2)
    sums *= np.where(seen, 1 / np.sqrt(np.maximum(squares, 1e-12)), 0.0)
    return sums


def _filter_both_axes(values: Floats, line: npt.NDArray[np.float64]) -> Floats:
    """Values filtered along both of their last axes, with 0 beyond the edges."""
    down = ndimage.correlate1d(values, line, axis=-2, mode="constant")
    return np.asarray(ndimage.correlate1d(down, line, axis=-1, mode="constant"))


def sample_seen_pixels(values: Floats, seen: Mask) -> Floats:
    """Seen pixels, shape (band, pixel); of a large view every n-th, about SAMPLE_PIXELS of them."""
    picked = np.flatnonzero(seen)
    picked = picked[:: max(1, len(picked) // SAMPLE_PIXELS)]
    return np.asarray(values.reshape(len(values), -1).take(picked, axis=1))


def medians_in_place(values: Floats) -> Floats:
    """Medians along the last axis, which it reorders; faster than numpy's for small views."""
    half = values.shape[-1] // 2
    values.partition(half, axis=-1)
    upper = values[..., half]
    if values.shape[-1] % 2:
        return upper
    return np.asarray((values[..., :half].max(axis=-1) + upper) / 2)


def quiet_covariance(values: Floats, freedom: float) -> Floats:
    """Covariance of noise of unit spread, from values that hold objects as well.

    Args:
        values: shape (band, pixel), each band of robust spread 1 about 0.
        freedom: independent values among the pixels.

    Returns:
        Shape (band, band), drawn to PRIOR_CORRELATION where there are few values.

    Source:
        Repeated cut of far values: Rousseeuw and Van Driessen 1999,
        doi:10.1080/00401706.1999.10485670; variance lost by the cut: Croux and Haesbroeck 1999,
        doi:10.1006/jmva.1999.1839; the prior is own.
    """
    bands = len(values)
    limit = special.chdtri(bands, 1 - QUIET)
    covariance = np.eye(bands)
    if values.any():
        covariance = np.asarray(np.corrcoef(np.clip(values, -2, 2)))
    lost = float(special.chdtr(bands + 2, limit)) / QUIET  # of the variance, by the cut
    before = np.empty(0, dtype=bool)
    for _ in range(4):
        quiet = _squared_distances(values, _inverse_covariance(covariance)) < limit
        if np.array_equal(quiet, before):
            break
        covariance = (values * quiet) @ values.T / max(int(quiet.sum()), 1) / lost
        before = quiet
    size = np.sqrt(np.maximum(np.diag(covariance), 0.25))
    prior = np.where(np.eye(bands) > 0, 1.0, PRIOR_CORRELATION) * np.outer(size, size)
    total: Floats = (freedom * covariance + PRIOR_PIXELS * prior) / (freedom + PRIOR_PIXELS)
    return total


def _inverse_covariance(covariance: Floats) -> Floats:
    """Inverse; the pseudo-inverse of a singular matrix (two bands alike)."""
    try:
        return np.asarray(np.linalg.inv(covariance))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(covariance))


def log_tail_probability(squared: Floats, bands: int, freedom: float) -> Floats:
    """Natural logarithm of the chance that Hotelling's T^2 of noise is at least as large.

    Args:
        squared: values of T^2, any shape.
        bands: behind each of them.
        freedom: independent values behind the covariance; fewer give wider tails.

    Returns:
        Shape of `squared`; -inf under 1e-308.

    Source:
        F distribution of T^2: Hotelling 1931, doi:10.1214/aoms/1177732979.
    """
    rest = max(freedom - bands + 1, 1.0)
    with np.errstate(divide="ignore"):
        found = np.log(special.fdtrc(bands, rest, squared * rest / (freedom * bands)))
    return np.asarray(found)


def object_probability(log_alarms: float) -> float:
    """Probability that a departure is an object, from the logarithm of its false alarms, 0..1.

    Noise has a uniform density over the number of alarms, objects one of PRIOR_DENSITY over its
    logarithm; this is the share of objects at that strength. Noise alone sums to 0.012 a view.
    """
    return 1.0 / (1.0 + math.exp(min(log_alarms - math.log(PRIOR_DENSITY), 700.0)))


def _effective_sample_size(seen: Mask, pixel_m: float) -> float:
    """Independent values in a view, with neighbours sharing the finest filter and the blur."""
    area = 4 * math.pi * (SCALES_M[0] ** 2 + blur_sigma_m(PIXEL_M) ** 2) / pixel_m**2
    return np.count_nonzero(seen) / max(area, 1.0) + PRIOR_PIXELS


@functools.lru_cache(maxsize=256)
def _squared_weight_sums(length: int, sigma_px: float) -> npt.NDArray[np.float64]:
    """Sums of the filter's squared weights along a line that is seen throughout."""
    squares = _gaussian_kernel(sigma_px) ** 2
    return np.asarray(ndimage.correlate1d(np.ones(length), squares, mode="constant"))


@functools.lru_cache(maxsize=64)
def _gaussian_kernel(sigma_px: float) -> npt.NDArray[np.float64]:
    """The filter of `ndimage.gaussian_filter` in one direction."""
    reach = int(4 * sigma_px + 0.5)
    steps = np.arange(-reach, reach + 1)
    weight = np.exp(-0.5 * (steps / sigma_px) ** 2)
    return np.asarray(weight / weight.sum())
