"""What stands between ground and stored numbers: haze, clouds and their shadows, the swath's edge.

Arrays of one look, shape (y, x); what the weather of a look is, is `weather`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from resources.models import REFLECTANCE_BANDS, BandName
from resources.simulated.scenery.instrument import DN_OFFSET, Plane, to_dn
from resources.simulated.scenery.materials import CLOUD, SHADE
from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.sky.scene_classes import SceneClass
from resources.simulated.sky.weather import FIELD_SIZE, SkyState, cloud_opacity, shadow_offset_px

HAZE_COLOUR = np.array([1.0, 0.78, 0.60, 0.38, 0.36, 0.10, 0.06])
"""Light that haze adds, relative to blue."""
CIRRUS_COLOUR = np.array([1.0, 0.98, 0.96, 0.93, 0.92, 0.55, 0.40])
"""Light that thin ice cloud adds, relative to blue: nearly white, darker in SWIR."""
HAZE_LOSS = 1.6
"""Share of the ground's light lost per reflectance that the haze adds in the same band."""
SEEN_AS_CLOUD = 0.2
"""Opacity from which the truth counts a pixel as cloud or shadow."""
SWATH_TILT = 0.21
"""Columns per row by which the swath's edge leans: about 12 degrees."""

Planes = tuple[Plane, Plane, Plane]
"""Cloud and shadow (0..1) and haze (reflectance added in blue), shape (y, x)."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One look as stored, and what it really held.

    Attributes:
        bands: Stored numbers by band name, shape (y, x) in the band's own pixels, `scl` too.
        cloud_fraction: Share of the tile under cloud, 0..1; `shadow_fraction` alike.
        no_data_fraction: Share of the tile outside the swath.
    """

    bands: dict[BandName, npt.NDArray[np.generic]]
    cloud_fraction: float
    shadow_fraction: float
    no_data_fraction: float


def placed_field(
    field: npt.NDArray[np.float32], chance: np.random.Generator
) -> npt.NDArray[np.float32]:
    """The periodic field with its origin anywhere."""
    down, right = (int(step) for step in chance.integers(0, FIELD_SIZE, 2))
    return np.roll(field, (down, right), axis=(0, 1))


def sky_planes(
    field: npt.NDArray[np.float32], look: SimulatedPass, sky: SkyState, shape: tuple[int, int]
) -> Planes:
    """Cloud, shadow and haze over a tile of that shape in pixels of 20 m."""
    clouds = cloud_opacity(field, sky.cover)
    rows, columns = shape
    down, right = shadow_offset_px(look, sky.cloud_base_m)
    cloud = clouds[:rows, :columns]
    shadow = np.roll(clouds, (-down, -right), axis=(0, 1))[:rows, :columns]
    shadow = np.clip(1.6 * shadow, 0, 1) * (1 - cloud)
    unevenness = 1 + 0.28 * np.clip(field[:rows, :columns], -2.5, 2.5)
    haze = sky.haze * (unevenness if sky.kind in ("haze", "cirrus") else np.ones_like(cloud))
    return cloud, shadow.astype(np.float32), haze.astype(np.float32)


def through_sky(surface: Plane, band: BandName, sky: SkyState, planes: tuple[Plane, ...]) -> Plane:
    """What the instrument gets: shadow on the ground, haze before it, cloud before all."""
    cloud, shadow, haze = planes
    number = REFLECTANCE_BANDS.index(band)
    colour = CIRRUS_COLOUR if sky.kind == "cirrus" else HAZE_COLOUR
    lit = surface * (1 - np.float32(0.9 * SHADE[number]) * shadow) * np.float32(sky.gain)
    added = haze * np.float32(colour[number])
    lit = lit * (1 - np.float32(HAZE_LOSS) * added) + added
    tops = np.float32(CLOUD[number]) * (0.55 + 0.45 * cloud)
    through: Plane = lit * (1 - cloud) + tops * cloud
    return through


def at_10_m(plane: Plane) -> Plane:
    """A plane of 20 m pixels in pixels of 10 m, linear between centres."""
    finer: Plane = ndimage.zoom(plane, 2, order=1, grid_mode=True, mode="nearest")
    return finer


def at_20_m(seen: dict[BandName, Plane]) -> dict[BandName, Plane]:
    """Every band in pixels of 20 m: means of 2 x 2."""
    rows, columns = seen["swir16"].shape
    coarse = {}
    for band, plane in seen.items():
        if plane.shape == (rows, columns):
            coarse[band] = plane
        else:
            coarse[band] = plane.reshape(rows, 2, columns, 2).mean(axis=(1, 3))
    return coarse


def stored_image(
    seen: dict[BandName, Plane],
    scl: npt.NDArray[np.uint8],
    sky: SkyState,
    planes: Planes,
    *,
    offset_dn: int = DN_OFFSET,
) -> StoredImage:
    """Stored numbers, with 0 outside the swath.

    Args:
        seen: Reflectance of each band as the look shows it.
        scl: Classes in pixels of 20 m, changed in place.
        sky: Of the look.
        planes: In pixels of 20 m.
        offset_dn: That the files hold.
    """
    unseen = unseen_pixels(sky, scl.shape)
    bands: dict[BandName, npt.NDArray[np.generic]] = {}
    for band, plane in seen.items():
        numbers = to_dn(plane, offset_dn)
        repeat = plane.shape[0] // unseen.shape[0]
        numbers[unseen.repeat(repeat, axis=0).repeat(repeat, axis=1)] = 0
        bands[band] = numbers
    scl[unseen] = SceneClass.NO_DATA
    bands["scl"] = scl
    cloud, shadow = (float((plane > SEEN_AS_CLOUD).mean()) for plane in planes[:2])
    return StoredImage(bands, cloud, shadow, float(unseen.mean()))


def unseen_pixels(sky: SkyState, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Pixels of 20 m outside the swath, whose edge runs slantwise through the tile."""
    rows, columns = shape
    if sky.unseen <= 0:
        return np.zeros((rows, columns), dtype=np.bool_)
    y, x = np.mgrid[0:rows, 0:columns]
    position = x + SWATH_TILT * (y - rows / 2)
    edge = sky.unseen * columns
    outside: npt.NDArray[np.bool_] = position < edge
    if sky.is_east_unseen:
        outside = position >= columns - edge
    return outside
