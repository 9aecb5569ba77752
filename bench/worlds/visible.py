"""The least area that a zone of a world shows at all, from its own looks before anything happened.

By the product's own detectability: objects planted in looks, at the rate that the site asks for.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from assets.activity.indices.indices import INDICES
from assets.activity.indices.zone_pixels import ZonePixels
from assets.detectability.curve import ANY, FalseAlarmRate, ObjectDetectability, summarise_outcomes
from assets.detectability.object_models import PAINTS, SHAPE_OF_KIND, plan_of
from assets.detectability.site import LOOKS, SiteHistory, recent_trials
from assets.detectability.trials import ObjectSpecimen, plant_and_measure, specimens_for
from bench.worlds.told import ZoneEvent

LONGER_M: Final = (100.0, 140.0, 200.0)  # than the product tries: events are up to some hectares


def visible_areas(
    history: SiteHistory, events: Sequence[ZoneEvent], asked: float
) -> dict[str, float | None]:
    """Least area by zone that one look shows with 90 %, m2; None where no size that was tried is.

    Args:
        history: of the whole site; only looks before a zone's event are asked.
        events: whose zones are meant.
        asked: false alarms a year of the site.
    """
    begins: dict[str, dt.date] = {}
    for event in events:
        begins[event.zone_id] = min(event.first, begins.get(event.zone_id, event.first))
    found: dict[str, float | None] = {}
    for first in sorted(set(begins.values())):
        zones = frozenset(zone for zone, day in begins.items() if day == first)
        before = [row for row in history.scenes if row["sensed_at"].date() < first]
        found |= _visible(dataclasses.replace(history, scenes=before, zones=zones), asked)
    return found


def _visible(history: SiteHistory, asked: float) -> dict[str, float | None]:
    """The same for zones whose event began on one day."""
    newest, per_year = history.newest_month(), history.looks_per_year()
    rows: list[ObjectDetectability] = []
    if newest is not None and per_year > 0:
        outcomes = plant_and_measure(recent_trials(history, newest, LOOKS), _specimens, seed=0)
        series = len(history.meter.boxes) * len(INDICES)
        rows = summarise_outcomes(list(outcomes), FalseAlarmRate(asked, series, per_year))
    return {box.zone.zone_id: _least(rows, box.zone.zone_id) for box in history.judged}


def _specimens(zone: ZonePixels) -> list[ObjectSpecimen]:
    """What the product plants in a zone, and longer ones."""
    shape = SHAPE_OF_KIND[zone.kind]
    longer = [
        ObjectSpecimen(shape, length, paint) for length in LONGER_M for paint in PAINTS[shape]
    ]
    return [*specimens_for(zone), *longer]


def _least(rows: Sequence[ObjectDetectability], zone_id: str) -> float | None:
    """Area of the shortest object that is seen, of the paints that are the one harder to see."""
    lengths: Mapping[str, float] = {
        one.paint: plan_of(one.shape, one.length_90_m).area_m2
        for one in rows
        if one.zone_id == zone_id and one.index_name == ANY and one.length_90_m is not None
    }
    return max(lengths.values(), default=None)
