"""What a watch would read, from real searches: of a folder, and of Sentinel Hub's double."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.sentinel_hub_contract import Contract
from doubles.sentinel_hub_scenes import romania as scenes_of_romania
from doubles.sentinel_hub_server import PROCESS, SEARCH, TOKEN, Hub
from rich.console import Console

from pipelines.cli import estimate as estimates
from pipelines.cli.commands import run_watch
from pipelines.cli.estimate import SiteToEstimate, check_quotas, estimate_site
from resources.archive.store import FolderArchive
from resources.costs import Cost, Quota
from resources.errors import SettingsError
from resources.grids import box_around, site_grid
from resources.models import Grid
from resources.months import Month
from resources.source import Source
from resources.sources.open import open_source
from resources.sources.sentinel_hub import settings
from resources.sources.sentinel_hub.settings import CDSE_QUOTA
from resources.sources.sentinel_hub.source import open_sentinel_hub
from resources.watchlist.read import read_watch_list

pytestmark = pytest.mark.shared

ALL_MONTHS = (Month(2015, 8), Month(2021, 1))


def place(romania, source: Source) -> SiteToEstimate:
    (site,) = read_watch_list(romania.sites)
    bounds = box_around([zone.geometry for zone in site.zones])
    grid = site_grid(site, lattice=source.lattice(site.epsg, bounds))
    return SiteToEstimate(site.site_id, grid, source)


@pytest.fixture(scope="module")
def folder(romania) -> SiteToEstimate:
    return place(romania, open_source(str(romania.archive)))


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path / "archive")


def test_every_look_of_a_folder_is_counted_and_costs_nothing(
    folder: SiteToEstimate, archive: FolderArchive
) -> None:
    found = estimate_site(folder, archive, ALL_MONTHS)
    assert (found.looks, found.unread) == (140, 140)
    assert found.cost == Cost()
    assert found.quota is None
    assert not archive.folder.exists()


def test_chips_that_the_archive_has_are_not_counted_again(
    folder: SiteToEstimate, archive: FolderArchive
) -> None:
    for item in ("S2A_RO_20150801_0_L2A", "S2A_RO_20150811_0_L2A", "S2A_RO_20160318_0_L2A"):
        box = folder.grid.bounds.buffered(40.0)
        shown = {
            "sitewatch:window": [box.west, box.south, box.east, box.north],
            "sitewatch:window_epsg": folder.grid.epsg,
        }
        stored = json.dumps({"properties": shown}).encode()
        archive.put(f"romania-road/chips/{item}/item.json", stored)
    archive.put("romania-road/chips/S2A_RO_20150831_0_L2A/10m-half.tif", b"")  # without its item
    august = estimate_site(folder, archive, (Month(2015, 8), Month(2015, 8)))
    assert (august.looks, august.unread) == (3, 1)
    assert estimate_site(folder, archive, ALL_MONTHS).unread == 137
    wider = replace(folder, grid=Grid(folder.grid.epsg, folder.grid.bounds.buffered(60.0)))
    assert estimate_site(wider, archive, ALL_MONTHS).unread == 140


def test_looks_are_the_same_however_many_searches_it_takes(
    folder: SiteToEstimate, archive: FolderArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = estimate_site(folder, archive, ALL_MONTHS)
    monkeypatch.setattr(estimates, "SEARCH_MONTHS", 1)
    assert estimate_site(folder, archive, ALL_MONTHS) == whole


def test_sentinel_hub_is_asked_for_a_list_only_and_its_units_are_counted(
    shared: Path, romania, archive: FolderArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    profile = tmp_path / "sentinelhub" / "config.toml"
    profile.parent.mkdir()
    months = (Month(2016, 5), Month(2016, 6))
    with Hub(Contract(shared), scenes_of_romania(shared)) as hub:
        profile.write_text(hub.profile(download_sleep_time=0.01, download_timeout_seconds=20))
        found = estimate_site(
            place(romania, open_sentinel_hub("sentinelhub:double")), archive, months
        )
        asked = set(hub.seen)
    assert (found.looks, found.unread) == (4, 4)
    assert found.cost.requests == 4
    rows, columns = place(romania, open_source(str(romania.archive))).grid.shape
    assert found.cost.processing_units > 4 * rows * columns / 512**2 * 10 / 3
    assert asked >= {SEARCH}
    assert PROCESS not in asked
    check_quotas([replace(found, quota=CDSE_QUOTA)])
    little = Quota("Example", processing_units_a_month=found.cost.processing_units - 1)
    with pytest.raises(SettingsError, match="processing units"):
        check_quotas([replace(found, quota=little)])


def test_a_run_beyond_the_allowance_reads_nothing_unless_it_is_told_to(
    shared: Path, romania, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SH_PROFILE", raising=False)
    console = Console(file=io.StringIO(), width=160)
    asked = {"data": tmp_path / "data", "sites": romania.sites, "archive": "sentinelhub-cdse"}
    may = {"first": "2016-05", "last": "2016-05"}
    with Hub(Contract(shared), scenes_of_romania(shared)) as hub:
        here = replace(settings.CDSE, base_url=hub.url, token_url=hub.url + TOKEN)
        monkeypatch.setattr(settings, "CDSE", here)
        monkeypatch.setattr(settings, "CDSE_QUOTA", replace(CDSE_QUOTA, requests_a_month=1))
        monkeypatch.setenv("SH_CLIENT_ID", hub.client_id)
        monkeypatch.setenv("SH_CLIENT_SECRET", hub.client_secret)
        with pytest.raises(SettingsError, match=r"2 requests of 1 a month .* --yes"):
            run_watch(console, **asked, **may, is_agreed=False)
        assert PROCESS not in hub.seen
        run_watch(console, **asked, **may, is_agreed=True)
        assert hub.seen.count(PROCESS) == 2
    printed = console.file.getvalue()
    assert printed.count("2 looks listed, 2 to be read; about 2 requests of 1 a month") == 2
    assert "Time of 2 looks at romania-road" in printed
