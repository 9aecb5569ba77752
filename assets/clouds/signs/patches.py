"""Patches of connected flagged pixels, selected by size or by seeds.

Pure geometry, used for clouds and for water.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from assets.clouds.signs.log_odds import Flags

ALL_SIDES: Final = np.ones((3, 3), bool)  # pixels that touch at a corner are one patch
EDGES: Final = ndimage.generate_binary_structure(2, 1)  # only those that share an edge are


def large_patches(flags: Flags, least_px: float, *, touching: Flags = ALL_SIDES) -> Flags:
    """The pixels of patches of at least `least_px` pixels, shape (y, x).

    Args:
        flags: shape (y, x).
        least_px: size of the smallest patch that stays.
        touching: which neighbours of a pixel are of its patch, shape (3, 3).

    Raises:
        RuntimeError: `flags` does not have two axes (of scipy's label).
    """
    labels, _ = ndimage.label(flags, structure=touching)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= least_px)[labels])


def seeded_patches(flags: Flags, seeds: Flags) -> Flags:
    """The pixels of patches that hold a seed, shape (y, x)."""
    return np.asarray(ndimage.binary_propagation(seeds & flags, structure=ALL_SIDES, mask=flags))
