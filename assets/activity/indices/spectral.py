"""Indices that depend on the spectrum of a pixel alone, under the names of `spyndex`.

The catalogue of these indices and their common formula. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from resources.models import REFLECTANCE_BANDS, BandName

SpectralName = Literal["ndvi", "bare_soil", "built_up"]
SMALL: Final = 0.02  # reflectance; sums below it are deep shadow or water, where ratios are noise


@dataclass(frozen=True, slots=True)
class SpectralIndex:
    """A normalised difference: (sum of `plus` - sum of `minus`) / (sum of all).

    Attributes:
        spyndex: its name in the catalogue of Awesome Spectral Indices, as `spyndex` has it;
            a test holds the formula against `spyndex.computeIndex`, which is not called here
            because each call reads that catalogue anew (6 ms, of some thousand calls a month).
        plus, minus: bands.
        source: where the index was published.
    """

    spyndex: str
    plus: tuple[BandName, ...]
    minus: tuple[BandName, ...]
    source: str


CATALOGUE: Final[dict[SpectralName, SpectralIndex]] = {
    "ndvi": SpectralIndex(
        "NDVI", ("nir",), ("red",), "Tucker 1979, doi:10.1016/0034-4257(79)90013-0"
    ),
    "bare_soil": SpectralIndex(
        "BI", ("swir16", "red"), ("nir", "blue"), "Rikimaru et al. 2002, Tropical Ecology 43"
    ),
    "built_up": SpectralIndex(
        "NDBI", ("swir16",), ("nir",), "Zha et al. 2003, doi:10.1080/01431160304987"
    ),
}


def spectral_index(
    name: SpectralName, reflectance: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """One index of the catalogue.

    Args:
        name: ours.
        reflectance: shape (..., band, pixel), bands as in REFLECTANCE_BANDS.

    Returns:
        Index in -1..1 for reflectances of 0 and more, no unit, shape (..., pixel); NaN where a
        band is NaN, and in deep shadow, where all its bands together are SMALL or less.

    Raises:
        KeyError: the index is not in CATALOGUE.
        IndexError: a band is missing from the array.

    Source:
        Of each index in CATALOGUE; names and formulas: Montero et al. 2023,
        doi:10.1038/s41597-023-02096-0.
    """
    index = CATALOGUE[name]
    plus, minus = _band_sum(reflectance, index.plus), _band_sum(reflectance, index.minus)
    whole = plus + minus
    is_lit = whole > SMALL
    return np.where(is_lit, (plus - minus) / np.where(is_lit, whole, 1.0), np.nan)


def _band_sum(
    reflectance: npt.NDArray[np.floating], bands: tuple[BandName, ...]
) -> npt.NDArray[np.float64]:
    """Sum of bands, shape (..., pixel)."""
    positions = [REFLECTANCE_BANDS.index(band) for band in bands]
    picked = reflectance[..., positions, :].astype(np.float64)
    return np.asarray(picked.sum(axis=-2))
