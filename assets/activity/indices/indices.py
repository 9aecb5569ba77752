"""The activity indices: their names and units, and those that are fields over pixels.

What is counted rather than averaged is in `objects`, `movers` and `turnover`, errors in
`standard_errors`. Each docstring gives unit, source and what else moves the index.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.activity.indices.spectral import spectral_index
from resources.models import REFLECTANCE_BANDS, BandName

IndexName = Literal[
    "brightness",
    "ndvi",
    "bare_soil",
    "built_up",
    "texture",
    "changed_area",
    "covered_area",
    "turnover",
    "objects_small",
    "objects_medium",
    "objects_large",
    "movers",
    "pattern",
    "novelty",
]
INDICES: Final[tuple[IndexName, ...]] = get_args(IndexName)
FIELD_INDICES: Final[tuple[IndexName, ...]] = INDICES[:5]
"""Means over the pixels of a zone."""
AREA_INDICES: Final[tuple[IndexName, ...]] = ("changed_area", "covered_area", "turnover")
"""Areas, scaled from what was seen of a zone to the whole of it."""
COUNT_INDICES: Final[tuple[IndexName, ...]] = INDICES[8:12]
"""Expected numbers of objects: sums of probabilities."""
PATTERN_INDICES: Final[tuple[IndexName, ...]] = INDICES[12:]
"""Of the pattern that the pixels of a zone show beside each other; see `pattern`."""

UNITS: Final[dict[str, str]] = {
    "brightness": "reflectance",
    "ndvi": "1",
    "bare_soil": "1",
    "built_up": "1",
    "texture": "reflectance",
    "changed_area": "m2",
    "covered_area": "m2",
    "turnover": "m2",
    "objects_small": "1",
    "objects_medium": "1",
    "objects_large": "1",
    "movers": "1",
    "pattern": "1",
    "novelty": "1",
}
ACTIVITY_SIGN: Final[dict[str, int]] = {
    # +1 where more activity raises the index: built or cleared ground has less green on it
    name: -1 if name == "ndvi" else 1
    for name in INDICES
}
_FINE: Final[tuple[BandName, ...]] = ("blue", "green", "red", "nir")
BANDS_NEEDED: Final[dict[IndexName, tuple[BandName, ...]]] = {
    "brightness": ("blue", "green", "red"),
    "ndvi": ("red", "nir"),
    "bare_soil": ("blue", "red", "nir", "swir16"),
    "built_up": ("nir", "swir16"),
    "texture": ("blue", "green", "red"),
    "changed_area": _FINE,
    "covered_area": _FINE,
    "turnover": _FINE,
    "objects_small": _FINE,
    "objects_medium": _FINE,
    "objects_large": _FINE,
    "movers": _FINE,
    "pattern": _FINE,
    "novelty": _FINE,
}

Field = npt.NDArray[np.float64]
CHANGED_SIGMA: Final = 3.0  # a pixel is not as usual beyond this
FINE_BANDS: Final = tuple(REFLECTANCE_BANDS.index(band) for band in _FINE)
"""The bands of 10 m; those of 20 m would smear an object over its neighbours."""


def _band_values(reflectance: npt.NDArray[np.floating], name: BandName) -> Field:
    """One band of reflectance of shape (..., band, pixel)."""
    position = REFLECTANCE_BANDS.index(name)
    return np.asarray(reflectance[..., position, :], dtype=np.float64)


def brightness(reflectance: npt.NDArray[np.floating]) -> Field:
    """Mean reflectance of blue, green and red.

    Args:
        reflectance: shape (..., band, pixel).

    Returns:
        Reflectance, shape (..., pixel). Also moved by haze, wet ground, snow and low sun.

    Raises:
        IndexError: a band is missing from the array.
    """
    return (
        _band_values(reflectance, "blue")
        + _band_values(reflectance, "green")
        + _band_values(reflectance, "red")
    ) / 3


def ndvi(reflectance: npt.NDArray[np.floating]) -> Field:
    """Greenness, -1..1, no unit; also moved by season, mowing, harvest and haze.

    Args:
        reflectance: shape (..., band, pixel), bands as in REFLECTANCE_BANDS.

    Returns:
        Shape (..., pixel); NaN in deep shadow.

    Raises:
        IndexError: a band is missing from the array.

    Source:
        Tucker 1979, doi:10.1016/0034-4257(79)90013-0; `spyndex` NDVI.
    """
    return spectral_index("ndvi", reflectance)


def bare_soil(reflectance: npt.NDArray[np.floating]) -> Field:
    """Bare soil index, -1..1, no unit; also moved by drought, ploughing and season.

    Args:
        reflectance: shape (..., band, pixel), bands as in REFLECTANCE_BANDS.

    Returns:
        Shape (..., pixel); NaN in deep shadow or without SWIR.

    Raises:
        IndexError: a band is missing from the array.

    Source:
        Rikimaru et al. 2002, Tropical Ecology 43; `spyndex` BI.
    """
    return spectral_index("bare_soil", reflectance)


def built_up(reflectance: npt.NDArray[np.floating]) -> Field:
    """Built-up index, -1..1, no unit; also moved by drought, dry grass and ploughed fields.

    Args:
        reflectance: shape (..., band, pixel), bands as in REFLECTANCE_BANDS.

    Returns:
        Shape (..., pixel); NaN in deep shadow or without SWIR.

    Raises:
        IndexError: a band is missing from the array.

    Source:
        Zha et al. 2003, doi:10.1080/01431160304987; `spyndex` NDBI.
    """
    return spectral_index("built_up", reflectance)


def texture(
    brightness_image: npt.NDArray[np.floating], seen: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Local standard deviation of brightness in a window of 3 by 3 pixels.

    Args:
        brightness_image: reflectance, shape (..., y, x).
        seen: same shape, pixels that may be used.

    Returns:
        Reflectance, same shape; NaN where fewer than 6 of the 9 pixels were seen. Also moved
        by shadows, blur and shifts between looks.

    Raises:
        ValueError: the shapes do not broadcast.

    Source:
        Variance of grey levels: Haralick et al. 1973, doi:10.1109/TSMC.1973.4309314.
    """
    use = seen & np.isfinite(brightness_image)
    values = np.where(use, brightness_image, 0.0).astype(np.float64)
    share = _mean_of_nine(use.astype(np.float64))
    total = np.maximum(share, 1e-9)
    mean = _mean_of_nine(values) / total
    square = _mean_of_nine(values**2) / total
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.where((share >= 6 / 9 - 1e-9) & use, deviation, np.nan).astype(np.float32)


def _mean_of_nine(images: Field) -> Field:
    """Means of 3 by 3 pixels of images (..., y, x), with 0 beyond the edge."""
    return np.asarray(ndimage.uniform_filter(images, 3, mode="constant", axes=(-2, -1)))


def departure_score(
    difference: npt.NDArray[np.floating], sigma: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """How far pixels depart from a surface, bright or dark.

    Args:
        difference: observed minus expected reflectance, shape (..., band, pixel).
        sigma: standard deviation of the same where nothing changes, same shape.

    Returns:
        Root mean square of the 10 m bands in sigma, shape (..., pixel); NaN where one is missing.

    Raises:
        ValueError: the shapes do not broadcast.
        IndexError: a band is missing from an array.

    Source:
        Own: docs/methods/indices.md; tests/unit/assets/activity/test_indices.py.
    """
    bands = list(FINE_BANDS)
    scores = difference[..., bands, :] / sigma[..., bands, :]
    return np.asarray(np.sqrt(np.mean(scores**2, axis=-2)))


def changed_pixels(
    scores: npt.NDArray[np.float64], threshold: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Whether pixels are not as usual: 1.0 or 0.0, shape (..., pixel), NaN unseen.

    Also moved by shadows, puddles, snow and shifts between looks.
    """
    return np.where(np.isfinite(scores), (scores > threshold).astype(np.float64), np.nan)
