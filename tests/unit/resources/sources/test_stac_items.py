"""Laws of reading one catalogue item: what is taken, what is refused and why."""

import copy
import datetime as dt
from typing import Any

import pytest

from resources.errors import ItemRefused
from resources.sources.stac.items import parse_item

REFLECTANCE = {"raster:bands": [{"nodata": 0, "scale": 0.0001, "offset": -0.1}]}
RAW = {
    "type": "Feature",
    "id": "S2A_33TWL_20230815_0_L2A",
    "collection": "sentinel-2-l2a",
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[15.7, 45.9], [15.7, 45.6], [16.1, 45.6], [16.1, 45.9], [15.7, 45.9]]],
    },
    "properties": {
        "datetime": "2023-08-15T09:58:11.662000Z",
        "platform": "sentinel-2a",
        "proj:epsg": 32633,
        "grid:code": "MGRS-33TWL",
        "s2:product_uri": "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T155057.SAFE",
        "s2:datastrip_id": "S2A_OPER_MSI_L2A_DS_2APS_20230815T155057_S20230815T095630_N05.09",
        "s2:processing_baseline": "05.09",
        "earthsearch:boa_offset_applied": True,
        "created": "2023-08-15T21:18:57.067Z",
        "view:sun_elevation": 55.7,
    },
    "assets": {
        "blue": {"href": "B02.tif", **REFLECTANCE},
        "green": {"href": "B03.tif", **REFLECTANCE},
        "red": {"href": "B04.tif", **REFLECTANCE},
        "nir": {"href": "B08.tif", **REFLECTANCE},
        "nir-jp2": {"href": "wrong.jp2"},
        "swir16": {"href": "gone.tif", **REFLECTANCE},
        "scl": {"href": "SCL.tif", "raster:bands": [{"nodata": 0}]},
        "visual": {"href": "TCI.tif"},
    },
}
REMOVED = object()


def resolve(href: str) -> str:
    if href == "gone.tif":
        raise ValueError("is missing")
    return f"scenes/{href}"


def changed(path: str, value: object) -> dict[str, Any]:
    """RAW with one field set, or taken out; `path` is split at slashes."""
    raw = copy.deepcopy(RAW)
    *folders, last = path.split("/")
    place = raw
    for folder in folders:
        place = place[folder]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return raw


def utc(*numbers: int) -> dt.datetime:
    return dt.datetime(*numbers, tzinfo=dt.UTC)


def test_an_item_tells_what_its_product_name_and_properties_say() -> None:
    item = parse_item(RAW, "here", resolve)
    assert item.item_id == "S2A_33TWL_20230815_0_L2A"
    assert (item.source, item.platform, item.epsg) == ("here", "sentinel-2a", 32633)
    assert item.sensed_at == utc(2023, 8, 15, 9, 58, 11, 662000)
    assert item.datatake_at == utc(2023, 8, 15, 9, 50, 31)
    assert item.datastrip_at == utc(2023, 8, 15, 9, 56, 30)
    assert item.generated_at == utc(2023, 8, 15, 15, 50, 57)
    assert item.published_at == utc(2023, 8, 15, 21, 18, 57, 67000)
    assert (item.relative_orbit, item.mgrs_tile) == (79, "33TWL")
    assert (item.processing_baseline, item.is_offset_applied) == ("05.09", True)
    assert item.product_name == "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T155057"
    assert item.attribution == "Contains modified Copernicus Sentinel data 2023"
    assert not item.is_simulated


def test_bands_are_taken_by_exact_key_and_an_optional_one_may_be_absent() -> None:
    bands = parse_item(RAW, "here", resolve).bands
    assert list(bands) == ["blue", "green", "red", "nir", "scl"]
    assert bands["nir"].href == "scenes/B08.tif"
    assert (bands["nir"].scale, bands["nir"].offset, bands["nir"].nodata) == (0.0001, -0.1, 0)
    assert (bands["scl"].scale, bands["scl"].offset) == (None, None)


def test_an_item_without_product_name_orbit_or_publication_says_so_with_none() -> None:
    raw = copy.deepcopy(RAW)
    keep = {"datetime", "platform"}
    raw["properties"] = {k: v for k, v in raw["properties"].items() if k in keep}
    item = parse_item(raw, "here", resolve)
    assert item.datatake_at is item.relative_orbit is item.published_at is None
    assert item.product_name is item.mgrs_tile is item.processing_baseline is None
    assert item.is_offset_applied is item.epsg is None


def test_an_attribution_of_its_own_is_kept_on_one_line() -> None:
    raw = changed("properties/attribution", "Cube by\n  EC-JRC")
    assert parse_item(raw, "here", resolve).attribution == "Cube by EC-JRC"


def test_made_up_scenes_say_so() -> None:
    item = parse_item(changed("properties/sitewatch:simulated", value=True), "here", resolve)
    assert item.is_simulated
    assert item.attribution == "SIMULATED"


def test_the_newer_way_to_write_crs_scale_and_offset_is_read_too() -> None:
    raw = changed("properties/proj:epsg", REMOVED)
    raw["properties"]["proj:code"] = "EPSG:32634"
    raw["assets"]["red"] = {"href": "B04.tif", "raster:scale": 0.0002, "raster:offset": -0.2}
    item = parse_item(raw, "here", resolve)
    assert item.epsg == 32634
    assert (item.bands["red"].scale, item.bands["red"].offset) == (0.0002, -0.2)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("type", "Collection", "STAC item"),
        ("id", "../../etc/passwd", "id must be"),
        ("id", "a/b", "id must be"),
        ("id", "", "id must be"),
        ("id", 7, "id must be"),
        ("id", ".hidden", "id must be"),
        ("id", "a\n", "id must be"),
        ("collection", "sentinel-2-l1c", "Level-1C"),
        ("collection", "landsat-c2-l2", "landsat-c2-l2"),
        ("collection", 10**1000, "expected sentinel-2-l2a"),
        ("id", 10**1000, "id must be"),
        ("properties", None, "no properties"),
        ("properties/sentinel:sequence", "0", "v0"),
        ("properties/datetime", None, "no datetime"),
        ("properties/datetime", "yesterday", "must be a time"),
        ("properties/datetime", "0001-01-01T00:00:00+14:00", "must be a time"),
        ("properties/platform", "landsat-8", "Sentinel-2"),
        ("properties/platform", "sentinel-2b", "says otherwise"),
        ("properties/grid:code", "MGRS-33TWM", "tile is '33TWM'"),
        ("properties/sat:relative_orbit", 80, "orbit is 80"),
        ("properties/sat:relative_orbit", 144, "1 to 143"),
        ("properties/sat:relative_orbit", True, "1 to 143"),
        ("properties/s2:processing_baseline", "03.01", "baseline is '03.01'"),
        ("properties/datetime", "2023-08-15T23:58:11Z", "datatake began at 2023-08-15T09:50"),
        ("properties/datetime", "2014-08-15T09:58:11Z", "before there was a Sentinel-2"),
        ("properties/s2:product_type", "S2MSI1C", "Level-1C"),
        ("properties/proj:epsg", 7, "EPSG code"),
        ("properties/view:sun_elevation", 91, "from -90 to 90"),
        ("properties/proj:epsg", "32633", "whole number"),
        ("properties/earthsearch:boa_offset_applied", "true", "true or false"),
        ("properties/s2:processing_baseline", "new", "05.09"),
        ("properties/view:sun_elevation", float("nan"), "finite"),
        ("properties/view:sun_elevation", 10**400, "finite"),
        ("geometry", None, "geometry"),
        ("geometry", {"type": "Point", "coordinates": [1, 2]}, "polygon"),
        ("geometry", {"type": "Polygon", "coordinates": "x"}, "polygon"),
        ("geometry", {"type": "Polygon", "coordinates": [[[0, 0], [0, 1e9], [9, 9]]]}, "longitude"),
        ("assets", REMOVED, "no assets"),
        ("assets/red", REMOVED, "red is not among its assets"),
        ("assets/red/href", "gone.tif", "red is missing"),
        ("assets/scl/raster:bands", [{"nodata": "many"}], "scl nodata"),
        ("assets/red/raster:bands", [{"scale": 0}], "red scale"),
        ("assets/red/raster:bands", [{"scale": 2}], "red scale"),
        ("assets/red/raster:bands", [{"offset": -1000}], "red offset"),
        ("assets/red/href", "a" * 2001, "red has an address of over"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    path: str, value: object, reason: str
) -> None:
    with pytest.raises(ItemRefused, match=reason) as refusal:
        parse_item(changed(path, value), "here", resolve)
    assert "/" not in refusal.value.item_id


def test_a_product_of_surface_reflectance_needs_no_collection() -> None:
    for value in (None, REMOVED):
        item = parse_item(changed("collection", value), "here", resolve)
        assert item.collection == "sentinel-2-l2a"
    raw = changed("collection", None)
    del raw["properties"]["s2:product_uri"]
    with pytest.raises(ItemRefused, match="collection None"):
        parse_item(raw, "here", resolve)


def test_a_source_may_read_other_collections() -> None:
    raw = changed("collection", "my-scenes")
    item = parse_item(raw, "here", resolve, collections=("my-scenes",))
    assert item.collection == "my-scenes"
    with pytest.raises(ItemRefused, match="expected my-scenes"):
        parse_item(RAW, "here", resolve, collections=("my-scenes",))


NUMBERS = {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08", "scl": "SCL"}
RESOLUTIONS = {key: f"{band}_{20 if band == 'SCL' else 10}m" for key, band in NUMBERS.items()} | {
    "cloud": "CLD_20m",
    "snow": "SNW_20m",
}


@pytest.mark.parametrize("keys", [NUMBERS, RESOLUTIONS])
def test_bands_of_other_catalogues_are_taken_by_their_exact_keys(keys: dict[str, str]) -> None:
    raw = copy.deepcopy(RAW)
    raw["assets"] = {key: {"href": f"{name}.tif"} for name, key in keys.items()}
    raw["assets"] |= {"B04_20m": {"href": "w.tif"}, "B04-jp2": {"href": "w.tif"}, "TCI_10m": {}}
    bands = parse_item(raw, "here", resolve).bands
    assert {name: band.href for name, band in bands.items()} == {
        name: f"scenes/{name}.tif" for name in keys
    }


def test_a_faulty_optional_band_is_left_out_and_the_item_read() -> None:
    raw = copy.deepcopy(RAW)
    raw["assets"]["cloud"] = {"href": "CLD.tif", "raster:bands": [{"scale": "none"}]}
    raw["assets"]["snow"] = {"href": "SNW.tif"}
    assert list(parse_item(raw, "here", resolve).bands)[-1] == "snow"


def test_cdse_and_the_planetary_computer_name_the_same_things_otherwise() -> None:
    raw = changed("id", "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T155057")
    raw["assets"]["red"]["proj:code"] = "EPSG:32633"
    raw["properties"] = {
        "datetime": "2023-08-15T09:50:31.024Z",
        "eopf:datastrip_id": "S2A_OPER_MSI_L2A_DS_2APS_20230815T155057_S20230815T095630_N05.09",
        "platform": "Sentinel-2A",
        "processing:datetime": "2023-08-15T15:50:57Z",
        "processing:version": "05.09",
        "published": "2023-08-15T21:00:00Z",
        "s2:mean_solar_zenith": 34.3,
        "s2:mgrs_tile": "33TWL",
    }
    item, other = parse_item(raw, "cdse", resolve), parse_item(RAW, "here", resolve)
    for name in ("datatake_at", "datastrip_at", "relative_orbit", "mgrs_tile", "epsg"):
        assert getattr(item, name) == getattr(other, name)
    for name in ("product_name", "platform", "processing_baseline", "generated_at"):
        assert getattr(item, name) == getattr(other, name)
    assert item.sensed_at == utc(2023, 8, 15, 9, 56, 30)  # start of the datastrip: nearest known
    assert item.published_at == utc(2023, 8, 15, 21)
    assert item.sun_elevation_deg == pytest.approx(55.7)


def test_a_datatake_is_known_without_a_product_name() -> None:
    raw = changed("properties/s2:product_uri", REMOVED)
    raw["properties"]["s2:datatake_id"] = "GS2A_20230815T095031_042547_N05.09"
    item = parse_item(raw, "here", resolve)
    assert (item.datatake_at, item.relative_orbit) == (utc(2023, 8, 15, 9, 50, 31), 79)


def test_an_id_that_names_another_product_is_refused() -> None:
    raw = changed("id", "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T155058")
    with pytest.raises(ItemRefused, match="names one product"):
        parse_item(raw, "here", resolve)


def test_what_a_source_says_of_an_address_is_cut_short_and_printable() -> None:
    def loud(_: str) -> str:
        raise ValueError("is bad\x1b[31m " + "x" * 10**6)

    with pytest.raises(ItemRefused, match="blue is bad") as refusal:
        parse_item(RAW, "here", loud)
    assert len(refusal.value.reason) <= 600
    assert refusal.value.reason.isprintable()


def test_an_attribution_cannot_hide_control_characters() -> None:
    raw = changed("properties/attribution", "By \u202emoc.live\x00 " + "x" * 10**6)
    attribution = parse_item(raw, "here", resolve).attribution
    assert attribution.startswith("By ?moc.live? xxx")
    assert len(attribution) == 300


def test_a_level_1c_product_in_the_wrong_collection_is_refused() -> None:
    name = "S2A_MSIL1C_20230815T095031_N0509_R079_T33TWL_20230815T155057.SAFE"
    with pytest.raises(ItemRefused, match="Level-1C"):
        parse_item(changed("properties/s2:product_uri", name), "here", resolve)


@pytest.mark.parametrize("raw", [None, [], "text", 3])
def test_what_is_no_object_is_refused(raw: object) -> None:
    with pytest.raises(ItemRefused, match="JSON object"):
        parse_item(raw, "here", resolve)


@pytest.mark.parametrize(
    ("path", "value", "sensed_at"),
    [
        ("assets", {}, dt.datetime(2023, 8, 15, 9, 58, 11, 662000, dt.UTC)),
        ("properties/datetime", "no time", None),
    ],
)
def test_a_refusal_tells_when_the_item_was_sensed_if_that_much_can_be_read(
    path: str, value: object, sensed_at: dt.datetime | None
) -> None:
    with pytest.raises(ItemRefused) as refusal:
        parse_item(changed(path, value), "here", resolve)
    assert refusal.value.sensed_at == sensed_at
