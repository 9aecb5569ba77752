"""Real scenes of ../shared/real as Sentinel Hub would know them: products, tiles and pixels.

Knows what the archive has and what its documentation says of numbers; no HTTP, and nothing of
sitewatch. What an archive lacks is derived, and said here:

* romania has no product names: they are made of platform, date and an orbit (R093, tile T34TFQ,
  baseline 02.04), and its time of day is 09:26:00 (datatake 09:20:31).
* B12 is B11 where there is none; B8A and B11 are B08 in zagreb; CLD and SNW follow from SCL.
* The stored numbers of zagreb have had their offset of 1000 taken off; the raw ones have it.
* Angles are those of the item, else plain numbers; the view angles are made up.
"""

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.warp import Resampling, reproject

STAND_INS = {"B12": ("B12", "B11", "B08"), "B11": ("B11", "B08"), "B8A": ("B8A", "B08")}
REFLECTANCE = ("B02", "B03", "B04", "B08", "B8A", "B11", "B12")
ANGLES = ("sunAzimuthAngles", "sunZenithAngles", "viewAzimuthMean", "viewZenithMean")


def transform_of(box: list[float], shape: tuple[int, int]) -> Affine:
    """Of an image (rows, columns) that fills a box."""
    west, south, east, north = box
    return Affine((east - west) / shape[1], 0, west, 0, (south - north) / shape[0], north)


@dataclass(frozen=True)
class Scene:
    """One product.

    `folder` holds its files; `offset` is its BOA_ADD_OFFSET, `removed` how much of it the files
    have lost, and `darker` is taken off every number, to get pixels below zero.
    """

    product: str
    sensed_at: dt.datetime
    geometry: dict
    platform: str
    folder: Path
    offset: int = 0
    removed: int = 0
    darker: int = 0
    sun: tuple[float, float] = (151.0, 55.0)
    view: tuple[float, float] = (289.25, 7.5)

    def named(self, **parts: str) -> "Scene":
        """The same scene as another product: tile, baseline, orbit or time in its name changed."""
        fields = self.product.split("_")
        for place, name in enumerate(
            ("platform", "level", "datatake", "baseline", "orbit", "tile", "discriminator")
        ):
            fields[place] = parts.get(name, fields[place])
        return replace(self, product="_".join(fields))

    def samples(self, box, epsg, shape, *, harmonize):
        transform = transform_of(box, shape)

        def warped(name):
            out = np.zeros(shape, np.float64)
            with rasterio.open(self._file(name)) as file:
                reproject(
                    file.read(1).astype(np.float64),
                    out,
                    src_transform=file.transform,
                    src_crs=file.crs,
                    src_nodata=0,
                    dst_transform=transform,
                    dst_crs=f"EPSG:{epsg}",
                    dst_nodata=0,
                    resampling=Resampling.nearest,
                )
            return out

        found = {}
        stored = {name: warped(name) for name in REFLECTANCE}
        seen = stored["B04"] > 0
        for name, numbers in stored.items():
            raw = np.where(seen, numbers + self.removed - self.darker, 0)
            reflectance = (raw + self.offset) / 10_000
            if harmonize:
                reflectance = np.maximum(reflectance, 0)
            found[name, "REFLECTANCE"] = reflectance
            found[name, "DN"] = reflectance * 10_000 if harmonize else raw
        classes = warped("SCL")
        found["SCL", "DN"] = classes
        found["CLD", "PERCENT"] = np.select([classes == 9, classes == 8], [98, 60], 2)
        found["SNW", "PERCENT"] = np.where(classes == 11, 99, 1)
        degrees = (self.sun[0], 90 - self.sun[1], *self.view)
        for name, angle in zip(ANGLES, degrees, strict=True):
            found[name, "DEGREES"] = np.full(shape, angle)
        found["dataMask", "DN"] = seen.astype(np.float64)
        return found

    def feature(self, url: str, *, with_suffix: bool) -> dict:
        """As the Catalog API of CDSE has it, with .SAFE, or services.sentinel-hub.com, without."""
        name = self.product + (".SAFE" if with_suffix else "")
        moment = self.sensed_at.astimezone(dt.UTC)
        ring = self.geometry["coordinates"][0]
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        timespec = "milliseconds" if with_suffix else "seconds"
        return {
            "stac_version": "1.0.0",
            "stac_extensions": [
                "https://stac-extensions.github.io/eo/v1.0.0/schema.json",
                "https://stac-extensions.github.io/projection/v1.0.0/schema.json",
            ],
            "id": name,
            "type": "Feature",
            "geometry": {
                "type": "MultiPolygon",
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC::CRS84"}},
                "coordinates": [self.geometry["coordinates"]],
            },
            "bbox": [min(xs), min(ys), max(xs), max(ys)],
            "properties": {
                "datetime": moment.isoformat(timespec=timespec).replace("+00:00", "Z"),
                "platform": self.platform,
                "instruments": ["msi"],
                "constellation": "sentinel-2",
                "gsd": 10,
                "eo:cloud_cover": 1.0,
            },
            "assets": {
                "data": {
                    "href": f"s3://EODATA/Sentinel-2/MSI/L2A/{name}",
                    "title": "s3",
                    "type": "inode/directory",
                }
            },
            "collection": "sentinel-2-l2a",
            "links": [
                {
                    "href": f"{url}/api/v1/catalog/1.0.0/collections/sentinel-2-l2a/items/{name}",
                    "rel": "self",
                    "type": "application/geo+json",
                }
            ],
        }

    def _file(self, name: str) -> Path:
        choices = (self.folder / f"{one}.tif" for one in STAND_INS.get(name, (name,)))
        return next(path for path in choices if path.is_file())


def romania(shared: Path) -> list[Scene]:
    scenes = []
    for path in sorted((shared / "real/romania/archive").glob("*/item.json")):
        item = json.loads(path.read_text())
        platform = item["properties"]["platform"]
        day = dt.datetime.fromisoformat(item["properties"]["datetime"])
        short = platform.replace("sentinel-", "s").upper()
        scenes.append(
            Scene(
                product=f"{short}_MSIL2A_{day:%Y%m%d}T092031_N0204_R093_T34TFQ_{day:%Y%m%d}T093210",
                sensed_at=day.replace(hour=9, minute=26, microsecond=296_000),
                geometry=item["geometry"],
                platform=platform,
                folder=path.parent,
            )
        )
    return scenes


def zagreb(shared: Path) -> list[Scene]:
    scenes = []
    for path in sorted((shared / "real/zagreb/archive").glob("*/item.json")):
        item = json.loads(path.read_text())
        properties = item["properties"]
        scenes.append(
            Scene(
                product=properties["s2:product_uri"].removesuffix(".SAFE"),
                sensed_at=dt.datetime.fromisoformat(properties["datetime"]),
                geometry=item["geometry"],
                platform=properties["platform"],
                folder=path.parent,
                offset=-1000,
                removed=1000,
                sun=(properties["view:sun_azimuth"], properties["view:sun_elevation"]),
            )
        )
    return scenes
