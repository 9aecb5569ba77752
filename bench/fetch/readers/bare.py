"""No reader: fetches the header and then the touched tiles of each file, and decodes nothing.

The floor for whoever fetches whole tiles, and proof that the server is not what limits readers.
It is told where the tiles are, which readers must find out; it keeps its connections.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

from bench.fetch.plan import PIXEL_M, Task
from bench.fetch.readers.found import Found

HEADER: Final = 32_768  # bytes that hold the header of any of the files
POOL: Final = ThreadPoolExecutor(36)  # all files of a round at once
KEPT: Final = threading.local()

Piece = tuple[str, int, int]
"""Address, first byte and the one after the last."""


def plan_read(task: Task) -> Callable[[], Found]:
    """See the package; the pixels it finds are none."""
    hrefs = [(task.href(date, band), band) for date in task.dates for band in PIXEL_M]
    headers = [(href, 0, HEADER) for href, _ in hrefs]
    rows = [(href, row.start, row.stop) for href, band in hrefs for row in task.tile_rows[band]]

    def run() -> Found:
        for pieces in (headers, rows):
            list(POOL.map(_fetch, pieces))
        return {}

    return run


def _fetch(piece: Piece) -> None:
    href, start, end = piece
    parts = urlsplit(href)
    if getattr(KEPT, "netloc", None) != parts.netloc:
        KEPT.netloc, KEPT.connection = parts.netloc, HTTPConnection(parts.netloc)
    KEPT.connection.request("GET", parts.path, headers={"Range": f"bytes={start}-{end - 1}"})
    content = KEPT.connection.getresponse().read()
    if len(content) != end - start:
        raise ValueError(f"{href}: expected {end - start} bytes, found {len(content)}")
