"""Turns the leading parts of deflated tiles into the pixels of a window.

Arrays and bytes alone; called in threads, since inflating and numpy leave the interpreter free.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from resources.pixels.cog_byte_ranges import NeededTile
from resources.pixels.cog_header import TiledImage
from resources.pixels.tiff_tags import BrokenTiff
from resources.pixels.window import PixelBox

IsalError = cast("type[Exception]", isal_zlib.error)  # its type is declared as an instance
Pixels = npt.NDArray[np.generic]


def blank_window(image: TiledImage, box: PixelBox) -> Pixels:
    """A window of the image's fill, shape (y, x)."""
    return np.full(box.shape, image.fill, dtype=image.dtype)


def draw_tile(
    image: TiledImage, need: NeededTile, data: memoryview, box: PixelBox, pixels: Pixels
) -> bool:
    """Put one tile's part of a window in its place; False if more of the tile is needed.

    Args:
        image: Whose tile it is.
        need: The tile.
        data: The tile's first bytes, as stored.
        box: The window, in pixels of the image.
        pixels: The window to draw in, shape (y, x).

    Raises:
        Broken: the tile cannot be inflated, or is not what its size says.
    """
    raw = _inflated_rows(image, need, data)
    if raw is None:
        return False
    tile = np.frombuffer(raw, dtype=image.stored)
    tile = tile.reshape(need.rows, image.tile_width)
    top, left = max(box.top - need.row, 0), max(box.left - need.column, 0)
    right = min(box.right - need.column, image.tile_width)
    part = tile[top:, :right]
    if image.is_differenced:
        part = np.add.accumulate(part, axis=1, dtype=image.dtype)  # sums wrap round
    y, x = need.row + top - box.top, need.column + left - box.left
    pixels[y : y + need.rows - top, x : x + right - left] = part[:, left:]
    return True


def _inflated_rows(image: TiledImage, need: NeededTile, data: memoryview) -> bytes | None:
    """The rows needed, as bytes; None if some are missing.

    A tile that is here whole is complete, and its checksum right if all rows are needed.
    """
    size = need.rows * image.row_bytes
    is_whole = len(data) >= need.count
    inflater = isal_zlib.decompressobj()
    try:
        raw = inflater.decompress(data, size)
        if is_whole and size == image.tile_bytes and not inflater.eof:
            inflater.decompress(inflater.unconsumed_tail, 1)  # the checksum may be left to read
    except IsalError as cause:
        raise BrokenTiff(f"a tile cannot be inflated: {cause}") from cause
    if len(raw) < size:
        if is_whole:
            raise BrokenTiff("a tile ends early")
        return None
    if is_whole and size == image.tile_bytes and not inflater.eof:
        raise BrokenTiff("a tile does not end where it should")
    return raw
