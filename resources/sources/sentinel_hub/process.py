"""Pixels from Sentinel Hub's Process API: what is asked for a box, and how the answer is read.

Windows too large for one request are cut on the pixel grid. Sending is `sentinel_hub.client`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from sentinelhub.api.process import SentinelHubRequest
from sentinelhub.config import SHConfig
from sentinelhub.constants import CRS, MimeType, MosaickingOrder, ResamplingType
from sentinelhub.data_collections import DataCollection
from sentinelhub.download.models import DownloadRequest
from sentinelhub.geometry import BBox

from resources.models import (
    REFLECTANCE_BANDS,
    RESOLUTION_M,
    BandName,
    Bounds,
    Raster,
    SunViewAngles,
)
from resources.sources.sentinel_hub.answers import HubError
from resources.sources.sentinel_hub.evalscript import ANGLE_SCALE, ANGLES, NOT_TOLD, band_count

MAX_SIDE_PX: Final = 2500  # of one request (OpenAPI description of the Process API)
MAX_PIXELS: Final = 25_000_000  # of one window; a 25 km site has 6 million
SNAP: Final = 1e-6  # of a pixel: an edge this near a pixel's edge lies on it (floating point)
BYTES: Final = 2  # of a number: UINT16
HEADER_BYTES: Final = 1 << 20  # that a TIFF may have beside its numbers
TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # and BigTIFF
GDAL_OPTIONS: Final[dict[str, str | bool]] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # an answer has no files beside it
    "GDAL_PAM_ENABLED": False,  # the same
}

Stack = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class WindowPiece:
    """A part of a window: first column and row, and size, in pixels of the window."""

    column: int
    row: int
    columns: int
    rows: int

    @property
    def place(self) -> tuple[slice, slice, slice]:
        """Where it lies in a stack (band, y, x) of the whole window."""
        last_row, last_column = self.row + self.rows, self.column + self.columns
        return slice(None), slice(self.row, last_row), slice(self.column, last_column)


def window_shape(bounds: Bounds) -> tuple[int, int]:
    """Rows and columns of 10 m that cover a box, from its north-west corner; box in metres."""
    rows = math.ceil((bounds.north - bounds.south) / RESOLUTION_M - SNAP)
    columns = math.ceil((bounds.east - bounds.west) / RESOLUTION_M - SNAP)
    return rows, columns


def window_pieces(bounds: Bounds) -> list[WindowPiece]:
    """The window of a box in as few parts as one request each allows, of about equal size."""
    rows, columns = window_shape(bounds)
    return [
        WindowPiece(column, row, width, height)
        for row, height in _side_parts(rows)
        for column, width in _side_parts(columns)
    ]


def collection_at(base_url: str) -> DataCollection:
    """Surface reflectance at a deployment.

    sentinelhub's own constant names services.sentinel-hub.com, and would send requests there
    whatever is configured.
    """
    known = DataCollection.SENTINEL2_L2A
    if known.service_url == base_url:
        return known
    return known.define_from(f"SENTINEL2_L2A at {base_url}", service_url=base_url)


def process_request(
    piece: WindowPiece,
    bounds: Bounds,
    epsg: int,
    *,
    script: str,
    between: tuple[dt.datetime, dt.datetime],
    collection: DataCollection,
) -> DownloadRequest:
    """The request for one piece of a window.

    Args:
        piece: Which part.
        bounds: The window, of which west and north say where pixels begin, metres of `epsg`.
        epsg: CRS of the site's grid: the service resamples to it, by nearest pixel.
        script: Evalscript.
        between: First and last moment of sensing, both included.
        collection: Surface reflectance, which knows its deployment.
    """
    west = bounds.west + piece.column * RESOLUTION_M
    north = bounds.north - piece.row * RESOLUTION_M
    box = (west, north - piece.rows * RESOLUTION_M, west + piece.columns * RESOLUTION_M, north)
    wanted = SentinelHubRequest.input_data(
        collection,
        time_interval=between,
        mosaicking_order=MosaickingOrder.MOST_RECENT,
        upsampling=ResamplingType.NEAREST,  # classes cannot be mixed, and no detail is invented
        downsampling=ResamplingType.NEAREST,
        other_args={"processing": {"harmonizeValues": False}},  # sentinelhub has no argument for it
    )
    request = SentinelHubRequest(
        evalscript=script,
        input_data=[wanted],
        responses=[SentinelHubRequest.output_response("default", MimeType.TIFF)],
        bbox=BBox(box, CRS(epsg)),
        size=(piece.columns, piece.rows),
        config=SHConfig(use_defaults=True),  # else it reads the user's file; the address is above
    )
    return request.download_list[0]


def answer_limit(piece: WindowPiece, bands: Sequence[BandName]) -> int:
    """Bytes that the answer for a piece may have."""
    return piece.rows * piece.columns * band_count(bands) * BYTES + HEADER_BYTES


def read_answer(content: bytes, piece: WindowPiece, bands: Sequence[BandName]) -> Stack:
    """Numbers of a piece, shape (band, y, x): bands, angles and dataMask.

    Raises:
        HubError: the answer is not the TIFF that was asked for.
    """
    if content[:4] not in TIFF:
        raise HubError(f"expected a TIFF, found what begins with {content[:4]!r}; try again later")
    expected = (band_count(bands), piece.rows, piece.columns)
    try:
        with (
            rasterio.Env(**GDAL_OPTIONS),
            MemoryFile(content) as memory,
            memory.open(driver="GTiff") as file,  # no other: a VRT could name files to open
        ):
            found = (file.count, file.height, file.width)
            if found != expected or set(file.dtypes) != {"uint16"}:
                raise HubError(
                    f"expected {expected} numbers (band, y, x) of 16 bits, found {found} of "
                    f"{file.dtypes[0]}; report this to sitewatch"
                )
            stack: Stack = file.read()
    except RasterioError as cause:
        raise HubError("its answer is not a whole TIFF; try again later") from cause
    return stack


def rasters_of(
    stack: Stack, bands: Sequence[BandName], bounds: Bounds, epsg: int
) -> dict[BandName, Raster]:
    """The window of each band; `stack` as `read_answer` gives it, of the whole window."""
    transform = Affine(RESOLUTION_M, 0.0, bounds.west, 0.0, -RESOLUTION_M, bounds.north)
    rasters: dict[BandName, Raster] = {}
    for band, pixels in zip(bands, stack, strict=False):
        is_number = band in REFLECTANCE_BANDS
        rasters[band] = Raster(
            pixels=pixels if is_number else np.minimum(pixels, 255).astype(np.uint8),
            transform=transform,
            epsg=epsg,
            nodata=None if band in ("cloud", "snow") else 0,
        )
    return rasters


def mean_angles(stack: Stack, bands: Sequence[BandName]) -> SunViewAngles | None:
    """Where sun and sensor stood, over the pixels that were seen; None if none tells.

    Args:
        stack: Of the whole window.
        bands: Those before the angles in it.
    """
    seen = stack[-1] > 0
    means = []
    for index, name in enumerate(ANGLES, start=len(bands)):
        told = stack[index][seen & (stack[index] != NOT_TOLD)] * ANGLE_SCALE
        if told.size == 0:
            return None
        means.append(_mean_azimuth(told) if "Azimuth" in name else float(told.mean()))
    sun_azimuth, sun_zenith, view_azimuth, view_zenith = means
    return SunViewAngles(
        sun_elevation_deg=90.0 - sun_zenith,
        sun_azimuth_deg=sun_azimuth,
        view_zenith_deg=view_zenith,
        view_azimuth_deg=view_azimuth,
    )


def _mean_azimuth(degrees: npt.NDArray[np.float64]) -> float:
    """Of directions, so that 359 and 1 give 0."""
    turned = np.radians(degrees)
    mean = math.degrees(math.atan2(float(np.sin(turned).mean()), float(np.cos(turned).mean())))
    return round(mean, 6) % 360.0  # rounded first: a hair below 0 would be 360


def _side_parts(length: int) -> Iterator[tuple[int, int]]:
    """Start and length of the parts of a side."""
    count = math.ceil(length / MAX_SIDE_PX)
    edges = [round(part * length / count) for part in range(count + 1)]
    for first, last in itertools.pairwise(edges):
        yield first, last - first
