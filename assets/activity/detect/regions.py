"""Groups pixels that depart into regions, one a thing, and splits them at deep valleys.

Segmentation only: strengths come from `matched_filter`; `objects` rates the regions.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from assets.activity.detect.matched_filter import (
    SCALES_M,
    PixelDepartures,
    ViewNoise,
    find_departures,
)
from assets.activity.fit.arrays import Floats, Mask

EDGE_SCORE: Final = 4.0  # standard deviations of four bands together: 0.3 % of noise is beyond
VALLEY: Final = 0.4  # of the lower of two peaks; wing tips 15 m apart leave a deeper one
SKIRT: Final = 0.08  # of its peak, where a departure ends; the blur leaves less beside an edge
FAINT: Final = 0.6  # of its peak, where a departure ends that only the coarser filters see
PLAIN: Final = math.log(1e-4)  # false alarms; stronger ones would hide or feign others beside them
BESIDE_PX: Final = 3  # what the blur and the filters carry beyond the edge of a plain region
EIGHT: Final = np.ones((3, 3), dtype=bool)  # pixels that touch at a corner are one
Box = tuple[slice, slice]
Part = tuple[Box, Mask]  # a box of the view and which of its pixels are meant


@dataclass(frozen=True, slots=True)
class DepartureRegion:
    """Pixels of one departure.

    `box` cuts it out of the view and `pixels` says which of the box are its own; `log_alarms`
    and `score` are those of its strongest pixel.
    """

    box: Box
    pixels: Mask
    is_bright: bool
    log_alarms: float
    score: float


def find_regions(
    noise: ViewNoise, light: Floats, *, valley: float = VALLEY
) -> list[DepartureRegion]:
    """Regions of one sign, each round a peak that noise does not explain.

    First those that the finest filter shows plainly, at its resolution; then, with those and
    their surroundings taken out, the faint ones that any filter shows. A region that touches a
    stronger one of the other sign is left out: the shadow of a bright thing, or the halo of a
    dark one.

    Args:
        noise: of the view.
        light: mean residual of the bands, shape (y, x); its sign parts bright from dark.
        valley: two regions are one unless the strength between them falls to less than this share
            of the lower of their peaks.

    Returns:
        Strongest first; those that at most one noise peak a view would match.

    Raises:
        ValueError: something departs, and `light` does not broadcast to the view.

    Source:
        Watershed: Vincent and Soille 1991, doi:10.1109/34.87344; depth of valleys by
        reconstruction: Vincent 1993, doi:10.1109/83.217222; docs/methods/objects.md.
    """
    seen = rest = noise.seen
    fine = find_departures(noise, SCALES_M[:1])
    cut = functools.partial(_plain_parts, valley=valley)
    plain = _regions_by_sign(fine, seen, light, cut=cut, log_alarms_max=PLAIN)
    left: ViewNoise | None = noise
    if plain:
        rest = _seen_outside_regions(plain, seen)
        left = ViewNoise.of(np.where(rest, noise.scores, 0.0), rest, noise.pixel_m)
    faint = []
    if left is not None:
        both = find_departures(left)
        faint = _regions_by_sign(both, rest, light, cut=_faint_parts, log_alarms_max=0.0)
    found = sorted(plain + faint, key=lambda one: (one.log_alarms, -one.score))
    return _without_shadows(found, seen.shape)


def _seen_outside_regions(regions: list[DepartureRegion], seen: Mask) -> Mask:
    """What is seen away from regions."""
    covered = np.zeros(seen.shape, dtype=np.uint8)
    for one in regions:
        covered[one.box] |= one.pixels
    return np.asarray(seen & (ndimage.maximum_filter(covered, 2 * BESIDE_PX + 1) == 0))


def _regions_by_sign(
    departures: PixelDepartures,
    seen: Mask,
    light: Floats,
    *,
    cut: Callable[[PixelDepartures, Mask], Iterator[Part]],
    log_alarms_max: float,
) -> list[DepartureRegion]:
    """Regions, bright and dark ones apart."""
    near = seen & (departures.log_alarms <= log_alarms_max)
    if not near.any():
        return []
    found = []
    for side in (light > 0, light < 0):
        if (near & side).any():
            found += [
                _build_region(departures, light, part) for part in cut(departures, seen & side)
            ]
    return [one for one in found if one.log_alarms <= log_alarms_max]


def _plain_parts(departures: PixelDepartures, side: Mask, *, valley: float) -> Iterator[Part]:
    """Departures with all of their slopes.

    Summits so low that no valley above EDGE_SCORE could part them from others are left to the
    faint ones.
    """
    strength = np.where(side, departures.strength, 0.0)
    numbers, count = ndimage.label(strength > EDGE_SCORE, EIGHT)
    tops = (strength * valley > EDGE_SCORE) & (strength == ndimage.maximum_filter(strength, 3))
    summits = np.bincount(numbers[tops], minlength=count + 1)
    for number, box in _numbered_boxes(numbers):
        if summits[number]:
            own = np.where(numbers[box] == number, strength[box], 0.0)
            if summits[number] == 1:
                yield box, own > own.max() * SKIRT
            else:
                yield from _split_at_valleys(box, own, valley)


def _split_at_valleys(box: Box, strength: Floats, valley: float) -> Iterator[Part]:
    """A departure of several summits, cut where the valleys between them are deep."""
    strength = np.pad(strength, 1)
    height = np.log(np.maximum(strength, EDGE_SCORE))
    flooded = reconstruction(height + math.log(valley), height, footprint=EIGHT)  # type: ignore[no-untyped-call]
    inside = strength > EDGE_SCORE
    tops, _ = ndimage.label(local_maxima(flooded, connectivity=2) & inside, EIGHT)  # type: ignore[no-untyped-call]
    numbers = watershed(-strength, tops, mask=inside, connectivity=2)[1:-1, 1:-1]  # type: ignore[no-untyped-call]
    strength = strength[1:-1, 1:-1]
    for number, part in _numbered_boxes(numbers):
        own = np.where(numbers[part] == number, strength[part], 0.0)
        yield _box_in_view(box, part), own > own.max() * SKIRT


def _faint_parts(departures: PixelDepartures, side: Mask) -> Iterator[Part]:
    """Tops of departures."""
    numbers, _ = ndimage.label((departures.log_alarms < 0) & side, EIGHT)
    for number, box in _numbered_boxes(numbers):
        own = np.where(numbers[box] == number, departures.strength[box], 0.0)
        yield box, own > FAINT * own.max()


def _numbered_boxes(numbers: npt.NDArray[np.signedinteger]) -> Iterator[tuple[int, Box]]:
    """Numbers that occur and the boxes that hold them."""
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        if box is not None:
            yield number, (box[0], box[1])


def _box_in_view(outer: Box, inner: Box) -> Box:
    """A box given inside of another one, in the whole view."""
    rows, columns = (
        slice(beyond.start + one.start, beyond.start + one.stop)
        for beyond, one in zip(outer, inner, strict=True)
    )
    return rows, columns


def _trim_box(box: Box, pixels: Mask) -> Part:
    """The same pixels in the least box."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    inner = (
        slice(int(rows[0]), int(rows[-1]) + 1),
        slice(int(columns[0]), int(columns[-1]) + 1),
    )
    return _box_in_view(box, inner), pixels[inner]


def _build_region(departures: PixelDepartures, light: Floats, part: Part) -> DepartureRegion:
    """A region with its strongest pixel."""
    box, pixels = _trim_box(*part)
    alarms = np.where(pixels, departures.log_alarms[box], np.inf)
    strongest = np.unravel_index(np.argmin(alarms), alarms.shape)
    return DepartureRegion(
        box=box,
        pixels=pixels,
        is_bright=bool(light[box][pixels].sum() > 0),
        log_alarms=float(alarms[strongest]),
        score=float(departures.strength[box][strongest]),
    )


def _without_shadows(
    regions: list[DepartureRegion], shape: tuple[int, ...]
) -> list[DepartureRegion]:
    """Regions in order of strength, but those that touch a stronger one of the other sign."""
    taken = {True: np.zeros(shape, dtype=bool), False: np.zeros(shape, dtype=bool)}
    kept = []
    for one in regions:
        if not _touches_taken(one, taken[not one.is_bright]):
            kept.append(one)
            taken[one.is_bright][one.box] |= one.pixels
    return kept


def _touches_taken(one: DepartureRegion, taken: Mask) -> bool:
    """Whether a pixel of a region or one beside it is taken."""
    rows, columns = one.box
    top, left = max(rows.start - 1, 0), max(columns.start - 1, 0)
    near = taken[top : rows.stop + 1, left : columns.stop + 1]
    if not near.any():
        return False
    own = np.zeros(near.shape, dtype=bool)
    own[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = one.pixels
    return bool((ndimage.binary_dilation(own, EIGHT) & near).any())
