"""STAC items and catalogue of the simulated source, in Earth Search's layout.

Metadata only, as plain dictionaries; pixels and files are written elsewhere. All of it says
SIMULATED.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from resources.instrument import BAND_PIXEL_M
from resources.models import REFLECTANCE_BANDS, BandName
from resources.simulated.outlines import in_degrees, rounded_geometry, swath_footprint
from resources.simulated.scenery.instrument import DN_OFFSET, DN_PER_REFLECTANCE
from resources.simulated.scenery.layout import PLACE
from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.scenery.place import SimulatedPlace
from resources.simulated.sky.atmosphere import StoredImage
from resources.simulated.sky.scene_classes import SceneClass
from resources.simulated.sky.weather import SkyState

Json = dict[str, Any]

ATTRIBUTION = "SIMULATED scenes, no Copernicus data"
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
    "s2:saturated_defective_pixel_percentage": SceneClass.SATURATED,
    "s2:dark_features_percentage": SceneClass.DARK,
    "s2:cloud_shadow_percentage": SceneClass.CLOUD_SHADOW,
    "s2:vegetation_percentage": SceneClass.VEGETATION,
    "s2:not_vegetated_percentage": SceneClass.NOT_VEGETATED,
    "s2:water_percentage": SceneClass.WATER,
    "s2:unclassified_percentage": SceneClass.UNCLASSIFIED,
    "s2:medium_proba_clouds_percentage": SceneClass.CLOUD_MEDIUM,
    "s2:high_proba_clouds_percentage": SceneClass.CLOUD_HIGH,
    "s2:thin_cirrus_percentage": SceneClass.CIRRUS,
    "s2:snow_ice_percentage": SceneClass.SNOW,
}
CLOUD_CLASSES = (SceneClass.CLOUD_MEDIUM, SceneClass.CLOUD_HIGH, SceneClass.CIRRUS)
STAMP = "%Y%m%dT%H%M%S"
ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class ProductProcessing:
    """How the files of a look came to hold the numbers they hold.

    Attributes:
        baseline: of the processor, such as 05.11.
        stored_dn: offset that the files hold.
        declared_dn: offset that the catalogue declares.
        is_subtracted: the provider says that it took the offset off.
    """

    baseline: str
    stored_dn: int = DN_OFFSET
    declared_dn: int = DN_OFFSET
    is_subtracted: bool = False


def item_id(look: SimulatedPass, place: SimulatedPlace = PLACE) -> str:
    """As Earth Search names it: unit, tile, day, sequence."""
    return f"S2{look.unit}_{place.mgrs_tile}_{look.sensed_at:%Y%m%d}_0_L2A"


def collection_1_processing(day: dt.date) -> ProductProcessing:
    """What Collection-1 holds of a day."""
    return ProductProcessing(next(name for first, name in BASELINES if day >= first))


def stac_item(
    look: SimulatedPass,
    sky: SkyState,
    picture: StoredImage,
    place: SimulatedPlace = PLACE,
    processing: ProductProcessing | None = None,
) -> Json:
    """The item of one look, with links relative to its own folder.

    Args:
        look: The pass.
        sky: Its weather; gives the swath.
        picture: What was stored; gives the shares of classes.
        place: Whose tile it shows.
        processing: Of its files; as in Collection-1 if not given.
    """
    made = processing or collection_1_processing(look.day)
    name = item_id(look, place)
    outline = in_degrees(swath_footprint(sky, place.tile), place.epsg)
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": EXTENSIONS,
        "id": name,
        "collection": COLLECTION,
        "geometry": rounded_geometry(outline),
        "bbox": [round(edge, 7) for edge in outline.bounds],
        "properties": {
            **_product_properties(look, place, made),
            **_place_properties(look, place),
            **_content_properties(picture),
            "title": f"SIMULATED {name}",
            "description": place.description,
            "attribution": ATTRIBUTION,
            "sitewatch:simulated": True,
        },
        "links": [
            {"rel": "root", "href": "../catalog.json", "type": "application/json"},
            {"rel": "parent", "href": "../catalog.json", "type": "application/json"},
        ],
        "assets": {band: _stac_asset(band, place, made) for band in FILES},
    }


def stac_catalog(looks: list[SimulatedPass], place: SimulatedPlace = PLACE) -> Json:
    """The catalogue that links every item."""
    links = [{"rel": "root", "href": "./catalog.json", "type": "application/json"}]
    links += [
        {"rel": "item", "href": f"./{name}/item.json", "type": "application/geo+json"}
        for name in (item_id(look, place) for look in looks)
    ]
    return {
        "type": "Catalog",
        "stac_version": "1.0.0",
        "id": CATALOG_ID,
        "title": "SIMULATED scenes",
        "description": place.description,
        "links": links,
    }


def _product_properties(
    look: SimulatedPass, place: SimulatedPlace, processing: ProductProcessing
) -> Json:
    """Names and times of the product that would be."""
    baseline, tile = processing.baseline, place.mgrs_tile
    made, shown = look.sensed_at + PROCESSING_DELAY, look.sensed_at + PUBLISHING_DELAY
    unit, code = f"S2{look.unit}", f"N{baseline.replace('.', '')}"
    orbit = 20_000 + round((look.day - dt.date(2020, 1, 1)).days * ORBITS_A_DAY)
    taken = f"{look.datatake_at:{STAMP}}"
    granule = f"{unit}_OPER_MSI_L2A_TL_2APS_{made:{STAMP}}_A{orbit:06d}_T{tile}_N{baseline}"
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
            f"{unit}_MSIL2A_{taken}_{code}_R{look.relative_orbit:03d}_T{tile}_{made:{STAMP}}.SAFE"
        ),
        "s2:generation_time": made.strftime(ISO),
        "s2:datatake_id": f"G{unit}_{taken}_{orbit:06d}_N{baseline}",
        "s2:datatake_type": "INS-NOBS",
        "s2:datastrip_id": strip,
        "s2:granule_id": granule,
        "s2:sequence": "0",
        "earthsearch:boa_offset_applied": processing.is_subtracted,
    }


def _place_properties(look: SimulatedPass, place: SimulatedPlace) -> Json:
    """Place and sun."""
    tile = place.mgrs_tile
    return {
        "proj:epsg": place.epsg,
        "mgrs:utm_zone": int(tile[:2]),
        "mgrs:latitude_band": tile[2],
        "mgrs:grid_square": tile[3:],
        "grid:code": f"MGRS-{tile}",
        "view:sun_azimuth": round(look.sun_azimuth_deg, 6),
        "view:sun_elevation": round(look.sun_elevation_deg, 6),
    }


def _content_properties(picture: StoredImage) -> Json:
    """Shares of the classification; of the crop, not of a whole tile."""
    scl = picture.bands["scl"]
    seen = max(int((scl != SceneClass.NO_DATA).sum()), 1)
    shares = {
        name: round(100 * int((scl == number).sum()) / seen, 6)
        for name, number in PERCENTAGES.items()
    }
    cloudy = sum(int((scl == number).sum()) for number in CLOUD_CLASSES)
    return {
        "eo:cloud_cover": round(100 * cloudy / seen, 6),
        "s2:nodata_pixel_percentage": round(100 * picture.no_data_fraction, 6),
        "s2:degraded_msi_data_percentage": 0.0,
        **shares,
    }


def _stac_asset(band: BandName, place: SimulatedPlace, processing: ProductProcessing) -> Json:
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
            "offset": -processing.declared_dn / DN_PER_REFLECTANCE,
        }
    asset: Json = {
        "href": f"./{name}.tif",
        "type": COG,
        "title": f"SIMULATED {name} - {pixel_m}m",
        "gsd": pixel_m,
        "proj:shape": list(place.shape(pixel_m)),
        "proj:transform": [pixel_m, 0, place.tile.west, 0, -pixel_m, place.tile.north],
        "raster:bands": [numbers],
        "roles": ["data", "reflectance"],
    }
    if not is_classes:
        wave = {"center_wavelength": WAVELENGTH_UM[band]}
        asset["eo:bands"] = [{"name": band, "common_name": band, "description": name, **wave}]
    return asset
