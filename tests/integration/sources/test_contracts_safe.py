"""Real SAFE metadata: what the product itself declares is read, and completes items."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from resources.errors import ItemRefused
from resources.models import Item
from resources.sources.stac.fields import UnusableItem
from resources.sources.stac.items import parse_item
from resources.sources.stac.safe_metadata import (
    read_product_metadata,
    read_tile_metadata,
    with_safe_metadata,
    with_tile_metadata,
)

pytestmark = pytest.mark.shared

FOLDER = "contracts/05-safe-metadata/stactools-sentinel2"
SUMMER = "S2B_MSIL2A_20220413T150759_N0400_R025_T33XWJ_20220414T082126.SAFE"
TWIN = "S2A_MSIL2A_20230625T234621_N0509_R073_T01WCP_20230626T022157.SAFE"
OTHER_TWIN = TWIN.replace("022157", "022158")
EDITED = "S2A_OPER_MSI_L2A_TL_VGS1_20220401T110010_A035382_T34LBQ"


def utc(*numbers: int) -> dt.datetime:
    return dt.datetime(*numbers, tzinfo=dt.UTC)


def bare(shared: Path, folder: str) -> Item:
    """A real item as a catalogue lists it that declares nothing of its numbers."""
    raw = json.loads((shared / FOLDER / folder / "expected_output.json").read_text())
    for asset in raw["assets"].values():
        asset.pop("raster:bands", None)
    return parse_item(raw, "here", lambda href: href)


@pytest.mark.parametrize(
    ("file", "baseline", "offset_dn"),
    [
        (
            "S2A_MSIL2A_20150826T185436_N0212_R070_T11SLT_20210412T023147/MTD_MSIL2A.xml",
            "02.12",
            0,
        ),
        (
            "esa_S2B_MSIL2A_20210122T133229_N0214_R081_T22HBD_20210122T155500.SAFE/MTD_MSIL2A.xml",
            "02.14",
            0,
        ),
        (f"{SUMMER}/MTD_MSIL2A.xml", "04.00", -1000),
        (f"{TWIN}/MTD_MSIL2A.xml", "05.09", -1000),
        (f"{OTHER_TWIN}/MTD_MSIL2A.xml", "05.09", -1000),
        (f"{EDITED}/product_metadata.xml", "04.00", -7000),  # edited: read, not assumed
    ],
)
def test_a_product_declares_its_baseline_offset_and_special_values(
    shared: Path, file: str, baseline: str, offset_dn: int
) -> None:
    metadata = read_product_metadata((shared / FOLDER / file).read_bytes())
    assert metadata.product.baseline == baseline
    assert metadata.product.name.split("_")[3] == f"N{baseline.replace('.', '')}"
    assert set(metadata.offsets_dn.values()) == {offset_dn}
    assert len(metadata.offsets_dn) == 7
    assert metadata.quantification == 10_000
    assert (metadata.nodata_dn, metadata.saturated_dn) == (0, 65_535)


def test_a_product_tells_when_it_was_seen_and_made(shared: Path) -> None:
    metadata = read_product_metadata((shared / FOLDER / SUMMER / "MTD_MSIL2A.xml").read_bytes())
    assert metadata.product.datatake_at == utc(2022, 4, 13, 15, 7, 59)
    assert metadata.datastrip_at == utc(2022, 4, 13, 15, 7, 56)
    assert metadata.generated_at == utc(2022, 4, 14, 8, 21, 26, 580_338)


@pytest.mark.parametrize(
    ("file", "sensed_at", "sun", "view"),
    [
        (
            f"{SUMMER}/GRANULE/L2A_T33XWJ_A026649_20220413T150756/MTD_TL.xml",
            utc(2022, 4, 13, 15, 8, 7, 846_358),
            13.47,
            11.68,
        ),
        (
            "S2B_MSIL2A_20200914T231559_N0500_R087_T01VCG_20230315T224658/metadata.xml",
            utc(2020, 9, 14, 23, 19, 31, 559_091),
            32.65,
            8.75,
        ),
        (
            "S2A_OPER_MSI_L2A_TL_2APS_20240108T121951_A044635_T34VEL/metadata.xml",
            utc(2024, 1, 8, 10, 14, 7, 485_567),
            8.52,
            None,  # a sliver of a tile: NaN in the file
        ),
    ],
)
def test_a_tile_tells_its_own_time_and_mean_angles(
    shared: Path, file: str, sensed_at: dt.datetime, sun: float, view: float | None
) -> None:
    tile = read_tile_metadata((shared / FOLDER / file).read_bytes())
    assert tile.sensed_at == sensed_at
    assert tile.sun_elevation_deg == pytest.approx(sun, abs=0.01)
    assert tile.view_zenith_deg == (None if view is None else pytest.approx(view, abs=0.01))


def test_an_item_that_declares_nothing_is_completed(shared: Path) -> None:
    item = bare(shared, SUMMER)
    assert item.bands["red"].offset is None
    whole = with_safe_metadata(item, (shared / FOLDER / SUMMER / "MTD_MSIL2A.xml").read_bytes())
    assert (whole.bands["red"].scale, whole.bands["red"].offset) == (0.0001, -0.1)
    assert whole.bands["red"].nodata == 0
    assert (whole.bands["scl"].scale, whole.bands["scl"].offset) == (None, None)
    assert replace(whole, bands=item.bands) == item  # all else was known


def test_an_item_without_identity_gets_that_of_its_product(shared: Path) -> None:
    known = bare(shared, SUMMER)
    untold = {"datatake_at", "relative_orbit", "product_name", "processing_baseline", "mgrs_tile"}
    item = replace(known, **dict.fromkeys(untold, None), generated_at=None, datastrip_at=None)
    whole = with_safe_metadata(item, (shared / FOLDER / SUMMER / "MTD_MSIL2A.xml").read_bytes())
    assert replace(whole, bands=known.bands) == known


def test_an_edited_offset_is_read_and_not_assumed(shared: Path) -> None:
    product = "S2A_MSIL2A_20220401T083601_N0400_R064_T34LBQ_20220401T110010"
    item = replace(
        bare(shared, SUMMER),
        platform="sentinel-2a",
        sensed_at=utc(2022, 4, 1, 9, 3, 19),
        datatake_at=utc(2022, 4, 1, 8, 36, 1),
        relative_orbit=64,
        mgrs_tile="34LBQ",
        product_name=product,
    )
    whole = with_safe_metadata(
        item, (shared / FOLDER / EDITED / "product_metadata.xml").read_bytes()
    )
    assert {whole.bands[name].offset for name in ("blue", "red", "swir22")} == {-0.7}


def test_what_a_catalogue_declares_of_its_files_stays(shared: Path) -> None:
    raw = json.loads((shared / FOLDER / SUMMER / "expected_output.json").read_text())
    for asset in raw["assets"].values():
        asset["raster:bands"] = [{"scale": 0.0001, "offset": 0}]
    item = parse_item(raw, "here", lambda href: href)
    whole = with_safe_metadata(item, (shared / FOLDER / SUMMER / "MTD_MSIL2A.xml").read_bytes())
    assert whole.bands == item.bands


@pytest.mark.parametrize("other", [f"{OTHER_TWIN}/MTD_MSIL2A.xml", f"{SUMMER}/MTD_MSIL2A.xml"])
def test_metadata_of_another_product_is_refused_also_of_a_twin(shared: Path, other: str) -> None:
    with pytest.raises(ItemRefused, match="of another product, S2"):
        with_safe_metadata(bare(shared, TWIN), (shared / FOLDER / other).read_bytes())


def test_an_item_gets_the_time_and_angles_of_its_tile(shared: Path) -> None:
    item = bare(shared, SUMMER)
    assert item.sensed_at == utc(2022, 4, 13, 15, 7, 59, 24_000)  # start of the datatake
    xml = (shared / FOLDER / SUMMER).glob("GRANULE/*/MTD_TL.xml").__next__().read_bytes()
    whole = with_tile_metadata(item, xml)
    assert whole.sensed_at == utc(2022, 4, 13, 15, 8, 7, 846_358)
    assert whole.sun_elevation_deg == pytest.approx(item.sun_elevation_deg)
    with pytest.raises(ItemRefused, match="another pass"):
        with_tile_metadata(bare(shared, TWIN), xml)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"-7000", b"-7000.5", "whole number"),
        (b"-7000", b"9" * 400, "finite number"),
        (b"-7000", b"", "finite number|no BOA_ADD_OFFSET"),
        (b'band_id="3"', b'band_id="33"', "no BOA_ADD_OFFSET of red"),
        (b">10000<", b">0<", "BOA_QUANTIFICATION_VALUE must be"),
        (b">10000<", b">nan<", "BOA_QUANTIFICATION_VALUE must be"),
        (b"BOA_QUANTIFICATION_VALUE", b"X", "no BOA_QUANTIFICATION_VALUE"),
        (b">04.00<", b">05.00<", "baseline is '05.00'"),
        (b"S2A_MSIL2A_2022", b"S2A_MSIL1C_2022", "PRODUCT_URI must be"),
        (b"S2A_MSIL2A_2022", b"../../etc/passwd", "PRODUCT_URI must be"),
        (b"Level-2A_User_Product", b"Level-1C_User_Product", "expected Level-2A_User_Product"),
        (b"<n1:General_Info>", b"<n1:General_Info", "no XML"),
    ],
)
def test_a_spoilt_product_file_is_refused_with_its_reason(
    shared: Path, old: bytes, new: bytes, reason: str
) -> None:
    xml = (shared / FOLDER / EDITED / "product_metadata.xml").read_bytes()
    assert old in xml
    with pytest.raises(UnusableItem, match=reason):
        read_product_metadata(xml.replace(old, new))


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"\xff\xfe\x00",
        b"<a>" * 200_000,
        b'<?xml version="1.0" encoding="none-such"?><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY b "' + b"b" * 1000 + b'">]><a>' + b"&b;" * 1000 + b"</a>",
        b"<" + b"a" * 10**6 + b"/>",
        b" " * 5_000_001,
    ],
    ids=["empty", "noise", "deep", "encoding", "utf-7", "entity", "laughs", "long", "large"],
)
def test_hostile_xml_is_refused_in_few_words_as_an_item_is(shared: Path, xml: bytes) -> None:
    for complete in (with_safe_metadata, with_tile_metadata):
        with pytest.raises(ItemRefused, match="metadata cannot be used") as refusal:
            complete(bare(shared, SUMMER), xml)
        assert len(refusal.value.reason) < 400
        assert refusal.value.reason.isprintable()
