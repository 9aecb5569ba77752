"""What the same orbit has shown of each pixel before, and how today's look departs from it.

Causal: the caller gives looks from before the month alone. Robust by itself, no other mask is
read: weighted quantiles over the pixels that SCL calls ground. What a departure means is decided
elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from assets.clouds.evidence import Flags, Floats, season_weights, to_coarse
from assets.clouds.scl import BRIGHT, GROUND, SHADOW, Habits
from assets.clouds.spectrum import snow_covered
from assets.constants import MAD_TO_SIGMA
from assets.scenes.stack import Look
from resources.models import REFLECTANCE_BANDS, BandName

PAST_BANDS: Final[tuple[BandName, ...]] = ("blue", "green", "red", "nir", "swir16")
LOOKS_MOST: Final = 24  # of one orbit
LOOKS_MIN: Final = 3.0  # effective number of past looks below which a pixel has no expectation
SEASON_DAYS: Final = 35.0  # how far in the year a past look is worth 60 %
OFF_SEASON: Final = 0.05  # weight of a look from the other half of the year
AGE_DAYS: Final = 500.0  # after which a look is worth 37 %
CLOUDY: Final = 0.7  # share of a look from which what is called cloud is taken for it
USUALLY: Final = 0.3  # share of clear days on which cloud is called from which that is no cloud
QUANTILE: Final = 0.35  # below the median: haze that SCL misses only brightens
ROWS_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class PastPlane:
    """One past look in pixels of 20 m.

    Attributes:
        reflectance: bands as in PAST_BANDS, shape (band, y, x), float16; NaN where no ground.
        doubtful: pixels that SCL calls cloud, of a look that is not cloudy all over, shape (y, x):
            ground where it does so on many a clear day.
    """

    reflectance: npt.NDArray[np.float16]
    doubtful: Flags


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the past of one orbit lets expect, in pixels of 20 m.

    Attributes:
        reflectance: bands as in PAST_BANDS, shape (band, y, x); NaN where the past is too short.
        spread: robust standard deviation of past looks about it, same shape.
        looks: effective number of past looks, shape (y, x).
    """

    reflectance: Floats
    spread: Floats
    looks: Floats


def plane_of(look: Look) -> PastPlane:
    """A look as its successors will remember it: the pixels that SCL calls ground.

    Shadow, too, since slopes in low sun are called so for months and a median forgets a true
    one; not snow, by its spectrum, whatever SCL calls it.
    """
    called = np.isin(look.scl, BRIGHT)
    if called.mean() > CLOUDY:
        called[:] = False
    ground = (np.isin(look.scl, (*GROUND, SHADOW)) | called) & ~snow_covered(look)
    planes = [
        to_coarse(np.where(ground, look.reflectance[REFLECTANCE_BANDS.index(band)], np.nan))
        for band in PAST_BANDS
    ]
    return PastPlane(np.stack(planes).astype(np.float16), to_coarse(called.astype(np.float32)) > 0)


def usually_called_cloud(habits: Habits) -> Flags:
    """Pixels that SCL calls cloud on many a clear day, shape (y, x), 20 m."""
    return np.asarray(habits.share(BRIGHT) > USUALLY)


def look_weights(age_days: Floats) -> Floats:
    """How much past looks say of a day: by season and age, shape (look,), 0..1."""
    season = season_weights(age_days, spread_days=SEASON_DAYS, least=OFF_SEASON)
    return np.asarray(season * np.exp(-age_days / AGE_DAYS), np.float32)


def choose_past(age_days: Floats, ground: Floats) -> npt.NDArray[np.intp]:
    """Positions of at most LOOKS_MOST past looks, the most telling ones, in order of time.

    Args:
        age_days: before the day that is asked about, shape (look,).
        ground: share of the site that SCL calls ground, shape (look,), 0..1.
    """
    worth = look_weights(age_days) * ground
    best = np.argsort(-worth, kind="stable")[:LOOKS_MOST]
    return np.sort(best[worth[best] > 0])


def expect(past: Sequence[PastPlane], weights: Floats, usual: Flags) -> Expectation | None:
    """Weighted median of past looks and their spread; None without any.

    Args:
        past: looks of one orbit.
        weights: shape (look,).
        usual: where SCL usually calls ground cloud, shape (y, x); `usually_called_cloud`.
    """
    if not past:
        return None
    shape = past[0].reflectance.shape
    centre = np.full(shape, np.nan, np.float32)
    spread = np.full(shape, np.nan, np.float32)
    looks = np.zeros(shape[1:], np.float32)
    for top in range(0, shape[1], ROWS_AT_ONCE):
        rows = slice(top, top + ROWS_AT_ONCE)
        stack = np.stack([plane.reflectance[:, rows] for plane in past]).astype(np.float32)
        for values, plane in zip(stack, past, strict=True):
            values[:, plane.doubtful[rows] & ~usual[rows]] = np.nan
        looks[rows] = _effective(np.isfinite(stack[:, 0]), weights)
        for band in range(shape[0]):
            middle = _quantile(stack[:, band], weights, QUANTILE)
            centre[band, rows] = middle
            away = np.abs(stack[:, band] - middle)
            spread[band, rows] = MAD_TO_SIGMA * _quantile(away, weights, 0.5)
    centre[:, looks < LOOKS_MIN] = np.nan
    return Expectation(centre, spread, looks)


def _effective(seen: Flags, weights: Floats) -> Floats:
    """Number of equal looks that say as much as these, shape (y, x) (Kish 1965)."""
    weight = weights[:, None, None] * seen
    square = (weight**2).sum(axis=0)
    return np.asarray(weight.sum(axis=0) ** 2 / np.where(square > 0, square, 1.0), np.float32)


def _quantile(values: Floats, weights: Floats, share: float) -> Floats:
    """Weighted quantile over the first axis, NaN left out; NaN where there is no value."""
    order = np.argsort(values, axis=0)  # NaN comes last
    ranked = np.take_along_axis(values, order, 0)
    weight = np.where(np.isfinite(ranked), weights[order], 0.0)
    running = np.cumsum(weight, axis=0)
    place = np.argmax(running >= share * running[-1], axis=0)
    return cast("Floats", np.take_along_axis(ranked, place[None], 0)[0])
