"""A month of real scenes through Sentinel Hub (the double), beside that from the folder."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from doubles.sentinel_hub_contract import Contract
from doubles.sentinel_hub_scenes import romania
from doubles.sentinel_hub_server import Hub

from assets.scenes.fetch import MonthOfScenes, SceneFetcher
from assets.scenes.looks import LookReader
from resources.archive.store import FolderArchive
from resources.grids import shown_window, site_grid
from resources.models import Bounds, Grid, Site
from resources.months import Month
from resources.source import Source
from resources.sources.open import open_source
from resources.watchlist.read import read_watch_list

pytestmark = pytest.mark.shared

NOW = dt.datetime(2021, 2, 1, tzinfo=dt.UTC)
APRIL = Month(2017, 4)
PLACE = Bounds(22.145, 45.200, 22.159, 45.209)
ONE_DN = 1e-4


@pytest.fixture
def hub(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "sentinelhub").mkdir()
    with Hub(Contract(shared), romania(shared)) as running:
        (tmp_path / "sentinelhub" / "config.toml").write_text(running.profile())
        yield running
    assert not running.refusals, "the published schema or the script's rules were not met"


def month_of(site: Site, grid: Grid, source: Source, archive: Path) -> MonthOfScenes:
    return SceneFetcher(site, grid, source, FolderArchive(archive)).fetch(APRIL, NOW)


def looks_of(month: MonthOfScenes, grid: Grid, archive: Path) -> dict[dt.date, object]:
    reader = LookReader(FolderArchive(archive), grid)
    return {row["sensed_at"].date(): reader.look(row) for row in month.scenes}


def test_a_month_is_the_same_reflectance_as_from_the_folder(
    shared: Path, hub: Hub, tmp_path: Path
) -> None:
    (site,) = read_watch_list(shared / "real/romania/site")
    folder = open_source(str(shared / "real/romania/archive"))
    grid = site_grid(site, lattice=folder.lattice(site.epsg, PLACE))
    source = open_source("sentinelhub:double")
    local = month_of(site, grid, folder, tmp_path / "folder")
    remote = month_of(site, grid, source, tmp_path / "hub")
    expected = looks_of(local, grid, tmp_path / "folder")
    found = looks_of(remote, grid, tmp_path / "hub")
    assert len(expected) == 2
    assert list(found) == list(expected)
    for day, look in expected.items():
        seen = np.isfinite(look.reflectance) & np.isfinite(found[day].reflectance)
        inside = seen[:, *shown_window(site, grid)]
        assert inside.mean() > 0.6, "B12 is in no real scene of this place"
        difference = np.abs(look.reflectance - found[day].reflectance)[seen]
        assert difference.max() <= ONE_DN * 1.001
        np.testing.assert_array_equal(look.scl, found[day].scl)
    for row in remote.scenes:
        assert (row["offset_source"], row["offset_dn"]) == ("asked", -1000)
        assert not row["offset_conflict"]
        assert 20 < row["sun_elevation_deg"] < 70
    units = hub.units
    assert units > 0
    again = month_of(site, grid, source, tmp_path / "hub")
    assert again.scenes == remote.scenes
    assert hub.units == units, "what is in the archive is not paid for again"
