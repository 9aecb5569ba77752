"""How much of the ground's own detail a look still shows: haze and thin cloud take it away.

Against the past of the same orbit, in pixels of 20 m; brightness as such is judged elsewhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from assets.clouds.evidence import Flags, Floats, log_odds

DETAIL_PX: Final = 9  # 180 m: detail is what differs from the mean of that box
WINDOW_PX: Final = 41  # 820 m over which detail is compared
LOOKS_MIN: Final = 8.0  # effective; the median of fewer has noise of its own for detail
DETAIL_LEAST: Final = 0.006  # reflectance, of the detail expected; flat ground shows nothing
BLURRED: Final = (0.60, 0.13)  # share of the detail left under haze: centre and spread
SHARP: Final = (1.10, 0.12)  # on clear looks: a single one has more than the median of many


def detail_left(now: Floats, expected: Floats) -> Floats:
    """Strength of a look's detail over that of the expected one, shape (y, x); NaN if unknown.

    Root mean squares in a moving window, of the band that keeps most. Not whether it is the same
    detail: works, harvest and a shift change that, but only something in the air takes it away
    in all bands, and no haze makes any.

    Args:
        now: reflectance of the look in NIR and SWIR, whose detail seasons do not blur, shape
            (band, y, x).
        expected: of the past, same shape; NaN where unknown.
    """
    left = np.full(now.shape[1:], np.nan, np.float32)
    for seen, before in zip(now, expected, strict=True):
        known = np.isfinite(seen) & np.isfinite(before)
        if not known.any():
            continue
        share = _mean(known.astype(np.float32))
        usual = _mean(_detail(before, known) ** 2)
        told = usual > share * DETAIL_LEAST**2
        ratio = np.sqrt(_mean(_detail(seen, known) ** 2) / np.where(told, usual, 1.0))
        left = np.fmax(left, np.where(told, ratio, np.nan))
    return left


def contrast_evidence(now: Floats, expected: Floats, looks: Floats) -> Floats:
    """Log-odds of haze from lost detail, shape (y, x), 0 or more.

    Detail that is there says nothing: a veil of even brightness over bright ground would leave it.
    """
    left = detail_left(now, np.where(looks >= LOOKS_MIN, expected, np.nan).astype(np.float32))
    return np.asarray(np.maximum(log_odds(left, hidden=BLURRED, clear=SHARP), 0.0))


def _detail(plane: Floats, known: Flags) -> Floats:
    """A plane less its local mean, 0 where unknown."""
    filled = np.where(known, plane, 0.0).astype(np.float32)
    share = ndimage.uniform_filter(known.astype(np.float32), DETAIL_PX, mode="nearest")
    local = ndimage.uniform_filter(filled, DETAIL_PX, mode="nearest") / np.maximum(share, 1e-3)
    return np.where(known, filled - local, 0.0).astype(np.float32)


def _mean(plane: Floats) -> Floats:
    """Mean over the window."""
    mean = ndimage.uniform_filter(plane, WINDOW_PX, mode="reflect")
    return np.asarray(np.maximum(mean, 0.0), np.float32)  # running sums end a little below 0
