"""How catalogues of Sentinel-2 write the same things: keys of bands, properties, declared numbers.

Earth Search v1, CDSE's STAC, the Planetary Computer, and items made of SAFE folders by stactools.
What the values mean together is decided in `stac.items`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from resources.models import BANDS, REQUIRED_BANDS, BandAsset, BandName
from resources.sources.stac.fields import Json, UnusableItem, optional_number, optional_time
from resources.text import printable_line

ResolveHref = Callable[[str], str]
"""Gives the address as the source will read it, or raises ValueError with the reason."""

COMMON_NAMES: Mapping[BandName, str] = {name: name for name in BANDS}
"""Earth Search v1 and today's stactools."""

RESOLUTIONS: Mapping[BandName, str] = {
    "blue": "B02_10m",
    "green": "B03_10m",
    "red": "B04_10m",
    "nir": "B08_10m",
    "nir08": "B8A_20m",
    "swir16": "B11_20m",
    "swir22": "B12_20m",
    "scl": "SCL_20m",
    "cloud": "CLD_20m",
    "snow": "SNW_20m",
}
"""CDSE's STAC v1: each band in each of its resolutions; these are those that were sensed."""

NUMBERS: Mapping[BandName, str] = {
    "blue": "B02",
    "green": "B03",
    "red": "B04",
    "nir": "B08",
    "nir08": "B8A",
    "swir16": "B11",
    "swir22": "B12",
    "scl": "SCL",
}
"""The Planetary Computer and early stactools."""

BAND_KEYS = (COMMON_NAMES, RESOLUTIONS, NUMBERS)

MAX_HREF = 2_000  # characters; real ones have 200
MAX_SCALE = 1.0  # reflectance, or percent, per digital number
MAX_OFFSET = 10.0  # reflectance; real: -0.1
MAX_FAULT = 120  # characters of a reason that a source gives


def read_bands_of(raw: Json, resolve_href: ResolveHref) -> dict[BandName, BandAsset]:
    """The item's bands by exact key: `blue-jp2` or `visual` are other things.

    Raises:
        Unusable: a required one is missing or cannot be read; others may be missing.
    """
    assets = raw.get("assets")
    if not isinstance(assets, Mapping) or not assets:
        raise UnusableItem("it has no assets (were fields excluded from the answer?)")
    keys = max(BAND_KEYS, key=lambda keys: sum(key in assets for key in keys.values()))
    bands: dict[BandName, BandAsset] = {}
    faults: dict[BandName, str] = {}
    for name, key in keys.items():
        try:
            bands[name] = _band_asset(name, assets.get(key), resolve_href)
        except ValueError as cause:
            faults[name] = printable_line(str(cause), MAX_FAULT)
    _check_required(faults)
    return bands


def _check_required(faults: Mapping[BandName, str]) -> None:
    missing = [f"{name} {faults[name]}" for name in REQUIRED_BANDS if name in faults]
    if len(missing) == len(REQUIRED_BANDS):
        raise UnusableItem("none of its required bands can be read here: " + "; ".join(missing))
    if missing:
        raise UnusableItem("required bands cannot be read: " + "; ".join(missing))


def _band_asset(name: BandName, asset: object, resolve_href: ResolveHref) -> BandAsset:
    href = asset.get("href") if isinstance(asset, Mapping) else None
    if not isinstance(asset, Mapping) or not isinstance(href, str):
        raise UnusableItem("is not among its assets")
    if len(href) > MAX_HREF or not href.isprintable():
        raise UnusableItem(
            f"has an address of over {MAX_HREF} characters, or with unprintable ones"
        )
    return BandAsset(
        name=name,
        href=resolve_href(href),
        scale=_checked_scale(declared_value(asset, "scale")),
        offset=optional_number(declared_value(asset, "offset"), "offset", -MAX_OFFSET, MAX_OFFSET),
        nodata=optional_number(declared_value(asset, "nodata"), "nodata"),
    )


def declared_value(asset: Json, key: str) -> object:
    """What is said of the numbers in a file: scale, offset or nodata; None if nothing.

    In `raster:bands` until STAC 1.0, then beside the address or in `bands`.
    """
    for place in (_first_band(asset, "raster:bands"), _first_band(asset, "bands"), asset):
        value = first_told(place, key, f"raster:{key}")
        if value is not None:
            return value
    return None


def _first_band(asset: Json, key: str) -> Json:
    bands = asset.get(key) or [{}]
    first = bands[0] if isinstance(bands, list) else None
    if not isinstance(first, Mapping):
        raise UnusableItem(f"has {key} that cannot be read")
    return first


def _checked_scale(value: object) -> float | None:
    scale = optional_number(value, "scale", 0, MAX_SCALE)
    if scale == 0:
        raise UnusableItem("scale must not be 0")
    return scale


def first_told(properties: Json, *keys: str) -> object:
    """The value of the first of these keys that has one; None if none has."""
    return next((properties[key] for key in keys if properties.get(key) is not None), None)


def first_time(properties: Json, *keys: str) -> dt.datetime | None:
    """The first of these times that is told, UTC."""
    return next((moment for key in keys if (moment := optional_time(properties, key))), None)


def crs_of(raw: Json, properties: Json) -> object:
    """The CRS as the item writes it: in its properties, or with its bands (STAC 1.1)."""
    assets = raw.get("assets")
    by_key = assets if isinstance(assets, Mapping) else {}
    bands = [by_key.get(key) for keys in BAND_KEYS for key in keys.values()]
    places = [properties, *(band for band in bands if isinstance(band, Mapping))]
    told = (first_told(place, "proj:epsg", "proj:code") for place in places)
    return next((value for value in told if value is not None), None)
