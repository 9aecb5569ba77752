"""Plants objects in past looks of zones and measures them again, as the product measures a look.

Pure: looks come, from `detectability.site`, with a function that measures them. `curve` uses the
outcomes.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from assets.activity.indices.zone_pixels import ClearLook, ZonePixels
from assets.detectability.object_models import (
    PAINTS,
    SHAPE_OF_KIND,
    ObjectPlan,
    Paint,
    Shape,
    SunDirection,
    draw_object,
    plan_of,
)
from assets.detectability.planting import ObjectPosition, find_spot, plant_object

LENGTHS_M: Final = (10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 70.0)  # metres; car to airliner
MOVER_LENGTHS_M: Final = (10.0, 15.0, 20.0, 30.0, 50.0)  # metres; truck to airliner
ROAD_SPEED_M_S: Final = 22.0  # a lorry on a good road
WATER_SPEED_M_S: Final = 8.0  # 15 knots


class MeasuredIndex(Protocol):
    """What is needed of a measurement, such as `measurement.IndexMeasurement`."""

    @property
    def index_name(self) -> str:
        """The index."""
        ...

    @property
    def z(self) -> float | None:
        """Departure in standard errors, None where there is no value."""
        ...

    @property
    def value(self) -> float | None:
        """The index itself."""
        ...


Measure = Callable[[ClearLook], Sequence[MeasuredIndex]]
"""From a look on the site grid to the measurements of one zone: the product's own path."""


@dataclass(frozen=True, slots=True)
class PlantingTrial:
    """A past look of a zone that objects are planted in.

    Attributes:
        look: on the site grid, before its gain and offset are taken off.
        zone: where to plant.
        measure: measures the zone in this look, or in a copy of it with an object in it, against
            what could be expected on its day.
        sun: None if it is not known; objects cast no shadow then.
    """

    look: ClearLook
    zone: ZonePixels
    measure: Measure
    sun: SunDirection | None


@dataclass(frozen=True, slots=True)
class ObjectSpecimen:
    """What is planted: an object of a shape, length and paint."""

    shape: Shape
    length_m: float
    paint: Paint


@dataclass(frozen=True, slots=True)
class UnplantedOutcome:
    """A zone in a look without anything planted: its measurements by index."""

    acquisition_id: str
    zone_id: str
    found: dict[str, MeasuredIndex]


@dataclass(frozen=True, slots=True)
class PlantedOutcome:
    """A specimen in a zone of a look: measurements by index without and with it."""

    acquisition_id: str
    zone_id: str
    specimen: ObjectSpecimen
    before: dict[str, MeasuredIndex]
    after: dict[str, MeasuredIndex]


def specimens_for(zone: ZonePixels, *, with_movers: bool = False) -> list[ObjectSpecimen]:
    """What is planted in a zone: things such ground is watched for, bright and dark, by length."""
    shape = SHAPE_OF_KIND[zone.kind]
    found = [
        ObjectSpecimen(shape, length, paint) for length in LENGTHS_M for paint in PAINTS[shape]
    ]
    if with_movers:
        found += [
            ObjectSpecimen("mover", length, paint)
            for length in MOVER_LENGTHS_M
            for paint in PAINTS["mover"]
        ]
    return found


def plant_and_measure(
    trials: Iterable[PlantingTrial],
    specimens: Callable[[ZonePixels], Sequence[ObjectSpecimen]],
    *,
    seed: int,
) -> Iterator[UnplantedOutcome | PlantedOutcome]:
    """Each trial as it is, then with every specimen once, at a random place of its zone.

    Places depend on seed, look, zone and specimen alone: a further look changes no earlier one.

    Args:
        trials: looks of zones.
        specimens: what to plant in a zone.
        seed: of the random places and headings.

    Yields:
        A `UnplantedOutcome` for each trial whose zone has a value, then its `PlantedOutcome`s; a
        specimen that found no room over clear pixels has none.

    Raises:
        KeyError: a specimen has an unknown shape or paint.
        ValueError: its length is not positive.

    Source:
        Own: docs/methods/detectability.md; tests/unit/assets/detectability/test_curve.py.
    """
    for trial in trials:
        before = _by_index(trial.measure(trial.look))
        if all(one.z is None for one in before.values()):
            continue
        name, zone_id = trial.look.acquisition_id, trial.zone.zone_id
        yield UnplantedOutcome(name, zone_id, before)
        area = area_image(trial.zone, trial.look.clear.shape)
        for specimen in specimens(trial.zone):
            look = with_specimen(trial, specimen, area_m2=area, seed=seed)
            if look is not None:
                after = _by_index(trial.measure(look))
                yield PlantedOutcome(name, zone_id, specimen, before, after)


def with_specimen(
    trial: PlantingTrial, specimen: ObjectSpecimen, *, area_m2: npt.NDArray[np.float64], seed: int
) -> ClearLook | None:
    """The look of a trial with a specimen at a random place; None where there is no room.

    Args:
        trial: look and zone.
        specimen: what to plant.
        area_m2: area of the zone in each pixel of the grid, shape (y, x).
        seed: of place and heading.

    Raises:
        KeyError: the specimen has an unknown shape or paint.
        ValueError: its length is not positive, or `area_m2` does not fit the look.
    """
    chance = _planting_generator(seed, trial.look.acquisition_id, trial.zone.zone_id, specimen)
    speed = 0.0
    if specimen.shape == "mover":
        speed = WATER_SPEED_M_S if trial.zone.kind == "berth" else ROAD_SPEED_M_S
    found = plant_at_random(
        trial,
        plan_of(specimen.shape, specimen.length_m),
        PAINTS[specimen.shape][specimen.paint],
        area_m2=area_m2,
        chance=chance,
        speed_m_s=speed,
    )
    return None if found is None else found[0]


def plant_at_random(
    trial: PlantingTrial,
    plan: ObjectPlan,
    spectrum: Sequence[float],
    *,
    area_m2: npt.NDArray[np.float64],
    chance: np.random.Generator,
    speed_m_s: float = 0.0,
) -> tuple[ClearLook, ObjectPosition] | None:
    """The look of a trial with an object at a random place and heading, and that place.

    Args:
        trial: look and sun.
        plan: the object.
        spectrum: its reflectance, in the order of REFLECTANCE_BANDS.
        area_m2: where it may stand, shape (y, x): area in each pixel of the grid.
        chance: of place and heading.
        speed_m_s: forward.

    Returns:
        None where there is no room over clear pixels.

    Raises:
        ValueError: `area_m2` and the look have frames that do not broadcast.
    """
    look = trial.look
    heading = float(chance.uniform(0, 360))
    drawing = draw_object(plan, heading, trial.sun)
    place = find_spot(drawing, area_m2=area_m2, clear=look.clear, chance=chance)
    if place is None:
        return None
    turn = math.radians(heading)
    velocity = (speed_m_s * math.sin(turn), speed_m_s * math.cos(turn))
    planted = plant_object(look.reflectance, drawing, place, paint=spectrum, velocity_m_s=velocity)
    return dataclasses.replace(look, reflectance=planted.reflectance), place


def _planting_generator(
    seed: int, acquisition_id: str, zone_id: str, specimen: ObjectSpecimen
) -> np.random.Generator:
    """Randomness of its own for each planting, the same in every run."""
    words = f"{acquisition_id}/{zone_id}/{specimen.shape}/{specimen.length_m}/{specimen.paint}"
    return np.random.default_rng([seed, *words.encode()])


def area_image(zone: ZonePixels, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Area of a zone in each pixel of the grid, shape (y, x)."""
    image = np.zeros(shape)
    image.ravel()[zone.index] = zone.area_m2
    return image


def _by_index(found: Sequence[MeasuredIndex]) -> dict[str, MeasuredIndex]:
    """Measurements by index."""
    return {one.index_name: one for one in found}
