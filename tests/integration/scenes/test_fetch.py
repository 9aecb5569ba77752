"""A month read again after catalogue, archive or source have changed: nothing stored is lost."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assets.scenes.fetch import SceneFetcher
from pipelines.automation import due
from pipelines.automation.sensors import months_behind_their_history
from resources.archive.store import FolderArchive
from resources.grids import box_around, site_grid
from resources.lake.lake import StoredSite
from resources.lake.questions.stage_reads import stage_months
from resources.models import Grid
from resources.months import Month
from resources.sources.stac.folder import StacFolder
from resources.watchlist.read import read_watch_list

pytestmark = pytest.mark.shared
ITEMS = ("S2A_RO_20150801_0_L2A", "S2A_RO_20150831_0_L2A")
AUGUST = Month(2015, 8)
SITE = "romania-road"


@pytest.fixture
def archive(romania, tmp_path: Path) -> Path:
    """A catalogue of the two real items of a month."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for name in ITEMS:
        shutil.copytree(romania.archive / name, folder / name)
    write_catalog(folder, ITEMS)
    return folder


def write_catalog(folder: Path, names: tuple[str, ...]) -> None:
    links = [{"rel": "item", "href": f"./{name}/item.json"} for name in names]
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": "two", "description": "two items"}
    (folder / "catalog.json").write_text(json.dumps({**catalog, "links": links}))


def looks(post) -> list[tuple[str, str]]:
    rows = post.lake.query("SELECT acquisition_id, state FROM scenes ORDER BY sensed_at")
    return [(str(row["acquisition_id"]), str(row["state"])) for row in rows]


def test_a_look_that_the_catalogue_forgets_is_kept(
    post_at: Callable, romania, archive: Path, tmp_path: Path
) -> None:
    post = post_at(tmp_path / "data")
    post.take(romania.sites, archive)
    post.run_month(AUGUST)
    before = post.rows()
    assert len(looks(post)) == 2
    write_catalog(archive, ITEMS[:1])
    post.run_month(AUGUST)
    after = post.rows()
    for table in ("scenes", "cloud_masks", "activity"):
        assert after[table] == before[table], table

    renamed = archive / "renamed"
    (archive / ITEMS[0]).rename(renamed)
    item = json.loads((renamed / "item.json").read_text())
    (renamed / "item.json").write_text(json.dumps({**item, "id": "renamed"}))
    write_catalog(archive, ("renamed",))
    for _ in range(2):  # the same look from another item: once, and the old one as superseded
        post.run_month(AUGUST)
        rows = post.lake.query("SELECT item_ids, state FROM scenes ORDER BY sensed_at, state DESC")
        assert [(row["item_ids"], row["state"]) for row in rows] == [
            (["renamed"], "valid"),
            ([ITEMS[0]], "superseded"),
            ([ITEMS[1]], "valid"),
        ]
    assert post.duplicates() == {}


def test_a_broken_chip_is_read_again(
    post_at: Callable, romania, archive: Path, tmp_path: Path
) -> None:
    post = post_at(tmp_path / "data")
    post.take(romania.sites, archive)
    post.run_month(AUGUST)
    before = post.rows()
    chips = sorted((tmp_path / "data" / "archive" / SITE / "chips").rglob("*.tif"))
    whole = chips[0].read_bytes()
    chips[0].write_bytes(whole[:100])
    post.run_month(AUGUST)
    assert chips[0].read_bytes() == whole
    assert post.rows() == before


def test_a_footprint_without_pixels_is_a_look_without_data_each_time(
    post_at: Callable, romania, archive: Path, tmp_path: Path
) -> None:
    far = json.loads(next(romania.sites.glob("*.geojson")).read_text())
    moved = json.dumps(far).replace("22.1", "22.3")
    sites = tmp_path / "far.geojson"
    sites.write_text(moved)
    for name in ITEMS:
        path = archive / name / "item.json"
        item = json.loads(path.read_text())
        ring = [[22, 45], [23, 45], [23, 46], [22, 46], [22, 45]]
        item["geometry"] = {"type": "Polygon", "coordinates": [ring]}
        item["bbox"] = [22, 45, 23, 46]
        path.write_text(json.dumps(item))
    post = post_at(tmp_path / "data")
    post.take(sites, archive)
    for _ in range(2):
        post.run_month(AUGUST)
        assert [state for _, state in looks(post)] == ["no_data", "no_data"]


def test_a_broken_item_is_refused_and_the_rest_goes_on(
    post_at: Callable, romania, archive: Path, tmp_path: Path
) -> None:
    broken = archive / ITEMS[0] / "B04.tif"
    broken.write_bytes(broken.read_bytes()[:200])
    post = post_at(tmp_path / "data")
    post.take(romania.sites, archive)
    result = post.run_month(AUGUST)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    assert [state for _, state in looks(post)] == ["refused", "valid"]
    (row,) = post.lake.query(
        "SELECT item_ids, reason, chip_uris FROM scenes WHERE state = 'refused'"
    )
    assert (row["item_ids"], row["chip_uris"]) == ([ITEMS[0]], [])
    assert "red" in str(row["reason"])
    (refused,) = post.lake.query("SELECT item_id, reason FROM refusals")
    assert refused["item_id"] == ITEMS[0]
    assert "red" in str(refused["reason"])


def test_another_grid_makes_every_month_due(
    post_at: Callable, romania, archive: Path, tmp_path: Path
) -> None:
    post = post_at(tmp_path / "data")
    post.take(romania.sites, archive)
    (before,) = post.lake.sites()
    shifted = tmp_path / "shifted"
    shutil.copytree(archive, shifted)
    post.take(romania.sites, shifted)
    (same,) = post.lake.sites()
    assert same.config_hash == before.config_hash
    wider = json.loads(next(romania.sites.glob("*.geojson")).read_text())
    for feature in wider["features"]:
        feature["properties"]["margin_m"] = 20
    (tmp_path / "wider.geojson").write_text(json.dumps(wider))
    post.take(tmp_path / "wider.geojson", archive)
    (after,) = post.lake.sites()
    assert after.config_hash != before.config_hash
    assert after.grid == before.grid


def older(post) -> StoredSite:
    """The site of a lake as an older version left it: less is read, snapped to 20 m."""
    (stored,) = post.lake.sites()
    grid = Grid(stored.grid.epsg, stored.grid.bounds.buffered(-480.0))
    post.lake.put_site(stored.site, grid, stored.source)
    return replace(stored, grid=grid)


def test_a_lake_of_an_older_version_reads_the_wider_grid_and_doubles_nothing(
    post_at: Callable, romania, archive: Path, tmp_path: Path
) -> None:
    post = post_at(tmp_path / "data")
    post.take(romania.sites, archive)
    (today,) = post.lake.sites()
    narrow = older(post)
    post.run_month(AUGUST)
    before = post.lake.query("SELECT chip_uris, coverage_fraction FROM scenes ORDER BY sensed_at")
    answer = post.ask(months_behind_their_history)
    assert len(answer.requests) == 1
    (after,) = post.lake.sites()
    assert after.config_hash != narrow.config_hash
    assert after.grid.shape == today.grid.shape
    post.fulfil("watch_months", answer.requests)
    rows = post.lake.query("SELECT chip_uris, coverage_fraction FROM scenes ORDER BY sensed_at")
    assert len(rows) == len(before) == 2
    for new, old in zip(rows, before, strict=True):
        assert new["coverage_fraction"] == old["coverage_fraction"] == 1
        item = json.loads(
            (tmp_path / "data" / "archive" / new["chip_uris"][0]).with_name("item.json").read_text()
        )
        edges = after.grid.bounds.buffered(40.0)
        assert item["properties"]["sitewatch:window"][0] == edges.west
        files = {asset["href"].removeprefix("./") for asset in item["assets"].values()}
        assert files == {key.rsplit("/", 1)[1] for key in new["chip_uris"]}
    assert post.duplicates() == {}
    done = stage_months(post.lake, SITE)
    assert due.stale_range(SITE, done, config_hash=after.config_hash) is None
    assert post.ask(months_behind_their_history).requests == []
    assert post.lake.sites() == [after]


class Service(StacFolder):
    """The same looks from something that goes on listing."""

    @property
    def is_static(self) -> bool:
        """It is none that somebody made."""
        return False


def missed(source: StacFolder, romania, archive: Path, now: dt.datetime) -> dict[Month, set[str]]:
    """States of the passes without a look, by month."""
    (site,) = read_watch_list(romania.sites)
    bounds = box_around([zone.geometry for zone in site.zones])
    grid = site_grid(site, lattice=source.lattice(site.epsg, bounds))
    fetcher = SceneFetcher(site, grid, source, FolderArchive(archive))
    found = {}
    for month in (Month(2020, 8), Month(2020, 11), Month(2021, 1)):
        passes = fetcher.fetch(month, now).passes
        found[month] = {str(one["state"]) for one in passes} - {"seen", "no_data"}
    return found


def test_only_a_source_that_goes_on_tells_of_passes_that_were_never_published(
    romania, tmp_path: Path
) -> None:
    catalog = romania.archive / "catalog.json"
    now = dt.datetime(2021, 12, 1, tzinfo=dt.UTC)
    made = missed(StacFolder(catalog), romania, tmp_path, now)
    assert set().union(*made.values()) == {"not_in_source"}
    service = missed(Service(catalog), romania, tmp_path, now)
    assert service[Month(2020, 8)] == {"no_pass"}
    assert "no_pass" in service[Month(2020, 11)]
    assert service[Month(2021, 1)] == {"not_in_source"}
    soon = missed(Service(catalog), romania, tmp_path, dt.datetime(2021, 1, 20, tzinfo=dt.UTC))
    assert "not_in_source" not in soon[Month(2021, 1)]
