"""Activity of a site's months: which looks are compared with which, and where they lie.

Everything between the archive and the `activity` table; Dagster is not known here, rows are made
in `rows`, and the science is in the modules beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from assets.activity import rows
from assets.activity.baseline import BEFORE_DAYS, Baseline, learn_baseline
from assets.activity.history import GAP_MONTHS, WINDOW_MONTHS, choose_looks
from assets.activity.margins import measurable
from assets.activity.measure import measure_look
from assets.activity.models import ClearLook, Steps, ZonePixels
from assets.activity.prepared import Prepared, prepare
from assets.activity.registration import Registration, align, find_shift, shrunk
from assets.activity.residuals import Brightness, learn_brightness, residual_image
from assets.activity.residuals_store import store_residual
from assets.clouds.fractions import ZoneState
from assets.clouds.months import load_mask
from assets.scenes.looks import LookReader
from assets.scenes.resample import moved_whole
from assets.scenes.stack import Shift
from resources.archive import Archive
from resources.lake import StoredSite
from resources.lake_reads import Row
from resources.models import Month

METHOD_VERSION: Final = "4"
CLEAR_SITE: Final = 0.3  # share of the site that a look must show to teach anything
MID_MONTH: Final = dt.timedelta(days=15)
EPOCH: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # of `ClearLook.day`
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class MonthOfActivity:
    """Rows of a month for each table of this stage, and how many looks are behind its baseline."""

    activity: list[Row]
    registrations: list[Row]
    levels: list[Row]
    baseline_looks: int


@dataclass(frozen=True, slots=True)
class OrbitPast:
    """What a month's looks of one orbit are compared with; nothing while it is learning.

    Attributes:
        reference: where the past looks lie.
        baseline: what they let expect.
        brightness: the same for the picture of the residual.
    """

    reference: Prepared | None = None
    baseline: Baseline | None = None
    brightness: Brightness | None = None


@dataclass(slots=True)
class Meter:
    """Measures the months of one site.

    `clear` keeps the clear pixels of looks that were asked for; `steps` leaves steps out for
    yardsticks.
    """

    stored: StoredSite
    archive: Archive
    reader: LookReader
    zone_weights: Mapping[str, npt.NDArray[np.float32]]
    steps: Steps = field(default_factory=Steps)
    clear: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def measure(
        self, month: Month, scenes: Sequence[Row], states: Mapping[tuple[str, str], str]
    ) -> MonthOfActivity:
        """Rows of a month.

        Args:
            month: the month.
            scenes: rows of this month and of the two years before it, in order.
            states: state of each look over each zone, by acquisition and zone id.
        """
        zones = self.zones()
        looks = [scene for scene in scenes if month.start <= scene["sensed_at"] < month.end]
        pasts = self.pasts(month, scenes, zones) if looks else {}
        baseline = next(iter(pasts.values()), OrbitPast()).baseline  # one fit for all orbits
        made = MonthOfActivity([], [], [], len(baseline.look_ids) if baseline else 0)
        for scene in looks:
            past = pasts.get(self.orbit(scene), OrbitPast())
            self._measure_look(scene, scenes, past, zones, states, made)
        return made

    def _measure_look(
        self,
        scene: Row,
        scenes: Sequence[Row],
        past: OrbitPast,
        zones: Sequence[ZonePixels],
        states: Mapping[tuple[str, str], str],
        made: MonthOfActivity,
    ) -> None:
        """Add the rows of one look."""
        name = str(scene["acquisition_id"])
        look, where = self.registered(scene, past.reference)
        found = measure_look(
            look,
            zones,
            {zone.zone_id: cast("ZoneState", states[name, zone.zone_id]) for zone in zones},
            past.baseline,
            self.before(scene, scenes, past),
        )
        if past.baseline is not None and past.brightness is not None:
            image = residual_image(look, past.brightness)
            store_residual(self.archive, self.stored, scene, image, past.baseline.look_ids)
        made.registrations.append(rows.registration_row(scene, where))
        for zone_id, zone_found in found.items():
            made.activity.extend(
                rows.activity_row(scene, zone_id, one, where, METHOD_VERSION)
                for one in zone_found.measurements
            )
            made.levels.extend(rows.level_row(scene, zone_id, one) for one in zone_found.levels)

    def zones(self) -> list[ZonePixels]:
        """The pixels of every zone."""
        pixel_m2 = self.stored.grid.resolution_m**2
        return [
            ZonePixels.of(zone.zone_id, zone.kind, self.zone_weights[zone.zone_id], pixel_m2)
            for zone in self.stored.site.zones
        ]

    def pasts(
        self, month: Month, scenes: Sequence[Row], zones: Sequence[ZonePixels]
    ) -> dict[int, OrbitPast]:
        """What looks of a month are compared with, by relative orbit; without those that learn.

        One fit for all orbits, in which each has an expectation of its own.
        """
        start, end = month.plus(-WINDOW_MONTHS).start, month.plus(-GAP_MONTHS).start
        past = [row for row in scenes if start <= row["sensed_at"] < end and self.teaches(row)]
        middle = month.start + MID_MONTH
        age_days = np.array([(middle - row["sensed_at"]).total_seconds() / DAY_S for row in past])
        orbits = np.array([self.orbit(row) for row in past], np.int64)
        chosen, weights = choose_looks(age_days, orbits)
        if not len(chosen):
            return {}
        teaching = [past[place] for place in chosen]
        reference, places = self._align(teaching)
        looks = [
            self.clear_look(row, where, float(weight))
            for row, where, weight in zip(teaching, places, weights, strict=True)
        ]
        baseline = learn_baseline(looks, zones, self.steps)
        brightness = learn_brightness(baseline) if baseline else None
        return dict.fromkeys(
            (self.orbit(row) for row in teaching), OrbitPast(reference, baseline, brightness)
        )

    def _align(self, teaching: Sequence[Row]) -> tuple[Prepared | None, list[Registration | None]]:
        """Where past looks lie, and their reference."""
        if not self.steps.registration:
            return None, [None] * len(teaching)
        reference, places = align(
            [self.reader.look(row).reflectance for row in teaching],
            [self.clear_pixels(row) for row in teaching],
        )
        return reference, [shrunk(place) for place in places]

    def registered(
        self, scene: Row, reference: Prepared | None
    ) -> tuple[ClearLook, Registration | None]:
        """A look moved to where the reference lies, and how far it was from there."""
        if reference is None:
            return self.clear_look(scene, None), None
        plain = self.clear_look(scene, None)
        where = shrunk(find_shift(reference, prepare(plain.reflectance, plain.clear)))
        return self.clear_look(scene, where), where

    def before(self, scene: Row, scenes: Sequence[Row], past: OrbitPast) -> ClearLook | None:
        """The last look of the same orbit before a look that shows enough of the site."""
        if past.baseline is None:
            return None
        earlier = [
            row
            for row in scenes
            if scene["sensed_at"] - dt.timedelta(days=BEFORE_DAYS)
            <= row["sensed_at"]
            < scene["sensed_at"]
            and self.orbit(row) == self.orbit(scene)
            and self.teaches(row)
        ]
        return self.registered(earlier[-1], past.reference)[0] if earlier else None

    def orbit(self, scene: Row) -> int:
        """Relative orbit of a look; all are one where orbits are not told apart."""
        return (scene["relative_orbit"] or 0) if self.steps.orbit else 0

    def teaches(self, scene: Row) -> bool:
        """Whether a look shows enough of the site to learn from."""
        return bool(self.clear_pixels(scene).mean() >= CLEAR_SITE)

    def clear_look(self, scene: Row, where: Registration | None, weight: float = 1.0) -> ClearLook:
        """A look with its mask, its shift taken out."""
        shift = where.shift if where is not None else Shift()
        look = self.reader.look(scene, shift)
        day = (scene["sensed_at"] - EPOCH).total_seconds() / DAY_S
        clear = _moved(self.clear_pixels(scene), shift)
        return ClearLook(
            look.acquisition_id, look.reflectance, clear, weight, day, self.orbit(scene)
        )

    def clear_pixels(self, scene: Row) -> npt.NDArray[np.bool_]:
        """Pixels of a look that can be measured, where it lies, shape (y, x)."""
        name = str(scene["acquisition_id"])
        if name not in self.clear:
            mask = load_mask(self.archive, self.stored.site.site_id, name)
            self.clear[name] = measurable(mask)
        return self.clear[name]


def _moved(clear: npt.NDArray[np.bool_], shift: Shift) -> npt.NDArray[np.bool_]:
    """A mask with the whole pixels of a shift taken out.

    Parts of a pixel are well inside the margins that masks have.
    """
    return moved_whole(clear, round(shift.east_px), round(shift.south_px))
