"""The area of a zone on which things stand, whatever is usual there.

It is measured by roughness: pavement is smooth, and what stands on it makes light and shadow,
which is longer the lower the sun. The level of a look does not matter, and bare ground need not
have been seen, since it is about as smooth everywhere. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats, Mask
from assets.activity.indices.indices import brightness, texture
from assets.activity.indices.zone_pixels import ZonePixels
from assets.activity.looks.zone_looks import ZoneBox, ZoneLook
from assets.activity.usual.pattern import DARKEST
from resources.models import RESOLUTION_M, ZoneKind

PAVED: Final[tuple[ZoneKind, ...]] = ("apron", "parking", "yard", "storage", "berth")
"""Kinds on which things stand on ground, or water, that is alike all over."""
NEVER_CHANGES: Final = "never_changes"  # flag of `CoveredArea.is_fixed`
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
FALLEN: Final = 0.5  # of its usual roughness below which a pixel has been cleared; chosen
STEADY: Final = 0.05  # of past looks that show a pixel cleared, up to which it never is; as FULL
FALLEN_PART: Final = 0.2  # of what is steady, from which on none of it is ground; chosen
FIXED_PART: Final = 0.8  # of what is rough; more that never changes are buildings; stock has 0.6
WHOLE: Final = 0.99  # of a pixel that lies in the zone; others show what is beside it
PIXELS_MIN: Final = 6  # whole ones; fewer are not told apart from one object


@dataclass(frozen=True, slots=True)
class CoveredArea:
    """What covers a zone in a look.

    Attributes:
        area_m2: of things, square metres; NaN where too few pixels are seen.
        past_m2: the same in past looks on the same pixels, shape (look,).
        is_fixed: whether nearly all that is rough there never changes, as buildings do.
    """

    area_m2: float
    past_m2: Floats
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class CoveredPast:
    """Roughness of the ground of a zone in past looks, or why it is unknown.

    Attributes:
        reason: flag that says why nothing is known, "" where it is.
        bare: roughness of its bare ground, no unit.
        excess: roughness beyond it in past looks, sun at 45 degrees, shape (look, pixel), NaN
            unseen.
        usual: the middle of it, shape (pixel,).
        steady: pixels that are rough in nearly every look, shape (pixel,).
    """

    reason: str
    bare: float
    excess: npt.NDArray[np.float32]
    usual: npt.NDArray[np.float32]
    steady: Mask

    def cover(self, look: ZoneLook, box: ZoneBox) -> CoveredArea:
        """The covered area of the zone in a new look.

        Pixels that are rough in nearly every look are ground (markings, kerbs, roofs) until a part
        of them is cleared: then they were things, and count in past looks too. Hidden pixels are
        taken to be like those that are seen.
        """
        now = self._beyond_bare(look, box)
        seen = np.isfinite(now)
        ground = self._ground(now)
        counted = seen & ~ground
        if counted.sum() < PIXELS_MIN:
            counted = seen
        both = np.concatenate([now[None], self.excess])
        areas = _area_m2(both, counted, seen.sum(), box.zone)
        rough = np.maximum(self.usual, 0.0)
        is_fixed = bool(rough[ground].sum() > FIXED_PART * rough[seen].sum())
        return CoveredArea(float(areas[0]), areas[1:], is_fixed)

    def _beyond_bare(self, look: ZoneLook, box: ZoneBox) -> Floats:
        """Roughness of a look beyond that of bare ground, sun at 45 degrees, shape (pixel,)."""
        return np.asarray(
            (pixel_roughness(look, box) - self.bare) / _shadow_factor(look.look.sun_deg)
        )

    def _ground(self, now: Floats) -> Mask:
        """Pixels that are rough in nearly every look; none where a part of them is cleared."""
        steady = self.steady & np.isfinite(now)
        fallen = steady & (now < FALLEN * self.usual)
        is_cleared = self.usual[fallen].sum() >= FALLEN_PART * self.usual[steady].sum()
        return steady & (not is_cleared)


def learn_covered(box: ZoneBox, looks: Sequence[ZoneLook]) -> CoveredPast:
    """The bare ground of a zone and what stood on it in past looks.

    Args:
        box: of the zone.
        looks: past looks.

    Source:
        Own: docs/methods/indices.md; tests/unit/assets/activity/test_covered_area.py.
    """
    if box.zone.kind not in FULL:
        return _unknown_past("not_paved")
    rough = np.array([pixel_roughness(look, box) for look in looks])
    known = np.sort(rough[np.isfinite(rough)])
    if len(known) < PIXELS_MIN * max(len(looks), 1):
        return _unknown_past("too_few_pixels")
    bare = min(float(known[: max(round(SMOOTHEST * len(known)), 1)].mean()), BARE_MAX)
    shades = np.array([_shadow_factor(look.look.sun_deg) for look in looks])
    excess = ((rough - bare) / shades[:, None]).astype(np.float32)
    usual = robust.nan_median(excess)
    with np.errstate(invalid="ignore"):
        cleared = (excess < FALLEN * usual).sum(axis=0)
        steady = (usual > 0) & (cleared <= STEADY * np.isfinite(excess).sum(axis=0))
    return CoveredPast("", bare, excess, np.nan_to_num(usual), steady)


def _unknown_past(reason: str) -> CoveredPast:
    """Where nothing is known, with the flag that says why."""
    nothing = np.empty(0, np.float32)
    return CoveredPast(reason, np.nan, nothing[None], nothing, nothing > 0)


def _shadow_factor(sun_deg: float) -> float:
    """Roughness of things over that with the sun at 45 degrees, by the length of shadows."""
    return (1.0 + SHADOWS / math.tan(math.radians(max(sun_deg, LOWEST_DEG)))) / (1.0 + SHADOWS)


def _area_m2(excess: Floats, counted: Mask, pixels: int, zone: ZonePixels) -> Floats:
    """Area covered in looks by what `counted` of so many pixels of a zone show, shape (look,)."""
    seen = np.isfinite(excess[:, counted])
    number = seen.sum(axis=1)
    total = np.where(seen, excess[:, counted], 0.0).sum(axis=1)
    share = total / np.maximum(number, 1) * (counted.sum() / max(pixels, 1)) / FULL[zone.kind]
    area = np.clip(share, 0.0, 1.0) * zone.area_m2.sum()
    return np.asarray(np.where(number >= PIXELS_MIN, area, np.nan))


def pixel_roughness(look: ZoneLook, box: ZoneBox) -> Floats:
    """Standard deviation of 3 by 3 pixels over their brightness, of the pixels of a zone.

    Returns:
        No unit, shape (pixel,); NaN where pixels are hidden or not wholly in the zone, or fewer
        than six of the nine are.

    Raises:
        ValueError: the look is not of the box.

    Source:
        Variance of grey levels: Haralick et al. 1973, doi:10.1109/TSMC.1973.4309314; over
        brightness: own, docs/methods/indices.md.
    """
    bright = brightness(look.look.reflectance.reshape(len(look.look.reflectance), -1))
    image = bright.reshape(box.shape)
    rough = texture(image, look.look.clear & _whole_pixels(box)) / np.maximum(image, DARKEST)
    return np.asarray(rough.ravel()[box.inside], np.float64)


def _whole_pixels(box: ZoneBox) -> Mask:
    """Pixels of a box that lie wholly in its zone, shape (y, x)."""
    return np.asarray(box.area_m2 >= WHOLE * RESOLUTION_M**2)
