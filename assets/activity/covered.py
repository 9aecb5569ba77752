"""How much of a paved zone things stand on, whatever is usual there.

Bare ground is told by what it is, not by how often it is seen: it is smooth, alike all over the
zone and has no plants. Each pixel is then held against the bare ground that it has itself shown in
some look, or else against that of the zone. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import robust
from assets.activity.indices import FINE_BANDS
from assets.activity.models import Floats, Mask, ZonePixels
from assets.activity.pattern import fine_logarithms
from resources.models import RESOLUTION_M, ZoneKind

PAVED: Final[tuple[ZoneKind, ...]] = ("apron", "parking", "yard", "storage", "berth")
"""Kinds on which things stand on ground, or water, that is alike all over."""
PIXEL_M2: Final = RESOLUTION_M**2  # m2 of a pixel of the site grid
WHOLE: Final = 0.99  # of a pixel that lies in the zone; others show what is beside it
PIXELS_MIN: Final = 6  # whole ones; fewer are not told apart from one object
SMOOTHEST: Final = 0.05  # of pixels in all looks, taken for bare at first; fitted on worlds 1 to 39
ROUGH_MAX: Final = 0.06  # relative, over 3 x 3 pixels; full zones have more on worlds 1 to 39
SMOOTHER: Final = 0.75  # of the usual roughness, of a first look at bare ground; as ROUGH_MAX
BARE_SHARE: Final = 0.2  # of what the past covers, up to which such a look is bare; as ROUGH_MAX
GREEN_MAX: Final = 0.35  # NDVI; above it plants grow on what is smooth
NEAR: Final = 3.0  # usual distances within which a pixel is bare
NEAR_LEAST: Final = 0.03  # of the logarithm; gain of pixels beside each other is as even
ROUNDS: Final = 3  # of level and looks in turn; a fourth changes nothing on worlds 1 to 39
OFFSET_PIXELS: Final = 10.0  # bare ones that "the look has no offset" counts for; chosen
OWN_LOOKS: Final = 3  # that must show a pixel bare before its own level is taken
OWN_PRIOR: Final = 2.0  # looks that "as the zone" counts for in it; chosen
NOISE_LEAST: Final = 0.015  # of the logarithm; noise of Level-2A over pavement
SURE: Final = 3.0  # noises from which a pixel is surely not bare
SOFT: Final = 3.0  # noises that a bare pixel may show; more is covered; fitted on worlds 1 to 39
FULL: Final = 0.9  # quantile of what is surely not bare that stands for a pixel all covered
CONTRAST_LEAST: Final = 0.15  # of the logarithm; a zone always empty shows no contrast of things


@dataclass(frozen=True, slots=True)
class BareGround:
    """The bare ground of a zone, as its past looks tell it.

    Attributes:
        whole: of the zone's pixels, those that lie wholly in it, shape (pixel,).
        level: logarithm of their bare reflectance, shape (4, whole pixel).
        noise: of each when bare about it, of the logarithm, shape (whole pixel,).
        reach: distance within which a pixel is taken for bare, of the logarithm.
        contrast: how far a pixel departs that is all covered, of the logarithm.
    """

    whole: Mask
    level: Floats
    noise: Floats
    reach: float
    contrast: float

    def area_m2(self, reflectance: npt.NDArray[np.floating], area_m2: Floats) -> float:
        """Area on which things stand, scaled from what is seen to the whole zone; NaN if nothing.

        Args:
            reflectance: of a look, levelled as the past ones, shape (band, pixel), NaN unseen.
            area_m2: of the zone in the pixels, shape (pixel,).
        """
        return float(self.areas_m2(self.away(reflectance)[None], area_m2)[0])

    def away(self, reflectance: npt.NDArray[np.floating]) -> Floats:
        """How far pixels of a look are from bare ground, of the logarithm, shape (whole pixel,)."""
        looks = _logarithms(reflectance[None])[..., self.whole]
        even = looks - _offsets(looks, self.level, self.reach)
        return np.asarray(_distance(even, self.level)[0])

    def areas_m2(self, away: Floats, area_m2: Floats) -> Floats:
        """The same from how far pixels are away, shape (look, whole pixel); shape (look,)."""
        beyond = np.sqrt(np.maximum(away**2 - self.noise**2, 0.0)) - SOFT * self.noise
        share = np.clip(beyond / (self.contrast - SOFT * self.noise), 0.0, 1.0)
        area = area_m2[self.whole]
        seen = np.isfinite(away) @ area
        found = np.nan_to_num(share) @ area
        told = found / np.where(seen > 0, seen, 1.0) * area_m2.sum()
        return np.asarray(np.where(seen > 0, told, np.nan))


@dataclass(frozen=True, slots=True)
class CoveredPast:
    """What past looks tell of a zone's bare ground, or why they do not.

    Attributes:
        ground: None where it is not known.
        reason: flag that says why, "" where it is.
        areas_m2: covered in each past look, shape (look,); NaN unknown.
        reflectance, roughness: of the past looks, as `learn_covered` takes them; empty where a
            further look would tell nothing.
        usual_roughness: the middle of that; 0 where a further look would tell nothing.
    """

    ground: BareGround | None
    reason: str
    areas_m2: Floats
    reflectance: npt.NDArray[np.float32]
    roughness: npt.NDArray[np.float32]
    usual_roughness: float = 0.0

    def on(
        self,
        zone: ZonePixels,
        reflectance: npt.NDArray[np.floating],
        roughness: npt.NDArray[np.floating],
    ) -> CoveredPast:
        """The same in the light of a further look: it may be the first that shows the ground bare.

        It is where most of the zone is not what was taken for bare, and far smoother than usual,
        and if it covers little of what past looks cover by it. These are told anew then.

        Args:
            zone: its pixels.
            reflectance: of the look, shape (band, pixel), otherwise as `learn_covered` takes it.
            roughness: of the look, shape (pixel,).
        """
        if not self._is_first_bare(reflectance, roughness):
            return self
        looks = np.concatenate([self.reflectance, reflectance[None].astype(np.float32)])
        rough = np.concatenate([self.roughness, roughness[None].astype(np.float32)])
        bare = np.zeros(rough.shape, bool)
        bare[-1] = np.isfinite(roughness)
        found = _learn(zone, looks, rough, bare, is_first=True)
        past, now = found.areas_m2[:-1], float(found.areas_m2[-1])
        with np.errstate(invalid="ignore"):
            is_bare = now <= BARE_SHARE * robust.median(past)
        return replace(found, areas_m2=past) if is_bare else self

    def _is_first_bare(
        self, reflectance: npt.NDArray[np.floating], roughness: npt.NDArray[np.floating]
    ) -> bool:
        """Whether a look is far smoother than the past, on ground that was not known as bare."""
        seen = np.isfinite(roughness)
        if not seen.any() or np.median(roughness[seen]) > SMOOTHER * self.usual_roughness:
            return False
        if self.ground is None:
            return True
        away = self.ground.away(reflectance)
        known = np.isfinite(away)
        return bool(known.any() and np.median(away[known]) > self.ground.reach)


def learn_covered(
    zone: ZonePixels, reflectance: npt.NDArray[np.floating], roughness: npt.NDArray[np.floating]
) -> CoveredPast:
    """The bare ground of a zone and what was covered of it in past looks.

    Args:
        zone: its pixels.
        reflectance: of past looks, season and what like ground shows taken off, shape (look, band,
            pixel), NaN unseen.
        roughness: texture over brightness, shape (look, pixel), NaN unseen.

    Source:
        The mode as the middle of the nearest half: Robertson and Cryer 1974,
        doi:10.1080/01621459.1974.10480206.
    """
    if zone.kind not in PAVED:
        return _unknown("not_paved", len(reflectance))
    whole = zone.area_m2 >= WHOLE * PIXEL_M2
    rough = np.where(whole, roughness, np.nan)
    if whole.sum() < PIXELS_MIN or np.isfinite(rough).sum() < PIXELS_MIN / SMOOTHEST:
        return _unknown("too_few_pixels", len(reflectance))
    smooth = rough <= np.nanquantile(rough, SMOOTHEST)
    return _learn(zone, reflectance, roughness, smooth)


def _unknown(reason: str, looks: int) -> CoveredPast:
    """Bare ground that no further look tells either."""
    nothing = np.empty((0, 0), np.float32)
    return CoveredPast(None, reason, np.full(looks, np.nan), nothing[None], nothing)


def _learn(
    zone: ZonePixels,
    reflectance: npt.NDArray[np.floating],
    roughness: npt.NDArray[np.floating],
    smooth: Mask,
    *,
    is_first: bool = False,
) -> CoveredPast:
    """Bare ground from looks; `smooth` pixels, shape (look, pixel), are taken for it at first.

    With `is_first` they alone may show it: no other look did before.
    """
    whole = zone.area_m2 >= WHOLE * PIXEL_M2
    looks = _logarithms(reflectance)[..., whole]
    bare = smooth[:, whole] & np.isfinite(looks).all(axis=1)
    usual = float(np.nanmedian(roughness))
    kept = (reflectance.astype(np.float32), roughness.astype(np.float32), usual)
    unknown = CoveredPast(None, "never_seen_bare", np.full(len(looks), np.nan), *kept)
    if bare.sum() < PIXELS_MIN:
        return unknown
    offsets = np.zeros((len(looks), len(FINE_BANDS), 1))
    for _ in range(ROUNDS):
        level, reach = _mode(np.moveaxis(looks - offsets, 1, 2)[bare])
        if not is_first:
            offsets = _offsets(looks, level[:, None], reach)
    if float(np.median(roughness[:, whole][bare])) > ROUGH_MAX or _ndvi(level) > GREEN_MAX:
        return unknown
    even = looks - offsets
    with np.errstate(invalid="ignore"):
        near = _distance(even, level[:, None]) <= reach
    ground = _ground(even, level, near & bare if is_first else near, reach, whole)
    return CoveredPast(
        ground, "", ground.areas_m2(_distance(even, ground.level), zone.area_m2), *kept
    )


def _logarithms(reflectance: npt.NDArray[np.floating]) -> Floats:
    """Of the bands of 10 m, shape (look, 4, pixel), NaN where one is missing."""
    return np.asarray(fine_logarithms(reflectance.astype(np.float64)))


def _mode(points: Floats) -> tuple[Floats, float]:
    """Where points (point, 4) lie densest, and how far from it bare ones are at most."""
    level = np.median(points, axis=0)
    for _ in range(len(FINE_BANDS) * ROUNDS):
        away = np.abs(points - level).max(axis=1)
        level = np.median(points[away <= max(float(np.median(away)), NEAR_LEAST)], axis=0)
    usual = float(np.median(_distance(points, level)))
    return level, max(NEAR * usual, NEAR_LEAST)


def _distance(looks: Floats, level: Floats) -> Floats:
    """Root mean square over the bands, the second axis, of looks or points less a level."""
    return np.asarray(np.sqrt(((looks - level) ** 2).mean(axis=1)))


def _offsets(looks: Floats, level: Floats, reach: float) -> Floats:
    """How far the bare pixels of each look lie off together, shape (look, 4, 1)."""
    away = looks - level
    with np.errstate(invalid="ignore"):
        near = _distance(looks, level) <= reach
    count = near.sum(axis=1)
    middle = robust.median(np.moveaxis(np.where(near[:, None], away, np.nan), -1, 0))
    weight = count / (count + OFFSET_PIXELS)
    return np.asarray((np.nan_to_num(middle) * weight[:, None])[..., None])


def _ground(looks: Floats, level: Floats, near: Mask, reach: float, whole: Mask) -> BareGround:
    """Each pixel's own bare level, the noise about it, and the contrast of what covers it.

    Args:
        looks: logarithms of whole pixels without their offsets, shape (look, 4, pixel).
        level: of bare ground, shape (4,).
        near: where pixels are bare, shape (look, pixel).
        reach: of BareGround.
        whole: of BareGround.
    """
    other = _other_ground(looks, near, reach)
    count = (near | other).sum(axis=0)
    own = robust.median(np.where((near | other)[:, None], looks, np.nan)) - level[:, None]
    least = min(OWN_LOOKS, int(count.max(initial=0)))
    weight = np.where(count >= max(least, 1), count / (count + OWN_PRIOR), 0.0)
    levels = level[:, None] + np.nan_to_num(own) * np.where(other.any(axis=0), 1.0, weight)
    away = _distance(looks, levels)
    usual = max(float(np.median(away[near])), NOISE_LEAST)
    told = own[:, (weight > 0) & near.any(axis=0)]
    uneven = float(np.sqrt((told**2).mean())) if told.size else 0.0
    noise = np.hypot(usual, (1.0 - weight) * uneven)
    covered = away[np.isfinite(away) & (away > SURE * noise)]
    contrast = float(np.quantile(covered, FULL)) if covered.size else 0.0
    lowest = max(CONTRAST_LEAST, 2 * SURE * float(noise.max()))
    return BareGround(whole, levels, noise, reach, max(contrast, lowest))


def _other_ground(looks: Floats, near: Mask, reach: float) -> Mask:
    """Pixels that are never bare ground of the zone, and the same in each look: markings, roofs.

    What always stood there is among them until the first look that shows the ground below.
    """
    middle = robust.median(looks)
    steady = robust.median(_distance(looks, middle)) <= reach / NEAR
    return np.asarray(np.isfinite(looks).all(axis=1) & (steady & ~near.any(axis=0)))


def _ndvi(level: Floats) -> float:
    """Greenness of a level of logarithms."""
    _, _, red, nir = np.exp(level)
    return float((nir - red) / (nir + red))
