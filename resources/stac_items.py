"""Turns the JSON of one catalogue item into an `Item`, or refuses it with a reason.

Catalogue answers are hostile until checked, and this is where they are. No disk, no network:
what a source allows as an address is a function that it passes in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from resources.errors import ItemRefused
from resources.models import ATTRIBUTION, BANDS, REQUIRED_BANDS, BandAsset, BandName, Item
from resources.stac_fields import (
    Json,
    Unusable,
    compact_time,
    flag,
    footprint,
    number,
    properties_of,
    sensing_time,
    time_in,
    time_of,
)

ResolveHref = Callable[[str], str]
"""Gives the address as the source will read it, or raises ValueError with the reason."""

COLLECTIONS = ("sentinel-2-l2a", "sentinel-2-c1-l2a")
"""Collections of surface reflectance that we can read, the preferred one first."""

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""Item ids become path components and keys."""

PRODUCT_NAME = re.compile(
    r"(?P<platform>S2[A-Z])_MSI(?P<level>L2A|L1C)_(?P<datatake>\d{8}T\d{6})"
    r"_N(?P<baseline>\d{4})_R(?P<orbit>\d{3})_T(?P<tile>\d{2}[A-Z]{3})"
    r"_(?P<discriminator>\d{8}T\d{6})(?:\.SAFE)?"
)
"""Compact naming convention of Sentinel-2 products since 6 December 2016 (ESA)."""

PLATFORM = re.compile(r"(?:sentinel-2|s2)([a-z])")
BASELINE = re.compile(r"\d{2}\.\d{2}")
DATATAKE_ID = re.compile(r"GS2[A-Z]_(\d{8}T\d{6})_\d{6}_N\d{2}\.\d{2}")
DATASTRIP_ID = re.compile(r".*_S(\d{8}T\d{6})_N\d{2}\.\d{2}")
GRID_CODE = re.compile(r"MGRS-(\d{1,2}[A-Z]{3})")
LAST_ORBIT = 143  # relative orbits of a Sentinel-2 cycle (ESA)
MAX_ATTRIBUTION = 300  # characters: it is printed under every picture


def parse_item(raw: object, source: str, resolve_href: ResolveHref) -> Item:
    """The item that this JSON describes.

    Args:
        raw: A STAC item of Earth Search's shape, as parsed from JSON.
        source: Name of the catalogue.
        resolve_href: Checks an asset's address.

    Raises:
        ItemRefused: it is not a Sentinel-2 L2A item that can be read; the reason says why.
    """
    if not isinstance(raw, Mapping):
        raise ItemRefused("unknown", f"expected a JSON object, found {type(raw).__name__}")
    item_id = readable_id(raw)
    try:
        return _parse(raw, source, resolve_href)
    except ValueError as cause:
        raise ItemRefused(item_id, str(cause)) from cause


def readable_id(raw: Json) -> str:
    """The item's id made safe to print, also where the item is not safe to use."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", str(raw.get("id", "unknown")))[:128] or "unknown"


@dataclass(frozen=True, slots=True)
class _Product:
    """What the product's name tells; all None where there is no name of the known form."""

    name: str | None = None
    platform: str | None = None
    datatake_at: dt.datetime | None = None
    baseline: str | None = None
    relative_orbit: int | None = None
    mgrs_tile: str | None = None
    generated_at: dt.datetime | None = None


def _parse(raw: Json, source: str, resolve_href: ResolveHref) -> Item:
    properties = properties_of(raw)
    collection = _check_kind(raw, properties)
    place, bands = footprint(raw), _bands(raw, resolve_href)
    product = _product(properties)
    sensed_at = sensing_time(raw)
    orbit = product.relative_orbit or _orbit(properties.get("sat:relative_orbit"))
    is_simulated = properties.get("sitewatch:simulated") is True
    return Item(
        item_id=_safe_id(raw),
        collection=collection,
        source=source,
        platform=_platform(properties, product),
        sensed_at=sensed_at,
        footprint=place,
        bands=bands,
        attribution=_attribution(properties, sensed_at.year, is_simulated=is_simulated),
        epsg=_epsg(properties),
        datatake_at=product.datatake_at or time_in(DATATAKE_ID, properties, "s2:datatake_id"),
        relative_orbit=orbit,
        mgrs_tile=_mgrs_tile(properties) or product.mgrs_tile,
        datastrip_at=time_in(DATASTRIP_ID, properties, "s2:datastrip_id"),
        processing_baseline=_baseline(properties) or product.baseline,
        generated_at=time_of(properties, "s2:generation_time") or product.generated_at,
        published_at=time_of(properties, "created") or time_of(properties, "updated"),
        updated_at=time_of(properties, "updated"),
        is_offset_applied=flag(properties, "earthsearch:boa_offset_applied"),
        product_name=product.name,
        sun_elevation_deg=number(properties.get("view:sun_elevation"), "view:sun_elevation"),
        sun_azimuth_deg=number(properties.get("view:sun_azimuth"), "view:sun_azimuth"),
        view_zenith_deg=number(properties.get("view:incidence_angle"), "view:incidence_angle"),
        is_simulated=is_simulated,
    )


def _safe_id(raw: Json) -> str:
    item_id = raw.get("id")
    if not isinstance(item_id, str) or not SAFE_ID.fullmatch(item_id):
        raise Unusable("its id must be letters, digits, '.', '_' or '-', at most 128 of them")
    return item_id


def _check_kind(raw: Json, properties: Json) -> str:
    """The collection, if it is one of surface reflectance in Earth Search v1's shape."""
    collection = raw.get("collection")
    if raw.get("type") != "Feature":
        raise Unusable("expected a STAC item (a GeoJSON Feature)")
    if any(str(key).startswith("sentinel:") for key in properties):
        raise Unusable("it comes from Earth Search v0; search the catalogue's v1 instead")
    if collection == "sentinel-2-l1c" or properties.get("s2:product_type") == "S2MSI1C":
        raise Unusable("it is Level-1C (top of atmosphere); surface reflectance (L2A) is needed")
    if collection not in COLLECTIONS:
        wanted = " or ".join(COLLECTIONS)
        raise Unusable(f"it is of collection {str(collection)[:60]!r}, expected {wanted}")
    return str(collection)


def _product(properties: Json) -> _Product:
    name = properties.get("s2:product_uri")
    match = PRODUCT_NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        return _Product()
    if match["level"] != "L2A":
        raise Unusable("its product name says Level-1C; surface reflectance (L2A) is needed")
    return _Product(
        name=match[0].removesuffix(".SAFE"),
        platform=f"sentinel-{match['platform'][1:].lower()}",
        datatake_at=compact_time(match["datatake"]),
        baseline=f"{match['baseline'][:2]}.{match['baseline'][2:]}",
        relative_orbit=_orbit(int(match["orbit"])),
        mgrs_tile=match["tile"],
        generated_at=compact_time(match["discriminator"]),
    )


def _platform(properties: Json, product: _Product) -> str:
    text = str(properties.get("platform", product.platform)).lower()
    match = PLATFORM.fullmatch(text)
    if match is None:
        raise Unusable(f"its platform must be a Sentinel-2, found {text[:40]!r}")
    platform = f"sentinel-2{match[1]}"
    if product.platform not in {None, platform}:
        raise Unusable(f"its platform is {platform}, but its product name says otherwise")
    return platform


def _orbit(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not 1 <= value <= LAST_ORBIT:
        raise Unusable(f"its relative orbit must be 1 to {LAST_ORBIT}, found {str(value)[:40]}")
    return value


def _epsg(properties: Json) -> int | None:
    value = properties.get("proj:epsg")
    if value is None:
        code = str(properties.get("proj:code", ""))
        match = re.fullmatch(r"EPSG:(\d{4,6})", code)
        return int(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unusable(f"proj:epsg must be a whole number, found {str(value)[:40]!r}")
    return value


def _mgrs_tile(properties: Json) -> str | None:
    match = GRID_CODE.fullmatch(str(properties.get("grid:code", "")))
    return match[1].zfill(5) if match else None


def _baseline(properties: Json) -> str | None:
    value = properties.get("s2:processing_baseline")
    if value is None:
        return None
    if not BASELINE.fullmatch(str(value)):
        raise Unusable(f"its processing baseline must read like 05.09, found {str(value)[:40]!r}")
    return str(value)


def _attribution(properties: Json, year: int, *, is_simulated: bool) -> str:
    given = properties.get("attribution")
    if isinstance(given, str) and given.strip():
        return " ".join(given.split())[:MAX_ATTRIBUTION]
    return "SIMULATED" if is_simulated else ATTRIBUTION.format(years=year)


def _bands(raw: Json, resolve_href: ResolveHref) -> dict[BandName, BandAsset]:
    """Bands by exact key: `blue-jp2` or `visual` are other things."""
    assets = raw.get("assets")
    if not isinstance(assets, Mapping) or not assets:
        raise Unusable("it has no assets (were fields excluded from the answer?)")
    bands: dict[BandName, BandAsset] = {}
    faults: dict[BandName, str] = {}
    for name in BANDS:
        try:
            bands[name] = _band(name, assets.get(name), resolve_href)
        except ValueError as cause:
            faults[name] = str(cause)
    _check_required(faults)
    return bands


def _check_required(faults: Mapping[BandName, str]) -> None:
    missing = [f"{name} {faults[name]}" for name in REQUIRED_BANDS if name in faults]
    if len(missing) == len(REQUIRED_BANDS):
        raise Unusable("none of its required bands can be read here: " + "; ".join(missing))
    if missing:
        raise Unusable("required bands cannot be read: " + "; ".join(missing))


def _band(name: BandName, asset: object, resolve_href: ResolveHref) -> BandAsset:
    if not isinstance(asset, Mapping) or not isinstance(asset.get("href"), str):
        raise Unusable("is not among its assets")
    declared = asset.get("raster:bands") or [{}]
    first = declared[0] if isinstance(declared, list) else None
    if not isinstance(first, Mapping):
        raise Unusable("has raster:bands that cannot be read")
    return BandAsset(
        name=name,
        href=resolve_href(asset["href"]),
        scale=number(first.get("scale", asset.get("raster:scale")), "scale"),
        offset=number(first.get("offset", asset.get("raster:offset")), "offset"),
        nodata=number(first.get("nodata", asset.get("nodata")), "nodata"),
    )
