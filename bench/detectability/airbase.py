"""The simulated air base: aircraft planted on its apron beside those that really stood there.

Both are looked for in the same looks with the same detector at the same rate of false alarms, and
both are judged by the same indices. The table is `report`'s job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.detectability.object_models import PAINTS, Paint, plan_of
from assets.detectability.planting import ObjectPosition as Point
from assets.detectability.trials import area_image, plant_at_random
from bench.detectability.departing import departs, threshold_of
from bench.objects.simulated import (
    ApronLook,
    Found,
    Spot,
    alarms_per_look,
    apron_looks,
    candidates,
    history_of,
    judged_months,
    match,
    read_story,
)
from bench.watched import Place, watch
from resources.models import RESOLUTION_M
from resources.months import Month
from resources.simulated.scenery.objects import AIRFRAMES
from resources.simulated.scenery.story import AirbaseStory

PAINT: Final[Paint] = "bright"  # as the simulation's aircraft are
ROOM_M: Final = 20.0  # between a planted aircraft and one that stands there
SEED: Final = 0
CLEAR_SHARE: Final = 0.5  # of what an aircraft covers; with less it cannot be found


@dataclass(slots=True)
class Tally:
    """Counts of one kind: looked for and found, really there and planted.

    `hidden` counts those that really stood there and that the mask took for something else, though
    the zone was whole: planting, which keeps the mask, cannot foresee them.
    """

    hidden: int = 0
    real: list[bool] = field(default_factory=list)
    planted: list[bool] = field(default_factory=list)
    real_by_index: list[bool] = field(default_factory=list)
    planted_by_index: list[bool] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Airbase:
    """What came out.

    Attributes:
        tallies: by kind of aircraft. By index: of looks with that one aircraft alone, real or
            planted, those in which any index departs beyond its threshold.
        looks: valid looks at the apron.
        quiet_looks, false: looks before the story, and candidates in them that belong to nothing;
            `false_looks` have one or more.
        alarms_per_look: false alarms allowed in one look.
        threshold: departure of an index that counts, standard errors.
    """

    name: str
    tallies: dict[str, Tally]
    looks: int
    quiet_looks: int
    false: int
    false_looks: int
    alarms_per_look: float
    threshold: float

    def kinds(self, name: str) -> list[Found]:
        """Counts of one of the four lists of a tally, a row an aircraft type."""
        return [
            Found(kind, frame.area_m2, len(outcomes), sum(outcomes))
            for kind, frame in AIRFRAMES.items()
            for outcomes in [getattr(self.tallies[kind], name)]
        ]


def airbase(
    folder: Path, cache: Path | None, *, months: int | None, tell: Callable[[str], None]
) -> Airbase:
    """Plant and look in a simulated archive.

    Args:
        folder: with archive/, sites/ and simulation.json.
        cache: data folder for what the product makes of it.
        months: the last so many; all with a year before them if None.
        tell: where progress goes.
    """
    place = watch(folder, cache)
    wanted = judged_months(place)
    return _run(place, read_story(folder), wanted[-months:] if months else wanted, tell)


def _run(
    place: Place, story: AirbaseStory, months: Sequence[Month], tell: Callable[[str], None]
) -> Airbase:
    """All looks of some months."""
    history = history_of(place)
    limit = alarms_per_look(history)
    threshold = threshold_of(history)
    tallies: dict[str, Tally] = {kind: Tally() for kind in AIRFRAMES}
    looks, quiet, false = 0, 0, []
    for seen in apron_looks(history, story, months):
        tell(f"{place.name}: {seen.day} ...")
        one = _OneLook(seen, limit, threshold)
        is_quiet = seen.day < story.phases["gather"]
        extra = one.score_real(tallies, is_quiet=is_quiet)
        looks += 1
        if is_quiet:
            quiet += 1
            false.append(extra)
            one.score_planted(tallies)
    return Airbase(
        place.name, tallies, looks, quiet, sum(false), sum(map(bool, false)), limit, threshold
    )


@dataclass(frozen=True, slots=True)
class _OneLook:
    """The apron in one look."""

    seen: ApronLook
    limit: float
    threshold: float

    def score_real(self, tallies: dict[str, Tally], *, is_quiet: bool) -> int:
        """Count the aircraft that stand there; returns candidates that belong to none."""
        trial, spots = self.seen.trial, self.seen.spots
        seen = candidates(self.seen.view(trial.look), self.limit)
        matched = [pair is not None for pair in match(spots, seen)]
        for spot, is_found in zip(spots, matched, strict=True):
            if is_found or self._is_clear(spot):
                tallies[spot.kind].real.append(is_found)
            else:
                tallies[spot.kind].hidden += 1
        if is_quiet and len(spots) == 1:
            is_departed = departs(trial.measure(trial.look), self.threshold)
            tallies[spots[0].kind].real_by_index.append(is_departed)
        return len(seen) - sum(matched)

    def score_planted(self, tallies: dict[str, Tally]) -> None:
        """Plant one of each kind, each in a copy of its own, where no aircraft stands."""
        trial = self.seen.trial
        for number, (kind, frame) in enumerate(AIRFRAMES.items()):
            chance = np.random.default_rng([SEED, number, *trial.look.acquisition_id.encode()])
            found = plant_at_random(
                trial,
                plan_of("aircraft", frame.length),
                PAINTS["aircraft"][PAINT],
                area_m2=self._room(frame.length),
                chance=chance,
            )
            if found is None:
                continue
            look, point = found
            seen = candidates(self.seen.view(look), self.limit)
            spots = [*self.seen.spots, _spot(kind, frame.length, point)]
            tallies[kind].planted.append(match(spots, seen)[-1] is not None)
            if not self.seen.spots:
                is_departed = departs(trial.measure(look), self.threshold)
                tallies[kind].planted_by_index.append(is_departed)

    def _is_clear(self, spot: Spot) -> bool:
        """Whether the pixels that an aircraft covers are clear, most of them."""
        clear = self.seen.trial.look.clear
        rows, columns = np.indices(clear.shape)
        distance = np.hypot(rows + 0.5 - spot.row, columns + 0.5 - spot.column)
        return bool(clear[distance * RESOLUTION_M <= spot.length_m / 2].mean() >= CLEAR_SHARE)

    def _room(self, length_m: float) -> npt.NDArray[np.float64]:
        """Area of the apron in each pixel of the box, 0 near aircraft that stand there."""
        area = area_image(self.seen.trial.zone, self.seen.trial.look.clear.shape)
        rows, columns = np.indices(area.shape)
        for spot in self.seen.spots:
            reach = ((length_m + spot.length_m) / 2 + ROOM_M) / 10
            area[np.hypot(rows + 0.5 - spot.row, columns + 0.5 - spot.column) < reach] = 0
        return area


def _spot(kind: str, length_m: float, point: Point) -> Spot:
    """Where a planted aircraft stands."""
    return Spot(kind, length_m, point.row, point.column)
