"""Whether the numbers in a raster can be those of Sentinel-2, and one mark for unseen pixels: 0.

Looks at pixels alone; where they come from and what they mean is told elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from resources.models import BandName, Raster
from resources.pixels.window import UnreadableRaster

MAX_DN = 65_535  # ESA's numbers have 16 bits, and this one marks saturation
MAX_CLASS = 15  # of scl: 0 to 11 are in use


def checked_numbers(raster: Raster, name: BandName) -> Raster:
    """The raster with 0 for unseen pixels, whatever marked them, and `nodata` 0 if anything did.

    Stages after this one know one mark only, and 0 is ESA's. Where it marks nothing, as in a file
    that says 9 is unseen, a pixel of 0 counts as unseen all the same: it is no reflectance.

    Raises:
        Unreadable: a number is negative or larger than ESA's can be, or no class of `scl`.
    """
    if raster.nodata is not None and raster.nodata != 0:
        raster = replace(raster, pixels=_zeroed_pixels(raster), nodata=0.0)
    limit = MAX_CLASS if name == "scl" else MAX_DN
    kind = np.iinfo(raster.pixels.dtype.name)
    if raster.pixels.size and (kind.min < 0 or kind.max > limit):
        low, high = int(raster.pixels.min()), int(raster.pixels.max())
        if low < 0 or high > limit:
            raise UnreadableRaster(f"expected numbers of 0 to {limit}, found {low} to {high}")
    return raster


def _zeroed_pixels(raster: Raster) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    """The pixels, those that are marked as unseen set to 0."""
    marker, pixels = raster.nodata, raster.pixels
    kind = np.iinfo(pixels.dtype.name)
    if marker is None or not kind.min <= marker <= kind.max or marker != int(marker):
        return pixels  # no pixel can be that, NaN included
    zero = np.zeros((), pixels.dtype)
    return np.where(pixels == pixels.dtype.type(int(marker)), zero, pixels)
