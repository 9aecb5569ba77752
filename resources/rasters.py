"""Reads windows of raster files, local or over HTTP, in the file's own pixels.

Every GDAL setting is here, with its reason. Nothing is resampled, masked or scaled here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from resources.errors import SceneUnreadable
from resources.models import BandAsset, BandName, Bounds, Raster

DRIVERS = {
    b"II*\0": "GTiff",  # a COG is one
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",  # BigTIFF
    b"\0\0\0\x0c": "JP2OpenJPEG",  # some archives keep JPEG 2000 under the name .tif,
    b"\xff\x4f\xff\x51": "JP2OpenJPEG",  # and some its bare code stream
}
"""GDAL driver by the first four bytes of a file. No others: a VRT, for one, can name further
files and addresses to open, so what a file is called or a catalogue says must not choose."""

LOCAL_OPTIONS: dict[str, str | int | bool] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",  # .aux.xml beside the file may hold its georeference
    "GDAL_PAM_ENABLED": True,  # the same
}

REMOTE_OPTIONS: dict[str, str | int | bool] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # else every open probes for side-car files: 404s
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".tif,.tiff",  # the same, and nothing but rasters is asked
    "GDAL_HTTP_MAX_RETRY": 5,  # default is no retry at all
    "GDAL_HTTP_RETRY_DELAY": "0.5",  # seconds, doubling; default 30
    "GDAL_HTTP_CONNECTTIMEOUT": 10,  # seconds; default none
    "GDAL_HTTP_TIMEOUT": 60,  # seconds a request; default none
    "GDAL_HTTP_VERSION": "2TLS",  # HTTP/2 where TLS offers it, so that requests share a connection
    "GDAL_HTTP_MULTIPLEX": "YES",  # the same
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",  # neighbouring tiles in one request
    "GDAL_INGESTED_BYTES_AT_OPEN": 32768,  # the whole header of a COG in the first request
    "VSI_CACHE": True,  # blocks of one file are fetched once
    "GDAL_HTTP_UNSAFESSL": "NO",  # certificates are always checked
}

MAX_PIXELS = 100_000_000  # of one window; a 25 km site at 10 m has 6 million
SNAP = 1e-6  # of a pixel: an edge this near a pixel's edge lies on it (floating point)
DENSIFY = 21  # points an edge when a box changes CRS, rasterio's default: edges become curves


class _Refused(ValueError):
    """The file is not one that we read; the message says why."""


def read_bands(
    assets: Mapping[BandName, BandAsset],
    bounds: Bounds,
    epsg: int,
    *,
    item_id: str,
    workers: int = 8,
) -> dict[BandName, Raster]:
    """The window of each band, read in parallel threads, in the order of `assets`.

    Args:
        assets: Bands with addresses that rasterio opens: absolute paths or URLs.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box.
        item_id: Whose bands they are, for errors.
        workers: Threads.

    Raises:
        SceneUnreadable: a file cannot be opened, is not a raster of ours, or ends early.
    """

    def read(asset: BandAsset) -> Raster:
        try:
            return read_window(asset.href, bounds, epsg, nodata=asset.nodata)
        except (RasterioError, _Refused, OSError) as cause:
            reason = " ".join(str(cause.__cause__ or cause).split())
            raise SceneUnreadable(item_id, asset.name, reason) from cause

    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(assets)))) as pool:
        return dict(zip(assets, pool.map(read, assets.values()), strict=True))


def read_window(href: str, bounds: Bounds, epsg: int, *, nodata: float | None = None) -> Raster:
    """The source's own pixels that cover a box: snapped outward, cropped to the file.

    Args:
        href: Absolute path or URL.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box; it is transformed (edges densified) to the file's CRS.
        nodata: What marks unseen pixels where the file itself does not say.

    Returns:
        Pixels as stored, shape (y, x), and (0, 0) where box and file do not overlap.

    Raises:
        RasterioError: the file cannot be opened or read.
        ValueError: the file is not north-up, has no known CRS, or the window is too large.
    """
    with rasterio.Env(**gdal_options(href)), _open(href) as file:
        file_epsg = _check(file)
        window = _window(file, _in_crs_of(file, file_epsg, bounds, epsg))
        empty = np.empty((0, 0), dtype=file.dtypes[0])
        return Raster(
            pixels=file.read(1, window=window) if window is not None else empty,
            transform=_shift(file.transform, window),
            epsg=file_epsg,
            nodata=nodata if file.nodata is None else file.nodata,
        )


def read_corner(href: str) -> tuple[int, float, float]:
    """CRS of a file, and x and y of the outer corner of its first pixel.

    Raises: as `read_window`.
    """
    with rasterio.Env(**gdal_options(href)), _open(href) as file:
        return _check(file), float(file.transform.c), float(file.transform.f)


def _open(href: str) -> rasterio.DatasetReader:
    if is_remote(href):
        return rasterio.open(href, driver="GTiff")
    with Path(href).open("rb") as content:
        start = content.read(4)
    if start not in DRIVERS:
        raise _Refused(f"expected GeoTIFF or JPEG 2000, found a file that begins with {start!r}")
    return rasterio.open(href, driver=DRIVERS[start])


def is_remote(href: str) -> bool:
    """Whether an address is read over HTTP."""
    return href.startswith(("http://", "https://"))


def gdal_options(href: str) -> dict[str, str | int | bool]:
    """GDAL's settings for this address."""
    return REMOTE_OPTIONS if is_remote(href) else LOCAL_OPTIONS


def _check(file: rasterio.DatasetReader) -> int:
    """The EPSG code of the file, if it has one and is north-up."""
    epsg = file.crs.to_epsg() if file.crs else None
    if epsg is None:
        raise _Refused("expected a georeferenced raster with an EPSG code, found none")
    step = file.transform
    if step.b or step.d or step.a <= 0 or step.e >= 0:
        raise _Refused(f"expected a north-up raster, found the transform {tuple(step)[:6]}")
    return int(epsg)


def _in_crs_of(file: rasterio.DatasetReader, file_epsg: int, bounds: Bounds, epsg: int) -> Bounds:
    if epsg == file_epsg:
        return bounds
    box = (bounds.west, bounds.south, bounds.east, bounds.north)
    try:
        return Bounds(*transform_bounds(f"EPSG:{epsg}", file.crs, *box, densify_pts=DENSIFY))
    except ValueError as cause:
        raise _Refused(f"the box {box} has no place in EPSG:{file_epsg}") from cause


def _window(file: rasterio.DatasetReader, box: Bounds) -> Window | None:
    """Whole pixels that cover the box, inside the file; None if there is no overlap."""
    origin = file.transform
    left = math.floor((box.west - origin.c) / origin.a + SNAP)
    right = math.ceil((box.east - origin.c) / origin.a - SNAP)
    top = math.floor((box.north - origin.f) / origin.e + SNAP)
    bottom = math.ceil((box.south - origin.f) / origin.e - SNAP)
    left, top = max(left, 0), max(top, 0)
    columns, rows = min(right, file.width) - left, min(bottom, file.height) - top
    if columns <= 0 or rows <= 0:
        return None
    if columns * rows > MAX_PIXELS:
        raise _Refused(f"a window of {rows} x {columns} pixels is larger than any site; too fine?")
    return Window(left, top, columns, rows)


def _shift(transform: Affine, window: Window | None) -> Affine:
    if window is None:
        return transform
    west = transform.c + transform.a * window.col_off
    north = transform.f + transform.e * window.row_off
    return Affine(transform.a, 0.0, west, 0.0, transform.e, north)
