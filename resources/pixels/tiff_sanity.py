"""Tells TIFFs that contradict themselves before GDAL opens them, however they are stored.

GDAL, given a file whose tables do not fit its size, may hand out whatever was in memory. Structure
alone: what the pixels are and where they lie is GDAL's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from resources.pixels.cog_header import (
    BITS,
    COMPRESSION,
    COUNTS,
    DEFLATE,
    HEIGHT,
    MAX_IMAGES,
    MAX_SIDE,
    OFFSETS,
    SAMPLES,
    TILE_HEIGHT,
    TILE_WIDTH,
    WIDTH,
    Numbers,
)
from resources.pixels.tiff_tags import (
    BrokenTiff,
    FilePieces,
    MissingBytes,
    TiffDirectory,
    UnfitForFastPath,
    first_directory,
    read_directory,
)
from resources.pixels.window import UnreadableRaster

STRIP_OFFSETS, STRIP_ROWS, STRIP_COUNTS = 273, 278, 279
PLAIN, LZW, PACKBITS, ZSTD = 1, 5, 32773, 50000
KNOWN = DEFLATE | {PLAIN, LZW, PACKBITS, ZSTD}
"""Ways of compressing that lose nothing and are common; others are not worth a decoder's risk."""
MAX_BITS = 32
MAX_BLOCKS = 1_000_000  # tiles or strips of one image
FIRST_BYTES = 16 * 1024
MAX_READS = 64  # of one file: its tables may be anywhere

Result = TypeVar("Result")


def read_and_parse(
    size: int, read: Callable[[int, int], bytes], parse: Callable[[FilePieces], Result]
) -> Result:
    """What parsing gives of a file of so many bytes, of which `read` gives [start, stop)."""
    pieces = FilePieces(size, [(0, read(0, min(FIRST_BYTES, size)))])
    for _ in range(MAX_READS):
        try:
            return parse(pieces)
        except MissingBytes as missing:
            data = read(missing.start, missing.stop)
            if len(data) < missing.stop - missing.start:
                raise BrokenTiff("it ends early") from None
            pieces.add(missing.start, data)
    raise BrokenTiff("its tables are in too many places")


def check_layout(pieces: FilePieces, *, has_overviews: bool) -> None:
    """Nothing if the first image, and its overviews if they are wanted, lie in the file.

    Raises:
        Broken: they do not, or this cannot be told.
        Unreadable: it is stored in a way that is not read.
        Missing: more of the file is needed.
    """
    try:
        for image in _all_images(pieces) if has_overviews else [first_directory(pieces)]:
            _check_image(image, pieces)
    except UnfitForFastPath as cause:
        raise BrokenTiff(str(cause)) from cause


def _all_images(pieces: FilePieces) -> Iterator[TiffDirectory]:
    """Every image of the file, in the order of its directories."""
    found = first_directory(pieces)
    seen: set[int] = set()
    yield found
    while found.next_at:
        if found.next_at in seen or len(seen) >= MAX_IMAGES:
            raise BrokenTiff("its overviews have no end")
        seen.add(found.next_at)
        found = read_directory(pieces, found.next_at)
        yield found


def _check_image(image: TiffDirectory, pieces: FilePieces) -> None:
    """Check one image's tables against its size and the file's."""
    compression = image.number(pieces, COMPRESSION, PLAIN)
    if compression not in KNOWN:
        raise UnreadableRaster(
            f"it is compressed by TIFF's method {compression}; none, deflate, LZW, PackBits and "
            "ZSTD are read"
        )
    samples = image.number(pieces, SAMPLES, 1)
    bits = image.number(pieces, BITS, 1) if samples == 1 else 0  # else there is one for each
    width, height = image.number(pieces, WIDTH), image.number(pieces, HEIGHT)
    if samples != 1 or not 0 < bits <= MAX_BITS:
        found = f"numbers of {bits} bits" if samples == 1 else f"{samples} bands"
        raise UnreadableRaster(
            f"expected one band of numbers of at most {MAX_BITS} bits, found {found}"
        )
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise BrokenTiff(f"it has {width} x {height} pixels")
    sizes, tags = _block_sizes(image, pieces, width, height, bits)
    offsets, counts = (_block_table(image, pieces, tag, sizes.size) for tag in tags)
    absent = (offsets == 0) & (counts == 0)  # sparse: GDAL writes no block where all is empty
    room = np.minimum(offsets, np.uint64(pieces.size))
    fits = (offsets > 0) & (counts > 0) & (counts <= np.uint64(pieces.size) - room)
    if compression == PLAIN:
        fits &= counts == sizes
    wrong = np.flatnonzero(~(fits | absent))
    if wrong.size:
        at = int(wrong[0])
        start, count = int(offsets[at]), int(counts[at])
        raise BrokenTiff(
            f"its block {at} lies at bytes {start}-{start + count} of {pieces.size}, where it "
            "cannot be"
        )


def _block_sizes(
    image: TiffDirectory, pieces: FilePieces, width: int, height: int, bits: int
) -> tuple[Numbers, tuple[int, int]]:
    """Bytes of each tile or strip uncompressed, and the tags of their offsets and counts."""
    if TILE_WIDTH in image.places:
        if STRIP_OFFSETS in image.places or STRIP_COUNTS in image.places:
            raise BrokenTiff("it has both tiles and strips")
        across, down = (image.number(pieces, tag) for tag in (TILE_WIDTH, TILE_HEIGHT))
        if not (0 < across <= MAX_SIDE and 0 < down <= MAX_SIDE):
            raise BrokenTiff(f"its tiles have {across} x {down} pixels")
        count = -(-width // across) * -(-height // down)
        if count > MAX_BLOCKS:
            raise UnreadableRaster(f"it is stored in {count} tiles, which are too many")
        each = -(-across * bits // 8) * down
        return np.full(count, each, dtype=np.uint64), (OFFSETS, COUNTS)
    if OFFSETS in image.places or COUNTS in image.places:
        raise BrokenTiff("it has tiles of no size")
    rows = min(image.number(pieces, STRIP_ROWS, height), height)
    if rows <= 0:
        raise BrokenTiff("its strips have no rows")
    row_bytes = -(-width * bits // 8)
    tops = np.arange(0, height, rows)
    sizes = np.minimum(rows, height - tops) * row_bytes
    return sizes.astype(np.uint64), (STRIP_OFFSETS, STRIP_COUNTS)


def _block_table(image: TiffDirectory, pieces: FilePieces, tag: int, count: int) -> Numbers:
    """Offsets or counts, one for each tile or strip."""
    values = image.values(pieces, tag)
    if values is None or values.size != count or values.dtype.kind != "u":
        raise BrokenTiff(f"its tag {tag} does not have a number for each of {count} blocks")
    return values.astype(np.uint64)
