"""Tells local files that contradict themselves before GDAL opens them.

GDAL, given a tiled TIFF whose tables do not fit its size, may hand out whatever was in memory.
"""

from __future__ import annotations

import os
from pathlib import Path

from resources.cog import Header, read_header
from resources.cog_plan import needs
from resources.cog_tags import Missing, Pieces, Unfit
from resources.rasters_window import PixelBox

HEADER_BYTES = 16 * 1024
MAX_READS = 8


def local_header(path: str) -> tuple[Header, int] | None:
    """The header of a tiled, deflated TIFF and the bytes of the file; None if it is another kind.

    Raises:
        Broken: it is of that kind, and not what it says of itself.
    """
    with Path(path).open("rb") as file:
        pieces = Pieces(os.fstat(file.fileno()).st_size, [(0, file.read(HEADER_BYTES))])
        for _ in range(MAX_READS):
            try:
                return read_header(pieces), pieces.size
            except Unfit:
                return None
            except Missing as missing:
                file.seek(missing.start)
                pieces.add(missing.start, file.read(missing.stop - missing.start))
    return None


def check_tiles(found: tuple[Header, int] | None, box: PixelBox) -> None:
    """Broken if a tile that a box touches lies outside the file."""
    if found is None:
        return
    header, size = found
    whole = header.image.whole
    if box.right <= whole.right and box.bottom <= whole.bottom:
        try:
            needs(header.image, box, size)
        except Unfit:
            return
