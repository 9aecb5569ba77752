"""What reading windows of Sentinel-2 files over a network takes, in advance.

Arithmetic on how such files are laid out and how they are read here; nothing is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from resources.costs import Cost
from resources.http.seekable_file import BLOCK
from resources.models import REFLECTANCE_BANDS, BandName, Bounds, Item

HEADER_BYTES = 16_384  # of a COG, fetched first
OVERVIEWS = 2  # read of an item whose offset is looked for in its pixels
OVERVIEW_BYTES = 150_000  # of a smallest overview: 343 x 343 pixels and more
WIDTH_M = 109_800  # of a Sentinel-2 tile: no window is wider
FINE_BANDS: frozenset[BandName] = frozenset({"blue", "green", "red", "nir"})  # 10 m; others 20 m
COG_TILE_PX = 1024  # edge of a tile in Earth Search's files, at 10 m and at 20 m
JP2_TILE_PX = {10: 1024, 20: 640}  # edge of a tile in ESA's products, by metres a pixel
BYTES_A_PIXEL = 1.4
"""Of deflated reflectance at full resolution: `file:size` of the seven bands of ten real items of
sentinel-2-c1-l2a (tile 13TDE, April 2024), a quarter taken off for the overviews, by pixels that
are not no-data, is 1.0 under cloud and 1.6 where it is clear. ESA's JPEG 2000 has 1.0 to 1.1."""
BYTES_A_CLASS_PIXEL = 0.1  # of scl, cloud and snow: the same files, 0.03 to 0.2


@dataclass(frozen=True, slots=True)
class _BandWindow:
    """A box in the pixels of one band."""

    pixel_m: int
    rows: float
    columns: float
    bytes_a_pixel: float

    @property
    def edge(self) -> float:
        """Pixels across the whole file."""
        return WIDTH_M / self.pixel_m


def cog_cost(items: Sequence[Item], bounds: Bounds) -> Cost:
    """What reading a box of items in cloud-optimised GeoTIFFs takes: an expectation, no promise.

    A window lies anywhere among the tiles of its file, and of every tile that it touches the part
    from the tile's beginning to the window's last row is fetched (deflate is sequential): on
    average its width plus one tile, times its height plus half a tile. One request for the header
    and one for each row of tiles. Items that cover only part of the box take less.

    Where a flag denies that the offset is subtracted (`is_offset_applied` is false), two smallest
    overviews are counted as well: they are read where the window alone does not settle it, so
    that this is the upper end of what such items take. Their headers are known by then.

    Args:
        items: Whose bands are all read.
        bounds: The box, metres.
    """
    requests, size = 0.0, 0.0
    for one in _band_windows(items, bounds):
        columns = min(one.columns + COG_TILE_PX - 1, one.edge)
        rows = min(one.rows + (COG_TILE_PX - 1) / 2, one.edge)
        requests += 2 + (one.rows - 1) / COG_TILE_PX
        size += HEADER_BYTES + columns * rows * one.bytes_a_pixel
    overviews = OVERVIEWS * sum(item.is_offset_applied is False for item in items)
    return Cost(
        requests=math.ceil(requests) + overviews,
        bytes=math.ceil(size) + overviews * OVERVIEW_BYTES,
    )


def jp2_cost(items: Sequence[Item], bounds: Bounds) -> Cost:
    """What reading a box of items in ESA's JPEG 2000 takes: an expectation, no promise.

    There is no table of tiles in such a file: its decoder goes from tile to tile until the last
    one that it needs, on average half of them, and a block is fetched for each.

    Args:
        items: Whose bands are all read.
        bounds: The box, metres.
    """
    requests, size = 0.0, 0.0
    for one in _band_windows(items, bounds):
        tile = JP2_TILE_PX[one.pixel_m]
        whole = one.edge**2 * one.bytes_a_pixel
        steps = min((one.edge / tile) ** 2, whole / BLOCK) / 2
        rows, columns = (min(side + tile - 1, one.edge) for side in (one.rows, one.columns))
        requests += 2 + steps
        size += steps * BLOCK + rows * columns * one.bytes_a_pixel
    return Cost(requests=math.ceil(requests), bytes=math.ceil(size))


def _band_windows(items: Sequence[Item], bounds: Bounds) -> list[_BandWindow]:
    """The box in every band of every item."""
    width_m = min(bounds.east - bounds.west, WIDTH_M)
    height_m = min(bounds.north - bounds.south, WIDTH_M)
    found = []
    for name in (name for item in items for name in item.bands):
        pixel_m = 10 if name in FINE_BANDS else 20
        each = BYTES_A_PIXEL if name in REFLECTANCE_BANDS else BYTES_A_CLASS_PIXEL
        found.append(_BandWindow(pixel_m, height_m / pixel_m, width_m / pixel_m, each))
    return found
