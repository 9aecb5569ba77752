"""The ground without anything on it: which material lies where, drawn once and blurred once.

Objects, weather and the instrument's noise come later and elsewhere.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from resources.models import Bounds
from resources.simulated.scenery.drawing import fill_box
from resources.simulated.scenery.instrument import FINE_M, Plane, to_lattice
from resources.simulated.scenery.layout import BUILDINGS, FENCE, SURFACES, TILE
from resources.simulated.scenery.materials import MATERIALS
from resources.simulated.scenery.simulation import RandomStream, Simulation

FIELDS = 55
"""Farm fields outside the fence, one crop each."""
FIELD_CROPS = ("wheat", "maize", "pasture", "pasture", "wheat", "bare_soil")

SMOOTH_TEXTURE = {
    "concrete": 0.035,
    "new_concrete": 0.025,
    "old_concrete": 0.055,
    "asphalt": 0.06,
    "gravel": 0.05,
    "bare_soil": 0.08,
    "trees": 0.10,
}
"""Relative brightness of stains and patches some 25 m wide, by material."""
SMOOTH_TEXTURE_ELSEWHERE = 0.04
GRAIN = 0.05
"""Relative brightness from one fine pixel to the next."""
PATCH_M = 25.0
MEADOW_M = 60.0
"""Width of the patches in which grass is lush or thin."""


@dataclass(frozen=True, slots=True)
class AirbaseGround:
    """Amounts of each material, once fine and once for either pixel size.

    Attributes:
        fine: Shape (materials, y, x) in pixels of `FINE_M`; about 0..1, times texture.
        lattices: By pixel size in metres, shape (materials, lattice y, lattice x).
    """

    fine: Plane
    lattices: dict[int, Plane]


def fine_shape(bounds: Bounds = TILE, pixel_m: float = FINE_M) -> tuple[int, int]:
    """Rows and columns of the fine drawing."""
    return (
        round((bounds.north - bounds.south) / pixel_m),
        round((bounds.east - bounds.west) / pixel_m),
    )


def draw_ground(simulation: Simulation, *, workers: int = 1) -> AirbaseGround:
    """Draw the ground of a simulation and blur it for both pixel sizes."""
    chance = simulation.chance(RandomStream.GROUND)
    labels = _material_labels(chance)
    fine = _material_amounts(labels, chance)
    sizes = [(plane, pixel_m) for pixel_m in (10, 20) for plane in fine]
    with ThreadPoolExecutor(workers) as pool:
        blurred = list(pool.map(lambda pair: to_lattice(*pair), sizes))
    half = len(MATERIALS)
    lattices = {10: np.stack(blurred[:half]), 20: np.stack(blurred[half:])}
    return AirbaseGround(fine, lattices)


def smooth_noise(
    chance: np.random.Generator, shape: tuple[int, int], width_px: float
) -> npt.NDArray[np.float32]:
    """Gaussian noise of unit spread with patches about `width_px` wide."""
    coarse = (max(int(shape[0] / width_px) + 3, 4), max(int(shape[1] / width_px) + 3, 4))
    nodes = chance.standard_normal(coarse).astype(np.float32)
    zoom = ((shape[0] + 2 * width_px) / coarse[0], (shape[1] + 2 * width_px) / coarse[1])
    field = ndimage.zoom(nodes, zoom, order=3, mode="reflect", grid_mode=True)
    field = field[: shape[0], : shape[1]]
    normalised: npt.NDArray[np.float32] = (field - field.mean()) / field.std()
    return normalised


def _material_labels(chance: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Number of the material of each fine pixel, order of `MATERIALS`."""
    labels = _farm_field_labels(chance)
    fill_box(labels, TILE, FENCE, MATERIALS.index("lush_grass"))
    for name, box in SURFACES:
        fill_box(labels, TILE, box, MATERIALS.index(name))
    for house in BUILDINGS:
        fill_box(labels, TILE, house.box, MATERIALS.index(house.roof))
    return labels


def _farm_field_labels(chance: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Farm fields: the nearest of random centres owns a pixel."""
    rows, columns = fine_shape()
    centres = chance.uniform((0, 0), (rows, columns), size=(FIELDS, 2))
    crops = np.array([MATERIALS.index(name) for name in FIELD_CROPS], dtype=np.uint8)
    crop_of_field = crops[chance.integers(0, len(crops), FIELDS)]
    y, x = np.mgrid[0:rows:2, 0:columns:2]
    points = np.stack([y.ravel(), x.ravel()], axis=1)
    owner = cKDTree(centres).query(points)[1].reshape(y.shape)
    fields: npt.NDArray[np.uint8] = crop_of_field[owner].repeat(2, axis=0).repeat(2, axis=1)
    return fields


def _material_amounts(labels: npt.NDArray[np.uint8], chance: np.random.Generator) -> Plane:
    """Amount of every material in every fine pixel, with its texture."""
    patches = smooth_noise(chance, labels.shape, PATCH_M / FINE_M)
    grain = chance.standard_normal(labels.shape, dtype=np.float32)
    amounts = np.zeros((len(MATERIALS), *labels.shape), dtype=np.float32)
    for number, name in enumerate(MATERIALS):
        strength = SMOOTH_TEXTURE.get(name, SMOOTH_TEXTURE_ELSEWHERE)
        here = labels == number
        amounts[number][here] = 1 + strength * patches[here] + GRAIN * grain[here]
    _thin_the_grass(amounts, smooth_noise(chance, labels.shape, MEADOW_M / FINE_M))
    return np.clip(amounts, 0, None)


def _thin_the_grass(amounts: Plane, meadow: npt.NDArray[np.float32]) -> None:
    """Share the grass out between lush and thin, in patches."""
    lush, thin = MATERIALS.index("lush_grass"), MATERIALS.index("thin_grass")
    share = np.clip(0.6 + 0.25 * meadow, 0, 1)
    amounts[thin] += amounts[lush] * (1 - share)
    amounts[lush] *= share
