"""Probability of detection by size in a zone, from looks with planted objects.

Pure: outcomes in, numbers out. `trials` plants and measures.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.detect.matched_filter import object_probability
from assets.activity.detect.objects import SIZES_M2, size_class
from assets.detectability.false_alarms import (
    share_error,
    smallest_seen,
    spread_inflation,
    threshold_z,
)
from assets.detectability.object_models import Paint, Shape, plan_of
from assets.detectability.trials import PlantedOutcome, UnplantedOutcome

METHOD_VERSION: Final = "2"
ANY: Final = "any"
"""In place of an index: any of them shows the object, each by its own threshold."""
PRESENCE: Final = "presence"
"""In place of an index: a candidate more is found, whatever is usual in the zone. A busy apron
hides an arrival from every index, since arrivals are expected there, but not the object itself."""
TOO_SMALL: Final = "below_classes"  # covers less than the smallest class of objects


@dataclass(frozen=True, slots=True)
class FalseAlarmRate:
    """The rate of false alarms in use, and what shares it.

    Attributes:
        per_year: false alarms a year of all series together.
        series: zones times indices.
        looks_per_year: looks with a value, of a zone.
    """

    per_year: float
    series: int
    looks_per_year: float

    @property
    def per_look(self) -> float:
        """False alarms allowed in one look of one series."""
        return self.per_year / (self.series * self.looks_per_year)

    @property
    def threshold(self) -> float:
        """Departure beyond which a look of one series counts."""
        return threshold_z(self.per_year, series=self.series, looks_per_year=self.looks_per_year)


@dataclass(frozen=True, slots=True)
class ObjectDetectability:
    """How likely objects of one shape, length and paint are seen by one index of a zone.

    Attributes:
        size_class: as `objects.size_class` names it, or TOO_SMALL.
        area_m2: ground that the object covers.
        probability: share of the looks in which it was seen; `probability_error` its standard
            error, binomial.
        looks: in which it was tried: looks that would have been an alarm without it are left out.
        threshold_z: departure of one look, in standard errors, that counts as detection;
            None for ANY and PRESENCE.
        length_50_m, length_90_m: shortest object of this shape and paint that is seen with 50 and
            90 %; None if none up to the longest tried is.
    """

    zone_id: str
    index_name: str
    shape: Shape
    paint: Paint
    length_m: float
    size_class: str
    area_m2: float
    probability: float
    probability_error: float
    looks: int
    threshold_z: float | None
    length_50_m: float | None
    length_90_m: float | None


@dataclass(slots=True)
class _DetectionTally:
    """How many of a specimen were tried and seen."""

    tried: int = 0
    seen: int = 0

    def add(self, is_seen: bool) -> None:  # noqa: FBT001 - counts one outcome
        self.tried += 1
        self.seen += is_seen


_Ladder = dict[float, _DetectionTally]
_Key = tuple[str, str, Shape, Paint]


def summarise_outcomes(
    outcomes: Iterable[UnplantedOutcome | PlantedOutcome], rate: FalseAlarmRate
) -> list[ObjectDetectability]:
    """Detectability of every zone, index, shape, paint and length that was tried.

    A look shows an object by an index whose departure lies beyond the threshold with the object
    and not without it. Thresholds are those of the rate, higher for series whose looks without
    objects scatter more than their errors (`false_alarms.spread_inflation`).

    Args:
        outcomes: from `trials.plant_and_measure`.
        rate: of false alarms.

    Returns:
        One a combination; ANY and PRESENCE after the indices.

    Raises:
        ValueError: there are outcomes, and a number of the rate is not positive.

    Source:
        Own: docs/methods/detectability.md; tests/unit/assets/detectability/test_curve.py.
    """
    outcomes = list(outcomes)
    limits = detection_thresholds(
        [one for one in outcomes if isinstance(one, UnplantedOutcome)], rate
    )
    ladders: dict[_Key, _Ladder] = defaultdict(lambda: defaultdict(_DetectionTally))
    for one in outcomes:
        if isinstance(one, PlantedOutcome):
            for index_name, is_seen in _seen_by(one, limits, rate).items():
                key = (one.zone_id, index_name, one.specimen.shape, one.specimen.paint)
                ladders[key][one.specimen.length_m].add(is_seen)
    return [
        found
        for key, ladder in ladders.items()
        for found in _detectability_by_length(key, ladder, limits.get(key[:2]))
    ]


def detection_thresholds(
    quiet: Sequence[UnplantedOutcome], rate: FalseAlarmRate
) -> dict[tuple[str, str], float]:
    """Departure that counts as detection, by zone and index, checked on looks without objects."""
    quiet_z: dict[tuple[str, str], list[float]] = defaultdict(list)
    for look in quiet:
        for name, found in look.found.items():
            if found.z is not None:
                quiet_z[look.zone_id, name].append(found.z)
    return {key: rate.threshold * spread_inflation(np.array(ones)) for key, ones in quiet_z.items()}


def _seen_by(
    one: PlantedOutcome, limits: Mapping[tuple[str, str], float], rate: FalseAlarmRate
) -> dict[str, bool]:
    """Whether each index shows a specimen, and ANY.

    Indices without value, or beyond their threshold even without it, are left out.
    """
    shown: dict[str, bool] = {}
    for name, before in one.before.items():
        after = one.after.get(name)
        limit = limits.get((one.zone_id, name), rate.threshold)
        if before.z is None or after is None or after.z is None or abs(before.z) > limit:
            continue
        shown[name] = abs(after.z) > limit
    if shown:
        shown[ANY] = any(shown.values())
    more = _more_objects(one)
    if more is not None:
        shown[PRESENCE] = more >= object_probability(math.log(rate.per_look))
    return shown


def _more_objects(one: PlantedOutcome) -> float | None:
    """How many more objects are found with a specimen than without; None where none are sought."""
    names = ("movers",) if one.specimen.shape == "mover" else tuple(SIZES_M2)
    pairs = [(one.after.get(name), one.before.get(name)) for name in names]
    values = [(a.value, b.value) for a, b in pairs if a is not None and b is not None]
    known = [after - before for after, before in values if after is not None and before is not None]
    return sum(known) if known else None


def _detectability_by_length(
    key: _Key, ladder: _Ladder, threshold: float | None
) -> list[ObjectDetectability]:
    """Detectability by length, shortest first."""
    zone_id, index_name, shape, paint = key
    lengths = sorted(ladder)
    seen, tried = (
        np.array([getattr(ladder[length], name) for length in lengths], dtype=np.float64)
        for name in ("seen", "tried")
    )
    smallest = {share: smallest_seen(np.array(lengths), seen, tried, share) for share in (0.5, 0.9)}
    found = []
    for length in lengths:
        tally = ladder[length]
        area = plan_of(shape, length).area_m2
        found.append(
            ObjectDetectability(
                zone_id=zone_id,
                index_name=index_name,
                shape=shape,
                paint=paint,
                length_m=length,
                size_class=size_class(area) or TOO_SMALL,
                area_m2=area,
                probability=tally.seen / tally.tried,
                probability_error=share_error(tally.seen, tally.tried),
                looks=tally.tried,
                threshold_z=threshold,
                length_50_m=smallest[0.5],
                length_90_m=smallest[0.9],
            )
        )
    return found
