"""Chips, masks and residuals as files: every number and place comes back as it went in."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio
from affine import Affine
from rasterio.io import MemoryFile
from shapely.geometry import box

from resources.archive.chips import (
    StoredFile,
    block_of,
    encode_geotiff,
    item_files,
    load_bands,
    load_image,
    read_item,
    store_chip,
    store_image,
)
from resources.archive.stac_collections import SitePage, write_catalogs
from resources.archive.stac_items import write_item
from resources.archive.store import FolderArchive
from resources.errors import ArchiveError
from resources.models import BandName, Bounds, Grid, Raster

RNG = np.random.default_rng(0)
NOTE = "Contains modified Copernicus Sentinel data 2024"


def bands() -> dict[BandName, Raster]:
    fine = Affine(10, 0, 300_000, 0, -10, 3_900_000)
    coarse = Affine(20, 0, 300_000, 0, -20, 3_900_000)

    def numbers(side: int) -> np.ndarray:
        return RNG.integers(0, 65536, (side, side)).astype(np.uint16)

    return {
        "red": Raster(numbers(20), fine, 32637, 0),
        "nir": Raster(numbers(20), fine, 32637, 0),
        "swir16": Raster(numbers(10), coarse, 32637, 0),
        "scl": Raster(RNG.integers(0, 12, (10, 10)).astype(np.uint8), coarse, 32637, 0),
    }


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path)


def test_every_band_comes_back_in_its_own_pixels(archive: FolderArchive) -> None:
    went_in = bands()
    files = store_chip(archive, "site/chips/ITEM", went_in, note=NOTE)
    assert len(files) == 3, "one file a pixel grid and type"
    came_out = load_bands(archive, [file.key for file in files])
    assert set(came_out) == set(went_in)
    for name, raster in went_in.items():
        np.testing.assert_array_equal(came_out[name].pixels, raster.pixels)
        assert came_out[name].pixels.dtype == raster.pixels.dtype
        assert (came_out[name].transform, came_out[name].epsg) == (raster.transform, 32637)


def test_files_are_named_by_their_content_and_writing_twice_changes_nothing(
    archive: FolderArchive,
) -> None:
    rasters = bands()
    first = store_chip(archive, "site/chips/ITEM", rasters, note=NOTE)
    assert store_chip(archive, "site/chips/ITEM", rasters, note=NOTE) == first
    assert archive.keys("site") == [file.key for file in first]
    for file in first:
        assert hashlib.sha256(archive.get(file.key)).hexdigest() == file.sha256
        assert file.sha256[:16] in file.key
    changed = {**rasters, "scl": Raster(rasters["scl"].pixels + 1, *_place(rasters["scl"]))}
    second = store_chip(archive, "site/chips/ITEM", changed, note=NOTE)
    assert len(set(second) & set(first)) == 2
    assert len(archive.keys("site")) == 4, "the older file is still there"


def _place(raster: Raster) -> tuple[Affine, int, float | None]:
    return raster.transform, raster.epsg, raster.nodata


def test_any_gis_can_open_a_chip(archive: FolderArchive, tmp_path: Path) -> None:
    files = store_chip(archive, "site/chips/ITEM", bands(), note=NOTE)
    with rasterio.open(tmp_path / files[0].key) as file:
        assert file.descriptions == ("red", "nir")
        assert file.nodata == 0
        assert file.tags()["TIFFTAG_COPYRIGHT"] == NOTE
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_an_image_of_the_site_keeps_its_negative_numbers(archive: FolderArchive) -> None:
    grid = Grid(32637, Bounds(300_000, 3_900_000, 300_300, 3_900_200))
    image = RNG.integers(-32768, 32767, grid.shape).astype(np.int16)
    file = store_image(
        archive, "site/residuals/L/r", image, grid=grid, name="r", note="", nodata=-32768
    )
    np.testing.assert_array_equal(load_image(archive, file.key), image)


def test_a_broken_file_says_what_to_do(archive: FolderArchive) -> None:
    archive.put("site/chips/ITEM/scl-0.tif", b"II*\0 not a whole file")
    with pytest.raises(ArchiveError, match=r"scl-0\.tif.*delete it and run its month again"):
        load_image(archive, "site/chips/ITEM/scl-0.tif")


SCHEMAS_OF_CHIPS = [
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in (
        *("classification/v2.0.0", "eo/v1.1.0", "file/v2.1.0", "projection/v2.0.0"),
        "raster/v1.1.0",
    )
]
"""As archives have them that were written before: another pystac must not change them unseen."""


def test_items_and_catalogues_are_stac_that_other_clients_follow(
    archive: FolderArchive, tmp_path: Path
) -> None:
    files = store_chip(archive, "site/chips/ITEM", bands(), note=NOTE)
    key = "site/chips/ITEM/item.json"
    write_item(
        archive,
        key,
        item_id="ITEM",
        footprint=box(35, 35, 36, 36),
        sensed_at=dt.datetime(2024, 6, 1, 8, 20, tzinfo=dt.UTC),
        properties={"attribution": NOTE},
        assets={file.key.rsplit("/", 1)[1]: file for file in files},
    )
    sensed_at = dt.datetime(2024, 6, 1, 8, 20, tzinfo=dt.UTC)
    page = SitePage("site", "A site", Bounds(35, 35, 36, 36), sensed_at, sensed_at, (NOTE,))
    write_catalogs(archive, page)
    write_catalogs(archive, page)
    catalog = pystac.Catalog.from_file(str(tmp_path / "catalog.json"))
    (item,) = catalog.get_items(recursive=True)
    assert (item.id, item.datetime) == ("ITEM", dt.datetime(2024, 6, 1, 8, 20, tzinfo=dt.UTC))
    assert item.get_root().id == "sitewatch"
    for asset in item.assets.values():
        assert Path(asset.get_absolute_href()).is_file()
    stored = read_item(archive, key)
    assert item_files(stored, key) == files
    assert (stored["stac_version"], stored["stac_extensions"]) == ("1.1.0", SCHEMAS_OF_CHIPS)


@pytest.mark.parametrize("text", [b"", b"{", b"[1, 2]", b"\xff\xfe"])
def test_an_unreadable_item_is_no_item(archive: FolderArchive, text: bytes) -> None:
    assert read_item(archive, "site/item.json") is None
    archive.put("site/item.json", text)
    assert read_item(archive, "site/item.json") is None


def test_an_item_without_assets_has_no_files() -> None:
    assert item_files(json.loads('{"assets": null}'), "site/item.json") == []
    asset = {"href": "./a.tif", "file:checksum": "1220" + "ab" * 32}
    assert item_files({"assets": {"a": asset}}, "s/item.json") == [StoredFile("s/a.tif", "ab" * 32)]


@pytest.mark.parametrize(
    ("shape", "block"),
    [((100, 100), 128), ((50, 50), 128), ((512, 512), 512), ((600, 600), 304), ((30, 500), 128)],
)
def test_tiles_of_a_file_are_hardly_larger_than_its_image(
    shape: tuple[int, int], block: int
) -> None:
    assert block_of(*shape) == block
    stack = np.arange(shape[0] * shape[1], dtype=np.uint16).reshape(1, *shape)
    data = encode_geotiff(stack, Affine(10, 0, 0, 0, -10, 0), 32633, names=["red"], note="n")
    with MemoryFile(data) as memory, memory.open() as file:
        assert file.block_shapes == [(block, block)]
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        np.testing.assert_array_equal(file.read(), stack)
