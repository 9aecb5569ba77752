"""The scene classification (SCL) as Sen2Cor would give it, with its usual errors.

Right for most pixels, and wrong where the real one is: bright concrete taken for cloud, cloud
edges and shadows missed, dark shadow taken for water. From what the look shows, and its truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from resources.models import BandName
from resources.simulated.sky.weather import SkyState


class SceneClass(IntEnum):
    """Classes of the scene classification map, Sentinel-2 Level-2A."""

    NO_DATA = 0
    SATURATED = 1
    DARK = 2
    CLOUD_SHADOW = 3
    VEGETATION = 4
    NOT_VEGETATED = 5
    WATER = 6
    UNCLASSIFIED = 7
    CLOUD_MEDIUM = 8
    CLOUD_HIGH = 9
    CIRRUS = 10
    SNOW = 11


NDVI_VEGETATION, NDVI_UNSURE = 0.40, 0.30
NDSI_SNOW, GREEN_SNOW = 0.42, 0.35
NIR_DARK, NIR_WATER = 0.085, 0.055
BRIGHT_MEDIUM, BRIGHT_HIGH = 0.252, 0.315
"""Mean visible reflectance above which unvegetated ground is taken for cloud."""
BRIGHT_WHIM, BRIGHT_MOOD = 0.010, 0.007
"""Spread of that threshold from place to place (always the same) and from look to look."""
CLOUD_HIGH_FROM, CLOUD_MEDIUM_FROM, CLOUD_THIN_FROM = 0.45, 0.22, 0.10
SHADOW_FROM, SHADOW_FOUND = 0.35, 0.7
"""Depth from which a shadow can be found, and the share that is."""
SHADOW_NIR = 0.25
HAZE_FROM = 0.045
EDGE_LUCK = 0.3
"""Thin cloud edges are called cirrus where the noise `patch` is above this, else missed."""
SNOW_AS_WATER_BELOW, SNOW_AS_SOIL_ABOVE = 0.62, 0.70
"""Green reflectance of snow that is not recognised, and what it is taken for."""


@dataclass(frozen=True, slots=True)
class ClassificationTruth:
    """What really is in the pixels of the classification, shape (y, x), 20 m.

    `whim` and `patch` are noise of unit spread: the first the same at every look.
    """

    cloud: npt.NDArray[np.float32]
    shadow: npt.NDArray[np.float32]
    haze: npt.NDArray[np.float32]
    whim: npt.NDArray[np.float32]
    patch: npt.NDArray[np.float32]


def classify_pixels(
    seen: dict[BandName, npt.NDArray[np.float32]],
    truth: ClassificationTruth,
    sky: SkyState,
    mood: float,
) -> npt.NDArray[np.uint8]:
    """Class of every pixel.

    Args:
        seen: Reflectance of each band in 20 m pixels, as the look shows it.
        truth: Clouds, shadows and haze that are really there.
        sky: Whether haze and snow are recognised.
        mood: Of the look, unit spread: moves the threshold for bright ground.

    Returns:
        `SceneClass` numbers, shape (y, x).
    """
    scl = _ground_classes(seen)
    _mistake_bright_ground(scl, seen, truth, mood)
    if sky.snow > 0:
        _class_snow(scl, seen, is_found=sky.is_snow_classed)
    _class_shadow(scl, seen, truth)
    if sky.is_haze_classed:
        scl[
            (truth.haze > HAZE_FROM)
            & ~np.isin(scl, (SceneClass.CLOUD_MEDIUM, SceneClass.CLOUD_HIGH))
        ] = SceneClass.CIRRUS
    scl[(truth.cloud > CLOUD_THIN_FROM) & (truth.patch > EDGE_LUCK)] = SceneClass.CIRRUS
    scl[truth.cloud > CLOUD_MEDIUM_FROM] = SceneClass.CLOUD_MEDIUM
    scl[truth.cloud > CLOUD_HIGH_FROM + 0.05 * truth.patch] = SceneClass.CLOUD_HIGH
    return scl


def _ground_classes(seen: dict[BandName, npt.NDArray[np.float32]]) -> npt.NDArray[np.uint8]:
    """Vegetation, soil, dark ground and water by simple rules."""
    nir, red = seen["nir"], seen["red"]
    ndvi = (nir - red) / np.maximum(nir + red, 1e-3)
    scl = np.full(nir.shape, SceneClass.NOT_VEGETATED, dtype=np.uint8)
    scl[(ndvi > NDVI_UNSURE) & (ndvi <= NDVI_VEGETATION)] = SceneClass.UNCLASSIFIED
    scl[ndvi > NDVI_VEGETATION] = SceneClass.VEGETATION
    scl[nir < NIR_DARK] = SceneClass.DARK
    scl[nir < NIR_WATER] = SceneClass.WATER
    return scl


def _mistake_bright_ground(
    scl: npt.NDArray[np.uint8],
    seen: dict[BandName, npt.NDArray[np.float32]],
    truth: ClassificationTruth,
    mood: float,
) -> None:
    """Take bright concrete and roofs for cloud, the same places most of the time."""
    brightness = (seen["blue"] + seen["green"] + seen["red"]) / 3
    score = brightness + BRIGHT_WHIM * truth.whim + BRIGHT_MOOD * mood
    is_bare = scl == SceneClass.NOT_VEGETATED
    scl[is_bare & (score > BRIGHT_MEDIUM)] = SceneClass.CLOUD_MEDIUM
    scl[is_bare & (score > BRIGHT_HIGH)] = SceneClass.CLOUD_HIGH


def _class_snow(
    scl: npt.NDArray[np.uint8],
    seen: dict[BandName, npt.NDArray[np.float32]],
    *,
    is_found: bool,
) -> None:
    """Snow by its index; on a look where it is not found, called cloud, unclassified or water."""
    ndsi = (seen["green"] - seen["swir16"]) / np.maximum(seen["green"] + seen["swir16"], 1e-3)
    snow = (ndsi > NDSI_SNOW) & (seen["green"] > GREEN_SNOW)
    if is_found:
        scl[snow] = SceneClass.SNOW
        return
    scl[snow] = SceneClass.UNCLASSIFIED
    scl[snow & (seen["green"] < SNOW_AS_WATER_BELOW)] = SceneClass.WATER
    scl[snow & (seen["green"] > SNOW_AS_SOIL_ABOVE)] = SceneClass.NOT_VEGETATED


def _class_shadow(
    scl: npt.NDArray[np.uint8],
    seen: dict[BandName, npt.NDArray[np.float32]],
    truth: ClassificationTruth,
) -> None:
    """Find most of the cloud shadows; what is missed keeps its ground class, dark or water."""
    order = np.argsort(np.argsort(truth.patch, axis=None)).reshape(truth.patch.shape)
    is_noticed = order < SHADOW_FOUND * order.size
    is_dim = (truth.shadow > SHADOW_FROM) & (seen["nir"] < SHADOW_NIR)
    scl[is_dim & is_noticed] = SceneClass.CLOUD_SHADOW
