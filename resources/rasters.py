"""Reads an item's bands, local or remote, in the files' own pixels.

Remote files are read on the fast path (`cog_read`) if they are fit for it, and otherwise through
GDAL (`rasters_gdal`), with the same result. Nothing is resampled, masked or scaled here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rasterio.errors import RasterioError

from resources import cog_read, rasters_gdal
from resources.cog_tags import Unfit
from resources.errors import SceneUnreadable
from resources.models import BandAsset, BandName, Bounds, Raster, Reading
from resources.rasters_gdal import FAILURES, read_corner
from resources.remote_answers import RemoteError
from resources.remote_client import Client, Tally
from resources.remote_file import RemoteFile
from resources.remote_loop import run
from resources.remote_reach import Reach, Target

__all__ = ["read_bands", "read_corner", "read_overview"]

Result = TypeVar("Result")

WORKERS = 8  # threads for the bands that GDAL reads

Found = tuple[Raster, str | None]
"""Pixels, and the ETag of the file that they are from."""


def read_bands(
    assets: Mapping[BandName, BandAsset],
    bounds: Bounds,
    epsg: int,
    *,
    item_id: str,
    reach: Reach | None = None,
) -> Reading:
    """The window of each band, all read at once, in the order of `assets`.

    Args:
        assets: Bands with absolute paths, or with addresses if there is a `reach`.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box.
        item_id: Whose bands they are, for errors.
        reach: Where may be read from over the network; None for local files.

    Returns:
        Windows snapped outward to the files' own pixels and cropped to the files, shape (0, 0)
        where box and file do not overlap.

    Raises:
        SceneUnreadable: a file may not or cannot be read, is not a raster of ours, or ends early.
    """
    if reach is None:
        rasters = _in_threads(
            assets,
            lambda asset: rasters_gdal.read_window(asset.href, bounds, epsg, nodata=asset.nodata),
            item_id,
        )
        size = sum(raster.pixels.nbytes for raster in rasters.values())
        return Reading(rasters, bytes_read=size)
    tally = Tally()
    targets = {name: _target(reach, asset, item_id) for name, asset in assets.items()}

    async def fast(client: Client) -> Sequence[Found | BaseException]:
        return await asyncio.gather(
            *(
                cog_read.read_window(
                    cog_read.Source(client, targets[name], tally), bounds, epsg, asset.nodata
                )
                for name, asset in assets.items()
            ),
            return_exceptions=True,
        )

    def slow(asset: BandAsset) -> Found:
        file = RemoteFile(_target(reach, asset, item_id), tally)
        raster = rasters_gdal.read_window(file, bounds, epsg, nodata=asset.nodata)
        return raster, file.version.tag

    found = dict(zip(assets, run(fast), strict=True))
    done = {name: _settled(item_id, name, one) for name, one in found.items()}
    left = {name: assets[name] for name, one in done.items() if one is None}
    done |= _in_threads(left, slow, item_id)
    return Reading(
        rasters={name: one[0] for name, one in done.items() if one},
        requests=tally.requests,
        bytes_read=tally.bytes_read,
        versions={name: one[1] for name, one in done.items() if one and one[1]},
    )


def read_overview(asset: BandAsset, *, item_id: str, reach: Reach | None = None) -> Raster:
    """The smallest overview of a file, whole, with its coarser transform.

    A file without overviews is thinned to at most 512 pixels a side.

    Raises:
        SceneUnreadable: as `read_bands`, or a large remote file has no overview.
    """
    if reach is None:
        return _guarded(
            item_id, asset, lambda: rasters_gdal.read_overview(asset.href, nodata=asset.nodata)
        )
    target, tally = _target(reach, asset, item_id), Tally()

    def slow() -> Raster:
        return rasters_gdal.read_overview(RemoteFile(target, tally), nodata=asset.nodata)

    def fast() -> Raster:
        return run(
            lambda client: cog_read.read_overview(
                cog_read.Source(client, target, tally), asset.nodata
            )
        )

    try:
        return _guarded(item_id, asset, fast)
    except Unfit:
        return _guarded(item_id, asset, slow)


def _target(reach: Reach, asset: BandAsset, item_id: str) -> Target:
    try:
        return reach.target(asset.href)
    except ValueError as cause:
        raise SceneUnreadable(item_id, asset.name, f"its file {cause}") from cause


def _settled(item_id: str, name: BandName, found: Found | BaseException) -> Found | None:
    """What the fast path gave; None if the file is not fit for it."""
    if isinstance(found, Unfit):
        return None
    if isinstance(found, (RemoteError, *FAILURES)):
        raise _unreadable(item_id, name, found) from found
    if isinstance(found, BaseException):
        raise found
    return found


def _in_threads(
    assets: Mapping[BandName, BandAsset], read: Callable[[BandAsset], Result], item_id: str
) -> dict[BandName, Result]:
    """What GDAL reads of each band, several at a time."""
    found = _workers().map(
        lambda asset: _guarded(item_id, asset, lambda: read(asset)), assets.values()
    )
    return dict(zip(assets, found, strict=True))


def _workers() -> ThreadPoolExecutor:
    """This process's threads for GDAL, kept: the first use of PROJ in a thread costs 10 ms."""
    process = os.getpid()
    if process not in _POOLS:
        _POOLS.setdefault(process, ThreadPoolExecutor(WORKERS, "sitewatch-gdal"))
    return _POOLS[process]


_POOLS: dict[int, ThreadPoolExecutor] = {}
"""By process: a fork inherits the parent's entry, whose threads it does not have."""


def _guarded(item_id: str, asset: BandAsset, read: Callable[[], Result]) -> Result:
    """What `read` gives; every way in which a file fails becomes one error."""
    try:
        return read()
    except (RemoteError, *FAILURES) as cause:
        raise _unreadable(item_id, asset.name, cause) from cause


def _unreadable(item_id: str, name: BandName, cause: BaseException) -> SceneUnreadable:
    told = cause.__cause__ if isinstance(cause, RasterioError) and cause.__cause__ else cause
    return SceneUnreadable(item_id, name, " ".join(str(told).split()) or type(told).__name__)
