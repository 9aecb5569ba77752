"""What the fast path has to know of a tiled TIFF, out of its header; tiles stay unread.

A raster is fit if GDAL would give the same pixels by the same plain steps: tiles, deflate,
predictor 1 or 2, whole numbers, one sample a pixel. All else is `UnfitForFastPath`, and left to
GDAL.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from resources.pixels.cog_georeference import read_georeference
from resources.pixels.tiff_tags import (
    BrokenTiff,
    FilePieces,
    TiffDirectory,
    UnfitForFastPath,
    first_directory,
    read_directory,
)
from resources.pixels.window import PixelBox, RasterFrame

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, ORIENTATION = (
    *(254, 256, 257, 258),
    *(259, 262, 266, 274),
)
SAMPLES, PREDICTOR, TILE_WIDTH, TILE_HEIGHT, OFFSETS, COUNTS, EXTRA_SAMPLES, SAMPLE_FORMAT = (
    *(277, 317, 322, 323),
    *(324, 325, 338, 339),
)
NODATA = 42113

DTYPES = {(8, 1): "u1", (16, 1): "u2", (16, 2): "i2", (32, 1): "u4", (32, 2): "i4"}
"""numpy's letters by bits and sample format (1 unsigned, 2 signed)."""
DEFLATE = frozenset({8, 32946})  # Adobe's number and the old one
PLAIN = 1  # of photometric, fill order, orientation and predictor
HORIZONTAL = 2  # predictor: differences along a row
REDUCED = 1  # what a directory of an overview is; 4 is a mask, 5 a mask's overview

MAX_SIDE = 500_000  # pixels; a tile of Sentinel-2 has 10980
MAX_TILE_BYTES = 64 * 1024 * 1024  # inflated
MAX_GROWTH = 1.02  # deflate makes noise longer by less than this
MAX_IMAGES = 32  # overviews and masks

Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TiledImage:
    """One image of a file: its size, and where its tiles are.

    Attributes:
        width: columns.
        height: rows.
        tile_width: columns of a tile; those at the edge are as large, and padded.
        tile_height: rows of a tile.
        stored: type of the pixels in the file's byte order.
        dtype: of the pixels, in this machine's byte order.
        is_differenced: rows hold differences (predictor 2).
        fill: what a tile that is not in the file consists of.
        offsets: of each tile in the file, row by row; 0 for one that is not there.
        counts: bytes of each tile; 0 for one that is not there.
    """

    width: int
    height: int
    tile_width: int
    tile_height: int
    stored: np.dtype[np.generic]
    dtype: np.dtype[np.generic]
    is_differenced: bool
    fill: int
    offsets: Numbers
    counts: Numbers

    @property
    def across(self) -> int:
        """Tiles in a row of tiles."""
        return -(-self.width // self.tile_width)

    @property
    def row_bytes(self) -> int:
        """Of one row of one tile, inflated."""
        return self.tile_width * self.dtype.itemsize

    @property
    def tile_bytes(self) -> int:
        """Of one tile, inflated."""
        return self.row_bytes * self.tile_height

    @property
    def whole(self) -> PixelBox:
        """Every pixel."""
        return PixelBox(0, 0, self.width, self.height)


@dataclass(frozen=True, slots=True)
class CogHeader:
    """What is known of a file: its place and its full image."""

    frame: RasterFrame
    nodata: float | None
    image: TiledImage


def read_header(pieces: FilePieces) -> CogHeader:
    """The full image of a file; Unfit, or Missing if more of the file is needed.

    Raises: Broken as well, if it contradicts itself.
    """
    first = first_directory(pieces)
    if first.number(pieces, SUBFILE, 0) != 0:
        raise UnfitForFastPath("its first image is not the full one")
    epsg, transform = read_georeference(first, pieces)
    nodata = _nodata_value(first, pieces)
    image = _tiled_image(first, pieces, nodata)
    return CogHeader(RasterFrame(epsg, transform, image.width, image.height), nodata, image)


def read_smallest_image(pieces: FilePieces, header: CogHeader) -> TiledImage:
    """The smallest overview, or the full image if there is none; Unfit or Missing."""
    full = header.image
    smallest, directory_of_it = full.width, None
    seen: set[int] = set()
    at = first_directory(pieces).next_at
    while at:
        if at in seen or len(seen) >= MAX_IMAGES:
            raise BrokenTiff("its overviews have no end")
        seen.add(at)
        found = read_directory(pieces, at)
        if found.number(pieces, SUBFILE, 0) == REDUCED:
            width = found.number(pieces, WIDTH)
            if width < smallest:
                smallest, directory_of_it = width, found
        at = found.next_at
    if directory_of_it is None:
        return full
    image = _tiled_image(directory_of_it, pieces, header.nodata)
    if image.dtype != full.dtype:
        raise UnfitForFastPath("its overviews have another type of number")
    return image


def _tiled_image(tags: TiffDirectory, pieces: FilePieces, nodata: float | None) -> TiledImage:
    dtype = _pixel_dtype(tags, pieces)
    if tags.number(pieces, COMPRESSION, 1) not in DEFLATE or TILE_WIDTH not in tags.places:
        raise UnfitForFastPath("it is not tiled and deflated")
    for tag in (PHOTOMETRIC, FILL_ORDER, ORIENTATION, SAMPLES):
        if tags.number(pieces, tag, PLAIN) != PLAIN:
            raise UnfitForFastPath(f"its tag {tag} is {tags.number(pieces, tag)}")
    predictor = tags.number(pieces, PREDICTOR, PLAIN)
    if predictor not in {PLAIN, HORIZONTAL} or EXTRA_SAMPLES in tags.places:
        raise UnfitForFastPath(f"its predictor is {predictor}, or it has more than one sample")
    width, height, tile_width, tile_height = (
        tags.number(pieces, tag) for tag in (WIDTH, HEIGHT, TILE_WIDTH, TILE_HEIGHT)
    )
    _check_sizes(width, height, tile_width, tile_height, dtype.itemsize)
    tiles = math.ceil(width / tile_width) * math.ceil(height / tile_height)
    return TiledImage(
        width=width,
        height=height,
        tile_width=tile_width,
        tile_height=tile_height,
        stored=np.dtype(tags.order + dtype.str[1:]),
        dtype=dtype,
        is_differenced=predictor == HORIZONTAL,
        fill=_fill_value(nodata, dtype),
        offsets=_tile_numbers(tags, pieces, OFFSETS, tiles),
        counts=_tile_numbers(tags, pieces, COUNTS, tiles),
    )


def _pixel_dtype(tags: TiffDirectory, pieces: FilePieces) -> np.dtype[np.generic]:
    form = tags.number(pieces, BITS, 1), tags.number(pieces, SAMPLE_FORMAT, 1)
    if form not in DTYPES:
        raise UnfitForFastPath(f"its pixels have {form[0]} bits and the format {form[1]}")
    return np.dtype(DTYPES[form])


def _check_sizes(width: int, height: int, tile_width: int, tile_height: int, size: int) -> None:
    """Refuse sizes that no raster of ours has, before anything of that size is made."""
    sides = (width, height, tile_width, tile_height)
    if not all(0 < side <= MAX_SIDE for side in sides):
        raise UnfitForFastPath(
            f"it has {width} x {height} pixels in tiles of {tile_width} x {tile_height}"
        )
    if tile_width % 16 or tile_height % 16 or tile_width * tile_height * size > MAX_TILE_BYTES:
        raise UnfitForFastPath(f"its tiles have {tile_width} x {tile_height} pixels")


def _tile_numbers(tags: TiffDirectory, pieces: FilePieces, tag: int, count: int) -> Numbers:
    """Offsets or counts, one for each tile."""
    values = tags.values(pieces, tag)
    if values is None or values.size != count or values.dtype.kind != "u":
        raise BrokenTiff(f"its tag {tag} does not have a number for each of {count} tiles")
    return values.astype(np.uint64)


def _nodata_value(tags: TiffDirectory, pieces: FilePieces) -> float | None:
    """The number that marks unseen pixels; Unfit if it is not a plain whole one."""
    text = tags.text(pieces, NODATA)
    if text is None:
        return None
    if not re.fullmatch(r"-?\d{1,10}", text.strip()):
        raise UnfitForFastPath(f"it marks unseen pixels by {text[:20]!r}")
    return float(text)


def _fill_value(nodata: float | None, dtype: np.dtype[np.generic]) -> int:
    """What GDAL gives for tiles that are not in the file: the marker, else 0."""
    limits = np.iinfo(dtype.name)
    if nodata is not None and not limits.min <= nodata <= limits.max:
        raise UnfitForFastPath(f"it marks unseen pixels by {nodata}, which they cannot be")
    return int(nodata or 0)
