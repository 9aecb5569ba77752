"""The ground of a world: its covers, where each lies, and what is built on it in time.

Things that come and go are `slots` and `traffic`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from resources.simulated.scenery.ground import PATCH_M, smooth_noise
from resources.simulated.scenery.layout import Box
from resources.simulated.worlds.plan.chance import (
    WorldStream,
    happens_by_chance,
    random_stream,
    uniform_between,
)
from resources.simulated.worlds.plan.frame import GROUND_M, area_m2, shrink_box
from resources.simulated.worlds.plan.nature import WorldNature
from resources.simulated.worlds.plan.site_plan import Parcel, WorldPlan
from resources.simulated.worlds.plan.stories import OF_GROUND, StoryKind, WorldEvent
from resources.simulated.worlds.plan.zones import OPEN_USES, WorldZone
from resources.simulated.worlds.surface.covers import (
    TEXTURE,
    TEXTURE_ELSEWHERE,
    CoverTable,
    GroundCover,
    RadiometricStep,
    cover_table,
)
from resources.simulated.worlds.surface.painting import (
    ROOFS,
    GroundCanvas,
    Labels,
    heights_by_class,
    paint_plan,
)

GRAIN: Final = 0.03  # relative brightness from one fine pixel to the next; chosen
UNEVEN_GREEN: Final = 0.13  # spread of growth within a piece of ground, relative; chosen
MEADOW_M: Final = 60.0  # width of the patches in which growth is ahead or behind
WORK_DAYS: Final = (15, 170)  # of the story's months, in which works can begin
FIRST_WORKS: Final = 10  # number of the streams of chance of works, before the parcel's
RESURFACED_LEAST, BUILT_LEAST = 0.5, 0.35
"""Least share of a zone's sides that works take."""
OUTSIDE_SHARE: Final = 0.4  # of worlds that are not quiet in which something is built elsewhere
OUTSIDE_M2: Final = (6_000.0, 60_000.0)  # area of such a parcel
NEAR_M: Final = 350.0  # how far outside the core such a parcel may reach
STEP_SHARE: Final = 0.35  # share of worlds with a step of radiometry; chosen
FOREST_STEP: Final = (0.55, 0.95, 0.85, 1.30, 1.28, 1.05, 1.05)
"""Such as forest of a real archive showed for good from one winter on: NIR up by 1.3."""


@dataclass(frozen=True, slots=True)
class GroundChange:
    """Ground that becomes another cover for good from a day on.

    Attributes:
        pixels: numbers of the flattened tile's fine pixels.
        height_m: of what is built there.
    """

    first: dt.date
    pixels: npt.NDArray[np.int64]
    label: int
    height_m: float = 0.0


@dataclass(frozen=True, slots=True)
class WorldGround:
    """All of the ground.

    Attributes:
        table: of the pieces of ground; a label is the number of one.
        labels: in the beginning, shape (y, x), fine pixels.
        parcels: label of each parcel's main ground.
        texture: factor on reflectance, same shape; `unevenness` of green alike, about 0.
        heights: by class, metres and where, in the beginning.
        changes: in order of time.
        steps: of radiometry.
        events: of what is built.
    """

    table: CoverTable
    labels: Labels
    parcels: list[int]
    texture: npt.NDArray[np.float32]
    unevenness: npt.NDArray[np.float32]
    heights: list[tuple[float, npt.NDArray[np.bool_]]]
    changes: tuple[GroundChange, ...]
    steps: tuple[RadiometricStep, ...]
    events: tuple[WorldEvent, ...]

    @property
    def covers(self) -> tuple[GroundCover, ...]:
        """Pieces of ground, in order of their labels."""
        return self.table.covers

    def labels_on(self, day: dt.date) -> Labels:
        """Labels of a day, shape (y, x)."""
        if not any(change.first <= day for change in self.changes):
            return self.labels
        labels = self.labels.copy()
        for change in self.changes:
            if change.first <= day:
                labels.ravel()[change.pixels] = change.label
        return labels


def draw_ground(
    seed: int, nature: WorldNature, plan: WorldPlan, zones: tuple[WorldZone, ...], story: StoryKind
) -> WorldGround:
    """Paint a plan, and what its story builds."""
    random = random_stream(seed, WorldStream.COVERS)
    canvas = GroundCanvas(random, plan.frame, nature)
    parcels = paint_plan(canvas, plan, nature.setting)
    sites = _works_sites(seed, plan, zones, story)
    changes, events = _draw_works(seed, nature, canvas, sites, story)
    noise = random_stream(seed, WorldStream.TEXTURE)
    patches = smooth_noise(noise, plan.frame.shape, PATCH_M / GROUND_M)
    grain = noise.standard_normal(plan.frame.shape, dtype=np.float32)
    strength = np.array(
        [TEXTURE.get(cover.material, TEXTURE_ELSEWHERE) for cover in canvas.covers],
        dtype=np.float32,
    )
    texture = 1 + strength[canvas.labels] * patches + np.float32(GRAIN) * grain
    unevenness = UNEVEN_GREEN * smooth_noise(noise, plan.frame.shape, MEADOW_M / GROUND_M)
    return WorldGround(
        table=cover_table(canvas.covers),
        labels=canvas.labels,
        parcels=parcels,
        texture=np.clip(texture, 0.4, 1.8).astype(np.float32),
        unevenness=unevenness.astype(np.float32),
        heights=heights_by_class(canvas.heights),
        changes=changes,
        steps=_draw_steps(seed, nature),
        events=events,
    )


def _draw_steps(seed: int, nature: WorldNature) -> tuple[RadiometricStep, ...]:
    """Steps of radiometry: of forest, or of all ground, on some day from the second half year."""
    random = random_stream(seed, WorldStream.EVENTS, 1)
    if not happens_by_chance(random, STEP_SHARE):
        return ()
    day = nature.first_day + dt.timedelta(days=int(random.integers(180, 740)))
    if happens_by_chance(random, 0.5):
        return (RadiometricStep(day, "forest", FOREST_STEP),)
    factors = np.clip(random.normal(1.0, 0.03) * np.exp(random.normal(0, 0.015, 7)), 0.9, 1.1)
    return (RadiometricStep(day, "all", tuple(float(factor) for factor in factors)),)


def _draw_works(
    seed: int,
    nature: WorldNature,
    canvas: GroundCanvas,
    sites: list[tuple[int, str | None, Box]],
    story: StoryKind,
) -> tuple[tuple[GroundChange, ...], tuple[WorldEvent, ...]]:
    """What is built or resurfaced on some parcels, by their number, zone and box."""
    changes: list[GroundChange] = []
    events: list[WorldEvent] = []
    for number, zone_id, whole in sites:
        random = random_stream(seed, WorldStream.EVENTS, FIRST_WORKS + number)
        first = nature.story_day + dt.timedelta(days=int(random.integers(*WORK_DAYS)))
        is_top = story == "resurfacing" and zone_id is not None
        box = _draw_part_of_box(random, whole, least=RESURFACED_LEAST if is_top else BUILT_LEAST)
        done = (_resurfacing_changes if is_top else _construction_changes)(
            random, canvas, box, first
        )
        changes += done
        events.append(
            WorldEvent(
                kind="resurfacing" if is_top else "construction",
                zone_id=zone_id,
                first=first,
                last=max(change.first for change in done),
                before_m2=0.0,
                after_m2=len(done[0].pixels) * GROUND_M**2,
                sign=0 if is_top else 1,
                outline=canvas.frame.outline(box),
            )
        )
    return tuple(sorted(changes, key=lambda change: change.first)), tuple(events)


def _works_sites(
    seed: int, plan: WorldPlan, zones: tuple[WorldZone, ...], story: StoryKind
) -> list[tuple[int, str | None, Box]]:
    """Zones that a story is about, and in some worlds a parcel or two outside all zones."""
    told = [zone for zone in zones if zone.is_of_story and story in OF_GROUND]
    sites: list[tuple[int, str | None, Box]] = [
        (zone.parcel, zone.zone_id, zone.box) for zone in told
    ]
    random = random_stream(seed, WorldStream.EVENTS, 2)
    if story == "quiet" or not happens_by_chance(random, OUTSIDE_SHARE):
        return sites
    of_zones = {zone.parcel for zone in zones}
    outside = [
        number
        for number, parcel in enumerate(plan.parcels)
        if number not in of_zones and _can_be_built_on(plan, parcel)
    ]
    chosen = random.permutation(outside)[: int(random.integers(1, 3))]
    return [*sites, *[(int(n), None, shrink_box(plan.parcels[n].box, 12.0)) for n in chosen]]


def _can_be_built_on(plan: WorldPlan, parcel: Parcel) -> bool:
    """Whether a parcel is open ground of the right size, near the core and within the tile."""
    if parcel.use not in OPEN_USES or not OUTSIDE_M2[0] <= area_m2(parcel.box) <= OUTSIDE_M2[1]:
        return False
    near, box = shrink_box(plan.core, -NEAR_M), parcel.box
    if box.west < near.west or box.east > near.east:
        return False
    tile = plan.frame.tile
    within = shapely.box(tile.west, tile.south, tile.east, tile.north)
    is_inside = bool(within.contains(plan.frame.outline(box)))
    return is_inside and near.south <= box.south and box.north <= near.north


def _draw_part_of_box(random: np.random.Generator, box: Box, *, least: float) -> Box:
    """A part of a zone, from the least share of each side to all of it."""
    long = (box.east - box.west) * uniform_between(random, least, 1.0)
    wide = (box.north - box.south) * uniform_between(random, least, 1.0)
    west = uniform_between(random, box.west, box.east - long)
    south = uniform_between(random, box.south, box.north - wide)
    return Box(west, south, west + long, south + wide)


def _construction_changes(
    random: np.random.Generator, canvas: GroundCanvas, box: Box, first: dt.date
) -> list[GroundChange]:
    """Soil is laid bare, then part of it is paved, then roofs stand on it."""
    paved_on = first + dt.timedelta(days=int(random.integers(15, 50)))
    roofed_on = paved_on + dt.timedelta(days=int(random.integers(10, 50)))
    changes = [GroundChange(first, _pixels_of_box(canvas, box), canvas.cover("bare_soil"))]
    paving = canvas.cover(("gravel", "new_concrete", "asphalt")[int(random.integers(3))])
    changes.append(
        GroundChange(
            paved_on, _pixels_of_box(canvas, _draw_part_of_box(random, box, least=0.6)), paving
        )
    )
    for _ in range(int(random.integers(1, 4))):
        roof = canvas.cover(ROOFS[int(random.integers(len(ROOFS)))])
        part = _draw_part_of_box(random, box, least=0.35)
        long = min(part.east - part.west, 90.0)
        part = part._replace(east=part.west + long, north=min(part.north, part.south + 45.0))
        changes.append(
            GroundChange(
                roofed_on, _pixels_of_box(canvas, part), roof, uniform_between(random, 6, 12)
            )
        )
    return changes


def _resurfacing_changes(
    random: np.random.Generator, canvas: GroundCanvas, box: Box, first: dt.date
) -> list[GroundChange]:
    """Pavement gets a new top: fresh asphalt or new concrete, whichever differs more."""
    pixels = _pixels_of_box(canvas, box)
    before = canvas.covers[int(canvas.labels.ravel()[pixels[len(pixels) // 2]])].material
    is_dark = "asphalt" in before
    new = "new_concrete" if is_dark and happens_by_chance(random, 0.5) else "fresh_asphalt"
    return [GroundChange(first, pixels, canvas.cover(new))]


def _pixels_of_box(canvas: GroundCanvas, box: Box) -> npt.NDArray[np.int64]:
    """Fine pixels that lie mostly in a box."""
    return canvas.frame.mostly(box)
