"""Puts the chips of one acquisition onto the site's grid, as surface reflectance.

The only resampling of the project. Chips are read in `looks`, offsets decided in `offsets`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from affine import Affine
from rasterio.warp import Resampling, reproject

from assets.scenes.resample import without_shift
from resources.models import REFLECTANCE_BANDS, BandName, Grid, Raster

Reflectance: TypeAlias = npt.NDArray[np.float32]
Classes: TypeAlias = npt.NDArray[np.uint8]

SCALE = 1e-4  # L2A QUANTIFICATION_VALUE 10000, in every processing baseline so far
SATURATED_DN = 65535  # L2A SATURATED in the product's own metadata (MTD_MSIL2A)
REACH_PX = 8  # of a raster: shifts of a pixel or two, and the four that interpolation takes
ALIGNED_M = 0.01  # grids closer than a centimetre are one grid: declared origins are rounded


@dataclass(frozen=True, slots=True)
class PixelShift:
    """How far the content of a look lies from its place: pixels of the site grid (10 m)."""

    east_px: float = 0.0
    south_px: float = 0.0


@dataclass(frozen=True, slots=True)
class LookPixels:
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
    shift: PixelShift | None = None,
) -> LookPixels:
    """One look of the whole site from its items; a pixel is of the first item that saw it.

    Args:
        acquisition_id: id of the look.
        sensed_at: when it was seen, UTC.
        relative_orbit: 1..143, or 0 for unknown.
        parts: chips of the items, preferred first.
        grid: the site's grid.
        shift: how far the look lies from its place, which is taken out here; None for not at all.

    Returns:
        The look: reflectance = (DN + offset) * scale, float32, shape (band, y, x); NaN for DN 0.

    Raises:
        KeyError: an item has no raster `scl`.

    Source:
        Sentinel-2 Products Specification, S2-PDGS-TAS-DI-PSD.
    """
    rows, columns = grid.shape
    reflectance = np.full((len(REFLECTANCE_BANDS), rows, columns), np.nan, np.float32)
    scl = np.zeros((rows, columns), np.uint8)
    saturated = np.zeros((rows, columns), bool)
    for part in parts:
        for index, band in enumerate(REFLECTANCE_BANDS):
            if band in part.rasters:
                raster = part.rasters[band]
                numbers = interpolated_onto_grid(raster, grid, shift)
                fresh = np.isnan(reflectance[index]) & ~np.isnan(numbers)
                values = (numbers + part.offset_dn) * part.scale
                np.copyto(reflectance[index], values, where=fresh)
                saturated |= fresh & _saturated_pixels(raster, grid, shift)
        classes = onto_grid(part.rasters["scl"], grid, shift)
        fresh = (scl == 0) & (classes > 0)
        scl[fresh] = classes[fresh].astype(np.uint8)
    return LookPixels(acquisition_id, sensed_at, relative_orbit, reflectance, scl, saturated)


def interpolated_onto_grid(
    raster: Raster, grid: Grid, shift: PixelShift | None = None
) -> npt.NDArray[np.float32]:
    """The numbers of a band on the grid, the shift of the look taken out; NaN where unseen.

    Where both share one lattice, source pixels are copied, or, to take a shift out, interpolated
    once in the source's own lattice (20 m pixels stay blocks: no detail is invented); elsewhere
    GDAL's warper interpolates. Both by cubic convolution; unseen pixels (0) are not used.

    Args:
        raster: of the band, DN, 0 where unseen.
        grid: the site's grid.
        shift: of the look, pixels of the grid; None for none.

    Returns:
        DN, shape (y, x), float32; may undershoot 0 beside bright objects.

    Raises:
        CRSError: off the grid's lattice, an EPSG code that is none (rasterio).

    Source:
        Keys 1981, doi:10.1109/TASSP.1981.1163711.
    """
    out = np.full(grid.shape, np.nan, np.float32)
    if raster.pixels.size == 0:
        return out
    if not _shares_lattice(raster, grid):
        _warp_onto_grid(raster, grid, out, shift or PixelShift(), Resampling.cubic)
    elif shift is None or shift == PixelShift():
        _copy_aligned(raster, grid, out)
        out[out == 0] = np.nan
    else:
        near = _cut_to(raster, grid)
        step = near.transform.a / grid.resolution_m
        pixels = without_shift(
            near.pixels,
            near.pixels != 0,
            east_px=shift.east_px / step,
            south_px=shift.south_px / step,
        )
        _copy_aligned(replace(near, pixels=pixels), grid, out)
    return out


def onto_grid(
    raster: Raster, grid: Grid, shift: PixelShift | None = None
) -> npt.NDArray[np.float32]:
    """The raster's numbers on the grid, nearest pixel, shape (y, x); 0 where it has none.

    For classes and marks, and to see where there are any pixels: nothing is interpolated.
    """
    out = np.zeros(grid.shape, np.float32)
    if raster.pixels.size == 0:
        return out
    shift = shift or PixelShift()
    if _shares_lattice(raster, grid):
        _copy_aligned(raster, grid, out, east=round(shift.east_px), south=round(shift.south_px))
    else:
        _warp_onto_grid(raster, grid, out, shift, Resampling.nearest)
    return out


def _saturated_pixels(
    raster: Raster, grid: Grid, shift: PixelShift | None
) -> npt.NDArray[np.bool_]:
    """Pixels that a saturated source pixel reaches by one of the four nearest, shape (y, x)."""
    full = np.greater_equal(raster.pixels, SATURATED_DN)
    if not full.any():
        return np.zeros(grid.shape, bool)
    marks = onto_grid(replace(raster, pixels=full.astype(np.uint8)), grid, shift) > 0
    if shift is None or shift == PixelShift():
        return marks
    rest = np.where(full, 0, raster.pixels)
    return marks | np.isnan(interpolated_onto_grid(replace(raster, pixels=rest), grid, shift))


def _warp_onto_grid(
    raster: Raster,
    grid: Grid,
    out: npt.NDArray[np.float32],
    shift: PixelShift,
    resampling: Resampling,
) -> None:
    """Fill `out` by GDAL's warper, each pixel from where the shifted look shows its ground."""
    place, west = grid.transform, grid.bounds.west + shift.east_px * grid.resolution_m
    north = grid.bounds.north - shift.south_px * grid.resolution_m
    reproject(
        raster.pixels.astype(np.float32),
        out,
        src_transform=raster.transform,
        src_crs=f"EPSG:{raster.epsg}",
        src_nodata=0,
        dst_transform=Affine(place.a, place.b, west, place.d, place.e, north),
        dst_crs=f"EPSG:{grid.epsg}",
        dst_nodata=out[0, 0],  # what it is filled with
        resampling=resampling,
    )


def _cut_to(raster: Raster, grid: Grid) -> Raster:
    """The part of a raster that a grid on its lattice can be interpolated from."""
    size, place = raster.transform.a, raster.transform
    box, (height, width) = grid.bounds, raster.pixels.shape
    top = max(math.floor((place.f - box.north) / size) - REACH_PX, 0)
    left = max(math.floor((box.west - place.c) / size) - REACH_PX, 0)
    bottom = min(math.ceil((place.f - box.south) / size) + REACH_PX, height)
    right = min(math.ceil((box.east - place.c) / size) + REACH_PX, width)
    if top >= bottom or left >= right:
        return replace(raster, pixels=raster.pixels[:0, :0])
    return replace(
        raster,
        pixels=raster.pixels[top:bottom, left:right],
        transform=Affine(size, 0.0, place.c + left * size, 0.0, -size, place.f - top * size),
    )


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


def _copy_aligned(
    raster: Raster, grid: Grid, out: npt.NDArray[np.float32], *, east: int = 0, south: int = 0
) -> None:
    """Copy whole blocks of a raster on the grid's own lattice into `out`.

    Its content is taken from so many pixels of the grid further east and south.
    """
    step = round(raster.transform.a / grid.resolution_m)
    column = round((raster.transform.c - grid.bounds.west) / grid.resolution_m) - east
    row = round((grid.bounds.north - raster.transform.f) / grid.resolution_m) - south
    height, width = (side * step for side in raster.pixels.shape)
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + height, out.shape[0]), min(column + width, out.shape[1])
    if top >= bottom or left >= right:
        return
    if step == 1:
        out[top:bottom, left:right] = raster.pixels[
            top - row : bottom - row, left - column : right - column
        ]
        return
    rows = (np.arange(top, bottom) - row) // step  # of the source, for each row of the grid
    columns = (np.arange(left, right) - column) // step
    out[top:bottom, left:right] = raster.pixels[np.ix_(rows, columns)]
