"""Ground beside a zone that is like it, and its departure from its own expectation in a look.

This departure is what air, sun and this year's season do to such ground. Likeness is the
difference of expected spectra over the year; the choice of blocks depends on the zone and on
nothing else of the site. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats
from assets.constants import MAD_TO_SIGMA

NEIGHBOURS: Final = 24  # blocks asked for each part of a zone; chosen, not yet fitted
NEIGHBOURS_MIN: Final = 6  # of them seen in a look; a median of fewer is itself a chance
PARTS_MAX: Final = 48  # parts of a zone that are asked for, a limit to time; chosen
WAVES: Final = (1.0, 0.5, 0.5)  # mean square over the year of the terms 1, cos, sin

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LikeGround:
    """Blocks that are like each part of a zone.

    Attributes:
        blocks: shape (part, NEIGHBOURS); -1 where there are not so many.
        parts: block of the lattice of each part, shape (part,).
        weights: share of the zone that each part stands for, shape (part,), together 1.
    """

    blocks: Positions
    parts: Positions
    weights: Floats


@dataclass(frozen=True, slots=True)
class SharedDeparture:
    """What like ground shows beyond its own expectation.

    Attributes:
        parts: median over the like blocks of each part, shape (look, channel, part); NaN where
            under NEIGHBOURS_MIN of them were seen.
        effect: mean over the parts, shape (look, channel); NaN where no part has any.
        scatter: robust standard deviation of the like blocks about it, likewise.
    """

    parts: Floats
    effect: Floats
    scatter: Floats


def find_like_ground(
    own: Floats, parts: Positions, area_m2: Floats, others: Floats, candidates: Positions
) -> LikeGround:
    """The blocks whose expected spectrum is nearest to that of each part of a zone.

    Args:
        own: coefficients (1, cos, sin) of the zone's parts, reflectance, shape (band, 3, part).
        parts: block of each part, shape (part,).
        area_m2: of the zone in each part, shape (part,).
        others: coefficients of the candidates, shape (band, 3, candidate).
        candidates: blocks beside the zone, shape (candidate,).

    Returns:
        Parts and candidates of which a coefficient is unknown are left out.

    Raises:
        IndexError: `others` and `candidates` differ in number.

    Source:
        Own; by Parseval's theorem the terms 1, cos, sin weigh 1, 1/2, 1/2 in the mean square over
        the year; docs/methods/expectation.md, tests/unit/assets/activity/test_like_ground.py.
    """
    known = np.isfinite(own).all(axis=(0, 1))
    usable = np.isfinite(others).all(axis=(0, 1))
    chosen = np.flatnonzero(known)
    if len(chosen) > PARTS_MAX:
        chosen = chosen[np.linspace(0, len(chosen) - 1, PARTS_MAX).astype(np.intp)]
    blocks = np.full((len(chosen), NEIGHBOURS), -1, np.intp)
    pool = candidates[usable]
    if len(chosen) and len(pool):
        apart = _spectral_distances(own[..., chosen], others[..., usable])
        count = min(NEIGHBOURS, len(pool))
        nearest = np.argsort(apart, axis=1, kind="stable")[:, :count]
        blocks[:, :count] = pool[nearest]
    total = area_m2[chosen].sum()
    weights = area_m2[chosen] / total if total > 0 else area_m2[chosen]
    return LikeGround(blocks, parts[chosen], weights)


def shared_departure(like: LikeGround, departures: npt.NDArray[np.floating]) -> SharedDeparture:
    """What like ground shows in looks beyond what its own past lets expect.

    Args:
        like: of a zone.
        departures: of every block of the site, shape (look, channel, block); NaN where unknown.

    Raises:
        IndexError: a like block is not among the blocks of `departures`.

    Source:
        Own: docs/methods/expectation.md; tests/unit/assets/activity/test_like_ground.py.
    """
    here = np.where(like.blocks.T >= 0, like.blocks.T, departures.shape[-1])  # the last is unseen
    unseen = np.full((*departures.shape[:-1], 1), np.nan, departures.dtype)
    asked = np.moveaxis(np.concatenate([departures, unseen], axis=-1)[..., here], -2, 0)
    enough = np.isfinite(asked).sum(axis=0) >= NEIGHBOURS_MIN
    middle = robust.nan_median(asked)
    size = MAD_TO_SIGMA * robust.nan_median(np.abs(asked - middle))
    parts, spread = np.where(enough, middle, np.nan), np.where(enough, size, np.nan)
    return SharedDeparture(
        parts, _mean_of_known(parts, like.weights), _mean_of_known(spread, like.weights)
    )


def _mean_of_known(values: Floats, weights: Floats) -> Floats:
    """Mean over the last axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    total = (known * weights).sum(axis=-1)
    summed = (np.where(known, values, 0.0) * weights).sum(axis=-1)
    return np.asarray(np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan))


def _spectral_distances(own: Floats, others: Floats) -> Floats:
    """Mean square difference of expected spectra over the year, shape (part, candidate)."""
    scale = np.sqrt(np.array(WAVES))[None, :, None]
    flat = [(one * scale).reshape(-1, one.shape[-1]).T for one in (own, others)]
    return np.asarray(((flat[0][:, None] - flat[1][None]) ** 2).sum(axis=-1))
