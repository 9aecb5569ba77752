"""A folder of scenes written anew: some of its looks, and cut as if the source ended earlier.

Files only; what is made of them is not known here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from affine import Affine
from rasterio.windows import Window
from shapely.geometry import mapping

from resources.grids import box_around, geographic_box, zone_geometry
from resources.models import Bounds, Grid, Site

COARSE_M: Final = 20.0  # pixels of the coarsest bands that are read: cuts fall on their edges


@dataclass(frozen=True, slots=True)
class Trim:
    """Whole pixels of COARSE_M that are cut off each side."""

    west: int = 0
    south: int = 0
    east: int = 0
    north: int = 0


def copy_archive(
    source: Path,
    target: Path,
    *,
    trim: Trim | None = None,
    wanted: Callable[[str], bool] = bool,
) -> Path:
    """Write an archive anew.

    Args:
        source: folder with `sources.open.json` and a folder for each item.
        target: folder to write into.
        trim: what is cut off; nothing if None.
        wanted: says of the id of an item whether to keep it; all are kept if not given.

    Returns:
        The folder that was written.
    """
    catalog = json.loads((source / "catalog.json").read_text(encoding="utf-8"))
    kept = []
    for link in catalog["links"]:
        if link["rel"] != "item":
            kept.append(link)
        elif wanted(Path(link["href"]).parent.name):
            kept.append(link)
            _copy_item(source / link["href"], target / link["href"], trim or Trim())
    (target / "catalog.json").write_text(json.dumps(catalog | {"links": kept}), encoding="utf-8")
    return target


def half_way(source: Path, site: Site) -> Trim:
    """Half of what the scenes of an archive show beyond the zones of a site, on each side."""
    place, grid = extent(source)
    zones = box_around(zone_geometry(zone, place) for zone in site.zones)
    beyond = (
        zones.west - grid.west,
        zones.south - grid.south,
        grid.east - zones.east,
        grid.north - zones.north,
    )
    return Trim(*(max(int(length / 2 / COARSE_M), 0) for length in beyond))


def extent(source: Path) -> tuple[int, Bounds]:
    """EPSG code and box of the first scene of an archive."""
    first = min(source.glob("*/item.json"))
    item = json.loads(first.read_text(encoding="utf-8"))
    with rasterio.open(first.parent / item["assets"]["blue"]["href"]) as file:
        box = file.bounds
        return file.crs.to_epsg(), Bounds(box.left, box.bottom, box.right, box.top)


def _copy_item(source: Path, target: Path, trim: Trim) -> None:
    """One item with its files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    item: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    for asset in item["assets"].values():
        path, written = source.parent / asset["href"], target.parent / asset["href"]
        if not path.is_file():
            continue
        if path.suffix != ".tif" or trim == Trim():
            shutil.copyfile(path, written)
            continue
        epsg, box = _cut(path, written, asset, trim)
        outline = geographic_box(Grid(epsg, box, 10.0))
        item |= {"geometry": mapping(outline), "bbox": list(outline.bounds)}
    target.write_text(json.dumps(item), encoding="utf-8")


def _cut(path: Path, written: Path, asset: dict[str, Any], trim: Trim) -> tuple[int, Bounds]:
    """Write the inner part of a raster; its EPSG code and box."""
    with rasterio.open(path) as file:
        step = round(COARSE_M / file.transform.a)
        top, left = trim.north * step, trim.west * step
        bottom, right = file.height - trim.south * step, file.width - trim.east * step
        pixels = file.read(window=Window(left, top, right - left, bottom - top))
        place, size = file.transform, file.transform.a
        place = Affine(size, 0.0, place.c + left * size, 0.0, -size, place.f - top * size)
        profile = file.profile | {
            "height": bottom - top,
            "width": right - left,
            "transform": place,
            "tiled": False,
            "blockysize": bottom - top,
        }
        epsg = file.crs.to_epsg()
    profile.pop("blockxsize", None)
    with rasterio.open(written, "w", **profile) as file:
        file.write(np.asarray(pixels))
        box = file.bounds
    asset |= {"proj:shape": [bottom - top, right - left], "proj:transform": list(place)[:6]}
    return epsg, Bounds(box.left, box.bottom, box.right, box.top)
