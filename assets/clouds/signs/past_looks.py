"""Expected reflectance of each pixel, with its spread, from earlier looks.

The caller gives earlier looks only. Each is weighted by its date, and pixel by pixel by its SCL
class; no mask of ours is read, and no number of the whole site is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.clouds.signs.log_odds import Flags, Floats, to_coarse
from assets.clouds.signs.scl import GROUND, SHADOW
from assets.clouds.signs.spectrum import snow_covered
from assets.constants import YEAR_DAYS
from assets.scenes.stack import LookPixels
from resources.models import REFLECTANCE_BANDS, BandName

PAST_BANDS: Final[tuple[BandName, ...]] = ("blue", "green", "red", "nir", "swir16")
BLUE, GREEN, RED, NIR, SWIR = range(5)  # places in it
SEASON_DAYS: Final = 35.0  # how far in the year a past look is worth 60 %
OTHER_SEASONS: Final = 2.0  # looks that all those of other seasons together are worth at most
AGE_DAYS: Final = 600.0  # after which a look is worth 37 %
DOUBTED: Final = 0.02  # worth of a pixel that SCL calls cloud or snow, beside one it calls ground
TRUSTED_LOOKS: Final = 3  # that show a pixel as ground; a centre needs as many to leave one out
SAME: Final = 0.02  # reflectance in blue; looks that differ by more show different things
AT_ONCE_BYTES: Final = 2**22  # of looks read a dozen times; what a cache holds
ROUNDS: Final = 3  # of reweighting; the centre moves by under 0.001 after them


@dataclass(frozen=True, slots=True)
class PastPlane:
    """One earlier look in pixels of 20 m.

    Attributes:
        reflectance: bands as in PAST_BANDS, shape (band, y, x); NaN where unseen.
        trust: worth of each pixel as a view of the ground, by SCL, shape (y, x), 0..1.
        snow: pixels whose spectrum is that of snow, shape (y, x).
    """

    reflectance: npt.NDArray[np.float32]
    trust: npt.NDArray[np.float32]
    snow: Flags


@dataclass(frozen=True, slots=True)
class PastLooks:
    """Earlier looks of a place with their ages in days, in any order."""

    planes: Sequence[PastPlane] = ()
    age_days: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class ExpectedReflectance:
    """Expected reflectance from earlier looks, in pixels of 20 m.

    Attributes:
        reflectance: bands as in PAST_BANDS, shape (band, y, x); NaN without a past.
        spread: standard deviation of looks about it, same shape.
        looks: how many looks of this season it is worth, shape (y, x); 0 without a past.
    """

    reflectance: Floats
    spread: Floats
    looks: Floats


def coarse_bands(look: LookPixels) -> Floats:
    """Bands of a look in pixels of 20 m, as in PAST_BANDS, shape (band, y, x)."""
    return to_coarse(look.reflectance[[REFLECTANCE_BANDS.index(band) for band in PAST_BANDS]])


def past_plane(look: LookPixels) -> PastPlane:
    """A look in pixels of 20 m with the trust of each pixel, as it serves later looks."""
    worth = np.full(256, DOUBTED, np.float32)
    worth[[*GROUND, SHADOW]] = 1.0  # slopes in low sun are called shadow for months
    trust = np.where(snow_covered(look), DOUBTED, worth[look.scl])
    planes = coarse_bands(look)
    seen = np.isfinite(planes[:SWIR]).all(axis=0)
    return PastPlane(
        planes,
        np.where(seen, to_coarse(trust.astype(np.float32)), np.float32(0.0)),
        to_coarse(snow_covered(look).astype(np.float32)) > 0,
    )


def date_weights(age_days: Floats) -> Floats:
    """Weight of looks by season and age, shape (look,), 0..1, float32; ages in days."""
    season = np.exp(-0.5 * (_days_from_anniversary(age_days) / SEASON_DAYS) ** 2)
    return np.asarray(season * np.exp(-age_days / AGE_DAYS), np.float32)


def look_weights(trust: Floats, age_days: Floats) -> Floats:
    """Weight of each pixel of earlier looks, by season and age, shape (look, y, x).

    Looks of the season count in full; those of other seasons count together as OTHER_SEASONS
    looks, so that there is an expectation where the season has no look.

    Where TRUSTED_LOOKS of a pixel are called ground, those called cloud get no weight. Elsewhere
    (concrete that is called cloud on most days) all are used.

    Args:
        trust: of each pixel as a view of the ground, shape (look, y, x), 0..1.
        age_days: of the looks, shape (look,).

    Returns:
        In looks, float32.

    Raises:
        ValueError: shapes do not broadcast (another number of ages than looks).

    Source:
        Own: docs/methods/masks.md; tests/unit/assets/clouds/test_mask.py.
    """
    is_trusted = trust >= 0.5  # noqa: PLR2004 - half of its four pixels and more
    is_shown = is_trusted.sum(axis=0) >= TRUSTED_LOOKS
    trust = np.where(is_trusted | ~is_shown, trust, np.float32(0.0))
    aged = np.exp(-age_days / AGE_DAYS)[:, None, None] * trust
    total = np.maximum(aged.sum(axis=0), OTHER_SEASONS)
    return np.asarray(
        date_weights(age_days)[:, None, None] * trust + OTHER_SEASONS * aged / total, np.float32
    )


def expectation_of(past: PastLooks, shape: tuple[int, int]) -> ExpectedReflectance:
    """Expected reflectance of each pixel from earlier looks.

    Computed some rows at a time, so that the looks of two years, read a dozen times, stay in the
    processor's cache.

    Args:
        past: the looks.
        shape: rows and columns of their planes.

    Returns:
        Planes of 20 m; NaN where no look shows the pixel.

    Raises:
        ValueError: planes differ in shape, or shapes do not broadcast (number of ages).

    Source:
        As `expect_reflectance`.
    """
    ages = np.array(past.age_days, np.float32)
    row_bytes = max(1, len(past.planes) * len(PAST_BANDS) * shape[1] * 4)
    step = max(1, AT_ONCE_BYTES // row_bytes)
    parts = []
    for first in range(0, shape[0], step):
        rows = slice(first, first + step)
        size = (len(PAST_BANDS), min(step, shape[0] - first), shape[1])
        stack, trust = np.zeros((0, *size), np.float32), np.zeros((0, *size[1:]), np.float32)
        if past.planes:
            stack = np.stack([plane.reflectance[:, rows] for plane in past.planes])
            trust = np.stack([plane.trust[rows] for plane in past.planes])
        parts.append(expect_reflectance(stack, look_weights(trust, ages)))
    return ExpectedReflectance(
        np.concatenate([part.reflectance for part in parts], axis=1),
        np.concatenate([part.spread for part in parts], axis=1),
        np.concatenate([part.looks for part in parts]),
    )


def expect_reflectance(stack: Floats, worth: Floats) -> ExpectedReflectance:
    """Centre of the darkest group of looks that agree, and their spread.

    A mean whose weights are computed again, ROUNDS times, from the distance of the looks to it in
    blue; it starts one standard deviation below the mean, since haze that SCL misses only
    brightens. Concrete that SCL calls cloud on most days agrees with itself, clouds do not.

    Args:
        stack: looks, shape (look, band, y, x), bands as in PAST_BANDS; NaN where unseen.
        worth: of each, shape (look, y, x), 0 where unseen.

    Returns:
        Reflectance and spread, shape (band, y, x), NaN without a look.

    Raises:
        ValueError: shapes do not broadcast.

    Source:
        Reweighted least squares with Cauchy weights: Holland and Welsch 1977,
        doi:10.1080/03610927708827533; the start below the mean: docs/methods/masks.md.
    """
    shape = stack.shape[1:]
    if len(stack) == 0:
        nothing = np.full(shape, np.nan, np.float32)
        return ExpectedReflectance(nothing, nothing, np.zeros(shape[1:], np.float32))
    known = np.where(np.isfinite(stack), stack, 0.0)
    blue = known[:, BLUE]
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = _weighted_mean(worth, blue)
        centre = centre - np.sqrt(_weighted_mean(worth, (blue - centre) ** 2))
        for _ in range(ROUNDS):
            near = worth / (1 + ((blue - centre) / SAME) ** 2)
            centre = _weighted_mean(near, blue)
        looks = near.sum(axis=0)
        seen = np.isfinite(stack[:, SWIR]) if np.isnan(stack[:, SWIR]).any() else None
        middle = np.einsum("nyx,nbyx->byx", near, known) / looks
        square = np.einsum("nyx,nbyx->byx", near, known**2) / looks
        if seen is not None:
            some = (near * seen).sum(axis=0)
            middle[SWIR] *= looks / some
            square[SWIR] *= looks / some
        spread = np.sqrt(np.maximum(square - middle**2, 0.0))
    return ExpectedReflectance(middle, spread, np.nan_to_num(looks))


def _weighted_mean(weights: Floats, values: Floats) -> Floats:
    return np.asarray((weights * values).sum(axis=0) / weights.sum(axis=0))


def _days_from_anniversary(age_days: Floats) -> Floats:
    """Days from the same day of some year."""
    return np.asarray(np.abs((age_days + YEAR_DAYS / 2) % YEAR_DAYS - YEAR_DAYS / 2))
