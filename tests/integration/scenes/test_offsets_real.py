"""Four ways in which catalogues state the offset, on real pixels: all give one reflectance.

The real scenes have it subtracted already; those that have not are derived from them by adding it.
"""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio

from assets.scenes.fetch import SceneFetcher
from assets.scenes.looks import LookReader
from resources.archive.store import FolderArchive
from resources.grids import site_grid
from resources.models import Bounds
from resources.months import Month
from resources.sources.open import open_source
from resources.watchlist.read import read_watch_list

pytestmark = pytest.mark.shared

AUGUST = Month(2023, 8)
NOW = dt.datetime(2023, 9, 20, tzinfo=dt.UTC)
SITE = "zagreb-airport"
CLEAR = "S2A_33TWL_20230815_0_L2A"
CLOUDY = "S2B_33TWL_20230810_0_L2A"
OFFSET = 1000


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site file of two square kilometres round the airport."""
    return write_site(tmp_path_factory.mktemp("sites") / "zagreb.geojson", 16.055, 45.735)


def write_site(path: Path, west: float, south: float) -> Path:
    east, north = west + 0.045, south + 0.032
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    zone = {
        "type": "Feature",
        "properties": {
            "site": SITE,
            "site_name": "Zagreb airport",
            "zone": "field",
            "name": "Airfield",
            "kind": "other",
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    return path


def derive(
    real: Path,
    to: Path,
    names: tuple[str, ...] = (CLEAR,),
    *,
    flag: bool | None,
    is_held: bool,
    collection: str = "sentinel-2-l2a",
) -> Path:
    """An archive of real scenes whose items state what they are told to.

    With `is_held` the pixels are as ESA distributes them, 1000 added; else as they came.
    """
    to.mkdir()
    for name in names:
        shutil.copytree(real / name, to / name)
        path = to / name / "item.json"
        path.chmod(0o644)
        item = json.loads(path.read_text())
        item["collection"] = collection
        item["properties"].pop("earthsearch:boa_offset_applied")
        if flag is not None:
            item["properties"]["earthsearch:boa_offset_applied"] = flag
        for key in ("blue", "green", "red", "nir"):
            item["assets"][key]["raster:bands"][0]["offset"] = -0.1
            if is_held:
                add_offset(to / name / Path(item["assets"][key]["href"]).name)
        path.write_text(json.dumps(item))
    links = [{"rel": "item", "href": f"./{name}/item.json"} for name in names]
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": to.name, "description": "derived"}
    (to / "catalog.json").write_text(json.dumps({**catalog, "links": links}))
    return to


def add_offset(path: Path) -> None:
    path.chmod(0o644)
    with rasterio.open(path) as file:
        pixels, profile = file.read(1), file.profile
    pixels = np.where(pixels > 0, pixels + OFFSET, 0).astype(np.uint16)
    path.unlink()
    with rasterio.open(path, "w", **{**profile, "driver": "GTiff"}) as file:
        file.write(pixels, 1)


@dataclass(frozen=True)
class Read:
    """The rows of a month and the reflectance of its looks."""

    rows: list[dict]
    reflectance: dict[str, np.ndarray]


def read_month(sites: Path, catalogue: Path, archive: Path) -> Read:
    """A month of the site, its chips in a folder."""
    (site,) = read_watch_list(sites)
    source, chips = open_source(str(catalogue)), FolderArchive(archive)
    grid = site_grid(site, lattice=source.lattice(site.epsg, Bounds(16.05, 45.73, 16.1, 45.77)))
    found = SceneFetcher(site, grid, source, chips).fetch(AUGUST, NOW)
    reader = LookReader(chips, grid)
    looks = {str(row["acquisition_id"]): reader.look(row).reflectance for row in found.scenes}
    return Read(found.scenes, looks)


@pytest.fixture(scope="module")
def truth(sites: Path, shared: Path, tmp_path_factory) -> dict[str, np.ndarray]:
    """Reflectance of the scenes as they really are."""
    found = read_month(sites, shared / "real/zagreb/archive", tmp_path_factory.mktemp("truth"))
    assert len(found.rows) == 5
    assert not any(row["offset_conflict"] for row in found.rows)
    return found.reflectance


CASES = {
    "applied": (True, False, 0, "flag", 0),
    "not applied": (False, True, -1000, "baseline", 0),
    "applied, the flag is wrong": (False, False, 0, "pixels", 1),
    "c1": (None, True, -1000, "baseline", 0),
}
"""Flag, whether the pixels hold the offset, then the offset, what decided it, and conflicts."""


@pytest.mark.parametrize("case", CASES)
def test_each_way_of_stating_the_offset_gives_the_same_reflectance(
    sites: Path, shared: Path, tmp_path: Path, truth, case: str
) -> None:
    flag, is_held, offset_dn, source, conflicts = CASES[case]
    catalogue = derive(
        shared / "real/zagreb/archive",
        tmp_path / "derived",
        flag=flag,
        is_held=is_held,
        collection="sentinel-2-c1-l2a" if flag is None else "sentinel-2-l2a",
    )
    found = read_month(sites, catalogue, tmp_path / "archive")
    (row,) = found.rows
    assert (row["offset_dn"], row["offset_source"]) == (offset_dn, source)
    assert row["item_offsets_dn"] == [offset_dn]
    assert row["offset_conflict"] is (conflicts == 1)
    (name,) = found.reflectance
    np.testing.assert_array_equal(found.reflectance[name], truth[name])
    for path in catalogue.rglob("B0[348].tif"):
        path.write_bytes(b"II*\0")  # what the tile showed is kept beside the chip
    assert read_month(sites, catalogue, tmp_path / "archive").rows == found.rows


def test_the_check_counts_the_conflict(
    post_at: Callable, sites: Path, shared: Path, tmp_path: Path
) -> None:
    catalogue = derive(
        shared / "real/zagreb/archive", tmp_path / "derived", flag=False, is_held=False
    )
    post = post_at(tmp_path / "data")
    post.take(sites, catalogue)
    result = post.run_month(AUGUST, SITE)
    (check,) = [
        one
        for one in result.get_asset_check_evaluations()
        if one.check_name == "offset_conflicts_are_none"
    ]
    assert not check.passed
    assert check.metadata["number"].value == 1
