"""Random small rasters of many kinds for tests, each with the box to read of it.

They are written by rasterio; nothing here reads any.
"""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
import rasterio.warp
from affine import Affine
from rasterio.enums import Resampling

from resources.models import Bounds

EPSGS = (32633, 32637, 3035, 3857)
WEST, NORTH = 500_000.0, 5_000_000.0
DTYPES = ("uint8", "uint16", "int16", "uint32", "int32")


@dataclass(frozen=True)
class Made:
    """A raster on disk and a box in the CRS of `box_epsg`."""

    path: Path
    box: Bounds
    box_epsg: int
    note: dict[str, Any] = field(default_factory=dict)


def make_raster(path: Path, rng: np.random.Generator, **changes: Any) -> Made:
    """A tiled, deflated raster with everything else left to chance; `changes` decide some of it."""
    pixel = float(rng.choice([10.0, 20.0, 60.0]))
    height, width = (int(side) for side in rng.integers(1, 420, 2))
    dtype = str(rng.choice(DTYPES))
    nodata = [None, 0, 7][rng.integers(3)]
    note = {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "count": 1,
        "dtype": dtype,
        "nodata": nodata,
        "crs": f"EPSG:{rng.choice(EPSGS)}",
        "transform": Affine(pixel, 0, WEST, 0, -pixel, NORTH),
        "tiled": True,
        "blockxsize": int(rng.integers(1, 14)) * 16,
        "blockysize": int(rng.integers(1, 14)) * 16,
        "compress": "deflate",
        "zlevel": int(rng.integers(1, 10)),
        "predictor": int(rng.integers(1, 3)),
        "endianness": str(rng.choice(["little", "big"])),
        "bigtiff": str(rng.choice(["yes", "no"])),
        "sparse_ok": bool(rng.integers(2)),
        **changes,
    }
    pixels = _pixels(rng, (note["count"], height, width), note)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", **note) as file:
            file.write(pixels)
    if rng.random() < 0.1 and not changes:
        add_overviews(path, rng)
    box, box_epsg = _box(rng, note)
    return Made(path, box, box_epsg, note)


def _pixels(rng: np.random.Generator, shape: tuple[int, ...], note: dict[str, Any]) -> np.ndarray:
    """Noise, slopes, patches or nothing at all, with holes of nodata."""
    kind = rng.integers(5)
    limit = {"uint8": 250, "int8": 120}.get(note["dtype"], 30_000)
    if kind == 0:
        pixels: np.ndarray = rng.integers(0, limit, shape)
    elif kind == 1:
        pixels = np.add.outer(np.arange(shape[1]), np.arange(shape[2]))[None] % limit
    elif kind == 2:
        pixels = np.full(shape, int(rng.integers(limit)))
    else:
        pixels = np.kron(
            rng.integers(0, limit, (1, -(-shape[1] // 8), -(-shape[2] // 8))),
            np.ones((1, 8, 8), dtype=int),
        )[:, : shape[1], : shape[2]]
    pixels = np.broadcast_to(pixels, shape).astype(note["dtype"])
    if note["dtype"].startswith("int") and rng.random() < 0.1:  # which no reflectance has
        pixels -= np.array(limit // 2, pixels.dtype)
    if rng.random() < 0.5:  # sparse tiles arise where a whole tile is empty
        top, left = int(rng.integers(shape[1])), int(rng.integers(shape[2]))
        pixels[:, top:, left:] = note["nodata"] or 0
    return pixels


def add_overviews(path: Path, rng: np.random.Generator) -> None:
    """Overviews of a quarter and a sixteenth, or those of a COG."""
    if rng.random() < 0.5:
        with rasterio.open(path, "r+") as file:
            file.build_overviews([2, 4], Resampling.nearest)
        return
    plain = path.with_suffix(".plain")
    path.rename(plain)
    rasterio.shutil.copy(
        plain, path, driver="COG", compress="deflate", predictor="yes", blocksize=128
    )
    plain.unlink()


def _box(rng: np.random.Generator, note: dict[str, Any]) -> tuple[Bounds, int]:
    """A box inside, over the edge, beside, or larger than the raster; at times in degrees."""
    pixel, width, height = note["transform"].a, note["width"], note["height"]
    epsg = int(note["crs"].removeprefix("EPSG:"))
    x, y = rng.uniform(-0.4, 1.1, 2) * (width, height)
    columns, rows = rng.uniform(0.01, 1.2, 2) * (width, height)
    if rng.random() < 0.5:
        x, y, columns, rows = np.round([x, y, columns + 1, rows + 1])
    west, north = WEST + x * pixel, NORTH - y * pixel
    box = Bounds(west, north - rows * pixel, west + columns * pixel, north)
    if rng.random() < 0.2:
        edges = rasterio.warp.transform_bounds(note["crs"], "EPSG:4326", *_edges(box))
        return Bounds(*edges), 4326
    return box, epsg


def _edges(box: Bounds) -> tuple[float, float, float, float]:
    return box.west, box.south, box.east, box.north


def write_raster(path: Path, **changes: Any) -> np.ndarray:
    """A raster of 200 x 200 pixels in tiles of 64, nowhere empty; gives its pixels."""
    profile = {
        "driver": "GTiff",
        "width": 200,
        "height": 200,
        "count": 1,
        "dtype": "uint16",
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, WEST, 0, -10, NORTH),
        "tiled": True,
        "blockxsize": 64,
        "blockysize": 64,
        "compress": "deflate",
        **changes,
    }
    rng = np.random.default_rng(3)
    pixels = rng.integers(1, 100, (profile["height"], profile["width"])).astype(profile["dtype"])
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels, 1)
    return pixels
