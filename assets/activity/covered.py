"""How much of a zone things stand on, whatever is usual there.

Things are told by how rough they make the ground: pavement is smooth, and what stands on it casts
light and shadow, which is longer the lower the sun. The level of a look does not matter, and bare
ground need not have been seen: it is about as smooth everywhere. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.indices import brightness, texture
from assets.activity.models import Floats, Mask, ZonePixels
from assets.activity.pattern import DARKEST
from assets.activity.zone_looks import ZoneBox, ZoneLook
from resources.models import RESOLUTION_M, ZoneKind

PAVED: Final[tuple[ZoneKind, ...]] = ("apron", "parking", "yard", "storage", "berth")
"""Kinds on which things stand on ground, or water, that is alike all over."""
FULL: Final[dict[ZoneKind, float]] = {
    "apron": 0.83,  # helicopters; wide aircraft, of which few pixels are an edge, are told at half
    "parking": 0.18,  # vehicles
    "storage": 0.43,  # containers
    "yard": 0.58,  # stockpiles
}
"""Roughness beyond that of bare ground where all is covered, sun at 45 degrees, no unit, by what
usually stands on a kind of zone; fitted on worlds 1 to 39. Areas of one zone are off by a factor of
1.3 to 1.7 by it, shares of what is usual are not."""
SHADOWS: Final = 0.4  # of roughness by shadow over that by light, sun at 45 degrees; as FULL
LOWEST_DEG: Final = 12.0  # height of the sun; below, shadows of things fall into each other
SMOOTHEST: Final = 0.2  # of the pixels of all looks, taken for bare; fitted on worlds 1 to 39
BARE_MAX: Final = 0.035  # roughness of bare pavement at most, no unit; fitted on worlds 1 to 39
WHOLE: Final = 0.99  # of a pixel that lies in the zone; others show what is beside it
PIXELS_MIN: Final = 6  # whole ones; fewer are not told apart from one object


@dataclass(frozen=True, slots=True)
class CoveredPast:
    """What past looks tell of the ground of a zone, or why they do not.

    Attributes:
        bare: roughness of its bare ground, no unit; NaN unknown.
        reason: flag that says why, "" where it is known.
        areas_m2: covered in each past look, shape (look,); NaN unknown.
    """

    bare: float
    reason: str
    areas_m2: Floats


def learn_covered(box: ZoneBox, looks: Sequence[ZoneLook]) -> CoveredPast:
    """The bare ground of a zone and what was covered of it in past looks.

    Args:
        box: of the zone.
        looks: past looks.
    """
    unknown = np.full(len(looks), np.nan)
    if box.zone.kind not in FULL:
        return CoveredPast(np.nan, "not_paved", unknown)
    rough = np.array([roughness(look, box) for look in looks])
    high = [look.look.sun_deg for look in looks]
    known = np.sort(rough[np.isfinite(rough)])
    if len(known) < PIXELS_MIN * max(len(looks), 1):
        return CoveredPast(np.nan, "too_few_pixels", unknown)
    bare = min(float(known[: max(round(SMOOTHEST * len(known)), 1)].mean()), BARE_MAX)
    areas = [covered_m2(one, bare, box.zone, sun) for one, sun in zip(rough, high, strict=True)]
    return CoveredPast(bare, "", np.array(areas))


def covered_m2(rough: Floats, bare: float, zone: ZonePixels, sun_deg: float) -> float:
    """Area of a zone on which things stand, as if what is hidden were like what is seen.

    Args:
        rough: of its pixels, as of `roughness`.
        bare: roughness of its bare ground.
        zone: of a kind of FULL.
        sun_deg: height of the sun, degrees: shadows are as long as its cotangent.

    Returns:
        Square metres; NaN where fewer than PIXELS_MIN pixels tell a roughness.
    """
    seen = rough[np.isfinite(rough)]
    if len(seen) < PIXELS_MIN:
        return float("nan")
    long = 1.0 / math.tan(math.radians(max(sun_deg, LOWEST_DEG)))
    shade = (1.0 + SHADOWS * long) / (1.0 + SHADOWS)
    share = (float(seen.mean()) - bare) / (FULL[zone.kind] * shade)
    return min(max(share, 0.0), 1.0) * float(zone.area_m2.sum())


def roughness(look: ZoneLook, box: ZoneBox) -> Floats:
    """Standard deviation of 3 by 3 pixels over their brightness, of the pixels of a zone.

    Returns:
        No unit, shape (pixel,); NaN where pixels are hidden or not wholly in the zone, or fewer
        than six of the nine are.
    """
    bright = brightness(look.look.reflectance.reshape(len(look.look.reflectance), -1))
    image = bright.reshape(box.shape)
    rough = texture(image, look.look.clear & _whole(box)) / np.maximum(image, DARKEST)
    return np.asarray(rough.ravel()[box.inside], np.float64)


def _whole(box: ZoneBox) -> Mask:
    """Pixels of a box that lie wholly in its zone, shape (y, x)."""
    return np.asarray(box.area_m2 >= WHOLE * RESOLUTION_M**2)
