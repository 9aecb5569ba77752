"""async-geotiff over obstore: all files at once on one event loop, connections kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from async_geotiff import GeoTIFF, Window
from obstore.store import HTTPStore

from bench.fetch.plan import PIXEL_M, Task
from bench.fetch.readers.found import Found
from resources.models import BandName


def plan_read(task: Task) -> Callable[[], Found]:
    """See the package."""
    parts = urlsplit(task.root)
    store = _store(f"{parts.scheme}://{parts.netloc}")
    keys = [(date, band) for date in task.dates for band in PIXEL_M]

    async def read(date: str, band: BandName) -> npt.NDArray[np.generic]:
        column, row, edge = task.place.pixels(band)
        file = await GeoTIFF.open(urlsplit(task.href(date, band)).path[1:], store=store)
        pixels: npt.NDArray[np.generic] = (
            await file.read(window=Window(column, row, edge, edge))
        ).data[0]
        return pixels

    async def run() -> Found:
        return dict(zip(keys, await asyncio.gather(*(read(*key) for key in keys)), strict=True))

    return lambda: asyncio.run(run())


@lru_cache
def _store(root: str) -> HTTPStore:
    return HTTPStore.from_url(root, client_options={"allow_http": True})
