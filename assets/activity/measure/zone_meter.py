"""The value of each index of a zone in one look, what was expected of it, and the errors of both.

Pure: baselines come from `baseline`, errors from `standard_errors`; `rows` makes the rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from assets.activity.detect.counted_indices import changed_m2, count_values
from assets.activity.fit.arrays import Floats
from assets.activity.indices.indices import (
    BANDS_NEEDED,
    COUNT_INDICES,
    FIELD_INDICES,
    INDICES,
    IndexName,
)
from assets.activity.indices.standard_errors import (
    SPREAD_FLOORS,
    judge_count,
    judge_cover,
    judge_departure,
)
from assets.activity.indices.zone_pixels import ZoneView
from assets.activity.looks.zone_looks import BANDS, SiteLook, ZoneBox, ZoneLook, zone_fields
from assets.activity.measure.measurement import (
    BandLevel,
    IndexMeasurement,
    ZoneMeasurements,
    ZoneVisibility,
)
from assets.activity.measure.without_history import values_without_history
from assets.activity.usual.baseline import ZoneBaseline
from assets.activity.usual.block_past import BlockPast
from assets.activity.usual.covered_area import NEVER_CHANGES
from assets.activity.usual.light_and_air import RadiometricLevels, fit_levels
from assets.activity.usual.like_ground import shared_departure
from assets.activity.usual.pixel_past import effect_in_box, pixel_values
from assets.activity.usual.zone_expectation import FIELDS, mean_beyond, noise_factor
from assets.activity.usual.zone_views import BoxLooks
from assets.clouds.fractions import PARTIAL_CLEAR, ZoneState
from resources.models import REFLECTANCE_BANDS

SHOWN: Final = ("valid", "partial")  # states of a mask that leave something to measure
AREA_FLOOR: Final = 0.01  # share of a zone; three sigma of a pixel are passed by so many by chance
RARE: Final[tuple[IndexName, ...]] = ("changed_area", "turnover")  # 0 on most looks
COUNT_NOISE_MIN: Final = 1.0  # a look that scatters less than usual hides nothing


@dataclass(frozen=True, slots=True)
class ZoneContext:
    """What the ground beside a zone says of a look.

    Attributes:
        parts: what like ground shows beyond expectation, shape (channel, part).
        effect: the same for the zone, shape (channel,); NaN unknown.
        noise: how much more than usual it scatters, by field index, shape (index,).
        levels: gain and offset.
    """

    parts: Floats
    effect: Floats
    noise: Floats
    levels: RadiometricLevels

    def count_noise(self) -> float:
        """How much more than usual like ground scatters in brightness, at least 1."""
        return max(float(self.noise[FIELD_INDICES.index("brightness")]), COUNT_NOISE_MIN)


def measure_zone(
    look: ZoneLook,
    *,
    box: ZoneBox,
    state: ZoneState,
    known: ZoneBaseline | None,
    context: ZoneContext | None,
    before: ZoneView | None = None,
) -> ZoneMeasurements:
    """Every index of one zone in a look, in the order of INDICES, and the levels.

    Args:
        look: at the box of the zone, its shift taken out.
        box: of the zone.
        state: what the look can say of the zone, from its mask.
        known: expectation from past looks; None while the zone is learning.
        context: of `context_of`, None as `known`.
        before: the last clear look of the same orbit, for turnover.

    Raises:
        IndexError: the look has fewer pixels than the box.
    """
    seen = ZoneVisibility.of(look.look, box.zone_in_box, state)
    if state not in SHOWN:
        return ZoneMeasurements([seen.blank(name, state) for name in INDICES], [])
    if seen.clear_fraction < PARTIAL_CLEAR:  # its shift moved a part behind the mask
        return ZoneMeasurements([seen.blank(name, "cloudy") for name in INDICES], [])
    if known is None or context is None or not known.knows_season_of(look):
        values = values_without_history(look, box)
        learning = {name: seen.blank(name, "learning", value=values.get(name)) for name in INDICES}
        if known is not None and context is not None:  # what covers a zone has no season
            learning["covered_area"] = _judge_cover(look, seen, known, context)
        found = [learning[name] for name in INDICES]
        return ZoneMeasurements(_blank_missing_bands(found, seen, look, box), [])
    judged = {
        **_judge_fields(look, seen, known, context),
        **_judge_counts(look, seen, known, context, before),
        **_judge_pattern(look, seen, known),
        "covered_area": _judge_cover(look, seen, known, context),
    }
    found = [judged[name] for name in INDICES]
    return ZoneMeasurements(
        _blank_missing_bands(found, seen, look, box), _band_levels(context.levels)
    )


def context_of(look: SiteLook, known: ZoneBaseline, blocks: BlockPast) -> ZoneContext:
    """What the ground beside a zone says of a look."""
    departures = blocks.departures(look)
    shared = shared_departure(known.like, departures)
    beside = known.beside
    observed = look.blocks[:BANDS, beside].astype(np.float64)
    expected = observed - departures[0, :BANDS][:, beside]
    levels = fit_levels(expected, observed, blocks.variance[:BANDS, beside])
    noise = noise_factor(shared.scatter[0, FIELDS], known.course.usual_scatter)
    return ZoneContext(shared.parts[0], shared.effect[0], noise, levels)


def view_of(look: ZoneLook, known: ZoneBaseline, context: ZoneContext) -> BoxLooks:
    """A look at the box of a zone beside what is expected of it."""
    observed = look.look.reflectance.reshape(BANDS, -1)
    predicted = known.pixels.fit.predict(known.terms_of(look))
    effect = effect_in_box(context.parts[None, :BANDS], known.like, known.box.blocks)[0]
    levelled = context.levels.take_off(observed.astype(np.float64))
    effect = np.where(np.isfinite(context.effect[:BANDS])[:, None], effect, observed - levelled)
    expected = predicted + effect
    clear = look.look.clear.ravel() & np.isfinite(expected[:4]).all(axis=0)
    residual = np.where(clear, observed - expected, np.nan)
    sigma = context.count_noise() * known.pixels.sigma
    return BoxLooks(known.box, residual[None], expected[None], sigma[None], clear[None])


def _judge_fields(
    look: ZoneLook, seen: ZoneVisibility, known: ZoneBaseline, context: ZoneContext
) -> dict[IndexName, IndexMeasurement]:
    """The indices that are means over the zone's pixels."""
    area, fields = known.box.zone.area_m2, look.fields
    usable = np.isfinite(fields) & np.isfinite(known.course.centre)
    values = mean_beyond(np.where(usable, fields, np.nan), np.zeros_like(known.course.centre), area)
    beyond = mean_beyond(fields, known.course.centre, area)
    level = beyond - mean_beyond(_levelled_fields(look, known, context), known.course.centre, area)
    terms = known.terms_of(look)
    course = known.course.fit.predict(terms)[:, 0]
    told = np.isfinite(context.effect[FIELDS])
    effect = np.where(told, known.course.shared * np.nan_to_num(context.effect[FIELDS]), level)
    others = np.where(told, 0.0, known.course.shared**2 * known.course.shared_variance)
    doubt = float(known.course.fit.leverage(terms)[0]) + known.terms.doubt(look.look.orbit)
    found: dict[IndexName, IndexMeasurement] = {}
    for place, name in enumerate(FIELD_INDICES):
        value, past = float(values[place]), known.course.spreads[name]
        enough = area[usable[place]].sum() >= PARTIAL_CLEAR * area.sum()
        if not (enough and math.isfinite(value)):
            found[name] = seen.blank(name, "no_data", flags=("too_few_pixels",))
            continue
        departure = float(beyond[place] - course[place] - effect[place])
        if past is None or not math.isfinite(departure):
            found[name] = seen.blank(name, "learning", value=value)
            continue
        noise = float(context.noise[place])
        judged = judge_departure(
            value,
            departure,
            past,
            noise=noise * look.cloud_factor,
            doubt=doubt,
            others=float(others[place]),
        )
        found[name] = seen.judged(
            name,
            judged,
            noise=noise,
            level=float(level[place]),
            season=float(effect[place] - level[place]),
        )
    return found


def _levelled_fields(look: ZoneLook, known: ZoneBaseline, context: ZoneContext) -> Floats:
    """FIELD_INDICES of the zone with gain and offset taken off the look, shape (index, pixel)."""
    plain = context.levels.take_off(look.look.reflectance.astype(np.float64))
    return zone_fields(plain, look.look.clear, known.box).astype(np.float64)


def _judge_counts(
    look: ZoneLook,
    seen: ZoneVisibility,
    known: ZoneBaseline,
    context: ZoneContext,
    before: ZoneView | None,
) -> dict[IndexName, IndexMeasurement]:
    """The indices that are areas and counts."""
    looks = view_of(look, known, context)
    area = known.box.zone.area_m2
    values: dict[IndexName, float] = count_values(looks.view(0), before)
    values["changed_area"] = float(changed_m2(looks.changed_pixels(), area)[0])
    past = known.pixels.counts
    noise = context.count_noise() * look.cloud_factor
    found: dict[IndexName, IndexMeasurement] = {}
    for name in ("changed_area", "turnover", *COUNT_INDICES):
        value = values.get(name, math.nan)
        if not math.isfinite(value):
            flag = "no_look_before" if name == "turnover" else "too_few_pixels"
            found[name] = seen.blank(name, "no_data", flags=(flag,))
            continue
        least = AREA_FLOOR * float(area.sum()) if name in RARE else 0.0
        judged = judge_count(
            value,
            past[name],
            noise=noise,
            floor=max(SPREAD_FLOORS[name], least),
            is_rare=name in RARE,
        )
        found[name] = (
            seen.blank(name, "learning", value=value)
            if judged is None
            else seen.judged(name, judged, noise=context.count_noise())
        )
    return found


def _judge_cover(
    look: ZoneLook, seen: ZoneVisibility, known: ZoneBaseline, context: ZoneContext
) -> IndexMeasurement:
    """The area on which things stand."""
    name: IndexName = "covered_area"
    if known.covered.reason:
        return seen.blank(name, "no_data", flags=(known.covered.reason,))
    cover = known.covered.cover(look, known.box)
    if not math.isfinite(cover.area_m2):
        return seen.blank(name, "no_data", flags=("too_few_pixels",))
    noise = context.count_noise() * look.cloud_factor
    floor = SPREAD_FLOORS[name]
    judged = judge_cover(cover.area_m2, cover.past_m2, noise=noise, floor=floor)
    if judged is None:
        return seen.blank(name, "learning", value=cover.area_m2)
    found = seen.judged(name, judged, noise=context.count_noise())
    return replace(found, flags=(*found.flags, NEVER_CHANGES)) if cover.is_fixed else found


def _judge_pattern(
    look: ZoneLook, seen: ZoneVisibility, known: ZoneBaseline
) -> dict[IndexName, IndexMeasurement]:
    """The indices of the pattern inside the zone."""
    shown = pixel_values([look])[0][:, known.box.inside]
    values = known.pattern.measure(shown, known.terms_of(look), known.box.zone.area_m2)
    found: dict[IndexName, IndexMeasurement] = {}
    for name, value in values.items():
        if not math.isfinite(value):
            found[name] = seen.blank(name, "no_data", flags=("too_few_pixels",))
            continue
        judged = known.pattern.judged(name, value, noise=look.cloud_factor)
        found[name] = (
            seen.blank(name, "learning", value=value)
            if judged is None
            else seen.judged(name, judged, noise=1.0)
        )
    return found


def _band_levels(levels: RadiometricLevels) -> list[BandLevel]:
    """Gain and offset of each band."""
    return [
        BandLevel(band, float(gain), float(offset), levels.blocks, float(rest))
        for band, gain, offset, rest in zip(
            REFLECTANCE_BANDS, levels.gain, levels.offset, levels.residual, strict=True
        )
    ]


def _blank_missing_bands(
    found: Sequence[IndexMeasurement], seen: ZoneVisibility, look: ZoneLook, box: ZoneBox
) -> list[IndexMeasurement]:
    """Measurements with those taken out that need bands which a look has nowhere in a zone."""
    flat = look.look.reflectance.reshape(BANDS, -1)[:, box.inside]
    has_band = np.asarray(np.isfinite(flat).any(axis=1))
    lacking = {name for name, has in zip(REFLECTANCE_BANDS, has_band, strict=True) if not has}
    return [
        seen.blank(one.index_name, "no_data", flags=("band_missing",))
        if lacking.intersection(BANDS_NEEDED[one.index_name])
        else one
        for one in found
    ]
