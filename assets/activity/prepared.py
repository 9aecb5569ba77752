"""What is kept of a look to register it: smoothed images, where they are clear, their edges.

Pure arrays. How two looks are compared is in `registration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from assets.activity.block_fit import gradients, in_blocks

Mask: TypeAlias = npt.NDArray[np.bool_]
Planes: TypeAlias = npt.NDArray[np.float32]
Window: TypeAlias = tuple[slice, slice]

WINDOW_PX: Final = 1024  # 10 km: more ground does not lower the error that matters
BLOCK_PX: Final = 32
LEAST_BLOCK_PX: Final = 16
BLOCKS_ASIDE: Final = 6  # small sites are cut into at least so many blocks along their short side
STRONGEST: Final = 5.0  # edges count for at most so many usual ones: no roof outweighs a site
TINY: Final = 1e-9  # reflectance: no edges at all
MARGIN_PX: Final = 3  # unclear pixels reach so far: two of the smoothing, one of the interpolation


@dataclass(frozen=True)  # no slots: the cached properties need a place
class Prepared:
    """What is kept of a look for its registration: some 9 bytes a pixel.

    Attributes:
        features: smoothed visible and near infrared reflectance, shape (2, y, x).
        clear: shape (y, x), pixels whose features hold clear pixels only.
    """

    features: Planes
    clear: Mask

    @cached_property
    def edge(self) -> int:
        """Edge of a block, pixels."""
        return int(np.clip(min(self.clear.shape) // BLOCKS_ASIDE, LEAST_BLOCK_PX, BLOCK_PX))

    @cached_property
    def blocks(self) -> Planes:
        """Features and their gradients in blocks, shape (3, feature, block, pixel)."""
        parts = (self.features, *gradients(self.features))
        return np.stack([in_blocks(part, self.edge) for part in parts])

    @cached_property
    def inner(self) -> Mask:
        """Clear pixels whose gradient is known."""
        return _eroded(self.clear, 1)

    @cached_property
    def spectrum(self) -> npt.NDArray[np.complex64]:
        """Fourier transform of the strength of edges, in pixels of twice the size."""
        return _edge_spectrum(self.features, self.inner)


def working_window(interest: npt.NDArray[np.floating] | Mask) -> Window:
    """The part of a large site that is registered: all of it up to WINDOW_PX a side.

    Args:
        interest: what is watched, say the share of each pixel in any zone, shape (y, x).

    Returns:
        Rows and columns, the same for every look of the site: centred on what is watched.
    """
    shares = np.asarray(interest, np.float64)
    return _centred(shares.sum(axis=1)), _centred(shares.sum(axis=0))


def prepare(
    reflectance: npt.NDArray[np.float32], clear: Mask, window: Window | None = None
) -> Prepared:
    """Features of a look.

    Args:
        reflectance: shape (band, y, x), bands as in REFLECTANCE_BANDS (the four of 10 m are used,
            those that are there), NaN where unseen.
        clear: shape (y, x); need not leave out unseen pixels.
        window: the part that is used, the same for all looks of a site; None for the middle.
    """
    rows, columns = working_window(np.ones_like(clear)) if window is None else window
    reflectance, clear = reflectance[:, rows, columns], clear[rows, columns]
    planes, seen = [], clear.copy()
    for bands in (reflectance[:3], reflectance[3:4]):
        there = [band for band in bands if not np.isnan(band[clear]).all()]
        plane = sum(there[1:], start=there[0]) if there else np.zeros_like(reflectance[0])
        plane = plane / np.float32(max(len(there), 1))
        seen &= np.isfinite(plane)
        planes.append(np.where(seen, plane, np.float32(0)))
    return Prepared(_smoothed(np.stack(planes)), _eroded(seen, MARGIN_PX))


def _edge_spectrum(features: Planes, clear: Mask) -> npt.NDArray[np.complex64]:
    """Transform of the strength of edges, features to equal parts, in pixels of 2 by 2."""
    east, south = gradients(_halved(features))
    weight = _halved(clear.astype(np.float32)[None])[0] == 1
    strength = np.sqrt(east**2 + south**2) * weight
    count = np.float32(np.count_nonzero(weight) or 1)
    usual = strength.sum(axis=(1, 2)) / count
    edges = np.minimum(strength / np.maximum(usual, TINY)[:, None, None], STRONGEST).sum(axis=0)
    level = edges.sum() / count
    spectrum: npt.NDArray[np.complex64] = fft.fft2(edges - level * weight)
    return spectrum


def _halved(planes: Planes) -> Planes:
    """Means of 2 by 2 pixels."""
    rows, columns = (side // 2 * 2 for side in planes.shape[1:])
    pairs = planes[:, :rows:2, :columns] + planes[:, 1:rows:2, :columns]
    fours: Planes = (pairs[:, :, ::2] + pairs[:, :, 1::2]) * np.float32(0.25)
    return fours


def _smoothed(planes: Planes) -> Planes:
    """Binomial filter of five (about a Gaussian of one pixel); the outer two pixels are 0."""
    out = np.zeros_like(planes)
    rows = planes[:, :-4] + planes[:, 4:]
    rows += 4 * (planes[:, 1:-3] + planes[:, 3:-1]) + 6 * planes[:, 2:-2]
    inner = rows[..., :-4] + rows[..., 4:]
    inner += 4 * (rows[..., 1:-3] + rows[..., 3:-1]) + 6 * rows[..., 2:-2]
    out[:, 2:-2, 2:-2] = inner / 256
    return out


def _eroded(mask: Mask, pixels: int) -> Mask:
    """Pixels of the mask with nothing outside of it within so many rows and columns."""
    found = mask.view(np.uint8)
    for axis in (0, 1):
        found = ndimage.minimum_filter1d(found, 2 * pixels + 1, axis=axis, mode="constant", cval=0)
    return found.astype(bool)


def _centred(shares: npt.NDArray[np.float64]) -> slice:
    """The stretch of WINDOW_PX that holds most, the middle one of those that hold as much."""
    if shares.size <= WINDOW_PX:
        return slice(0, shares.size)
    sums = np.convolve(shares, np.ones(WINDOW_PX), "valid")
    best = np.flatnonzero(sums >= sums.max() * (1 - 1e-9))
    first = int(best[best.size // 2])
    return slice(first, first + WINDOW_PX)
