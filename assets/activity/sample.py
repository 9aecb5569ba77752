"""Which ground of a site stands for the rest of it when a zone is judged: square blocks.

Blocks, not single pixels, since what moves the mean of a zone by chance (haze, damp, the season of
the year) is smooth, and shows in means of blocks. Pure and deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import indices
from assets.activity.models import Floats, Mask, ZonePixels
from assets.activity.spectral import spectral

BLOCK_PX: Final = 5  # side of a block, 50 m
SAMPLE_BLOCKS: Final = 80  # of the rest of the site: 2000 pixels; a fit has 8 unknowns a band
FIT_EVERY: Final = 3  # pixels
KINDS_SIDE: Final = 6  # quantile steps of brightness and of greenness
Positions = npt.NDArray[np.intp]


def judged_pixels(zones: Sequence[ZonePixels], shape: tuple[int, ...]) -> Mask:
    """Pixels of any zone that is watched for change, not being a reference, shape (y, x)."""
    judged = np.zeros(shape, bool)
    for zone in zones:
        if zone.kind != "reference":
            judged.ravel()[zone.index] = True
    return judged


def choose_sample(
    expected: Floats, bands: Sequence[int], judged: Mask, zone: ZonePixels
) -> Positions:
    """At most SAMPLE_BLOCKS blocks that stand for the rest of the site.

    None of a judged zone or of this one. Drawn by kinds of ground (cells of brightness and
    greenness): half as the kinds are found in the zone, half from all kinds alike, so that a
    concrete apron amid grass is not predicted from what grass does in spring.

    Args:
        expected: what each pixel ordinarily shows, shape (band, y, x), NaN where unknown.
        bands: positions of the bands that are known.
        judged: of `judged_pixels`.
        zone: that is left out.

    Returns:
        Positions in the flattened grid, shape (block, BLOCK_PX ** 2).
    """
    usable = np.isfinite(expected[list(bands)]).all(axis=0) & ~judged
    usable.ravel()[zone.index] = False
    blocks = whole_blocks(usable)
    if len(blocks) <= SAMPLE_BLOCKS:
        return blocks
    flat = expected.reshape(len(expected), -1)
    cells, own = _kinds_of_ground(flat[:, blocks].mean(axis=2), flat[:, zone.index])
    count = np.bincount(cells, minlength=KINDS_SIDE**2)
    here = np.bincount(own, minlength=KINDS_SIDE**2) * (count > 0)
    alike = (count > 0) / max((count > 0).sum(), 1)
    share = 0.5 * alike + 0.5 * (here / here.sum() if here.any() else alike)
    wanted = np.minimum(np.ceil(share * SAMPLE_BLOCKS).astype(np.intp), count)
    drawn = [
        np.flatnonzero(cells == cell)[np.linspace(0, count[cell] - 1, wanted[cell]).astype(np.intp)]
        for cell in np.flatnonzero(wanted)
    ]
    return np.asarray(blocks[np.sort(np.concatenate(drawn))])


def fitted(blocks: Positions) -> Positions:
    """The pixels of blocks that levels and season are fitted on: every FIT_EVERY-th of each.

    Pixels of a block wander together, so the others would add time and little else.
    """
    return np.asarray(blocks[:, ::FIT_EVERY].ravel())


def whole_blocks(usable: Mask) -> Positions:
    """Blocks of a regular pattern that are usable throughout, shape (block, BLOCK_PX ** 2)."""
    rows, columns = (side // BLOCK_PX for side in usable.shape)
    inside = np.s_[: rows * BLOCK_PX, : columns * BLOCK_PX]
    cut = (rows, BLOCK_PX, columns, BLOCK_PX)
    grid = np.arange(usable.size).reshape(usable.shape)[inside].reshape(cut)
    whole = usable[inside].reshape(cut).all(axis=(1, 3))
    return np.asarray(grid.transpose(0, 2, 1, 3)[whole].reshape(-1, BLOCK_PX**2))


def _kinds_of_ground(rest: Floats, zone: Floats) -> tuple[Positions, Positions]:
    """Cell of brightness and greenness of each block of the rest and of each pixel of a zone.

    Cells are bounded by quantiles of the rest; inputs have shape (band, block) and (band, pixel).
    """
    cells = np.zeros(rest.shape[1], np.intp)
    own = np.zeros(zone.shape[1], np.intp)
    steps = np.arange(1, KINDS_SIDE) / KINDS_SIDE
    pairs = (
        (indices.brightness(rest), indices.brightness(zone)),
        (spectral("ndvi", rest), spectral("ndvi", zone)),
    )
    for of_rest, of_zone in pairs:
        limits = np.quantile(np.nan_to_num(of_rest), steps)
        cells = cells * KINDS_SIDE + np.searchsorted(limits, np.nan_to_num(of_rest))
        own = own * KINDS_SIDE + np.searchsorted(limits, np.nan_to_num(of_zone))
    return cells, own
