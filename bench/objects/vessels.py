"""Vessels in one look at a port: what is bright, narrow and compact on the water round it.

The gates that a ship must pass; backgrounds are `surroundings`'s, candidates those of `objects`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.detect.objects import ObjectCandidate, find_objects
from assets.activity.fit.arrays import Mask
from assets.activity.indices.indices import FINE_BANDS
from assets.activity.indices.zone_pixels import ZoneView
from assets.activity.measure.surroundings import (
    FLOATING_M,
    FLOATING_M2,
    NIR,
    SurfaceMasks,
    expect_spatially,
)
from resources.models import REFLECTANCE_BANDS

WIDEST_M: Final = 75.0  # the largest ships are 62 m; wider is a shoal, a cloud or a reef
CONTRAST_MIN: Final = 0.03  # reflectance; glint, slicks and silt stay under it
NIR_MIN: Final = (
    0.02  # reflectance in near infrared, which water hides: sand and reefs lie under it
)
GREEN_MAX: Final = 0.5  # NDVI of its light; paint stays under it, trees on an island do not
LONG_M: Final = 200.0  # metres; longer ones are large ships
SLIM: Final = 11.0  # length over width; ships longer than LONG_M have 9.5 at most, breakwaters more
SMALLEST_M2: Final = 100.0  # one pixel; smaller ones are buoys, boats and whitecaps
LIKELY: Final = 0.5  # chance; as likely a vessel as not
VALLEY: Final = 0.2  # of the lower of two peaks: a dark deck between bridge and bow is brighter
RED: Final = REFLECTANCE_BANDS.index("red")


def find_vessels(
    reflectance: npt.NDArray[np.floating],
    clear: Mask,
    surfaces: SurfaceMasks,
    *,
    pixel_m: float = 10.0,
) -> list[ObjectCandidate]:
    """Bright candidates on the water that a ship could be, strongest first.

    Args:
        reflectance: shape (band, y, x), bands as in REFLECTANCE_BANDS.
        clear: shape (y, x).
        surfaces: water and land of the scene, from `surroundings.find_surfaces`.
        pixel_m: ground pixel, metres.

    Returns:
        Those that are likelier than noise. Also found are buoys in rows, piers and rocks that
        stand alone in the water, and the wakes of fast boats.
    """
    view = expect_spatially(reflectance, clear & surfaces.water, surfaces=surfaces, pixel_m=pixel_m)
    found = find_objects(view, pixel_m=pixel_m, largest_m2=FLOATING_M2, valley=VALLEY)
    return [one for one in found if _could_float(one) and _is_painted(view, one)]


def _could_float(one: ObjectCandidate) -> bool:
    """Whether a candidate has the light and the measures of a ship."""
    return (
        one.probability >= LIKELY
        and one.contrast >= CONTRAST_MIN
        and one.area_m2 >= SMALLEST_M2
        and one.width_m <= WIDEST_M
        and one.length_m <= FLOATING_M
        and (one.length_m <= LONG_M or one.length_m <= SLIM * one.width_m)
    )


def _is_painted(view: ZoneView, one: ObjectCandidate) -> bool:
    """Whether the light of its brighter half is that of something above water and not green."""
    light = view.residual[:, *one.box]
    mean = light[list(FINE_BANDS)].mean(axis=0)
    red, nir = (float(light[band][mean >= one.contrast / 2].mean()) for band in (RED, NIR))
    return nir >= NIR_MIN and nir - red <= GREEN_MAX * (nir + max(red, 0.0))
