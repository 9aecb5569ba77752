"""Which blocks are set into which zones of the real places, and when. Choices only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bench.frames.cropped import extent
from bench.planted.blocks import STEP_M, Block
from bench.watched import Folder, Span
from resources.grids import zone_geometry
from resources.models import Site
from resources.months import Month
from resources.watchlist.read import read_watch_list

SIDES_M: Final = (20.0, 40.0, 60.0, 80.0, 100.0)  # 0.04 to 1 ha
MONTH_DAYS: Final = 31  # for which a block stays that does not stay for good
MARGINS_M: Final = (0.0, 150.0)
TRIES: Final = 400  # squares that are drawn to find one that lies inside a zone
WAYS: Final = ("in", "out", "month")
"""Set in for good; taken out, having been there from the beginning; set in for MONTH_DAYS."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A real place for planting.

    Attributes:
        name: of its folder.
        swaps: zones that get ground, each with the zone that it is taken from.
        still: zones in which nothing may be confirmed when nothing is planted.
        day: on which blocks come or go.
        span: months that are worked; all if None.
    """

    name: str
    swaps: tuple[tuple[str, str], ...]
    still: tuple[str, ...]
    day: dt.date
    span: Span | None = None


GROUNDS: Final = (
    Ground(
        "flanders",
        (("field-centre", "village"), ("field-east", "village-north")),
        ("village", "village-north", "yard"),
        dt.date(2018, 8, 1),
    ),
    Ground(
        "romania",
        (("forest-south", "meadow-north"), ("meadow-north", "forest-south")),
        ("forest-south", "meadow-north"),
        dt.date(2018, 6, 1),
        (Month(2015, 8), Month(2018, 12)),
    ),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A place with blocks of one size in some of its zones, looked at with one margin.

    Attributes:
        blocks: by the zone that each lies in; empty where nothing is planted.
    """

    ground: Ground
    folder: Path
    site: Site
    way: str
    side_m: float
    margin_m: float
    blocks: tuple[tuple[str, Block], ...]

    @property
    def stands_until(self) -> dt.date | None:
        """First day on which the change is over; None where it lasts."""
        if self.way != "month":
            return None
        return self.ground.day + dt.timedelta(days=MONTH_DAYS)


def cases(data: Path, sides_m: Sequence[float], margins_m: Sequence[float]) -> Iterator[Case]:
    """Every case of the real places that are there; first of each margin the unplanted one."""
    for ground in GROUNDS:
        folder = data / ground.name
        if not folder.is_dir():
            continue
        site = read_watch_list(Folder.of(folder).sites)[0]
        for margin in margins_m:
            yield Case(ground, folder, site, "none", 0.0, margin, ())
            for side in sides_m:
                for way in WAYS:
                    blocks = tuple(_blocks(ground, folder, site, side, way))
                    if blocks:
                        yield Case(ground, folder, site, way, side, margin, blocks)


def _blocks(
    ground: Ground, folder: Path, site: Site, side_m: float, way: str
) -> Iterator[tuple[str, Block]]:
    """A block for each zone that has room for it."""
    epsg, bounds = extent(Folder.of(folder).archive)
    box = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
    outlines = {zone.zone_id: zone_geometry(zone, epsg) for zone in site.zones}
    month = ground.day + dt.timedelta(days=MONTH_DAYS)
    first = None if way == "out" else ground.day
    until = {"in": None, "out": ground.day, "month": month}[way]
    for zone_id, other in ground.swaps:
        at = _square(outlines[zone_id], side_m, box)
        taken = _square(outlines[other], side_m, box, least=0.0)
        if at is not None and taken is not None:
            yield zone_id, Block(*at, *taken, side_m, first, until)


def _square(
    outline: BaseGeometry, side_m: float, box: BaseGeometry, least: float = 0.9
) -> tuple[float, float] | None:
    """North-western corner of the square that lies best in a zone, the same each time.

    Args:
        outline: of the zone, metres.
        side_m: of the square.
        box: of the scenes.
        least: share of the square that must lie in the zone.
    """
    west, south, east, north = outline.bounds
    left, _, _, top = box.bounds  # of a pixel
    random = np.random.default_rng(round(side_m))
    best, found = least, None
    for _ in range(TRIES):
        x = left + STEP_M * round((random.uniform(west - side_m, east) - left) / STEP_M)
        y = top + STEP_M * round((random.uniform(south, north + side_m) - top) / STEP_M)
        square = shapely.box(x, y - side_m, x + side_m, y)
        share = square.intersection(outline).area / side_m**2
        if box.contains(square) and share > best:
            best, found = share, (x, y)
    return found
