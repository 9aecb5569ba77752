"""What a zone is expected to look like in a month, from past clear looks.

Pure and causal: everything here comes from looks before the month that is judged. Measuring a
new look against it is `measure`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import indices, robust
from assets.activity.counts import count_values
from assets.activity.expectation import Expectation, Past, learn_expectation, level_past
from assets.activity.history import LOOKS_MIN
from assets.activity.indices import IndexName
from assets.activity.models import ClearLook, Floats, Mask, Steps, ZonePixels, ZoneView
from assets.activity.normalise import SIZE_EVERY
from assets.activity.radiometry import Radiometry, fit_radiometry, noise_factor
from assets.activity.sample import choose_sample, fitted, judged_pixels
from assets.activity.scatter import Scatter, block_means, learn_scatter
from assets.activity.surface import bare_surface, odd_pixels
from assets.activity.views import BoxLooks, ZoneBox
from assets.constants import MAD_TO_SIGMA

SPREAD_FLOOR: Final = 0.002  # reflectance; noise of L2A over dark ground
COUNT_LOOKS: Final = 12  # of the past in which objects are counted
BEFORE_DAYS: Final = 60.0  # turnover since a look longer ago is no turnover
HABITUAL: Final[tuple[IndexName, ...]] = ("texture", "occupancy")
PRIOR_LOOKS: Final = 6.0  # looks that the spread of all pixels of a zone counts for in each


@dataclass(frozen=True, slots=True)
class ZoneBaseline:
    """What a zone is compared with.

    Attributes:
        box: the zone and its surroundings.
        sample: positions of the blocks beside the zone, shape (block, BLOCK_PX ** 2).
        odd: pixels of the zone on which something always stands, shape (pixel,).
        sigma: spread over the past of the residual, shape (band, y * x of the box);
            `sample_sigma` the same for the sampled pixels.
        habit: per field index, what the past fields are beyond their expectation on average,
            shape (pixel,): for occupancy, how often the pixel was occupied.
        differences: per field index, past fields minus expectation and habit, shape (look,
            pixel), each look left out of its own expectation; NaN where it was not clear.
        counts: per index that is no field, its values in the past looks, shape (look,).
        scatter: how far means of those blocks wander, in usual looks and in each past one.
        noise: how much noisier than usual the pixels of the past looks are, at least 1, (look,).
        weights: of the past looks, by season, age and noise.
        days: of the past looks, shape (look,).
        own_share: part of the variance of a past look's residual that is its expectation's.
        typical_scale: unexplained residual of the rest of the site on a usual look, (band,).
    """

    box: ZoneBox
    sample: npt.NDArray[np.intp]
    odd: Mask
    sigma: Floats
    sample_sigma: Floats
    habit: dict[IndexName, Floats]
    differences: dict[IndexName, Floats]
    counts: dict[IndexName, Floats]
    scatter: Scatter
    noise: Floats
    weights: Floats
    days: Floats
    own_share: float
    typical_scale: Floats


@dataclass(frozen=True, slots=True)
class Baseline:
    """The expectation of one month.

    Attributes:
        past: the looks that it comes from.
        expectation: of the zones' boxes and samples.
        zones: by zone id.
    """

    past: Past
    expectation: Expectation
    zones: dict[str, ZoneBaseline]
    steps: Steps

    @property
    def look_ids(self) -> tuple[str, ...]:
        """The past looks used, best first."""
        return tuple(look.acquisition_id for look in self.past.looks)


def learn_baseline(
    past: Sequence[ClearLook], zones: Sequence[ZonePixels], steps: Steps | None = None
) -> Baseline | None:
    """The baseline of a site from its past looks.

    Args:
        past: at most some two dozen looks, best first, weights by `history.look_weights`,
            registered to one place.
        zones: all zones of the site, judged and reference.
        steps: those to leave out, for yardsticks.

    Returns:
        None while the site is still learning: fewer than LOOKS_MIN looks, or no pixel that so
        many of them saw.
    """
    steps = steps or Steps()
    if len(past) < LOOKS_MIN:
        return None
    shape = past[0].clear.shape
    judged = judged_pixels(zones, shape)
    levelled = level_past(past, is_levelled=steps.normalisation)
    if not levelled.bands:
        return None
    boxes = [ZoneBox.of(zone, shape) for zone in zones]
    samples = [choose_sample(levelled.ordinary, levelled.bands, judged, zone) for zone in zones]
    expectation = learn_expectation(
        levelled,
        np.concatenate([*(box.positions for box in boxes), *(one.ravel() for one in samples)]),
    )
    found = {
        box.zone.zone_id: _learn_zone(box, sample, levelled, expectation, steps)
        for box, sample in zip(boxes, samples, strict=True)
    }
    return Baseline(levelled, expectation, found, steps)


def look_at_zone(
    looks: Sequence[ClearLook],
    radiometry: Radiometry,
    box: ZoneBox,
    *,
    odd: Mask,
    sigma: Floats,
    noise: Floats,
) -> BoxLooks:
    """Looks at the box of a zone beside what is expected of them.

    Args:
        looks: as many as the radiometry has.
        radiometry: of these looks.
        box: of the zone.
        odd: as in `ZoneBaseline`.
        sigma: as in `ZoneBaseline`.
        noise: of each look, shape (look,).
    """
    residual, expected, clear = radiometry.compare(looks, box.positions)
    bare = _bare(expected, box, odd)
    return BoxLooks(box, residual, expected, bare, noise[:, None, None] * sigma, clear)


def _learn_zone(
    box: ZoneBox,
    sample: npt.NDArray[np.intp],
    levelled: Past,
    expectation: Expectation,
    steps: Steps,
) -> ZoneBaseline:
    """The baseline of one zone; see `ZoneBaseline`."""
    past, positions = levelled.looks, sample.ravel()
    fit = fit_radiometry(past, expectation, fitted(sample), is_normalised=steps.normalisation)
    rest, rest_expected, rest_clear = fit.compare(past, positions)
    rest *= expectation.left_out(positions)
    scale = _unexplained(rest[:, list(fit.bands)])
    typical = robust.median(scale)
    noise = noise_factor(scale, typical)
    weights = np.array([look.weight for look in past])
    weights = np.where(np.isfinite(noise), weights / np.nan_to_num(noise, nan=1.0) ** 2, 0.0)
    sample_sigma = _pixel_sigma(rest, noise, weights)
    scores = indices.departure_score(rest, noise[:, None, None] * sample_sigma)
    threshold = indices.occupancy_threshold(scores)
    means = block_means(rest, rest_expected, rest_clear, indices.occupied(scores, threshold))
    residual, expected, clear = fit.compare(past, box.positions)
    residual *= expectation.left_out(box.positions)
    residual[weights <= 0] = np.nan
    sigma = _pixel_sigma(residual, noise, weights)
    odd = odd_pixels(_ordinary(levelled, box.zone.index), box.zone.kind)
    bare = _bare(expected, box, odd)
    looks = BoxLooks(box, residual, expected, bare, noise[:, None, None] * sigma, clear)
    fields = looks.differences(threshold)
    habit = {name: _habit(name, values, weights) for name, values in fields.items()}
    return ZoneBaseline(
        box=box,
        sample=sample,
        odd=odd,
        sigma=sigma,
        sample_sigma=sample_sigma,
        habit=habit,
        differences=_beyond_habit(fields, habit, clear[:, box.inside], weights),
        counts=_past_counts(past, looks, weights, unrest_of(threshold)),
        scatter=learn_scatter(means, weights),
        noise=noise,
        weights=weights,
        days=np.array([look.day for look in past]),
        own_share=expectation.own_share(box.zone.index, weights),
        typical_scale=typical,
    )


def unrest_of(threshold: Floats) -> Floats:
    """How much further than usual the rest of the site departs, at least 1, shape (look,).

    Args:
        threshold: of occupancy, shape (look, 1), infinite where nothing of the rest was clear.
    """
    found = threshold[:, 0] / indices.OCCUPIED_SIGMA
    return np.where(np.isfinite(found), found, 1.0)


def _unexplained(residual: Floats) -> Floats:
    """Robust spread of the sample's residuals of each look and band, shape (look, band)."""
    size = np.moveaxis(np.abs(residual[..., ::SIZE_EVERY]), -1, 0)
    return np.asarray(MAD_TO_SIGMA * robust.median(size))


def _pixel_sigma(residual: Floats, noise: Floats, weights: Floats) -> Floats:
    """Spread of each pixel over the looks, shape (band, pixel), reflectance.

    It is drawn to that of all of them: a dozen looks alone tell it within a fifth only, and
    pixels that seem quiet by luck would seem busy later.
    """
    even = residual / noise[:, None, None]
    square = robust.weighted_spread(even, weights) ** 2
    seen = np.isfinite(even).sum(axis=0)
    common = robust.median(square.T)[:, None]
    drawn = (seen * square + PRIOR_LOOKS * common) / (seen + PRIOR_LOOKS)
    return np.sqrt(np.maximum(np.where(seen > 0, drawn, np.nan), SPREAD_FLOOR**2))


def _ordinary(levelled: Past, positions: npt.NDArray[np.intp]) -> Floats:
    """What pixels ordinarily show, shape (band, pixel)."""
    return levelled.ordinary.reshape(len(levelled.ordinary), -1)[:, positions]


def _bare(expected: Floats, box: ZoneBox, odd: Mask) -> Floats:
    """The bare surface in the zone, the expectation round it, shape (look, band, y * x)."""
    bare = expected.copy()
    bare[..., box.inside] = bare_surface(expected[..., box.inside], odd)
    return bare


def _habit(name: IndexName, fields: Floats, weights: Floats) -> Floats:
    """What a field usually is beyond its expectation, shape (pixel,); NaN if never seen.

    The weighted mean of the past looks for texture and occupancy, of which the mean is not that
    of the mean surface; for the others nothing: the harmonics hold it.
    """
    weight = weights[:, None] * np.isfinite(fields)
    total = weight.sum(axis=0)
    mean = (weight * np.nan_to_num(fields)).sum(axis=0) / np.where(total > 0, total, 1.0)
    mean = mean if name in HABITUAL else np.zeros_like(mean)
    return np.asarray(np.where(total > 0, mean, np.nan))


def _beyond_habit(
    fields: dict[IndexName, Floats], habit: dict[IndexName, Floats], clear: Mask, weights: Floats
) -> dict[IndexName, Floats]:
    """Fields minus habit, each look left out of its own, shape (look, pixel)."""
    factor = _mean_left_out(clear, weights)
    return {
        name: (values - habit[name]) * factor if name in HABITUAL else values
        for name, values in fields.items()
    }


def _mean_left_out(clear: Mask, weights: Floats) -> Floats:
    """Factor that turns a residual from a weighted mean into one that leaves the look out.

    For a mean with weights w, y - mean_without_y = (y - mean) / (1 - w / sum(w)); shape
    (look, pixel).
    """
    weight = clear * weights[:, None]
    share = weight / np.maximum(weight.sum(axis=0), 1e-12)
    return np.asarray(1.0 / np.maximum(1.0 - share, 0.2))


def _past_counts(
    past: Sequence[ClearLook], looks: BoxLooks, weights: Floats, unrest: Floats
) -> dict[IndexName, Floats]:
    """Values of the indices that are no fields in past looks, shape (look,).

    Of the COUNT_LOOKS that weigh most, since each takes its time; NaN in the others.
    """
    best = sorted(range(len(past)), key=lambda place: (-weights[place], past[place].day))
    chosen = [place for place in best[:COUNT_LOOKS] if weights[place] > 0]
    found: dict[IndexName, Floats] = {}
    before: tuple[float, ZoneView] | None = None
    for place in sorted(chosen, key=lambda place: past[place].day):
        day, view = past[place].day, looks.view(place, float(unrest[place]))
        is_near = before is not None and day - before[0] <= BEFORE_DAYS
        values = count_values(view, before[1] if before is not None and is_near else None)
        for name, value in values.items():
            found.setdefault(name, np.full(len(past), np.nan))[place] = value
        before = (day, view)
    return found
