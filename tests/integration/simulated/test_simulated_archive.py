"""A few simulated months on disk: opened by others' tools, written once, the same each time."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio

from resources.errors import ArchiveError
from resources.grids import site_grid
from resources.months import Month
from resources.simulated.archive import SimulatedArchive, Simulation, write_archive
from resources.simulated.scenery.drawing import fill_box
from resources.simulated.scenery.layout import TILE, Box
from resources.watchlist.read import read_watch_list

MONTHS = Simulation(months=3)
ONE_MONTH = Simulation(seed=3, months=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated")


@pytest.fixture(scope="module")
def archive(folder: Path) -> SimulatedArchive:
    return write_archive(folder, MONTHS)


def checksums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_pystac_and_rasterio_open_every_item(archive: SimulatedArchive) -> None:
    items = list(pystac.Catalog.from_file(archive.catalog).get_items())
    assert len(items) == 37
    for item in items:
        for key, asset in item.assets.items():
            with rasterio.open(asset.get_absolute_href()) as file:
                pixel_m = asset.extra_fields["gsd"]
                assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
                assert file.crs.to_epsg() == 32629
                assert file.res == (pixel_m, pixel_m)
                assert tuple(file.bounds) == (TILE.west, TILE.south, TILE.east, TILE.north)
                assert file.dtypes == (("uint8",) if key == "scl" else ("uint16",))
                assert file.nodata == 0
                assert "SIMULATED" in file.tags()["TIFFTAG_IMAGEDESCRIPTION"]


def test_no_data_is_the_same_in_every_band(archive: SimulatedArchive) -> None:
    truth = json.loads(archive.truth.read_text())
    partial = max(truth["looks"], key=lambda look: look["no_data_fraction"])
    assert partial["no_data_fraction"] > 0.1
    for band in ("B02", "B11", "SCL"):
        with rasterio.open(archive.catalog.parent / partial["item"] / f"{band}.tif") as file:
            share = (file.read(1) == 0).mean()
        assert share == pytest.approx(partial["no_data_fraction"], abs=0.001)


def test_the_site_lies_within_the_tile_with_its_margin(archive: SimulatedArchive) -> None:
    (site,) = read_watch_list(archive.sites)
    bounds = site_grid(site).bounds
    assert bounds.west - 50 >= TILE.west
    assert bounds.east + 50 <= TILE.east
    assert bounds.south - 50 >= TILE.south
    assert bounds.north + 50 <= TILE.north


def test_arriving_aircraft_brighten_the_apron_beyond_the_noise(archive: SimulatedArchive) -> None:
    truth = json.loads(archive.truth.read_text())
    good = [
        look
        for look in truth["looks"]
        if look["sky"] == "clear" and not look["no_data_fraction"] and not look["snow_cover"]
    ]
    arrived = dt.date.fromisoformat(truth["phases"]["arrive"]) + dt.timedelta(days=3)
    full = [
        look
        for look in good
        if arrived.isoformat() <= look["sensed_at"] < truth["phases"]["depart"]
    ]
    empty = [look for look in good if look["sensed_at"] >= truth["phases"]["depart"]]
    assert len(full) >= 3
    assert len(empty) >= 3

    def bright_pixels(look: dict) -> int:
        with rasterio.open(archive.catalog.parent / look["item"] / "B04.tif") as file:
            apron = file.read(1)[north_row].astype(float) - 1000
        return int((apron > 1.12 * np.median(apron)).sum())

    north_row = np.zeros((240, 340), dtype=bool)
    fill_box(north_row, TILE, Box(-410, 95, -20, 145), value=True)
    assert min(map(bright_pixels, full)) > max(map(bright_pixels, empty)) + 15


def test_a_finished_archive_is_left_alone(folder: Path, archive: SimulatedArchive) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    steps: list[int] = []
    assert write_archive(folder, MONTHS, progress=lambda done, _: steps.append(done)) == archive
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert steps == []


def test_the_same_seed_writes_the_same_bytes_and_progress_counts_up(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_archive(
        tmp_path / "one", ONE_MONTH, progress=lambda done, total: steps.append((done, total))
    )
    write_archive(tmp_path / "other", ONE_MONTH, workers=1)
    assert checksums(tmp_path / "one") == checksums(tmp_path / "other")
    assert steps == [(step, len(steps)) for step in range(1, len(steps) + 1)]


def test_other_parameters_replace_a_simulation_but_never_a_real_archive(tmp_path: Path) -> None:
    write_archive(tmp_path, ONE_MONTH)
    later = Simulation(first=Month(2025, 2), months=1)
    archive = write_archive(tmp_path, later)
    folders = [path.name for path in archive.catalog.parent.iterdir() if path.is_dir()]
    assert {name.split("_")[2][:6] for name in folders} == {"202502"}
    (tmp_path / "simulation.json").unlink()
    with pytest.raises(ArchiveError, match="choose another folder"):
        write_archive(tmp_path, ONE_MONTH)
