"""Chips, masks and residuals as files of the archive: GeoTIFFs with a STAC item beside them.

Encoding and decoding only; items are written in `stac_items`, and which pixels are worth
keeping is decided by the stages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.io import MemoryFile

from resources.archive.store import Archive
from resources.errors import ArchiveError
from resources.models import BANDS, BandName, Grid, Raster

OWN_FILE: Mapping[BandName, str] = {"scl": "scl", "cloud": "probability", "snow": "probability"}
"""Files of bands that are no reflectance; the others go together by pixel size."""

MOST_BLOCK: Final = 512  # pixels; of tiles, as GDAL's driver has it
BLOCK_STEP: Final = 16  # pixels; sides of TIFF's tiles are multiples of it
LEAST_BLOCK: Final = 128  # pixels; the least that the COG driver of GDAL takes
MEDIA_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"


@dataclass(frozen=True, slots=True)
class RasterProfile:
    """What a GeoTIFF shows: shape (y, x), place, type and names of its bands."""

    shape: tuple[int, int]
    transform: Affine
    epsg: int
    dtype: str
    nodata: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One object of the archive with its checksum (SHA-256 of the file, hexadecimal).

    `picture` is known where the file was just stored, and no part of what it is.
    """

    key: str
    sha256: str
    picture: RasterProfile | None = field(default=None, compare=False)


def store_chip(
    archive: Archive, folder: str, rasters: Mapping[BandName, Raster], *, note: str
) -> list[StoredFile]:
    """Write the bands of one item as they came, bands of one pixel grid in one file.

    Args:
        archive: where to.
        folder: key of the chip's folder.
        rasters: bands in the source's own pixels.
        note: line of attribution, written into each file.

    Returns:
        The files, sorted by key; named by their content, so that writing twice changes nothing.

    Raises:
        ValueError: bands of one pixel size differ in grid or type.
    """
    files = []
    for label, names in _bands_by_file(rasters).items():
        first = rasters[names[0]]
        stack = np.stack([rasters[name].pixels for name in names])
        data = encode_geotiff(stack, first.transform, first.epsg, names=names, note=note)
        picture = RasterProfile(
            *(first.pixels.shape, first.transform, first.epsg, str(first.pixels.dtype), 0),
            names=tuple(names),
        )
        files.append(_store_file(archive, f"{folder}/{label}", data, picture))
    return sorted(files, key=lambda file: file.key)


def store_image(
    archive: Archive,
    stem: str,
    image: npt.NDArray[np.generic],
    *,
    grid: Grid,
    name: str,
    note: str,
    nodata: int = 0,
) -> StoredFile:
    """Write one image of the site grid, shape (y, x), under `stem` and its content."""
    data = encode_geotiff(
        image[None], grid.transform, grid.epsg, names=[name], note=note, nodata=nodata
    )
    band = stem.rsplit("/", 1)[1]
    picture = RasterProfile(
        grid.shape, grid.transform, grid.epsg, str(image.dtype), nodata, (band,)
    )
    return _store_file(archive, stem, data, picture)


def load_bands(archive: Archive, keys: Sequence[str]) -> dict[BandName, Raster]:
    """The bands of a chip from its files.

    Raises:
        ArchiveError: a file is missing or cannot be read.
    """
    bands: dict[BandName, Raster] = {}
    for key in keys:
        stack, names, transform, epsg = decode_geotiff(_verified_bytes(archive, key), key)
        for name, pixels in zip(names, stack, strict=True):
            if name in BANDS:
                bands[name] = Raster(pixels, transform, epsg, 0)
    return bands


def load_image(archive: Archive, key: str) -> npt.NDArray[np.generic]:
    """One image that `store_image` wrote, shape (y, x)."""
    image: npt.NDArray[np.generic] = decode_geotiff(_verified_bytes(archive, key), key)[0][0]
    return image


def encode_geotiff(
    stack: npt.NDArray[np.generic],
    transform: Affine,
    epsg: int,
    *,
    names: Sequence[str],
    note: str,
    nodata: int = 0,
) -> bytes:
    """A cloud-optimised GeoTIFF of a stack (band, y, x), losslessly compressed."""
    count, rows, columns = stack.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="COG",
            dtype=stack.dtype,
            count=count,
            height=rows,
            width=columns,
            transform=transform,
            crs=f"EPSG:{epsg}",
            nodata=nodata,
            compress="DEFLATE",
            predictor="YES",
            overviews="NONE",
            blocksize=block_of(rows, columns),
        ) as file:
            file.write(stack)
            file.descriptions = tuple(names)
            file.update_tags(TIFFTAG_COPYRIGHT=note)
        return bytes(memory.read())


def block_of(rows: int, columns: int) -> int:
    """Side of the square tiles of a file that pad its image least, pixels.

    Tiles are written whole: in one of 512, GDAL's own choice, an image of 100 x 100 takes four
    times as long to write and to read.
    """

    def padded(block: int) -> tuple[int, int]:
        across, down = -(-columns // block), -(-rows // block)
        return across * down * block**2, across * down

    sides = (-(-side // -(-side // MOST_BLOCK)) for side in (rows, columns))
    whole = (max(-(-side // BLOCK_STEP) * BLOCK_STEP, LEAST_BLOCK) for side in sides)
    return min(whole, key=padded)


def decode_geotiff(
    data: bytes, key: str
) -> tuple[npt.NDArray[np.generic], tuple[str, ...], Affine, int]:
    """Pixels (band, y, x), band names, transform and EPSG code of an archived file."""
    try:
        with MemoryFile(data) as memory, memory.open(driver="GTiff") as file:
            names = tuple(name or "" for name in file.descriptions)
            return file.read(), names, file.transform, int(file.crs.to_epsg() or 0)
    except rasterio.RasterioIOError as cause:
        raise ArchiveError(
            f"{key} in the archive is not a whole GeoTIFF; delete it and run its month again."
        ) from cause


def read_item(archive: Archive, key: str) -> dict[str, object] | None:
    """The STAC item at a key; None if there is none or it cannot be read."""
    if not archive.exists(key):
        return None
    try:
        item = json.loads(archive.get(key))
    except ValueError:
        return None
    return item if isinstance(item, dict) else None


def item_files(item: Mapping[str, object], key: str) -> list[StoredFile]:
    """The files that a STAC item of the archive describes."""
    folder = key.rsplit("/", 1)[0]
    assets = item.get("assets")
    found = []
    for asset in assets.values() if isinstance(assets, dict) else ():
        name = str(asset["href"]).removeprefix("./")
        found.append(StoredFile(f"{folder}/{name}", str(asset["file:checksum"])[4:]))
    return sorted(found, key=lambda file: file.key)


def files_beside(archive: Archive, item_key: str) -> list[StoredFile]:
    """The files of the STAC item at a key; none if there is no such item."""
    item = read_item(archive, item_key)
    return [] if item is None else item_files(item, item_key)


def image_beside(archive: Archive, item_key: str, name: str) -> npt.NDArray[np.generic] | None:
    """The image that `store_image` wrote under this name beside an item; None if there is none.

    Raises:
        ArchiveError: its file is missing or cannot be read.
    """
    for file in files_beside(archive, item_key):
        if file.key.rsplit("/", 1)[1].startswith(f"{name}-"):
            return load_image(archive, file.key)
    return None


def _bands_by_file(rasters: Mapping[BandName, Raster]) -> dict[str, list[BandName]]:
    """Bands that share pixel grid and type, by the label of their file."""
    groups: dict[str, list[BandName]] = {}
    for name in BANDS:
        if name in rasters and rasters[name].pixels.size:
            size = f"{rasters[name].transform.a:g}m"
            label = OWN_FILE.get(name, f"bands-{size}")
            groups.setdefault(label, []).append(name)
            _check_same_grid(rasters[groups[label][0]], rasters[name], name)
    return groups


def _check_same_grid(first: Raster, other: Raster, name: BandName) -> None:
    """ValueError if bands of one pixel size do not lie on each other."""
    is_same = (
        other.epsg == first.epsg
        and other.pixels.shape == first.pixels.shape
        and other.pixels.dtype == first.pixels.dtype
        and other.transform.almost_equals(first.transform, precision=1e-6)
    )
    if not is_same:
        raise ValueError(f"{name} does not lie on the pixels of the other bands of its size")


def _store_file(archive: Archive, stem: str, data: bytes, picture: RasterProfile) -> StoredFile:
    """Write an object under its content's name, unless it is there."""
    digest = hashlib.sha256(data).hexdigest()
    key = f"{stem}-{digest[:16]}.tif"
    if not archive.exists(key) or archive.get(key) != data:  # a crash may have left half of it
        archive.put(key, data)
    return StoredFile(key, digest, picture)


def _verified_bytes(archive: Archive, key: str) -> bytes:
    """The bytes of an object that is named by its content.

    Raises:
        ArchiveError: they are not what its name says.
    """
    data = archive.get(key)
    if hashlib.sha256(data).hexdigest()[:16] not in key:
        raise ArchiveError(
            f"{key} in the archive is not what its name says; delete it and run its month again."
        )
    return data
