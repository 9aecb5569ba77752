"""Reads windows of local COGs on the fast path: the tiles that a window touches, inflated here.

Opening a small file through GDAL takes several times as long as reading it. What is unfit for this
path is told by `UnfitForFastPath`; the file is then GDAL's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from resources.models import Bounds, Raster
from resources.pixels.cog_byte_ranges import NeededTile, needed_tiles
from resources.pixels.cog_decode import blank_window, draw_tile
from resources.pixels.cog_header import CogHeader, read_header
from resources.pixels.cog_window import NOTHING
from resources.pixels.sidecar import has_sidecar
from resources.pixels.tiff_sanity import check_layout, read_and_parse
from resources.pixels.tiff_tags import BrokenTiff, FilePieces, UnfitForFastPath
from resources.pixels.window import covering_window, window_transform

MAX_TILES: Final = 64  # of one window; through GDAL, more are as quick

Read = Callable[[int, int], bytes]


def read_window(path: str, bounds: Bounds, epsg: int, nodata: float | None) -> Raster:
    """The file's own pixels that cover a box: as `gdal.read_window`, and the same.

    Args:
        path: of the file.
        bounds: The box wanted, in the units of `epsg`.
        epsg: CRS of the box.
        nodata: What marks unseen pixels where the file itself does not say.

    Raises:
        Unfit: the fast path does not read this file.
        Unreadable, OSError: it cannot be read.
    """
    if has_sidecar(path):
        raise UnfitForFastPath("something is told beside it")
    with Path(path).open("rb") as content:

        def read(start: int, stop: int) -> bytes:
            content.seek(start)
            return content.read(stop - start)

        return _window_raster(os.fstat(content.fileno()).st_size, read, bounds, epsg, nodata)


def _window_raster(
    size: int, read: Read, bounds: Bounds, epsg: int, nodata: float | None
) -> Raster:
    """The window of a file of so many bytes."""
    header = read_and_parse(size, read, _checked_header)
    box = covering_window(header.frame, bounds, epsg)
    image, place = header.image, box or NOTHING
    found = needed_tiles(image, place, size)
    if len(found) > MAX_TILES:
        raise UnfitForFastPath("its window touches many tiles")
    pixels = blank_window(image, place)
    for one in found:
        if one.count and not draw_tile(
            image, one, memoryview(_stored_tile(one, read)), place, pixels
        ):
            raise BrokenTiff("a tile ends early")
    marker = nodata if header.nodata is None else header.nodata
    return Raster(pixels, window_transform(header.frame.transform, box), header.frame.epsg, marker)


def _checked_header(pieces: FilePieces) -> CogHeader:
    """The header of a file whose tables are true."""
    header = read_header(pieces)
    check_layout(pieces, has_overviews=False)
    return header


def _stored_tile(need: NeededTile, read: Read) -> bytes:
    """A tile as stored, whole: so its checksum is looked at where all of its rows are wanted."""
    data = read(need.offset, need.offset + need.count)
    if len(data) < need.count:
        raise BrokenTiff("it ends early")
    return data
