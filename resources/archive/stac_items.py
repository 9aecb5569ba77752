"""Items of the archive in STAC 1.1.0: what each file shows, where, and what its numbers mean.

What the pictures are is told by whoever stores them (`chips`); nothing here reads pixels. The
collections that list items are in `stac_collections`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import shapely.geometry
from shapely.geometry.base import BaseGeometry

from resources.archive.chips import MEDIA_TYPE, RasterProfile, StoredFile
from resources.archive.store import Archive
from resources.instrument import CENTRE_UM

Json = dict[str, Any]

VERSION: Final = "1.1.0"
SCHEMAS: Final = "https://stac-extensions.github.io"
EXTENSIONS: Final = {
    "classification:": f"{SCHEMAS}/classification/v2.0.0/schema.json",
    "eo:": f"{SCHEMAS}/eo/v1.1.0/schema.json",
    "file:": f"{SCHEMAS}/file/v2.1.0/schema.json",
    "proj:": f"{SCHEMAS}/projection/v2.0.0/schema.json",
    "raster:": f"{SCHEMAS}/raster/v1.1.0/schema.json",
}
"""By what the fields of an asset begin with. Newer eo and raster moved into `bands`, which every
asset has as well; clients of today read either."""
SCL: Final = (
    *("no_data", "saturated", "dark", "shadow", "vegetation", "bare", "water", "unclassified"),
    *("cloud_medium", "cloud_high", "cirrus", "snow"),
)
"""Classes of Sen2Cor's scene classification, from 0."""
JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class BandFacts:
    """What the numbers of a band mean.

    Attributes:
        description: in words.
        unit: of number times scale.
        scale: of one step, where numbers are steps; None where they are not to be scaled here.
        classes: names by number, where numbers are classes.
    """

    description: str
    unit: str | None = None
    scale: float | None = None
    classes: Mapping[int, str] | None = None


SOURCE_BANDS: Final = {
    "scl": BandFacts("Sen2Cor's scene classification", classes=dict(enumerate(SCL))),
    "cloud": BandFacts("Sen2Cor's probability of cloud", unit="%"),
    "snow": BandFacts("Sen2Cor's probability of snow", unit="%"),
}
REFLECTANCE: Final = BandFacts(
    "Numbers as the source has them; surface reflectance is (number + offset_dn) / 10000, with "
    "offset_dn of the look in the lake's table scenes"
)


def write_item(  # noqa: PLR0913 - an item has so many parts
    archive: Archive,
    key: str,
    *,
    item_id: str,
    footprint: BaseGeometry,
    sensed_at: dt.datetime,
    properties: Mapping[str, object],
    assets: Mapping[str, StoredFile],
    facts: Mapping[str, BandFacts] | None = None,
) -> None:
    """Write or replace the STAC item that describes files of the archive.

    Args:
        archive: where to.
        key: SITE/KIND/NAME/item.json.
        item_id: unique within its collection.
        footprint: degrees.
        sensed_at: aware UTC.
        properties: besides the time; with the line of attribution.
        assets: files by name.
        facts: what their numbers mean, by name; of chips it is known from the bands' names.
    """
    site_id, kind = key.split("/")[:2]
    described = {name: _stac_asset(file, (facts or {}).get(name)) for name, file in assets.items()}
    used = {field for asset in described.values() for field in asset}
    item = {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": [
            schema
            for prefix, schema in EXTENSIONS.items()
            if any(field.startswith(prefix) for field in used)
        ],
        "id": item_id,
        "collection": f"{site_id}-{kind}",
        "geometry": shapely.geometry.mapping(footprint),
        "bbox": list(footprint.bounds),
        "properties": {"datetime": moment_text(sensed_at), **properties},
        "links": [
            stac_link("root", "../../../catalog.json"),
            stac_link("parent", "../collection.json"),
            stac_link("collection", "../collection.json"),
        ],
        "assets": described,
    }
    archive.put(key, json.dumps(item, sort_keys=True, default=str).encode())


def _stac_asset(file: StoredFile, facts: BandFacts | None) -> Json:
    """A file as an asset, with what it shows where that is known."""
    asset: Json = {
        "href": "./" + file.key.rsplit("/", 1)[1],
        "type": MEDIA_TYPE,
        "roles": ["data"],
        "file:checksum": "1220" + file.sha256,  # multihash: sha2-256, 32 bytes
    }
    picture = file.picture
    if picture is None:
        return asset
    pixel_m, rows, columns = picture.transform.a, *picture.shape
    west, north = picture.transform.c, picture.transform.f
    known = [facts or SOURCE_BANDS.get(name, REFLECTANCE) for name in picture.names]
    is_reflectance = all(name in CENTRE_UM for name in picture.names)
    asset |= {
        "roles": ["data", "reflectance"] if is_reflectance else ["data"],
        "gsd": pixel_m,
        "proj:code": f"EPSG:{picture.epsg}",
        "proj:shape": [rows, columns],
        "proj:transform": list(picture.transform)[:6],
        "proj:bbox": [west, north + rows * picture.transform.e, west + columns * pixel_m, north],
        "bands": [
            _stac_band(picture, name, one) for name, one in zip(picture.names, known, strict=True)
        ],
        "raster:bands": [_raster_band(picture, one) for one in known],
    }
    if is_reflectance:
        asset["eo:bands"] = [
            {"name": name, "common_name": name, "center_wavelength": CENTRE_UM[name]}
            for name in picture.names
        ]
    if known[0].classes:
        asset["classification:classes"] = [
            {"value": number, "name": name} for number, name in known[0].classes.items()
        ]
    return asset


def _stac_band(picture: RasterProfile, name: str, facts: BandFacts) -> Json:
    """A band in STAC's common terms."""
    unit = {} if facts.unit is None else {"unit": facts.unit}
    numbers = {"nodata": picture.nodata, "data_type": picture.dtype}
    return {"name": name, "description": facts.description, **numbers, **unit}


def _raster_band(picture: RasterProfile, facts: BandFacts) -> Json:
    """A band in the terms of the raster extension; a scale where there is one for certain."""
    band: Json = {
        "nodata": picture.nodata,
        "data_type": picture.dtype,
        "spatial_resolution": picture.transform.a,
    }
    if facts.unit is not None:
        band["unit"] = facts.unit
    if facts.scale is not None:
        band |= {"scale": facts.scale, "offset": 0}
    return band


def stac_link(rel: str, href: str, title: str | None = None) -> Json:
    """A link to a catalogue or collection of this archive."""
    return {"rel": rel, "href": href, "type": JSON_TYPE} | ({"title": title} if title else {})


def moment_text(moment: dt.datetime | None) -> str | None:
    """A time as STAC writes it."""
    return None if moment is None else moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
