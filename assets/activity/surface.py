"""What each pixel of a site is expected to show: with what usually stands on it, and bare.

Pure and causal: from past clear looks alone. Errors and zones are `baseline`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import indices, robust
from assets.activity.history import LOOKS_MIN
from assets.activity.models import ClearLook, Floats, Mask
from assets.activity.sample import SAMPLE_PIXELS
from resources.models import REFLECTANCE_BANDS, ZoneKind

SPREAD_FLOOR: Final = 0.003  # reflectance; noise of L2A over dark ground
PAVED: Final[tuple[ZoneKind, ...]] = ("apron", "parking", "yard")
"""Kinds on which things stand for long, on a surface that is much the same all over."""
ODD_SIGMA: Final = 3.0  # expected pixels that differ more from their zone are not bare surface


def expect_pixels(past: Sequence[ClearLook]) -> tuple[Floats, tuple[int, ...]]:
    """Expected reflectance of each pixel and the bands that the past has.

    A robust weighted mean of the past looks, each first brought to their common level by one
    offset a band, so that haze and a change of processing weigh less.

    Returns:
        Reflectance, shape (band, y, x), NaN where fewer than LOOKS_MIN looks were clear.
    """
    count, rows, columns = len(REFLECTANCE_BANDS), *past[0].clear.shape
    weights = np.array([look.weight for look in past])
    seen = np.stack([look.clear for look in past])
    expected = np.full((count, rows, columns), np.nan)
    bands = []
    for band in range(count):
        values = np.stack([look.reflectance[band] for look in past]).astype(np.float64)
        values[~seen] = np.nan
        enough = np.asarray(np.isfinite(values).sum(axis=0) >= LOOKS_MIN)
        if not enough.any():
            continue
        values -= _levels(values, enough)[:, None, None]
        centre = robust.weighted_centre(values, weights, floor=SPREAD_FLOOR)
        expected[band] = np.where(enough, centre, np.nan)
        bands.append(band)
    return expected, tuple(bands)


def bare_surface(expected: Floats, kind: ZoneKind) -> Floats:
    """What each pixel of a zone would show with nothing on it, shape (band, pixel).

    On paved zones a pixel whose expectation is far from that of the zone is taken to be one that
    is always occupied, and gets the zone's own surface; elsewhere the expectation itself.
    """
    if kind not in PAVED:
        return expected
    centre = robust.median(expected.T)[:, None]
    spread = np.maximum(robust.MAD_TO_SIGMA * robust.median(np.abs(expected - centre).T), 0.01)
    with np.errstate(invalid="ignore"):
        size = np.abs(expected - centre) / spread[:, None]
        odd = (size > ODD_SIGMA).any(axis=0)
    return np.where(np.asarray(odd)[None], centre, expected)


def texture_of(look: ClearLook) -> npt.NDArray[np.float32]:
    """Texture image of a look, shape (y, x)."""
    bands = look.reflectance.reshape(len(look.reflectance), -1)
    image = indices.brightness(bands).reshape(look.clear.shape)
    return indices.texture(image, look.clear)


def _levels(values: Floats, enough: Mask) -> Floats:
    """How far each look lies above the common level, shape (look,), reflectance."""
    inside = values[:, enough]
    inside = inside[:, :: max(1, inside.shape[1] // SAMPLE_PIXELS)]
    levels = robust.median((inside - robust.median(inside)).T)
    return np.where(np.isfinite(levels), levels, 0.0)
