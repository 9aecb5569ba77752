"""Sources in folders: real ones searched and read, and hostile ones."""

import datetime as dt
import json
import re
import shutil
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from assets.scenes.acquisitions import group_items
from assets.scenes.offsets import decide_offset
from resources.costs import Cost
from resources.errors import CatalogError, SceneUnreadable
from resources.models import BANDS, Bounds
from resources.pixels.gdal import read_window
from resources.source import Source
from resources.sources.open import open_source
from resources.sources.stac.folder import StacFolder

ALWAYS = dt.datetime(2015, 1, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
ROMANIA = Bounds(22.148, 45.201, 22.156, 45.208)
ZAGREB = Bounds(15.9, 45.7, 16.1, 45.8)
EPSG, WEST, NORTH = 32633, 560_000.0, 5_000_000.0
BOX = Bounds(WEST, NORTH - 600, WEST + 600, NORTH)
KEYS = ("blue", "green", "red", "nir", "scl")


def utc(*numbers: int) -> dt.datetime:
    return dt.datetime(*numbers, tzinfo=dt.UTC)  # type: ignore[misc, arg-type]


# --- real folders


@pytest.mark.shared
def test_romania_is_searched_by_time_and_place(shared: Path) -> None:
    source = open_source(str(shared / "real/romania/archive"))
    assert source.name == "stac-folder:01_romania_nrt"
    everything = source.search(ROMANIA, *ALWAYS)
    assert (len(everything.items), everything.refused) == (140, ())
    april = source.search(ROMANIA, utc(2017, 4, 1), utc(2017, 5, 1)).items
    assert [f"{item.sensed_at:%Y-%m-%d}" for item in april] == ["2017-04-02", "2017-04-12"]
    assert source.search(ROMANIA, utc(2017, 4, 2), utc(2017, 4, 12)).items == april[:1]
    assert source.search(Bounds(10, 45, 11, 46), *ALWAYS).items == ()
    assert all(item.relative_orbit is None for item in everything.items)


@pytest.mark.shared
def test_two_dates_without_orbit_or_time_of_day_are_two_looks(shared: Path) -> None:
    items = open_source(str(shared / "real/romania/archive")).search(ROMANIA, *ALWAYS).items
    area = items[0].footprint.centroid.buffer(0.001)
    looks = group_items(items, site_epsg=3035, site_area=area)
    assert len({look.acquisition_id for look in looks}) == len(looks) == 140
    assert looks[0].acquisition_id == "S2A_20150801T000000_R000"
    assert {decide_offset(look.items[0]).offset_dn for look in looks} == {0}


@pytest.mark.shared
def test_searching_a_folder_again_is_fast(shared: Path) -> None:
    source = open_source(str(shared / "real/romania/archive"))
    source.search(ROMANIA, *ALWAYS)
    start = perf_counter()
    for month in range(1, 13):
        source.search(ROMANIA, utc(2017, month, 1), utc(2017, month, 28))
    assert perf_counter() - start < 2  # about 10 ms a search where nothing else runs


@pytest.mark.shared
def test_the_lattice_of_a_folder_is_that_of_its_files(shared: Path) -> None:
    romania = open_source(str(shared / "real/romania/archive/catalog.json"))
    assert romania.lattice(3035, ROMANIA) == (5271982.576551932, 2533004.2149151857)
    assert romania.lattice(32634, ROMANIA) == (0.0, 0.0)
    zagreb = open_source(str(shared / "real/zagreb/archive"))
    assert zagreb.lattice(EPSG, ZAGREB) == (559980.0, 5088120.0)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "epsg", "bounds"),
    [
        ("romania", 3035, Bounds(5272102.6, 2532200.1, 5272590.0, 2532777.7)),
        ("zagreb", 32633, Bounds(570001.0, 5070002.0, 579990.0, 5079999.0)),
    ],
)
def test_windows_are_the_files_own_pixels_snapped_outward(
    shared: Path, folder: str, epsg: int, bounds: Bounds
) -> None:
    root = shared / "real" / folder / "archive"
    source = open_source(str(root))
    item = source.search(Bounds(-180, -90, 180, 90), *ALWAYS).items[0]
    reading = source.read(item, BANDS, bounds, epsg)
    rasters = reading.rasters
    assert (reading.requests, reading.versions, reading.angles) == (0, {}, None)
    assert reading.bytes_read == sum(raster.pixels.nbytes for raster in rasters.values())
    assert list(rasters) == [band for band in BANDS if band in item.bands]
    for band, raster in rasters.items():
        with rasterio.open(root / item.bands[band].href) as file:
            full, transform = file.read(1), file.transform
        rows, columns = raster.pixels.shape
        left = round((raster.transform.c - transform.c) / transform.a)
        top = round((raster.transform.f - transform.f) / transform.e)
        assert raster.transform.c == transform.c + left * transform.a
        assert raster.transform.f == transform.f + top * transform.e
        part = full[top : top + rows, left : left + columns]
        np.testing.assert_array_equal(raster.pixels, part)
        assert raster.pixels.dtype == full.dtype
        assert (raster.epsg, raster.nodata) == (epsg, 0)
        # it covers the box, and by less than one pixel more
        step = transform.a
        right, bottom = raster.transform.c + columns * step, raster.transform.f - rows * step
        assert 0 <= bounds.west - raster.transform.c < step
        assert 0 <= right - bounds.east < step
        assert 0 <= raster.transform.f - bounds.north < step
        assert 0 <= bounds.south - bottom < step


@pytest.mark.shared
def test_zagreb_offsets_are_already_taken_off(shared: Path) -> None:
    source = open_source(str(shared / "real/zagreb/archive"))
    items = source.search(ZAGREB, *ALWAYS).items
    assert [decide_offset(item).offset_dn for item in items] == [0] * 5
    looks = group_items(items, site_epsg=EPSG, site_area=items[0].footprint)
    assert [look.relative_orbit for look in looks] == [79, 122, 79, 122, 79]
    assert looks[0].acquisition_id == "S2B_20230810T094549_R079"


@pytest.mark.shared
def test_a_box_in_another_crs_is_covered_by_the_window(shared: Path) -> None:
    path = shared / "real/zagreb/archive/S2A_33TWL_20230815_0_L2A/B04.tif"
    raster = read_window(str(path), ZAGREB, 4326)
    corners = Transformer.from_crs(4326, EPSG, always_xy=True)
    x, y = corners.transform([15.9, 16.1, 16.1, 15.9], [45.7, 45.7, 45.8, 45.8])
    rows, columns = raster.pixels.shape
    right = raster.transform.c + columns * raster.transform.a
    bottom = raster.transform.f + rows * raster.transform.e
    assert raster.transform.c <= min(x) <= max(x) <= right
    assert bottom <= min(y) <= max(y) <= raster.transform.f
    assert right - raster.transform.c < max(x) - min(x) + 3 * 120


@pytest.mark.shared
def test_jpeg_2000_named_tif_is_read_with_the_georeference_beside_it(shared: Path) -> None:
    folder = shared / "contracts/02-local-archive/mapchete-eo/full_products/sentinel-2-l2a"
    path = folder / "S2A_33TWL_20230815_0_L2A/B04.tif"
    raster = read_window(str(path), Bounds(560_000, 5_060_000, 570_000, 5_070_000), EPSG)
    with rasterio.open(path) as file:
        assert file.driver == "JP2OpenJPEG"
        np.testing.assert_array_equal(raster.pixels, file.read(1)[250:334, 500:584])
    assert (raster.transform.a, raster.transform.c) == (120, 559980)


@pytest.mark.shared
def test_items_with_dangling_assets_are_refused_by_the_names_of_their_bands(
    shared: Path,
) -> None:
    root = shared / "contracts/02-local-archive/mapchete-eo/full_products"
    found = open_source(str(root)).search(Bounds(10, 40, 20, 50), *ALWAYS)
    assert (len(found.items), len(found.refused)) == (0, 10)
    clear = next(one for one in found.refused if one.item_id == "S2A_33TWL_20230815_0_L2A")
    assert re.search("blue is missing.*green is missing", clear.reason)
    assert "nir" not in clear.reason


# --- folders made here


def write_band(path: Path, pixels: np.ndarray, **changes: Any) -> None:
    rows, columns = pixels.shape
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": pixels.dtype,
        "crs": f"EPSG:{EPSG}",
        "transform": Affine(10, 0, WEST, 0, -10, NORTH),
        "nodata": 0,
        **changes,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels, 1)


def write_archive(root: Path, **changes: Any) -> Path:
    """A catalogue of one item; `changes` replace fields of the item. Gives the item's file."""
    folder = root / "scene"
    folder.mkdir(parents=True)
    for number, key in enumerate(KEYS):
        write_band(folder / f"{key}.tif", np.full((60, 60), number + 1, dtype=np.uint16))
    item = {
        "type": "Feature",
        "id": "S2A_one",
        "collection": "sentinel-2-l2a",
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[15.7, 45.2], [15.8, 45.2], [15.8, 45.1], [15.7, 45.2]]],
        },
        "properties": {
            "datetime": "2023-08-15T09:58:11Z",
            "platform": "sentinel-2a",
            "proj:epsg": EPSG,
        },
        "assets": {key: {"href": f"./{key}.tif"} for key in KEYS},
        **changes,
    }
    (folder / "item.json").write_text(json.dumps(item))
    links = [{"rel": "item", "href": "./scene/item.json"}]
    catalog = {"type": "Catalog", "id": "made-here", "links": links}
    (root / "catalog.json").write_text(json.dumps(catalog))
    return folder / "item.json"


def refusals(root: Path) -> list[str]:
    found = open_source(str(root)).search(Bounds(15, 45, 16, 46), *ALWAYS)
    assert found.items == ()
    return [refusal.reason for refusal in found.refused]


def test_a_changed_item_is_read_again_and_a_removed_one_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path)
    source = open_source(str(tmp_path))
    assert len(source.search(Bounds(15, 45, 16, 46), *ALWAYS).items) == 1
    path.write_text(path.read_text().replace("2023-08-15", "2031-08-15"))
    assert source.search(Bounds(15, 45, 16, 46), *ALWAYS).items == ()
    path.unlink()
    (refused,) = source.search(Bounds(15, 45, 16, 46), *ALWAYS).refused
    assert "missing" in refused.reason


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("/etc/passwd", "relative"),
        ("file:///etc/passwd", "relative"),
        ("https://example.org/blue.tif", "relative"),
        ("s3://bucket/blue.tif", "relative"),
        ("../../outside.tif", "leads out"),
        ("link.tif", "leads out"),
        ("linked/outside.tif", "leads out"),
        ("absent.tif", "missing"),
        (".", "missing"),
    ],
)
def test_an_asset_outside_the_folder_is_never_opened(
    tmp_path: Path, href: str, reason: str
) -> None:
    assets = {key: {"href": href if key == "blue" else f"{key}.tif"} for key in KEYS}
    root = tmp_path / "archive"
    write_archive(root, assets=assets)
    write_band(tmp_path / "outside.tif", np.ones((2, 2), dtype=np.uint16))
    (root / "scene/link.tif").symlink_to(tmp_path / "outside.tif")
    (root / "scene/linked").symlink_to(tmp_path, target_is_directory=True)
    (why,) = refusals(root)
    assert re.search(f"blue .*{reason}", why)


def test_an_item_with_no_local_band_says_that_none_can_be_read(tmp_path: Path) -> None:
    write_archive(tmp_path, assets={key: {"href": f"https://x.org/{key}.tif"} for key in KEYS})
    assert refusals(tmp_path)[0].startswith("none of its required bands can be read here")


def test_an_item_file_outside_the_folder_is_refused_and_a_child_is_an_error(
    tmp_path: Path,
) -> None:
    write_archive(tmp_path / "archive")
    shutil.copytree(tmp_path / "archive", tmp_path / "other")
    catalog = {"id": "x", "links": [{"rel": "item", "href": "../other/scene/item.json"}]}
    (tmp_path / "archive/catalog.json").write_text(json.dumps(catalog))
    assert "leads out" in refusals(tmp_path / "archive")[0]
    catalog["links"] = [{"rel": "child", "href": "../other/catalog.json"}]
    (tmp_path / "archive/catalog.json").write_text(json.dumps(catalog))
    with pytest.raises(CatalogError, match="leads out"):
        open_source(str(tmp_path / "archive")).search(ROMANIA, *ALWAYS)


@pytest.mark.parametrize("name", ["\x9b31mchild", "\u202echild", "\ud800child"])
def test_a_link_that_is_a_command_for_a_terminal_is_not_followed(tmp_path: Path, name: str) -> None:
    write_archive(tmp_path)
    if name != "\ud800child":  # which no file can be called
        (tmp_path / name).write_text("{")
    catalog = {"id": "x", "links": [{"rel": "child", "href": name}]}
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    with pytest.raises(CatalogError, match="relative path") as error:
        open_source(str(tmp_path)).search(ROMANIA, *ALWAYS)
    assert str(error.value).isprintable()


def test_a_catalogue_that_is_its_own_child_ends(tmp_path: Path) -> None:
    write_archive(tmp_path)
    path = tmp_path / "catalog.json"
    catalog = json.loads(path.read_text())
    catalog["links"].append({"rel": "child", "href": "./catalog.json"})
    path.write_text(json.dumps(catalog))
    assert len(open_source(str(tmp_path)).search(Bounds(15, 45, 16, 46), *ALWAYS).items) == 1


@pytest.mark.parametrize("content", ["", "[]", "{", '{"id": "../x"}', '{"id": "x", "links": 3}'])
def test_a_broken_catalogue_is_one_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "catalog.json").write_text(content)
    with pytest.raises(CatalogError):
        open_source(str(tmp_path)).search(ROMANIA, *ALWAYS)


def test_a_broken_item_is_refused(tmp_path: Path) -> None:
    write_archive(tmp_path).write_text("{")
    assert "cannot be read as JSON" in refusals(tmp_path)[0]


# --- pixels


def read_blue(root: Path, bounds: Bounds = BOX) -> Any:
    source = open_source(str(root))
    (item,) = source.search(Bounds(15, 45, 16, 46), *ALWAYS).items
    return source.read(item, ["blue"], bounds, EPSG).rasters["blue"]


def test_a_box_beside_the_file_gives_no_pixels(tmp_path: Path) -> None:
    write_archive(tmp_path)
    raster = read_blue(tmp_path, Bounds(WEST + 600, NORTH - 600, WEST + 900, NORTH))
    assert raster.pixels.shape == (0, 0)
    assert raster.pixels.dtype == np.uint16


def test_a_box_larger_than_the_file_is_cropped_to_it(tmp_path: Path) -> None:
    write_archive(tmp_path)
    raster = read_blue(tmp_path, BOX.buffered(1000))
    assert raster.pixels.shape == (60, 60)
    assert (raster.transform.c, raster.transform.f) == (WEST, NORTH)


def test_nodata_is_the_files_own_else_the_declared(tmp_path: Path) -> None:
    assets = {key: {"href": f"{key}.tif", "raster:bands": [{"nodata": 9}]} for key in KEYS}
    folder = write_archive(tmp_path, assets=assets).parent
    pixels = np.full((60, 60), 9, dtype=np.uint16)
    for own, expected in ((0, 9), (None, 0)):  # what marks the unseen is 0 in what is read
        write_band(folder / "blue.tif", pixels, nodata=own)
        raster = read_blue(tmp_path)
        assert raster.nodata == 0
        assert set(np.unique(raster.pixels)) == {expected}


VRT = (
    '<VRTDataset rasterXSize="60" rasterYSize="60"><VRTRasterBand dataType="UInt16" band="1">'
    "<SimpleSource><SourceFilename>red.tif</SourceFilename></SimpleSource>"
    "</VRTRasterBand></VRTDataset>"
)


def test_a_vrt_or_any_other_file_named_tif_is_refused(tmp_path: Path) -> None:
    folder = write_archive(tmp_path).parent
    for content in (VRT.encode(), b"", b"\x89PNG\r\n\x1a\n"):
        (folder / "blue.tif").write_bytes(content)
        with pytest.raises(SceneUnreadable, match=r"S2A_one, band blue: expected GeoTIFF"):
            read_blue(tmp_path)


def test_a_file_that_ends_early_names_item_and_band(tmp_path: Path) -> None:
    folder = write_archive(tmp_path).parent
    noise = np.random.default_rng(0).integers(1, 9999, (600, 600)).astype(np.uint16)
    write_band(folder / "blue.tif", noise)
    whole = (folder / "blue.tif").read_bytes()
    (folder / "blue.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SceneUnreadable, match="S2A_one, band blue"):
        read_blue(tmp_path, BOX.buffered(9000))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"crs": None}, "georeferenced"),
        ({"transform": Affine(10, 1, WEST, 1, -10, NORTH)}, "north-up"),
        ({"transform": Affine(10, 0, WEST, 0, 10, NORTH)}, "north-up"),
    ],
)
def test_a_raster_without_a_plain_place_is_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    folder = write_archive(tmp_path).parent
    write_band(folder / "blue.tif", np.ones((60, 60), dtype=np.uint16), **changes)
    with pytest.raises(SceneUnreadable, match=reason):
        read_blue(tmp_path)


def test_a_name_that_cannot_be_a_file_is_refused_without_this_machine_s_path(
    tmp_path: Path,
) -> None:
    folder = write_archive(tmp_path / "circle").parent
    (folder / "blue.tif").unlink()
    (folder / "blue.tif").symlink_to("blue.tif")
    assets = {key: {"href": f"{key * 80 if key == 'blue' else key}.tif"} for key in KEYS}
    write_archive(tmp_path / "long", assets=assets)
    for name, reason in (("circle", "in a circle"), ("long", "blue cannot be looked for")):
        (why,) = refusals(tmp_path / name)
        assert reason in why
        assert str(tmp_path) not in why


@pytest.mark.parametrize("becomes", ["a folder", "nothing"])
def test_a_file_that_goes_while_it_is_read_is_told_without_this_machine_s_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, becomes: str
) -> None:
    path = write_archive(tmp_path).parent / "blue.tif"
    source = open_source(str(tmp_path))
    (item,) = source.search(Bounds(15, 45, 16, 46), *ALWAYS).items
    content, local = path.read_bytes(), StacFolder._local  # noqa: SLF001

    def found_and_gone(*asked: Any) -> Any:
        asset = local(*asked)
        path.unlink()
        if becomes == "a folder":
            path.mkdir()
        return asset

    monkeypatch.setattr(StacFolder, "_local", found_and_gone)
    for call in (
        lambda: source.read(item, ["blue"], BOX, EPSG),
        lambda: source.read_overview(item, "blue"),
        lambda: source.lattice(EPSG, Bounds(15, 45, 16, 46)),
    ):
        with pytest.raises(SceneUnreadable, match=r"band blue: .*scene/blue\.tif") as error:
            call()
        assert str(tmp_path) not in str(error.value)
        path.rmdir() if becomes == "a folder" else None
        path.write_bytes(content)


def test_a_file_replaced_by_a_link_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "archive").parent
    source = StacFolder(tmp_path / "archive/catalog.json")
    (item,) = source.search(Bounds(15, 45, 16, 46), *ALWAYS).items
    (folder / "blue.tif").rename(tmp_path / "blue.tif")
    (folder / "blue.tif").symlink_to(tmp_path / "blue.tif")
    with pytest.raises(SceneUnreadable, match="leads out"):
        source.read(item, ["blue"], BOX, EPSG)


def test_an_overview_is_the_whole_item_in_one_band(tmp_path: Path) -> None:
    write_archive(tmp_path)
    source = open_source(str(tmp_path))
    (item,) = source.search(Bounds(15, 45, 16, 46), *ALWAYS).items
    whole = source.read_overview(item, "red")
    assert whole is not None
    assert set(np.unique(whole.pixels)) == {3}
    assert (whole.transform.c, whole.transform.f, whole.epsg) == (WEST, NORTH, EPSG)
    assert whole.pixels.shape[0] * -whole.transform.e == 600
    assert source.read_overview(item, "swir22") is None


def test_a_folder_costs_nothing_and_sets_no_limit(tmp_path: Path) -> None:
    write_archive(tmp_path)
    source = open_source(str(tmp_path))
    items = source.search(Bounds(15, 45, 16, 46), *ALWAYS).items
    assert source.cost(items, BOX, EPSG) == Cost()
    assert source.quota is None


# --- offsets from the product's own metadata

PRODUCT = "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T142358"
MTD = f"""<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User.xsd">
<n1:General_Info><Product_Info><PRODUCT_URI>{PRODUCT}.SAFE</PRODUCT_URI>
<PROCESSING_BASELINE>05.09</PROCESSING_BASELINE>
<GENERATION_TIME>2023-08-15T14:23:58.000000Z</GENERATION_TIME></Product_Info>
<Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST>
<BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>
<BOA_ADD_OFFSET_VALUES_LIST>{
    "".join(f'<BOA_ADD_OFFSET band_id="{band}">-1000</BOA_ADD_OFFSET>' for band in range(13))
}</BOA_ADD_OFFSET_VALUES_LIST></Product_Image_Characteristics></n1:General_Info>
</n1:Level-2A_User_Product>"""


def with_metadata(root: Path, href: str, **declared: object) -> Path:
    assets = {key: {"href": f"{key}.tif", **declared} for key in KEYS}
    folder = write_archive(root, assets={**assets, "product_metadata": {"href": href}}).parent
    (folder / "MTD_MSIL2A.xml").write_text(MTD)
    return folder


def offsets_of(root: Path) -> set[float | None]:
    (item,) = open_source(str(root)).search(Bounds(15, 45, 16, 46), *ALWAYS).items
    return {item.bands[name].offset for name in ("blue", "green", "red", "nir")}


def test_offsets_that_an_item_does_not_declare_are_taken_from_its_products_metadata(
    tmp_path: Path,
) -> None:
    with_metadata(tmp_path, "./MTD_MSIL2A.xml")
    assert offsets_of(tmp_path) == {-0.1}
    (item,) = open_source(str(tmp_path)).search(Bounds(15, 45, 16, 46), *ALWAYS).items
    assert item.product_name == PRODUCT


def test_declared_offsets_stay_and_metadata_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    with_metadata(tmp_path / "a", "MTD_MSIL2A.xml", **{"raster:offset": 0.0})
    assert offsets_of(tmp_path / "a") == {0.0}
    with_metadata(tmp_path / "b", "https://example.org/MTD_MSIL2A.xml")
    assert offsets_of(tmp_path / "b") == {None}


def test_metadata_that_cannot_be_used_refuses_the_item(tmp_path: Path) -> None:
    folder = with_metadata(tmp_path, "MTD_MSIL2A.xml")
    (folder / "MTD_MSIL2A.xml").write_text("<n1:Level-2A_User_Product")
    assert "metadata" in refusals(tmp_path)[0]


def test_both_sources_fit_the_protocol(tmp_path: Path) -> None:
    write_archive(tmp_path)
    sources: list[Source] = [open_source(None), open_source(str(tmp_path))]
    assert [source.name for source in sources] == ["earth-search", "stac-folder:made-here"]
