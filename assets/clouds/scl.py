"""What Sen2Cor's scene classification (SCL) says for cloud, shadow, snow and haze at each pixel.

How often a class is given by mistake is learned per pixel from the site's past; the reflectances
themselves are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import ndimage

from assets.clouds.evidence import (
    CLOUD_ROW,
    COARSE,
    HIDDEN,
    MOST,
    Flags,
    Floats,
    season_weights,
    to_fine,
)
from assets.clouds.patches import large_patches, touched
from assets.scenes.stack import Classes

UNSEEN, SATURATED, DARK, SHADOW, VEGETATION, SOIL, WATER, UNCLASSIFIED = range(8)
MEDIUM, HIGH, CIRRUS, SNOW = range(8, 12)
BRIGHT: Final = (MEDIUM, HIGH)
CLOUD: Final = (*BRIGHT, CIRRUS)
GROUND: Final = (DARK, VEGETATION, SOIL, WATER, UNCLASSIFIED)

SHARES: Final = {
    # of each SCL class where the pixel is:  clear  cloud  shadow  snow   haze
    (VEGETATION, SOIL): (0.860, 0.030, 0.450, 0.120, 0.520),
    (DARK,): (0.030, 0.005, 0.120, 0.080, 0.020),
    (SHADOW,): (0.010, 0.010, 0.330, 0.100, 0.030),
    (WATER,): (0.020, 0.005, 0.060, 0.120, 0.010),
    (UNCLASSIFIED,): (0.040, 0.040, 0.030, 0.120, 0.070),
    BRIGHT: (0.010, 0.800, 0.005, 0.120, 0.100),
    (CIRRUS,): (0.015, 0.080, 0.005, 0.060, 0.250),
    (SNOW,): (0.005, 0.030, 0.003, 0.280, 0.005),
}
"""How often Sen2Cor gives a class: judged from what it does on the real series of Romania and from
published confusion matrices (Zekoll et al. 2021, doi:10.3390/rs13010137), rounded. Columns
after the first in the order of the rows of an evidence array."""
LEARNED: Final = tuple(group for group in SHARES if SNOW not in group and SOIL not in group)
"""Groups whose share on clear days is a habit of the place."""
SEASON_DAYS: Final = 40.0  # how far in the year a look is worth 60 % of one of the same day
OFF_SEASON: Final = (
    0.25  # weight of a look from the other half of the year: concrete is white always
)
HABIT_WORTH: Final = 2.0  # looks that the shares above count for against a pixel's own past
CLEAR_DAY: Final = 0.2  # share of cloud over the site under which a day counts as clear
MARGIN_PX: Final = 2  # of 10 m; SCL finds the edges of clouds about one of its pixels late
MARGIN_SHARE: Final = 0.5  # weight of the evidence inside that margin
LONE_PX: Final = 100  # of 10 m, a hectare: bright patches under it may be things, with no larger
LONE_REACH_PX: Final = 40  # one so near
LONE_LEAST: Final = 1.0  # log-odds of cloud from which a pixel belongs to a patch
LONE_WORTH: Final = -2.5
"""Log-odds of cloud in such a patch: Sen2Cor takes large aircraft, ships and roofs for cloud, and
where its cloud is that small and alone, twelve of thirteen are taken to be such a thing."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What SCL says of each pixel on clear days, for groups of classes in LEARNED.

    Attributes:
        counts: looks on clear days on which the group was given, each counted by its weight,
            shape (group, y, x), 20 m.
        days: looks on clear days on which the pixel was seen, likewise, shape (y, x).
    """

    counts: Floats
    days: Floats

    def share(self, group: tuple[int, ...]) -> Floats:
        """Share of clear days with a group of classes, shape (y, x), 20 m.

        Drawn towards SHARES and never below: that a pixel was spared so far is no promise, since
        mistakes come by the look.
        """
        count = self.counts[LEARNED.index(group)]
        usual = SHARES[group][0]
        share = (count + HABIT_WORTH * usual) / (self.days + HABIT_WORTH)
        return np.asarray(np.maximum(share, usual), np.float32)


def ground_share(scl: Classes) -> float:
    """Share of a look that SCL calls ground, 0..1."""
    return float(np.isin(scl, GROUND).mean())


def habit_weights(age_days: Floats) -> Floats:
    """What past looks say of the habits of SCL on a day, by season, shape (look,), 0..1."""
    return season_weights(age_days, spread_days=SEASON_DAYS, least=OFF_SEASON)


def learn_habits(
    looks: Callable[[], Iterable[Classes]], weights: Floats, shape: tuple[int, ...]
) -> Habits:
    """What SCL habitually says of each pixel of a site.

    The looks are gone through twice and held one at a time: a day counts as clear by the half of
    the site that is least often called cloud, since concrete that SCL takes for cloud day after
    day would else make every day a cloudy one.

    Args:
        looks: gives SCL of the past looks, each of shape (y, x) at 10 m, 0 where unseen.
        weights: of the looks, shape (look,); a season counts for itself, since slopes lie in
            their own shade for months.
        shape: of the site's grid.

    Returns:
        Counts; all zero where there is no past.
    """
    rows, columns = (-(-side // COARSE) for side in shape)
    cloud = np.zeros((rows, columns), np.uint16)
    seen = np.zeros((rows, columns), np.uint16)
    for scl in _thinned(looks):
        cloud += np.isin(scl, CLOUD)
        seen += scl > UNSEEN
    habit = cloud / np.maximum(seen, 1)
    middle = np.median(habit[seen > 0]) if seen.any() else 0.0
    steady = (seen > 0) & (habit <= middle)
    counts = np.zeros((len(LEARNED), rows, columns), np.float32)
    days = np.zeros((rows, columns), np.float32)
    for scl, weight in zip(_thinned(looks), weights, strict=True):
        told = scl[steady & (scl > UNSEEN)]
        if told.size and np.isin(told, CLOUD).mean() < CLEAR_DAY:
            days += weight * (scl > UNSEEN)
            for place, group in enumerate(LEARNED):
                counts[place] += weight * np.isin(scl, group)
    return Habits(counts, days)


def scl_evidence(scl: Classes, habits: Habits) -> Floats:
    """Log-odds of what hides the ground from SCL, shape (HIDDEN, y, x).

    Where a class is given on most clear days it says little; beside cloud and shadow it counts
    as half of theirs.
    """
    out = np.zeros((HIDDEN, *scl.shape), np.float32)
    for group, shares in SHARES.items():
        is_given = np.isin(scl, group)
        if not is_given.any():
            continue
        clear = np.full(scl.shape, shares[0], np.float32)
        if group in LEARNED:
            clear = to_fine(habits.share(group), scl.shape)
        for row, share in enumerate(shares[1:]):
            out[row][is_given] = np.clip(np.log(share / clear[is_given]), -MOST, MOST)
    out[CLOUD_ROW][lone_patches(out[CLOUD_ROW])] += LONE_WORTH
    return _with_margins(out, scl)


def lone_patches(cloud: Floats) -> Flags:
    """Patches of cloud too small and too alone for cumulus, shape (y, x).

    Args:
        cloud: log-odds of cloud from SCL and its habits, shape (y, x): concrete that is called
            cloud on most clear days is no company.
    """
    patches = cloud > LONE_LEAST
    if not patches.any():
        return np.asarray(patches)
    large = large_patches(patches, LONE_PX)
    near = ndimage.maximum_filter(large, size=2 * LONE_REACH_PX + 1, mode="constant")
    return np.asarray(patches & ~touched(patches, near))


def _with_margins(evidence: Floats, scl: Classes) -> Floats:
    """Half of the evidence of the neighbours, where it says more than a pixel's own."""
    if not np.isin(scl, (SHADOW, *CLOUD)).any():
        return evidence
    size = (1, 2 * MARGIN_PX + 1, 2 * MARGIN_PX + 1)
    near = ndimage.maximum_filter(evidence, size=size, mode="nearest")
    takes = np.isin(scl, GROUND)[None] & (near > 0)
    return np.asarray(np.where(takes, np.maximum(evidence, MARGIN_SHARE * near), evidence))


def _thinned(looks: Callable[[], Iterable[Classes]]) -> Iterator[Classes]:
    """SCL has pixels of 20 m: every second of the grid's."""
    for scl in looks():
        yield scl[::COARSE, ::COARSE]
