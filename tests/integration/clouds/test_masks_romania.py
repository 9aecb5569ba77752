"""Masks of real looks against what a person saw in each of them (romania_cloudy_looks.csv)."""

import csv
import datetime as dt
from collections.abc import Mapping

import numpy as np
import pytest
from places import DATA

from assets.clouds.mask import CLEAR, METHOD
from assets.clouds.months import PERCENT_UNSEEN, CloudMasker, load_clear_probability, load_mask
from assets.scenes.looks import LookReader
from assets.zones import weights_of_zones
from bench.masks.watched import MaskedLook, WatchedSite
from bench.overlay import Overlay
from resources.archive.store import FolderArchive
from resources.lake.questions.stage_reads import scenes_between, site_of
from resources.months import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]
SEEN = DATA / "romania_cloudy_looks.csv"
ROAD = "romania-road"
ZONE = "corridor"
ROAD_IS_THERE = dt.date(2017, 4, 2)


@pytest.fixture(scope="module")
def site(whole, tmp_path_factory: pytest.TempPathFactory) -> WatchedSite:
    post, _ = whole
    stored = site_of(post.lake, ROAD)
    archive = Overlay(
        post.resources["archive"].open(), FolderArchive(tmp_path_factory.mktemp("masks"))
    )
    rows = scenes_between(post.lake, ROAD, Month(2015, 8).start, Month(2021, 1).end)
    reader = LookReader(archive, stored.grid)
    return WatchedSite(stored, archive, reader, weights_of_zones(stored), rows)


@pytest.fixture(scope="module")
def masks(whole, site: WatchedSite) -> dict[dt.date, MaskedLook]:
    """Each look as the whole watch masked it."""
    post, _ = whole
    zones: dict[str, dict[str, Mapping[str, object]]] = {}
    for row in post.lake.query("FROM cloud_masks WHERE site_id = ?", [ROAD]):
        zones.setdefault(row["acquisition_id"], {})[row["zone_id"]] = row
    return {
        row["sensed_at"].date(): MaskedLook(
            row,
            load_mask(site.archive, ROAD, row["acquisition_id"]),
            load_clear_probability(site.archive, ROAD, row["acquisition_id"]),
            site.reader.scene_classes([row])[0],
            zones[row["acquisition_id"]],
        )
        for row in site.rows
    }


@pytest.fixture(scope="module")
def by_eye() -> dict[dt.date, Mapping[str, str]]:
    lines = [line for line in SEEN.read_text().splitlines() if not line.startswith("#")]
    return {dt.date.fromisoformat(row["date"]): row for row in csv.DictReader(lines)}


def test_every_look_was_looked_at(masks, by_eye) -> None:
    assert set(masks) == set(by_eye)
    assert len(masks) == 140


def test_no_look_in_which_a_person_surely_sees_something_over_the_zone_is_valid(
    masks, by_eye
) -> None:
    hidden = [
        day
        for day, row in by_eye.items()
        if row["sure"] == "sure" and row["share"] in ("part", "most", "whole")
    ]
    assert len(hidden) > 50
    assert [day for day in hidden if masks[day].zones[ZONE]["state"] == "valid"] == []


def test_looks_that_are_surely_clear_have_a_value(masks, by_eye) -> None:
    clear = [day for day, row in by_eye.items() if (row["seen"], row["sure"]) == ("clear", "sure")]
    lost = [day for day in clear if masks[day].zones[ZONE]["state"] not in ("valid", "partial")]
    assert len(lost) <= 0.05 * len(clear), lost


def test_the_new_road_is_no_cloud(masks) -> None:
    for day in (ROAD_IS_THERE, dt.date(2017, 4, 12)):
        assert masks[day].zones[ZONE]["state"] == "valid"


def test_the_haze_that_scl_calls_clear_is_haze(masks) -> None:
    row = masks[dt.date(2018, 8, 15)].zones[ZONE]
    assert row["haze_fraction"] > 0.9
    scl = masks[dt.date(2018, 8, 15)].scl
    assert (scl[scl > 0] == 4).mean() > 0.9, "vegetation, by SCL"


@pytest.mark.parametrize("day", [dt.date(2016, 12, 3), dt.date(2017, 1, 2)])
def test_snow_is_a_state_also_where_scl_calls_it_water_or_ground(masks, day: dt.date) -> None:
    assert masks[day].zones[ZONE]["state"] == "snow"


def test_probabilities_go_with_the_classes(masks) -> None:
    for look in masks.values():
        seen = look.classes > 0
        assert (look.clear_percent[~seen] == PERCENT_UNSEEN).all()
        assert look.clear_percent[seen].max(initial=0) <= 100
        assert (look.clear_percent[look.classes == CLEAR] >= 20).all()
        assert all(row["method"] == METHOD for row in look.zones.values())


def test_looks_after_a_month_change_no_mask_of_it(site: WatchedSite, masks, by_eye) -> None:
    month = Month(2018, 8)
    masker = CloudMasker(site.stored, site.archive, site.reader, site.weights)
    known = [row for row in site.rows if row["sensed_at"] < month.end]
    assert masker.mask(month, known) == masker.mask(month, site.rows)
    for row in known[-3:]:
        day, name = row["sensed_at"].date(), str(row["acquisition_id"])
        place = site.archive, site.stored.site.site_id, name
        np.testing.assert_array_equal(load_mask(*place), masks[day].classes)
        np.testing.assert_array_equal(load_clear_probability(*place), masks[day].clear_percent)
