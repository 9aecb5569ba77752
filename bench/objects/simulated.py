"""Aircraft of the simulated air base against candidates found where they stand.

The truth of a simulation is told again from its seed; finding candidates is the product's.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from assets.activity.detect.objects import ObjectCandidate, find_objects, zone_share
from assets.activity.indices.zone_pixels import ClearLook, ZoneView
from assets.activity.looks.zone_looks import ZoneBox, ZoneLook
from assets.activity.measure.zone_meter import context_of, view_of
from assets.activity.months import ActivityMeter, MonthPast
from assets.clouds.fractions import zones_fractions
from assets.clouds.months import load_mask
from assets.constants import YEAR_DAYS
from assets.detectability.false_alarms import share_error
from assets.detectability.site import SiteHistory
from assets.detectability.trials import PlantingTrial
from assets.scenes.looks import LookReader
from assets.zonal import PixelCoverage
from assets.zones import weights_of_zones
from bench.watched import Place, watch
from resources.grids import window_grid
from resources.lake.rows import SceneRow
from resources.models import FALSE_ALARMS_PER_YEAR, Grid
from resources.months import Month
from resources.simulated.scenery.layout import to_map
from resources.simulated.scenery.objects import AIRFRAMES
from resources.simulated.scenery.simulation import Simulation
from resources.simulated.scenery.story import AirbaseStory, AircraftType, draw_story

APRON: Final = "main-apron"
LEARNED_MONTHS: Final = 12  # of the first looks, which no expectation can be compared with
REACH_M: Final = 15.0  # from the middle of an aircraft, or half its length if that is more


@dataclass(frozen=True, slots=True)
class Spot:
    """Something of a known length on a grid: rows and columns of 10 m from its corner."""

    kind: str
    length_m: float
    row: float
    column: float


@dataclass(frozen=True, slots=True)
class Found:
    """How many of a kind stood there and were found."""

    kind: str
    area_m2: float
    stood: int
    found: int

    @property
    def share(self) -> float:
        """Part that was found; NaN where none stood there."""
        return self.found / self.stood if self.stood else math.nan

    @property
    def error(self) -> float:
        """Standard error of the share."""
        return share_error(self.found, self.stood)


@dataclass(frozen=True, slots=True)
class Score:
    """What was found on the apron.

    Attributes:
        kinds: a row an aircraft type, over all looks.
        looks: valid looks at the apron.
        years: that they lie in.
        false: candidates that belong to nothing, in looks before the story began.
        quiet_looks: those looks.
        alarms_per_look: false alarms allowed in one look.
        strict: a row an aircraft type, by candidates so strong that the looks before the story
            hold no more false ones than allowed, whatever they are.
    """

    kinds: list[Found]
    strict: list[Found]
    looks: int
    years: float
    false: int
    quiet_looks: int
    alarms_per_look: float


def score_simulated(folder: Path, cache: Path | None = None) -> Score:
    """Aircraft on the main apron found by candidates at half a false alarm a year and zone.

    Args:
        folder: of a simulated archive: archive/, sites/, simulation.json.
        cache: data folder for what the product makes of it; a temporary one if not given.
    """
    place = watch(folder, cache)
    return score_place(place, read_story(folder), judged_months(place))


def read_story(folder: Path) -> AirbaseStory:
    """What stands on the base of a simulated archive, day by day, from its seed."""
    marked = json.loads((folder / "simulation.json").read_text(encoding="utf-8"))
    asked = Simulation(
        seed=int(marked["seed"]),
        first=Month.parse(str(marked["first"])),
        months=int(marked["months"]),
    )
    return draw_story(asked)


def judged_months(place: Place) -> list[Month]:
    """Months with a year of looks before them."""
    return place.months[LEARNED_MONTHS:]


def history_of(place: Place) -> SiteHistory:
    """A place as the product knows it."""
    weights = weights_of_zones(place.stored)
    coverage = PixelCoverage.of(weights, place.stored.grid.resolution_m**2)
    states: dict[tuple[str, str], str] = {}
    for row in place.looks:
        name = str(row["acquisition_id"])
        mask = load_mask(place.archive, place.stored.site.site_id, name)
        for zone_id, shares in zones_fractions(mask, coverage).items():
            states[name, zone_id] = shares.state
    meter = ActivityMeter(
        place.stored, place.archive, LookReader(place.archive, place.stored.grid), weights
    )
    return SiteHistory(meter, place.looks, states)


@dataclass(frozen=True, slots=True)
class ApronLook:
    """The apron, whole, in a look; everything in the pixels of its box.

    Attributes:
        spots: aircraft that stand there.
        view: a look at it, this one or a copy, beside what is expected.
    """

    day: dt.date
    trial: PlantingTrial
    spots: list[Spot]
    view: Callable[[ClearLook], ZoneView]


def apron_looks(
    history: SiteHistory, story: AirbaseStory, months: Sequence[Month]
) -> Iterator[ApronLook]:
    """The apron in those looks of some months in which it has an expectation."""
    (box,) = (one for one in history.meter.boxes if one.zone.zone_id == APRON)
    grid = window_grid(history.meter.stored.grid, (box.rows, box.columns))
    for row, past in history.looks(months):
        for trial in history.trials_of(row, past):
            if trial.zone.zone_id == APRON:
                day = row["sensed_at"].date()
                spots = aircraft_on(story, day, grid)
                yield ApronLook(day, trial, spots, _viewing(history, row, box, past))


def _viewing(
    history: SiteHistory, row: SceneRow, box: ZoneBox, past: MonthPast
) -> Callable[[ClearLook], ZoneView]:
    """How the product sees a look at a zone beside its expectation."""
    known, blocks = past.zones[box.zone.zone_id], past.blocks
    if known is None or blocks is None:
        raise ValueError(f"{box.zone.zone_id} has no expectation at {row['acquisition_id']}.")
    looks = history.meter.looks
    context = context_of(looks.site_look(row), known, blocks)
    where = looks.zone_look(row, box, history.scenes, past.year).where
    return lambda look: view_of(ZoneLook.of(look, box, where), known, context).view(0)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the apron: strength of the candidate at each aircraft, 0 if there is none.

    `strays` are strengths of candidates that belong to nothing.
    """

    day: dt.date
    kinds: list[str]
    strengths: list[float]
    strays: list[float]


def score_place(place: Place, story: AirbaseStory, months: Sequence[Month]) -> Score:
    """The same for a place that is at hand, in some months."""
    history = history_of(place)
    limit = alarms_per_look(history)
    looks = list(_looks(history, story, months, limit))
    quiet = [look for look in looks if look.day < story.phases["gather"]]
    strays = sorted((one for look in quiet for one in look.strays), reverse=True)
    allowed = int(FALSE_ALARMS_PER_YEAR * _years(quiet))
    least = strays[allowed] if len(strays) > allowed else 0.0
    return Score(
        kinds=_found(looks, 0.0),
        strict=_found(looks, least),
        looks=len(looks),
        years=_years(looks),
        false=len(strays),
        quiet_looks=len(quiet),
        alarms_per_look=limit,
    )


def _looks(
    history: SiteHistory, story: AirbaseStory, months: Sequence[Month], limit: float
) -> Iterator[_Look]:
    """Looks at the apron that the product measures."""
    for one in apron_looks(history, story, months):
        if all(found.z is None for found in one.trial.measure(one.trial.look)):
            continue
        seen = candidates(one.view(one.trial.look), limit)
        pairs = match(one.spots, seen)
        strengths = [0.0 if pair is None else seen[pair].score for pair in pairs]
        strays = [each.score for number, each in enumerate(seen) if number not in pairs]
        yield _Look(one.day, [spot.kind for spot in one.spots], strengths, strays)


def _found(looks: Sequence[_Look], least: float) -> list[Found]:
    """How many aircraft of each type have a candidate stronger than that."""
    pairs = [
        (kind, strength)
        for look in looks
        for kind, strength in zip(look.kinds, look.strengths, strict=True)
    ]
    return [
        Found(
            kind,
            frame.area_m2,
            sum(one == kind for one, _ in pairs),
            sum(one == kind and strength > least for one, strength in pairs),
        )
        for kind, frame in AIRFRAMES.items()
    ]


def _years(looks: Sequence[_Look]) -> float:
    """From the first look to the last."""
    days = [look.day for look in looks]
    return (max(days) - min(days)).days / YEAR_DAYS if days else 0.0


def alarms_per_look(
    history: SiteHistory, false_alarms_per_year: float = FALSE_ALARMS_PER_YEAR
) -> float:
    """False alarms allowed in one look of one zone."""
    return false_alarms_per_year / history.looks_per_year()


def aircraft_on(story: AirbaseStory, day: dt.date, grid: Grid) -> list[Spot]:
    """Aircraft on the apron on a day."""
    spots = []
    for visit in story.aircraft_on(day):
        east, north = to_map(visit.place.along, visit.place.across)
        kind: AircraftType = visit.kind
        spots.append(
            Spot(
                kind,
                AIRFRAMES[kind].length,
                (grid.bounds.north - north) / grid.resolution_m,
                (east - grid.bounds.west) / grid.resolution_m,
            )
        )
    return spots


def candidates(view: ZoneView, alarms: float) -> list[ObjectCandidate]:
    """Candidates of a zone with at most so many false alarms, as the product has them.

    Rows and columns are of their middles and count from the corner of the view.
    """
    return [
        dataclasses.replace(one, row=one.row + 0.5, column=one.column + 0.5)
        for one in find_objects(view)
        if one.false_alarms <= alarms
        and one.size is not None
        and zone_share(view, one.row, one.column) > 0
    ]


def match(spots: Sequence[Spot], seen: Sequence[Spot | ObjectCandidate]) -> list[int | None]:
    """Number of the candidate that each spot has to itself, nearest pairs first in sum.

    None where none is near enough.
    """
    far = 1e6
    costs = np.full((len(spots), len(seen)), far)
    for place, spot in enumerate(spots):
        for other, one in enumerate(seen):
            distance_m = 10 * math.hypot(one.row - spot.row, one.column - spot.column)
            if distance_m <= max(REACH_M, spot.length_m / 2):
                costs[place, other] = distance_m
    matched: list[int | None] = [None] * len(spots)
    for pair in zip(*linear_sum_assignment(costs), strict=True):
        if costs[pair] < far:
            matched[int(pair[0])] = int(pair[1])
    return matched
