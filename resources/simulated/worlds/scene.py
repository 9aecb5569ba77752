"""One look of a world from ground to stored numbers, with what it really held.

Pure arrays, the same for the same world and look; files are written elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from resources.instrument import BAND_PIXEL_M
from resources.models import REFLECTANCE_BANDS, BandName
from resources.simulated.scenery.ground import smooth_noise
from resources.simulated.scenery.instrument import Plane, noise_sigma
from resources.simulated.scenery.materials import SHADE
from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.sky.atmosphere import (
    SEEN_AS_CLOUD,
    Planes,
    StoredImage,
    at_10_m,
    at_20_m,
    placed_field,
    sky_planes,
    stored_image,
    through_sky,
    unseen_pixels,
)
from resources.simulated.sky.scene_classes import ClassificationTruth, classify_pixels
from resources.simulated.sky.weather import FIELD_SIZE, SkyState, cloud_field
from resources.simulated.worlds.plan.chance import WorldStream, random_stream
from resources.simulated.worlds.plan.slots import PAINTS
from resources.simulated.worlds.surface.covers import cover_reflectances, step_factors
from resources.simulated.worlds.surface.sensor import sample_band_pixels
from resources.simulated.worlds.surface.shadows import cast_shadow
from resources.simulated.worlds.world import DrawnWorld

FINEST_M: Final = 10  # metres; pixel of the mask
SEEN_AS_HAZE: Final = 0.03  # reflectance added in blue from which the truth says haze
THIN_CLOUD: Final = 0.05  # opacity from which the truth says haze, below `SEEN_AS_CLOUD`
SEEN_AS_SNOW: Final = 0.25  # depth of snow, 0..1, from which the truth says snow


class TrueClass(IntEnum):
    """What really was over, or on, a pixel of 10 m."""

    CLEAR = 0
    CLOUD = 1
    SHADOW = 2
    HAZE = 3
    SNOW = 4
    UNSEEN = 255


@dataclass(frozen=True, slots=True)
class RenderedLook:
    """One look.

    Attributes:
        picture: As stored.
        surface: True reflectance of the ground and of what stands on it, in fine pixels, before
            blur, shift, sky and noise; shape (7, y, x).
        mask: `TrueClass` of each pixel of 10 m, shape (y, x).
    """

    picture: StoredImage
    surface: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8]


def render_world_look(world: DrawnWorld, number: int) -> RenderedLook:
    """The look of a number."""
    look, sky = world.looks[number], world.skies[number]
    random = random_stream(world.seed, WorldStream.LOOK, look.day.toordinal())
    surface = surface_on(world, look, sky)
    planes = _draw_sky_planes(random, look, sky, world.place.shape(20))
    finer: Planes = (at_10_m(planes[0]), at_10_m(planes[1]), at_10_m(planes[2]))
    seen: dict[BandName, Plane] = {}
    for band, ground in zip(REFLECTANCE_BANDS, surface, strict=True):
        pixel_m = BAND_PIXEL_M[band]
        clear = sample_band_pixels(ground, pixel_m, sky.shift_px)
        lit = through_sky(clear, band, sky, finer if pixel_m == FINEST_M else planes)
        noise = random.standard_normal(lit.shape, dtype=np.float32)
        seen[band] = lit + noise_sigma(lit, band) * noise
    scl = _classify_look(world, random, seen, planes, sky)
    offset = world.timetable.processing[number].stored_dn
    picture = stored_image(seen, scl, sky, planes, offset_dn=offset)
    return RenderedLook(picture, surface, _true_mask(sky, finer, world.place.shape(20)))


def surface_on(world: DrawnWorld, look: SimulatedPass, sky: SkyState) -> npt.NDArray[np.float32]:
    """True reflectance of everything on the ground at a look, shape (7, y, x), fine pixels."""
    ground, day = world.ground, look.day
    gain = world.timetable.orbit_gain[look.relative_orbit]
    base, slope = cover_reflectances(ground.table, world.nature, day, sky, gain)
    factor = step_factors(ground.covers, ground.steps, day)
    base, slope = base * factor, slope * factor
    labels = ground.labels_on(day)
    covered, paint = _standing_objects(world, look)
    shadow = _shadow_share(world, look, covered)
    bare = np.float32(1) - covered
    surface = np.empty((len(REFLECTANCE_BANDS), *labels.shape), dtype=np.float32)
    for band in range(len(REFLECTANCE_BANDS)):
        plane = base[:, band][labels]
        plane += slope[:, band][labels] * ground.unevenness
        plane *= ground.texture
        plane *= (1 - np.float32(SHADE[band]) * shadow) * bare
        plane.ravel()[world.slots.pixels] += paint[:, band]
        surface[band] = plane
    return np.clip(surface, 0.001, None, out=surface)


def _standing_objects(
    world: DrawnWorld, look: SimulatedPass
) -> tuple[Plane, npt.NDArray[np.float32]]:
    """Share covered by what stands there, shape (y, x); and its light on `Slots.pixels`."""
    slots, traffic = world.slots, world.traffic
    covered = np.zeros(world.plan.frame.shape, dtype=np.float32)
    if not len(slots.pixels):
        return covered, np.zeros((0, len(REFLECTANCE_BANDS)), dtype=np.float32)
    day = (look.day - traffic.first_day).days
    taken = traffic.is_taken[day].astype(np.float32)
    paints = np.array(
        [
            PAINTS[load][(7 * number + int(arrived)) % len(PAINTS[load])]
            for number, (load, arrived) in enumerate(
                zip(slots.load, traffic.arrived[day], strict=True)
            )
        ],
        dtype=np.float32,
    )
    table = np.column_stack([taken, paints * taken[:, None]])
    sums = np.asarray(slots.cover @ table, dtype=np.float32)
    covered.ravel()[slots.pixels] = np.minimum(sums[:, 0], 1)
    return covered, sums[:, 1:]


def _shadow_share(world: DrawnWorld, look: SimulatedPass, covered: Plane) -> Plane:
    """Share of each fine pixel in shadow, what casts it left out."""
    shadow = np.zeros_like(covered)
    if len(world.slots.height_m):
        cast_shadow(covered, float(world.slots.height_m.mean()), look, shadow)
    for height_m, where in world.ground.heights:
        share = where.astype(np.float32)
        cast_shadow(share, height_m, look, shadow)
    for _, where in world.ground.heights:
        shadow[where] = 0
    for change in world.ground.changes:
        if change.first <= look.day and change.height_m:
            built = np.zeros_like(covered)
            built.ravel()[change.pixels] = 1
            cast_shadow(built, change.height_m, look, shadow)
            shadow.ravel()[change.pixels] = 0
    return shadow


def _draw_sky_planes(
    random: np.random.Generator, look: SimulatedPass, sky: SkyState, shape: tuple[int, int]
) -> Planes:
    """Cloud, shadow and haze over the tile, 20 m; nothing is drawn for a clear sky."""
    if sky.kind == "clear":
        return sky_planes(np.zeros((FIELD_SIZE, FIELD_SIZE), dtype=np.float32), look, sky, shape)
    field = placed_field(cloud_field(random, sky.kind), random)
    return sky_planes(field, look, sky, shape)


def _classify_look(
    world: DrawnWorld,
    random: np.random.Generator,
    seen: dict[BandName, Plane],
    planes: Planes,
    sky: SkyState,
) -> npt.NDArray[np.uint8]:
    """The scene classification with its mistakes, some of which stay at their place."""
    shape = planes[0].shape
    whim = smooth_noise(random_stream(world.seed, WorldStream.CLASSES), (shape[0], shape[1]), 2.0)
    patch = smooth_noise(random, (shape[0], shape[1]), 3.0)
    truth = ClassificationTruth(*planes, whim, patch)
    return classify_pixels(at_20_m(seen), truth, sky, float(random.standard_normal()))


def _true_mask(sky: SkyState, planes: Planes, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """`TrueClass` of each pixel of 10 m."""
    cloud, shadow, haze = planes
    mask = np.full(cloud.shape, TrueClass.CLEAR, dtype=np.uint8)
    if sky.snow >= SEEN_AS_SNOW:
        mask[:] = TrueClass.SNOW
    mask[(haze > SEEN_AS_HAZE) | (cloud > THIN_CLOUD)] = TrueClass.HAZE
    mask[shadow > SEEN_AS_CLOUD] = TrueClass.SHADOW
    mask[cloud > SEEN_AS_CLOUD] = TrueClass.CLOUD
    mask[unseen_pixels(sky, shape).repeat(2, axis=0).repeat(2, axis=1)] = TrueClass.UNSEEN
    return mask
