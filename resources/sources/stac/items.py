"""Turns the JSON of one catalogue item into an `Item`, or refuses it with a reason.

Catalogue answers are hostile until checked, and this is where they are. No disk, no network:
what a source allows as an address is a function that it passes in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from resources.attribution import MADE_UP
from resources.errors import ItemRefused
from resources.models import ATTRIBUTION, BandAsset, BandName, Item
from resources.sources.stac.dialects import (
    ResolveHref,
    crs_of,
    first_time,
    first_told,
    read_bands_of,
)
from resources.sources.stac.fields import (
    Json,
    UnusableItem,
    item_footprint,
    optional_flag,
    optional_number,
    printable_value,
    properties_of,
    sensing_time,
    sensing_time_if_told,
)
from resources.sources.stac.products import (
    ProductName,
    checked_orbit,
    datastrip_start,
    datatake_start,
    parse_product_name,
    relative_orbit_in,
    tile_made_at,
)
from resources.text import printable_line

COLLECTIONS = ("sentinel-2-l2a", "sentinel-2-c1-l2a")
"""Collections of surface reflectance that we can read, the preferred one first."""

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""Item ids become path components and keys."""

PLATFORM = re.compile(r"(?:sentinel-2|s2)([a-z])")
BASELINE = re.compile(r"\d{2}\.\d{2}", re.ASCII)
MGRS_TILE = re.compile(r"(?:MGRS-)?(\d{1,2}[A-Z]{3})", re.ASCII)
EPSG_CODE = re.compile(r"EPSG:(\d{4,6})", re.ASCII)
EPSG_CODES = range(1024, 1_000_000)  # of a CRS; EPSG Dataset, guidance note 7-1
ONE_PASS = dt.timedelta(hours=1)  # no datatake lasts so long: about 40 minutes at most
MAX_ATTRIBUTION = 300  # characters: it is printed under every picture
MAX_REASON = 600  # characters


def parse_item(
    raw: object,
    source: str,
    resolve_href: ResolveHref,
    *,
    collections: Sequence[str] = COLLECTIONS,
) -> Item:
    """The item that this JSON describes, in whichever catalogue's way of writing.

    Args:
        raw: A STAC item, as parsed from JSON.
        source: Name of the catalogue.
        resolve_href: Checks an asset's address.
        collections: Those that may be read. An item that names none, but whose product is
            surface reflectance, is taken for one of the first.

    Raises:
        ItemRefused: it is not a Sentinel-2 L2A item that can be read; the reason says why.
    """
    if not isinstance(raw, Mapping):
        raise ItemRefused("unknown", f"expected a JSON object, found {printable_value(raw)}")
    try:
        properties = properties_of(raw)
        product = _named_product(raw, properties)
        collection = _checked_collection(raw, properties, product, collections)
        bands = read_bands_of(raw, resolve_href)
        return _build_item(raw, source, collection, product, bands)
    except ValueError as cause:
        reason = printable_line(str(cause), MAX_REASON)
        raise ItemRefused(readable_id(raw), reason, sensing_time_if_told(raw)) from cause


def readable_id(raw: Json) -> str:
    """The item's id made safe to print, also where the item is not safe to use."""
    item_id = raw.get("id")
    if not isinstance(item_id, str) or not item_id:
        return "unknown"
    return re.sub(r"[^A-Za-z0-9._-]", "_", item_id[:128])


def _build_item(
    raw: Json,
    source: str,
    collection: str,
    product: ProductName | None,
    bands: dict[BandName, BandAsset],
) -> Item:
    properties = properties_of(raw)
    platform = _checked_platform(properties, product)
    datatake_id = first_told(properties, "s2:datatake_id", "eopf:datatake_id")
    datatake_at = product.datatake_at if product else datatake_start(datatake_id)
    datastrip_at = datastrip_start(first_told(properties, "s2:datastrip_id", "eopf:datastrip_id"))
    sensed_at = _sensed_at(raw, datatake_at, datastrip_at)
    is_simulated = properties.get("sitewatch:simulated") is True
    elevation, azimuth = _sun_angles(properties)
    return Item(
        item_id=_safe_id(raw),
        collection=collection,
        source=source,
        platform=platform,
        sensed_at=sensed_at,
        footprint=item_footprint(raw),
        bands=bands,
        attribution=_attribution_line(properties, sensed_at.year, is_simulated=is_simulated),
        epsg=_epsg_code(crs_of(raw, properties)),
        datatake_at=datatake_at,
        relative_orbit=_relative_orbit(properties, product, platform, datatake_id),
        mgrs_tile=_mgrs_tile(properties, product),
        datastrip_at=datastrip_at,
        processing_baseline=_processing_baseline(properties, product),
        generated_at=_generated_at(properties, product),
        published_at=first_time(properties, "published", "created", "updated"),
        updated_at=first_time(properties, "updated"),
        is_offset_applied=optional_flag(properties, "earthsearch:boa_offset_applied"),
        product_name=product.name if product else None,
        sun_elevation_deg=elevation,
        sun_azimuth_deg=azimuth,
        view_zenith_deg=optional_number(
            properties.get("view:incidence_angle"), "its view angle", 0, 90
        ),
        is_simulated=is_simulated,
    )


def _safe_id(raw: Json) -> str:
    item_id = raw.get("id")
    if not isinstance(item_id, str) or not SAFE_ID.fullmatch(item_id):
        raise UnusableItem("its id must be letters, digits, '.', '_' or '-', at most 128 of them")
    return item_id


def _named_product(raw: Json, properties: Json) -> ProductName | None:
    """The product: named in a property, or by the item's id (CDSE, Sentinel Hub)."""
    named = parse_product_name(properties.get("s2:product_uri"))
    by_id = parse_product_name(raw.get("id"))
    if named and by_id and named != by_id:
        raise UnusableItem("its id names one product and its s2:product_uri another")
    return named or by_id


def _checked_collection(
    raw: Json, properties: Json, product: ProductName | None, wanted: Sequence[str]
) -> str:
    """The collection, if it is one of surface reflectance."""
    collection = raw.get("collection")
    kind = first_told(properties, "s2:product_type", "product:type")
    if raw.get("type") != "Feature":
        raise UnusableItem("expected a STAC item (a GeoJSON Feature)")
    if any(str(key).startswith("sentinel:") for key in properties):
        raise UnusableItem("it comes from Earth Search v0; search the catalogue's v1 instead")
    is_l1c = collection == "sentinel-2-l1c" or kind == "S2MSI1C"
    if is_l1c or (product is not None and product.level != "L2A"):
        raise UnusableItem(
            "it is Level-1C (top of atmosphere); surface reflectance (L2A) is needed"
        )
    if collection is None and (product is not None or kind == "S2MSI2A"):
        return wanted[0]
    if collection not in wanted:
        raise UnusableItem(
            f"it is of collection {printable_value(collection)}, expected {' or '.join(wanted)}"
        )
    return str(collection)


def _checked_platform(properties: Json, product: ProductName | None) -> str:
    told = first_told(properties, "platform") or (product.platform if product else None)
    match = PLATFORM.fullmatch(told.lower()) if isinstance(told, str) and told.isascii() else None
    if match is None:
        raise UnusableItem(f"its platform must be a Sentinel-2, found {printable_value(told)}")
    platform = f"sentinel-2{match[1]}"
    _check_agreement("platform", platform, product.platform if product else None)
    return platform


def _check_agreement(what: str, told: object, named: object) -> None:
    """Refuse an item that says one thing and whose product's name says another."""
    if named is not None and told != named:
        raise UnusableItem(
            f"its {what} is {printable_value(told)}, but its product name says otherwise"
        )


def _sensed_at(
    raw: Json, datatake_at: dt.datetime | None, datastrip_at: dt.datetime | None
) -> dt.datetime:
    """When the tile was seen, as near as the item tells.

    CDSE and the Planetary Computer give the start of the datatake as `datetime`, which is up to
    half an hour early; the start of the datastrip is early by fewer minutes. One look so has
    times that differ by minutes between catalogues; its datatake and its id do not.
    """
    sensed_at = sensing_time(raw)
    if datatake_at is None:
        return sensed_at
    if abs(sensed_at - datatake_at) > ONE_PASS:
        raise UnusableItem(
            f"its datetime is {sensed_at:%Y-%m-%dT%H:%M}, but its datatake began at "
            f"{datatake_at:%Y-%m-%dT%H:%M}"
        )
    is_start = sensed_at.replace(microsecond=0) == datatake_at
    is_later = datastrip_at is not None and datatake_at < datastrip_at < datatake_at + ONE_PASS
    return datastrip_at if is_start and is_later and datastrip_at else sensed_at


def _relative_orbit(
    properties: Json, product: ProductName | None, platform: str, datatake_id: object
) -> int | None:
    told = properties.get("sat:relative_orbit")
    if told is not None:
        told = checked_orbit(told)
        _check_agreement("relative orbit", told, product.relative_orbit if product else None)
        return told
    if product is not None:
        return product.relative_orbit
    return relative_orbit_in(platform, datatake_id, properties.get("s2:tile_id"))


def _epsg_code(crs: object) -> int | None:
    if isinstance(crs, str):
        match = EPSG_CODE.fullmatch(crs)
        crs = int(match[1]) if match else crs
    if crs is None:
        return None
    if isinstance(crs, bool) or not isinstance(crs, int) or crs not in EPSG_CODES:
        raise UnusableItem(
            f"its CRS must be the whole number of an EPSG code, found {printable_value(crs)}"
        )
    return crs


def _mgrs_tile(properties: Json, product: ProductName | None) -> str | None:
    named = product.mgrs_tile if product else None
    told = first_told(properties, "grid:code", "s2:mgrs_tile")
    match = MGRS_TILE.fullmatch(told) if isinstance(told, str) else None
    if match is None:
        return named
    tile = match[1].zfill(5)
    _check_agreement("tile", tile, named)
    return tile


def _processing_baseline(properties: Json, product: ProductName | None) -> str | None:
    named = product.baseline if product else None
    told = first_told(properties, "s2:processing_baseline", "processing:version")
    if told is None:
        return named
    if not isinstance(told, str) or not BASELINE.fullmatch(told):
        raise UnusableItem(
            f"its processing baseline must read like 05.09, found {printable_value(told)}"
        )
    _check_agreement("processing baseline", told, named)
    return told


def _generated_at(properties: Json, product: ProductName | None) -> dt.datetime | None:
    """When the product was made; the discriminator in its name is near enough."""
    told = first_time(properties, "s2:generation_time", "processing:datetime")
    named = product.discriminator_at if product else None
    return told or named or tile_made_at(properties.get("s2:tile_id"))


def _sun_angles(properties: Json) -> tuple[float | None, float | None]:
    """(elevation, azimuth) of the sun, degrees."""
    zenith = optional_number(
        properties.get("s2:mean_solar_zenith"), "the sun's zenith angle", 0, 180
    )
    told = optional_number(properties.get("view:sun_elevation"), "view:sun_elevation", -90, 90)
    azimuth = first_told(properties, "view:sun_azimuth", "s2:mean_solar_azimuth")
    elevation = 90 - zenith if told is None and zenith is not None else told
    return elevation, optional_number(azimuth, "the sun's azimuth", -360, 360)


def _attribution_line(properties: Json, year: int, *, is_simulated: bool) -> str:
    given = properties.get("attribution")
    if isinstance(given, str) and given.strip():
        words = " ".join(given[: 10 * MAX_ATTRIBUTION].split())
        return printable_line(words, MAX_ATTRIBUTION)
    return MADE_UP if is_simulated else ATTRIBUTION.format(years=year)
