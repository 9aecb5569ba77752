"""Looks of a site as this stage needs them, from the archive, with a cache.

Blocks of the whole site as they came, and the box of each zone with its shift taken out. The
shift of a look at a zone is measured against the median of the clear looks of the year before the
one that is judged, so that it depends on that zone, that look and those looks alone.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from assets.activity.align.lattice import PIXEL_M, REACH_M
from assets.activity.align.registration import (
    LOOKS_MAX,
    SMOOTHING_PX,
    LookFeatures,
    ZoneRegistration,
    features_of,
    find_shift,
    reference_of,
    shift_prior_px,
)
from assets.activity.fit.arrays import Mask
from assets.activity.indices.zone_pixels import ClearLook
from assets.activity.looks.past_days import evenly_spaced_positions
from assets.activity.looks.zone_looks import SiteLook, ZoneBox, ZoneLook
from assets.clouds.fractions import PARTIAL_CLEAR
from assets.clouds.mask import CLEAR
from assets.clouds.months import load_mask
from assets.scenes.looks import LookReader
from assets.scenes.resample import moved_whole
from assets.sun import pass_elevation_deg
from resources.archive.store import Archive
from resources.lake.rows import SceneRow

EPOCH: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # of `ClearLook.day`
DAY_S: Final = 86_400.0  # unit
FEATURES_KEPT: Final = LOOKS_MAX + 1  # those of a reference, which all zones ask for, and a look's
AROUND_PX: Final = round(REACH_M / PIXEL_M) - SMOOTHING_PX
"""Pixels round a zone that its shift is told by: their smoothing reaches REACH_M, which every frame
shows, so that the blocks of a window begin at the same place whatever the frame."""


class SiteLooks:
    """Looks of one site; the two years that a month is compared with are kept."""

    def __init__(
        self, site_id: str, archive: Archive, reader: LookReader, latitudes: Mapping[str, float]
    ) -> None:
        """`latitudes` are those of the zones by their id, degrees."""
        self._site_id = site_id
        self._latitudes = latitudes
        self._archive = archive
        self._reader = reader
        self._clear: dict[str, Mask] = {}
        self._shares: dict[str, dict[str, float]] = {}
        self._site_looks: dict[str, SiteLook] = {}
        self._features: OrderedDict[str, LookFeatures] = OrderedDict()
        self._references: dict[tuple[str, int], LookFeatures | None] = {}
        self._zone_looks: dict[tuple[str, int], dict[str, ZoneLook]] = {}
        self._sensed: dict[str, dt.datetime] = {}

    def day_of(self, moment: dt.datetime) -> float:
        """Days since EPOCH."""
        return (moment - EPOCH).total_seconds() / DAY_S

    def clear_pixels(self, scene: SceneRow) -> Mask:
        """Pixels of a look that its mask calls clear, where it lies, shape (y, x)."""
        name = str(scene["acquisition_id"])
        if name not in self._clear:
            self._clear[name] = load_mask(self._archive, self._site_id, name) == CLEAR
            self._sensed[name] = scene["sensed_at"]
        return self._clear[name]

    def clear_share(self, scene: SceneRow, box: ZoneBox) -> float:
        """Share of a zone's area that a look shows clear, no shift taken out, 0..1."""
        name, zone_id = str(scene["acquisition_id"]), box.zone.zone_id
        shares = self._shares.setdefault(name, {})
        if zone_id not in shares:
            clear = self.clear_pixels(scene).ravel()[box.zone.index]
            shares[zone_id] = float(box.zone.area_m2[clear].sum() / box.zone.area_m2.sum())
        return shares[zone_id]

    def shows_any(self, scene: SceneRow) -> bool:
        """Whether a look shows anything clear."""
        return bool(self.clear_pixels(scene).any())

    def site_look(self, scene: SceneRow) -> SiteLook:
        """A look in blocks."""
        name = str(scene["acquisition_id"])
        if name not in self._site_looks:
            self._site_looks[name] = SiteLook.of(self._frame(scene))
        return self._site_looks[name]

    def zone_look(
        self, scene: SceneRow, box: ZoneBox, scenes: Sequence[SceneRow], year: int
    ) -> ZoneLook:
        """A look at the box of a zone.

        Args:
            scene: the look.
            box: of the zone.
            scenes: rows that hold the year before `year`.
            year: of the month that is judged.
        """
        kept = self._zone_looks.setdefault((box.zone.zone_id, year), {})
        name = str(scene["acquisition_id"])
        if name not in kept:
            where = self._registration(scene, box, scenes, year)
            east, south = where.shift.east_px, where.shift.south_px
            look = self._reader.box(scene, box.rows, box.columns, where.shift)
            clear = moved_whole(self.clear_pixels(scene), round(east), round(south))
            part = ClearLook(
                name,
                look.reflectance,
                clear[box.rows, box.columns],
                self.day_of(scene["sensed_at"]),
                scene["relative_orbit"] or 0,
                pass_elevation_deg(scene["sensed_at"].date(), self._latitudes[box.zone.zone_id]),
            )
            kept[name] = ZoneLook.of(part, box, where)
        return kept[name]

    def forget_before(self, start: dt.datetime) -> None:
        """Forget looks that no later month is compared with, and older years' references."""
        gone = [name for name, moment in self._sensed.items() if moment < start]
        for name in gone:
            del self._sensed[name], self._clear[name]
            self._shares.pop(name, None)
            self._site_looks.pop(name, None)
            for kept in self._zone_looks.values():
                kept.pop(name, None)
        years = {year for _, year in self._zone_looks}
        if years:
            newest = max(years)
            for key in [key for key in self._zone_looks if key[1] < newest - 1]:
                del self._zone_looks[key]

    def _registration(
        self, scene: SceneRow, box: ZoneBox, scenes: Sequence[SceneRow], year: int
    ) -> ZoneRegistration:
        """How far a look lies off at a zone."""
        reference = self._reference(box, scenes, year)
        prior = shift_prior_px(scene["sensed_at"], scene.get("processing_baseline"))
        if reference is None or self.clear_share(scene, box) < PARTIAL_CLEAR:
            return find_shift(
                None, LookFeatures(np.zeros((2, 0, 0), np.float32), np.zeros((0, 0), bool)), prior
            )
        return find_shift(reference, self._window(scene, box), prior)

    def _reference(
        self, box: ZoneBox, scenes: Sequence[SceneRow], year: int
    ) -> LookFeatures | None:
        """What looks that are judged in a year are registered to at a zone."""
        key = (box.zone.zone_id, year)
        if key not in self._references:
            before = [
                row
                for row in scenes
                if row["sensed_at"].year == year - 1 and self.clear_share(row, box) >= PARTIAL_CLEAR
            ]
            chosen = (
                [before[place] for place in evenly_spaced_positions(len(before), LOOKS_MAX)]
                if before
                else []
            )
            self._references[key] = reference_of([self._window(row, box) for row in chosen])
        return self._references[key]

    def _window(self, scene: SceneRow, box: ZoneBox) -> LookFeatures:
        """What is compared of a look round a zone."""
        name = str(scene["acquisition_id"])
        if name not in self._features:
            frame = self._frame(scene)
            self._features[name] = features_of(frame.reflectance, frame.clear)
            if len(self._features) > FEATURES_KEPT:
                self._features.popitem(last=False)
        self._features.move_to_end(name)
        whole = self._features[name]
        y, x = np.unravel_index(box.zone.index, whole.clear.shape)
        rows, columns = (
            slice(max(at.min() - AROUND_PX, 0), at.max() + AROUND_PX + 1) for at in (y, x)
        )
        return LookFeatures(whole.planes[:, rows, columns], whole.clear[rows, columns])

    def _frame(self, scene: SceneRow) -> ClearLook:
        """A look at the whole site grid, no shift taken out."""
        look = self._reader.look(scene)
        return ClearLook(
            look.acquisition_id,
            look.reflectance,
            self.clear_pixels(scene),
            self.day_of(scene["sensed_at"]),
            scene["relative_orbit"] or 0,
        )
