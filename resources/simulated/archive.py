"""Writes a simulation as an ordinary STAC archive of COGs, its site file and its truth.

Folders and files only; every number in them comes from the modules beside this one.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine

from resources.errors import ArchiveError
from resources.simulated.items import (
    ATTRIBUTION,
    DESCRIPTION,
    FILES,
    item_id,
    site_file,
    stac_catalog,
    stac_item,
)
from resources.simulated.layout import EPSG, SITE_ID, TILE
from resources.simulated.render import Picture, World, make_world, render, tile_shape
from resources.simulated.simulation import Simulation
from resources.simulated.truth import tell_truth
from resources.whole_files import put_whole

__all__ = ["SimulatedArchive", "Simulation", "write_archive"]

DEFAULT = Simulation()
METHOD_VERSION = 1
"""Raise when the same seed gives other pixels: finished archives are then written anew."""
MARKER = "simulation.json"
BLOCK_PX = 256
COG_OPTIONS = {
    "compress": "deflate",
    "level": 6,
    "blocksize": BLOCK_PX,
    "overviews": "none",
}
"""No overviews: the whole tile is about one block."""


@dataclass(frozen=True, slots=True)
class SimulatedArchive:
    """Where a written simulation lies; the truth is for scoring and read by no stage."""

    catalog: Path
    sites: Path
    truth: Path


def write_archive(
    folder: Path,
    simulation: Simulation = DEFAULT,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedArchive:
    """Write every look of a simulation; nothing is done when the folder already holds it.

    Args:
        folder: Gets `archive/`, `sites/`, `truth.json` and a marker that is written last.
        simulation: Seed and months.
        workers: Threads.
        progress: Called with looks written and looks in all, from this thread.

    Returns:
        Paths of catalogue, site file and truth.

    Raises:
        ArchiveError: the folder holds an archive that was not simulated.
    """
    places = SimulatedArchive(
        folder / "archive" / "catalog.json",
        folder / "sites" / f"{SITE_ID}.geojson",
        folder / "truth.json",
    )
    if _marked(folder) == _marker(simulation, is_finished=True):
        return places
    _clear(folder)
    _write_json(folder / MARKER, _marker(simulation, is_finished=False))
    world = make_world(simulation, workers=workers)
    pictures = _write_looks(world, places.catalog.parent, workers, progress)
    _write_json(places.catalog, stac_catalog(world.looks))
    _write_json(places.sites, site_file())
    _write_json(places.truth, tell_truth(world, pictures))
    _write_json(folder / MARKER, _marker(simulation, is_finished=True))
    return places


def _write_looks(
    world: World, archive: Path, workers: int, progress: Callable[[int, int], None] | None
) -> list[Picture]:
    """Render and write every look; the pictures come back without their pixels, in order."""
    pictures: dict[int, Picture] = {}
    with ThreadPoolExecutor(workers) as pool:
        jobs = {
            pool.submit(_write_look, world, number, archive): number
            for number in range(len(world.looks))
        }
        try:
            for job in as_completed(jobs):
                pictures[jobs[job]] = job.result()
                if progress is not None:
                    progress(len(pictures), len(jobs))
        finally:
            pool.shutdown(cancel_futures=True)
    return [pictures[number] for number in range(len(world.looks))]


def _write_look(world: World, number: int, archive: Path) -> Picture:
    """Write one item's folder; its picture comes back without pixels."""
    look, sky = world.looks[number], world.skies[number]
    picture = render(world, number)
    folder = archive / item_id(look)
    folder.mkdir(parents=True, exist_ok=True)
    for band, name in FILES.items():
        _write_cog(folder / f"{name}.tif", picture.bands[band], look.sensed_at)
    _write_json(folder / "item.json", stac_item(look, sky, picture))
    return replace(picture, bands={})


def _write_cog(path: Path, pixels: npt.NDArray[np.generic], sensed_at: dt.datetime) -> None:
    """One band as a Cloud-Optimised GeoTIFF, marked as simulated in its own tags."""
    pixel_m = (TILE.east - TILE.west) / pixels.shape[1]
    rows, columns = tile_shape(round(pixel_m))
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=columns,
        height=rows,
        count=1,
        dtype=pixels.dtype,
        crs=f"EPSG:{EPSG}",
        transform=Affine(pixel_m, 0.0, TILE.west, 0.0, -pixel_m, TILE.north),
        nodata=0,
        predictor="yes" if pixels.dtype == np.uint16 else "no",
        **COG_OPTIONS,
    ) as dataset:
        dataset.write(pixels, 1)
        dataset.update_tags(
            TIFFTAG_IMAGEDESCRIPTION=DESCRIPTION,
            TIFFTAG_COPYRIGHT=ATTRIBUTION,
            TIFFTAG_DATETIME=f"{sensed_at:%Y:%m:%d %H:%M:%S}",
        )


def _marker(simulation: Simulation, *, is_finished: bool) -> dict[str, Any]:
    """What the marker file says of a simulation."""
    return {
        "title": "SIMULATED archive",
        "seed": simulation.seed,
        "first": str(simulation.first),
        "months": simulation.months,
        "method_version": METHOD_VERSION,
        "is_finished": is_finished,
    }


def _marked(folder: Path) -> dict[str, Any] | None:
    """What a folder's marker says; None without one."""
    try:
        marked: dict[str, Any] = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return marked


def _clear(folder: Path) -> None:
    """Remove an older simulation; refuse to touch anything that is not one."""
    archive = folder / "archive"
    if not archive.exists():
        return
    if _marked(folder) is None:
        raise ArchiveError(
            f"{archive} should be missing or a simulated archive, but has no {MARKER} beside it; "
            "choose another folder, or remove it yourself"
        )
    shutil.rmtree(archive)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole or not at all."""
    put_whole(path, json.dumps(content, indent=1).encode())
