"""Reads windows of rasters through rasterio: local files, and remote ones through our own client.

Every GDAL setting is here, with its reason. Nothing is resampled, masked or scaled here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

from resources.cog_local import check_tiles, local_header
from resources.models import Bounds, Raster
from resources.rasters_window import (
    MAX_PIXELS,
    Frame,
    Unreadable,
    checked_transform,
    coarser,
    shifted,
    window,
)
from resources.remote_file import RemoteFile, RemoteHandle

DRIVERS = {
    b"II*\0": "GTiff",  # a COG is one
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",  # BigTIFF
    b"MM\0+": "GTiff",
    b"\0\0\0\x0c": "JP2OpenJPEG",  # some archives keep JPEG 2000 under the name .tif,
    b"\xff\x4f\xff\x51": "JP2OpenJPEG",  # and some its bare code stream
}
"""GDAL driver by the first four bytes of a file. No others: a VRT, for one, can name further
files and addresses to open, so what a file is called or a catalogue says must not choose."""

Options = dict[str, str | int | bool]

NO_NETWORK: Options = {
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",  # GDAL itself may open no address whatever
}
LOCAL_OPTIONS: Options = NO_NETWORK | {
    "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",  # .aux.xml beside the file may hold its georeference
    "GDAL_PAM_ENABLED": True,  # the same
}
REMOTE_OPTIONS: Options = NO_NETWORK | {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # there are no side-cars to look for
    "GDAL_PAM_ENABLED": False,  # the same
    "GDAL_NUM_THREADS": 1,  # GDAL's own threads find no opener, and leave JPEG 2000 pixels unset
}

MAX_BLOCK_BYTES = 256 * 1024 * 1024  # one strip of a whole uncompressed tile has 241 MB
MAX_WHOLE_BYTES = 64 * 1024 * 1024  # of a remote file without overviews that is thinned
OVERVIEW_SIDE = 512  # pixels that a file without overviews is thinned to

FAILURES = (RasterioError, ValueError, OSError, MemoryError)
"""What reading a broken file may raise."""

_NAMES = itertools.count()


def read_window(
    file: str | RemoteFile, bounds: Bounds, epsg: int, *, nodata: float | None = None
) -> Raster:
    """The file's own pixels that cover a box: snapped outward, cropped to the file.

    Args:
        file: Absolute path, or an open remote file.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box; it is transformed (edges densified) to the file's CRS.
        nodata: What marks unseen pixels where the file itself does not say.

    Returns:
        Pixels as stored, shape (y, x), and (0, 0) where box and file do not overlap.

    Raises:
        FAILURES: the file cannot be opened or read, is not north-up, has no known CRS, or the
            window is too large.
    """
    header = None if isinstance(file, RemoteFile) else local_header(file)
    with _opened(file) as (data, frame):
        box = window(frame, bounds, epsg)
        pixels = np.empty((0, 0), dtype=data.dtypes[0])
        if box is not None:
            check_tiles(header, box)
            rows, columns = box.shape
            pixels = data.read(1, window=Window(box.left, box.top, columns, rows))
        marker = nodata if data.nodata is None else data.nodata
        return Raster(pixels, shifted(frame.transform, box), frame.epsg, marker)


def read_overview(file: str | RemoteFile, *, nodata: float | None = None) -> Raster:
    """The smallest overview, whole; without any, the file thinned to at most 512 pixels a side.

    `transform` is that of the coarser pixels. Raises: as `read_window`.
    """
    with _opened(file) as (data, frame):
        levels = len(data.overviews(1))
        if not levels and isinstance(file, RemoteFile) and file.version.size > MAX_WHOLE_BYTES:
            raise Unreadable("it has no overview and is too large to be fetched whole")
        step = 1 if levels else math.ceil(max(frame.width, frame.height) / OVERVIEW_SIDE)
        marker = nodata if data.nodata is None else data.nodata
        if not levels:
            shape = math.ceil(frame.height / step), math.ceil(frame.width / step)
            pixels = data.read(1, out_shape=shape)
    if levels:
        with _opened(file, overview_level=levels - 1) as (data, smaller):
            if smaller.width * smaller.height > MAX_PIXELS:
                raise Unreadable("its smallest overview is too large")
            pixels = data.read(1)
    return Raster(pixels, coarser(frame, pixels.shape), frame.epsg, marker)


def read_corner(href: str) -> tuple[int, float, float]:
    """CRS of a local file, and x and y of the outer corner of its first pixel.

    Raises: as `read_window`.
    """
    with _opened(href) as (_, frame):
        return frame.epsg, float(frame.transform.c), float(frame.transform.f)


@contextmanager
def _opened(
    file: str | RemoteFile, **options: int
) -> Iterator[tuple[rasterio.DatasetReader, Frame]]:
    """The file, open and checked, and where it lies."""
    remote = file if isinstance(file, RemoteFile) else None
    start = bytes(remote.start[:4]) if remote else _start(str(file))
    if start not in DRIVERS:
        raise Unreadable(f"expected GeoTIFF or JPEG 2000, found a file that begins with {start!r}")
    options_of_gdal = REMOTE_OPTIONS if remote else LOCAL_OPTIONS
    try:
        with rasterio.Env(**options_of_gdal), _dataset(file, DRIVERS[start], options) as data:
            yield data, _frame(data)
    except FAILURES:
        if remote and remote.error:
            raise remote.error from None  # GDAL knows only that a read failed
        raise
    if remote and remote.error:
        raise remote.error  # GDAL may have gone on without what it could not read


def _dataset(
    file: str | RemoteFile, driver: str, options: dict[str, int]
) -> rasterio.DatasetReader:
    if not isinstance(file, RemoteFile):
        return rasterio.open(file, driver=driver, **options)
    name = f"remote-{next(_NAMES)}/raster"  # a folder each: rasterio keeps openers by folder

    def opener(path: str, mode: str = "rb") -> RemoteHandle:
        if path != name or mode not in {"r", "rb"}:
            raise FileNotFoundError(path)
        return file.open()

    return rasterio.open(name, driver=driver, opener=opener, **options)


def _start(path: str) -> bytes:
    with Path(path).open("rb") as content:
        return content.read(4)


def _frame(file: rasterio.DatasetReader) -> Frame:
    """Where a file lies, if it is one that we read."""
    if file.tags(ns="OVERVIEWS"):
        raise Unreadable("it names another file as its overview, which is not read")
    epsg = file.crs.to_epsg() if file.crs else None
    if epsg is None:
        raise Unreadable("expected a georeferenced raster with an EPSG code, found none")
    block = math.prod(file.block_shapes[0]) * np.dtype(file.dtypes[0]).itemsize * file.count
    if block > MAX_BLOCK_BYTES:
        raise Unreadable(f"it is stored in blocks of {block} bytes, too many to hold")
    return Frame(int(epsg), checked_transform(file.transform), file.width, file.height)
