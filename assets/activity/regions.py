"""Which pixels of a view depart together: one region a thing, parted where a valley is deep.

Segmentation only; strengths come from `peaks`, and what a region is worth is `objects`' business.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from assets.activity.models import Floats, Mask
from assets.activity.peaks import SCALES_M, Departures, find_departures

EDGE_SCORE: Final = 4.0  # standard deviations of four bands together: 0.3 % of noise is beyond
VALLEY: Final = 0.4  # of the lower of two peaks; wing tips 15 m apart leave a deeper one
SKIRT: Final = 0.08  # of its peak, where a departure ends; the blur leaves less beside an edge
FAINT: Final = 0.6  # of its peak, where a departure ends that only the coarser filters see
PLAIN: Final = math.log(1e-4)  # false alarms; stronger ones would hide or feign others beside them
BESIDE_PX: Final = 3  # what the blur and the filters carry beyond the edge of a plain region
EIGHT: Final = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True)
class Region:
    """Pixels of one departure.

    `box` cuts it out of the view and `pixels` says which of the box are its own; `log_alarms`
    and `score` are those of its strongest pixel.
    """

    box: tuple[slice, slice]
    pixels: Mask
    is_bright: bool
    log_alarms: float
    score: float


def find_regions(
    scores: Floats, seen: Mask, light: Floats, *, pixel_m: float, valley: float = VALLEY
) -> list[Region]:
    """Regions of one sign, each round a peak that noise does not explain.

    First those that the finest filter shows plainly, at its resolution; then, with those and
    their surroundings taken out, the faint ones that any filter shows. A region that touches a
    stronger one of the other sign is left out: the shadow of a bright thing, or the halo of a
    dark one.

    Args:
        scores: residuals in sigma, from `peaks.scored_bands`, shape (4, y, x).
        seen: shape (y, x).
        light: mean residual of the bands, shape (y, x); its sign parts bright from dark.
        pixel_m: ground pixel, metres.
        valley: two regions are one unless the strength between them falls to less than this share
            of the lower of their peaks.

    Returns:
        Strongest first; those that at most one noise peak a view would match.
    """
    fine = find_departures(scores, seen, scales_m=SCALES_M[:1], pixel_m=pixel_m)
    cut = functools.partial(_plain_regions, valley=valley)
    plain = _part(fine, seen, light, find=cut, log_alarms_max=PLAIN)
    covered = np.zeros(seen.shape, dtype=bool)
    for one in plain:
        covered[one.box] |= one.pixels
    rest = seen & ~ndimage.binary_dilation(covered, EIGHT, iterations=BESIDE_PX)
    both = find_departures(np.where(rest, scores, 0.0), rest, pixel_m=pixel_m)
    faint = _part(both, rest, light, find=_faint_regions, log_alarms_max=0.0)
    found = sorted(plain + faint, key=lambda one: one.log_alarms)
    return _without_shadows(found, seen.shape)


def _part(
    departures: Departures,
    seen: Mask,
    light: Floats,
    *,
    find: Callable[[Departures, Mask], npt.NDArray[np.int32]],
    log_alarms_max: float,
) -> list[Region]:
    """Regions, bright and dark ones apart."""
    found = []
    for side in (seen & (light > 0), seen & (light < 0)):
        if not (departures.log_alarms[side] <= log_alarms_max).any():
            continue
        numbers = find(departures, side)
        found += [
            _region(departures, light, box=(box[0], box[1]), pixels=numbers[box] == number)
            for number, box in enumerate(ndimage.find_objects(numbers), start=1)
            if box is not None
        ]
    return [one for one in found if one.log_alarms <= log_alarms_max]


def _plain_regions(departures: Departures, side: Mask, *, valley: float) -> npt.NDArray[np.int32]:
    """Numbered departures with all of their slopes, 0 elsewhere."""
    strength = np.where(side, departures.strength, 0.0)
    inside = strength > EDGE_SCORE
    height = np.log(np.maximum(strength, EDGE_SCORE))
    flooded = reconstruction(height + math.log(valley), height, footprint=EIGHT)  # type: ignore[no-untyped-call]
    tops, _ = ndimage.label(local_maxima(flooded, connectivity=2) & inside, EIGHT)  # type: ignore[no-untyped-call]
    numbers = watershed(-strength, tops, mask=inside, connectivity=2)  # type: ignore[no-untyped-call]
    peaks = np.asarray(ndimage.maximum(strength, numbers, np.arange(numbers.max() + 1)))
    return np.where(strength > peaks[numbers] * SKIRT, numbers, 0).astype(np.int32)


def _faint_regions(departures: Departures, side: Mask) -> npt.NDArray[np.int32]:
    """Numbered tops of departures, 0 elsewhere."""
    strength = np.where(side, departures.strength, 0.0)
    numbers, count = ndimage.label((departures.log_alarms < 0) & side, EIGHT)
    peaks = np.asarray(ndimage.maximum(strength, numbers, np.arange(count + 1)))
    return np.where(strength > FAINT * peaks[numbers], numbers, 0).astype(np.int32)


def _region(
    departures: Departures, light: Floats, *, box: tuple[slice, slice], pixels: Mask
) -> Region:
    """A region with its strongest pixel."""
    alarms = np.where(pixels, departures.log_alarms[box], np.inf)
    strongest = np.unravel_index(np.argmin(alarms), alarms.shape)
    return Region(
        box=box,
        pixels=pixels,
        is_bright=bool(light[box][pixels].sum() > 0),
        log_alarms=float(alarms[strongest]),
        score=float(departures.strength[box][strongest]),
    )


def _without_shadows(regions: list[Region], shape: tuple[int, ...]) -> list[Region]:
    """Regions in order of strength, but those that touch a stronger one of the other sign."""
    taken = {True: np.zeros(shape, dtype=bool), False: np.zeros(shape, dtype=bool)}
    kept = []
    for one in regions:
        if not (taken[not one.is_bright][one.box] & one.pixels).any():
            kept.append(one)
            rows, columns = one.box
            wider = (
                slice(max(rows.start - 1, 0), rows.stop + 1),
                slice(max(columns.start - 1, 0), columns.stop + 1),
            )
            own = np.zeros(shape, dtype=bool)
            own[one.box] = one.pixels
            taken[one.is_bright][wider] |= ndimage.binary_dilation(own[wider], EIGHT)
    return kept
