"""One look from ground to stored numbers: what stands there, sky, instrument, classification.

Pure arrays, the same for the same simulation and look; files and items are written elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from resources.instrument import BAND_PIXEL_M
from resources.models import REFLECTANCE_BANDS, BandName, Grid
from resources.simulated.classify import Scl, Truth20, classify
from resources.simulated.ground import Ground, draw_ground, fine_shape, smooth_noise
from resources.simulated.instrument import (
    FINE_M,
    Plane,
    noise_sigma,
    sample,
    to_dn,
    to_lattice,
)
from resources.simulated.layout import EPSG, TILE
from resources.simulated.materials import CLOUD, SHADE, GroundState, spectra
from resources.simulated.objects import draw_scenery, increment, window_slices
from resources.simulated.passes import Look, all_looks
from resources.simulated.simulation import Simulation, Stream
from resources.simulated.story import Story, tell_story
from resources.simulated.weather import (
    FIELD_SIZE,
    Sky,
    all_skies,
    cloud_field,
    opacity,
    shadow_offset_px,
)

HAZE_COLOUR = np.array([1.0, 0.78, 0.60, 0.38, 0.36, 0.10, 0.06])
"""Light that haze adds, relative to blue."""
HAZE_LOSS = 1.6
"""Share of the ground's light lost per reflectance that the haze adds in the same band."""
SEEN_AS_CLOUD = 0.2
"""Opacity from which the truth counts a pixel as cloud or shadow."""
SWATH_TILT = 0.21
"""Columns per row by which the swath's edge leans: about 12 degrees."""


@dataclass(frozen=True, slots=True)
class World:
    """All that the looks of a simulation share."""

    simulation: Simulation
    ground: Ground
    story: Story
    looks: list[Look]
    skies: list[Sky]
    whim: Plane


@dataclass(frozen=True, slots=True)
class Picture:
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


@dataclass(frozen=True, slots=True)
class TrueSky:
    """What really stood between a look and the ground, shapes (y, x).

    Attributes:
        cloud: Opacity, 0..1; `shadow` its depth, 0..1.
        haze: Reflectance added in blue; slightly negative where the atmosphere was overcorrected.
        unseen: Outside the swath.
    """

    cloud: Plane
    shadow: Plane
    haze: Plane
    unseen: npt.NDArray[np.bool_]


def make_world(simulation: Simulation, *, workers: int = 1) -> World:
    """Ground, story, passes and weather of a simulation."""
    looks = all_looks(simulation)
    story = tell_story(simulation)
    whim = smooth_noise(simulation.chance(Stream.CLASSES), tile_shape(20), 2.0)
    ground = draw_ground(simulation, workers=workers)
    return World(simulation, ground, story, looks, all_skies(simulation, looks, story), whim)


def tile_shape(pixel_m: int) -> tuple[int, int]:
    """Rows and columns of the tile."""
    return fine_shape(pixel_m=pixel_m)


def render(world: World, number: int) -> Picture:
    """Everything that one look stores."""
    look, sky = world.looks[number], world.skies[number]
    chance = _chance_of_look(world.simulation, look)
    field = _placed_field(cloud_field(chance, sky.kind), chance)
    cloud, shadow, haze = _sky_planes(field, look, sky)
    between = {20: (cloud, shadow, haze), 10: tuple(map(_at_10_m, (cloud, shadow, haze)))}
    seen = {}
    for band, surface in _surface(world, look, sky).items():
        lit = _through_sky(surface, band, sky, between[BAND_PIXEL_M[band]])
        noise = chance.standard_normal(lit.shape, dtype=np.float32)
        seen[band] = lit + noise_sigma(lit, band) * noise
    patch = smooth_noise(chance, tile_shape(20), 3.0)
    truth = Truth20(cloud, shadow, haze, world.whim, patch)
    scl = classify(_at_20_m(seen), truth, sky, float(chance.standard_normal()))
    return _picture(seen, scl, sky, (cloud, shadow))


def true_sky(simulation: Simulation, look: Look, sky: Sky, grid: Grid) -> TrueSky:
    """What really hides the ground of a grid at a look, for scoring; read by no stage.

    Args:
        simulation: the simulation that the look belongs to.
        look: the pass.
        sky: its weather, from `weather.all_skies`.
        grid: pixels of 10 m on the tile's own lattice, inside the tile: the site's grid.

    Returns:
        The planes that `render` puts between ground and instrument, on the grid.

    Raises:
        ValueError: the grid is not a part of the tile.
    """
    chance = _chance_of_look(simulation, look)
    field = _placed_field(cloud_field(chance, sky.kind), chance)
    rows, columns = _part_of_tile(grid)
    cloud, shadow, haze = (
        _at_10_m(plane)[rows, columns] for plane in _sky_planes(field, look, sky)
    )
    unseen = unseen_pixels(sky).repeat(2, axis=0).repeat(2, axis=1)[rows, columns]
    return TrueSky(cloud, shadow, haze, unseen)


def _part_of_tile(grid: Grid) -> tuple[slice, slice]:
    """Rows and columns of the tile's 10 m pixels that a grid takes."""
    step = grid.resolution_m
    top = round((TILE.north - grid.bounds.north) / step)
    left = round((grid.bounds.west - TILE.west) / step)
    rows, columns = grid.shape
    height, width = tile_shape(10)
    is_inside = min(top, left) >= 0 and top + rows <= height and left + columns <= width
    if grid.epsg != EPSG or round(step) != BAND_PIXEL_M["blue"] or not is_inside:
        raise ValueError(
            f"Expected a grid of 10 m inside the simulated tile, EPSG:{EPSG} {TILE}; found {grid}"
        )
    return slice(top, top + rows), slice(left, left + columns)


def _chance_of_look(simulation: Simulation, look: Look) -> np.random.Generator:
    """Random numbers of a look's pixels, its clouds first."""
    return simulation.chance(Stream.LOOK, 10_000_000 + look.day.toordinal())


def _surface(world: World, look: Look, sky: Sky) -> dict[BandName, Plane]:
    """Reflectance at the ground through the instrument's blur, shape of each band."""
    state = GroundState(look.day, look.relative_orbit, sky.wetness, sky.snow, sky.vigour)
    amounts = spectra(state).astype(np.float32)
    scenery = draw_scenery(world.story, look)
    rows, columns = window_slices(FINE_M)
    fine = np.ascontiguousarray(world.ground.fine[:, rows, columns])
    surface = {}
    for number, band in enumerate(REFLECTANCE_BANDS):
        pixel_m = BAND_PIXEL_M[band]
        shift_px = (sky.shift_px[0] * 10 / pixel_m, sky.shift_px[1] * 10 / pixel_m)
        lattice = _mixed(amounts[:, number], world.ground.lattices[pixel_m])
        plane = sample(lattice, shift_px, tile_shape(pixel_m))
        bare = _mixed(amounts[:, number], fine)
        change = to_lattice(increment(scenery, bare, number), pixel_m)
        here = window_slices(pixel_m)
        plane[here] += sample(change, shift_px, plane[here].shape)
        surface[band] = plane
    return surface


def _mixed(reflectance: npt.NDArray[np.float32], amounts: Plane) -> Plane:
    """Reflectance of mixed materials; not by BLAS, whose idle threads keep cores busy."""
    mixed: Plane = np.einsum("m,myx->yx", reflectance, amounts)
    return mixed


def _placed_field(
    field: npt.NDArray[np.float32], chance: np.random.Generator
) -> npt.NDArray[np.float32]:
    """The periodic field with its origin anywhere."""
    down, right = (int(step) for step in chance.integers(0, FIELD_SIZE, 2))
    return np.roll(field, (down, right), axis=(0, 1))


def _sky_planes(field: npt.NDArray[np.float32], look: Look, sky: Sky) -> tuple[Plane, Plane, Plane]:
    """Cloud and shadow (0..1) and haze (reflectance added in blue) over the tile, 20 m."""
    clouds = opacity(field, sky.cover)
    rows, columns = tile_shape(20)
    down, right = shadow_offset_px(look, sky.cloud_base_m)
    cloud = clouds[:rows, :columns]
    shadow = np.roll(clouds, (-down, -right), axis=(0, 1))[:rows, :columns]
    shadow = np.clip(1.6 * shadow, 0, 1) * (1 - cloud)
    unevenness = 1 + 0.28 * np.clip(field[:rows, :columns], -2.5, 2.5)
    haze = sky.haze * (unevenness if sky.kind == "haze" else np.ones_like(cloud))
    return cloud, shadow.astype(np.float32), haze.astype(np.float32)


def _through_sky(surface: Plane, band: BandName, sky: Sky, planes: tuple[Plane, ...]) -> Plane:
    """What the instrument gets: shadow on the ground, haze before it, cloud before all."""
    cloud, shadow, haze = planes
    number = REFLECTANCE_BANDS.index(band)
    lit = surface * (1 - np.float32(0.9 * SHADE[number]) * shadow) * np.float32(sky.gain)
    added = haze * np.float32(HAZE_COLOUR[number])
    lit = lit * (1 - np.float32(HAZE_LOSS) * added) + added
    tops = np.float32(CLOUD[number]) * (0.55 + 0.45 * cloud)
    through: Plane = lit * (1 - cloud) + tops * cloud
    return through


def _at_10_m(plane: Plane) -> Plane:
    """A plane of 20 m pixels in pixels of 10 m, linear between centres."""
    finer: Plane = ndimage.zoom(plane, 2, order=1, grid_mode=True, mode="nearest")
    return finer


def _at_20_m(seen: dict[BandName, Plane]) -> dict[BandName, Plane]:
    """Every band in pixels of 20 m: means of 2 x 2."""
    rows, columns = tile_shape(20)
    coarse = {}
    for band, plane in seen.items():
        if plane.shape == (rows, columns):
            coarse[band] = plane
        else:
            coarse[band] = plane.reshape(rows, 2, columns, 2).mean(axis=(1, 3))
    return coarse


def _picture(
    seen: dict[BandName, Plane],
    scl: npt.NDArray[np.uint8],
    sky: Sky,
    planes: tuple[Plane, Plane],
) -> Picture:
    """Stored numbers, with 0 outside the swath."""
    unseen = unseen_pixels(sky)
    bands: dict[BandName, npt.NDArray[np.generic]] = {}
    for band, plane in seen.items():
        numbers = to_dn(plane)
        repeat = plane.shape[0] // unseen.shape[0]
        numbers[unseen.repeat(repeat, axis=0).repeat(repeat, axis=1)] = 0
        bands[band] = numbers
    scl[unseen] = Scl.NO_DATA
    bands["scl"] = scl
    cloud, shadow = (float((plane > SEEN_AS_CLOUD).mean()) for plane in planes)
    return Picture(bands, cloud, shadow, float(unseen.mean()))


def unseen_pixels(sky: Sky) -> npt.NDArray[np.bool_]:
    """Pixels of 20 m outside the swath, whose edge runs slantwise through the tile."""
    rows, columns = tile_shape(20)
    if sky.unseen <= 0:
        return np.zeros((rows, columns), dtype=np.bool_)
    y, x = np.mgrid[0:rows, 0:columns]
    position = x + SWATH_TILT * (y - rows / 2)
    edge = sky.unseen * columns
    outside: npt.NDArray[np.bool_] = position < edge
    if sky.is_east_unseen:
        outside = position >= columns - edge
    return outside
