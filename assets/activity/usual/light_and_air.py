"""Gain and offset of a look in each band, by light and air; near 1 and 0 by prior.

Level-2A reflectance of a clear day needs little correction. The ground beside a zone moves gain
and offset from their prior; those of different bands are correlated. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats, Mask
from assets.constants import MAD_TO_SIGMA

GAIN_PRIOR: Final = 0.05  # no unit; accuracy asked of Level-2A: 5 % + 0.005 (Gascon et al. 2017,
# doi:10.3390/rs9060584)
OFFSET_PRIOR: Final = 0.01  # reflectance; as GAIN_PRIOR, twice its constant part
BANDS_TOGETHER: Final = 0.8  # correlation of the priors of two bands; chosen, not yet fitted
INDEPENDENT: Final = 12.0
"""Blocks that all ground beside a zone counts for: blocks of a kind wander together;
chosen, not yet fitted."""
ROUNDS: Final = 3  # of reweighting
BLOCK_NOISE: Final = 0.004  # reflectance; least scatter of a block's mean, as SPREAD of pixels / 3


@dataclass(frozen=True, slots=True)
class RadiometricLevels:
    """observed = gain * expected + offset, each shape (band,); NaN in bands that a look has not.

    Attributes:
        blocks: that carried the fit.
        residual: robust standard deviation of what is left, reflectance, shape (band,).
    """

    gain: Floats
    offset: Floats
    blocks: int
    residual: Floats

    def take_off(self, observed: Floats) -> Floats:
        """Reflectance at the level of the past, shape (band, ...) as given; prior where NaN."""
        spread = (..., *[None] * (observed.ndim - 1))
        gain = np.nan_to_num(self.gain, nan=1.0)[spread]
        return np.asarray((observed - np.nan_to_num(self.offset)[spread]) / gain)


def fit_levels(expected: Floats, observed: Floats, variance: Floats) -> RadiometricLevels:
    """Gain and offset of a look by Bayesian linear regression on blocks.

    Args:
        expected: reflectance of the blocks beside a zone, shape (band, block); NaN unknown.
        observed: of the look, same shape.
        variance: of a block's departures in past looks, same shape; NaN unknown.

    Returns:
        Gain, no unit, and offset, reflectance, shape (band,); 1 and 0 where no block is known in
        all bands.

    Raises:
        ValueError: the shapes do not broadcast.

    Source:
        Relative radiometric normalisation (Schott et al. 1988, doi:10.1016/0034-4257(88)90116-2)
        as a Gaussian posterior: prior of the published uncertainty, Huber weights a block.
    """
    use = np.isfinite(expected) & np.isfinite(observed) & np.isfinite(variance)
    bands: Mask = np.asarray(use.any(axis=1))
    seen = use[bands].all(axis=0) & bands.any()
    blocks = int(seen.sum())
    gain, offset = np.where(bands, 1.0, np.nan), np.where(bands, 0.0, np.nan)
    residual = np.full(len(bands), np.nan)
    if blocks == 0:
        return RadiometricLevels(gain, offset, 0, residual)
    x, y = expected[np.ix_(bands, seen)], observed[np.ix_(bands, seen)]
    precision = 1.0 / (variance[np.ix_(bands, seen)] + BLOCK_NOISE**2)
    gain[bands], offset[bands], rest = _posterior_levels(x, y, precision)
    residual[bands] = MAD_TO_SIGMA * robust.nan_median(np.abs(rest).T)
    return RadiometricLevels(gain, offset, blocks, residual)


def _posterior_levels(x: Floats, y: Floats, precision: Floats) -> tuple[Floats, Floats, Floats]:
    """Gain, offset and what is left, shapes (band,), (band,) and (band, block)."""
    count, blocks = x.shape
    together = BANDS_TOGETHER + (1 - BANDS_TOGETHER) * np.eye(count)
    prior = np.linalg.inv(together)
    nothing = np.zeros((count, count))
    prior_matrix = np.block([[prior / GAIN_PRIOR**2, nothing], [nothing, prior / OFFSET_PRIOR**2]])
    share = min(1.0, INDEPENDENT / blocks)
    weight, rest = np.ones(blocks), y - x
    gain, offset = np.ones(count), np.zeros(count)
    for _ in range(ROUNDS):
        w = share * weight * precision
        matrix = prior_matrix + np.block(
            [
                [np.diag((w * x * x).sum(axis=1)), np.diag((w * x).sum(axis=1))],
                [np.diag((w * x).sum(axis=1)), np.diag(w.sum(axis=1))],
            ]
        )
        right = np.concatenate([(w * x * (y - x)).sum(axis=1), (w * (y - x)).sum(axis=1)])
        change = np.linalg.solve(matrix, right)
        gain, offset = 1.0 + change[:count], change[count:]
        rest = y - gain[:, None] * x - offset[:, None]
        weight = robust.huber_weights(np.sqrt(np.mean(rest**2 * precision, axis=0)))
    return gain, offset, rest
