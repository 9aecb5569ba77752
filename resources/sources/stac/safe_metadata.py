"""Reads the metadata that ESA puts beside the pixels: MTD_MSIL2A.xml and MTD_TL.xml of a SAFE.

Completes items of catalogues that do not declare what the product itself declares. Bytes in,
nouns out: no disk and no network here, and the XML is not trusted.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # has no stubs

from resources.errors import ItemRefused
from resources.models import BandAsset, BandName, Item
from resources.sources.stac.fields import (
    UnusableItem,
    optional_number,
    optional_time,
    printable_value,
)
from resources.sources.stac.products import ProductName, datastrip_start, parse_product_name
from resources.text import printable_line

MAX_XML_BYTES = 5_000_000  # real ones: 60 kB (product), 350 kB (tile)
BAND_IDS: Mapping[BandName, str] = {
    "blue": "1",
    "green": "2",
    "red": "3",
    "nir": "7",
    "nir08": "8",
    "swir16": "11",
    "swir22": "12",
}
"""`band_id` of BOA_ADD_OFFSET: 0 to 12 for B1..B8, B8A, B9..B12, as Spectral_Information says."""

MAX_OFFSET_DN = 65_535
MAX_REASON = 300  # characters


@dataclass(frozen=True, slots=True)
class ProductMetadata:
    """What MTD_MSIL2A.xml says of a product.

    Attributes:
        product: The parts of its name.
        generated_at: When it was made, UTC.
        datastrip_at: When the sensing of its datastrip began, UTC; None where not told.
        quantification: Digital numbers to a reflectance of 1.
        offsets_dn: To add to the digital numbers before that, by band; 0 for every band where the
            product has none (baselines before 04.00).
        nodata_dn: Marks what was not seen; None where not told.
        saturated_dn: Marks what was too bright; None where not told.
    """

    product: ProductName
    generated_at: dt.datetime
    datastrip_at: dt.datetime | None
    quantification: float
    offsets_dn: Mapping[BandName, int]
    nodata_dn: int | None
    saturated_dn: int | None


@dataclass(frozen=True, slots=True)
class TileMetadata:
    """What MTD_TL.xml says of a tile; angles are means over it, degrees, None where not told.

    Attributes:
        sensed_at: When it was seen, UTC.
        sun_azimuth_deg: Clockwise from north.
    """

    sensed_at: dt.datetime
    datastrip_at: dt.datetime | None
    sun_elevation_deg: float | None
    sun_azimuth_deg: float | None
    view_zenith_deg: float | None


def read_product_metadata(xml: bytes) -> ProductMetadata:
    """What an MTD_MSIL2A.xml (product_metadata.xml of the AWS layout) says.

    Raises:
        Unusable: it is no such file, or says what cannot be; the message says what.

    Source:
        ESA, Sentinel-2 Products Specification Document 14.9, Level-2A product metadata
    """
    root = _xml_root(xml, "Level-2A_User_Product")
    uri = _required_text(root, ".//PRODUCT_URI")
    product = parse_product_name(uri)
    if product is None or product.level != "L2A":
        raise UnusableItem(
            f"PRODUCT_URI must be the name of a Level-2A product, found {printable_value(uri)}"
        )
    granule = root.find(".//Granule")
    metadata = ProductMetadata(
        product=product,
        generated_at=_required_time(root, ".//GENERATION_TIME"),
        datastrip_at=datastrip_start(
            None if granule is None else granule.get("datastripIdentifier")
        ),
        quantification=_quantification_value(root),
        offsets_dn=_boa_offsets(root),
        nodata_dn=_special_value(root, "NODATA"),
        saturated_dn=_special_value(root, "SATURATED"),
    )
    baseline = _required_text(root, ".//PROCESSING_BASELINE")
    if baseline != product.baseline:
        raise UnusableItem(
            f"its baseline is {printable_value(baseline)}, but its name says otherwise"
        )
    return metadata


def read_tile_metadata(xml: bytes) -> TileMetadata:
    """What an MTD_TL.xml (metadata.xml of the AWS layout) says.

    Raises:
        Unusable: as `read_product_metadata`.
    """
    root = _xml_root(xml, "Level-2A_Tile_ID")
    zenith = _angle_deg(root.find(".//Mean_Sun_Angle/ZENITH_ANGLE"))
    views = [
        _angle_deg(one) for one in root.findall(".//Mean_Viewing_Incidence_Angle/ZENITH_ANGLE")
    ]
    told = [view for view in views if view is not None]
    return TileMetadata(
        sensed_at=_required_time(root, ".//SENSING_TIME"),
        datastrip_at=datastrip_start(_element_text(root.find(".//DATASTRIP_ID"))),
        sun_elevation_deg=None if zenith is None else 90 - zenith,
        sun_azimuth_deg=_angle_deg(root.find(".//Mean_Sun_Angle/AZIMUTH_ANGLE")),
        view_zenith_deg=sum(told) / len(told) if told else None,
    )


def with_safe_metadata(item: Item, xml: bytes) -> Item:
    """The item with what its MTD_MSIL2A.xml declares and its catalogue does not.

    Scale and offset of bands that declare neither, identity, baseline and times. What is declared
    already stays: it may be of files that were made from the product with other numbers.

    Raises:
        ItemRefused: the file cannot be used, or is of another product than the item.
    """
    try:
        metadata = read_product_metadata(xml)
        _check_same_product(item, metadata.product)
    except ValueError as cause:
        raise _metadata_refusal(item, "product", cause) from cause
    product = metadata.product
    return replace(
        item,
        bands={name: _completed_band(band, metadata) for name, band in item.bands.items()},
        product_name=product.name,
        datatake_at=product.datatake_at,
        relative_orbit=product.relative_orbit,
        mgrs_tile=product.mgrs_tile,
        processing_baseline=product.baseline,
        generated_at=item.generated_at or metadata.generated_at,
        datastrip_at=item.datastrip_at or metadata.datastrip_at,
    )


def with_tile_metadata(item: Item, xml: bytes) -> Item:
    """The item with the time and the angles of its MTD_TL.xml.

    Its time is the tile's own, which some catalogues tell only to some minutes (`stac.items`).

    Raises:
        ItemRefused: the file cannot be used, or is of another pass than the item.
    """
    try:
        tile = read_tile_metadata(xml)
        if abs(tile.sensed_at - item.sensed_at) > dt.timedelta(hours=1):
            raise UnusableItem(
                f"it is of {tile.sensed_at:%Y-%m-%dT%H:%M}, another pass than the item"
            )
    except ValueError as cause:
        raise _metadata_refusal(item, "tile", cause) from cause
    elevation, azimuth, view = tile.sun_elevation_deg, tile.sun_azimuth_deg, tile.view_zenith_deg
    return replace(
        item,
        sensed_at=tile.sensed_at,
        datastrip_at=item.datastrip_at or tile.datastrip_at,
        sun_elevation_deg=item.sun_elevation_deg if elevation is None else elevation,
        sun_azimuth_deg=item.sun_azimuth_deg if azimuth is None else azimuth,
        view_zenith_deg=item.view_zenith_deg if view is None else view,
    )


def _metadata_refusal(item: Item, what: str, cause: ValueError) -> ItemRefused:
    reason = f"its {what} metadata cannot be used: {printable_line(str(cause), MAX_REASON)}"
    return ItemRefused(item.item_id, reason)


def _check_same_product(item: Item, product: ProductName) -> None:
    pairs = (
        (item.product_name, product.name),
        (item.platform, product.platform),
        (item.mgrs_tile, product.mgrs_tile),
        (item.datatake_at, product.datatake_at),
        (item.relative_orbit, product.relative_orbit),
        (item.processing_baseline, product.baseline),
    )
    if any(told not in {None, named} for told, named in pairs):
        raise UnusableItem(f"it is of another product, {product.name}")
    if abs(item.sensed_at - product.datatake_at) > dt.timedelta(hours=1):
        raise UnusableItem(f"it is of another pass, {product.name}")


def _completed_band(band: BandAsset, metadata: ProductMetadata) -> BandAsset:
    is_told = band.scale is not None or band.offset is not None
    if is_told or band.name not in metadata.offsets_dn:
        return band
    scale = 1 / metadata.quantification
    return replace(
        band,
        scale=scale,
        offset=metadata.offsets_dn[band.name] / metadata.quantification,
        nodata=metadata.nodata_dn if band.nodata is None else band.nodata,
    )


def _xml_root(xml: bytes, name: str) -> Element:
    if len(xml) > MAX_XML_BYTES:
        raise UnusableItem(f"it has more than {MAX_XML_BYTES} bytes")
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, LookupError, ValueError) as cause:  # unknown encodings are LookupError
        raise UnusableItem(f"it is no XML that may be read ({type(cause).__name__})") from cause
    found = root.tag.rpartition("}")[2]
    if found != name:
        raise UnusableItem(f"expected {name}, found {printable_value(found)}")
    return root


def _element_text(element: Element | None) -> str | None:
    return None if element is None or element.text is None else element.text.strip()


def _required_text(root: Element, path: str) -> str:
    text = _element_text(root.find(path))
    if text is None:
        raise UnusableItem(f"it has no {path.removeprefix('.//')}")
    return text


def _required_time(root: Element, path: str) -> dt.datetime:
    name = path.removeprefix(".//")
    moment = optional_time({name: _required_text(root, path)}, name)
    if moment is None:
        raise UnusableItem(f"it has no {name}")
    return moment


def _float_or_nan(text: str) -> float:
    """The number; NaN where the text is none."""
    try:
        return float(text) if len(text) < MAX_REASON else math.nan
    except ValueError:
        return math.nan


def _angle_deg(element: Element | None) -> float | None:
    """Degrees; None where the file says NaN, as it does for slivers of tiles."""
    text = _element_text(element)
    value = math.nan if text is None else _float_or_nan(text)
    return None if math.isnan(value) else optional_number(value, "an angle", 0, 360)


def _quantification_value(root: Element) -> float:
    name = "BOA_QUANTIFICATION_VALUE"
    value = optional_number(_float_or_nan(_required_text(root, f".//{name}")), name, 1, 1e6)
    return float(value or 0)


def _boa_offsets(root: Element) -> dict[BandName, int]:
    told = {one.get("band_id"): _element_text(one) for one in root.findall(".//BOA_ADD_OFFSET")}
    if not told:
        return dict.fromkeys(BAND_IDS, 0)
    missing = [name for name, band_id in BAND_IDS.items() if told.get(band_id) is None]
    if missing:
        raise UnusableItem(f"it has no BOA_ADD_OFFSET of {', '.join(missing)}")
    return {
        name: _whole_number(told[band_id], "BOA_ADD_OFFSET") for name, band_id in BAND_IDS.items()
    }


def _whole_number(text: str | None, name: str) -> int:
    value = optional_number(_float_or_nan(text or ""), name, -MAX_OFFSET_DN, MAX_OFFSET_DN)
    if value is None or value != int(value):
        raise UnusableItem(f"{name} must be a whole number, found {printable_value(text)}")
    return int(value)


def _special_value(root: Element, name: str) -> int | None:
    for one in root.findall(".//Special_Values"):
        if _element_text(one.find("SPECIAL_VALUE_TEXT")) == name:
            return _whole_number(_element_text(one.find("SPECIAL_VALUE_INDEX")), name)
    return None
