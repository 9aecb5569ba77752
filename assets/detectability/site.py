"""Makes trials of past looks of a site, and rows of `detectability` from their outcomes.

Between the archive and the pure modules, without Dagster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.indices.indices import INDICES
from assets.activity.indices.zone_pixels import ClearLook
from assets.activity.looks.past_days import GAP_MONTHS
from assets.activity.looks.zone_looks import ZoneBox, ZoneLook
from assets.activity.measure.measurement import IndexMeasurement
from assets.activity.measure.zone_meter import context_of, measure_zone
from assets.activity.months import METHOD_VERSION as ACTIVITY_VERSION
from assets.activity.months import ActivityMeter, MonthPast, period_of
from assets.clouds.fractions import ZoneState
from assets.constants import YEAR_DAYS
from assets.detectability.curve import (
    METHOD_VERSION,
    FalseAlarmRate,
    ObjectDetectability,
    summarise_outcomes,
)
from assets.detectability.object_models import SunDirection
from assets.detectability.trials import Measure, PlantingTrial, plant_and_measure, specimens_for
from assets.fingerprints import values_fingerprint
from assets.partitions import FIRST_MONTH
from assets.scenes.looks import LookReader
from assets.zones import weights_of_zones
from resources.archive.store import Archive
from resources.lake.lake import Lake
from resources.lake.questions.stage_reads import mask_states, scenes_between, site_of
from resources.lake.rows import DetectabilityRow, SceneRow
from resources.models import ZoneKind
from resources.months import Month

LOOKS: Final = 8  # tried, of all orbits: with baselines half a minute a site of five zones
MONTHS_BACK: Final = (0, 2, 4)  # whose baselines are used, from the newest month
MOVING: Final[tuple[ZoneKind, ...]] = ("runway", "berth", "other")
"""Kinds of zones that things move through, so that movers are planted there."""
YEAR: Final = dt.timedelta(days=YEAR_DAYS)
END: Final = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)  # after any look
VALID: Final[ZoneState] = "valid"

States = Mapping[tuple[str, str], str]
"""State of each look over each zone, by acquisition and zone id."""


@dataclass(frozen=True, slots=True)
class SiteHistory:
    """All that a site has shown: rows of `scenes` in order, and states by look and zone.

    `zones` are those that objects are planted in; all but the reference zones if None.
    """

    meter: ActivityMeter
    scenes: Sequence[SceneRow]
    states: States
    zones: frozenset[str] | None = None

    @property
    def judged(self) -> list[ZoneBox]:
        """Zones that objects are planted in."""
        if self.zones is not None:
            return [box for box in self.meter.boxes if box.zone.zone_id in self.zones]
        return [box for box in self.meter.boxes if box.zone.kind != "reference"]

    def newest_month(self) -> Month | None:
        """Month of the newest look that showed a zone; None if none ever did."""
        shown = [row["sensed_at"] for row in self.scenes if self._shows(row)]
        return Month.of(max(shown)) if shown else None

    def looks_per_year(self) -> float:
        """Looks a year that show a judged zone, mean over the zones, over what there is."""
        shown = [row["sensed_at"] for row in self.scenes if self._shows(row)]
        judged = {box.zone.zone_id for box in self.judged}
        listed = {str(row["acquisition_id"]) for row in self.scenes}
        valid = sum(
            state == VALID and zone_id in judged and name in listed
            for (name, zone_id), state in self.states.items()
        )
        years = max((max(shown) - min(shown)) / YEAR, 1.0) if shown else 1.0
        return valid / max(len(judged), 1) / years

    def looks(
        self, months: Sequence[Month], *, most: int | None = None
    ) -> Iterator[tuple[SceneRow, MonthPast]]:
        """Looks of some months with what each is compared with, where there is an expectation.

        A month's looks are those that its baseline does not hold: its own, and those of the gap
        and of months before it that have the same one.

        Args:
            months: whose baselines are used.
            most: looks of one orbit and month, evenly spread; all if None.
        """
        taken: set[str] = set()
        for month in sorted(months):
            first = period_of(month).plus(-GAP_MONTHS).start
            looks = [
                row
                for row in self.scenes
                if first <= row["sensed_at"] < month.end
                and row["acquisition_id"] not in taken
                and self._shows(row)
            ]
            if not looks:
                continue
            past = self.meter.past(month, self.scenes)
            for orbit in sorted({row["relative_orbit"] or 0 for row in looks}):
                of_orbit = [row for row in looks if (row["relative_orbit"] or 0) == orbit]
                taken |= {str(row["acquisition_id"]) for row in of_orbit}
                yield from ((row, past) for row in sample_evenly(of_orbit, most))

    def trials(
        self, months: Sequence[Month], *, most: int | None = None
    ) -> Iterator[PlantingTrial]:
        """Every judged zone in the `looks` of some months, where it was whole."""
        for row, past in self.looks(months, most=most):
            yield from self.trials_of(row, past)

    def trials_of(self, row: SceneRow, past: MonthPast) -> Iterator[PlantingTrial]:
        """The judged zones that a look shows whole and that have an expectation."""
        for box in self.judged:
            if self._state(row, box) == VALID and past.zones[box.zone.zone_id] is not None:
                look = self.meter.looks.zone_look(row, box, self.scenes, past.year)
                measure = self.measuring(row, box, past, look)
                yield PlantingTrial(look.look, box.zone_in_box, measure, sun_of(row))

    def measuring(self, row: SceneRow, box: ZoneBox, past: MonthPast, whole: ZoneLook) -> Measure:
        """How the product measures a zone, wholly seen, in a look and in copies of it.

        Args:
            row: of the look.
            box: of the zone.
            past: what the look is compared with.
            whole: the look at the zone, nothing planted.
        """
        known, blocks = past.zones[box.zone.zone_id], past.blocks
        context = None
        if known is not None and blocks is not None:
            context = context_of(self.meter.looks.site_look(row), known, blocks)
        before = self.meter.view_before(row, self.scenes, box, past, {})

        def measured(look: ClearLook) -> list[IndexMeasurement]:
            found = measure_zone(
                ZoneLook.of(look, box, whole.where),
                box=box,
                state=VALID,
                known=known,
                context=context,
                before=before,
            )
            return found.measurements

        return measured

    def _state(self, row: SceneRow, box: ZoneBox) -> str | None:
        return self.states.get((str(row["acquisition_id"]), box.zone.zone_id))

    def _shows(self, row: SceneRow) -> bool:
        """Whether a look shows any judged zone."""
        return any(self._state(row, box) == VALID for box in self.judged)


def detectability_rows(
    history: SiteHistory,
    *,
    looks: int = LOOKS,
) -> list[DetectabilityRow]:
    """Rows of `detectability` of a site, at its rate of false alarms; none while it is learning.

    Args:
        history: of the site.
        looks: tried at most, of all orbits together.
    """
    newest, per_year = history.newest_month(), history.looks_per_year()
    if newest is None or per_year == 0:
        return []
    outcomes = list(
        plant_and_measure(
            recent_trials(history, newest, looks),
            lambda zone: specimens_for(zone, with_movers=zone.kind in MOVING),
            seed=0,
        )
    )
    asked = history.meter.stored.site.false_alarms_per_year
    rate = FalseAlarmRate(asked, len(history.judged) * len(INDICES), per_year)
    computed_for = newest.end.date() - dt.timedelta(days=1)
    return [
        _detectability_row(one, rate, computed_for) for one in summarise_outcomes(outcomes, rate)
    ]


def open_history(lake: Lake, archive: Archive, site_id: str) -> SiteHistory:
    """A site as lake and archive have it."""
    stored = site_of(lake, site_id)
    begin, end = FIRST_MONTH.start, END
    states = {
        (str(row["acquisition_id"]), str(row["zone_id"])): str(row["state"])
        for row in mask_states(lake, site_id, begin, end)
    }
    meter = ActivityMeter(
        stored, archive, LookReader(archive, stored.grid), weights_of_zones(stored)
    )
    return SiteHistory(meter, scenes_between(lake, site_id, begin, end), states)


def inputs_of(history: SiteHistory) -> str:
    """Hash of what makes detectability due again: configuration, rate, methods, and quarter."""
    newest = history.newest_month()
    quarter = None if newest is None else (newest.year, (newest.month - 1) // 3)
    config = history.meter.stored.config_hash
    asked = history.meter.stored.site.false_alarms_per_year
    return values_fingerprint(
        "detectability", config, asked, METHOD_VERSION, ACTIVITY_VERSION, quarter
    )


def recent_trials(history: SiteHistory, newest: Month, looks: int) -> Iterator[PlantingTrial]:
    """Judged zones in about so many looks, of the newest months and as many orbits as there are.

    Two months share a baseline; earlier ones are asked only where later ones were mostly cloudy.
    """
    tried = 0
    for back in MONTHS_BACK:
        orbits = {row["relative_orbit"] or 0 for row in history.scenes}
        most = max((looks - tried) // max(len(orbits), 1), 1)
        for row, past in history.looks([newest.plus(-back)], most=most):
            tried += 1
            yield from history.trials_of(row, past)
        if tried >= looks:
            return


def sample_evenly(rows: Sequence[SceneRow], most: int | None) -> list[SceneRow]:
    """At most so many rows, evenly spread over them."""
    if most is None or len(rows) <= most:
        return list(rows)
    return [rows[round(place)] for place in np.linspace(0, len(rows) - 1, most)]


def sun_of(row: SceneRow) -> SunDirection | None:
    """The sun of a look, None where its item does not tell."""
    azimuth, elevation = row["sun_azimuth_deg"], row["sun_elevation_deg"]
    return None if azimuth is None or elevation is None else SunDirection(azimuth, elevation)


def _detectability_row(
    one: ObjectDetectability, rate: FalseAlarmRate, computed_for: dt.date
) -> DetectabilityRow:
    """A row of `detectability`."""
    return {
        "zone_id": one.zone_id,
        "index_name": one.index_name,
        "shape": one.shape,
        "paint": one.paint,
        "length_m": one.length_m,
        "size_class": one.size_class,
        "area_m2": one.area_m2,
        "probability": one.probability,
        "probability_error": one.probability_error,
        "looks": one.looks,
        "threshold_z": one.threshold_z,
        "length_50_m": one.length_50_m,
        "length_90_m": one.length_90_m,
        "false_alarms_per_year": rate.per_year,
        "computed_for": computed_for,
        "method_version": METHOD_VERSION,
    }
