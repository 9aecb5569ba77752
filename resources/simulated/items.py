"""STAC items, catalogue and site file of the simulated source, in Earth Search's layout.

Metadata only, as plain dictionaries; pixels and files are written elsewhere. All of it says
SIMULATED.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from resources.instrument import BAND_PIXEL_M
from resources.models import REFLECTANCE_BANDS, BandName
from resources.simulated.classify import Scl
from resources.simulated.instrument import DN_OFFSET, DN_PER_REFLECTANCE
from resources.simulated.layout import (
    EPSG,
    MARGIN_M,
    MGRS_TILE,
    SITE_ID,
    SITE_NAME,
    TILE,
    ZONES,
    placed,
)
from resources.simulated.passes import Look
from resources.simulated.render import SWATH_TILT, Picture, tile_shape
from resources.simulated.weather import Sky

Json = dict[str, Any]

ATTRIBUTION = "SIMULATED scenes, no Copernicus data"
DESCRIPTION = (
    "SIMULATED Sentinel-2 scenes of an air base that does not exist, at a place in the open sea"
)
COLLECTION = "sentinel-2-l2a"
CATALOG_ID = "sitewatch-simulated"
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
EXTENSIONS = [
    "https://stac-extensions.github.io/grid/v1.0.0/schema.json",
    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
    "https://stac-extensions.github.io/view/v1.0.0/schema.json",
    "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "https://stac-extensions.github.io/mgrs/v1.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
]
FILES: dict[BandName, str] = {
    "blue": "B02",
    "green": "B03",
    "red": "B04",
    "nir": "B08",
    "nir08": "B8A",
    "swir16": "B11",
    "swir22": "B12",
    "scl": "SCL",
}
"""Asset key to the band's name, which is the file's."""
WAVELENGTH_UM: dict[BandName, float] = {
    "blue": 0.49,
    "green": 0.56,
    "red": 0.665,
    "nir": 0.842,
    "nir08": 0.865,
    "swir16": 1.61,
    "swir22": 2.19,
}
BASELINES = (
    (dt.date(2024, 7, 23), "05.11"),
    (dt.date(2023, 12, 13), "05.10"),
    (dt.date.min, "05.09"),
)
"""First day of each processing baseline, newest first; before them Collection-1 has 05.xx."""
PROCESSING_DELAY = dt.timedelta(hours=5, minutes=12, seconds=40)
PUBLISHING_DELAY = dt.timedelta(hours=8, minutes=31, seconds=7)
ORBITS_A_DAY = 14.3
PERCENTAGES = {
    "s2:saturated_defective_pixel_percentage": Scl.SATURATED,
    "s2:dark_features_percentage": Scl.DARK,
    "s2:cloud_shadow_percentage": Scl.CLOUD_SHADOW,
    "s2:vegetation_percentage": Scl.VEGETATION,
    "s2:not_vegetated_percentage": Scl.NOT_VEGETATED,
    "s2:water_percentage": Scl.WATER,
    "s2:unclassified_percentage": Scl.UNCLASSIFIED,
    "s2:medium_proba_clouds_percentage": Scl.CLOUD_MEDIUM,
    "s2:high_proba_clouds_percentage": Scl.CLOUD_HIGH,
    "s2:thin_cirrus_percentage": Scl.CIRRUS,
    "s2:snow_ice_percentage": Scl.SNOW,
}
CLOUD_CLASSES = (Scl.CLOUD_MEDIUM, Scl.CLOUD_HIGH, Scl.CIRRUS)
STAMP = "%Y%m%dT%H%M%S"
ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


def item_id(look: Look) -> str:
    """As Earth Search names it: unit, tile, day, sequence."""
    return f"S2{look.unit}_{MGRS_TILE}_{look.sensed_at:%Y%m%d}_0_L2A"


def stac_item(look: Look, sky: Sky, picture: Picture) -> Json:
    """The item of one look, with links relative to its own folder."""
    outline = in_degrees(footprint(sky))
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": EXTENSIONS,
        "id": item_id(look),
        "collection": COLLECTION,
        "geometry": rounded_geometry(outline),
        "bbox": [round(edge, 7) for edge in outline.bounds],
        "properties": {
            **_product_properties(look),
            **_content_properties(look, picture),
            "title": f"SIMULATED {item_id(look)}",
            "description": DESCRIPTION,
            "attribution": ATTRIBUTION,
            "sitewatch:simulated": True,
        },
        "links": [
            {"rel": "root", "href": "../catalog.json", "type": "application/json"},
            {"rel": "parent", "href": "../catalog.json", "type": "application/json"},
        ],
        "assets": {band: _asset(band) for band in FILES},
    }


def stac_catalog(looks: list[Look]) -> Json:
    """The catalogue that links every item."""
    links = [{"rel": "root", "href": "./catalog.json", "type": "application/json"}]
    links += [
        {"rel": "item", "href": f"./{item_id(look)}/item.json", "type": "application/geo+json"}
        for look in looks
    ]
    return {
        "type": "Catalog",
        "stac_version": "1.0.0",
        "id": CATALOG_ID,
        "title": "SIMULATED scenes",
        "description": DESCRIPTION,
        "links": links,
    }


def site_file() -> Json:
    """The watch list of the base: a feature a zone."""
    return {
        "type": "FeatureCollection",
        "name": SITE_ID,
        "description": DESCRIPTION,
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "site": SITE_ID,
                    "site_name": SITE_NAME,
                    "zone": plan.zone_id,
                    "name": plan.name,
                    "kind": plan.kind,
                    "epsg": EPSG,
                    "margin_m": MARGIN_M,
                },
                "geometry": rounded_geometry(in_degrees(placed(plan.box))),
            }
            for plan in ZONES
        ],
    }


def footprint(sky: Sky) -> BaseGeometry:
    """The part of the tile within the swath, metres of the tile's CRS."""
    tile = box(TILE.west, TILE.south, TILE.east, TILE.north)
    if sky.unseen <= 0:
        return tile
    width, half = TILE.east - TILE.west, (TILE.north - TILE.south) / 2
    edge = TILE.west + width * ((1 - sky.unseen) if sky.is_east_unseen else sky.unseen)
    top, bottom = edge + SWATH_TILT * half, edge - SWATH_TILT * half
    far = TILE.west - width if sky.is_east_unseen else TILE.east + width
    seen = Polygon([(top, TILE.north), (far, TILE.north), (far, TILE.south), (bottom, TILE.south)])
    return tile.intersection(seen)


def in_degrees(shape: BaseGeometry) -> BaseGeometry:
    """A shape of the tile's CRS in longitude and latitude."""
    to_degrees = Transformer.from_crs(EPSG, 4326, always_xy=True)

    def turn(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(to_degrees.transform(points[:, 0], points[:, 1]))

    degrees: BaseGeometry = shapely.transform(shape, turn)
    return degrees


def rounded_geometry(shape: BaseGeometry) -> Json:
    """GeoJSON with coordinates to 7 decimals, about a centimetre."""
    rings = mapping(shape)["coordinates"]
    return {
        "type": "Polygon",
        "coordinates": [[[round(x, 7), round(y, 7)] for x, y in ring] for ring in rings],
    }


def _product_properties(look: Look) -> Json:
    """Names and times of the product that would be."""
    baseline = next(name for first, name in BASELINES if look.day >= first)
    made, shown = look.sensed_at + PROCESSING_DELAY, look.sensed_at + PUBLISHING_DELAY
    unit, code = f"S2{look.unit}", f"N{baseline.replace('.', '')}"
    orbit = 20_000 + round((look.day - dt.date(2020, 1, 1)).days * ORBITS_A_DAY)
    taken = f"{look.datatake_at:{STAMP}}"
    granule = f"{unit}_OPER_MSI_L2A_TL_2APS_{made:{STAMP}}_A{orbit:06d}_T{MGRS_TILE}_N{baseline}"
    strip = f"{unit}_OPER_MSI_L2A_DS_2APS_{made:{STAMP}}_S{look.sensed_at:{STAMP}}_N{baseline}"
    return {
        "created": shown.strftime(ISO),
        "updated": shown.strftime(ISO),
        "datetime": look.sensed_at.strftime(ISO),
        "platform": look.platform,
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "s2:product_type": "S2MSI2A",
        "s2:processing_baseline": baseline,
        "s2:product_uri": (
            f"{unit}_MSIL2A_{taken}_{code}_R{look.relative_orbit:03d}_T{MGRS_TILE}"
            f"_{made:{STAMP}}.SAFE"
        ),
        "s2:generation_time": made.strftime(ISO),
        "s2:datatake_id": f"G{unit}_{taken}_{orbit:06d}_N{baseline}",
        "s2:datatake_type": "INS-NOBS",
        "s2:datastrip_id": strip,
        "s2:granule_id": granule,
        "s2:sequence": "0",
        "earthsearch:boa_offset_applied": False,
    }


def _content_properties(look: Look, picture: Picture) -> Json:
    """Place, sun, and the shares of the classification; of the crop, not of a whole tile."""
    scl = picture.bands["scl"]
    seen = max(int((scl != Scl.NO_DATA).sum()), 1)
    shares = {
        name: round(100 * int((scl == number).sum()) / seen, 6)
        for name, number in PERCENTAGES.items()
    }
    cloudy = sum(int((scl == number).sum()) for number in CLOUD_CLASSES)
    return {
        "proj:epsg": EPSG,
        "mgrs:utm_zone": int(MGRS_TILE[:2]),
        "mgrs:latitude_band": MGRS_TILE[2],
        "mgrs:grid_square": MGRS_TILE[3:],
        "grid:code": f"MGRS-{MGRS_TILE}",
        "view:sun_azimuth": round(look.sun_azimuth_deg, 6),
        "view:sun_elevation": round(look.sun_elevation_deg, 6),
        "eo:cloud_cover": round(100 * cloudy / seen, 6),
        "s2:nodata_pixel_percentage": round(100 * picture.no_data_fraction, 6),
        "s2:degraded_msi_data_percentage": 0.0,
        **shares,
    }


def _asset(band: BandName) -> Json:
    """One file of an item."""
    is_classes = band not in REFLECTANCE_BANDS
    pixel_m = 20 if is_classes else BAND_PIXEL_M[band]
    name = FILES[band]
    numbers: Json = {"nodata": 0, "data_type": "uint8", "spatial_resolution": pixel_m}
    if not is_classes:
        numbers |= {
            "data_type": "uint16",
            "bits_per_sample": 15,
            "scale": 1 / DN_PER_REFLECTANCE,
            "offset": -DN_OFFSET / DN_PER_REFLECTANCE,
        }
    asset: Json = {
        "href": f"./{name}.tif",
        "type": COG,
        "title": f"SIMULATED {name} - {pixel_m}m",
        "gsd": pixel_m,
        "proj:shape": list(tile_shape(pixel_m)),
        "proj:transform": [pixel_m, 0, TILE.west, 0, -pixel_m, TILE.north],
        "raster:bands": [numbers],
        "roles": ["data", "reflectance"],
    }
    if not is_classes:
        wave = {"center_wavelength": WAVELENGTH_UM[band]}
        asset["eo:bands"] = [{"name": band, "common_name": band, "description": name, **wave}]
    return asset
