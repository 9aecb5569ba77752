"""This project's own reader, as the `scenes` stage calls it: items at once, each with its bands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bench.fetch.plan import EPSG, PIXEL_M, Task
from bench.fetch.readers.found import Found
from resources.http.documents import FetchAllowlist
from resources.models import BandAsset, ItemReading
from resources.pixels.read import read_bands

ITEMS: Final = 8  # at once, as in `assets.scenes.fetch`
POOL: Final = ThreadPoolExecutor(ITEMS)


def plan_read(task: Task) -> Callable[[], Found]:
    """See the package."""
    bounds, reach = task.place.bounds(), FetchAllowlist(is_loopback=True)

    def read(date: str) -> ItemReading:
        assets = {band: BandAsset(band, task.href(date, band), nodata=0) for band in PIXEL_M}
        return read_bands(assets, bounds, EPSG, item_id=date, reach=reach)

    def run() -> Found:
        readings = dict(zip(task.dates, POOL.map(read, task.dates), strict=True))
        return {
            (date, band): raster.pixels
            for date, reading in readings.items()
            for band, raster in reading.rasters.items()
        }

    return run
