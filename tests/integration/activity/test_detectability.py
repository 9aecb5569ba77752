"""Planting in real looks: where it stands in the product's path, and what comes of a site."""

import dataclasses
import io
from typing import Any

import numpy as np
import pytest
from rasterio import Affine
from rich.console import Console

from assets.activity.align.registration import ZoneRegistration
from assets.activity.looks.zone_looks import ZoneBox
from assets.activity.measure.measurement import IndexMeasurement
from assets.activity.months import ActivityMeter, MonthPast
from assets.detectability.curve import PRESENCE
from assets.detectability.object_models import PAINTS, draw_object, plan_of
from assets.detectability.planting import find_spot, plant_object
from assets.detectability.site import (
    SiteHistory,
    detectability_rows,
    inputs_of,
    open_history,
)
from assets.scenes.looks import LookReader
from assets.scenes.stack import SCALE, ItemPixels, LookPixels
from assets.zones import weights_of_zones
from bench.objects.simulated import Spot, match
from pipelines.cli.detect import show_detectability
from resources.errors import SitewatchError
from resources.instrument import BAND_PIXEL_M
from resources.lake.rows import Row
from resources.models import REFLECTANCE_BANDS, Grid, Raster
from resources.months import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

ROAD = "romania-road"
LAST = Month(2017, 4)
KEY = ("zone_id", "index_name", "shape", "paint", "length_m")


@pytest.fixture(scope="module")
def road(ordered: Any) -> SiteHistory:
    """The road's square kilometre from August 2015 to April 2017."""
    return open_history(ordered.lake, ordered.resources["archive"].open(), ROAD)


@pytest.fixture(scope="module")
def seen(road: SiteHistory) -> tuple[Row, MonthPast]:
    """A look of the last month with what it is compared with."""
    return next(iter(road.looks([LAST])))


class OtherPixels(LookReader):
    """A reader that has other pixels for one look than the archive has."""

    def __init__(self, reader: LookReader, name: str, part: ItemPixels) -> None:
        super().__init__(reader.archive, reader.grid)
        self.name, self.part = name, part

    def _pixels(self, row: Row) -> list[ItemPixels]:
        return [self.part] if row["acquisition_id"] == self.name else super()._pixels(row)


def chips_of(look: LookPixels, grid: Grid) -> ItemPixels:
    """A look that was not shifted, back as the chips it came from: stored numbers, own pixels."""
    rasters = {}
    for band, name in enumerate(REFLECTANCE_BANDS):
        step = BAND_PIXEL_M[name] // 10
        if np.isfinite(look.reflectance[band]).any():
            numbers = np.nan_to_num(np.rint(look.reflectance[band][::step, ::step] / SCALE))
            place = Affine(10 * step, 0, grid.bounds.west, 0, -10 * step, grid.bounds.north)
            rasters[name] = Raster(numbers.clip(0, 65535).astype(np.uint16), place, grid.epsg, 0)
    place = Affine(20, 0, grid.bounds.west, 0, -20, grid.bounds.north)
    rasters["scl"] = Raster(look.scl[::2, ::2], place, grid.epsg, 0)
    return ItemPixels(rasters, 0, SCALE)


def with_chips(history: SiteHistory, row: Row, reflectance: np.ndarray) -> SiteHistory:
    """The site with other pixels in one look, everything after the chips worked anew."""
    old = history.meter
    usual = LookReader(old.archive, old.stored.grid)
    raw = dataclasses.replace(usual.look(row), reflectance=reflectance)
    name = str(row["acquisition_id"])
    reader = OtherPixels(usual, name, chips_of(raw, old.stored.grid))
    meter = ActivityMeter(old.stored, old.archive, reader, weights_of_zones(old.stored))
    return SiteHistory(meter, history.scenes, history.states)


def box_of(history: SiteHistory, zone_id: str) -> ZoneBox:
    return next(box for box in history.meter.boxes if box.zone.zone_id == zone_id)


def measured(
    history: SiteHistory, row: Row, planted: np.ndarray | None = None
) -> tuple[ZoneRegistration, dict[str, IndexMeasurement]]:
    """The meadow in a look, planted into the registered box or not at all."""
    box = box_of(history, "meadow-north")
    past = history.meter.past(LAST, history.scenes)
    whole = history.meter.looks.zone_look(row, box, history.scenes, past.year)
    look = whole.look if planted is None else dataclasses.replace(whole.look, reflectance=planted)
    found = history.measuring(row, box, past, whole)(look)
    return whole.where, {one.index_name: one for one in found}


@pytest.mark.parametrize("length", [30.0, 70.0])
def test_planting_before_registration_gives_the_same_shift_and_departures(
    road: SiteHistory, seen: tuple[Row, MonthPast], length: float
) -> None:
    """What lets `trials` plant into the registered box of a zone."""
    row, past = seen
    box = box_of(road, "meadow-north")
    raw = LookReader(road.meter.archive, road.meter.stored.grid).look(row)
    whole = road.meter.looks.zone_look(row, box, road.scenes, past.year)
    drawing = draw_object(plan_of("patch", length), 30.0, None)
    place = find_spot(
        drawing,
        area_m2=box.area_m2,
        clear=whole.look.clear,
        chance=np.random.default_rng(0),
    )
    assert place is not None
    paint = PAINTS["patch"]["bright"]
    late = plant_object(whole.look.reflectance, drawing, place, paint=paint).reflectance
    at = dataclasses.replace(
        place,
        row=place.row + box.rows.start + whole.where.shift.south_px,
        column=place.column + box.columns.start + whole.where.shift.east_px,
    )
    early = plant_object(raw.reflectance, drawing, at, paint=paint).reflectance
    before, _ = measured(road, row)
    _, by_trials = measured(road, row, late)
    after, by_product = measured(with_chips(road, row, early), row)
    shift = np.hypot(
        after.shift.east_px - before.shift.east_px, after.shift.south_px - before.shift.south_px
    )
    assert shift < max(before.error_px, 0.05)
    for name, found in by_trials.items():
        same = by_product[name]
        if found.z is not None and same.z is not None and name != "movers":
            assert found.z == pytest.approx(same.z, abs=0.5, rel=0.15), name


def test_a_site_gets_rows_that_rise_with_size(
    road: SiteHistory,
) -> None:
    rows = detectability_rows(road, looks=1)
    assert {row["zone_id"] for row in rows} == {"corridor", "meadow-north"}
    assert len({tuple(row[name] for name in KEY) for row in rows}) == len(rows)
    assert all(0 <= row["probability"] <= 1 and row["looks"] >= 1 for row in rows)
    shown = [row for row in rows if row["index_name"] == PRESENCE and row["shape"] == "patch"]
    short, long = (
        np.mean([row["probability"] for row in shown if row["length_m"] in lengths])
        for lengths in ((10.0, 15.0), (30.0, 40.0))
    )
    assert long > short


def test_another_quarter_or_configuration_makes_it_due(road: SiteHistory) -> None:
    inputs = inputs_of(road)
    same_quarter = [row for row in road.scenes if row["sensed_at"] < LAST.end]
    assert inputs_of(SiteHistory(road.meter, same_quarter, road.states)) == inputs
    earlier = [row for row in road.scenes if row["sensed_at"] < LAST.plus(-1).start]
    assert inputs_of(SiteHistory(road.meter, earlier, road.states)) != inputs


def test_the_rate_that_the_site_asks_for_is_the_one_in_use(road: SiteHistory) -> None:
    stored = road.meter.stored
    asked = dataclasses.replace(stored.site, false_alarms_per_year=0.05)
    meter = ActivityMeter(
        dataclasses.replace(stored, site=asked),
        road.meter.archive,
        LookReader(road.meter.archive, stored.grid),
        weights_of_zones(stored),
    )
    strict = SiteHistory(meter, road.scenes, road.states)
    assert inputs_of(strict) != inputs_of(road)
    usual, rarer = (
        {tuple(row[name] for name in KEY): row for row in detectability_rows(one, looks=1)}
        for one in (road, strict)
    )
    assert {row["false_alarms_per_year"] for row in usual.values()} == {0.5}
    assert {row["false_alarms_per_year"] for row in rarer.values()} == {0.05}
    assert usual.keys() <= rarer.keys()
    crowded = {key[0] for key in rarer.keys() - usual.keys()}
    """Zones of which an index passes the lower threshold with nothing planted: the road's."""
    assert crowded <= {"corridor"}
    for key, row in usual.items():
        if key[1] == "any" and key[0] in crowded:  # of fewer indices
            continue
        assert rarer[key]["probability"] <= row["probability"], key
        if row["threshold_z"] is not None:
            assert rarer[key]["threshold_z"] > row["threshold_z"], key


def test_one_candidate_stands_for_one_aircraft_alone() -> None:
    il76 = Spot("il-76", 47.0, 100.0, 100.0)
    beside = Spot("il-76", 47.0, 103.0, 100.0)
    near = Spot("candidate", 40.0, 101.5, 100.0)
    assert sum(pair is not None for pair in match([il76, beside], [near])) == 1
    assert match([il76], [Spot("candidate", 40.0, 103.0, 100.0)]) == [None]
    assert match([], [near]) == []


def test_the_asset_writes_its_rows_once_and_again_only_when_due(detected: Any) -> None:
    post, first = detected
    rows = post.lake.query("FROM detectability ORDER BY ALL")
    assert first.success
    assert {row["zone_id"] for row in rows} == {"corridor", "meadow-north"}
    assert "detectability" not in post.duplicates()
    again = post.execute("site_detectability", key=ROAD)
    told = again.asset_materializations_for_node("detectability")[0].metadata
    assert told["is_due"].value is False
    assert post.lake.query("FROM detectability ORDER BY ALL") == rows
    console = Console(file=io.StringIO(), width=120)
    show_detectability(console, [ROAD], data=post.data)
    printed = console.file.getvalue()
    assert "corridor" in printed
    assert " m" in printed
    with pytest.raises(SitewatchError, match="Expected sites on the watch"):
        show_detectability(console, ["nowhere"], data=post.data)
