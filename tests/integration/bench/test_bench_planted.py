"""The yardstick of planted blocks: what is written into real scenes, and how it is counted."""

import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio

from bench.frames.cropped import copy_archive
from bench.planted.blocks import Block, write_planted
from bench.planted.cases import GROUNDS, WAYS, Case, cases
from bench.planted.figures import figures, markdown
from bench.planted.runs import BlockScore, CaseScore
from bench.watched import Folder
from resources.grids import zone_geometry
from resources.watchlist.read import read_watch_list

DAYS = ("20180504", "20180926")
PLANTED = dt.date(2018, 8, 1)


@pytest.fixture(scope="module")
def flanders(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of its looks."""
    folder = tmp_path_factory.mktemp("flanders")
    real = shared / "real" / "flanders"
    shutil.copytree(real / "site", folder / "site")
    copy_archive(real / "archive", folder / "archive", wanted=lambda one: one.split("_")[2] in DAYS)
    return folder


def pixels(archive: Path, day: str, band: str, corner: tuple[float, float], side_m: float):
    """A square of a band of a look."""
    (path,) = archive.glob(f"*_{day}_*/item.json")
    asset = json.loads(path.read_text())["assets"][band]
    with rasterio.open(path.parent / asset["href"]) as file:
        place = file.transform
        column = round((corner[0] - place.c) / place.a)
        row = round((place.f - corner[1]) / place.a)
        count = round(side_m / file.transform.a)
        return file.read(1)[row : row + count, column : column + count]


@pytest.mark.shared
def test_a_block_shows_other_ground_of_the_same_look_from_its_day_on(flanders, tmp_path) -> None:
    block = _block(flanders)
    made = write_planted(flanders / "archive", tmp_path / "made", [block])
    here, there = (block.west_m, block.north_m), (block.from_west_m, block.from_north_m)
    for band in ("red", "nir", "swir16", "scl"):
        before, after = (pixels(made, day, band, here, block.side_m) for day in DAYS)
        source = flanders / "archive"
        np.testing.assert_array_equal(before, pixels(source, DAYS[0], band, here, block.side_m))
        np.testing.assert_array_equal(after, pixels(source, DAYS[1], band, there, block.side_m))
    assert "SIMULATED" in json.loads((made / "catalog.json").read_text())["description"]


def _block(folder: Path) -> Block:
    site = read_watch_list(Folder.of(folder).sites)[0]
    outlines = {zone.zone_id: zone_geometry(zone, 32631).bounds for zone in site.zones}
    (path, *_) = (folder / "archive").glob("*/item.json")
    asset = json.loads(path.read_text())["assets"]["swir16"]
    with rasterio.open(path.parent / asset["href"]) as file:
        left, top = file.transform.c, file.transform.f

    def corner(zone: str) -> tuple[float, float]:
        west, _, _, north = outlines[zone]
        return left + 20 * round((west - left) / 20), top + 20 * round((north - top) / 20)

    return Block(*corner("field-centre"), *corner("village"), 40.0, PLANTED, None)


@pytest.mark.shared
def test_every_block_lies_in_its_zone_and_comes_from_elsewhere(shared) -> None:
    found = list(cases(shared / "real", (40.0,), (0.0,)))
    assert {one.ground.name for one in found} == {one.name for one in GROUNDS}
    assert {one.way for one in found} == {"none", *WAYS}
    for case in found:
        epsg = 32631 if case.ground.name == "flanders" else None
        for zone_id, block in case.blocks:
            apart = max(
                abs(block.west_m - block.from_west_m), abs(block.north_m - block.from_north_m)
            )
            assert apart >= block.side_m
            if epsg:
                zone = next(one for one in case.site.zones if one.zone_id == zone_id)
                outline = zone_geometry(zone, epsg)
                middle = outline.bounds
                assert middle[0] - block.side_m < block.west_m < middle[2]
                assert middle[1] < block.north_m < middle[3] + block.side_m


@pytest.mark.shared
def test_a_block_that_is_taken_out_was_there_before_and_one_for_a_month_goes(shared) -> None:
    by_way = {
        one.way: one.blocks[0][1]
        for one in cases(shared / "real", (40.0,), (0.0,))
        if one.ground.name == "flanders" and one.blocks
    }
    eve, later, autumn = PLANTED - dt.timedelta(1), PLANTED, dt.date(2018, 10, 1)
    there = {
        way: [one.is_there(day) for day in (eve, later, autumn)] for way, one in by_way.items()
    }
    assert there == {
        "in": [False, True, True],
        "out": [True, False, False],
        "month": [False, True, False],
    }


def score(area: float, delay: int | None, *, told: float | None = None, **changed) -> BlockScore:
    values = {
        "place": "flanders",
        "zone_id": "field",
        "way": "in",
        "margin_m": 0.0,
        "area_m2": area,
        "visible_m2": 1000.0,
        "delay_days": delay,
        "told_m2": told,
        "is_called_passed": False,
    }
    return BlockScore(**(values | changed))


def test_figures_count_what_was_found_of_what_could_be_seen() -> None:
    blocks = (
        score(3600.0, 20, told=3000.0),
        score(6400.0, None),
        score(400.0, None),
        score(10_000.0, 31, told=2000.0, is_called_passed=True, visible_m2=None),
    )
    case = Case(GROUNDS[0], Path(), None, "in", 60.0, 0.0, ())
    told = json.loads(
        json.dumps(figures([CaseScore(case, blocks, ()), CaseScore(case, (), ("yard",))]))
    )
    assert told["blocks"] == 4
    assert told["twice_visible_found_60d"] == [1, 2, 0.5]
    assert told["large_found_60d"] == [1, 2, 0.5]
    assert told["area_within"] == [1, 2, 0.5]
    assert (told["called_passed"], told["confirmed_still"]) == (1, 1)
    assert "| at twice the visible area | 1 of 2 (50%) |" in markdown(told)
