"""Reads an item's bands, local or remote, in the files' own pixels.

Files are read on the fast path (`cog_window`, `cog_local_window`) if they are fit for it, and
otherwise through GDAL (`gdal`), with the same result. Nothing is resampled or scaled here; unseen
pixels are marked by 0, whatever the file marks them by.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rasterio.errors import RasterioError

from resources.errors import SceneUnreadable
from resources.http.allowlist import FetchAllowlist, FetchTarget
from resources.http.client import HttpClient
from resources.http.loop import run_with_client
from resources.http.responses import RemoteError, RemoteRefused
from resources.http.retry import ReadingTally
from resources.http.seekable_file import RemoteFile
from resources.models import BandAsset, BandName, Bounds, ItemReading, Raster
from resources.pixels import cog_local_window, cog_window, gdal
from resources.pixels.gdal import FAILURES
from resources.pixels.tiff_tags import NotTiff, UnfitForFastPath
from resources.pixels.valid_numbers import checked_numbers
from resources.text import printable_line
from resources.threads import in_threads

__all__ = ["read_bands", "read_corner", "read_overview"]

Result = TypeVar("Result")

MAX_REASON = 1_000  # characters of why a file cannot be read
WORKERS = 8  # threads for the bands that GDAL reads
READ_S = 600.0  # for all windows of an item: they are read in seconds
OVERVIEW_S = 120.0  # for one overview

Found = tuple[Raster, str | None]
"""Pixels, and the ETag of the file that they are from."""


def read_bands(
    assets: Mapping[BandName, BandAsset],
    bounds: Bounds,
    epsg: int,
    *,
    item_id: str,
    reach: FetchAllowlist | None = None,
) -> ItemReading:
    """The window of each band, in the order of `assets`; remote ones are read all at once.

    Args:
        assets: Bands with absolute paths, or with addresses if there is a `reach`.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box.
        item_id: Whose bands they are, for errors.
        reach: Where may be read from over the network; None for local files.

    Returns:
        Windows snapped outward to the files' own pixels and cropped to the files, shape (0, 0)
        where box and file do not overlap. Pixels that the file, or else the catalogue, marks as
        unseen by another number are 0, and `nodata` then says 0.

    Raises:
        SceneUnreadable: a file may not or cannot be read, is not a raster of ours, or ends early.
    """
    if reach is None:
        found = {
            name: _guarded_read(item_id, asset, partial(_local_window, asset, bounds, epsg))
            for name, asset in assets.items()
        }
        return ItemReading(found, bytes_read=sum(raster.pixels.nbytes for raster in found.values()))
    tally = ReadingTally(until=time.monotonic() + READ_S)
    try:
        done = _remote_windows(_WantedWindows(assets, bounds, epsg, item_id), reach, tally)
    finally:
        tally.until = 0.0  # what GDAL still reads in its threads ends with its next request
    return ItemReading(
        rasters={name: one[0] for name, one in done.items()},
        requests=tally.requests,
        bytes_read=tally.bytes_read,
        versions={name: one[1] for name, one in done.items() if one[1]},
    )


def _local_window(asset: BandAsset, bounds: Bounds, epsg: int) -> Raster:
    try:
        raster = cog_local_window.read_window(asset.href, bounds, epsg, asset.nodata)
    except (UnfitForFastPath, *FAILURES):  # what is broken, and how, GDAL's path tells
        raster = gdal.read_window(asset.href, bounds, epsg, nodata=asset.nodata)
    return checked_numbers(raster, asset.name)


@dataclass(frozen=True, slots=True)
class _WantedWindows:
    """The windows to read, as `read_bands` has them."""

    assets: Mapping[BandName, BandAsset]
    bounds: Bounds
    epsg: int
    item_id: str


def _remote_windows(
    wanted: _WantedWindows, reach: FetchAllowlist, tally: ReadingTally
) -> dict[BandName, Found]:
    """Every band, on the fast path if its file is fit for it."""
    assets, bounds, epsg = wanted.assets, wanted.bounds, wanted.epsg
    item_id = wanted.item_id
    targets = {name: _fetch_target(reach, asset, item_id) for name, asset in assets.items()}

    async def one(client: HttpClient, name: BandName, asset: BandAsset) -> Found:
        source = cog_window.RemoteCog(client, targets[name], tally)
        raster, version = await cog_window.read_window(source, bounds, epsg, asset.nodata)
        return checked_numbers(raster, name), version

    async def fast(client: HttpClient) -> Sequence[Found | BaseException]:
        bands = (one(client, name, asset) for name, asset in assets.items())
        return await asyncio.gather(*bands, return_exceptions=True)

    def slow(asset: BandAsset) -> Found:
        file = RemoteFile(_fetch_target(reach, asset, item_id), tally)
        raster = gdal.read_window(file, bounds, epsg, nodata=asset.nodata)
        return checked_numbers(raster, asset.name), file.version.tag

    found = dict(zip(assets, run_with_client(fast), strict=True))
    settled = {name: _fast_result(item_id, name, one) for name, one in found.items()}
    left = {name: assets[name] for name, one in settled.items() if one is None}
    rest = _read_in_threads(left, slow, item_id)
    return {name: one or rest[name] for name, one in settled.items()}


def read_overview(
    asset: BandAsset, *, item_id: str, reach: FetchAllowlist | None = None
) -> Raster | None:
    """The smallest overview of a file, whole, with its coarser transform.

    A file without overviews is thinned to at most 512 pixels a side. None for a remote file of
    JPEG 2000, of which nearly all would have to be fetched.

    Raises:
        SceneUnreadable: as `read_bands`, or a large remote file has no overview.
    """
    found: Raster | None
    if reach is None:
        found = _guarded_read(
            item_id, asset, lambda: gdal.read_overview(asset.href, nodata=asset.nodata)
        )
    else:
        tally = ReadingTally(until=time.monotonic() + OVERVIEW_S)
        target = _fetch_target(reach, asset, item_id)
        found = _guarded_read(item_id, asset, lambda: _remote_overview(asset, target, tally))
    if found is None:
        return None
    raster = found
    return _guarded_read(item_id, asset, lambda: checked_numbers(raster, asset.name))


def _remote_overview(asset: BandAsset, target: FetchTarget, tally: ReadingTally) -> Raster | None:
    async def fast(client: HttpClient) -> Raster:
        source = cog_window.RemoteCog(client, target, tally)
        return await cog_window.read_overview(source, asset.nodata)

    try:
        return run_with_client(fast)
    except NotTiff as cause:
        if gdal.DRIVERS.get(cause.start, "GTiff") != "GTiff":
            return None
    except UnfitForFastPath:
        pass
    return gdal.read_overview(RemoteFile(target, tally), nodata=asset.nodata)


def read_corner(href: str, *, reach: FetchAllowlist | None = None) -> tuple[int, float, float]:
    """CRS of a file, and x and y of the outer corner of its first pixel.

    Args:
        href: Absolute path, or an address if there is a `reach`.
        reach: Where may be read from over the network; None for a local file.

    Raises:
        FAILURES, RemoteError: the file may not or cannot be read, or is not a raster of ours.
    """
    if reach is None:
        return gdal.read_corner(href)
    tally = ReadingTally(until=time.monotonic() + OVERVIEW_S)
    return gdal.read_corner(RemoteFile(reach.target(href), tally))


def _fetch_target(reach: FetchAllowlist, asset: BandAsset, item_id: str) -> FetchTarget:
    try:
        return reach.target(asset.href)
    except ValueError as cause:
        raise SceneUnreadable(item_id, asset.name, f"its file {cause}") from cause


def _fast_result(item_id: str, name: BandName, found: Found | BaseException) -> Found | None:
    """What the fast path gave; None if the file is not fit for it."""
    if isinstance(found, UnfitForFastPath):
        return None
    if isinstance(found, (RemoteError, *FAILURES)):
        raise _unreadable_scene(item_id, name, found) from found
    if isinstance(found, BaseException):
        raise found
    return found


def _read_in_threads(
    assets: Mapping[BandName, BandAsset], read: Callable[[BandAsset], Result], item_id: str
) -> dict[BandName, Result]:
    """What GDAL reads of each band, several at a time."""
    found = in_threads(
        "sitewatch-gdal",
        WORKERS,
        lambda asset: _guarded_read(item_id, asset, lambda: read(asset)),
        assets.values(),
    )
    return dict(zip(assets, found, strict=True))


def _guarded_read(item_id: str, asset: BandAsset, read: Callable[[], Result]) -> Result:
    """What `read` gives; every way in which a file fails becomes one error."""
    try:
        return read()
    except (RemoteError, *FAILURES) as cause:
        raise _unreadable_scene(item_id, asset.name, cause) from cause


def _unreadable_scene(item_id: str, name: BandName, cause: BaseException) -> SceneUnreadable:
    told = cause.__cause__ if isinstance(cause, RasterioError) and cause.__cause__ else cause
    reason = " ".join(str(told).split()) or type(told).__name__
    is_transient = isinstance(cause, RemoteError) and not isinstance(cause, RemoteRefused)
    return SceneUnreadable(
        item_id, name, printable_line(reason, MAX_REASON), is_transient=is_transient
    )
