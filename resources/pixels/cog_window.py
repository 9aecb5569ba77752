"""Reads windows of remote COGs on the fast path: one request for a header, few for its tiles.

Headers are kept, so that a file is asked for its header once; a file that changed since is noticed
by its ETag and read anew. What is unfit for this path is told by `Unfit`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TypeVar

from resources.http.allowlist import Target
from resources.http.client import Client
from resources.http.responses import RemoteChanged, Version
from resources.http.retry import Tally
from resources.models import Bounds, Raster
from resources.pixels.cog_byte_ranges import Need, Range, needs, ranges, weight
from resources.pixels.cog_decode import Pixels, blank, draw
from resources.pixels.cog_header import Header, Tiled, read_header, read_smallest
from resources.pixels.tiff_tags import Missing, Pieces, Unfit
from resources.pixels.window import PixelBox, coarser, shifted, window

HEADER_BYTES = 16 * 1024
"""Fetched first: holds the header of a Sentinel-2 COG in tiles of 512 pixels and more."""
MAX_READS = 8  # requests for one header
KEPT_BYTES = 64 * 1024 * 1024  # of headers; one has about 20 kB
OVERVIEW_SIDE = 1536  # pixels; an overview larger than this is left to GDAL to thin

NOTHING = PixelBox(0, 0, 0, 0)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read from: whose connections, where, and who counts."""

    client: Client
    target: Target
    tally: Tally


@dataclass(frozen=True, slots=True)
class Known:
    """The header of a file and which file that was.

    `head` is the file's first bytes, where its overviews are told of; no pixel is taken from it,
    so that each reading asks the server. `pieces` is what came with the header, and is not kept.
    """

    header: Header
    version: Version
    head: bytes
    pieces: Pieces


class _Kept:
    """Headers by address, those not asked for longest forgotten first."""

    def __init__(self) -> None:
        self._headers: OrderedDict[str, Known] = OrderedDict()
        self._bytes = 0

    def get(self, url: str) -> Known | None:
        known = self._headers.get(url)
        if known is not None:
            self._headers.move_to_end(url)
        return known

    def put(self, url: str, known: Known) -> None:
        self.drop(url)
        if known.version.tag is None:
            return  # a change could not be noticed
        self._headers[url] = replace(known, pieces=Pieces(known.version.size))
        self._bytes += _bytes(known)
        while self._bytes > KEPT_BYTES:
            _, oldest = self._headers.popitem(last=False)
            self._bytes -= _bytes(oldest)

    def drop(self, url: str) -> None:
        known = self._headers.pop(url, None)
        self._bytes -= _bytes(known) if known else 0


def _bytes(known: Known) -> int:
    image = known.header.image
    return len(known.head) + image.offsets.nbytes + image.counts.nbytes + 1024


_KEPT = _Kept()
"""Of this process; touched by the network's thread alone."""


async def read_window(
    source: Source, bounds: Bounds, epsg: int, nodata: float | None
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

    async def read(known: Known) -> tuple[Raster, str | None]:
        header = known.header
        box = window(header.frame, bounds, epsg)
        image = header.image
        pixels = await _pixels(source, known, image, box or NOTHING)
        marker = nodata if header.nodata is None else header.nodata
        transform = shifted(header.frame.transform, box)
        return Raster(pixels, transform, header.frame.epsg, marker), known.version.tag

    return await _with_header(source, read)


async def read_overview(source: Source, nodata: float | None) -> Raster:
    """The whole file, coarse: its smallest overview, with the transform of those pixels.

    Raises: as `read_window`; Unfit as well if there is no overview, or none that is small.
    """

    async def read(known: Known) -> Raster:
        header = known.header
        head = Pieces(known.version.size, [(0, known.head)])
        image = await _parsed(
            source, known.version, head, lambda pieces: read_smallest(pieces, header)
        )
        if image.width == header.image.width or max(image.width, image.height) > OVERVIEW_SIDE:
            raise Unfit("it has no small overview")
        pixels = await _pixels(source, known, image, image.whole)
        frame = header.frame
        marker = nodata if header.nodata is None else header.nodata
        return Raster(pixels, coarser(frame, pixels.shape), frame.epsg, marker)

    return await _with_header(source, read)


async def _with_header(
    source: Source, read: Callable[[Known], Coroutine[None, None, Result]]
) -> Result:
    """Read with the kept header, else with a fresh one; once more if the file changes meanwhile."""
    kept = _KEPT.get(source.target.url)
    if kept is not None:
        try:
            return await read(kept)
        except RemoteChanged:
            _KEPT.drop(source.target.url)
    try:
        return await read(await _known(source))
    except RemoteChanged:
        return await read(await _known(source))


async def _known(source: Source) -> Known:
    """The header of a file, fetched."""
    part = await source.client.fetch(source.target, 0, HEADER_BYTES, tally=source.tally)
    pieces = Pieces(part.version.size, [(part.start, part.data)])
    if not part.version.is_in_parts:
        raise Unfit("its server sends files whole")
    header = await _parsed(source, part.version, pieces, read_header)
    known = Known(header, part.version, bytes(part.data), pieces)
    _KEPT.put(source.target.url, known)
    return known


async def _parsed(
    source: Source, version: Version, pieces: Pieces, parse: Callable[[Pieces], Result]
) -> Result:
    """What parsing gives, once all the bytes are here that it asks for."""
    for _ in range(MAX_READS):
        try:
            return parse(pieces)
        except Missing as missing:
            stop = min(max(missing.stop, missing.start + HEADER_BYTES), pieces.size)
            part = await source.client.fetch(
                source.target, missing.start, stop, tally=source.tally, version=version
            )
            pieces.add(part.start, part.data)
    raise Unfit("its header is in too many places")


async def _pixels(source: Source, known: Known, image: Tiled, box: PixelBox) -> Pixels:
    """The pixels of a box of an image, shape (y, x)."""
    found = needs(image, box, known.version.size)
    loop = asyncio.get_running_loop()
    async with source.client.room(weight(found, image, box), source.target, source.tally):
        pieces = Pieces(known.version.size, list(known.pieces.parts))
        await _fetch(source, known.version, pieces, ranges(found))
        pixels = await loop.run_in_executor(None, blank, image, box)
        short = await loop.run_in_executor(None, _draw_all, image, found, pieces, box, pixels)
        if short:
            rest = [(one.offset + one.leading, one.offset + one.count) for one in short]
            await _fetch(source, known.version, pieces, rest)
            whole = [replace(one, leading=one.count) for one in short]
            await loop.run_in_executor(None, _draw_all, image, whole, pieces, box, pixels)
        return pixels


async def _fetch(source: Source, version: Version, pieces: Pieces, wanted: list[Range]) -> None:
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
    image: Tiled, found: list[Need], pieces: Pieces, box: PixelBox, pixels: Pixels
) -> list[Need]:
    """Draw every tile; gives those of which more is needed."""
    return [
        need
        for need in found
        if need.count
        and not draw(
            image, need, pieces.joined(need.offset, need.offset + need.leading), box, pixels
        )
    ]
