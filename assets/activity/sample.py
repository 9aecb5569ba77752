"""Which pixels of a site stand for the rest of it when a zone is judged.

Pure and deterministic; what is fitted on them is `radiometry`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import indices
from assets.activity.models import Floats, Mask, ZonePixels

SAMPLE_PIXELS: Final = 2000  # of the rest of the site; a fit has 8 unknowns a band
KINDS_SIDE: Final = 6  # quantile steps of brightness and of greenness


def judged_pixels(zones: Sequence[ZonePixels], shape: tuple[int, ...]) -> Mask:
    """Pixels of any zone that is watched for change, not being a reference, shape (y, x)."""
    judged = np.zeros(shape, bool)
    for zone in zones:
        if zone.kind != "reference":
            judged.ravel()[zone.index] = True
    return judged


def choose_sample(
    expected: Floats, bands: Sequence[int], judged: Mask, zone: ZonePixels
) -> npt.NDArray[np.intp]:
    """Positions of at most SAMPLE_PIXELS pixels that stand for the rest of the site.

    None of a judged zone or of this one. Drawn by kinds of ground (cells of brightness and
    greenness): half as the kinds are found in the zone, half from all kinds alike, so that a
    concrete apron amid grass is not predicted from what grass does in spring.
    """
    usable = np.isfinite(expected[list(bands)]).all(axis=0) & ~judged
    usable.ravel()[zone.index] = False
    positions = np.flatnonzero(usable)
    if len(positions) <= SAMPLE_PIXELS:
        return positions
    flat = expected.reshape(len(expected), -1)
    cells, own = _kinds_of_ground(flat[:, positions], flat[:, zone.index])
    count = np.bincount(cells, minlength=KINDS_SIDE**2)
    here = np.bincount(own, minlength=KINDS_SIDE**2) * (count > 0)
    alike = (count > 0) / max((count > 0).sum(), 1)
    share = 0.5 * alike + 0.5 * (here / here.sum() if here.any() else alike)
    wanted = np.minimum(np.ceil(share * SAMPLE_PIXELS).astype(np.intp), count)
    drawn = [
        np.flatnonzero(cells == cell)[np.linspace(0, count[cell] - 1, wanted[cell]).astype(np.intp)]
        for cell in np.flatnonzero(wanted)
    ]
    return np.asarray(np.sort(positions[np.concatenate(drawn)]))


def _kinds_of_ground(
    rest: Floats, zone: Floats
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Cell of brightness and greenness of each pixel of the rest of the site and of a zone.

    Cells are bounded by quantiles of the rest; both inputs have shape (band, pixel).
    """
    cells = np.zeros(rest.shape[1], np.intp)
    own = np.zeros(zone.shape[1], np.intp)
    steps = np.arange(1, KINDS_SIDE) / KINDS_SIDE
    for measure in (indices.brightness, indices.ndvi):
        values, of_zone = (np.nan_to_num(measure(pixels)) for pixels in (rest, zone))
        limits = np.quantile(values, steps)
        cells = cells * KINDS_SIDE + np.searchsorted(limits, values)
        own = own * KINDS_SIDE + np.searchsorted(limits, of_zone)
    return cells, own
