"""Moves an image by a part of a pixel: separable cubic convolution that ignores unseen pixels.

Pure, on arrays; `stack` knows where a raster lies and what its numbers mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

TAPS = (-1, 0, 1, 2)
"""Pixels that an interpolation takes, from the one at or before the place."""

Number = TypeVar("Number", bound=np.generic)
Planes = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _PixelOffset:
    """A distance along one axis: whole pixels and the part of one after them, 0 <= part < 1."""

    whole: int
    part: float

    @classmethod
    def of(cls, pixels: float) -> _PixelOffset:
        whole = math.floor(pixels)
        return cls(whole, pixels - whole)

    @property
    def taps(self) -> tuple[int, ...]:
        """The pixels that are used, from any pixel."""
        return tuple(self.whole + tap for tap in TAPS)

    @property
    def inner(self) -> tuple[int, ...]:
        """Those that must be seen: the ones next to the place."""
        return (self.whole, self.whole + 1) if self.part else (self.whole,)


def without_shift(
    pixels: npt.NDArray[np.generic], seen: Mask, *, east_px: float, south_px: float
) -> Planes:
    """An image with a shift of its content taken out, interpolated once.

    Args:
        pixels: shape (y, x), any unit.
        seen: shape (y, x); where False the number of `pixels` means nothing and is not used.
        east_px: how far the content lies east of its place, pixels of this image.
        south_px: the same to the south.

    Returns:
        Shape (y, x), float32, unit of `pixels`; NaN where one of the up to four nearest pixels is
        not seen or lies outside. An unseen outer pixel is replaced by the straight line through
        the next two, which keeps edges in place (weighting the others up would move them).

    Raises:
        IndexError: `pixels` has fewer than two axes, or `seen` holds gaps and is of another shape.

    Source:
        Cubic convolution of four taps, a = -1/2: Keys 1981, doi:10.1109/TASSP.1981.1163711
    """
    plane: Planes = pixels.astype(np.float32)
    found: Planes = sampled_at(plane[None], east_px, south_px, beyond=np.nan)[0]
    if not seen.all():
        _repair_near_gaps(found, plane, seen, _PixelOffset.of(south_px), _PixelOffset.of(east_px))
    return found


def sampled_at(planes: Planes, east_px: float, south_px: float, *, beyond: float = 0.0) -> Planes:
    """The values of planes at a distance east and south of each pixel, interpolated.

    Args:
        planes: shape (plane, y, x), any unit, no gaps.
        east_px: distance, pixels.
        south_px: distance, pixels.
        beyond: value where the place lies outside of the planes.

    Returns:
        Same shape, float32.

    Raises:
        IndexError: `planes` has fewer than three axes.

    Source:
        Cubic convolution of four taps, a = -1/2: Keys 1981, doi:10.1109/TASSP.1981.1163711
    """
    rows = _interpolate_along_axis(planes, south_px, 1, beyond)
    return _interpolate_along_axis(rows, east_px, 2, beyond)


def moved_whole(planes: npt.NDArray[Number], east_px: int, south_px: int) -> npt.NDArray[Number]:
    """The values so many whole pixels east and south, shape (..., y, x); 0 beyond the edge."""
    out = np.zeros_like(planes)
    rows, columns = planes.shape[-2:]
    to_rows, from_rows = _overlap_slices(rows, south_px)
    to_columns, from_columns = _overlap_slices(columns, east_px)
    out[..., to_rows, to_columns] = planes[..., from_rows, from_columns]
    return out


def _overlap_slices(count: int, offset: int) -> tuple[slice, slice]:
    """Where values are written and from where, along one axis."""
    first, last = max(0, -offset), min(count, count - offset)
    last = max(first, last)
    return slice(first, last), slice(first + offset, last + offset)


def _cubic_weights(part: float) -> tuple[np.float32, ...]:
    """Weights of the pixels at -1, 0, 1 and 2 for a place `part` of a pixel after 0 (Keys)."""
    square, cube = part**2, part**3
    return (
        np.float32((-cube + 2 * square - part) / 2),
        np.float32((3 * cube - 5 * square + 2) / 2),
        np.float32((-3 * cube + 4 * square + part) / 2),
        np.float32((cube - square) / 2),
    )


def _interpolate_along_axis(planes: Planes, offset: float, axis: int, beyond: float) -> Planes:
    """Interpolated along one axis; straight lines go on for one pixel beyond the edge."""
    place = _PixelOffset.of(offset)
    whole, count = place.whole, planes.shape[axis]
    out = np.full(planes.shape, beyond, np.float32)
    first, last = max(0, -whole), min(count, count - place.inner[-1])
    if first >= last:
        return out
    target = _slice_axis(out, axis, first, last)
    if not place.part:
        target[...] = _slice_axis(planes, axis, first + whole, last + whole)
        return out
    wide = _extrapolate_edges(planes, axis)
    target[...] = 0
    for number, weight in enumerate(_cubic_weights(place.part)):
        target += weight * _slice_axis(wide, axis, first + whole + number, last + whole + number)
    return out


def _extrapolate_edges(planes: Planes, axis: int) -> Planes:
    """One more pixel at both ends of an axis, on the straight line through the last two."""
    count = planes.shape[axis]
    before = 2 * _slice_axis(planes, axis, 0, 1) - _slice_axis(planes, axis, 1, 2)
    after = 2 * _slice_axis(planes, axis, count - 1, count) - _slice_axis(
        planes, axis, count - 2, count - 1
    )
    return np.concatenate([before, planes, after], axis=axis)


def _slice_axis(planes: Planes, axis: int, first: int, last: int) -> Planes:
    """A view of part of one axis."""
    place: list[slice] = [slice(None)] * planes.ndim
    place[axis] = slice(first, last)
    return planes[tuple(place)]


def _all_seen(seen: Mask, down: Sequence[int], right: Sequence[int]) -> Mask:
    """Where all pixels at these rows and columns from a pixel are seen; none is beyond the edge."""
    rows = np.logical_and.reduce([moved_whole(seen, 0, tap) for tap in down])
    both: Mask = np.logical_and.reduce([moved_whole(rows, tap, 0) for tap in right])
    return both


def _repair_near_gaps(
    found: Planes, plane: Planes, seen: Mask, down: _PixelOffset, right: _PixelOffset
) -> None:
    """Interpolate again what unseen pixels leaked into, and blank what cannot be."""
    near = _all_seen(seen, down.inner, right.inner)
    found[~near] = np.nan
    rows, columns = np.nonzero(near & ~_all_seen(seen, down.taps, right.taps))
    at_rows = rows[:, None, None] + down.whole + np.array(TAPS)  # (pixel, column, row)
    at_columns = columns[:, None, None] + right.whole + np.array(TAPS)[:, None]
    height, width = seen.shape
    is_inside = (at_rows >= 0) & (at_rows < height) & (at_columns >= 0) & (at_columns < width)
    place = np.clip(at_rows, 0, height - 1), np.clip(at_columns, 0, width - 1)
    values, there = _interpolate_taps(plane[place], seen[place] & is_inside, down)
    found[rows, columns] = _interpolate_taps(values, there, right)[0]


def _interpolate_taps(values: Planes, seen: Mask, offset: _PixelOffset) -> tuple[Planes, Mask]:
    """Interpolated between four taps, shape (..., 4), and whether the inner ones were seen."""
    before, here, after, behind = np.moveaxis(values, -1, 0)
    taps = (
        np.where(seen[..., 0], before, 2 * here - after),
        here,
        after,
        np.where(seen[..., 3], behind, 2 * after - here),
    )
    total = np.zeros_like(here)
    for weight, tap in zip(_cubic_weights(offset.part), taps, strict=True):
        total += weight * tap
    return total, seen[..., 1] & (seen[..., 2] | (offset.part == 0))
