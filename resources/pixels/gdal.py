"""Reads windows of rasters through rasterio: local files, and remote ones through our own client.

Every GDAL setting is here, with its reason. Nothing is resampled, masked or scaled here.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from resources.http.seekable_file import RemoteFile, RemoteHandle
from resources.models import Bounds, Raster
from resources.pixels.sidecar import has_sidecar, read_sidecar
from resources.pixels.tiff_sanity import check_layout, read_and_parse
from resources.pixels.tiff_tags import FilePieces
from resources.pixels.window import (
    MAX_PIXELS,
    RasterFrame,
    UnreadableRaster,
    checked_transform,
    covering_window,
    metres_per_unit,
    overview_transform,
    window_transform,
)

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

LOCAL_OPTIONS: Options = {
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",  # GDAL itself may open no address whatever
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # nor any file beside: an .ovr may be of any
    "GDAL_PAM_ENABLED": False,  # driver, and name others; .aux.xml is read by rasters_beside
}
REMOTE_OPTIONS: Options = LOCAL_OPTIONS | {
    "GDAL_NUM_THREADS": 1,  # GDAL's own threads find no opener, and leave JPEG 2000 pixels unset
}

MAX_BLOCK_BYTES = 256 * 1024 * 1024  # one strip of a whole uncompressed tile has 241 MB
MAX_WHOLE_BYTES = 64 * 1024 * 1024  # of a remote file without overviews that is thinned
OVERVIEW_SIDE = 512  # pixels that a file without overviews is thinned to
DTYPES = frozenset({"uint8", "uint16", "int16", "uint32", "int32"})  # of Sentinel-2's numbers

FAILURES = (RasterioError, ValueError, OSError, MemoryError)
"""What reading a broken file may raise."""

_NAMES = itertools.count()
_WARNINGS = threading.Lock()
"""Python's filters of warnings are the whole process's: one thread at a time may change them."""


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
    with _opened_raster(file) as (data, frame):
        box = covering_window(frame, bounds, epsg)
        pixels = np.empty((0, 0), dtype=data.dtypes[0])
        if box is not None:
            rows, columns = box.shape
            pixels = data.read(1, window=Window(box.left, box.top, columns, rows))
        marker = _nodata_marker(file, data, nodata)
        return Raster(pixels, window_transform(frame.transform, box), frame.epsg, marker)


def read_overview(file: str | RemoteFile, *, nodata: float | None = None) -> Raster:
    """The smallest overview, whole; without any, the file thinned to at most 512 pixels a side.

    `transform` is that of the coarser pixels. Raises: as `read_window`.
    """
    with _opened_raster(file, has_overviews=True) as (data, frame):
        levels = len(data.overviews(1))
        if not levels and isinstance(file, RemoteFile) and file.version.size > MAX_WHOLE_BYTES:
            raise UnreadableRaster("it has no overview and is too large to be fetched whole")
        step = 1 if levels else math.ceil(max(frame.width, frame.height) / OVERVIEW_SIDE)
        marker = _nodata_marker(file, data, nodata)
        if not levels:
            shape = math.ceil(frame.height / step), math.ceil(frame.width / step)
            pixels = data.read(1, out_shape=shape)
    if levels:
        with _opened_raster(file, has_overviews=True, overview_level=levels - 1) as (data, _):
            if data.width * data.height > MAX_PIXELS:
                raise UnreadableRaster("its smallest overview is too large")
            pixels = data.read(1)
    return Raster(pixels, overview_transform(frame, pixels.shape), frame.epsg, marker)


def read_corner(file: str | RemoteFile) -> tuple[int, float, float]:
    """CRS of a file, and x and y of the outer corner of its first pixel.

    Raises: as `read_window`.
    """
    with _opened_raster(file) as (_, frame):
        return frame.epsg, float(frame.transform.c), float(frame.transform.f)


@contextmanager
def _opened_raster(
    file: str | RemoteFile, *, has_overviews: bool = False, **options: int
) -> Iterator[tuple[rasterio.DatasetReader, RasterFrame]]:
    """The file, open and checked, and where it lies; its overviews checked too if wanted."""
    remote = file if isinstance(file, RemoteFile) else None
    start = bytes(remote.start[:4]) if remote else _first_bytes(str(file))
    if start not in DRIVERS:
        raise UnreadableRaster(
            f"expected GeoTIFF or JPEG 2000, found a file that begins with {start!r}"
        )
    options_of_gdal = REMOTE_OPTIONS if remote else LOCAL_OPTIONS
    try:
        if DRIVERS[start] == "GTiff":
            _check_tiff(file, has_overviews=has_overviews)
        with rasterio.Env(**options_of_gdal), _open_dataset(file, DRIVERS[start], options) as data:
            yield data, _checked_frame(file, data, is_overview=bool(options))
    except FAILURES:
        if remote and remote.error:
            raise remote.error from None  # GDAL knows only that a read failed
        raise
    if remote and remote.error:
        raise remote.error  # GDAL may have gone on without what it could not read


def _check_tiff(file: str | RemoteFile, *, has_overviews: bool) -> None:
    """Nothing if the file's tables of tiles or strips are true."""

    def check(pieces: FilePieces) -> None:
        check_layout(pieces, has_overviews=has_overviews)

    if isinstance(file, RemoteFile):
        read_and_parse(file.version.size, file.read, check)
        return
    with Path(file).open("rb") as content:

        def read(start: int, stop: int) -> bytes:
            content.seek(start)
            return content.read(stop - start)

        read_and_parse(os.fstat(content.fileno()).st_size, read, check)


def _open_dataset(
    file: str | RemoteFile, driver: str, options: dict[str, int]
) -> rasterio.DatasetReader:
    if not isinstance(file, RemoteFile):
        if not has_sidecar(file):
            return rasterio.open(file, driver=driver, **options)
        with _WARNINGS, warnings.catch_warnings():  # that its place is not told in it
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            return rasterio.open(file, driver=driver, **options)
    name = f"remote-{next(_NAMES)}/raster"  # a folder each: rasterio keeps openers by folder

    def opener(path: str, mode: str = "rb") -> RemoteHandle:
        if path != name or mode not in {"r", "rb"}:
            raise FileNotFoundError(path)
        return file.open()

    return rasterio.open(name, driver=driver, opener=opener, **options)


def _first_bytes(path: str) -> bytes:
    with Path(path).open("rb") as content:
        return content.read(4)


def _checked_frame(
    file: str | RemoteFile, data: rasterio.DatasetReader, *, is_overview: bool
) -> RasterFrame:
    """Where a file lies, if it is one that we read; an overview's pixels are coarser than those."""
    if data.tags(ns="OVERVIEWS"):
        raise UnreadableRaster("it names another file as its overview, which is not read")
    if data.count != 1 or data.dtypes[0] not in DTYPES:
        raise UnreadableRaster(
            f"expected one band of whole numbers of 8 to 32 bits, found {data.count} of "
            f"{data.dtypes[0]}"
        )
    block = math.prod(data.block_shapes[0]) * np.dtype(data.dtypes[0]).itemsize
    if block > MAX_BLOCK_BYTES:
        raise UnreadableRaster(f"it is stored in blocks of {block} bytes, too many to hold")
    epsg, transform = data.crs.to_epsg() if data.crs else None, data.transform
    if data.crs is None and not isinstance(file, RemoteFile):
        beside = read_sidecar(file)
        epsg, transform = (beside.epsg, beside.transform) if beside else (None, transform)
    if epsg is None:
        raise UnreadableRaster("expected a georeferenced raster with an EPSG code, found none")
    if metres_per_unit(epsg) != 1:
        raise UnreadableRaster(f"expected a projected CRS in metres, found EPSG:{epsg}")
    checked = transform if is_overview else checked_transform(transform)
    return RasterFrame(int(epsg), checked, data.width, data.height)


def _nodata_marker(
    file: str | RemoteFile, data: rasterio.DatasetReader, declared: float | None
) -> float | None:
    """What marks unseen pixels: the file's own, that told beside it, or the catalogue's."""
    if data.nodata is not None:
        return float(data.nodata)
    beside = None if isinstance(file, RemoteFile) or data.crs else read_sidecar(file)
    return declared if beside is None or beside.nodata is None else beside.nodata
