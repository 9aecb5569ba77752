"""Putting the chips of one acquisition onto the site's grid, as surface reflectance.

The one resampling of the project happens here. Reading chips and deciding offsets is not its job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from rasterio.warp import Resampling, reproject

from resources.models import REFLECTANCE_BANDS, BandName, Grid, Raster

Reflectance: TypeAlias = npt.NDArray[np.float32]
Classes: TypeAlias = npt.NDArray[np.uint8]

SCALE = 1e-4  # L2A QUANTIFICATION_VALUE 10000, in every processing baseline so far
SATURATED_DN = 65535  # L2A SATURATED in the product's own metadata (MTD_MSIL2A)
ALIGNED_M = 0.01  # grids closer than a centimetre are one grid: declared origins are rounded


@dataclass(frozen=True, slots=True)
class Look:
    """One acquisition on the site grid.

    Attributes:
        reflectance: surface reflectance, shape (band, y, x), bands as in REFLECTANCE_BANDS;
            NaN where unseen or where the item has no such band. May be negative.
        scl: scene classification of Sen2Cor, shape (y, x); 0 where unseen.
        is_saturated: shape (y, x), any band at the product's saturation value.
    """

    acquisition_id: str
    sensed_at: dt.datetime
    relative_orbit: int
    reflectance: Reflectance
    scl: Classes
    is_saturated: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ItemPixels:
    """The chip of one item with the numbers that turn its DN into reflectance."""

    rasters: dict[BandName, Raster]
    offset_dn: int
    scale: float


def assemble_look(
    acquisition_id: str,
    sensed_at: dt.datetime,
    relative_orbit: int,
    *,
    parts: Sequence[ItemPixels],
    grid: Grid,
) -> Look:
    """One look of the whole site from its items, the first that saw a pixel winning.

    Args:
        acquisition_id: id of the look.
        sensed_at: when it was seen, UTC.
        relative_orbit: 1..143, or 0 for unknown.
        parts: chips of the items, preferred first.
        grid: the site's grid.

    Returns:
        The look; reflectance = (DN + offset) * scale, DN 0 is unseen (ESA product
        specification, S2-PDGS-TAS-DI-PSD).
    """
    rows, columns = grid.shape
    reflectance = np.full((len(REFLECTANCE_BANDS), rows, columns), np.nan, np.float32)
    scl = np.zeros((rows, columns), np.uint8)
    saturated = np.zeros((rows, columns), bool)
    for part in parts:
        for index, band in enumerate(REFLECTANCE_BANDS):
            if band in part.rasters:
                numbers = onto_grid(part.rasters[band], grid)
                fresh = np.isnan(reflectance[index]) & (numbers > 0)
                values = (numbers + part.offset_dn) * part.scale
                reflectance[index][fresh] = values[fresh]
                saturated |= fresh & (numbers >= SATURATED_DN)
        classes = onto_grid(part.rasters["scl"], grid)
        fresh = (scl == 0) & (classes > 0)
        scl[fresh] = classes[fresh].astype(np.uint8)
    return Look(acquisition_id, sensed_at, relative_orbit, reflectance, scl, saturated)


def onto_grid(raster: Raster, grid: Grid) -> npt.NDArray[np.float32]:
    """The raster's numbers on the grid, nearest pixel, shape (y, x); 0 where it has none.

    Where both share one lattice the source's pixels are copied (20 m pixels are repeated, so no
    detail is invented); elsewhere GDAL's warper takes the nearest.
    """
    out = np.zeros(grid.shape, np.float32)
    if raster.pixels.size == 0:
        return out
    if _shares_lattice(raster, grid):
        _copy_aligned(raster, grid, out)
        return out
    reproject(
        raster.pixels.astype(np.float32),
        out,
        src_transform=raster.transform,
        src_crs=f"EPSG:{raster.epsg}",
        src_nodata=0,
        dst_transform=grid.transform,
        dst_crs=f"EPSG:{grid.epsg}",
        dst_nodata=0,
        resampling=Resampling.nearest,
    )
    return out


def _shares_lattice(raster: Raster, grid: Grid) -> bool:
    """Whether each source pixel is a whole block of grid pixels."""
    step = raster.transform.a / grid.resolution_m
    column = (raster.transform.c - grid.bounds.west) / grid.resolution_m
    row = (grid.bounds.north - raster.transform.f) / grid.resolution_m
    near = ALIGNED_M / grid.resolution_m
    return (
        raster.epsg == grid.epsg
        and raster.transform.b == raster.transform.d == 0
        and raster.transform.a == -raster.transform.e
        and round(step) >= 1
        and all(abs(number - round(number)) < near for number in (step, column, row))
    )


def _copy_aligned(raster: Raster, grid: Grid, out: npt.NDArray[np.float32]) -> None:
    """Copy whole blocks of a raster on the grid's own lattice into `out`."""
    step = round(raster.transform.a / grid.resolution_m)
    column = round((raster.transform.c - grid.bounds.west) / grid.resolution_m)
    row = round((grid.bounds.north - raster.transform.f) / grid.resolution_m)
    height, width = (side * step for side in raster.pixels.shape)
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + height, out.shape[0]), min(column + width, out.shape[1])
    if top >= bottom or left >= right:
        return
    rows = (np.arange(top, bottom) - row) // step  # of the source, for each row of the grid
    columns = (np.arange(left, right) - column) // step
    out[top:bottom, left:right] = raster.pixels[np.ix_(rows, columns)]
