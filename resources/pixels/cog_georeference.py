"""Where a GeoTIFF lies, for the plain cases: an EPSG code and a north-up grid of metres.

Anything unusual is left to GDAL, which knows the whole standard (OGC 19-008).
"""

from __future__ import annotations

from functools import lru_cache

from affine import Affine
from rasterio import Env
from rasterio.crs import CRS
from rasterio.errors import CRSError

from resources.pixels.tiff_tags import FilePieces, TiffDirectory, UnfitForFastPath
from resources.pixels.window import UnreadableRaster, checked_transform, metres_per_unit

PIXEL_SCALE, TIE_POINT, TRANSFORMATION, GEO_KEYS, GEO_TEXT = 33550, 33922, 34264, 34735, 34737
CITATIONS = frozenset({1026, 2049, 3073})  # names in words
MODEL = 1024
PLAIN_KEYS = {MODEL: 1, 1025: 1, 2054: 9102, 3076: 9001}
"""What keys must say if they are there: projected, pixel is area, degrees, metres."""
PROJECTED_CRS = 3072
TOLD_ELSEWHERE = 32767  # user-defined
ODD_NAMES = ("ESRI", "IMAGINE", "=")  # in names by which GDAL overrides the code


def read_georeference(directory: TiffDirectory, pieces: FilePieces) -> tuple[int, Affine]:
    """EPSG code and transform; Unfit if they are not plain, or Missing."""
    return _projected_epsg(directory, pieces), _pixel_transform(directory, pieces)


def _projected_epsg(directory: TiffDirectory, pieces: FilePieces) -> int:
    values = directory.values(pieces, GEO_KEYS)
    if values is None or values.dtype.kind != "u" or values.size < 4:  # noqa: PLR2004 - its head
        raise UnfitForFastPath("it has no keys of a coordinate system")
    numbers = [int(value) for value in values]
    keys = numbers[4:]
    if numbers[:3] not in ([1, 1, 0], [1, 1, 1]) or len(keys) != 4 * numbers[3]:
        raise UnfitForFastPath("the keys of its coordinate system are of an unknown form")
    text = directory.text(pieces, GEO_TEXT) or ""
    found: dict[int, int] = {}
    for key, where, count, value in zip(*(keys[step::4] for step in range(4)), strict=True):
        is_name = key in CITATIONS and where == GEO_TEXT and value + count <= len(text)
        if key <= max(found, default=0) or not (is_name or (where, count) == (0, 1)):
            raise UnfitForFastPath(f"its key {key} is unusual")
        found[key] = value
    for key, value in found.items():
        if key not in CITATIONS | {PROJECTED_CRS} and PLAIN_KEYS.get(key) != value:
            raise UnfitForFastPath(f"its key {key} is {value}")
    code = found.get(PROJECTED_CRS, TOLD_ELSEWHERE)
    if MODEL not in found or any(name in text for name in ODD_NAMES) or not _is_plain(code):
        raise UnfitForFastPath(f"its coordinate system {code} is not a plain one")
    return code


@lru_cache(maxsize=256)
def _is_plain(code: int) -> bool:
    """Whether PROJ knows the code as a projected system in metres and gives it back."""
    try:
        with Env():  # else PROJ writes to the console
            crs = CRS.from_epsg(code)
            return bool(crs.is_projected and crs.to_epsg() == code and metres_per_unit(code) == 1)
    except CRSError:
        return False


def _pixel_transform(directory: TiffDirectory, pieces: FilePieces) -> Affine:
    scale = _tag_doubles(directory, pieces, PIXEL_SCALE, 3)
    tie = _tag_doubles(directory, pieces, TIE_POINT, 6)
    matrix = _tag_doubles(directory, pieces, TRANSFORMATION, 16)
    if scale and tie and not matrix:
        column, row, _, x, y, _ = tie
        if scale[0] <= 0 or scale[1] <= 0:
            raise UnfitForFastPath("its pixels have no size")
        found = Affine(scale[0], 0.0, x - column * scale[0], 0.0, -scale[1], y + row * scale[1])
    elif matrix and not scale and not tie:
        found = Affine(matrix[0], matrix[1], matrix[3], matrix[4], matrix[5], matrix[7])
    else:
        raise UnfitForFastPath("it is not placed in the plain way")
    try:
        return checked_transform(found)
    except UnreadableRaster as cause:
        raise UnfitForFastPath(str(cause)) from cause


def _tag_doubles(directory: TiffDirectory, pieces: FilePieces, tag: int, count: int) -> list[float]:
    """The numbers of a tag; empty if it is not there."""
    values = directory.values(pieces, tag)
    if values is None:
        return []
    if values.size != count or values.dtype.kind != "f":
        raise UnfitForFastPath(f"its tag {tag} has {values.size} values")
    return [float(value) for value in values]
