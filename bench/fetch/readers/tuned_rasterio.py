"""rasterio with the options of `gdal` and a thread for each of several files."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.windows import Window

from bench.fetch.plan import PIXEL_M, Task
from bench.fetch.readers.found import Found
from bench.fetch.readers.gdal import OPTIONS
from resources.models import BandName

THREADS: Final = 36  # files read at once, all of a round; 8, 16 and 24 took longer
POOL: Final = ThreadPoolExecutor(THREADS)


def plan_read(task: Task) -> Callable[[], Found]:
    """See the package."""
    keys = [(date, band) for date in task.dates for band in PIXEL_M]

    def read(key: tuple[str, BandName]) -> npt.NDArray[np.generic]:
        column, row, edge = task.place.pixels(key[1])
        with rasterio.Env(**OPTIONS), rasterio.open(task.href(*key), driver="GTiff") as file:
            pixels: npt.NDArray[np.generic] = file.read(1, window=Window(column, row, edge, edge))
            return pixels

    return lambda: dict(zip(keys, POOL.map(read, keys), strict=True))
