"""Paints a plan: which cover lies in each fine pixel, and how high what stands there for good is.

Labels and heights only; what covers reflect is `covers`.
"""

from __future__ import annotations

import itertools
import math
from typing import Final

import numpy as np
import numpy.typing as npt

from resources.simulated.scenery.ground import smooth_noise
from resources.simulated.scenery.layout import Box
from resources.simulated.worlds.plan.chance import happens_by_chance, uniform_between
from resources.simulated.worlds.plan.frame import (
    GROUND_M,
    WorldFrame,
    pixels_within_box,
    shrink_box,
)
from resources.simulated.worlds.plan.nature import Setting, WorldNature
from resources.simulated.worlds.plan.site_plan import Load, Parcel, WorldPlan
from resources.simulated.worlds.surface.covers import GroundCover, draw_cover

ROOFS: Final = ("white_roof", "grey_roof", "grey_roof", "red_roof")
HOUSE_ROOFS: Final = ("red_roof", "red_roof", "grey_roof")
PAVINGS: Final[dict[Load | None, tuple[str, ...]]] = {
    "aircraft": ("concrete", "old_concrete", "new_concrete"),
    "helicopters": ("old_concrete", "asphalt", "concrete"),
    "vehicles": ("asphalt", "gravel", "old_concrete", "concrete"),
    "containers": ("asphalt", "old_concrete", "concrete"),
    "stockpiles": ("gravel", "old_concrete", "asphalt"),
    None: ("asphalt", "concrete", "old_concrete", "new_concrete", "gravel"),
}
DRY_PAVINGS: Final = ("gravel", "sand", "old_concrete", "new_concrete")
"""What is paved with in a desert, besides."""
CROOKED_M: Final[dict[Setting, float]] = {"desert": 34.0, "woodland": 20.0, "steppe": 14.0}
CROOKED_ELSEWHERE_M: Final = 8.0
"""How far edges of natural parcels wander; chosen."""
WANDER_M: Final = 90.0  # length of these bends
FOREST_HEIGHT_M: Final = (8.0, 20.0)
BEACH_WAVE, WOOD_WAVE = -0.3, 0.2
"""Level of smooth noise from which a shore has a beach, and a river trees along it; chosen."""
HOUSES, TREES = 0.78, 0.14
"""Share of plots of a village with a house, and with a tree."""
TREE_ROW_SHARE: Final = 0.12  # of parcels in fields with a row of trees along one side; chosen
ROAD_SHARE: Final = {"town": 0.6, "desert": 0.08}
ROAD_ELSEWHERE: Final = 0.18
"""Share of parcels with a road along one side."""

Labels = npt.NDArray[np.intp]


class GroundCanvas:
    """Labels and heights while they are painted.

    Attributes:
        covers: every piece of ground so far; a label is its number here.
        labels: shape (y, x), fine pixels.
        heights: metres above ground of roofs and trees, same shape.
    """

    def __init__(self, random: np.random.Generator, frame: WorldFrame, nature: WorldNature) -> None:
        self.random = random
        self.frame = frame
        self.years = range(nature.first.year - 2, nature.first.year + 6)
        self.axes = frame.axes()
        wander = np.float32(CROOKED_M.get(nature.setting, CROOKED_ELSEWHERE_M) / 2)
        self.crooked = (
            self.axes[0] + wander * smooth_noise(random, frame.shape, WANDER_M / GROUND_M),
            self.axes[1] + wander * smooth_noise(random, frame.shape, WANDER_M / GROUND_M),
        )
        self.covers: list[GroundCover] = []
        self._shared: dict[tuple[str, int], int] = {}
        self.labels: Labels = np.zeros(frame.shape, dtype=np.intp)
        self.heights: npt.NDArray[np.float32] = np.zeros(frame.shape, dtype=np.float32)

    def cover(self, material: str) -> int:
        """Label of a new piece of ground."""
        self.covers.append(draw_cover(self.random, material, self.years))
        return len(self.covers) - 1

    def shared(self, material: str, number: int = 0) -> int:
        """Label of one of few pieces of a material that many small things are made of."""
        key = (material, number)
        if key not in self._shared:
            self._shared[key] = self.cover(material)
        return self._shared[key]

    def paint(self, where: npt.NDArray[np.bool_], label: int, height_m: float = 0.0) -> None:
        """Set label and height."""
        self.labels[where] = label
        self.heights[where] = height_m

    def fill(self, box: Box, label: int, height_m: float = 0.0) -> None:
        """The same for the pixels that lie mostly in a box."""
        here = self.frame.mostly(box)
        self.labels.ravel()[here] = label
        self.heights.ravel()[here] = height_m


def paint_plan(canvas: GroundCanvas, plan: WorldPlan, setting: Setting) -> list[int]:
    """Everything of a plan; gives the label of each parcel's main ground, in its order."""
    labels = [_paint_natural_ground(canvas, parcel, setting) for parcel in plan.parcels]
    _paint_rows_and_roads(canvas, plan, setting)
    _paint_waters(canvas, plan)
    for number, parcel in enumerate(plan.parcels):
        if parcel.use in ("paved", "works"):
            labels[number] = _paint_hard_ground(canvas, parcel, setting)
        elif parcel.use == "village":
            _paint_houses(canvas, parcel)
        elif parcel.load == "vessels":
            labels[number] = _paint_basin(canvas, plan, parcel)
    return labels


def _paint_natural_ground(canvas: GroundCanvas, parcel: Parcel, setting: Setting) -> int:
    """The ground of a parcel before anything is built on it."""
    beds = {"desert": "sand", "steppe": "thin_grass"}
    material: str = parcel.use
    if parcel.use in ("paved", "works", "village"):
        material = beds.get(setting, "pasture")
    label = canvas.cover(material)
    tall = parcel.use in ("deciduous", "evergreen")
    height = uniform_between(canvas.random, *FOREST_HEIGHT_M) if tall else 0.0
    canvas.paint(pixels_within_box(canvas.crooked, parcel.box), label, height)
    return label


def _paint_rows_and_roads(canvas: GroundCanvas, plan: WorldPlan, setting: Setting) -> None:
    """Rows of trees and roads along sides of parcels, and one main road."""
    random = canvas.random
    road = canvas.cover(
        "sand" if setting == "desert" and happens_by_chance(random, 0.4) else "asphalt"
    )
    track, trees = canvas.cover("gravel"), canvas.cover("deciduous")
    for parcel in plan.parcels:
        west, south, east, north = parcel.box
        side = Box(west - 3, south, west + 4, north)
        if happens_by_chance(random, 0.5):
            side = Box(west, south - 3, east, south + 4)
        if happens_by_chance(random, ROAD_SHARE.get(setting, ROAD_ELSEWHERE)):
            canvas.fill(side, road if happens_by_chance(random, 0.6) else track)
        elif setting in ("farmland", "coast") and happens_by_chance(random, TREE_ROW_SHARE):
            canvas.fill(side, trees, 9.0)
    reach = 4000.0
    canvas.fill(Box(-reach, plan.core.north - 5, reach, plan.core.north + 4), road)


def _paint_waters(canvas: GroundCanvas, plan: WorldPlan) -> None:
    """Sea below the shore, or a river beside the core."""
    along, across = canvas.axes
    wave = smooth_noise(canvas.random, canvas.frame.shape, 300 / GROUND_M)
    if plan.shore_m is not None:
        beyond = np.clip((np.abs(along) - plan.core.east) / 120, 0, 1)
        shore = plan.shore_m + 70 * beyond * wave
        beach = canvas.cover("sand")
        canvas.paint((across < shore + 14) & (beyond > 0) & (wave > BEACH_WAVE), beach)
        canvas.paint(across < shore, canvas.cover("water"))
    if plan.river_m is not None:
        middle, half = plan.river_m
        swing = 35 * np.sin(along / (180 + 4 * half) + 1.3) + 12 * wave
        away = np.abs(across - middle - swing)
        canvas.paint((away < half + 16) & (wave > WOOD_WAVE), canvas.cover("deciduous"), 10.0)
        canvas.paint(away < half, canvas.cover("turbid_water"))


def _paint_hard_ground(canvas: GroundCanvas, parcel: Parcel, setting: Setting) -> int:
    """A paved parcel, or one with halls on it; grass or sand is left along its edge."""
    choices = PAVINGS[parcel.load]
    if setting == "desert":
        choices = (*choices, *DRY_PAVINGS)
    material = choices[int(canvas.random.integers(len(choices)))]
    label = canvas.cover(material)
    canvas.fill(shrink_box(parcel.box, 3.0), label)
    if parcel.use == "works":
        _paint_halls(canvas, parcel.box)
    return label


def _paint_halls(canvas: GroundCanvas, box: Box) -> None:
    """A few large roofs."""
    random = canvas.random
    for _ in range(int(random.integers(2, 7))):
        long, wide = uniform_between(random, 25, 90), uniform_between(random, 15, 45)
        if happens_by_chance(random, 0.5):
            long, wide = wide, long
        room_u, room_v = box.east - box.west - long - 16, box.north - box.south - wide - 16
        if room_u <= 0 or room_v <= 0:
            continue
        west = box.west + 8 + uniform_between(random, 0, room_u)
        south = box.south + 8 + uniform_between(random, 0, room_v)
        roof = canvas.cover(ROOFS[int(random.integers(len(ROOFS)))])
        canvas.fill(
            Box(west, south, west + long, south + wide), roof, uniform_between(random, 6, 14)
        )


def _paint_houses(canvas: GroundCanvas, parcel: Parcel) -> None:
    """Houses in rows with gardens, streets between every second row."""
    random, box = canvas.random, parcel.box
    street, trees = canvas.shared("asphalt"), canvas.shared("deciduous")
    roofs = [canvas.shared(HOUSE_ROOFS[n % len(HOUSE_ROOFS)], n) for n in range(6)]
    step_u, step_v = uniform_between(random, 18, 30), uniform_between(random, 24, 36)
    for row in range(max(int((box.north - box.south - 10) // step_v), 1)):
        south = box.south + 6 + row * step_v
        if row % 2 == 0:
            canvas.fill(Box(box.west, south - 4, box.east, south + 2.5), street)
        for column in range(int((box.east - box.west - 12) // step_u)):
            west = box.west + 7 + column * step_u + uniform_between(random, 0, 4)
            long, wide = uniform_between(random, 9, 16), uniform_between(random, 8, 13)
            drawn = float(random.random())
            place = Box(west, south + 6, west + long, south + 6 + wide)
            if drawn < HOUSES:
                canvas.fill(place, roofs[int(random.integers(len(roofs)))], 6.0)
            elif drawn < HOUSES + TREES:
                canvas.fill(place, trees, 7.0)


def _paint_basin(canvas: GroundCanvas, plan: WorldPlan, parcel: Parcel) -> int:
    """Water of a harbour, with a quay along the shore."""
    quay = canvas.cover("old_concrete")
    shore = plan.shore_m or 0.0
    canvas.fill(Box(parcel.box.west, shore - 6, parcel.box.east, shore + 10), quay, 0.0)
    inside = pixels_within_box(canvas.axes, parcel.box._replace(north=shore - 6))
    found = canvas.labels[inside]
    return int(np.bincount(found).argmax()) if found.size else quay


def heights_by_class(heights: npt.NDArray[np.float32]) -> list[tuple[float, npt.NDArray[np.bool_]]]:
    """Heights in few classes, with where each stands; shape (y, x)."""
    edges = (1.0, 7.5, 12.0, math.inf)
    classes = []
    for low, high in itertools.pairwise(edges):
        here = (heights >= low) & (heights < high)
        if here.any():
            classes.append((float(heights[here].mean()), here))
    return classes
