"""One look from ground to stored numbers: what stands there, sky, instrument, classification.

Pure arrays, the same for the same simulation and look; files and items are written elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from resources.instrument import BAND_PIXEL_M
from resources.models import REFLECTANCE_BANDS, BandName, Grid
from resources.simulated.scenery.ground import AirbaseGround, draw_ground, fine_shape, smooth_noise
from resources.simulated.scenery.instrument import (
    FINE_M,
    Plane,
    noise_sigma,
    sample_pixels,
    to_lattice,
)
from resources.simulated.scenery.layout import EPSG, TILE
from resources.simulated.scenery.materials import GroundState, material_spectra
from resources.simulated.scenery.objects import draw_scenery, reflectance_change, window_slices
from resources.simulated.scenery.passes import SimulatedPass, all_looks
from resources.simulated.scenery.simulation import RandomStream, Simulation
from resources.simulated.scenery.story import AirbaseStory, draw_story
from resources.simulated.sky.atmosphere import (
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
from resources.simulated.sky.weather import SkyState, all_skies, cloud_field


@dataclass(frozen=True, slots=True)
class SimulatedAirbase:
    """All that the looks of a simulation share."""

    simulation: Simulation
    ground: AirbaseGround
    story: AirbaseStory
    looks: list[SimulatedPass]
    skies: list[SkyState]
    whim: Plane


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


def make_airbase(simulation: Simulation, *, workers: int = 1) -> SimulatedAirbase:
    """Ground, story, passes and weather of a simulation."""
    looks = all_looks(simulation)
    story = draw_story(simulation)
    whim = smooth_noise(simulation.chance(RandomStream.CLASSES), tile_shape(20), 2.0)
    ground = draw_ground(simulation, workers=workers)
    return SimulatedAirbase(
        simulation, ground, story, looks, all_skies(simulation, looks, story), whim
    )


def tile_shape(pixel_m: int) -> tuple[int, int]:
    """Rows and columns of the tile."""
    return fine_shape(pixel_m=pixel_m)


def render_look(world: SimulatedAirbase, number: int) -> StoredImage:
    """Everything that one look stores."""
    look, sky = world.looks[number], world.skies[number]
    chance = _chance_of_look(world.simulation, look)
    field = placed_field(cloud_field(chance, sky.kind), chance)
    cloud, shadow, haze = sky_planes(field, look, sky, tile_shape(20))
    between = {20: (cloud, shadow, haze), 10: tuple(map(at_10_m, (cloud, shadow, haze)))}
    seen = {}
    for band, surface in _ground_reflectance(world, look, sky).items():
        lit = through_sky(surface, band, sky, between[BAND_PIXEL_M[band]])
        noise = chance.standard_normal(lit.shape, dtype=np.float32)
        seen[band] = lit + noise_sigma(lit, band) * noise
    patch = smooth_noise(chance, tile_shape(20), 3.0)
    truth = ClassificationTruth(cloud, shadow, haze, world.whim, patch)
    scl = classify_pixels(at_20_m(seen), truth, sky, float(chance.standard_normal()))
    return stored_image(seen, scl, sky, (cloud, shadow, haze))


def true_sky(simulation: Simulation, look: SimulatedPass, sky: SkyState, grid: Grid) -> TrueSky:
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
    field = placed_field(cloud_field(chance, sky.kind), chance)
    rows, columns = _part_of_tile(grid)
    cloud, shadow, haze = (
        at_10_m(plane)[rows, columns] for plane in sky_planes(field, look, sky, tile_shape(20))
    )
    unseen = unseen_pixels(sky, tile_shape(20)).repeat(2, axis=0).repeat(2, axis=1)[rows, columns]
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


def _chance_of_look(simulation: Simulation, look: SimulatedPass) -> np.random.Generator:
    """Random numbers of a look's pixels, its clouds first."""
    return simulation.chance(RandomStream.LOOK, 10_000_000 + look.day.toordinal())


def _ground_reflectance(
    world: SimulatedAirbase, look: SimulatedPass, sky: SkyState
) -> dict[BandName, Plane]:
    """Reflectance at the ground through the instrument's blur, shape of each band."""
    state = GroundState(look.day, look.relative_orbit, sky.wetness, sky.snow, sky.vigour)
    amounts = material_spectra(state).astype(np.float32)
    scenery = draw_scenery(world.story, look)
    rows, columns = window_slices(FINE_M)
    fine = np.ascontiguousarray(world.ground.fine[:, rows, columns])
    surface = {}
    for number, band in enumerate(REFLECTANCE_BANDS):
        pixel_m = BAND_PIXEL_M[band]
        shift_px = (sky.shift_px[0] * 10 / pixel_m, sky.shift_px[1] * 10 / pixel_m)
        lattice = _mixed_reflectance(amounts[:, number], world.ground.lattices[pixel_m])
        plane = sample_pixels(lattice, shift_px, tile_shape(pixel_m))
        bare = _mixed_reflectance(amounts[:, number], fine)
        change = to_lattice(reflectance_change(scenery, bare, number), pixel_m)
        here = window_slices(pixel_m)
        plane[here] += sample_pixels(change, shift_px, plane[here].shape)
        surface[band] = plane
    return surface


def _mixed_reflectance(reflectance: npt.NDArray[np.float32], amounts: Plane) -> Plane:
    """Reflectance of mixed materials; not by BLAS, whose idle threads keep cores busy."""
    mixed: Plane = np.einsum("m,myx->yx", reflectance, amounts)
    return mixed
