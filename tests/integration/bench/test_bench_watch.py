"""The yardstick of the watch: its grounds are real looks repeated, its figures medians."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from bench.watch.ground import make_archive, make_sites
from bench.watch.report import STAGES, markdown, summary
from resources.grids import box_around, site_grid
from resources.models import BANDS
from resources.sources.open import open_source
from resources.watchlist.read import read_watch_list


@pytest.mark.shared
def test_the_ground_is_the_real_one_repeated_and_reaches_as_far_as_is_read(
    shared: Path, tmp_path: Path
) -> None:
    real = shared / "real/romania"
    folder = make_archive(real / "archive", tmp_path / "archive", 3, {2021: True})
    (listed,) = (real / "site").glob("*.geojson")
    (site,) = read_watch_list(make_sites(listed, tmp_path / "sites.geojson", 3))
    assert len(site.zones) == 9
    source = open_source(str(folder))
    bounds = box_around([zone.geometry for zone in site.zones])
    grid = site_grid(site, lattice=source.lattice(site.epsg, bounds))
    (item,) = source.search(bounds, *(_moment(year) for year in (2021, 2022))).items
    reading = source.read(item, BANDS, grid.bounds, grid.epsg)
    assert reading.rasters["blue"].pixels.shape == grid.shape
    before = next((real / "archive").glob("*_2021*"))
    with (
        rasterio.open(before / "B02.tif") as one,
        rasterio.open(folder / before.name / "B02.tif") as many,
    ):
        np.testing.assert_array_equal(many.read(1)[100:200, 100:200], one.read(1))
        assert many.xy(100, 100) == pytest.approx(one.xy(0, 0))


def _moment(year: int):
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)


def watched(ms: float) -> dict:
    part = {"looks": 10, "seconds": dict.fromkeys(STAGES, ms / 100)}
    return {
        "parts": [part] * 4,
        "looks": 40,
        "cpu_s": 2.0,
        "read_km2": 4.0,
        "zones": 3,
        "peak_mb": ms,
        "floor_s": 0.4,
    }


def test_figures_are_medians_of_rounds_and_alerts_count_once() -> None:
    found = summary(1, [watched(ms) for ms in (10.0, 30.0, 20.0)])
    assert found["ms_a_look"]["scenes"] == pytest.approx(20.0)
    assert found["ms_a_look"]["anomalies"] == pytest.approx(5.0)
    assert found["ms_a_look"]["all"] == pytest.approx(70.0)
    assert found["floor_ms_a_look"] == pytest.approx(10.0)
    assert (found["peak_mb"], found["late_to_early"]) == (30.0, 1.0)
    assert "| 1 | 4.0 | 3 | 40 | 20 |" in markdown([found])
    json.dumps(found)
