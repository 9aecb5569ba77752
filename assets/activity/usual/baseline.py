"""What a zone and the ground beside it are expected to show, from looks before a month.

Pure; uses earlier looks only. A zone has its like ground (`like_ground`), the course of its means
(`zone_expectation`) and that of its pixels (`pixel_past`). `zone_meter` judges new looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.activity.align.lattice import blocks_within_reach
from assets.activity.fit.arrays import Floats
from assets.activity.fit.season_fit import RegressionTerms, SeasonFit, fit_seasons
from assets.activity.indices.indices import FIELD_INDICES
from assets.activity.looks.past_days import BASELINE_LOOKS_MIN, is_season_known
from assets.activity.looks.zone_looks import BANDS, ZoneBox, ZoneLook
from assets.activity.usual.block_past import BlockPast
from assets.activity.usual.covered_area import CoveredPast, learn_covered
from assets.activity.usual.like_ground import LikeGround, find_like_ground, shared_departure
from assets.activity.usual.pattern import PatternPast, learn_pattern
from assets.activity.usual.pixel_past import PixelPast, learn_pixels, pixel_values
from assets.activity.usual.zone_expectation import ZoneCourse, learn_course


@dataclass(frozen=True, slots=True)
class ZoneBaseline:
    """What a zone is compared with.

    Attributes:
        box: the zone and its surroundings.
        looks: past looks of the zone.
        terms: how day and orbit enter.
        like: blocks beside the zone that are like it.
        beside: blocks within reach of the zone.
        pixels: of the box.
        course: of the zone's means.
        pattern: of its pixels beside each other.
        covered: bare ground, and what stood on it.
    """

    box: ZoneBox
    looks: tuple[ZoneLook, ...]
    terms: RegressionTerms
    like: LikeGround
    beside: npt.NDArray[np.intp]
    pixels: PixelPast
    course: ZoneCourse
    pattern: PatternPast
    covered: CoveredPast

    def knows_season_of(self, look: ZoneLook) -> bool:
        """Whether past looks are enough to expect a look on its day of the year."""
        return is_season_known(np.array([one.look.day for one in self.looks]), look.look.day)

    def terms_of(self, look: ZoneLook) -> Floats:
        """Terms of one look, shape (term,)."""
        terms = self.terms.of(np.array([look.look.day]), [look.look.orbit])
        return np.asarray(terms[0])


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

    Raises:
        IndexError: a place is not among the looks of `blocks`.

    Source:
        Own: docs/methods/expectation.md; tests/unit/assets/activity/test_baseline.py.
    """
    if len(looks) < BASELINE_LOOKS_MIN:
        return None
    days = np.array([look.look.day for look in looks])
    rows = blocks.terms.of(days, [look.look.orbit for look in looks])
    values = pixel_values(looks)
    fit = fit_seasons(rows, values, blocks.terms.ridge)
    parts, beside = blocks_within_reach(box.zone, shape)
    like = _like_ground(box, fit, parts, beside, blocks)
    seen = shared_departure(like, blocks.fit.left_out[list(places)])
    course = learn_course(box, looks, places, blocks, rows, like, seen)
    noise = course.noise[:, FIELD_INDICES.index("brightness")]
    pixels = learn_pixels(box, looks, fit, like, seen.parts[:, :BANDS], noise)
    pattern = learn_pattern(
        values[..., box.inside],
        box.zone.area_m2,
        days,
        rows,
        blocks.terms.ridge,
        blocks.quarters[list(places)],
    )
    return ZoneBaseline(
        box,
        tuple(looks),
        blocks.terms,
        like,
        beside,
        pixels,
        course,
        pattern,
        learn_covered(box, looks),
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
