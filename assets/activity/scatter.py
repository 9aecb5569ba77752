"""How far means of blocks of the rest of the site wander in a look: the noise that zones share.

Means of zones err together with their surroundings, by what is smooth (haze, damp, growth), and
hardly by the noise of single pixels; so the error of a zone is learnt from blocks of ground
beside it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity import indices, robust
from assets.activity.indices import FIELD_INDICES, IndexName
from assets.activity.models import Floats, Mask
from assets.activity.moderation import NO_PRIOR, SpreadPrior, effective_share, learn_prior
from assets.activity.sample import BLOCK_PX
from assets.activity.views import SPECTRAL, spectral_field

BLOCKS_MIN: Final = 12  # fewer tell nothing of the look
SEEN_SHARE: Final = 0.5  # of a block's pixels
FAR_SHARE: Final = 0.8  # of the blocks
FAR_SIGMA: Final = 1.2816  # that so many of normal departures stay within
QUIETEST: Final = 0.5  # times the usual wandering; less is luck
ROUNDS: Final = 3
SPARSE_DOF: Final = 4.0  # looks that the blocks beside a zone count for, of a sparse index
SPARSE_LEAST: Final = 0.01  # share of a block; a quarter of a pixel is nothing
SPARSE_NOISE_MAX: Final = 10.0


def block_means(
    residual: Floats, expected: Floats, clear: Mask, occupied: Floats | None = None
) -> dict[IndexName, Floats]:
    """Mean over each block of each field index of what is seen minus what is expected.

    Args:
        residual: what is seen minus what is expected, shape (look, band, block * BLOCK_PX ** 2).
        expected: reflectance, same shape.
        clear: shape (look, block * BLOCK_PX ** 2).
        occupied: pixels that depart, 1.0 or 0.0, NaN unseen, same shape; None if it is not asked.

    Returns:
        Shape (look, block); NaN where less than SEEN_SHARE of a block is clear.
    """
    seen = expected + residual
    found: dict[IndexName, Floats] = {
        name: _means(spectral_field(name, seen) - spectral_field(name, expected), clear)
        for name in SPECTRAL
    }
    found["texture"] = _texture(seen, clear) - _texture(expected, clear)
    if occupied is not None:
        found["occupancy"] = _means(occupied, clear)
    return found


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far blocks wander in usual looks.

    Attributes:
        habit, spread: by index, of each block over the past looks, shape (block,).
        prior: by index, what the spreads of all blocks tell of that of one more.
        past: by index, how much further than usual the blocks wander in each past look, (look,).
    """

    habit: dict[IndexName, Floats]
    spread: dict[IndexName, Floats]
    prior: dict[IndexName, SpreadPrior]
    past: dict[IndexName, Floats]

    def of_look(self, means: dict[IndexName, Floats]) -> dict[IndexName, float]:
        """How much further than usual the blocks of one look wander, by index.

        Args:
            means: of `block_means` for one look, with what was occupied.
        """
        found = {
            name: float(_wandering(means[name] - self.habit[name], self.spread[name])[0])
            for name in FIELD_INDICES
        }
        if "occupancy" in means:
            times = float(_rms(means["occupancy"])[0]) / float(self.spread["occupancy"][0])
            found["occupancy"] = min(times, SPARSE_NOISE_MAX) if times > 1.0 else 1.0
        return found


def learn_scatter(means: dict[IndexName, Floats], weights: Floats) -> Scatter:
    """From the past looks, each left out of its own expectation, shape (look, block) each."""
    found = Scatter({}, {}, {}, {})
    for name, of_looks in means.items():
        values = np.where((weights > 0)[:, None], of_looks, np.nan)
        if name == "occupancy":
            prior, even, usual = _sparse(values, SPARSE_LEAST)
            found.prior[name], found.past[name] = prior, even
            found.spread[name] = np.array([usual])
            continue
        habit = robust.median(values)
        wander = values - habit
        even = np.ones(len(values))
        spread = np.ones(values.shape[1])
        prior = NO_PRIOR
        for _ in range(ROUNDS):  # spread of blocks and noise of looks depend on each other
            square = robust.weighted_spread(wander / even[:, None], weights) ** 2
            count = np.isfinite(wander).sum(axis=0) * effective_share(weights)
            prior = learn_prior(square, count)
            spread = np.sqrt(prior.draw(square, count))
            usual = _usual(_wandering(wander, spread), weights)
            spread = usual * spread
            even = _wandering(wander, spread)
        found.habit[name], found.spread[name] = habit, spread
        found.prior[name], found.past[name] = prior, even
    return found


def _usual(sizes: Floats, weights: Floats) -> float:
    """The middle one of the looks that count; 1 where none does."""
    return float(np.median(sizes[weights > 0])) if (weights > 0).any() else 1.0


def _rms(values: Floats) -> Floats:
    """Root mean square over the last axis, shape (look,); NaN where few blocks were seen."""
    seen = np.isfinite(values)
    count = seen.sum(axis=-1)
    square = np.where(seen, values, 0.0) ** 2
    found = np.sqrt(square.sum(axis=-1) / np.maximum(count, 1))
    return np.where(count >= BLOCKS_MIN, found, np.nan)


def _sparse(values: Floats, floor: float) -> tuple[SpreadPrior, Floats, float]:
    """Prior, noise of the past looks and usual size of an index that is 0 on most looks.

    Plain mean squares: robust ones would see the zeros only. The prior is that of the middle
    block, since fields that are ploughed say nothing of pavement.
    """
    sizes = _rms(values)
    usual = max(float(robust.median(sizes[:, None])[0]), floor) if len(sizes) else floor
    noise = np.where(np.isfinite(sizes), np.clip(sizes / usual, 1.0, SPARSE_NOISE_MAX), 1.0)
    even = (values - robust.median(values)) / noise[:, None]
    seen = np.isfinite(even)
    square = np.where(seen, even, 0.0) ** 2
    blocks = square.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    if values.shape[1] < BLOCKS_MIN:
        return NO_PRIOR, noise, usual
    return SpreadPrior(float(np.median(blocks)), SPARSE_DOF), noise, usual


def _wandering(wander: Floats, spread: Floats) -> Floats:
    """Size of blocks' departures in their usual spreads, shape (look,); 1 if few blocks.

    From the FAR_SHARE quantile: haze over a part of the site is noise, one changed field is not.
    """
    scaled = np.sort(np.atleast_2d(np.abs(wander) / spread), axis=1)
    if scaled.shape[1] < BLOCKS_MIN:
        return np.ones(len(scaled))
    count = np.isfinite(scaled).sum(axis=1)
    place = np.clip(np.ceil(FAR_SHARE * count).astype(np.intp) - 1, 0, scaled.shape[1] - 1)
    size = np.take_along_axis(scaled, place[:, None], axis=1)[:, 0] / FAR_SIGMA
    enough = (count >= BLOCKS_MIN) & np.isfinite(size)
    return np.asarray(np.where(enough, np.maximum(size, QUIETEST), 1.0))


def _means(fields: Floats, clear: Mask) -> Floats:
    """Means over blocks, shape (look, block)."""
    cut = (*fields.shape[:-1], -1, BLOCK_PX**2)
    use = (clear & np.isfinite(fields)).reshape(cut)
    total = np.where(use, fields.reshape(cut), 0.0).sum(axis=-1)
    count = use.sum(axis=-1)
    return np.where(count >= SEEN_SHARE * BLOCK_PX**2, total / np.maximum(count, 1), np.nan)


def _texture(reflectance: Floats, clear: Mask) -> Floats:
    """Mean texture of each block, shape (look, block), from shape (look, band, pixel)."""
    cut = (len(clear), -1, BLOCK_PX, BLOCK_PX)
    found = indices.texture(indices.brightness(reflectance).reshape(cut), clear.reshape(cut))
    inner = found.reshape(len(clear), -1).astype(np.float64)
    return _means(inner, np.isfinite(inner))
