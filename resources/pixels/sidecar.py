"""Where a local raster lies, out of GDAL's small XML file beside it (NAME.aux.xml).

Only numbers and a coordinate system are taken from it, here and not by GDAL, which would also open
what such a file names.
"""

from __future__ import annotations

import math
import os
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from affine import Affine
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # has no stubs
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # has no stubs
from rasterio import Env
from rasterio.crs import CRS
from rasterio.errors import CRSError

from resources.pixels.window import UnreadableRaster

MAX_BYTES = 256 * 1024  # real ones have 2 kB, with statistics and histograms 10 kB
MAX_WKT = 20_000  # characters; a UTM zone has 700
NUMBERS = 6  # of a transform


@dataclass(frozen=True, slots=True)
class SidecarGeoreference:
    """What is told beside a raster.

    Attributes:
        epsg: of its CRS; None if that has no code.
        transform: from (column, row) to (x, y).
        nodata: what marks unseen pixels; None if it is not told.
    """

    epsg: int | None
    transform: Affine
    nodata: float | None


def has_sidecar(path: str) -> bool:
    """Whether there is anything called NAME.aux.xml beside a file."""
    return os.path.lexists(f"{path}.aux.xml")


def read_sidecar(path: str) -> SidecarGeoreference | None:
    """What NAME.aux.xml beside a file tells; None if there is none, or it tells no place.

    Raises:
        Unreadable: it is a link, no plain file, too large, or not what GDAL writes.
    """
    content = _sidecar_bytes(Path(f"{path}.aux.xml"))
    if content is None:
        return None
    try:
        root: Element = fromstring(content, forbid_dtd=True)
        place, system = root.findtext("GeoTransform"), root.findtext("SRS")
        if place is None or system is None:
            return None
        numbers = [float(number) for number in place.split(",")]
        marker = root.findtext("PAMRasterBand/NoDataValue")
        nodata = None if marker is None else float(marker)
    except (ParseError, DefusedXmlException, ValueError) as cause:
        raise UnreadableRaster(f"the .aux.xml beside it cannot be understood: {cause}") from cause
    if len(numbers) != NUMBERS or not all(math.isfinite(number) for number in numbers):
        raise UnreadableRaster(f"the .aux.xml beside it has the transform {place[:80]!r}")
    return SidecarGeoreference(_wkt_epsg(system.strip()), Affine.from_gdal(*numbers), nodata)


def _sidecar_bytes(path: Path) -> bytes | None:
    """A small plain file; None if there is none."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as cause:  # O_NOFOLLOW: a link is an error
        raise UnreadableRaster(
            f"the .aux.xml beside it is a link or cannot be read: {cause}"
        ) from cause
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise UnreadableRaster("the .aux.xml beside it is not a plain file")
        content = os.read(number, MAX_BYTES + 1)
    finally:
        os.close(number)
    if len(content) > MAX_BYTES:
        raise UnreadableRaster(f"the .aux.xml beside it has more than {MAX_BYTES} bytes")
    return content


@lru_cache(maxsize=64)
def _wkt_epsg(wkt: str) -> int | None:
    """Code of a CRS in words; None if there is none."""
    if len(wkt) > MAX_WKT:
        return None
    try:
        with Env():  # else PROJ writes to the console
            code = CRS.from_wkt(wkt).to_epsg()
    except CRSError:
        return None
    return None if code is None else int(code)
