"""Full-size files like Earth Search's: seeded texture that compresses as real pixels do.

Made once into a cache folder and served under many addresses; what is in them as pixels and
where (the truth of the comparison) is also read here, from disk.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.io import MemoryFile
from rasterio.shutil import copy
from rasterio.windows import Window

from bench.fetch.plan import EPSG, NORTH, PIXEL_M, TILE, WEST, Place, TileRow
from resources.models import BandName

Pixels = npt.NDArray[np.uint16]

PERIOD: Final = 2_875  # pixels after which the texture repeats; no multiple of a tile's edge
ROUGHNESS: Final = 1.25  # power with which amplitudes fall as frequency grows
CONTRAST: Final = 170.0  # digital numbers, standard deviation of the texture
NOISE: Final = 5.0  # digital numbers, of the instrument; with the two above 1.2 MB a tile
MEAN: Final = 1_700.0  # digital numbers
RAMP: Final = 600.0  # digital numbers from corner to corner, so that no two tiles are alike
RECIPE: Final = "1"  # counts up when files are made otherwise, so that old ones are left

SOURCES: Final[dict[BandName, str]] = {
    "blue": "10m-a",
    "green": "10m-b",
    "red": "10m-a",
    "nir": "10m-b",
    "swir16": "20m-a",
    "swir22": "20m-a",
}
"""Which file stands for a band: few, since making one takes seconds and 150 MB."""


@dataclass(frozen=True, slots=True)
class Scenes:
    """The files on disk, by band; `edge` of the scene in 10 m pixels."""

    edge: int
    files: dict[BandName, Path]

    def digests(self, place: Place) -> dict[BandName, str]:
        """What identifies the right pixels of a window, by band."""
        return {band: digest(self._window(band, place)) for band in self.files}

    def _window(self, band: BandName, place: Place) -> Pixels:
        column, row, edge = place.pixels(band)
        with rasterio.open(self.files[band]) as file:
            pixels: Pixels = file.read(1, window=Window(column, row, edge, edge))
        return pixels

    def tile_rows(self, place: Place) -> dict[BandName, list[TileRow]]:
        """The tiles that a window touches, by band."""
        return {band: self._tile_rows(band, place) for band in self.files}

    def _tile_rows(self, band: BandName, place: Place) -> list[TileRow]:
        column, row, edge = place.pixels(band)
        left, right = column // TILE, (column + edge - 1) // TILE
        with rasterio.open(self.files[band]) as file:
            return [
                TileRow(
                    start=_tag(file, f"BLOCK_OFFSET_{left}_{y}"),
                    stop=_tag(file, f"BLOCK_OFFSET_{right}_{y}")
                    + _tag(file, f"BLOCK_SIZE_{right}_{y}"),
                    share=min(row + edge - y * TILE, TILE) / min(file.height - y * TILE, TILE),
                )
                for y in range(row // TILE, (row + edge - 1) // TILE + 1)
            ]


def digest(pixels: npt.NDArray[np.generic]) -> str:
    """What identifies an array: its shape, type and content."""
    content = np.ascontiguousarray(pixels)
    start = f"{content.shape} {content.dtype}".encode()
    return hashlib.blake2b(start + content.tobytes(), digest_size=16).hexdigest()


def make_scenes(edge: int, cache: Path | None = None) -> Scenes:
    """The files, made unless the cache has them: about half a minute on two cores.

    Args:
        edge: of the scene, 10 m pixels: 10980 for Sentinel-2's.
        cache: folder that keeps them, 0.4 GB; None for one in the machine's temporary folder.
    """
    folder = cache or Path(tempfile.gettempdir()) / "sitewatch-bench"
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[BandName, Path] = {}
    for band, name in SOURCES.items():
        files[band] = folder / f"{name}-{edge}-v{RECIPE}.tif"
        if not files[band].exists():
            step = PIXEL_M[band] // 10
            _write(files[band], _texture(edge // step, seed=sum(name.encode())), 10.0 * step)
    return Scenes(edge, files)


def _texture(edge: int, *, seed: int) -> Pixels:
    """Fractal noise with that of an instrument on it, shape (edge, edge), 1 or more."""
    random, period = np.random.default_rng(seed), min(edge, PERIOD)
    white = np.fft.rfft2(random.standard_normal((period, period), dtype=np.float32))
    frequency = np.hypot(np.fft.fftfreq(period)[:, None], np.fft.rfftfreq(period)[None])
    frequency[0, 0] = np.inf
    patch = np.fft.irfft2(white * frequency**-ROUGHNESS, s=(period, period))
    patch *= CONTRAST / patch.std()
    patch += NOISE * random.standard_normal(patch.shape)
    repeats = math.ceil(edge / period)
    pixels = np.tile(patch.astype(np.float32), (repeats, repeats))[:edge, :edge]
    ramp = np.linspace(-RAMP / 2, RAMP / 2, edge, dtype=np.float32)
    pixels += MEAN + ramp[:, None] / 2 + ramp[None] / 2
    return pixels.clip(1, 15_000).astype(np.uint16)


def _write(path: Path, pixels: Pixels, pixel_m: float) -> None:
    """A COG under its name once it is whole, so that an interrupted run leaves no half."""
    edge = len(pixels)
    profile = {
        "driver": "GTiff",
        "width": edge,
        "height": edge,
        "count": 1,
        "dtype": "uint16",
        "crs": f"EPSG:{EPSG}",
        "transform": Affine(pixel_m, 0, WEST, 0, -pixel_m, NORTH),
        "nodata": 0,
    }
    part = path.with_suffix(".part")
    with MemoryFile() as memory:
        with memory.open(**profile) as file:
            file.write(pixels, 1)
        with memory.open() as file:
            copy(
                file,
                part,
                driver="COG",
                BLOCKSIZE=TILE,
                COMPRESS="DEFLATE",
                PREDICTOR="YES",
                OVERVIEW_RESAMPLING="AVERAGE",
                NUM_THREADS="ALL_CPUS",
            )
    part.replace(path)


def _tag(file: rasterio.DatasetReader, name: str) -> int:
    return int(file.get_tag_item(name, "TIFF", bidx=1))
