"""Errors of indices from how past looks scattered, and what a departure is in those errors.

Pure numbers; which pixels and looks they are of is decided in `measure` and `baseline`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from assets.activity import robust
from assets.activity.harmonics import CAP_SHARE, CAP_SIGMA
from assets.activity.history import LOOKS_MIN
from assets.activity.indices import IndexName
from assets.activity.models import Floats
from assets.activity.moderation import SpreadPrior, effective_count
from assets.activity.sample import BLOCK_PX
from assets.constants import MAD_TO_SIGMA

OVERLAP_MIN: Final = 0.3  # share of today's clear zone that a past look must have seen too
SIZE_POWER: Final = 0.15  # by which spreads of means fall with the number of pixels
REPEAT_DAYS: Final = 15.0  # within them little but the look itself changes
REPEATS_PRIOR: Final = 1.0  # pairs that the whole spread counts for
REPEAT_SIGMA: Final = 2.5  # differences of repeats count up to here
REPEAT_SHARE: Final = 0.9776  # E min(|z|, REPEAT_SIGMA)^2 of a normal z
REPEAT_FLOOR: Final = 0.5  # least error of one look, of the least spread
LASTING_POWER: Final = 0.5
"""What moves the ground beside a zone is partly the air of that look and partly lasts for weeks
(season, rain), so that the next look shows it too: looks differ by its square root."""
LEAST_NOISE: Final = 0.5  # times the usual: a look that lies closer by luck is no better
SPARSE_POWER: Final = 0.5  # the same where single patches make the mean
SPREAD_FLOORS: Final[dict[IndexName, float]] = {
    # less would be luck
    "brightness": 0.0004,
    "ndvi": 0.0015,
    "bare_soil": 0.0015,
    "built_up": 0.0015,
    "texture": 0.00015,
    "turnover": 200.0,  # m2: two pixels
    "objects_small": 0.15,
    "objects_medium": 0.15,
    "objects_large": 0.15,
    "movers": 0.15,
}
TINY: Final = 1e-12
LARGEST: Final = 0.25  # chance that the largest of normal departures lies above its bound
PATCH_M2: Final = 400.0  # least area of one thing that departs: the instrument blurs it over 20 m


@dataclass(frozen=True, slots=True)
class Judged:
    """A value beside its expectation; z = (value - expected) / both errors together."""

    value: float
    standard_error: float
    expected: float
    expected_error: float
    z: float
    baseline_n: int


@dataclass(frozen=True, slots=True)
class PastMeans:
    """Means of past looks over the pixels that today shows, with their weights.

    Attributes:
        means: beyond expectation and habit, each look left out of its own, shape (look,).
        days: when they were seen, same shape.
        noise: how much noisier than usual each look is, same shape.
        prior: what ground beside the zone tells of the spread of such a mean.
        is_sparse: the index is 0 on most looks and much on a few.
    """

    means: Floats
    weights: Floats
    days: Floats
    noise: Floats
    prior: SpreadPrior
    is_sparse: bool


def judge_mean(
    *,
    moved: float,
    expected: float,
    past: PastMeans,
    noise: float,
    hidden: float,
    own_share: float,
    floor: float,
) -> Judged | None:
    """An area-weighted mean beside those of the past looks over the same pixels.

    The spread of one look is that of the past looks of the zone, drawn to that of blocks of
    ground beside it as far as the past is short (a variance moderated as by Smyth 2004,
    doi:10.2202/1544-6115.1027), times how much noisier than usual today is.

    Args:
        moved: today's mean beyond expectation and habit.
        expected: mean of expectation and habit.
        past: the same of the past looks.
        noise: how much noisier than usual today is.
        hidden: times by which errors grow with what today hides, at least 1.
        own_share: part of the variance of `past` that is the expectation's, 0..1.
        floor: least spread taken for real.

    Returns:
        None where fewer than LOOKS_MIN past looks saw enough of those pixels.
    """
    looks = len(past.means)
    if looks < LOOKS_MIN:
        return None
    count = effective_count(past.weights)
    own = _spread(past.means / past.noise, past.weights, is_sparse=past.is_sparse)
    drawn = past.prior.draw(np.array([own**2]), np.array([count]))
    spread = max(math.sqrt(float(drawn[0])), floor)
    if past.is_sparse:
        spread = max(spread, _shown_before(past, count))
    repeated = math.sqrt(1.0 - own_share) * _between_repeats(past, spread)
    repeated = max(repeated, REPEAT_FLOOR * floor) * float(_passing(np.array(noise)))
    return _judged(
        expected + moved,
        expected,
        spread=spread * noise * hidden,
        own=min(repeated, spread * noise) * hidden,
        dof=count + past.prior.dof - 1.0,
        looks=looks,
    )


def past_means(
    past: Floats,
    area: Floats,
    *,
    weights: Floats,
    days: Floats,
    noise: Floats,
    prior: SpreadPrior,
    is_sparse: bool = False,
) -> PastMeans:
    """Area-weighted mean of each past look over today's pixels.

    Args:
        past: field of the past looks, shape (look, pixel), NaN where unseen.
        area: of the zone in the pixels that today shows, 0 elsewhere, shape (pixel,).
        weights: of the past looks, shape (look,).
        days: when they were seen, same shape.
        noise: how much noisier than usual each of them is, same shape.
        prior: of means of blocks beside the zone, of BLOCK_PX ** 2 pixels each. Means of larger
            zones spread less: by a little where what moves them is smooth, by the square root
            of their size where it is single patches.
        is_sparse: the index is 0 on most looks and much on a few.

    Returns:
        Without the looks that saw less than OVERLAP_MIN of today's clear area.
    """
    seen = np.isfinite(past)
    shared = (seen * area).sum(axis=1)
    usable = (shared >= OVERLAP_MIN * area.sum()) & (shared > 0) & (weights > 0)
    total = np.where(seen, past, 0.0) @ area
    pixels = max(int((area > 0).sum()), 1)
    power = SPARSE_POWER if is_sparse else SIZE_POWER
    return PastMeans(
        total[usable] / shared[usable],
        weights[usable],
        days[usable],
        noise[usable],
        SpreadPrior(prior.variance * (BLOCK_PX**2 / pixels) ** (2 * power), prior.dof),
        is_sparse,
    )


def patchy_floor(expected_m2: float) -> float:
    """Least standard deviation of an area that comes in patches, m2.

    Patches that come and go as they like are Poisson distributed: the variance of their area is
    that of one patch times what is expected, of one more than that since none was seen yet.
    """
    return math.sqrt(PATCH_M2 * (max(expected_m2, 0.0) + PATCH_M2))


def judge_count(
    value: float,
    past: Floats,
    weights: Floats,
    *,
    noise: float,
    floor: float,
    is_patchy: bool = False,
) -> Judged | None:
    """A count or sum beside those of the past looks.

    Args:
        value: of today.
        past: of the past looks, shape (look,), NaN where they say nothing.
        weights: theirs.
        noise: how much noisier than usual today is, at least 1.
        floor: least spread taken for real, in the unit of the values.
        is_patchy: the values are areas of patches, 0 on most looks and much on a few.

    Returns:
        None from fewer than LOOKS_MIN past looks.
    """
    known = np.isfinite(past) & (weights > 0)
    if known.sum() < LOOKS_MIN:
        return None
    past, weights = past[known], weights[known]
    count = effective_count(weights)
    expected = float(np.average(past, weights=weights))
    variance = float(np.average((past - expected) ** 2, weights=weights)) * count / (count - 1.0)
    spread = max(math.sqrt(variance), floor)
    if is_patchy:
        spread = max(spread, _largest_of_normal(np.abs(past - expected), weights, count))
    spread *= noise
    return _judged(
        value,
        expected,
        spread=spread * math.sqrt(1.0 + 1.0 / count),
        own=spread,
        dof=count - 1.0,
        looks=len(past),
    )


def _judged(
    value: float, expected: float, *, spread: float, own: float, dof: float, looks: int
) -> Judged:
    """Value and expectation with errors that hold at three sigma, however few the looks are.

    The standard error, `own`, is by how much looks soon after each other differ; what lies
    between that and the whole spread about the expectation, and what few looks leave open of
    that spread, goes into the error of the expectation.
    """
    whole = float(robust.student_factor(dof)) * spread
    rest = math.sqrt(max(whole**2 - own**2, 0.0))
    return Judged(value, own, expected, rest, (value - expected) / whole, looks)


def _shown_before(past: PastMeans, count: float) -> float:
    """Spread under which the largest past departure was the largest of so many normal ones.

    Patches that come and go have tails far above normal ones, and their mean square hides them:
    what a zone has shown once is not three sigma when it comes again. Normal departures alone
    reach the bound in one of four pasts.
    """
    return _largest_of_normal(np.abs(past.means / past.noise), past.weights, count)


def _largest_of_normal(sizes: Floats, weights: Floats, count: float) -> float:
    """Standard deviation of which the largest of so many departures is to be expected."""
    largest = float((sizes * np.sqrt(weights / weights.max())).max())
    return largest / float(stats.norm.isf(LARGEST / 2 / (count + 1.0)))


def _between_repeats(past: PastMeans, spread: float) -> float:
    """Standard deviation of one look as looks soon after each other tell it.

    From differences of successive looks at most REPEAT_DAYS apart, drawn to the whole spread as
    far as there are few: what both have in common is the expectation's error, not theirs.
    Single differences beyond REPEAT_SIGMA are pulled in. Where patches make the index it is the
    whole spread: that nothing was there twice tells not how well something repeats.
    """
    order = np.argsort(past.days, kind="stable")
    near = np.diff(past.days[order]) <= REPEAT_DAYS
    if past.is_sparse or not near.any():
        return spread
    pairs = np.stack([order[:-1][near], order[1:][near]])
    noise = np.hypot(*_passing(past.noise[pairs]))
    sizes = np.abs(past.means[pairs[1]] - past.means[pairs[0]]) / noise
    cap = REPEAT_SIGMA * max(MAD_TO_SIGMA * float(np.median(sizes)), TINY)
    weights = past.weights[pairs].min(axis=0)
    mean = float(np.average(np.minimum(sizes, cap) ** 2, weights=weights)) / REPEAT_SHARE
    count = len(sizes)
    return math.sqrt((count * mean + REPEATS_PRIOR * spread**2) / (count + REPEATS_PRIOR))


def _passing(noise: Floats) -> Floats:
    """The part of how noisier than usual looks are by which they differ from the next."""
    return np.asarray(np.maximum(noise, LEAST_NOISE) ** LASTING_POWER)


def _spread(values: Floats, weights: Floats, *, is_sparse: bool) -> float:
    """Standard deviation round zero, single values beyond CAP_SIGMA pulled in unless sparse.

    The weighted root mean square, nearly as certain as that of normal errors without outliers.
    """
    if is_sparse:
        return math.sqrt(float(np.average(values**2, weights=weights)))
    by_median = MAD_TO_SIGMA * float(np.median(np.abs(values)))
    cap = CAP_SIGMA * max(by_median, TINY)
    square = float(np.average(np.clip(values, -cap, cap) ** 2, weights=weights))
    return math.sqrt(square / CAP_SHARE)
