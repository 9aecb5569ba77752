"""Robust centres and spreads over looks, batched over pixels.

Pure statistics on arrays whose first axis is the look.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from assets.constants import MAD_TO_SIGMA

HUBER_K: Final = 1.5  # sigma; Huber 1964, doi:10.1214/aoms/1177703732 (95 % efficient at 1.345)
REJECT_SIGMA: Final = 6.0  # beyond it a value has no say at all
ROUNDS: Final = 2  # of reweighting; a third moves a centre by under 0.01 sigma
SMALLEST_SCORE: Final = 1e-3  # no unit; below it the stretch is that at 0 to the sixth digit
STRETCH_MOST_Z: Final = 3.0  # standard errors; the usual limit, which one look in 370 passes
DOF_MIN: Final = 1.0  # below it a 3-sigma limit is beyond any use
PRIOR_LOOKS: Final = 6.0  # looks that the spread of all pixels of a zone counts for in each; chosen

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def nan_median(values: Floats) -> npt.NDArray[np.float64]:
    """Median along the first axis without NaN; NaN where there is no value at all."""
    if len(values) == 0:
        return np.full(values.shape[1:], np.nan)
    ranked = np.sort(values, axis=0)
    count = np.isfinite(ranked).sum(axis=0)
    low = np.maximum((count - 1) // 2, 0)[None]
    high = np.maximum(count // 2, 0)[None]
    high = np.minimum(high, len(ranked) - 1)
    pair = np.take_along_axis(ranked, low, 0)[0], np.take_along_axis(ranked, high, 0)[0]
    middle = (pair[0].astype(np.float64) + pair[1]) / 2
    return np.asarray(np.where(count > 0, middle, np.nan))


def huber_weights(sigmas: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Huber weights of residuals, 0 beyond REJECT_SIGMA.

    Args:
        sigmas: residuals over their standard deviation, any shape.

    Returns:
        Same shape: 1 up to HUBER_K, then HUBER_K / size.

    Source:
        Huber 1964, doi:10.1214/aoms/1177703732.
    """
    size = np.abs(sigmas)
    weights = np.where(size <= HUBER_K, 1.0, HUBER_K / np.maximum(size, HUBER_K))
    return np.where(size > REJECT_SIGMA, 0.0, weights)


def weighted_centre(
    values: Floats, weights: npt.NDArray[np.float64], *, floor: float
) -> npt.NDArray[np.float64]:
    """Robust weighted mean over the first axis.

    Args:
        values: shape (look, ...); NaN where a look did not see.
        weights: shape (look,), positive.
        floor: smallest spread taken for real, in the unit of the values.

    Returns:
        Shape (...): weighted mean with Huber weights round the median; NaN without any value.

    Raises:
        ValueError: the number of weights is neither that of the looks nor 1.

    Source:
        Huber 1964, doi:10.1214/aoms/1177703732.
    """
    seen = np.isfinite(values)
    prior = weights.reshape(-1, *[1] * (values.ndim - 1)) * seen
    filled = np.where(seen, values, 0.0)
    centre = nan_median(values)
    spread = np.maximum(MAD_TO_SIGMA * nan_median(np.abs(values - centre)), floor)
    for _ in range(ROUNDS):
        sigmas = np.where(seen, (filled - centre) / spread, np.inf)
        weight = prior * huber_weights(sigmas)
        total = weight.sum(axis=0)
        mean = (weight * filled).sum(axis=0) / np.where(total > 0, total, 1.0)
        centre = np.where(total > 0, mean, centre)
    return np.asarray(centre)


def weighted_spread(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Standard deviation round zero over the first axis, outliers pulled in to 3 sigma.

    The larger of the scaled median of |value| and the weighted root mean square, so that a few
    looks that agree by chance do not make the rest look significant.
    """
    by_median = MAD_TO_SIGMA * nan_median(np.abs(values))
    limit = 3 * by_median
    pulled = np.clip(np.where(np.isfinite(values), values, 0.0), -limit, limit)
    shape = weights.reshape(-1, *[1] * (values.ndim - 1)) * np.isfinite(values)
    total = shape.sum(axis=0)
    square = (shape * pulled**2).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.asarray(np.maximum(by_median, np.sqrt(square)))


def shrunk_mean_square(values: npt.NDArray[np.float64], *, floor: float) -> npt.NDArray[np.float64]:
    """Mean square round zero of each pixel over the looks, drawn to that of all pixels of its band.

    A dozen looks give it within a fifth only, and a pixel that was quiet by chance would depart too
    often later.

    Args:
        values: shape (look, band, pixel); NaN where a look did not see.
        floor: smallest spread taken for real, in the unit of the values.

    Returns:
        Shape (band, pixel), unit squared; NaN where no look saw.

    Raises:
        IndexError: `values` has two axes instead of three.

    Source:
        Moderated variances: Smyth 2004, doi:10.2202/1544-6115.1027.
    """
    square = weighted_spread(values, np.ones(len(values))) ** 2
    count = np.isfinite(values).sum(axis=0)
    common = nan_median(np.where(count > 0, square, np.nan).T)[:, None]
    drawn = (count * square + PRIOR_LOOKS * common) / (count + PRIOR_LOOKS)
    return np.asarray(np.maximum(np.where(count > 0, drawn, np.nan), floor**2))


def student_stretch(score: float, dof: float) -> float:
    """By how much an error must grow for a score to be as rare as a normal one of its size.

    Args:
        score: departure over a standard deviation that was estimated.
        dof: degrees of freedom of that estimate; capped below at DOF_MIN.

    Returns:
        score / z, where z has the chance under the normal distribution that the score has under
        Student's; at least 1, and 1 for many degrees of freedom. From z = STRETCH_MOST_Z on it
        does not grow: few looks say little about far tails, and such a score is rare anyway.

    Source:
        Student 1908, doi:10.1093/biomet/6.1.1
    """
    few = max(dof, DOF_MIN)
    most = -float(special.stdtrit(few, float(special.ndtr(-STRETCH_MOST_Z))))
    size = min(max(abs(score), SMALLEST_SCORE), most)
    return max(size / -float(special.ndtri(float(special.stdtr(few, -size)))), 1.0)
