"""Reads windows of remote COGs on the fast path: one request for a header, few for its tiles.

Headers are kept, so that a file is asked for its header once; a file that changed since is noticed
by its ETag and read anew. What is unfit for this path is told by `UnfitForFastPath`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TypeVar

from resources.http.allowlist import FetchTarget
from resources.http.client import HttpClient
from resources.http.responses import FileVersion, RemoteChanged
from resources.http.retry import ReadingTally
from resources.models import Bounds, Raster
from resources.pixels.cog_byte_ranges import (
    NeededTile,
    Range,
    byte_ranges,
    needed_tiles,
    window_memory_bytes,
)
from resources.pixels.cog_decode import Pixels, blank_window, draw_tile
from resources.pixels.cog_header import CogHeader, TiledImage, read_header, read_smallest_image
from resources.pixels.tiff_tags import FilePieces, MissingBytes, UnfitForFastPath
from resources.pixels.window import PixelBox, covering_window, overview_transform, window_transform

HEADER_BYTES = 16 * 1024
"""Fetched first: holds the header of a Sentinel-2 COG in tiles of 512 pixels and more."""
MAX_READS = 8  # requests for one header
KEPT_BYTES = 64 * 1024 * 1024  # of headers; one has about 20 kB
OVERVIEW_SIDE = 1536  # pixels; an overview larger than this is left to GDAL to thin

NOTHING = PixelBox(0, 0, 0, 0)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RemoteCog:
    """One file to read from: whose connections, where, and who counts."""

    client: HttpClient
    target: FetchTarget
    tally: ReadingTally


@dataclass(frozen=True, slots=True)
class KnownHeader:
    """The header of a file and which file that was.

    `head` is the file's first bytes, where its overviews are told of; no pixel is taken from it,
    so that each reading asks the server. `pieces` is what came with the header, and is not kept.
    """

    header: CogHeader
    version: FileVersion
    head: bytes
    pieces: FilePieces


class _HeaderCache:
    """Headers by address, those not asked for longest forgotten first."""

    def __init__(self) -> None:
        self._headers: OrderedDict[str, KnownHeader] = OrderedDict()
        self._bytes = 0

    def get(self, url: str) -> KnownHeader | None:
        known = self._headers.get(url)
        if known is not None:
            self._headers.move_to_end(url)
        return known

    def put(self, url: str, known: KnownHeader) -> None:
        self.drop(url)
        if known.version.tag is None:
            return  # a change could not be noticed
        self._headers[url] = replace(known, pieces=FilePieces(known.version.size))
        self._bytes += _header_size(known)
        while self._bytes > KEPT_BYTES:
            _, oldest = self._headers.popitem(last=False)
            self._bytes -= _header_size(oldest)

    def drop(self, url: str) -> None:
        known = self._headers.pop(url, None)
        self._bytes -= _header_size(known) if known else 0


def _header_size(known: KnownHeader) -> int:
    image = known.header.image
    return len(known.head) + image.offsets.nbytes + image.counts.nbytes + 1024


_KEPT = _HeaderCache()
"""Of this process; touched by the network's thread alone."""


async def read_window(
    source: RemoteCog, bounds: Bounds, epsg: int, nodata: float | None
) -> tuple[Raster, str | None]:
    """The pixels of a file that cover a box, and the file's ETag.

    Args:
        source: The file.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box.
        nodata: What marks unseen pixels where the file itself does not say.

    Raises:
        Unfit: the fast path does not read this file.
        RemoteError: it cannot be fetched.
        Unreadable: the box has no place in it.
    """

    async def read(known: KnownHeader) -> tuple[Raster, str | None]:
        header = known.header
        box = covering_window(header.frame, bounds, epsg)
        image = header.image
        pixels = await _window_pixels(source, known, image, box or NOTHING)
        marker = nodata if header.nodata is None else header.nodata
        transform = window_transform(header.frame.transform, box)
        return Raster(pixels, transform, header.frame.epsg, marker), known.version.tag

    return await _with_header(source, read)


async def read_overview(source: RemoteCog, nodata: float | None) -> Raster:
    """The whole file, coarse: its smallest overview, with the transform of those pixels.

    Raises: as `read_window`; Unfit as well if there is no overview, or none that is small.
    """

    async def read(known: KnownHeader) -> Raster:
        header = known.header
        head = FilePieces(known.version.size, [(0, known.head)])
        image = await _fetch_and_parse(
            source, known.version, head, lambda pieces: read_smallest_image(pieces, header)
        )
        if image.width == header.image.width or max(image.width, image.height) > OVERVIEW_SIDE:
            raise UnfitForFastPath("it has no small overview")
        pixels = await _window_pixels(source, known, image, image.whole)
        frame = header.frame
        marker = nodata if header.nodata is None else header.nodata
        return Raster(pixels, overview_transform(frame, pixels.shape), frame.epsg, marker)

    return await _with_header(source, read)


async def _with_header(
    source: RemoteCog, read: Callable[[KnownHeader], Coroutine[None, None, Result]]
) -> Result:
    """Read with the kept header, else with a fresh one; once more if the file changes meanwhile."""
    kept = _KEPT.get(source.target.url)
    if kept is not None:
        try:
            return await read(kept)
        except RemoteChanged:
            _KEPT.drop(source.target.url)
    try:
        return await read(await _fetch_header(source))
    except RemoteChanged:
        return await read(await _fetch_header(source))


async def _fetch_header(source: RemoteCog) -> KnownHeader:
    """The header of a file, fetched."""
    part = await source.client.fetch(source.target, 0, HEADER_BYTES, tally=source.tally)
    pieces = FilePieces(part.version.size, [(part.start, part.data)])
    if not part.version.is_in_parts:
        raise UnfitForFastPath("its server sends files whole")
    header = await _fetch_and_parse(source, part.version, pieces, read_header)
    known = KnownHeader(header, part.version, bytes(part.data), pieces)
    _KEPT.put(source.target.url, known)
    return known


async def _fetch_and_parse(
    source: RemoteCog,
    version: FileVersion,
    pieces: FilePieces,
    parse: Callable[[FilePieces], Result],
) -> Result:
    """What parsing gives, once all the bytes are here that it asks for."""
    for _ in range(MAX_READS):
        try:
            return parse(pieces)
        except MissingBytes as missing:
            stop = min(max(missing.stop, missing.start + HEADER_BYTES), pieces.size)
            part = await source.client.fetch(
                source.target, missing.start, stop, tally=source.tally, version=version
            )
            pieces.add(part.start, part.data)
    raise UnfitForFastPath("its header is in too many places")


async def _window_pixels(
    source: RemoteCog, known: KnownHeader, image: TiledImage, box: PixelBox
) -> Pixels:
    """The pixels of a box of an image, shape (y, x)."""
    found = needed_tiles(image, box, known.version.size)
    loop = asyncio.get_running_loop()
    async with source.client.room(
        window_memory_bytes(found, image, box), source.target, source.tally
    ):
        pieces = FilePieces(known.version.size, list(known.pieces.parts))
        await _fetch_ranges(source, known.version, pieces, byte_ranges(found))
        pixels = await loop.run_in_executor(None, blank_window, image, box)
        short = await loop.run_in_executor(None, _draw_all, image, found, pieces, box, pixels)
        if short:
            rest = [(one.offset + one.leading, one.offset + one.count) for one in short]
            await _fetch_ranges(source, known.version, pieces, rest)
            whole = [replace(one, leading=one.count) for one in short]
            await loop.run_in_executor(None, _draw_all, image, whole, pieces, box, pixels)
        return pixels


async def _fetch_ranges(
    source: RemoteCog, version: FileVersion, pieces: FilePieces, wanted: list[Range]
) -> None:
    """Add these bytes of a file to those that are here; all that are missing at once."""
    tasks = [
        asyncio.ensure_future(
            source.client.fetch(source.target, start, stop, tally=source.tally, version=version)
        )
        for start, stop in wanted
        if not pieces.has(start, stop)
    ]
    try:
        for part in await asyncio.gather(*tasks):
            pieces.add(part.start, part.data)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _draw_all(
    image: TiledImage, found: list[NeededTile], pieces: FilePieces, box: PixelBox, pixels: Pixels
) -> list[NeededTile]:
    """Draw every tile; gives those of which more is needed."""
    return [
        need
        for need in found
        if need.count
        and not draw_tile(
            image, need, pieces.joined(need.offset, need.offset + need.leading), box, pixels
        )
    ]
