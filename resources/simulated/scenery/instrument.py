"""What the instrument does to a scene: blur, sampling with a shift, noise and stored numbers.

Arrays in, arrays out; nothing here knows what the scene shows.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from resources.instrument import blur_sigma_m
from resources.models import REFLECTANCE_BANDS, BandName

Plane = npt.NDArray[np.float32]

FINE_M = 2.5
"""Pixel in which the scene is drawn, metres."""

SIGNAL_TO_NOISE = np.array([154, 168, 142, 174, 72, 100, 100], dtype=np.float64)
REFERENCE_REFLECTANCE = np.array([0.29, 0.31, 0.32, 0.44, 0.25, 0.07, 0.08])
"""The mission's required signal to noise and the reflectance of its reference radiance (sun at
45 degrees), in the order of `REFLECTANCE_BANDS`."""
READ_NOISE_SHARE = 0.2
"""Part of the noise power at the reference that does not come from the signal."""

DN_PER_REFLECTANCE = 10_000
DN_OFFSET = 1_000
"""Added since processing baseline 04.00: reflectance = (DN - 1000) / 10000."""

SUPPORT = 2
"""Lattice points a pixel side: each pixel is sampled from a lattice of half its size."""
PAD = 8


def to_lattice(fine: npt.NDArray[np.floating], pixel_m: int) -> Plane:
    """Blur a fine drawing and keep spline coefficients on a lattice of half pixels.

    Args:
        fine: Shape (y, x) in pixels of `FINE_M`; sides are multiples of the pixel.
        pixel_m: Pixel of the band, metres.

    Returns:
        Cubic spline coefficients with `PAD` mirrored points round them; shifting costs only a
        few multiplications then, and the blur is done once.
    """
    size = round(pixel_m / FINE_M)
    seen = ndimage.gaussian_filter(
        fine.astype(np.float32), blur_sigma_m(pixel_m) / FINE_M, mode="nearest", truncate=3.0
    )
    seen = ndimage.uniform_filter(seen, size, mode="nearest")
    step = size // SUPPORT
    coefficients = ndimage.spline_filter(seen[::step, ::step], order=3, mode="mirror")
    return np.pad(coefficients.astype(np.float32), PAD, mode="reflect")


def sample_pixels(
    lattice: npt.NDArray[np.float32], shift_px: tuple[float, float], shape: tuple[int, int]
) -> Plane:
    """Pixels of a look whose content is moved by a part of a pixel.

    Args:
        lattice: From `to_lattice`, or a weighted sum of such.
        shift_px: How far the content moves east and south, in pixels of this band, within 3.
        shape: Rows and columns wanted.

    Returns:
        Shape (y, x).
    """
    east, south = shift_px
    rows = _sample_rows(lattice, -SUPPORT * south, shape[0])
    return _sample_rows(rows.T, -SUPPORT * east, shape[1]).T


def noise_sigma(reflectance: Plane, band: BandName) -> Plane:
    """Standard deviation of the instrument's noise, as reflectance, same shape."""
    number = REFLECTANCE_BANDS.index(band)
    at_reference = REFERENCE_REFLECTANCE[number]
    signal = np.maximum(reflectance, 0) / np.float32(at_reference)
    power = READ_NOISE_SHARE + (1 - READ_NOISE_SHARE) * signal
    sigma: Plane = np.float32(at_reference / SIGNAL_TO_NOISE[number]) * np.sqrt(power)
    return sigma


def to_dn(reflectance: Plane, offset_dn: int = DN_OFFSET) -> npt.NDArray[np.uint16]:
    """Stored numbers, by default of baseline 04.00 and later; 0 is kept for what was not seen."""
    numbers = np.rint(reflectance * DN_PER_REFLECTANCE + offset_dn)
    return np.clip(numbers, 1, np.iinfo(np.uint16).max).astype(np.uint16)


def _sample_rows(lattice: npt.NDArray[np.float32], offset: float, count: int) -> Plane:
    """Evaluate the cubic spline at every second row, moved by `offset` lattice points."""
    whole = math.floor(offset)
    part = offset - whole
    weights = (
        (1 - part) ** 3 / 6,
        (3 * part**3 - 6 * part**2 + 4) / 6,
        (-3 * part**3 + 3 * part**2 + 3 * part + 1) / 6,
        part**3 / 6,
    )
    first = PAD + 1 + whole - 1
    last = SUPPORT * (count - 1) + 1
    total = np.zeros((count, lattice.shape[1]), dtype=np.float32)
    for tap, weight in enumerate(weights):
        start = first + tap
        total += np.float32(weight) * lattice[start : start + last : SUPPORT]
    return total
