"""A static archive and a watch list of any size, from real looks repeated side by side.

The pixels are real, so that files are as large and clouds as ragged as they are; what the ground
shows is no matter here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import shapely
from affine import Affine
from pyproj import Transformer
from shapely.affinity import translate
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from resources.grids import WGS84, project_geometry

Json = dict[str, Any]
Box = tuple[float, float, float, float]

TILE_M: Final = 1000.0  # of the real archive, whose looks are repeated
ROUND_TILES: Final = 1  # of ground beyond the site on each side: more than is read round it
CATALOG: Final = "catalog.json"


def make_archive(real: Path, folder: Path, edge_tiles: int, years: Mapping[int, bool]) -> Path:
    """A copy of an archive of one kilometre with its looks repeated round the first place.

    Args:
        real: static archive of looks of one square kilometre.
        folder: where to.
        edge_tiles: width of the site; the archive reaches ROUND_TILES further.
        years: which years' looks are taken.

    Returns:
        The folder.
    """
    items = []
    count = edge_tiles + 2 * ROUND_TILES
    for path in sorted(real.glob("*/item.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        if years.get(int(item["properties"]["datetime"][:4])):
            _copy_item(item, path.parent, folder / path.parent.name, count)
            items.append({"rel": "item", "href": f"./{path.parent.name}/item.json"})
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": "bench", "description": "repeated"}
    (folder / CATALOG).write_text(json.dumps({**catalog, "links": items}), encoding="utf-8")
    return folder


def make_sites(real: Path, path: Path, edge_tiles: int) -> Path:
    """A watch list of one site: the real zones, once in each tile from corner to corner."""
    features = []
    content = json.loads(real.read_text(encoding="utf-8"))
    for step in range(edge_tiles):
        for feature in content["features"]:
            told = dict(feature["properties"])
            told["zone"] = f"{told['zone']}-{step}"
            shape = _moved(shapely.geometry.shape(feature["geometry"]), told["epsg"], step)
            features.append(
                {"type": "Feature", "properties": told, "geometry": mapping(shape)},
            )
    content["features"] = features
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _moved(shape: BaseGeometry, epsg: int, step: int) -> BaseGeometry:
    """A polygon so many tiles further east and south, in degrees."""
    placed = translate(project_geometry(shape, epsg), step * TILE_M, -step * TILE_M)
    return _in_degrees(placed, epsg)


def _in_degrees(shape: BaseGeometry, epsg: int) -> BaseGeometry:
    back = Transformer.from_crs(epsg, WGS84, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))


def _copy_item(item: Json, source: Path, folder: Path, count: int) -> None:
    """An item with its bands repeated, so many tiles either way."""
    folder.mkdir(parents=True)
    bounds: Box = (0.0, 0.0, 0.0, 0.0)
    for asset in item["assets"].values():
        name = asset["href"].removeprefix("./")
        if name.endswith(".tif"):
            bounds, transform, shape = _repeat(source / name, folder / name, count)
            asset |= {"proj:shape": list(shape), "proj:transform": list(transform)[:6]}
    footprint = _in_degrees(shapely.box(*bounds), int(item["properties"]["proj:epsg"]))
    item |= {"geometry": mapping(footprint), "bbox": list(footprint.bounds)}
    (folder / "item.json").write_text(json.dumps(item), encoding="utf-8")


def _repeat(source: Path, target: Path, count: int) -> tuple[Box, Affine, tuple[int, int]]:
    """A band repeated so many times either way; its new bounds, transform and shape."""
    with rasterio.open(source) as file:
        pixels = np.tile(file.read(), (1, count, count))
        place, profile = file.transform, file.profile
    west, north = place.c - ROUND_TILES * TILE_M, place.f + ROUND_TILES * TILE_M
    transform = Affine(place.a, 0.0, west, 0.0, place.e, north)
    _, rows, columns = pixels.shape
    with rasterio.open(
        target,
        "w",
        driver="COG",
        dtype=pixels.dtype,
        count=1,
        height=rows,
        width=columns,
        crs=profile["crs"],
        transform=transform,
        nodata=profile["nodata"],
        compress="DEFLATE",
        predictor="YES",
        overviews="NONE",
    ) as file:
        file.write(pixels)
    bounds = (west, north + rows * place.e, west + columns * place.a, north)
    return bounds, transform, (rows, columns)
