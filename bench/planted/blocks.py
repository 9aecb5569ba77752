"""An archive of real scenes in which a block of ground shows what another one shows in each look.

Files only. Pixels are those of the same scene, so that light, air and season are real; the block is
SIMULATED all the same, and is named so.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from affine import Affine

STEP_M: Final = 20.0  # blocks lie on pixels of the coarsest bands that are read


@dataclass(frozen=True, slots=True)
class Block:
    """A square of ground that shows other ground for some time.

    Attributes:
        west_m, north_m: corner of the square, metres of the scenes' CRS, on a pixel of STEP_M.
        from_west_m, from_north_m: corner of the square that it is taken from.
        side_m: of both, a multiple of STEP_M.
        first: day from which it shows that; from the beginning if None.
        until: first day on which it no longer does; to the end if None.
    """

    west_m: float
    north_m: float
    from_west_m: float
    from_north_m: float
    side_m: float
    first: dt.date | None
    until: dt.date | None

    def is_there(self, day: dt.date) -> bool:
        """Whether it shows the other ground on a day."""
        begun = self.first is None or self.first <= day
        return begun and (self.until is None or day < self.until)


def write_planted(source: Path, target: Path, blocks: Sequence[Block]) -> Path:
    """Write an archive anew with blocks in it.

    Args:
        source: folder with `sources.open.json` and a folder for each item.
        target: folder to write into.
        blocks: set into the scenes of their time.

    Returns:
        The folder that was written.
    """
    shutil.copytree(source, target)
    catalog_file = target / "catalog.json"
    catalog: dict[str, Any] = json.loads(catalog_file.read_text(encoding="utf-8"))
    catalog["description"] = f"SIMULATED blocks of ground in: {catalog.get('description', '')}"
    catalog_file.write_text(json.dumps(catalog), encoding="utf-8")
    for path in target.glob("*/item.json"):
        item: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        day = dt.date.fromisoformat(item["properties"]["datetime"][:10])
        there = [block for block in blocks if block.is_there(day)]
        for asset in item["assets"].values():
            file = path.parent / asset["href"]
            if there and file.suffix == ".tif" and file.is_file():
                _set_into(file, there)
    return target


def _set_into(path: Path, blocks: Sequence[Block]) -> None:
    """Write blocks into a raster."""
    with rasterio.open(path) as file:
        pixels, profile = file.read(), file.profile
    before = pixels.copy()
    for block in blocks:
        at = _window(profile["transform"], block.west_m, block.north_m, block.side_m)
        taken = _window(profile["transform"], block.from_west_m, block.from_north_m, block.side_m)
        pixels[(slice(None), *at)] = before[(slice(None), *taken)]
    with rasterio.open(path, "w", **profile) as file:
        file.write(np.asarray(pixels))


def _window(place: Affine, west_m: float, north_m: float, side_m: float) -> tuple[slice, slice]:
    """Rows and columns of a square."""
    column, row = round((west_m - place.c) / place.a), round((place.f - north_m) / place.a)
    count = round(side_m / place.a)
    return slice(row, row + count), slice(column, column + count)
