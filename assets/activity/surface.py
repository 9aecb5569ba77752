"""What each pixel of a zone would show with nothing on it, and how its brightness is textured.

Pure. Expectations come from `expectation`; errors and zones are `baseline`'s job.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assets.activity import robust
from assets.activity.models import Floats, Mask
from assets.constants import MAD_TO_SIGMA
from resources.models import ZoneKind

PAVED: Final[tuple[ZoneKind, ...]] = ("apron", "parking", "yard")
"""Kinds on which things stand for long, on a surface that is much the same all over."""
ODD_SIGMA: Final = 3.0  # expected pixels that differ more from their zone are not bare surface
ODD_FLOOR: Final = 0.01  # reflectance; pavement is not more even than that


def odd_pixels(expected: Floats, kind: ZoneKind) -> Mask:
    """Pixels of a paved zone whose expectation is far from that of the zone, shape (pixel,).

    They are taken to be always occupied; on other kinds of zone none is.

    Args:
        expected: reflectance, shape (band, pixel), NaN where unknown.
        kind: of the zone.
    """
    if kind not in PAVED:
        return np.zeros(expected.shape[1], bool)
    centre = robust.median(expected.T)[:, None]
    size = MAD_TO_SIGMA * robust.median(np.abs(expected - centre).T)
    spread = np.maximum(size, ODD_FLOOR)
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(expected - centre) / spread[:, None] > ODD_SIGMA).any(axis=0))


def bare_surface(expected: Floats, odd: Mask) -> Floats:
    """What each pixel of a zone would show with nothing on it.

    Args:
        expected: reflectance, shape (look, band, pixel).
        odd: of `odd_pixels`, shape (pixel,).

    Returns:
        The expectation itself, or where something always stands the surface of the zone, (look,
        band, pixel).
    """
    if not odd.any():
        return expected
    centre = np.stack([robust.median(one.T) for one in expected])
    return np.where(odd, centre[..., None], expected)
