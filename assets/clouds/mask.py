"""What each pixel of a look shows: clear ground, cloud, shadow, snow, haze, or nothing usable.

Pure functions on arrays of the site grid. Shares per zone and storage live elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.scenes.stack import Classes, Look
from resources.models import REFLECTANCE_BANDS

NO_DATA: Final = 0
CLEAR: Final = 1
CLOUD: Final = 2
SHADOW: Final = 3
SNOW: Final = 4
HAZE: Final = 5
SATURATED: Final = 6
CLASS_NAMES: Final = {
    NO_DATA: "no_data",
    CLEAR: "clear",
    CLOUD: "cloud",
    SHADOW: "shadow",
    SNOW: "snow",
    HAZE: "haze",
    SATURATED: "saturated",
}

METHOD: Final = "scl+site-prior"
METHOD_VERSION: Final = "1"

SCL_TO_CLASS: Final = {
    # Sen2Cor L2A scene classification, Algorithm Theoretical Basis Document, table 3
    0: NO_DATA,
    1: SATURATED,
    2: CLEAR,  # dark features until baseline 04.00, topographic shadow after: the ground is seen
    3: SHADOW,
    4: CLEAR,
    5: CLEAR,
    6: SHADOW,  # water: clear only where water is usual (see `classify`), else dark or melting
    7: CLEAR,  # unclassified: kept unless it borders on cloud
    8: CLOUD,
    9: CLOUD,
    10: HAZE,
    11: SNOW,
}
SCL_WATER: Final = 6
SCL_CLOUD: Final = (8, 9, 10)
SCL_GROUND: Final = (2, 4, 5, 6, 7)

CLOUD_MARGIN_PX: Final = 2  # one SCL pixel of 20 m: its cloud edges are late by about that much
SNOW_NDSI: Final = 0.4  # Dozier 1989, doi:10.1016/0034-4257(89)90101-6
SNOW_GREEN: Final = 0.08  # reflectance; darker pixels of high NDSI are water or deep shadow
SNOW_NIR: Final = 0.11  # reflectance; Hall et al. 1995, doi:10.1016/0034-4257(95)00137-P

PRIOR_LOOKS_MIN: Final = 5  # fewer looks say nothing about a pixel's habits
PRIOR_SHARE: Final = 0.5  # "most clear days"
CLEAR_SURROUNDINGS: Final = 0.2  # share of cloud round a pixel under which a day counts as clear
SURROUNDINGS_PX: Final = 41  # box of 410 m: wider than an apron, narrower than a cloud field
SURROUNDINGS_MIN: Final = 0.05  # share of the box that must be other ground to tell its weather


@dataclass(frozen=True, slots=True)
class SitePrior:
    """Habits of each pixel on past days, from SCL alone; both of shape (y, x).

    Attributes:
        false_cloud: share of the days with clear surroundings on which SCL said cloud; NaN if
            there were fewer than PRIOR_LOOKS_MIN.
        water: share of the days on which ground was seen that SCL said water; NaN likewise.
    """

    false_cloud: npt.NDArray[np.float32]
    water: npt.NDArray[np.float32]


def site_prior(past: npt.NDArray[np.uint8]) -> SitePrior:
    """What SCL habitually says of each pixel of a site.

    Args:
        past: SCL of past looks, shape (look, y, x), 0 where unseen; may hold no look.

    Returns:
        Shares in 0..1; NaN where the past is too short.
    """
    if len(past) == 0:
        unknown = np.full(past.shape[1:], np.nan, np.float32)
        return SitePrior(unknown, unknown)
    cloud = np.isin(past, SCL_CLOUD)
    seen = past > 0
    clear_day = seen & (_whole_cloud_share(cloud, seen) < CLEAR_SURROUNDINGS)[:, None, None]
    ground = np.isin(past, SCL_GROUND)
    return SitePrior(
        false_cloud=_share(cloud & clear_day, clear_day),
        water=_share(past == SCL_WATER, ground),
    )


def classify(look: Look, prior: SitePrior) -> Classes:
    """Class of each pixel of a look, shape (y, x), codes as in CLASS_NAMES.

    SCL decides, with four corrections: ground that is called cloud on most clear days is given
    back when its surroundings are clear; water counts as clear only where it is usual; bright
    pixels of high NDSI are snow whatever SCL says; and a margin round cloud and shadow is taken
    as theirs.
    """
    codes = np.zeros(256, np.uint8)
    codes[list(SCL_TO_CLASS)] = list(SCL_TO_CLASS.values())
    classes: Classes = codes[look.scl]
    classes[(look.scl == SCL_WATER) & (prior.water > PRIOR_SHARE)] = CLEAR
    given_back = _falsely_cloud(look.scl, prior)
    classes[given_back] = CLEAR
    classes[snow_covered(look) & (classes != NO_DATA)] = SNOW
    classes = _grow(classes)
    classes[look.is_saturated] = SATURATED
    classes[~np.isfinite(look.reflectance[:4]).all(axis=0)] = NO_DATA
    return classes


def snow_covered(look: Look) -> npt.NDArray[np.bool_]:
    """Pixels whose spectrum is that of snow, shape (y, x); False where SWIR is not there."""
    green, nir, swir = (
        look.reflectance[REFLECTANCE_BANDS.index(band)] for band in ("green", "nir", "swir16")
    )
    total = green + swir
    with np.errstate(invalid="ignore", divide="ignore"):
        ndsi = np.where(np.abs(total) > 0, (green - swir) / total, np.nan)
        covered = (ndsi > SNOW_NDSI) & (green > SNOW_GREEN) & (nir > SNOW_NIR)
    return np.asarray(covered, dtype=bool)


def _falsely_cloud(scl: Classes, prior: SitePrior) -> npt.NDArray[np.bool_]:
    """Pixels called cloud today as on most clear days, where today's surroundings are clear.

    Where every pixel around is of that kind, the rest of the site tells; where there is none,
    nothing is given back.
    """
    habitual = np.isin(scl, SCL_CLOUD) & (prior.false_cloud > PRIOR_SHARE)
    if not habitual.any():
        return habitual
    others = (scl > 0) & ~(prior.false_cloud > PRIOR_SHARE)
    cloudy = others & np.isin(scl, SCL_CLOUD)
    near_cloud = ndimage.uniform_filter(cloudy.astype(np.float32), SURROUNDINGS_PX, mode="nearest")
    near_all = ndimage.uniform_filter(others.astype(np.float32), SURROUNDINGS_PX, mode="nearest")
    of_site = float(cloudy.sum()) / float(others.sum()) if others.any() else 1.0
    told = near_all >= SURROUNDINGS_MIN
    share = np.where(told, near_cloud / np.where(told, near_all, 1.0), of_site)
    return np.asarray(habitual & (share < CLEAR_SURROUNDINGS), dtype=bool)


def _grow(classes: Classes) -> Classes:
    """Cloud, shadow and haze with their margins; clear pixels inside a margin take its class."""
    grown = classes.copy()
    for code in (HAZE, SHADOW, CLOUD):
        near = ndimage.binary_dilation(classes == code, iterations=CLOUD_MARGIN_PX)
        grown[near & (classes == CLEAR)] = code
    return grown


def _whole_cloud_share(
    cloud: npt.NDArray[np.bool_], seen: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Share of cloud of each look among the half of the site that is least often called cloud.

    Concrete that SCL takes for cloud day after day would else make every day a cloudy one.
    """
    habit = cloud.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    ever = seen.any(axis=0)
    middle = np.median(habit[ever]) if ever.any() else 0.0
    count = seen & (habit <= middle)[None]
    usable = np.maximum(count.sum(axis=(1, 2)), 1)
    share = (cloud & count).sum(axis=(1, 2)) / usable
    return np.where(count.any(axis=(1, 2)), share, 1.0)


def _share(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Share of looks, shape (y, x); NaN under PRIOR_LOOKS_MIN looks."""
    count = whole.sum(axis=0)
    share = part.sum(axis=0) / np.maximum(count, 1)
    return np.where(count >= PRIOR_LOOKS_MIN, share, np.nan).astype(np.float32)
