"""How a look departs from the past of its orbit, or from itself where there is no past.

Signs are brightness in the manner of haze and darkness in the manner of shadow, in pixels of
20 m, with the evidence that follows from them; SCL and snow are not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.clouds import shape
from assets.clouds.contrast import contrast_evidence
from assets.clouds.evidence import (
    CLOUD_ROW,
    HAZE_ROW,
    HIDDEN,
    SHADOW_ROW,
    Floats,
    log_odds,
    to_coarse,
)
from assets.clouds.past import PAST_BANDS, Expectation
from assets.clouds.spectrum import band, whiteness
from assets.scenes.stack import Look

HAZE_RISE: Final = (0.055, 0.03)  # reflectance that haze adds in blue: centre and spread
CLOUD_RISE: Final = (0.30, 0.18)  # that cloud adds
LEVEL_SPREAD: Final = 0.010  # of clear looks in blue: what the atmosphere's correction leaves
SHORT_PAST: Final = 0.010  # reflectance; spread that a few looks which agree may have missed
MEDIAN_LOSS: Final = 1.57  # variance of a median over that of a mean
HAZE_BLUE_TO_HOT: Final = 0.7  # share of its blue that haze keeps in blue - red / 2
SHADE_FALL: Final = (-0.75, 0.35)  # natural logarithm of the fall in NIR and SWIR
SHADE_SPREAD: Final = 0.13  # of clear ground in the same season
DARK_FLOOR: Final = 0.02  # reflectance added before ratios: water has none
ALONE_SHARE: Final = 0.8  # worth of colour alone, of which white ground has as much
ALONE_CLOUD: Final = (0.18, 0.10)  # whiteness of cloud above its surroundings
ALONE_CLEAR: Final = 0.03
OBJECT_WORTH: Final = 6.0  # log-odds that a patch with edges is no cloud


@dataclass(frozen=True, slots=True)
class Departure:
    """Signs of a look, shapes (y, x) in pixels of 20 m.

    Attributes:
        rise: reflectance in blue, as haze and cloud add it; NaN where unknown.
        fall: natural logarithm of the ratio to the past in the nearer of NIR and SWIR; NaN
            where unknown.
        scale: spread of `rise` on clear looks.
        alone: whiteness above that of the look itself, where there is no past.
        blur: log-odds of haze from detail that is lost, 0 or more.
        objects: how surely a pixel belongs to a compact thing with edges, 0..1.
    """

    rise: Floats
    fall: Floats
    scale: Floats
    alone: Floats
    objects: Floats
    blur: Floats


def depart(look: Look, past: Expectation | None) -> Departure:
    """Signs of a look against the past of its orbit; NaN in `rise` and `fall` without one."""
    planes = np.stack([to_coarse(band(look.reflectance, name)) for name in PAST_BANDS])
    blue, _, red, nir, _ = planes
    white = whiteness(blue, red, nir)
    seen = np.isfinite(white)
    level = float(np.percentile(white[seen], 20)) if seen.any() else 0.0
    alone = white - min(level, 0.05)
    if past is None:
        nothing = np.full(blue.shape, np.nan, np.float32)
        return Departure(nothing, nothing, nothing, alone, shape.sharp_objects(alone), 0 * alone)
    change = planes - past.reflectance
    rise = np.fmin(change[0], (change[0] - 0.5 * change[2]) / HAZE_BLUE_TO_HOT)
    each = past.spread[0] ** 2 + SHORT_PAST**2
    unsure = np.sqrt(LEVEL_SPREAD**2 + MEDIAN_LOSS * each / np.maximum(past.looks, 1.0))
    fall = _fall(planes, past.reflectance)
    known = np.isfinite(rise)
    sign = np.where(known, rise, alone)
    return Departure(
        rise=rise,
        fall=fall,
        scale=unsure,
        alone=np.where(known, np.nan, alone),
        objects=shape.sharp_objects(sign),
        blur=contrast_evidence(planes[3:], past.reflectance[3:], past.looks),
    )


def departure_evidence(found: Departure, *, is_learned: bool) -> Floats:
    """Log-odds of cloud, shadow and haze, shape (HIDDEN, y, x), 20 m.

    Cloud by a rise wider than 140 m, haze by a rise of most of the surroundings of 300 m, both
    only outside of compact things with edges; a rise that is narrower than that says nothing, no
    rise speaks against them. Shadow by a fall of NIR and SWIR together. Where there is no past
    the colour of the look alone, for half: not at all beside a learned mask, which reads the same.
    """
    out = np.zeros((HIDDEN, *found.rise.shape), np.float32)
    known = np.isfinite(found.rise)
    is_object = found.objects > 0.5  # noqa: PLR2004 - more likely than not
    clean = shape.without(found.rise, is_object)
    clear = (0.0, found.scale)
    near = log_odds(found.rise, hidden=CLOUD_RISE, clear=clear)
    wide = log_odds(shape.open_wide(clean), hidden=CLOUD_RISE, clear=clear)
    out[CLOUD_ROW] = _only_wide(near, wide)
    veil = log_odds(shape.wide_level(clean), hidden=HAZE_RISE, clear=clear)
    out[HAZE_ROW] = np.maximum(veil, np.where(found.blur > 0, found.blur, veil))
    wide_fall = -shape.open_wide(-shape.calm(found.fall))
    out[SHADOW_ROW] = _only_wide(_darkness(found.fall), _darkness(wide_fall))
    out[:, ~known] = 0.0
    own = np.zeros_like(out[CLOUD_ROW])
    if not is_learned and not known.all():
        white = shape.open_wide(shape.without(found.alone, is_object), shape.OPENING_ALONE_PX)
        own = ALONE_SHARE * log_odds(white, hidden=ALONE_CLOUD, clear=(0.0, ALONE_CLEAR))
    out[CLOUD_ROW] += np.where(known, 0.0, own)
    told = known | (not is_learned)
    out[CLOUD_ROW] -= OBJECT_WORTH * found.objects * told
    out[HAZE_ROW] -= OBJECT_WORTH * found.objects * told
    return out


def narrow_shadow(found: Departure) -> Floats:
    """Log-odds of shadow as of `departure_evidence`, for patches wider than 60 m, (y, x), 20 m.

    Only for places that a cloud stands before: small dark things are common everywhere else.
    """
    wide_fall = -shape.open_wide(-found.fall, shape.OPENING_ALONE_PX)
    found_dark = _only_wide(_darkness(found.fall), _darkness(wide_fall))
    return np.where(np.isfinite(found.rise), found_dark, 0.0)


def _darkness(fall: Floats) -> Floats:
    """Log-odds of shadow from a fall of NIR and SWIR alone, same shape."""
    return log_odds(fall, hidden=SHADE_FALL, clear=(0.0, SHADE_SPREAD))


def _only_wide(near: Floats, wide: Floats) -> Floats:
    """Log-odds of a sign that speaks for something only as far as it is wide, same shape."""
    return np.where(near < 0, near, np.maximum(np.minimum(wide, near), 0.0))


def _fall(planes: Floats, expected: Floats) -> Floats:
    """The lesser fall of NIR and SWIR, natural logarithm, shape (y, x); NIR's where no SWIR is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.log(
            np.maximum(planes[3:] + DARK_FLOOR, 1e-3) / np.maximum(expected[3:] + DARK_FLOOR, 1e-3)
        )
    return np.asarray(np.where(np.isfinite(ratios[1]), np.fmax(*ratios), ratios[0]), np.float32)
