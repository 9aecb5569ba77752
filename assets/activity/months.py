"""Activity of a site's months: chooses the looks to compare, measures them, gives the rows.

Everything between the archive and the `activity` table, without Dagster; `rows` makes the rows,
the folders beside it hold the science.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from assets.activity import rows
from assets.activity.indices.zone_pixels import ZonePixels, ZoneView
from assets.activity.looks.past_days import (
    GAP_MONTHS,
    PERIOD_MONTHS,
    WINDOW_MONTHS,
    evenly_spaced_positions,
)
from assets.activity.looks.zone_looks import ZoneBox
from assets.activity.measure.zone_meter import context_of, measure_zone, view_of
from assets.activity.residuals import residual_image
from assets.activity.residuals_store import store_residual
from assets.activity.site_looks import SiteLooks
from assets.activity.usual.baseline import ZoneBaseline, learn_zone
from assets.activity.usual.block_past import BlockPast, learn_blocks
from assets.activity.usual.pixel_past import BEFORE_DAYS
from assets.clouds.fractions import PARTIAL_CLEAR, ZoneState
from assets.scenes.looks import LookReader
from resources.archive.store import Archive
from resources.lake.lake import StoredSite
from resources.lake.rows import ActivityRow, LevelRow, RegistrationRow, SceneRow
from resources.months import Month

METHOD_VERSION: Final = "9"


@dataclass(frozen=True, slots=True)
class MonthOfActivity:
    """Rows of a month for each table of this stage, and how many looks are behind its baseline."""

    activity: list[ActivityRow]
    registrations: list[RegistrationRow]
    levels: list[LevelRow]
    baseline_looks: int


@dataclass(frozen=True, slots=True)
class MonthPast:
    """What a month's looks are compared with.

    Attributes:
        blocks: of the site; None without any past look.
        zones: by zone id; None while a zone is learning.
        year: whose references the looks are registered to.
    """

    blocks: BlockPast | None
    zones: dict[str, ZoneBaseline | None]
    year: int


def period_of(month: Month) -> Month:
    """The first month of those that have one baseline with a month."""
    return month.plus(-((month.month - 1) % PERIOD_MONTHS))


class ActivityMeter:
    """Measures the months of one site."""

    def __init__(
        self,
        stored: StoredSite,
        archive: Archive,
        reader: LookReader,
        zone_weights: Mapping[str, npt.NDArray[np.float32]],
    ) -> None:
        self.stored = stored
        self.archive = archive
        pixel_m2 = stored.grid.resolution_m**2
        zones = [
            ZonePixels.of(zone.zone_id, zone.kind, zone_weights[zone.zone_id], pixel_m2)
            for zone in stored.site.zones
        ]
        self.boxes = [ZoneBox.of(zone, stored.grid.shape) for zone in zones]
        latitudes = {zone.zone_id: zone.latitude_deg for zone in stored.site.zones}
        self.looks = SiteLooks(stored.site.site_id, archive, reader, latitudes)
        self._pasts: dict[Month, MonthPast] = {}

    def measure(
        self, month: Month, scenes: Sequence[SceneRow], states: Mapping[tuple[str, str], str]
    ) -> MonthOfActivity:
        """Rows of a month.

        Args:
            month: the month.
            scenes: rows of this month and of the two years before it, in order.
            states: state of each look over each zone, by acquisition and zone id.
        """
        made = MonthOfActivity([], [], [], 0)
        now = [scene for scene in scenes if month.start <= scene["sensed_at"] < month.end]
        if not now:
            return made
        past = self.past(month, scenes)
        views: dict[tuple[str, str], ZoneView] = {}
        for scene in now:
            self._measure_look(scene, scenes, past, states, views, made)
        known = [one for one in past.zones.values() if one is not None]
        return MonthOfActivity(
            made.activity,
            made.registrations,
            made.levels,
            max((len(one.looks) for one in known), default=0),
        )

    def _measure_look(
        self,
        scene: SceneRow,
        scenes: Sequence[SceneRow],
        past: MonthPast,
        states: Mapping[tuple[str, str], str],
        views: dict[tuple[str, str], ZoneView],
        made: MonthOfActivity,
    ) -> None:
        """Add the rows of one look."""
        name = str(scene["acquisition_id"])
        site_look = self.looks.site_look(scene)
        for box in self.boxes:
            zone_id = box.zone.zone_id
            look = self.looks.zone_look(scene, box, scenes, past.year)
            known = past.zones[zone_id]
            context = None
            if known is not None and past.blocks is not None:
                context = context_of(site_look, known, past.blocks)
            found = measure_zone(
                look,
                box=box,
                state=cast("ZoneState", states[name, zone_id]),
                known=known,
                context=context,
                before=self.view_before(scene, scenes, box, past, views),
            )
            made.registrations.append(rows.registration_row(scene, zone_id, look.where))
            made.activity.extend(
                rows.activity_row(scene, zone_id, one, look.where, METHOD_VERSION)
                for one in found.measurements
            )
            made.levels.extend(rows.level_row(scene, zone_id, one) for one in found.levels)
        if past.blocks is not None and any(past.zones.values()):
            image = residual_image(site_look, past.blocks, self.stored.grid.shape)
            store_residual(
                self.archive,
                self.stored,
                scene,
                image,
                [one.acquisition_id for one in past.blocks.looks],
            )

    def past(self, month: Month, scenes: Sequence[SceneRow]) -> MonthPast:
        """What looks of a month are compared with; that of the last period asked for is kept.

        Args:
            month: the month.
            scenes: rows that hold the two years before it, in order.
        """
        first = period_of(month)
        if first not in self._pasts:
            self._pasts = {first: self._learn(first, scenes)}
        return self._pasts[first]

    def _learn(self, first: Month, scenes: Sequence[SceneRow]) -> MonthPast:
        """What looks of the period that begins with a month are compared with."""
        start = first.plus(PERIOD_MONTHS - 1 - WINDOW_MONTHS).start
        end = first.plus(-GAP_MONTHS).start
        earlier = [row for row in scenes if start <= row["sensed_at"] < end]
        self.looks.forget_before(start)
        shown = [row for row in earlier if self.looks.shows_any(row)]
        places = {box.zone.zone_id: self._places(box, shown) for box in self.boxes}
        for place, row in enumerate(shown):  # look by look: each is decoded once for all zones
            self.looks.site_look(row)
            for box in self.boxes:
                if place in places[box.zone.zone_id]:
                    self.looks.zone_look(row, box, scenes, first.year)
        blocks = learn_blocks([self.looks.site_look(row) for row in shown])
        zones = {
            box.zone.zone_id: None
            if blocks is None
            else learn_zone(
                box,
                [
                    self.looks.zone_look(shown[place], box, scenes, first.year)
                    for place in places[box.zone.zone_id]
                ],
                places[box.zone.zone_id],
                blocks,
                shape=self.stored.grid.shape,
            )
            for box in self.boxes
        }
        return MonthPast(blocks, zones, first.year)

    def _places(self, box: ZoneBox, shown: Sequence[SceneRow]) -> list[int]:
        """Which past looks a zone is compared with."""
        clear = [
            place
            for place, row in enumerate(shown)
            if self.looks.clear_share(row, box) >= PARTIAL_CLEAR
        ]
        return [clear[place] for place in evenly_spaced_positions(len(clear))] if clear else []

    def view_before(
        self,
        scene: SceneRow,
        scenes: Sequence[SceneRow],
        box: ZoneBox,
        past: MonthPast,
        views: dict[tuple[str, str], ZoneView],
    ) -> ZoneView | None:
        """The last look of the same orbit before a look that shows enough of a zone."""
        known = past.zones[box.zone.zone_id]
        if known is None or past.blocks is None:
            return None
        since = scene["sensed_at"] - dt.timedelta(days=BEFORE_DAYS)
        for row in reversed(scenes):
            if not since <= row["sensed_at"] < scene["sensed_at"]:
                continue
            is_same = row["relative_orbit"] == scene["relative_orbit"]
            if is_same and self.looks.clear_share(row, box) >= PARTIAL_CLEAR:
                name = (str(row["acquisition_id"]), box.zone.zone_id)
                if name not in views:
                    look = self.looks.zone_look(row, box, scenes, past.year)
                    context = context_of(self.looks.site_look(row), known, past.blocks)
                    views[name] = view_of(look, known, context).view(0)
                return views[name]
        return None
