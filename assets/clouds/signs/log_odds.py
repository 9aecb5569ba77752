"""Log-odds of cloud, shadow, snow and haze against clear ground: priors, likelihoods, sums.

Pure arithmetic; the modules beside this one compute the signs.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

CLOUD_ROW, SHADOW_ROW, SNOW_ROW, HAZE_ROW = range(4)
HIDDEN: Final = 4  # rows of an evidence array: what can hide the ground
PRIOR_SHARES: Final = (0.20, 0.10, 0.04, 0.15)
"""Of cloud, shadow, snow and haze among all pixels of all looks, the rest being clear: round
values for mid latitudes, where about four looks in ten of one place are clear."""
MOST: Final = 5.0  # log-odds; no single kind of evidence is worth more than 150 to 1
HEAVY_TAIL: Final = 4.0  # degrees of freedom of Student's t: ground changes more often than noise
T4_PEAK: Final = 0.375  # its density at 0
COARSE: Final = 2  # pixels of 10 m on a side of a pixel of 20 m


def prior_evidence(shape: tuple[int, ...]) -> Floats:
    """Log-odds before anything is looked at, shape (HIDDEN, y, x)."""
    clear = 1 - sum(PRIOR_SHARES)
    odds = np.log(np.array(PRIOR_SHARES, np.float32) / clear)
    return np.broadcast_to(odds[:, None, None], (HIDDEN, *shape)).astype(np.float32)


def log_odds(
    sign: Floats, *, hidden: tuple[float, float], clear: tuple[float, float] | tuple[float, Floats]
) -> Floats:
    """Log-odds that a sign gives for hidden against clear ground.

    Args:
        sign: what was measured, any shape; NaN says nothing.
        hidden: centre and spread (normal) of the sign where the ground is hidden.
        clear: centre and scale (Student's t of 4 degrees of freedom, so that unusual ground
            remains possible) where it is clear; the scale may be an array.

    Returns:
        Natural logarithm of the ratio of densities within -MOST..MOST, 0 where the sign is NaN;
        shape of `sign`, float32.

    Raises:
        ValueError: the spread where hidden is not positive, or shapes do not broadcast.

    Source:
        Student's t for robust models: Lange, Little and Taylor 1989,
        doi:10.1080/01621459.1989.10478852.
    """
    distance = (sign - hidden[0]) / hidden[1]
    normal = -0.5 * distance**2 - math.log(hidden[1] * math.sqrt(2 * math.pi))
    steps = (sign - clear[0]) / clear[1]
    tail = (HEAVY_TAIL + 1) / 2 * np.log1p(steps**2 / HEAVY_TAIL)
    student = math.log(T4_PEAK) - np.log(clear[1]) - tail
    ratio = np.clip(normal - student, -MOST, MOST)
    return np.where(np.isfinite(ratio), ratio, 0.0).astype(np.float32)


def class_probabilities(evidence: Floats) -> tuple[Floats, Floats]:
    """From log-odds against clear to probabilities.

    Args:
        evidence: shape (HIDDEN, y, x), prior included.

    Returns:
        Probability of clear, shape (y, x), and of what hides it, shape (HIDDEN, y, x); they
        add up to 1; float32.

    Raises:
        ValueError: `evidence` has no rows.

    Source:
        Own derivation: Bayes' theorem with clear as the reference class of log-odds 0.
    """
    top = np.maximum(evidence.max(axis=0), 0.0)
    hidden = np.exp(evidence - top)
    clear = np.exp(-top)
    total = hidden.sum(axis=0) + clear
    return (clear / total).astype(np.float32), (hidden / total).astype(np.float32)


def to_coarse(image: Floats) -> Floats:
    """Means of 2 x 2 pixels without NaN: from 10 to 20 m, last two axes, an odd edge repeated."""
    rows, columns = image.shape[-2:]
    if rows % COARSE or columns % COARSE:
        pad = [(0, 0)] * (image.ndim - 2) + [(0, rows % COARSE), (0, columns % COARSE)]
        image = np.pad(image, pad, mode="edge")
    corners = [image[..., y::COARSE, x::COARSE] for y in range(COARSE) for x in range(COARSE)]
    mean = (corners[0] + corners[1] + corners[2] + corners[3]) * np.float32(0.25)
    if np.isfinite(mean).all():
        return np.asarray(mean, np.float32)
    parts = np.stack(corners)
    seen = np.isfinite(parts)
    count = seen.sum(axis=0)
    total = np.where(seen, parts, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def to_fine(image: Floats, shape: tuple[int, ...]) -> Floats:
    """Pixels of 20 m repeated over those of 10 m, last two axes cut to `shape`."""
    fine = image.repeat(COARSE, axis=-2).repeat(COARSE, axis=-1)
    return fine[..., : shape[-2], : shape[-1]]
