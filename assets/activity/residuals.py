"""The brightness that a look has beyond its expectation, as a picture of the whole site.

Pure. For the eye only: no number of a zone comes from it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.align.lattice import blocks_of
from assets.activity.fit.arrays import Floats
from assets.activity.indices.indices import FIELD_INDICES
from assets.activity.looks.past_days import evenly_spaced_positions
from assets.activity.looks.zone_looks import BANDS, SiteLook
from assets.activity.usual.block_past import BlockPast

RESIDUAL_SCALE: Final = 1e-4  # reflectance of one step in the stored residual
UNSEEN: Final = -32768  # in the stored residual
LOOKS: Final = 12  # past looks that tell the detail inside blocks
CHANNEL: Final = BANDS + FIELD_INDICES.index("brightness")


def residual_image(
    look: SiteLook, past: BlockPast, shape: tuple[int, int]
) -> npt.NDArray[np.int16] | None:
    """Observed minus expected brightness of the clear pixels of a look.

    Expected are the course of each block over the year and the usual detail inside it; the median
    departure of all blocks in this look is subtracted.

    Returns:
        Steps of RESIDUAL_SCALE reflectance, shape (y, x), UNSEEN where not clear or not known;
        None where nothing is known.

    Raises:
        IndexError: `shape` has more blocks than the looks.
        ValueError: `shape` has another number of pixels than the looks.

    Source:
        Own, for pictures only; courses as `fit_seasons`.
    """
    blocks = blocks_of(np.arange(shape[0] * shape[1]), shape)
    chosen = [past.looks[place] for place in evenly_spaced_positions(len(past.looks), LOOKS)]
    inside = np.stack([one.brightness.ravel() - one.blocks[CHANNEL][blocks] for one in chosen])
    seen = np.isfinite(inside)
    detail = np.where(seen, inside, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    departure: Floats = past.departures(look)[0, CHANNEL]
    if not np.isfinite(departure).any():
        return None
    course = look.blocks[CHANNEL] - departure + np.nanmedian(departure)
    difference = look.brightness.ravel() - course[blocks] - detail
    usable = np.isfinite(difference) & seen.any(axis=0)
    if not usable.any():
        return None
    steps = np.clip(np.where(usable, difference, 0.0) / RESIDUAL_SCALE, -32767, 32767)
    return np.where(usable, np.round(steps), UNSEEN).astype(np.int16).reshape(shape)
