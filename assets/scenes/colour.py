"""Looks in true colour: from reflectance to the pixels of a picture.

Pure, on arrays; the callers cut pictures and draw over them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from resources.models import REFLECTANCE_BANDS

Colours = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

TRUE_COLOUR: Final = [REFLECTANCE_BANDS.index(band) for band in ("red", "green", "blue")]
GAMMA: Final = 0.7  # of the light, so that dark ground shows
UNSEEN_GREY: Final = 128  # grey value of 0 to 255; neither dark nor bright


def colours_of(reflectance: npt.NDArray[np.floating]) -> Colours:
    """Red, green and blue, shape (y, x, 3), of bands as in REFLECTANCE_BANDS, (band, y, x)."""
    return np.asarray(reflectance[TRUE_COLOUR].transpose(1, 2, 0), dtype=np.float32)


def true_colour(colours: Colours, white: float) -> Pixels:
    """Colours as they are drawn.

    Args:
        colours: reflectance, shape (y, x, 3), NaN where unseen.
        white: reflectance drawn white.

    Returns:
        uint8, shape (y, x, 3): reflectance 0 is black, unseen pixels are grey.

    Raises:
        ValueError: `colours` has fewer than three axes (AxisError of numpy).
    """
    seen = np.isfinite(colours).all(axis=2, keepdims=True)
    light = np.clip(np.where(seen, colours, 0.0) / white, 0.0, 1.0) ** GAMMA
    return np.where(seen, np.round(light * 255), UNSEEN_GREY).astype(np.uint8)
