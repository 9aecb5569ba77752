"""Departures of the pixels of a zone's box in past looks, and areas and counts there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.detect.counted_indices import changed_m2, count_values
from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats
from assets.activity.fit.season_fit import SeasonFit
from assets.activity.indices.indices import COUNT_INDICES, IndexName
from assets.activity.looks.past_days import evenly_spaced_positions
from assets.activity.looks.zone_looks import BANDS, ZoneBox, ZoneLook
from assets.activity.usual.like_ground import LikeGround
from assets.activity.usual.zone_views import BoxLooks

SPREAD_FLOOR: Final = 0.002  # reflectance; noise of Level-2A over dark ground
COUNT_LOOKS: Final = 10  # past looks in which things are counted; a spread needs eight
BEFORE_DAYS: Final = 60.0  # days; what changed since a look longer ago is no turnover


@dataclass(frozen=True, slots=True)
class PixelPast:
    """The pixels of a box in past looks.

    Attributes:
        fit: expected reflectance, channels being bands.
        sigma: spread of a pixel's departures, reflectance, shape (band, y * x).
        counts: areas and counts, shape (look,), NaN where not asked or unknown.
    """

    fit: SeasonFit
    sigma: Floats
    counts: dict[IndexName, Floats]


def learn_pixels(
    box: ZoneBox,
    looks: Sequence[ZoneLook],
    fit: SeasonFit,
    like: LikeGround,
    parts: Floats,
    noise: Floats,
) -> PixelPast:
    """How the pixels of a box departed.

    Args:
        box: of the zone.
        looks: past looks, in order of time.
        fit: of their pixels.
        like: ground that is like the zone's.
        parts: what that showed of each band, shape (look, band, part).
        noise: how much more than usual it scattered, shape (look,).

    Raises:
        ValueError: looks of `fit`, `parts` or `noise` differ in number.

    Source:
        Own: docs/methods/expectation.md; spreads as `shrunk_mean_square`.
    """
    effect = effect_in_box(parts, like, box.blocks)
    residual = np.subtract(fit.left_out, effect, dtype=np.float32, casting="same_kind")
    even = residual / noise[:, None, None].astype(residual.dtype)
    sigma = np.sqrt(robust.shrunk_mean_square(even, floor=SPREAD_FLOOR))
    views = _past_views(box, looks, residual, sigma, noise)
    return PixelPast(fit.alone(), sigma, _past_counts(looks, views))


def effect_in_box(parts: Floats, like: LikeGround, blocks: npt.NDArray[np.intp]) -> Floats:
    """What like ground shows of each band, for each pixel of a box, (look, band, pixel).

    Args:
        parts: of `shared_departure`, shape (look, band, part).
        like: of the zone; pixels beside its parts have the mean of them.
        blocks: block of each pixel of the box, shape (pixel,).

    Raises:
        ValueError: `parts` and `like` differ in the number of parts.
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


def pixel_values(looks: Sequence[ZoneLook]) -> npt.NDArray[np.float32]:
    """Reflectance of the clear pixels of boxes, shape (look, band, pixel), NaN elsewhere."""
    return np.stack(
        [
            np.where(one.look.clear, one.look.reflectance, np.float32(np.nan)).reshape(BANDS, -1)
            for one in looks
        ]
    )


def _past_views(
    box: ZoneBox,
    looks: Sequence[ZoneLook],
    residual: Floats,
    sigma: Floats,
    noise: Floats,
) -> BoxLooks:
    """The past looks beside their expectation from other looks."""
    observed = pixel_values(looks)
    expected = observed - residual
    clear = np.asarray(np.isfinite(residual[:, :4]).all(axis=1))
    widened = (np.maximum(noise, 1.0)[:, None, None] * sigma).astype(residual.dtype)
    return BoxLooks(box, residual, expected, widened, clear)


def _past_counts(looks: Sequence[ZoneLook], views: BoxLooks) -> dict[IndexName, Floats]:
    """Areas and counts in past looks, of COUNT_LOOKS of them spread over the past."""
    found: dict[IndexName, Floats] = {
        "changed_area": changed_m2(views.changed_pixels(), views.box.zone.area_m2)
    }
    for place in evenly_spaced_positions(len(looks), COUNT_LOOKS):
        before = _look_before(looks, int(place))
        values = count_values(views.view(place), None if before is None else views.view(before))
        for name, value in values.items():
            found.setdefault(name, np.full(len(looks), np.nan))[place] = value
    for name in ("turnover", *COUNT_INDICES):
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
