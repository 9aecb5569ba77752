"""How a look departs from earlier ones, or what its colour shows where there are none.

Signs, in pixels of 20 m: brightness with the spectrum of haze, darkness with that of shadow.
`likelihood` turns them into evidence. SCL and snow are not used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.clouds.signs.ground_pattern import detail_left, edge_sharpness, pattern_match
from assets.clouds.signs.log_odds import Floats
from assets.clouds.signs.past_looks import (
    BLUE,
    NIR,
    RED,
    ExpectedReflectance,
    PastLooks,
    PastPlane,
    coarse_bands,
    expectation_of,
)
from assets.clouds.signs.spectrum import haze_optimised_transform
from assets.clouds.signs.windows import wide_level
from assets.scenes.stack import LookPixels

# Numbers: fitted by hand on a dozen worlds of seeds 1 to 34, unless they say otherwise.
HAZE_BLUE_TO_HOT: Final = 0.6  # share of its blue left in blue - red / 2: haze 0.7, ice cloud 0.5
RISE_SPREAD: Final = 0.010  # reflectance; of a pixel of clear ground in blue
LEVEL_SPREAD: Final = 0.006  # of its surroundings together: what correction of the air leaves
SHORT_PAST: Final = 0.005  # reflectance; spread that one look does not show of itself
UNLIKE: Final = 4.0  # spreads; what is darker by more shows that the past was no clear ground
SHADE_SPREAD: Final = 0.07  # natural logarithm; of `fall` on clear ground of one season
SEASON_SHARE: Final = 0.5  # of the spread of earlier looks: season and works, on clear ground
DARK_FLOOR: Final = 0.02  # reflectance added before ratios: water has none; chosen
LOOKS_OF_DETAIL: Final = 4.0  # worth; the mean of fewer has noise of its own for detail; chosen
STANDING_DAYS: Final = 60.0  # how long ago a look may be that shows what stands there by now
SAME_PATTERN: Final = (0.6, 0.9)  # correlation from which, and up to which, two looks are alike


@dataclass(frozen=True, slots=True)
class SignSpreads:
    """Spread of signs on clear looks, shapes (y, x); wide where the past is short.

    Attributes:
        rise: of `LookDeparture.rise` at a pixel; `level` of that of its surroundings.
        fall: of `LookDeparture.fall`.
    """

    rise: Floats
    level: Floats
    fall: Floats


@dataclass(frozen=True, slots=True)
class LookDeparture:
    """Signs of a look, shapes (y, x) in pixels of 20 m.

    Attributes:
        rise: reflectance in blue, as haze and cloud add it, less what a recent look already shows;
            NaN where unknown.
        fall: natural logarithm of the ratio to the past in the nearer of NIR and SWIR, likewise.
        spreads: of these on clear looks.
        alone: whiteness of the look itself, where there is no past; else NaN.
        detail: share of the expected detail that is left; NaN where unknown.
        sharpness: share of the contrast near a pixel that lies in steps of 60 m, 0..1.
        match: correlation of its pattern with the most alike of recent looks, -1..1.
        kept_snow: how surely it was snow on a recent look of the same pattern, 0..1.
    """

    rise: Floats
    fall: Floats
    spreads: SignSpreads
    alone: Floats
    detail: Floats
    sharpness: Floats
    match: Floats
    kept_snow: Floats


def measure_departure(look: LookPixels, past: PastLooks) -> LookDeparture:
    """Signs of a look against earlier ones.

    Args:
        look: the look, shape (band, y, x), 10 m.
        past: earlier looks, 20 m.

    Returns:
        Planes of 20 m; NaN in `rise` and `fall` without earlier looks.

    Raises:
        ValueError: shapes do not broadcast (earlier looks of another grid).

    Source:
        Own: docs/methods/masks.md; colour: Zhang et al. 2002, doi:10.1016/S0034-4257(02)00034-2.
    """
    now = coarse_bands(look)
    expected = expectation_of(past, now.shape[1:])
    planes = zip(past.planes, past.age_days, strict=True)
    recent, snow = _stack_planes(
        [plane for plane, age in planes if age <= STANDING_DAYS], now.shape
    )
    match = pattern_match(_pattern_bands(now), _pattern_bands(recent))
    alike = np.nan_to_num(np.clip((match - SAME_PATTERN[0]) / np.ptp(SAME_PATTERN), 0.0, 1.0))
    rise, fall = _new_rise_and_fall(now, recent, expected, alike)
    spreads = _sign_spreads(expected)
    with np.errstate(invalid="ignore"):
        rise[rise < -UNLIKE * spreads.rise] = np.nan
    alone = haze_optimised_transform(now[BLUE], now[RED], now[NIR])
    return LookDeparture(
        rise=rise,
        fall=fall,
        spreads=spreads,
        alone=np.where(np.isfinite(rise), np.nan, alone).astype(np.float32),
        detail=_detail_share(now, expected),
        sharpness=edge_sharpness(np.where(np.isfinite(rise), rise, alone)),
        match=np.fmax.reduce(match, initial=-1.0),
        kept_snow=(alike * snow).max(axis=0, initial=0.0),
    )


def _stack_planes(planes: Sequence[PastPlane], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Reflectance and snow of earlier looks, look first."""
    if not planes:
        return np.zeros((0, *shape), np.float32), np.zeros((0, *shape[1:]), np.float32)
    return (
        np.stack([plane.reflectance for plane in planes]),
        np.stack([plane.snow for plane in planes]).astype(np.float32),
    )


def _haze_rise(planes: Floats, expected: ExpectedReflectance) -> Floats:
    """Rise over the expectation as haze makes it, of one look or many, reflectance in blue."""
    change = planes - expected.reflectance
    blue, red = change[..., BLUE, :, :], change[..., RED, :, :]
    return np.asarray(np.fmin(blue, (blue - 0.5 * red) / HAZE_BLUE_TO_HOT), np.float32)


def _infrared_fall(planes: Floats, expected: ExpectedReflectance) -> Floats:
    """Log ratio to the expectation, the larger of NIR and SWIR; of NIR where SWIR is missing."""
    with np.errstate(invalid="ignore"):
        now = np.log(np.maximum(planes[..., NIR:, :, :] + DARK_FLOOR, 1e-3))
        before = np.log(np.maximum(expected.reflectance[NIR:] + DARK_FLOOR, 1e-3))
    ratios = now - before
    nir, swir = ratios[..., 0, :, :], ratios[..., 1, :, :]
    return np.where(np.isnan(nir), np.nan, np.fmax(nir, swir)).astype(np.float32)


def _sign_spreads(expected: ExpectedReflectance) -> SignSpreads:
    """Spread of clear looks about the expectation, wider where the past is short."""
    few = (1 / np.maximum(expected.looks, 1e-3)).astype(np.float32)
    unsure = SHORT_PAST**2 * few
    rise = RISE_SPREAD**2 + expected.spread[BLUE] ** 2 * (1 + few) + unsure
    share = np.fmin.reduce(expected.spread[NIR:] / (expected.reflectance[NIR:] + DARK_FLOOR))
    fall = SHADE_SPREAD**2 * (1 + few) + (SEASON_SHARE * share) ** 2
    return SignSpreads(np.sqrt(rise), np.sqrt(LEVEL_SPREAD**2 + unsure), np.sqrt(fall))


def _new_rise_and_fall(
    now: Floats, recent: Floats, expected: ExpectedReflectance, alike: Floats
) -> tuple[Floats, Floats]:
    """Rise and fall of a look, less the part that recent looks already show."""
    rise, fall = _haze_rise(now, expected), _infrared_fall(now, expected)
    if not len(recent):
        return rise, fall
    rise = rise - _standing_part(rise, _haze_rise(recent, expected), alike)
    fall = fall + _standing_part(-fall, -_infrared_fall(recent, expected), alike)
    return rise, fall


def _pattern_bands(planes: Floats) -> Floats:
    """The bands whose pattern is compared."""
    return planes[..., [RED, NIR], :, :]


def _standing_part(sign: Floats, before: Floats, alike: Floats) -> Floats:
    """The part of a sign that a recent look of the same pattern shows as well, shape (y, x).

    Only what exceeds the level of the surroundings counts, so that haze on both looks does not.
    """
    here = np.maximum(sign - np.maximum(wide_level(sign), 0.0), 0.0)
    there = np.maximum(before - np.maximum(wide_level(before), 0.0), 0.0)
    stood = np.nan_to_num(alike * np.minimum(here, there))
    return np.asarray(stood.max(axis=0), np.float32)


def _detail_share(now: Floats, expected: ExpectedReflectance) -> Floats:
    """Share of the expected detail that is left, shape (y, x); NaN where the past is short."""
    enough = expected.looks >= LOOKS_OF_DETAIL
    return detail_left(now[NIR:], np.where(enough, expected.reflectance[NIR:], np.nan))
