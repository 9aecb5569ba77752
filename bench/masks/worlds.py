"""Masks of made-up worlds against what really hid the ground: intersections over unions.

Looks are rendered in memory and put together and masked by the product's own code; the truth is
told by the world and read by nothing else.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from affine import Affine

from assets.clouds.mask import CLEAR, CLOUD, HAZE, NO_DATA, SHADOW, SNOW, classify_look
from assets.clouds.signs.past_looks import PastLooks, PastPlane, past_plane
from assets.clouds.signs.sun_position import SunPosition
from assets.scenes.stack import SCALE, ItemPixels, LookPixels, assemble_look
from resources.models import Grid, Raster
from resources.simulated.worlds.scene import RenderedLook, TrueClass, render_world_look
from resources.simulated.worlds.surface.ground import GroundChange
from resources.simulated.worlds.world import DrawnWorld, draw_world

CLASSES: Final = {
    CLEAR: TrueClass.CLEAR,
    CLOUD: TrueClass.CLOUD,
    SHADOW: TrueClass.SHADOW,
    SNOW: TrueClass.SNOW,
    HAZE: TrueClass.HAZE,
}
"""Codes of masks and of the truth; the rest is unseen."""
NAMES: Final = {CLEAR: "clear", CLOUD: "cloud", SHADOW: "shadow", SNOW: "snow", HAZE: "haze"}
CODES: Final = max(NAMES) + 2  # saturated, too
HISTORY_DAYS: Final = 730.0  # as the product looks back
BRIGHTER: Final = 0.03  # reflectance in blue, truly, from which a new surface is a bright one
HALF: Final = 0.5  # share of a surface that must be truly clear, and then masked
DAY_S: Final = 86_400.0

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WorldsScore:
    """Over all looks of some worlds.

    Attributes:
        pixels: by true class and class, in the order of NAMES, then what is neither.
        iou: intersection over union by class; None where neither has it.
        surface_looks: looks at new bright surfaces that were truly clear.
        surface_masked: those on which over half of the surface was masked.
        ms_per_km2: of masking a look, without reading and storing.
    """

    worlds: int
    looks: int
    pixels: dict[str, dict[str, int]]
    iou: dict[str, float | None]
    surface_looks: int
    surface_masked: int
    ms_per_km2: float


@dataclass(slots=True)
class _Tally:
    """What is counted on the way."""

    pixels: Counts = field(default_factory=lambda: np.zeros((CODES, CODES), np.int64))
    looks: int = 0
    surface_looks: int = 0
    surface_masked: int = 0
    seconds: float = 0.0
    km2: float = 0.0


def score_worlds(seeds: range) -> WorldsScore:
    """Score the masks of the worlds of some seeds."""
    tally = _Tally()
    for seed in seeds:
        _score_world(draw_world(seed), tally)
    return WorldsScore(
        worlds=len(seeds),
        looks=tally.looks,
        pixels={
            name: {other: int(tally.pixels[row, column]) for column, other in NAMES.items()}
            for row, name in NAMES.items()
        },
        iou={name: _iou(tally.pixels, code) for code, name in NAMES.items()},
        surface_looks=tally.surface_looks,
        surface_masked=tally.surface_masked,
        ms_per_km2=1000 * tally.seconds / max(tally.km2, 1e-9),
    )


def _score_world(world: DrawnWorld, tally: _Tally) -> None:
    """Mask each look with all looks before it."""
    grid = Grid(world.place.epsg, world.place.tile)
    past: list[tuple[dt.datetime, PastPlane]] = []
    surfaces = [_covered(world, change, grid.shape) for change in world.ground.changes]
    before = np.full(grid.shape, np.nan, np.float32)
    bright = [False] * len(surfaces)
    for number in range(len(world.looks)):
        scene = render_world_look(world, number)
        look = _look(world, number, scene, grid)
        found = _timed(world, look, past, tally)
        true = _true_codes(scene)
        np.add.at(tally.pixels, (true[true > NO_DATA], found[true > NO_DATA]), 1)
        blue = _coarser(scene.surface[0], grid.shape)
        for place, (change, surface) in enumerate(zip(world.ground.changes, surfaces, strict=True)):
            if change.first > world.looks[number].day or not surface.any():
                continue
            if not bright[place] and change.first > _day_before(world, number):
                bright[place] = bool(np.mean((blue - before)[surface]) > BRIGHTER)
            if bright[place]:
                _judge_surface(tally, surface & (true == CLEAR), surface, found)
        before = blue
        past.append((look.sensed_at, past_plane(look)))


def _timed(
    world: DrawnWorld, look: LookPixels, past: list[tuple[dt.datetime, PastPlane]], tally: _Tally
) -> npt.NDArray[np.uint8]:
    """Classes of a look."""
    ages = [(look.sensed_at - when).total_seconds() / DAY_S for when, _ in past]
    known = [(plane, age) for (_, plane), age in zip(past, ages, strict=True) if age < HISTORY_DAYS]
    sun = SunPosition(latitude_deg=world.nature.latitude_deg)
    begun = time.perf_counter()
    mask = classify_look(
        look, PastLooks([one for one, _ in known], [age for _, age in known]), sun=sun
    )
    tally.seconds += time.perf_counter() - begun
    tally.km2 += look.scl.size * 1e-4
    tally.looks += 1
    return mask.classes


def _look(world: DrawnWorld, number: int, scene: RenderedLook, grid: Grid) -> LookPixels:
    """A look as the product puts it together."""
    rasters = {}
    for band, pixels in scene.picture.bands.items():
        size = (grid.bounds.east - grid.bounds.west) / pixels.shape[1]
        place = Affine(size, 0, grid.bounds.west, 0, -size, grid.bounds.north)
        rasters[band] = Raster(pixels, place, grid.epsg, 0)
    offset = -world.timetable.processing[number].stored_dn
    when = dt.datetime.combine(world.looks[number].day, dt.time(10, 30), dt.UTC)
    orbit = world.looks[number].relative_orbit
    parts = [ItemPixels(rasters, offset, SCALE)]
    return assemble_look(str(number), when, orbit, parts=parts, grid=grid)


def _judge_surface(
    tally: _Tally, clear: Flags, surface: Flags, found: npt.NDArray[np.uint8]
) -> None:
    """Count a look at a new surface, if it was truly clear."""
    if clear.sum() < HALF * surface.sum():
        return
    tally.surface_looks += 1
    tally.surface_masked += int((found[clear] != CLEAR).mean() > HALF)


def _true_codes(scene: RenderedLook) -> npt.NDArray[np.uint8]:
    """The truth in codes of masks."""
    codes = np.full(256, NO_DATA, np.uint8)
    for code, true in CLASSES.items():
        codes[int(true)] = code
    return np.asarray(codes[scene.mask])


def _covered(world: DrawnWorld, change: GroundChange, shape: tuple[int, int]) -> Flags:
    """Pixels of 10 m that are mostly of a changed surface."""
    fine = np.zeros(world.plan.frame.shape, np.float32)
    fine.ravel()[change.pixels] = 1
    return np.asarray(_coarser(fine, shape) > HALF)


def _coarser(fine: npt.NDArray[np.float32], shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Means of fine pixels in those of 10 m."""
    rows, columns = shape
    step = fine.shape[0] // rows
    return np.asarray(fine.reshape(rows, step, columns, step).mean(axis=(1, 3)), np.float32)


def _day_before(world: DrawnWorld, number: int) -> dt.date:
    """Day of the look before; the first day of all for the first."""
    return world.looks[number - 1].day if number else dt.date.min


def _iou(pixels: Counts, code: int) -> float | None:
    """Intersection over union of a class, of pixels that were truly seen."""
    both = int(pixels[code, code])
    either = int(pixels[code].sum() + pixels[:, code].sum()) - both
    return both / either if either else None
