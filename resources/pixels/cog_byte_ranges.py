"""Which bytes of a tiled file a window needs: the leading part of each tile that it touches.

Deflate is sequential and a tile's rows come in order, so what lies below the window's last row is
left unfetched. Plans only; fetching is `cog_window`'s, inflating `cog_decode`'.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resources.pixels.cog_header import MAX_GROWTH, TiledImage
from resources.pixels.tiff_tags import BrokenTiff, UnfitForFastPath
from resources.pixels.window import PixelBox

MARGIN = 0.03  # of what rows alone suggest: of real tiles, 3 in 100 need over 2 %, none over 5 %
SLACK = 4096  # bytes; the same, and the tables that deflate begins with
REMAINDER = 16 * 1024  # bytes; less than this is not worth leaving
GAP = 64 * 1024  # bytes; fetched along if so few lie between two ranges: cheaper than a request
GAP_SHARE = 0.3  # of a tile; the same, for the unread rest of the tile before
MAX_TILES = 4096  # touched by one window; a site of 25 km touches 9 of 1024 pixels
MAX_RANGES = 256  # requests for one window

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NeededTile:
    """One tile that a window touches.

    Attributes:
        row: of its first pixel in the image.
        column: of its first pixel in the image.
        rows: leading rows of it that are needed.
        offset: in the file.
        count: bytes of the whole tile; 0 if it is not in the file.
        leading: bytes that should hold those rows.
    """

    row: int
    column: int
    rows: int
    offset: int
    count: int
    leading: int


def needed_tiles(image: TiledImage, box: PixelBox, size: int) -> list[NeededTile]:
    """Every tile that a box of pixels touches.

    Args:
        image: The tiles.
        box: Inside the image.
        size: Bytes of the file, to check offsets against.

    Raises:
        Broken: a tile lies outside the file.
        Unfit: there are too many.
    """
    down = range(box.top // image.tile_height, -(-box.bottom // image.tile_height))
    over = range(box.left // image.tile_width, -(-box.right // image.tile_width))
    if len(down) * len(over) > MAX_TILES:
        raise UnfitForFastPath(f"its tiles are small: {len(down) * len(over)} in one window")
    return [_needed_tile(image, box, size, y, x) for y in down for x in over]


def _needed_tile(image: TiledImage, box: PixelBox, size: int, y: int, x: int) -> NeededTile:
    number = y * image.across + x
    offset, count = int(image.offsets[number]), int(image.counts[number])
    row = y * image.tile_height
    rows = min(box.bottom - row, image.tile_height)
    if count == 0 and offset == 0:  # sparse: GDAL writes no tile where all is empty
        return NeededTile(row, x * image.tile_width, rows, 0, 0, 0)
    if offset == 0 or count == 0 or offset + count > size:
        raise BrokenTiff(f"its tile {number} lies at bytes {offset}-{offset + count} of {size}")
    if count > image.tile_bytes * MAX_GROWTH + SLACK:
        raise BrokenTiff(f"its tile {number} has {count} bytes, more than its pixels")
    filled = min(image.tile_height, image.height - row)  # padding below deflates to nothing
    return NeededTile(
        row, x * image.tile_width, rows, offset, count, leading_bytes(count, rows / filled)
    )


def leading_bytes(count: int, share: float) -> int:
    """Bytes of a tile that should hold this share of its rows."""
    wanted = math.ceil(count * share * (1 + MARGIN)) + SLACK
    return count if wanted + REMAINDER >= count else wanted


def byte_ranges(found: Iterable[NeededTile]) -> list[Range]:
    """The bytes to fetch, [start, stop) each, in the order of the file."""
    merged: list[Range] = []
    gap = 0.0
    for one in sorted((one for one in found if one.count), key=lambda one: one.offset):
        start, stop = one.offset, one.offset + one.leading
        if merged and start - merged[-1][1] <= gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
        gap = max(GAP, GAP_SHARE * one.count)
    if len(merged) > MAX_RANGES:
        raise UnfitForFastPath(f"its tiles lie in {len(merged)} places")
    return merged


def window_memory_bytes(found: Sequence[NeededTile], image: TiledImage, box: PixelBox) -> int:
    """Bytes of memory that reading a window takes at most: its tiles as stored, and its pixels."""
    rows, columns = box.shape
    return sum(one.count for one in found) + rows * columns * image.dtype.itemsize
