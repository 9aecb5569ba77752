"""Further zones for a site, drawn from a seed on ground that is quiet in all years.

Quiet is told by the pixels' own stability over all years; the product is not asked.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from affine import Affine
from pyproj import Transformer
from scipy import ndimage
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from assets.activity.fit import robust
from resources.grids import WGS84, zone_geometry
from resources.models import Site, Zone

CLEAR_CLASSES: Final = (4, 5, 6)  # of SCL: vegetation, bare, water
CLEAR_SHARE: Final = 0.9  # of a scene; what is left of cloudy ones is rarely clean
LOOKS_OF_A_YEAR: Final = 4  # fewer tell no median
STABLE: Final = 0.06  # range of a pixel's yearly medians of NDVI less the scene's
STABLE_BRIGHTNESS: Final = 0.02  # the same of brightness, reflectance
SIDES_M: Final = (40.0, 60.0, 80.0)  # of zones
ODDS: Final = 0.98  # share of a zone's pixels that are stable
APART_M: Final = 40.0  # from zones in which something may happen
TRIES: Final = 20_000
SCALE: Final = 1e-4  # reflectance of a number of Level-2A

Mask = npt.NDArray[np.bool_]
Planes = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ground:
    """Which pixels of 10 m stay the same in all years, shape (y, x), and where they lie."""

    stable: Mask
    transform: Affine
    epsg: int


@dataclass(frozen=True, slots=True)
class _Scene:
    """NDVI and brightness of a clear scene, shape (2, y, x), less their medians."""

    year: int
    planes: Planes
    transform: Affine
    epsg: int


def survey(archive: Path) -> Ground:
    """Which ground shows the same in all years: yearly medians of NDVI and brightness agree.

    What season, light and air do to a whole scene is taken off first.

    Args:
        archive: folder of scenes of one extent.

    Raises:
        ValueError: fewer than two years have LOOKS_OF_A_YEAR clear looks.
    """
    scenes = list(_clear_scenes(archive))
    years = np.array([scene.year for scene in scenes])
    kept = [year for year in np.unique(years) if (years == year).sum() >= LOOKS_OF_A_YEAR]
    if len(kept) <= 1:
        raise ValueError(f"{archive} has no two years with {LOOKS_OF_A_YEAR} clear looks each.")
    stack = np.stack([scene.planes for scene in scenes])
    middles = np.stack([robust.nan_median(stack[years == year]) for year in kept])
    reach = np.ptp(middles, axis=0)
    stable = (reach[0] <= STABLE) & (reach[1] <= STABLE_BRIGHTNESS)
    return Ground(np.asarray(stable), scenes[0].transform, scenes[0].epsg)


def further_zones(ground: Ground, site: Site, count: int, seed: int) -> tuple[Zone, ...]:
    """So many squares on quiet ground, away from zones in which something may happen.

    The first of many are those that are drawn when fewer are asked for.

    Raises:
        ValueError: there is no room for so many.
    """
    chance = np.random.default_rng(seed)
    busy = shapely.union_all(
        [
            zone_geometry(zone, ground.epsg).buffer(APART_M)
            for zone in site.zones
            if zone.kind != "reference"
        ]
    )
    found: list[Polygon] = []
    for _ in range(TRIES):
        if len(found) == count:
            break
        square = _square(ground, chance)
        if square is not None and not square.intersects(busy) and not _meets(square, found):
            found.append(square)
    if len(found) < count:
        raise ValueError(f"There is quiet ground for {len(found)} zones only, not for {count}.")
    return tuple(
        Zone(f"further-{number:02d}", f"Further {number}", "other", _to_wgs84(square, ground.epsg))
        for number, square in enumerate(found)
    )


def _square(ground: Ground, chance: np.random.Generator) -> Polygon | None:
    """A square somewhere; None where it is not quiet."""
    pixel = ground.transform.a
    side = round(float(chance.choice(SIDES_M)) / pixel)
    rows, columns = ground.stable.shape
    top, left = (int(chance.integers(most - side)) for most in (rows, columns))
    if ground.stable[top : top + side, left : left + side].mean() < ODDS:
        return None
    west, north = ground.transform.c + left * pixel, ground.transform.f - top * pixel
    return box(west, north - side * pixel, west + side * pixel, north)


def _meets(square: Polygon, others: list[Polygon]) -> bool:
    """Whether a square lies over one of the others."""
    return any(square.intersection(other).area > 0 for other in others)


def _to_wgs84(outline: Polygon, epsg: int) -> BaseGeometry:
    """Longitude and latitude of an outline."""
    back = Transformer.from_crs(epsg, WGS84, always_xy=True)
    return shapely.transform(
        outline, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1]))
    )


def _clear_scenes(archive: Path) -> Iterator[_Scene]:
    """Scenes that are clear by their SCL."""
    for path in sorted(archive.glob("*/item.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        files = {name: path.parent / asset["href"] for name, asset in item["assets"].items()}
        classes, _, _ = _read(files["scl"])
        if np.isin(classes, CLEAR_CLASSES).mean() < CLEAR_SHARE:
            continue
        red, transform, epsg = _read(files["red"])
        blue, green, nir = (_read(files[name])[0] for name in ("blue", "green", "nir"))
        clear = np.isin(classes, CLEAR_CLASSES).repeat(2, axis=0).repeat(2, axis=1)
        clear = ndimage.binary_erosion(clear[: red.shape[0], : red.shape[1]], border_value=1)
        ndvi = (nir - red) / np.maximum(nir + red, 1)
        planes = np.stack([ndvi, SCALE * (blue + green + red) / 3])
        seen = np.where(clear, planes, np.nan).astype(np.float32)
        seen -= np.nanmedian(seen, axis=(1, 2), keepdims=True)
        year = dt.datetime.fromisoformat(item["properties"]["datetime"]).year
        yield _Scene(year, seen, transform, epsg)


def _read(path: Path) -> tuple[Planes, Affine, int]:
    """The first band of a raster, its transform and EPSG code."""
    with rasterio.open(path) as file:
        return file.read(1).astype(np.float32), file.transform, file.crs.to_epsg()
