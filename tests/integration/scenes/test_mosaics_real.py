"""Looks put together from several items, on real pixels: halves, copies, tiles of two UTM zones.

The items are derived from a real pass: cut in two, listed twice, or warped to the zone beside.
"""

import datetime as dt
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.transform import array_bounds
from rasterio.warp import reproject, transform_bounds
from shapely.geometry import box, mapping

from assets.scenes.fetch import MonthOfScenes, SceneFetcher
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
REAL = "S2A_33TWL_20230815_0_L2A"
BANDS = ("blue", "green", "red", "nir", "scl")
BORDER = 16.0775  # longitude through the middle of the site
WEST, EAST = box(15.77, 45.66, BORDER + 0.002, 45.95), box(BORDER - 0.002, 45.66, 16.18, 45.95)
ZONE_BESIDE = 32634
STEP_M = 120

Pixels = np.ndarray


@dataclass
class Made:
    """An item to derive from the real one."""

    name: str
    area: object = None
    change: Callable[[dict], None] | None = None
    is_held: bool = False
    epsg: int | None = None
    broken: str | None = None


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of some square kilometres across the border."""
    ring = mapping(box(BORDER - 0.02, 45.735, BORDER + 0.02, 45.765))["coordinates"]
    zone = {
        "type": "Feature",
        "properties": {
            "site": "zagreb-airport",
            "site_name": "Zagreb airport",
            "zone": "field",
            "name": "Airfield",
            "kind": "other",
            "epsg": 32633,
        },
        "geometry": {"type": "Polygon", "coordinates": ring},
    }
    path = tmp_path_factory.mktemp("sites") / "zagreb.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    return path


def catalogue_of(real: Path, to: Path, made: Sequence[Made]) -> Path:
    to.mkdir(parents=True)
    for one in made:
        write_item(real / REAL, to / one.name, one)
    links = [{"rel": "item", "href": f"./{one.name}/item.json"} for one in made]
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": "derived", "description": "x"}
    (to / "catalog.json").write_text(json.dumps({**catalog, "links": links}))
    return to


def write_item(real: Path, folder: Path, made: Made) -> None:
    folder.mkdir()
    item = json.loads((real / "item.json").read_text())
    item["id"] = made.name
    if made.area is not None:
        item["geometry"] = mapping(made.area)
    item["properties"]["proj:epsg"] = made.epsg or 32633
    if made.is_held:
        item["properties"]["earthsearch:boa_offset_applied"] = False
    if made.change:
        made.change(item)
    for band in BANDS:
        name = Path(item["assets"][band]["href"]).name
        if made.is_held and band != "scl":
            item["assets"][band]["raster:bands"][0]["offset"] = -0.1
        write_band(real / name, folder / name, made, is_class=band == "scl")
    if made.broken:
        (folder / made.broken).write_bytes((folder / made.broken).read_bytes()[:5000])
    (folder / "item.json").write_text(json.dumps(item))


def write_band(source: Path, target: Path, made: Made, *, is_class: bool) -> None:
    with rasterio.open(source) as file:
        pixels, profile = file.read(1), file.profile
        if made.area is not None:
            west, _, east, _ = transform_bounds(4326, file.crs, *made.area.bounds)
            columns = file.transform.c + file.transform.a * (np.arange(file.width) + 0.5)
            pixels = np.where((columns > west) & (columns < east), pixels, 0)
    if made.is_held and not is_class:
        pixels = np.where(pixels > 0, pixels + 1000, 0)
    if made.epsg is not None:
        pixels, profile = warped(pixels, profile, made.epsg)
    with rasterio.open(target, "w", **{**profile, "driver": "GTiff"}) as file:
        file.write(pixels.astype(profile["dtype"]), 1)


def warped(pixels: Pixels, profile: dict, epsg: int) -> tuple[Pixels, dict]:
    edges = array_bounds(profile["height"], profile["width"], profile["transform"])
    west, south, east, north = transform_bounds(profile["crs"], epsg, *edges)
    width, height = math.ceil((east - west) / STEP_M), math.ceil((north - south) / STEP_M)
    transform = Affine(STEP_M, 0, west, 0, -STEP_M, north)
    out = np.zeros((height, width), pixels.dtype)
    reproject(
        pixels,
        out,
        src_transform=profile["transform"],
        src_crs=profile["crs"],
        dst_transform=transform,
        dst_crs=epsg,
    )
    return out, {**profile, "crs": epsg, "transform": transform, "width": width, "height": height}


def tile_beside(item: dict) -> None:
    """The same pass, as the tile of the next zone would list it."""
    name = item["properties"]["s2:product_uri"].replace("T33TWL", "T34TBR")
    item["properties"].update({"grid:code": "MGRS-34TBR", "s2:product_uri": name})


def of_strip(number: int) -> Callable[[dict], None]:
    """Makes an item one of another datastrip, without a product name."""

    def change(item: dict) -> None:
        seen = f"S20230815T10{number:02d}30"
        item["properties"]["s2:datastrip_id"] = f"S2A_OPER_MSI_L2A_DS_2APS_X_{seen}_N05.09"
        item["properties"].pop("s2:product_uri")

    return change


@dataclass
class Worked:
    """A month's rows, and reflectance (band, y, x) of its one look."""

    month: MonthOfScenes
    reflectance: Pixels

    @property
    def looks(self) -> list[dict]:
        return [row for row in self.month.scenes if row["state"] in ("valid", "partial")]


def work(sites: Path, catalogue: Path, archive: Path) -> Worked:
    (site,) = read_watch_list(sites)
    source, chips = open_source(str(catalogue)), FolderArchive(archive)
    grid = site_grid(site, lattice=source.lattice(site.epsg, Bounds(16.05, 45.73, 16.1, 45.77)))
    month = SceneFetcher(site, grid, source, chips).fetch(AUGUST, NOW)
    (row,) = [row for row in month.scenes if row["state"] in ("valid", "partial")]
    return Worked(month, LookReader(chips, grid).look(row).reflectance)


@pytest.fixture(scope="module")
def whole(sites: Path, shared: Path, tmp_path_factory) -> Worked:
    """The look as it really is, from its one item."""
    folder = tmp_path_factory.mktemp("whole")
    real = shared / "real/zagreb/archive"
    return work(sites, catalogue_of(real, folder / "catalogue", [Made(REAL)]), folder / "archive")


def test_halves_of_a_split_granule_with_offsets_of_their_own_are_one_whole_look(
    sites: Path, shared: Path, tmp_path: Path, whole: Worked
) -> None:
    halves = [
        Made("west", WEST, of_strip(3)),
        Made(
            "east",
            EAST,
            of_strip(5),
            is_held=True,
        ),
    ]
    made = catalogue_of(shared / "real/zagreb/archive", tmp_path / "catalogue", halves)
    found = work(sites, made, tmp_path / "archive")
    (row,) = found.looks
    offsets = dict(zip(row["item_ids"], row["item_offsets_dn"], strict=True))
    assert offsets == {"west": 0, "east": -1000}
    assert row["coverage_fraction"] == 1
    assert not row["offset_conflict"]
    np.testing.assert_array_equal(found.reflectance, whole.reflectance)


def test_a_product_that_one_collection_cannot_give_is_read_from_the_other(
    sites: Path, shared: Path, tmp_path: Path, whole: Worked
) -> None:
    def to_c1(item: dict) -> None:
        item["collection"] = "sentinel-2-c1-l2a"
        item["properties"].pop("earthsearch:boa_offset_applied")

    copies = [Made("l2a", broken="B04.tif"), Made("c1", change=to_c1, is_held=True)]
    made = catalogue_of(shared / "real/zagreb/archive", tmp_path / "catalogue", copies)
    found = work(sites, made, tmp_path / "archive")
    (row,) = found.looks
    assert (row["item_ids"], row["collection"]) == (["c1"], "sentinel-2-c1-l2a")
    assert row["acquisition_id"] == whole.looks[0]["acquisition_id"]
    np.testing.assert_array_equal(found.reflectance, whole.reflectance)
    (refused,) = [one for one in found.month.scenes if one["state"] == "refused"]
    assert refused["item_ids"] == ["l2a"]
    assert "red" in refused["reason"]
    assert found.month.unread == [], "nothing is missing, so nothing is tried again"
    assert [one["item_id"] for one in found.month.refusals] == ["l2a"]


def test_of_tiles_in_two_zones_the_one_in_the_grids_own_is_enough(
    sites: Path, shared: Path, tmp_path: Path, whole: Worked
) -> None:
    tiles = [Made("beside", change=tile_beside, epsg=ZONE_BESIDE), Made("own")]
    made = catalogue_of(shared / "real/zagreb/archive", tmp_path / "catalogue", tiles)
    found = work(sites, made, tmp_path / "archive")
    (row,) = found.looks
    assert row["item_ids"] == ["own"]
    np.testing.assert_array_equal(found.reflectance, whole.reflectance)


def test_where_the_own_zone_ends_the_other_goes_on(
    sites: Path, shared: Path, tmp_path: Path, whole: Worked
) -> None:
    tiles = [Made("beside", change=tile_beside, epsg=ZONE_BESIDE), Made("own", WEST)]
    made = catalogue_of(shared / "real/zagreb/archive", tmp_path / "catalogue", tiles)
    found = work(sites, made, tmp_path / "archive")
    (row,) = found.looks
    assert row["item_ids"] == ["own", "beside"]
    assert row["mgrs_tiles"] == ["33TWL", "34TBR"]
    assert row["coverage_fraction"] == 1
    half = whole.reflectance.shape[2] // 2
    np.testing.assert_array_equal(
        found.reflectance[..., : half - 30], whole.reflectance[..., : half - 30]
    )
    red, expected = found.reflectance[2, :, half + 40 :], whole.reflectance[2, :, half + 40 :]
    shifts = [(down, right) for down in (-24, -12, 0, 12, 24) for right in (-24, -12, 0, 12, 24)]
    assert max(shifts, key=lambda shift: likeness(red, expected, *shift)) == (0, 0)
    assert abs(float(np.median(red) - np.median(expected))) < 0.005


def likeness(image: Pixels, other: Pixels, down: int, right: int) -> float:
    """Correlation of an image with another that is moved by so many pixels."""
    moved = np.roll(other, (down, right), (0, 1))
    inner = (slice(24, -24), slice(24, -24))
    return float(np.corrcoef(image[inner].ravel(), moved[inner].ravel())[0, 1])
