"""What a zone and the ground beside it are expected to show, from looks before a month.

Pure and causal. Blocks of the site are fitted once; a zone has its own pixels, its own course of
each index, and its like ground. Judging a new look against it is `measure`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import robust
from assets.activity.counts import count_values, occupied_m2
from assets.activity.errors import CAP_SIGMA, SPREAD_FLOORS, PastSpread, past_spread
from assets.activity.history import LOOKS_MIN, is_season_known, spread_over
from assets.activity.indices import AREA_INDICES, COUNT_INDICES, FIELD_INDICES, IndexName
from assets.activity.lattice import blocks_within_reach
from assets.activity.like_ground import LikeGround, find_like_ground, shared_departure
from assets.activity.models import Floats
from assets.activity.season_fit import SeasonFit, Terms, fit_seasons
from assets.activity.surface import bare_surface, odd_pixels
from assets.activity.views import BoxLooks
from assets.activity.zone_looks import BANDS, SiteLook, ZoneBox, ZoneLook
from assets.constants import MAD_TO_SIGMA, YEAR_DAYS

SPREAD_FLOOR: Final = 0.002  # reflectance; noise of Level-2A over dark ground
PIXEL_PRIOR_LOOKS: Final = 6.0  # looks that the spread of all pixels of a zone counts for in each
SHARED_PRIOR_LOOKS: Final = 4.0
"""Looks that say "a zone moves just as its like ground"; chosen, not yet fitted."""
SHARED_MAX: Final = 1.0  # no unit; what a zone moved further than its like it moved by itself
QUIETEST: Final = 1.0  # times the usual scatter; like ground that is still says nothing of a zone
COUNT_LOOKS: Final = 10  # past looks in which things are counted; a spread needs eight
BEFORE_DAYS: Final = 60.0  # days; what changed since a look longer ago is no turnover
FIELDS: Final = slice(BANDS, None)  # of the channels of blocks


@dataclass(frozen=True, slots=True)
class BlockPast:
    """What the blocks of a site showed before a month.

    Attributes:
        looks: past looks, in order of time.
        terms: how day and orbit enter.
        fit: of every channel and block.
        variance: of what is left out, shape (channel, block).
    """

    looks: tuple[SiteLook, ...]
    terms: Terms
    fit: SeasonFit
    variance: Floats

    def departures(self, look: SiteLook) -> Floats:
        """What a new look shows of each block beyond expectation, shape (1, channel, block)."""
        terms = self.terms.of(np.array([look.day]), [look.orbit])[0]
        return np.asarray(look.blocks - self.fit.predict(terms))[None]


@dataclass(frozen=True, slots=True)
class ZoneBaseline:
    """What a zone is compared with.

    Attributes:
        box: the zone and its surroundings.
        looks: past looks of the zone.
        terms: how day and orbit enter.
        like: blocks beside the zone that are like it.
        beside: blocks within reach of the zone.
        pixels: expected reflectance of the box, channels being bands.
        sigma: spread of a pixel's departures, reflectance, shape (band, y * x).
        odd: pixels of the zone on which something always stands, shape (pixel,).
        centre: what each pixel usually shows of each field index, shape (index, pixel).
        course: of the zone's mean beyond that, channels being field indices, one series.
        shared: share of like ground's departure that the zone shows too, shape (index,).
        usual_scatter: of like ground in past looks, shape (index,); NaN unknown.
        shared_variance: of what like ground shows, for looks that do not show it, (index,).
        spreads: of each field index; None while there are too few looks.
        counts: areas and counts in past looks, shape (look,), NaN where not asked or unknown.
    """

    box: ZoneBox
    looks: tuple[ZoneLook, ...]
    terms: Terms
    like: LikeGround
    beside: npt.NDArray[np.intp]
    pixels: SeasonFit
    sigma: Floats
    odd: npt.NDArray[np.bool_]
    centre: Floats
    course: SeasonFit
    shared: Floats
    usual_scatter: Floats
    shared_variance: Floats
    spreads: dict[IndexName, PastSpread | None]
    counts: dict[IndexName, Floats]

    def knows_season_of(self, look: ZoneLook) -> bool:
        """Whether past looks let expect what a look shows."""
        return is_season_known(np.array([one.look.day for one in self.looks]), look.look.day)

    def terms_of(self, look: ZoneLook) -> Floats:
        """Terms of one look, shape (term,)."""
        terms = self.terms.of(np.array([look.look.day]), [look.look.orbit])
        return np.asarray(terms[0])


def learn_blocks(looks: Sequence[SiteLook]) -> BlockPast | None:
    """The expected course of every block from past looks in order; None without any."""
    if not looks:
        return None
    terms = Terms(tuple(sorted({look.orbit for look in looks})))
    rows = terms.of(np.array([look.day for look in looks]), [look.orbit for look in looks])
    values = np.stack([look.blocks for look in looks])
    fit = fit_seasons(rows, values, terms.ridge, quarters_of(looks))
    size = MAD_TO_SIGMA * robust.median(np.abs(fit.left_out))
    return BlockPast(tuple(looks), terms, fit, size**2)


def quarters_of(looks: Sequence[SiteLook]) -> npt.NDArray[np.int64]:
    """Number of the quarter of a year that each look lies in, counted back from the last one.

    Past looks are left out a quarter at a time, as those that will be judged are not in the past.
    """
    days = np.array([look.day for look in looks])
    return np.asarray((days.max() - days) // (YEAR_DAYS / 4), np.int64)


def learn_zone(
    box: ZoneBox,
    looks: Sequence[ZoneLook],
    places: Sequence[int],
    blocks: BlockPast,
    *,
    shape: tuple[int, int],
) -> ZoneBaseline | None:
    """What a zone is compared with; None while too few of its looks are known.

    Args:
        box: the zone.
        looks: past looks that show at least PARTIAL_CLEAR of it, in order of time.
        places: of each of them among the looks of `blocks`.
        blocks: of the site.
        shape: of the site grid.
    """
    own = tuple(looks)
    days = np.array([look.look.day for look in own])
    if len(own) < LOOKS_MIN:
        return None
    rows = blocks.terms.of(days, [look.look.orbit for look in own])
    pixels = fit_seasons(rows, _pixel_values(own), blocks.terms.ridge)
    parts, beside = blocks_within_reach(box.zone, shape)
    like = _like_ground(box, pixels, parts, beside, blocks)
    seen = shared_departure(like, blocks.fit.left_out[list(places)])
    centre, means = zone_means(np.stack([look.fields for look in own]), box.zone.area_m2)
    quarters = quarters_of(blocks.looks)[list(places)]
    course = fit_seasons(rows, means[:, :, None], blocks.terms.ridge, quarters)
    scatter, shared = seen.scatter[:, FIELDS], seen.effect[:, FIELDS]
    usual = robust.median(scatter)
    share = _share_of(course.left_out[..., 0], shared)
    noise = noise_of(scatter, usual)
    rest = course.left_out[..., 0] - share * np.nan_to_num(shared)
    rest /= np.sqrt(1.0 + course.doubt)
    own_parts = blocks.fit.left_out[list(places)][:, FIELDS, like.parts]
    residual = pixels.left_out - effect_in_box(seen.parts[:, :BANDS], like, box.blocks)
    past_noise = noise[:, FIELD_INDICES.index("brightness")]
    sigma = _pixel_sigma(residual, past_noise)
    odd = odd_pixels(np.asarray(pixels.coefficients[:, 0, box.inside]), box.zone.kind)
    return ZoneBaseline(
        box=box,
        looks=own,
        terms=blocks.terms,
        like=like,
        beside=beside,
        pixels=pixels,
        sigma=sigma,
        odd=odd,
        centre=centre,
        course=course,
        shared=share,
        usual_scatter=usual,
        shared_variance=np.nan_to_num(robust.weighted_spread(shared, np.ones(len(own))) ** 2),
        spreads=_spreads(
            rest / noise,
            days,
            prior=usual * _size_factor(own_parts - seen.parts[:, FIELDS], like.weights),
            unknowns=rows.shape[1],
        ),
        counts=_past_counts(own, _past_views(box, own, residual, sigma, past_noise, odd)),
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
    """
    beyond = np.zeros(fields.shape[:2])
    centre = np.empty(0)
    for _ in range(2):  # the second time without what the looks have in common
        centre = robust.median(fields - np.nan_to_num(beyond)[..., None])
        beyond = mean_beyond(fields, centre, area_m2)
    return centre, beyond


def mean_beyond(fields: npt.NDArray[np.floating], centre: Floats, area_m2: Floats) -> Floats:
    """Area-weighted mean of fields less their centre over what is seen, shape (..., index)."""
    change = fields - centre
    seen = np.isfinite(change)
    total = (seen * area_m2).sum(axis=-1)
    summed = np.where(seen, change, 0.0) @ area_m2
    return np.asarray(np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan))


def noise_of(scatter: Floats, usual: Floats) -> Floats:
    """How much more than usual like ground scatters, at least QUIETEST; 1 where unknown."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = scatter / usual
    return np.where(np.isfinite(ratio), np.maximum(ratio, QUIETEST), 1.0)


def effect_in_box(parts: Floats, like: LikeGround, blocks: npt.NDArray[np.intp]) -> Floats:
    """What like ground shows of each band, for each pixel of a box, (look, band, pixel).

    Args:
        parts: of `shared_departure`, shape (look, band, part).
        like: of the zone; pixels beside its parts have the mean of them.
        blocks: block of each pixel of the box, shape (pixel,).
    """
    known = np.isfinite(parts)
    weight = known * like.weights
    total = weight.sum(axis=-1, keepdims=True)
    mean = (np.nan_to_num(parts) * weight).sum(axis=-1, keepdims=True) / np.where(
        total > 0, total, 1
    )
    table = np.concatenate([np.where(known, parts, mean), mean], axis=-1)
    places = np.full(
        int(max(blocks.max(), like.parts.max(initial=0))) + 1, len(like.parts), np.intp
    )
    places[like.parts] = np.arange(len(like.parts))
    return np.asarray(table[..., places[blocks]])


def _pixel_values(looks: Sequence[ZoneLook]) -> npt.NDArray[np.float32]:
    """Reflectance of the clear pixels of boxes, shape (look, band, pixel), NaN elsewhere."""
    return np.stack(
        [
            np.where(one.look.clear, one.look.reflectance, np.float32(np.nan)).reshape(BANDS, -1)
            for one in looks
        ]
    )


def _like_ground(
    box: ZoneBox,
    pixels: SeasonFit,
    parts: npt.NDArray[np.intp],
    beside: npt.NDArray[np.intp],
    blocks: BlockPast,
) -> LikeGround:
    """Like ground of a zone by the season of the bands that both have."""
    season = slice(0, 3)
    inside = pixels.coefficients[:, season, box.inside]
    others = blocks.fit.coefficients[:BANDS, season][..., beside]
    bands = np.isfinite(inside).any(axis=(1, 2)) & np.isfinite(others).any(axis=(1, 2))
    place = np.searchsorted(parts, box.blocks[box.inside])
    area = np.where(np.isfinite(inside[bands]).all(axis=(0, 1)), box.zone.area_m2, 0.0)
    weights = np.zeros((len(parts), len(area)))
    weights[place, np.arange(len(area))] = area
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore"):
        own = (np.nan_to_num(inside[bands]) @ weights.T) / np.where(total > 0, total, np.nan)
    return find_like_ground(own, parts, total, others[bands], beside)


def _share_of(zone: Floats, like: Floats) -> Floats:
    """Share of like ground's departures that the zone shows, by ridge towards 1, (index,)."""
    both = np.isfinite(zone) & np.isfinite(like)
    x, y = np.where(both, like, 0.0), np.where(both, zone, 0.0)
    cap = (
        CAP_SIGMA
        * MAD_TO_SIGMA
        * np.nan_to_num(robust.median(np.abs(np.where(both, zone - like, np.nan))))
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


def _spreads(
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


def _pixel_sigma(residual: Floats, noise: Floats) -> Floats:
    """Spread of each pixel over the looks, shape (band, pixel), reflectance.

    Drawn to that of all of them: a dozen looks alone tell it within a fifth only, and pixels that
    seem quiet by luck would seem busy later.
    """
    even = residual / noise[:, None, None]
    square = robust.weighted_spread(even, np.ones(len(even))) ** 2
    seen = np.isfinite(even).sum(axis=0)
    common = robust.median(np.where(seen > 0, square, np.nan).T)[:, None]
    drawn = (seen * square + PIXEL_PRIOR_LOOKS * common) / (seen + PIXEL_PRIOR_LOOKS)
    return np.sqrt(np.maximum(np.where(seen >= 1, drawn, np.nan), SPREAD_FLOOR**2))


def _past_views(
    box: ZoneBox,
    looks: Sequence[ZoneLook],
    residual: Floats,
    sigma: Floats,
    noise: Floats,
    odd: npt.NDArray[np.bool_],
) -> BoxLooks:
    """The past looks beside what the others let expect of them."""
    observed = _pixel_values(looks)
    expected = observed - residual
    bare = expected.copy()
    bare[..., box.inside] = bare_surface(expected[..., box.inside], odd)
    clear = np.asarray(np.isfinite(residual[:, :4]).all(axis=1))
    widened = np.maximum(noise, 1.0)[:, None, None] * sigma
    return BoxLooks(box, residual, expected, bare, widened, clear)


def _past_counts(looks: Sequence[ZoneLook], views: BoxLooks) -> dict[IndexName, Floats]:
    """Areas and counts in past looks, of COUNT_LOOKS of them spread over the past."""
    found: dict[IndexName, Floats] = {
        "occupancy": occupied_m2(views.occupied(), views.box.zone.area_m2)
    }
    for place in spread_over(len(looks), COUNT_LOOKS):
        before = _look_before(looks, int(place))
        values = count_values(views.view(place), None if before is None else views.view(before))
        for name, value in values.items():
            found.setdefault(name, np.full(len(looks), np.nan))[place] = value
    for name in (*AREA_INDICES, *COUNT_INDICES):
        found.setdefault(name, np.full(len(looks), np.nan))
    return found


def _look_before(looks: Sequence[ZoneLook], place: int) -> int | None:
    """The last look of the same orbit at most BEFORE_DAYS earlier; None if there is none."""
    now = looks[place].look
    for earlier in range(place - 1, -1, -1):
        one = looks[earlier].look
        if now.day - one.day > BEFORE_DAYS:
            return None
        if one.orbit == now.orbit:
            return earlier
    return None
