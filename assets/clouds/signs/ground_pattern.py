"""Pattern of the ground in planes of 20 m: match with earlier looks, detail left, sharp edges.

Pure arithmetic; `likelihood` and `change` use it for the classes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assets.clouds.signs.log_odds import Flags, Floats
from assets.clouds.signs.windows import (
    box_share,
    box_sum,
    highest_within,
    lowest_within,
    mean_within,
)

MATCH_PX: Final = 11  # 220 m within which patterns are compared
PATTERN_LEAST: Final = 0.004  # reflectance; what noise and the last digit make of flat ground
DETAIL_PX: Final = 9  # 180 m: detail is what differs from the mean of that box
DETAIL_WINDOW_PX: Final = 21  # 420 m over which its strength is compared
DETAIL_LEAST: Final = 0.006  # reflectance, of the detail expected; flat ground shows nothing
EDGE_WINDOW_PX: Final = 13  # 260 m in which a contrast and the steps that make it are looked for
CONTRAST_LEAST: Final = 0.04  # reflectance; a thing that is just seen against noise
STEP_PX: Final = 3  # 60 m, on which a sharp edge rises in full


def pattern_match(now: Floats, earlier: Floats) -> Floats:
    """Correlation of the pattern of two looks round each pixel, shape (look, y, x), -1..1.

    Over all bands together, each less its mean in the window: visible ground keeps its pattern at
    any level, cloud has another one. On flat ground it is near 0.

    Args:
        now: reflectance, shape (band, y, x); NaN where unseen.
        earlier: the same of earlier looks, shape (look, band, y, x).

    Returns:
        float32; NaN where either look is unseen.

    Raises:
        ValueError: shapes do not broadcast.

    Source:
        Normalised cross-correlation by running sums: Lewis 1995, Vision Interface 95, 120-123;
        noise added to both powers: own, docs/methods/masks.md.
    """
    seen: Flags = np.isfinite(now[None] + earlier).all(axis=1)
    share = box_share(seen, MATCH_PX)[:, None]
    here = np.where(seen[:, None], now[None], 0.0).astype(np.float32)
    there = np.where(seen[:, None], earlier, 0.0).astype(np.float32)
    mean_here, mean_there = box_sum(here, MATCH_PX) / share, box_sum(there, MATCH_PX) / share
    product = box_sum(_sum_over_bands(here * there), MATCH_PX) / share[:, 0] - _sum_over_bands(
        mean_here * mean_there
    )
    power = [
        box_sum(_sum_over_bands(part**2), MATCH_PX) / share[:, 0] - _sum_over_bands(mean**2)
        for part, mean in ((here, mean_here), (there, mean_there))
    ]
    noise = len(now) * PATTERN_LEAST**2
    both = (np.maximum(power[0], 0.0) + noise) * (np.maximum(power[1], 0.0) + noise)
    return np.where(seen, product / np.sqrt(both), np.nan).astype(np.float32)


def _sum_over_bands(parts: Floats) -> Floats:
    """Sum over the bands."""
    return np.asarray(parts.sum(axis=1), np.float32)


def detail_left(now: Floats, expected: Floats) -> Floats:
    """Strength of a look's detail over that of the expected one, shape (y, x); NaN if unknown.

    Ratio of root mean squares in a moving window, of the band where it is largest. Whether it is
    the same detail does not matter: works, harvest and a shift change detail, but only haze
    lowers it in all bands.

    Args:
        now: reflectance of the look in NIR and SWIR, whose detail seasons do not blur, shape
            (band, y, x).
        expected: of the past, same shape; NaN where unknown.

    Raises:
        ValueError: shapes do not broadcast.

    Source:
        Own: docs/methods/masks.md, evidence "blurred".
    """
    seen = np.where(np.isfinite(expected), now, np.nan)
    before = np.where(np.isfinite(now), expected, np.nan)
    both = np.stack([seen, before])
    power = mean_within((both - mean_within(both, DETAIL_PX)) ** 2, DETAIL_WINDOW_PX)
    with np.errstate(invalid="ignore", divide="ignore"):
        told = power[1] > DETAIL_LEAST**2
        ratio = np.where(told, np.sqrt(power[0] / power[1]), np.nan)
    return np.asarray(np.fmax.reduce(ratio), np.float32)


def edge_sharpness(sign: Floats) -> Floats:
    """Share of the contrast within 260 m that lies in steps of 60 m, shape (y, x), 0..1.

    Mean over the steps, each weighted by its height: 0.7 for a roof or a slab of concrete as the
    sensor blurs it, 0.3 and less for a cloud that thins out over a hundred metres.

    Args:
        sign: reflectance, shape (y, x); NaN where unseen.

    Returns:
        float32; 0 where unseen.

    Raises:
        RuntimeError: `sign` has fewer than two axes (of scipy's filters).

    Source:
        Own: docs/methods/masks.md; tests/unit/assets/clouds/test_windows.py.
    """
    known = np.where(np.isfinite(sign), sign, np.nan)
    contrast = np.hypot(_window_range(known, EDGE_WINDOW_PX), CONTRAST_LEAST)
    step = _window_range(known, STEP_PX)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        sharp = mean_within(step**2, EDGE_WINDOW_PX) / mean_within(step * contrast, EDGE_WINDOW_PX)
    bounded = np.clip(np.nan_to_num(sharp), 0.0, 1.0)  # beyond by rounding, where all is even
    return np.asarray(bounded, np.float32)


def _window_range(plane: Floats, pixels: int) -> Floats:
    """Maximum less minimum in the window; NaN where unseen."""
    spread = highest_within(plane, pixels) - lowest_within(plane, pixels)
    return np.where(np.isfinite(plane), spread, np.nan).astype(np.float32)
