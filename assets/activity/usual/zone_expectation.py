"""Expected course of a zone's mean of each index over the year, beside like ground. Pure.

Its departures in past looks give the spread that a new departure is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats
from assets.activity.fit.season_fit import SeasonFit, fit_seasons
from assets.activity.indices.indices import FIELD_INDICES, IndexName
from assets.activity.indices.standard_errors import (
    CAP_SIGMA,
    SPREAD_FLOORS,
    PastSpread,
    past_spread,
)
from assets.activity.looks.zone_looks import BANDS, ZoneBox, ZoneLook
from assets.activity.usual.block_past import BlockPast
from assets.activity.usual.like_ground import LikeGround, SharedDeparture
from assets.constants import MAD_TO_SIGMA

SHARED_PRIOR_LOOKS: Final = 4.0  # looks; chosen
"""Looks that say "a zone moves just as its like ground"; chosen, not yet fitted."""
SHARED_MAX: Final = 1.0  # no unit; what a zone moved further than its like it moved by itself
QUIETEST: Final = 1.0  # times the usual scatter; like ground that is still says nothing of a zone
FIELDS: Final = slice(BANDS, None)  # of the channels of blocks


@dataclass(frozen=True, slots=True)
class ZoneCourse:
    """The mean of a zone in past looks.

    Attributes:
        centre: what each pixel usually shows of each field index, shape (index, pixel).
        fit: of the zone's mean beyond that, channels being field indices, one series.
        shared: share of like ground's departure that the zone shows too, shape (index,).
        usual_scatter: of like ground in past looks, shape (index,); NaN unknown.
        shared_variance: of what like ground shows, for looks that do not show it, (index,).
        noise: how much more than usual like ground scattered in each look, shape (look, index).
        spreads: of each field index; None while there are too few looks.
    """

    centre: Floats
    fit: SeasonFit
    shared: Floats
    usual_scatter: Floats
    shared_variance: Floats
    noise: Floats
    spreads: dict[IndexName, PastSpread | None]


def learn_course(
    box: ZoneBox,
    looks: Sequence[ZoneLook],
    places: Sequence[int],
    blocks: BlockPast,
    rows: Floats,
    like: LikeGround,
    seen: SharedDeparture,
) -> ZoneCourse:
    """The course of a zone's mean.

    Args:
        box: the zone.
        looks: past looks of it, in order of time.
        places: of each of them among the looks of `blocks`.
        blocks: of the site.
        rows: terms of the looks, shape (look, term).
        like: ground that is like the zone's.
        seen: what that showed in each look.

    Raises:
        IndexError: a place is not among the looks of `blocks`.

    Source:
        Own: docs/methods/expectation.md; tests/unit/assets/activity/test_baseline.py.
    """
    days = np.array([look.look.day for look in looks])
    centre, means = zone_means(np.stack([look.fields for look in looks]), box.zone.area_m2)
    quarters = blocks.quarters[list(places)]
    fit = fit_seasons(rows, means[:, :, None], blocks.terms.ridge, quarters)
    scatter, shared = seen.scatter[:, FIELDS], seen.effect[:, FIELDS]
    usual = robust.nan_median(scatter)
    share = _share_of(fit.left_out[..., 0], shared)
    noise = noise_factor(scatter, usual)
    rest = fit.left_out[..., 0] - share * np.nan_to_num(shared)
    rest /= noise * np.sqrt(1.0 + fit.doubt)
    rest /= np.array([look.cloud_factor for look in looks])[:, None]
    own_parts = blocks.fit.left_out[list(places)][:, FIELDS, like.parts]
    alone = usual * _size_factor(own_parts - seen.parts[:, FIELDS], like.weights)
    return ZoneCourse(
        centre=centre,
        fit=fit,
        shared=share,
        usual_scatter=usual,
        shared_variance=np.nan_to_num(robust.weighted_spread(shared, np.ones(len(looks))) ** 2),
        noise=noise,
        spreads=_index_spreads(rest, days, prior=alone, unknowns=rows.shape[1]),
    )


def zone_means(fields: npt.NDArray[np.floating], area_m2: Floats) -> tuple[Floats, Floats]:
    """What each pixel usually shows, and the zone's mean beyond that in each look.

    Means are of the pixels that a look shows, each beyond its own usual value, so that a part of
    a zone stands for all of it.

    Args:
        fields: shape (look, index, pixel), NaN where not clear.
        area_m2: of the zone in the pixels, shape (pixel,).

    Returns:
        Shapes (index, pixel) and (look, index); NaN where nothing was seen.

    Raises:
        ValueError: `fields` and `area_m2` differ in the number of pixels.

    Source:
        Pixels and looks fitted in turn, as in median polish: Tukey 1977, Exploratory Data Analysis;
        tests/unit/assets/activity/test_baseline.py.
    """
    beyond = np.zeros(fields.shape[:2])
    centre = np.empty(0)
    for _ in range(2):  # the second time without what the looks have in common
        centre = robust.nan_median(fields - np.nan_to_num(beyond)[..., None])
        beyond = mean_beyond(fields, centre, area_m2)
    return centre, beyond


def mean_beyond(fields: npt.NDArray[np.floating], centre: Floats, area_m2: Floats) -> Floats:
    """Area-weighted mean of fields less their centre over what is seen, shape (..., index)."""
    change = fields - centre
    seen = np.isfinite(change)
    total = (seen * area_m2).sum(axis=-1)
    summed = np.where(seen, change, 0.0) @ area_m2
    return np.asarray(np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan))


def noise_factor(scatter: Floats, usual: Floats) -> Floats:
    """How much more than usual like ground scatters, at least QUIETEST; 1 where unknown."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = scatter / usual
    return np.where(np.isfinite(ratio), np.maximum(ratio, QUIETEST), 1.0)


def _share_of(zone: Floats, like: Floats) -> Floats:
    """Share of like ground's departures that the zone shows, by ridge towards 1, (index,)."""
    both = np.isfinite(zone) & np.isfinite(like)
    x, y = np.where(both, like, 0.0), np.where(both, zone, 0.0)
    cap = (
        CAP_SIGMA
        * MAD_TO_SIGMA
        * np.nan_to_num(robust.nan_median(np.abs(np.where(both, zone - like, np.nan))))
    )
    y = x + np.clip(y - x, -cap, cap)
    square = (x**2).sum(axis=0)
    belief = SHARED_PRIOR_LOOKS * square / np.maximum(both.sum(axis=0), 1)
    total = square + belief
    share = ((x * y).sum(axis=0) + belief) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, np.clip(share, 0.0, SHARED_MAX), 1.0)


def _size_factor(parts: Floats, weights: Floats) -> Floats:
    """By how much less than one of its parts a zone scatters as a whole, shape (index,), 0..1.

    A field moves as one; an apron's parts do not.

    Args:
        parts: departures of the zone's parts beyond like ground, shape (look, index, part).
        weights: share of the zone in each part, shape (part,).
    """
    known = np.isfinite(parts).all(axis=-1, keepdims=True) & (parts.shape[-1] > 0)
    values = np.where(known, parts, 0.0)
    whole = ((values * weights).sum(axis=-1) ** 2).sum(axis=0)
    each = ((values**2) * weights).sum(axis=(0, 2))
    return np.sqrt(np.where(each > 0, whole / np.where(each > 0, each, 1.0), 1.0))


def _index_spreads(
    rest: Floats, days: Floats, *, prior: Floats, unknowns: int
) -> dict[IndexName, PastSpread | None]:
    """Spread of each field index of the zone."""
    return {
        name: past_spread(
            rest[:, place],
            days,
            prior=float(prior[place]),
            unknowns=min(unknowns, 3),
            floor=SPREAD_FLOORS[name],
        )
        for place, name in enumerate(FIELD_INDICES)
    }
