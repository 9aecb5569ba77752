"""odc-stac: all dates and bands in one `load`, on the 10 m grid, with its pool of threads.

It puts every band on one grid: bands of 20 m come doubled, and every second pixel is theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import odc.stac
import pystac
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.warp import transform_geom
from shapely.geometry import box, mapping

from bench.fetch.plan import EPSG, NORTH, PIXEL_M, WEST, WINDOW, Task
from bench.fetch.readers.found import Found
from bench.fetch.readers.gdal import OPTIONS
from resources.models import BandName

THREADS: Final = 16  # files read at once; 8 and 36 took longer
FIRST: Final = dt.datetime(2023, 8, 1, 10, tzinfo=dt.UTC)


def plan_read(task: Task) -> Callable[[], Found]:
    """See the package."""
    odc.stac.configure_rio(cloud_defaults=True, **dict[str, Any](OPTIONS))
    items = [
        _item(task, date, FIRST + dt.timedelta(days=5 * n)) for n, date in enumerate(task.dates)
    ]
    corner = task.place.bounds()
    transform = Affine(10, 0, corner.west, 0, -10, corner.north)
    geobox = GeoBox((WINDOW, WINDOW), transform, f"EPSG:{EPSG}")

    def run() -> Found:
        cube = odc.stac.load(items, list(PIXEL_M), geobox=geobox, chunks=None, pool=THREADS)
        return {
            (date, band): cube[band].values[number, :: metres // 10, :: metres // 10]
            for number, date in enumerate(task.dates)
            for band, metres in PIXEL_M.items()
        }

    return run


def _item(task: Task, date: str, sensed_at: dt.datetime) -> pystac.Item:
    """An item as Earth Search's, which tells shape and transform, so that none is asked for."""
    width = 10 * task.edge
    footprint = mapping(box(WEST, NORTH - width, WEST + width, NORTH))
    geometry = transform_geom(f"EPSG:{EPSG}", "EPSG:4326", footprint)
    xs, ys = zip(*geometry["coordinates"][0], strict=True)
    item = pystac.Item(
        date, geometry, [min(xs), min(ys), max(xs), max(ys)], sensed_at, {"proj:epsg": EPSG}
    )
    for band in PIXEL_M:
        item.add_asset(band, _asset(task, date, band))
    return item


def _asset(task: Task, date: str, band: BandName) -> pystac.Asset:
    step = PIXEL_M[band]
    edge = 10 * task.edge // step
    return pystac.Asset(
        task.href(date, band),
        media_type=pystac.MediaType.COG,
        roles=["data"],
        extra_fields={
            "proj:shape": [edge, edge],
            "proj:transform": [step, 0, WEST, 0, -step, NORTH],
            "raster:bands": [{"nodata": 0, "data_type": "uint16", "spatial_resolution": step}],
        },
    )
