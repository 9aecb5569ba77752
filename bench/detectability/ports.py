"""Vessels planted on the open water of real ports beside those that people labelled there.

No history: the expectation is spatial. Every label on open water gets twins of its length, planted
elsewhere on the same water. The table is `report`'s job.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.activity.detect.objects import ObjectCandidate
from assets.activity.measure.surroundings import SurfaceMasks, find_surfaces
from assets.detectability.object_models import PAINTS, Paint, draw_object, plan_of
from assets.detectability.planting import find_spot, plant_object
from bench.objects.detectors import ours
from bench.objects.ports import Port, read_ports
from bench.objects.scoring import CLASSES_M, OPEN_WATER_M, match, score
from bench.objects.simulated import Found, Spot
from bench.objects.simulated import match as match_spots
from bench.objects.vessels import find_vessels
from resources.models import RESOLUTION_M

SHOWN: Final = ("under 30 m", "30 to 60 m", "60 to 120 m", "over 120 m")
TWINS: Final = 8  # of each label and paint
APART_M: Final = 150.0  # between vessels, labelled or planted, beside their lengths
SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Ports:
    """What came out, by length class: labels found on open water, and twins by paint."""

    names: tuple[str, ...]
    labels: dict[str, Found]
    twins: dict[Paint, dict[str, Found]]


def ports(folder: Path, *, tell: Callable[[str], None]) -> Ports:
    """Plant twins of the labelled vessels of all ports of a folder, and look for both."""
    found = read_ports(folder)
    outcomes = []
    seen: dict[Paint, list[tuple[float, bool]]] = {"bright": [], "dark": []}
    for port in found:
        tell(f"{port.name}: {len(port.labels)} labels ...")
        surfaces = find_surfaces(port.reflectance, port.clear, pixel_m=port.pixel_m)
        outcomes += match(port, surfaces, ours(port, surfaces))
        for number in range(TWINS):
            for paint, pairs in seen.items():
                pairs.extend(_twins(port, surfaces, paint, number))
    labels = {}
    for name in SHOWN:
        one = score(outcomes, place="open water", length_class=name)
        labels[name] = Found(name, math.nan, one.found + one.missed, one.found)
    twins = {
        paint: {name: _of_class(name, pairs) for name in SHOWN} for paint, pairs in seen.items()
    }
    return Ports(tuple(port.name for port in found), labels, twins)


def _twins(
    port: Port, surfaces: SurfaceMasks, paint: Paint, number: int
) -> list[tuple[float, bool]]:
    """Twins of the labels of a port in one copy of the scene: lengths, and which were found."""
    chance = np.random.default_rng([SEED, number, *f"{port.name}/{paint}".encode()])
    scene, spots = _planted(port, surfaces, paint, chance)
    again = find_surfaces(scene, port.clear, pixel_m=port.pixel_m)
    found = find_vessels(scene, port.clear, again, pixel_m=port.pixel_m)
    scale = port.pixel_m / RESOLUTION_M  # `match_spots` counts pixels of 10 m
    matched = match_spots(
        [_moved(one, one.row, one.column, scale) for one in spots],
        [_moved(one, one.row + 0.5, one.column + 0.5, scale) for one in found],
    )
    return [(spot.length_m, pair is not None) for spot, pair in zip(spots, matched, strict=True)]


def _planted(
    port: Port, surfaces: SurfaceMasks, paint: Paint, chance: np.random.Generator
) -> tuple[npt.NDArray[np.float32], list[Spot]]:
    """The scene with a twin of each label on open water, as far as there is room, and where.

    The ports' pixels are smaller than 10 m on the ground; a twin is as long in pixels as its
    label, so its blur is that of such a pixel.
    """
    scene, spots = port.reflectance.astype(np.float32), []
    free = _free_water(port, surfaces)
    rows, columns = np.indices(free.shape)
    land_m = ndimage.distance_transform_edt(~surfaces.land) * port.pixel_m
    for label in port.labels:
        if land_m[label.box].min() < OPEN_WATER_M:
            continue
        length_m = label.length_px * port.pixel_m
        plan = plan_of("vessel", label.length_px * RESOLUTION_M)
        drawing = draw_object(plan, float(chance.uniform(0, 360)), None)
        room = np.where(free >= OPEN_WATER_M + length_m / 2, 100.0, 0.0)
        point = find_spot(drawing, area_m2=room, clear=surfaces.water, chance=chance)
        if point is None:
            continue
        scene = plant_object(scene, drawing, point, paint=PAINTS["vessel"][paint]).reflectance
        spots.append(Spot("vessel", length_m, point.row, point.column))
        apart = np.hypot(rows - point.row, columns - point.column) * port.pixel_m
        free = np.minimum(free, np.maximum(apart - APART_M - length_m / 2, 0))
    return scene, spots


def _free_water(port: Port, surfaces: SurfaceMasks) -> npt.NDArray[np.float64]:
    """Distance of each water pixel from land and from labelled vessels, metres; 0 elsewhere."""
    taken = ~surfaces.water
    for label in port.labels:
        taken[label.box] = True
    return np.asarray(ndimage.distance_transform_edt(~taken)) * port.pixel_m


def _moved(one: Spot | ObjectCandidate, row: float, column: float, scale: float) -> Spot:
    """A place in pixels of another size."""
    return Spot("", one.length_m, row * scale, column * scale)


def _of_class(name: str, pairs: list[tuple[float, bool]]) -> Found:
    """Twins of a length class."""
    least, most = CLASSES_M[name]
    outcomes = [is_found for length, is_found in pairs if least <= length < most]
    return Found(name, math.nan, len(outcomes), sum(outcomes))
