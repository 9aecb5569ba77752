"""A road that was really built, beside strips of its width planted in the same zone.

Real looks with a known change: what planting predicts for a strip of the road's kind, and in how
many looks after the change its zone departed. The table is `report`'s job.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from assets.activity.indices.zone_pixels import ClearLook
from assets.activity.measure.measurement import IndexMeasurement
from assets.detectability.object_models import PAINTS, ObjectPlan, PlanStrip
from assets.detectability.site import SiteHistory
from assets.detectability.trials import MeasuredIndex, PlantingTrial, area_image, plant_at_random
from bench.detectability.departing import departs, threshold_of
from bench.objects.simulated import Found, history_of
from bench.watched import watch
from resources.months import Month

ZONE: Final = "corridor"
AFTER: Final = dt.datetime(2017, 4, 2, tzinfo=dt.UTC)  # first clear look with it
FRESH: Final = dt.timedelta(days=120)  # after which baselines begin to hold the road
QUIET_MONTHS: Final = 12  # the last ones: before the road there was too little to expect from
LENGTHS_M: Final = (15.0, 30.0, 60.0, 100.0, 150.0)
PAINT: Final = PAINTS["patch"]["bright"]
WIDTH_M: Final = 12.0  # carriageway and shoulders
SEED: Final = 0
MOST: Final = 12  # strips, in search of as many as occupy what the road does
PLACES: Final = 6  # tried in each look


@dataclass(frozen=True, slots=True)
class Road:
    """What came out.

    Attributes:
        planted: strips of bare soil by length, PLACES in each look of the last
            QUIET_MONTHS that shows nothing unusual; then as many as occupy the road's area.
        expected: as many strips as occupy the road's area, judged by the errors of the road's own
            looks, which have less history before them: each strip at each of those looks.
        found: looks after the road was there, and those in which the zone departed; its area is
            the median changed area in them.
        threshold: departure of an index that counts, standard errors.
    """

    name: str
    planted: list[Found]
    expected: Found
    found: Found
    threshold: float


def road(folder: Path, cache: Path | None, *, tell: Callable[[str], None]) -> Road:
    """Plant strips in quiet looks, and look for the road after it was built.

    Args:
        folder: with archive/ and site/, as ../shared/real/romania.
        cache: data folder for what the product makes of it.
        tell: where progress goes.

    Raises:
        ValueError: the site has no zone ZONE.
    """
    place = watch(folder, cache)
    history = history_of(place)
    judged = [box.zone.zone_id for box in history.judged]
    if ZONE not in judged:
        raise ValueError(f"Expected a zone {ZONE!r} in {folder}; it has {judged}.")
    threshold = threshold_of(history)
    tell(f"{place.name}: the road ...")
    after = [month for month in place.months if month.end > AFTER and month.start < AFTER + FRESH]
    measured = [
        one.measure(one.look)
        for one, when in _trials(history, after)
        if AFTER <= when < AFTER + FRESH
    ]
    area = _area(measured)
    tell(f"{place.name}: strips ...")
    quiet = [
        trial
        for trial, _ in _trials(history, place.months[-QUIET_MONTHS:])
        if not departs(trial.measure(trial.look), threshold)
    ]
    strips = [_planted(quiet, length, 1) for length in LENGTHS_M]
    strips.append(_as_wide(quiet, area))
    return Road(
        place.name,
        [one.found(threshold) for one in strips],
        strips[-1].found_at(measured, threshold),
        Found("road", area, len(measured), sum(departs(one, threshold) for one in measured)),
        threshold,
    )


@dataclass(frozen=True, slots=True)
class Strips:
    """What the zone measured with strips in it, one entry for each time they were planted."""

    kind: str
    area_m2: float
    measured: list[Sequence[MeasuredIndex]]

    def found(self, threshold: float) -> Found:
        """How often they show, by the errors of the looks that they were planted in."""
        shown = sum(departs(one, threshold) for one in self.measured)
        return Found(self.kind, self.area_m2, len(self.measured), shown)

    def found_at(self, looks: Sequence[Sequence[MeasuredIndex]], threshold: float) -> Found:
        """How often they would show, had they been in other looks: by the errors of those."""
        errors = [_errors(look) for look in looks]
        moved = [_moved(one) for one in self.measured]
        shown = sum(
            any(abs(far) > threshold * error.get(name, np.inf) for name, far in one.items())
            for one, error in itertools.product(moved, errors)
        )
        return Found(self.kind, self.area_m2, len(moved) * len(errors), shown)


def _trials(
    history: SiteHistory, months: Iterable[Month]
) -> Iterable[tuple[PlantingTrial, dt.datetime]]:
    """The zone in the looks of some months, with the time of the look."""
    for row, past in history.looks(list(months)):
        for trial in history.trials_of(row, past):
            if trial.zone.zone_id == ZONE:
                yield trial, row["sensed_at"]


def _as_wide(quiet: Sequence[PlantingTrial], area_m2: float) -> Strips:
    """The fewest strips, MOST at most, that the product measures to occupy so much.

    Strips may lie over each other and share pixels with grass, so their own area says less.
    """
    for count in range(2, MOST):
        strips = _planted(quiet, LENGTHS_M[-1], count)
        if not _area(strips.measured) < area_m2:
            return strips
    return _planted(quiet, LENGTHS_M[-1], MOST)


def _planted(quiet: Sequence[PlantingTrial], length_m: float, count: int) -> Strips:
    """So many strips of a length in looks that show nothing else."""
    plan = ObjectPlan("patch", length_m, 0.0, (PlanStrip(0.0, 0.0, length_m, WIDTH_M),))
    outcomes = []
    for trial, number in itertools.product(quiet, range(PLACES)):
        chance = np.random.default_rng([SEED, number, *trial.look.acquisition_id.encode()])
        area_m2 = area_image(trial.zone, trial.look.clear.shape)
        look: ClearLook | None = trial.look
        for _ in range(count):
            if look is not None:
                one = dataclasses.replace(trial, look=look)
                found = plant_at_random(one, plan, PAINT, area_m2=area_m2, chance=chance)
                look = None if found is None else found[0]
        if look is not None:
            outcomes.append(trial.measure(look))
    name = f"{count} x {length_m:.0f} m" if count > 1 else f"{length_m:.0f} m"
    return Strips(name, count * plan.area_m2, outcomes)


def _moved(measured: Iterable[MeasuredIndex]) -> dict[str, float]:
    """How far each index lies from what was expected, in its unit."""
    return {
        one.index_name: one.value - one.expected
        for one in measured
        if isinstance(one, IndexMeasurement) and one.value is not None and one.expected is not None
    }


def _errors(measured: Iterable[MeasuredIndex]) -> dict[str, float]:
    """Both errors of each index together, in its unit."""
    return {
        one.index_name: math.hypot(one.standard_error, one.expected_error)
        for one in measured
        if isinstance(one, IndexMeasurement)
        and one.standard_error is not None
        and one.expected_error is not None
    }


def _area(measured: Sequence[Sequence[MeasuredIndex]]) -> float:
    """Median changed area, m2."""
    areas = [
        one.value
        for found in measured
        for one in found
        if one.index_name == "changed_area" and one.value is not None
    ]
    return float(np.median(areas)) if areas else float("nan")
