"""Writes what a simulation holds: items of COGs, JSON, and the marker of a finished archive.

Files and folders only, of any made-up place; every number in them comes from elsewhere.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine

from resources.atomic_files import write_atomically
from resources.errors import ArchiveError
from resources.simulated.items import ATTRIBUTION, FILES
from resources.simulated.scenery.place import SimulatedPlace
from resources.simulated.sky.atmosphere import StoredImage

Json = dict[str, Any]
Made = TypeVar("Made")

MARKER = "simulation.json"
BLOCK_PX = 256
COG_OPTIONS = {"compress": "deflate", "blocksize": BLOCK_PX, "overviews": "none"}
"""No overviews: the whole tile is about one block."""
CAREFUL_LEVEL, QUICK_LEVEL = 6, 1
"""Effort of the compression: small files, or files made quickly."""


@dataclass(frozen=True, slots=True)
class SimulatedArchive:
    """Where a written simulation lies; the truth is for scoring and read by no stage."""

    catalog: Path
    sites: Path
    truth: Path


def for_all_looks(
    write: Callable[[int], Made],
    count: int,
    workers: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Made]:
    """Write every look in threads; what each gives comes back in order of looks.

    Args:
        write: Renders and writes the look of a number.
        count: How many looks there are.
        workers: Threads.
        progress: Called with looks done and looks in all, from this thread.
    """
    made: dict[int, Made] = {}
    with ThreadPoolExecutor(workers) as pool:
        jobs = {pool.submit(write, number): number for number in range(count)}
        try:
            for job in as_completed(jobs):
                made[jobs[job]] = job.result()
                if progress is not None:
                    progress(len(made), len(jobs))
        finally:
            pool.shutdown(cancel_futures=True)
    return [made[number] for number in range(count)]


def write_item(
    folder: Path,
    item: Json,
    picture: StoredImage,
    place: SimulatedPlace,
    *,
    level: int = CAREFUL_LEVEL,
) -> None:
    """One item's folder: its bands and its metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    sensed_at = dt.datetime.fromisoformat(item["properties"]["datetime"])
    for band, name in FILES.items():
        _write_cog(folder / f"{name}.tif", picture.bands[band], sensed_at, place, level)
    write_json(folder / "item.json", item)


def write_json(path: Path, content: Json) -> None:
    """Write JSON whole or not at all."""
    write_atomically(path, json.dumps(content, indent=1).encode())


def read_marker(folder: Path) -> Json | None:
    """What a folder's marker says; None without one."""
    try:
        found: Json = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return found


def remove_old_simulation(folder: Path) -> None:
    """Remove an older simulation; refuse to touch anything that is not one.

    Raises:
        ArchiveError: the folder holds an archive that was not simulated.
    """
    archive = folder / "archive"
    if not archive.exists():
        return
    if read_marker(folder) is None:
        raise ArchiveError(
            f"{archive} should be missing or a simulated archive, but has no {MARKER} beside it; "
            "choose another folder, or remove it yourself"
        )
    shutil.rmtree(archive)


def _write_cog(
    path: Path,
    pixels: npt.NDArray[np.generic],
    sensed_at: dt.datetime,
    place: SimulatedPlace,
    level: int,
) -> None:
    """One band as a Cloud-Optimised GeoTIFF, marked as simulated in its own tags."""
    rows, columns = pixels.shape
    pixel_m = (place.tile.east - place.tile.west) / columns
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=columns,
        height=rows,
        count=1,
        dtype=pixels.dtype,
        crs=f"EPSG:{place.epsg}",
        transform=Affine(pixel_m, 0.0, place.tile.west, 0.0, -pixel_m, place.tile.north),
        nodata=0,
        predictor="yes" if pixels.dtype == np.uint16 else "no",
        level=level,
        **COG_OPTIONS,
    ) as dataset:
        dataset.write(pixels, 1)
        dataset.update_tags(
            TIFFTAG_IMAGEDESCRIPTION=place.description,
            TIFFTAG_COPYRIGHT=ATTRIBUTION,
            TIFFTAG_DATETIME=f"{sensed_at:%Y:%m:%d %H:%M:%S}",
        )
