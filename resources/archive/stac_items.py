"""Items of the archive in STAC 1.1.0: what each file shows, where, and what its numbers mean.

What the pictures are is told by whoever stores them (`chips`); nothing here reads pixels. The
collections that list items are in `stac_collections`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pystac
import shapely.geometry
from pystac.extensions.classification import Classification, ClassificationExtension
from pystac.extensions.eo import Band, EOExtension
from pystac.extensions.file import FileExtension
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import DataType, RasterBand, RasterExtension
from rasterio.transform import array_bounds
from shapely.geometry.base import BaseGeometry

from resources.archive.chips import MEDIA_TYPE, RasterProfile, StoredFile
from resources.archive.store import Archive
from resources.instrument import CENTRE_UM

SCL: Final = (
    *("no_data", "saturated", "dark", "shadow", "vegetation", "bare", "water", "unclassified"),
    *("cloud_medium", "cloud_high", "cirrus", "snow"),
)
"""Classes of Sen2Cor's scene classification, from 0."""


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
    item = pystac.Item(
        item_id,
        shapely.geometry.mapping(footprint),
        list(footprint.bounds),
        sensed_at.astimezone(dt.UTC),
        dict(properties),
        collection=f"{site_id}-{kind}",
    )
    for name, file in assets.items():
        _add_asset(item, name, file, (facts or {}).get(name))
    item.stac_extensions.sort()
    item.add_links(
        [
            stac_link("root", "../../../catalog.json"),
            stac_link("parent", "../collection.json"),
            stac_link("collection", "../collection.json"),
        ]
    )
    content = item.to_dict(include_self_link=False, transform_hrefs=False)
    archive.put(key, json.dumps(content, sort_keys=True, default=str).encode())


def _add_asset(item: pystac.Item, name: str, file: StoredFile, facts: BandFacts | None) -> None:
    """A file as an asset, with what it shows where that is known."""
    asset = pystac.Asset("./" + file.key.rsplit("/", 1)[1], media_type=MEDIA_TYPE, roles=["data"])
    item.add_asset(name, asset)
    checksum = "1220" + file.sha256  # multihash: sha2-256, 32 bytes
    FileExtension.ext(asset, add_if_missing=True).apply(checksum=checksum)
    if file.picture is not None:
        _add_picture_fields(asset, file.picture, facts)


def _add_picture_fields(
    asset: pystac.Asset, picture: RasterProfile, facts: BandFacts | None
) -> None:
    """Place, bands and classes of a picture, by extension."""
    known = [facts or SOURCE_BANDS.get(band, REFLECTANCE) for band in picture.names]
    asset.common_metadata.gsd = picture.transform.a
    rows, columns = picture.shape
    ProjectionExtension.ext(asset, add_if_missing=True).apply(
        code=f"EPSG:{picture.epsg}",
        bbox=list(array_bounds(rows, columns, picture.transform)),
        shape=[rows, columns],
        transform=list(picture.transform)[:6],
    )
    # Newer eo and raster moved into `bands`; clients of today read either.
    asset.extra_fields["bands"] = [
        _stac_band(picture, band, one) for band, one in zip(picture.names, known, strict=True)
    ]
    RasterExtension.ext(asset, add_if_missing=True).apply([_raster_band(picture, k) for k in known])
    if all(band in CENTRE_UM for band in picture.names):
        asset.roles = ["data", "reflectance"]
        EOExtension.ext(asset, add_if_missing=True).apply(
            [Band.create(band, band, center_wavelength=CENTRE_UM[band]) for band in picture.names]
        )
    if known[0].classes:
        ClassificationExtension.ext(asset, add_if_missing=True).apply(
            [Classification.create(value, name=of) for value, of in known[0].classes.items()]
        )


def _stac_band(picture: RasterProfile, name: str, facts: BandFacts) -> dict[str, object]:
    """A band in STAC's common terms."""
    unit = {} if facts.unit is None else {"unit": facts.unit}
    numbers = {"nodata": picture.nodata, "data_type": picture.dtype}
    return {"name": name, "description": facts.description, **numbers, **unit}


def _raster_band(picture: RasterProfile, facts: BandFacts) -> RasterBand:
    """A band in the terms of the raster extension; a scale where there is one for certain."""
    return RasterBand.create(
        nodata=picture.nodata,
        data_type=DataType(picture.dtype),
        spatial_resolution=picture.transform.a,
        unit=facts.unit,
        scale=facts.scale,
        offset=None if facts.scale is None else 0,
    )


def stac_link(rel: str, href: str, title: str | None = None) -> pystac.Link:
    """A link to a catalogue or collection of this archive."""
    return pystac.Link(rel, href, pystac.MediaType.JSON, title)
