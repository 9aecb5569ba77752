"""How a look departs from earlier ones, or from its surroundings where there are none.

Signs are brightness in the manner of haze and darkness in the manner of shadow, in pixels of
20 m, with the evidence that follows from them; SCL and snow are not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.clouds.evidence import CLOUD_ROW, HAZE_ROW, HIDDEN, SHADOW_ROW, Floats, log_odds
from assets.clouds.past import (
    BLUE,
    NIR,
    RED,
    SWIR,
    Expectation,
    Past,
    expect,
    look_weights,
    planes_of,
)
from assets.clouds.spectrum import whiteness
from assets.clouds.structure import detail_left, edge_sharpness, pattern_match
from assets.clouds.windows import opened, wide_level
from assets.scenes.stack import Look

HAZE_RISE: Final = (0.05, 0.02)  # reflectance that haze adds in blue: centre and spread
CLOUD_RISE: Final = (0.20, 0.18)  # that cloud adds
RISE_SPREAD: Final = 0.010  # reflectance; of a pixel of clear ground in blue
LEVEL_SPREAD: Final = 0.006  # of its surroundings together: what correction of the air leaves
SHORT_PAST: Final = 0.005  # reflectance; spread that a few looks which agree may have missed
HAZE_BLUE_TO_HOT: Final = (
    0.6  # share of its blue that it keeps in blue - red / 2: haze 0.7, ice cloud 0.5
)
UNLIKE: Final = 4.0  # spreads; what is darker by more shows that the past was no clear ground
SHADE_FALL: Final = (-0.45, 0.4)  # natural logarithm of the fall in NIR and SWIR
SHADE_SPREAD: Final = 0.07  # of clear ground in the same season
SEASON_SHARE: Final = (
    0.5  # of the spread of earlier looks that season and works leave on clear ground
)
DARK_FLOOR: Final = 0.02  # reflectance added before ratios: water has none
CLOUD_PX: Final = 5  # 100 m: what is narrower either way is no cloud by its own brightness
SHADOW_PX: Final = 3  # 60 m; the same for shadows
CLOUD_ALONE_PX: Final = 3  # 60 m, where no past tells cumulus from roofs
ALONE_SHARE: Final = 0.8  # worth of colour alone, of which white ground has as much
ALONE_CLOUD: Final = (0.18, 0.10)  # whiteness of cloud above its surroundings
ALONE_CLEAR: Final = 0.03
BLURRED: Final = (0.60, 0.13)  # share of the detail left under haze: centre and spread
SHARP: Final = (1.10, 0.12)  # on clear looks: a single one has more than the mean of many
LOOKS_OF_DETAIL: Final = 4.0  # worth; the mean of fewer has noise of its own for detail
BRIGHTENED: Final = 0.04  # reflectance; a haze that is just seen
STEP: Final = (0.55, 0.05)  # edge sharpness of things with edges: where half are, and spread
OBJECT_WORTH: Final = 4.0  # log-odds that a patch with edges is no cloud
STANDING_DAYS: Final = 60.0  # how long ago a look may be that shows what stands there by now
SAME_PATTERN: Final = (0.6, 0.9)  # correlation from which, and up to which, two looks show the same
PATTERN_CLOUD: Final = (0.1, 0.25)  # correlation of patterns under cloud: centre and spread
PATTERN_CLEAR: Final = (0.95, 0.1)  # where the ground shows
PATTERN_SHARE: Final = 0.5  # worth of the pattern: thin cloud lets it through


@dataclass(frozen=True, slots=True)
class Departure:
    """Signs of a look, shapes (y, x) in pixels of 20 m.

    Attributes:
        rise: reflectance in blue, as haze and cloud add it, less what stood on a recent look;
            NaN where unknown.
        fall: natural logarithm of the ratio to the past in the nearer of NIR and SWIR, likewise.
        scale: spread of `rise` on clear looks; `level_scale` that of its level over the
            surroundings, `fall_scale` that of `fall`.
        alone: whiteness above that of the surroundings, where there is no past.
        blur: log-odds of haze from detail that is lost, 0 or more.
        objects: how surely a pixel belongs to a bright thing with edges, 0..1.
        match: correlation of its pattern with the most alike of earlier looks, -1..1.
        kept_snow: how surely it was snow on an earlier look of the same pattern, 0..1.
    """

    rise: Floats
    fall: Floats
    scale: Floats
    level_scale: Floats
    fall_scale: Floats
    alone: Floats
    blur: Floats
    objects: Floats
    match: Floats
    kept_snow: Floats


def depart(look: Look, past: Past) -> Departure:
    """Signs of a look against earlier ones; NaN in `rise` and `fall` without any."""
    now = planes_of(look)
    ages = np.array(past.age_days, np.float32)
    stack, worth, snow = _stacked(past, now.shape)
    expected = expect(stack, look_weights(worth, ages))
    rise, fall = _rise(now, expected), _fall(now, expected)
    recent = ages <= STANDING_DAYS
    match = pattern_match(_pattern(now), _pattern(stack[recent]))
    alike = np.nan_to_num(np.clip((match - SAME_PATTERN[0]) / np.ptp(SAME_PATTERN), 0.0, 1.0))
    if recent.any():
        stood = stack[recent]
        rise = rise - _standing(rise, _rise(stood, expected), alike)
        fall = fall + _standing(-fall, -_fall(stood, expected), alike)
    scale = _rise_scale(expected)
    with np.errstate(invalid="ignore"):
        rise[rise < -UNLIKE * scale] = np.nan
    white = whiteness(now[BLUE], now[RED], now[NIR])
    alone = white - np.fmin(wide_level(white), 0.05)
    sign = np.where(np.isfinite(rise), rise, alone)
    few = 1 / np.maximum(expected.looks, 1e-3)
    return Departure(
        rise=rise,
        fall=fall,
        scale=scale,
        level_scale=np.sqrt(LEVEL_SPREAD**2 + SHORT_PAST**2 * few),
        fall_scale=_fall_scale(expected, few),
        alone=np.where(np.isfinite(rise), np.nan, alone).astype(np.float32),
        blur=_blur(now, expected),
        objects=_objects(sign),
        match=np.fmax.reduce(match, initial=-1.0),
        kept_snow=(alike * snow[recent]).max(axis=0, initial=0.0),
    )


def _stacked(past: Past, shape: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Reflectance, trust and snow of earlier looks, look first."""
    if not past.planes:
        nothing = np.zeros((0, *shape[1:]), np.float32)
        return np.zeros((0, *shape), np.float32), nothing, nothing
    return (
        np.stack([plane.reflectance for plane in past.planes]).astype(np.float32),
        np.stack([plane.trust for plane in past.planes]).astype(np.float32),
        np.stack([plane.snow for plane in past.planes]),
    )


def _rise(planes: Floats, expected: Expectation) -> Floats:
    """Brightness in the manner of haze, of one look or many, reflectance in blue."""
    change = planes - expected.reflectance
    blue, red = change[..., BLUE, :, :], change[..., RED, :, :]
    return np.asarray(np.fmin(blue, (blue - 0.5 * red) / HAZE_BLUE_TO_HOT), np.float32)


def _fall(planes: Floats, expected: Expectation) -> Floats:
    """The lesser fall of NIR and SWIR, natural logarithm; NIR's where no SWIR is."""
    with np.errstate(invalid="ignore"):
        now = np.log(np.maximum(planes[..., NIR:, :, :] + DARK_FLOOR, 1e-3))
        before = np.log(np.maximum(expected.reflectance[NIR:] + DARK_FLOOR, 1e-3))
    ratios = now - before
    nir, swir = ratios[..., 0, :, :], ratios[..., 1, :, :]
    return np.where(np.isnan(nir), np.nan, np.fmax(nir, swir)).astype(np.float32)


def _rise_scale(expected: Expectation) -> Floats:
    """Spread of `rise` on clear looks."""
    few = 1 / np.maximum(expected.looks, 1e-3)
    square = RISE_SPREAD**2 + expected.spread[BLUE] ** 2 * (1 + few) + SHORT_PAST**2 * few
    return np.asarray(np.sqrt(square), np.float32)


def _fall_scale(expected: Expectation, few: Floats) -> Floats:
    """Spread of `fall` on clear looks."""
    share = np.fmin.reduce(expected.spread[NIR:] / (expected.reflectance[NIR:] + DARK_FLOOR))
    return np.asarray(
        np.sqrt(SHADE_SPREAD**2 * (1 + few) + (SEASON_SHARE * share) ** 2), np.float32
    )


def _pattern(planes: Floats) -> Floats:
    """The bands whose pattern is compared."""
    return planes[..., [RED, NIR], :, :]


def _standing(sign: Floats, before: Floats, alike: Floats) -> Floats:
    """The part of a sign that stood on a recent look that shows the same pattern, shape (y, x).

    Of both looks only what exceeds the level of the surroundings: haze that lay on both is none.
    """
    here = np.maximum(sign - np.maximum(wide_level(sign), 0.0), 0.0)
    there = np.maximum(before - np.maximum(wide_level(before), 0.0), 0.0)
    stood = np.nan_to_num(alike * np.minimum(here, there))
    return np.asarray(stood.max(axis=0), np.float32)


def _blur(now: Floats, expected: Expectation) -> Floats:
    """Log-odds of haze from lost detail, shape (y, x), 0 or more.

    Detail that is there says nothing: a veil of even brightness over bright ground would leave it.
    """
    enough = expected.looks >= LOOKS_OF_DETAIL
    left = detail_left(now[NIR:], np.where(enough, expected.reflectance[NIR:], np.nan))
    return np.asarray(np.maximum(log_odds(left, hidden=BLURRED, clear=SHARP), 0.0))


def _objects(sign: Floats) -> Floats:
    """How surely each brightened pixel belongs to a thing with edges, 0..1, shape (y, x)."""
    middle, spread = STEP
    sure = 1 / (1 + np.exp(-(edge_sharpness(sign) - middle) / spread))
    with np.errstate(invalid="ignore"):
        return np.where(sign > BRIGHTENED, sure, 0.0).astype(np.float32)


def departure_evidence(found: Departure, *, is_learned: bool) -> Floats:
    """Log-odds of cloud, shadow and haze, shape (HIDDEN, y, x), 20 m.

    Cloud by a rise wider than 140 m, haze by a rise of most of the surroundings of 300 m, both
    only outside of things with edges; a rise that is narrower than that says nothing, no
    rise speaks against them. Shadow by a fall of NIR and SWIR together. Where there is no past
    the colour of the look alone, for most: not at all beside a learned mask, which reads the same.
    """
    out = np.zeros((HIDDEN, *found.rise.shape), np.float32)
    known = np.isfinite(found.rise)
    clear = (0.0, found.scale)
    near = log_odds(found.rise, hidden=CLOUD_RISE, clear=clear)
    wide = log_odds(opened(found.rise, CLOUD_PX), hidden=CLOUD_RISE, clear=clear)
    out[CLOUD_ROW] = _only_wide(near, wide)
    veil = log_odds(wide_level(found.rise), hidden=HAZE_RISE, clear=(0.0, found.level_scale))
    out[HAZE_ROW] = np.maximum(veil, np.where(found.blur > 0, found.blur, veil))
    wide_fall = -opened(-found.fall, SHADOW_PX)
    out[SHADOW_ROW] = _only_wide(_darkness(found, found.fall), _darkness(found, wide_fall))
    out[[CLOUD_ROW, HAZE_ROW]] *= known
    if not is_learned and not known.all():
        white = opened(found.alone, CLOUD_ALONE_PX)
        out[CLOUD_ROW] += ALONE_SHARE * log_odds(
            white, hidden=ALONE_CLOUD, clear=(0.0, ALONE_CLEAR)
        )
    shown = log_odds(found.match, hidden=PATTERN_CLOUD, clear=PATTERN_CLEAR)
    out[CLOUD_ROW] += PATTERN_SHARE * np.minimum(shown, 0.0)
    told = known | (not is_learned)
    out[[CLOUD_ROW, HAZE_ROW]] -= OBJECT_WORTH * found.objects * told
    return out


def _darkness(found: Departure, fall: Floats) -> Floats:
    """Log-odds of shadow from a fall of NIR and SWIR alone, same shape."""
    return log_odds(fall, hidden=SHADE_FALL, clear=(0.0, found.fall_scale))


def _only_wide(near: Floats, wide: Floats) -> Floats:
    """Log-odds of a sign that speaks for something only as far as it is wide, same shape."""
    return np.where(near < 0, near, np.maximum(np.minimum(wide, near), 0.0))
