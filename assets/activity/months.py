"""Activity of a site's months: baselines per orbit, measurements per look, rows and residuals.

Everything between the archive and the `activity` table; Dagster is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from assets.activity import indices
from assets.activity.baseline import learn_baseline
from assets.activity.history import GAP_MONTHS, WINDOW_MONTHS, choose_looks
from assets.activity.measure import Measurement, measure_zone
from assets.activity.models import Baseline, ClearLook, ZonePixels
from assets.activity.radiometry import fit_radiometry, predict_bands
from assets.activity.sample import choose_sample, judged_pixels
from assets.activity.surface import texture_of
from assets.clouds.mask import CLEAR
from assets.clouds.months import load_mask
from assets.scenes.looks import LookReader
from resources.archive import Archive
from resources.chips import store_image, write_item
from resources.grids import geographic_bounds
from resources.lake import StoredSite
from resources.lake_reads import Row
from resources.models import Month

METHOD_VERSION: Final = "1"
CLEAR_SITE: Final = 0.3  # share of the site that a look must show to teach anything
RESIDUAL: Final = "residual"
RESIDUAL_SCALE: Final = 1e-4  # reflectance of one step in the stored residual
UNSEEN: Final = -32768  # in the stored residual
MID_MONTH: Final = dt.timedelta(days=15)


@dataclass(frozen=True, slots=True)
class MonthOfActivity:
    """Rows of `activity` of a month, with the number of looks behind each orbit's baseline."""

    rows: list[Row]
    baseline_looks: dict[int, int]


@dataclass(slots=True)
class Meter:
    """Measures the months of one site.

    `clear` keeps the clear pixels of looks that were asked for, a bit each.
    """

    stored: StoredSite
    archive: Archive
    reader: LookReader
    zone_weights: Mapping[str, npt.NDArray[np.float32]]
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
        now = [row for row in scenes if month.start <= row["sensed_at"] < month.end]
        zones = self._zones()
        baselines: dict[int, Baseline | None] = {}
        rows: list[Row] = []
        for scene in now:
            orbit = scene["relative_orbit"] or 0
            if orbit not in baselines:
                baselines[orbit] = self._baseline(month, scenes, orbit, zones)
            look = self._clear_look(scene)
            baseline = baselines[orbit]
            if baseline is not None:
                self._store_residual(scene, look, baseline)
            texture = texture_of(look)
            for zone in zones:
                found = measure_zone(
                    look,
                    texture,
                    zone=zone,
                    state=states[look.acquisition_id, zone.zone_id],  # type: ignore[arg-type]  # stored text
                    baseline=baseline,
                )
                rows += [_row(scene, zone.zone_id, one) for one in found]
        counts = {orbit: len(b.look_ids) if b else 0 for orbit, b in baselines.items()}
        return MonthOfActivity(rows, counts)

    def _zones(self) -> list[ZonePixels]:
        """The pixels of every zone."""
        pixel_m2 = self.stored.grid.resolution_m**2
        return [
            ZonePixels.of(zone.zone_id, zone.kind, self.zone_weights[zone.zone_id], pixel_m2)
            for zone in self.stored.site.zones
        ]

    def _baseline(
        self, month: Month, scenes: Sequence[Row], orbit: int, zones: Sequence[ZonePixels]
    ) -> Baseline | None:
        """What the past looks of an orbit let expect in a month."""
        start, end = month.plus(-WINDOW_MONTHS).start, month.plus(-GAP_MONTHS).start
        past = [
            row
            for row in scenes
            if start <= row["sensed_at"] < end
            and (row["relative_orbit"] or 0) == orbit
            and self._clear_pixels(row).mean() >= CLEAR_SITE
        ]
        middle = month.start + MID_MONTH
        age_days = np.array([(middle - row["sensed_at"]).total_seconds() / 86_400 for row in past])
        chosen, weights = choose_looks(age_days)
        return learn_baseline(
            [
                self._clear_look(past[place], float(weight))
                for place, weight in zip(chosen, weights, strict=True)
            ],
            zones,
        )

    def _clear_look(self, scene: Row, weight: float = 1.0) -> ClearLook:
        """A look with its mask."""
        look = self.reader.look(scene)
        return ClearLook(look.acquisition_id, look.reflectance, self._clear_pixels(scene), weight)

    def _clear_pixels(self, scene: Row) -> npt.NDArray[np.bool_]:
        """Clear pixels of a look, shape (y, x)."""
        name = str(scene["acquisition_id"])
        if name not in self.clear:
            mask = load_mask(self.archive, self.stored.site.site_id, name)
            self.clear[name] = mask == CLEAR
        return self.clear[name]

    def _store_residual(self, scene: Row, look: ClearLook, baseline: Baseline) -> None:
        """Write the brightness that a look has beyond its expectation, as a picture of the site."""
        residual = residual_image(look, baseline)
        if residual is None:
            return
        site_id = self.stored.site.site_id
        folder = f"{site_id}/residuals/{look.acquisition_id}"
        note = str(scene["attribution"])
        file = store_image(
            self.archive,
            f"{folder}/{RESIDUAL}",
            residual,
            grid=self.stored.grid,
            name="brightness residual, 0.0001 reflectance",
            note=note,
            nodata=UNSEEN,
        )
        box = geographic_bounds(self.stored.grid)
        write_item(
            self.archive,
            f"{folder}/item.json",
            item_id=f"{look.acquisition_id}_residual",
            footprint=shapely.box(box.west, box.south, box.east, box.north),
            sensed_at=scene["sensed_at"],
            properties={"attribution": note, "sitewatch:baseline_looks": baseline.look_ids},
            assets={RESIDUAL: file},
        )


def residual_image(look: ClearLook, baseline: Baseline) -> npt.NDArray[np.int16] | None:
    """Observed minus expected brightness of the clear pixels of a look.

    The radiometry is fitted on pixels outside every judged zone, reference zones among them.

    Returns:
        Steps of RESIDUAL_SCALE reflectance, shape (y, x), UNSEEN where not clear or not known;
        None if the look cannot be compared.
    """
    shape = look.clear.shape
    judged = judged_pixels([known.zone for known in baseline.zones.values()], shape)
    nothing = ZonePixels("", "other", np.empty(0, np.intp), np.empty(0))
    sample = choose_sample(baseline.expected, baseline.bands, judged, nothing)
    fit = fit_radiometry([look], baseline.expected, sample, baseline.bands)
    count = len(baseline.expected)
    predicted = predict_bands(fit, baseline.expected.reshape(count, -1), baseline.bands)[0]
    observed = look.reflectance.reshape(count, -1)
    difference = (indices.brightness(observed) - indices.brightness(predicted)).reshape(shape)
    usable = look.clear & np.isfinite(difference)
    if not usable.any():
        return None
    steps = np.clip(np.where(usable, difference, 0.0) / RESIDUAL_SCALE, -32767, 32767)
    return np.where(usable, np.round(steps), UNSEEN).astype(np.int16)


def _row(scene: Row, zone_id: str, found: Measurement) -> Row:
    """A row of `activity`."""
    return {
        "zone_id": zone_id,
        "acquisition_id": scene["acquisition_id"],
        "index_name": found.index_name,
        "sensed_at": scene["sensed_at"],
        "relative_orbit": scene["relative_orbit"],
        "value": found.value,
        "standard_error": found.standard_error,
        "expected": found.expected,
        "expected_error": found.expected_error,
        "z": found.z,
        "clear_px": found.clear_px,
        "clear_fraction": found.clear_fraction,
        "baseline_n": found.baseline_n,
        "shift_px": None,
        "state": found.state,
        "flags": list(found.flags),
        "method_version": METHOD_VERSION,
    }
