"""Ground that does not change, cut into zones of several sizes; the rule is in `docs/methods`.

Pure. What the product makes of these zones is not looked at here, nor any of its expectations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.constants import YEAR_DAYS
from resources.models import RESOLUTION_M, ZoneKind

Group = Literal["reference", "piece", "stable", "edge", "empty"]
Mask = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float32]

SIZES_PX: Final = (5, 10, 20)  # 50, 100 and 200 m
DISTANCE_M: Final = 30.0  # from zones that are judged: their shadows and dust stay out
LOOKS_OF_A_YEAR: Final = 4
CLEAR_SITE: Final = 0.8  # share of the site; what is left of cloudy looks is rarely clean
STABLE: Final = 0.06  # range of a pixel's yearly medians of greenness against the site's
CELL_PX: Final = 5  # pixels of a side whose mean must not depart for several looks on end
LASTING: Final = 0.1  # greenness against the same time of other years, of a cell
LASTING_LOOKS: Final = 3  # on end, each of which departs: one bad day is not the ground's
SEASON_DAYS: Final = 30.0
EDGE: Final = 0.02  # reflectance; standard deviation of the median picture inside a block
WHOLE: Final = 0.999  # share of a pixel that lies inside a zone


@dataclass(frozen=True, slots=True)
class QuietZone:
    """A zone in which nothing happens.

    Attributes:
        group: `reference` as the site file has it, `piece` of one, `stable` block of the rest of
            the site, `edge` such a block with a fixed edge in it, `empty` zone of another kind
            in which, by the truth of made-up scenes, nothing ever happens.
        weights: share of each pixel, shape (y, x).
    """

    zone_id: str
    group: Group
    kind: ZoneKind
    weights: Weights

    @property
    def area_m2(self) -> float:
        """Area of the zone."""
        return float(self.weights.sum(dtype=np.float64)) * RESOLUTION_M**2


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of a site's ground from all of its looks together.

    Attributes:
        stable: pixels whose yearly medians agree, in cells that never departed for long, shape
            (y, x).
        picture: median brightness of the clear looks, reflectance, shape (y, x).
        years: that had enough clear looks.
    """

    stable: Mask
    picture: npt.NDArray[np.float32]
    years: tuple[int, ...]


def survey(
    reflectance: npt.NDArray[np.float32],
    clear: Mask,
    days: npt.NDArray[np.float64],
    years: npt.NDArray[np.intp],
) -> Ground:
    """Which pixels show the same from year to year.

    Greenness of a pixel less the median of the site on that day: what season, light and air do to
    the whole site is gone. Its median of each year is compared; ground that was cut, built or
    ploughed anew differs between years by more than STABLE. What grows over within a summer is
    found in cells of CELL_PX: they differ for some looks on end from the same time of other years.

    Args:
        reflectance: red, near infrared and brightness, shape (look, 3, y, x).
        clear: shape (look, y, x); looks that show less than CLEAR_SITE of the site are left out
            by the caller.
        days: of the looks, ascending, shape (look,).
        years: of the looks, shape (look,).

    Returns:
        Nothing is stable where fewer than two years have LOOKS_OF_A_YEAR looks.
    """
    red, nir, bright = (np.where(clear, reflectance[:, band], np.nan) for band in range(3))
    with np.errstate(invalid="ignore", divide="ignore"):
        green = (nir - red) / (nir + red)
    green -= np.nanmedian(green, axis=(1, 2), keepdims=True) if len(green) else 0
    counts = {int(year): int((years == year).sum()) for year in np.unique(years)}
    kept = tuple(year for year, count in counts.items() if count >= LOOKS_OF_A_YEAR)
    if len(kept) <= 1:
        return Ground(np.zeros(clear.shape[1:], bool), np.full(clear.shape[1:], np.nan, "f4"), kept)
    middles = np.stack([_median(green[years == year]) for year in kept])
    stable = np.ptp(middles, axis=0) <= STABLE  # False where a year never saw the pixel
    stable &= _steady(green, days, years)
    return Ground(np.asarray(stable), _median(bright).astype(np.float32), kept)


def _steady(
    green: npt.NDArray[np.floating], days: npt.NDArray[np.float64], years: npt.NDArray[np.intp]
) -> Mask:
    """Pixels of cells that never departed for LASTING_LOOKS looks on end, shape (y, x)."""
    rows, columns = (side // CELL_PX for side in green.shape[1:])
    cut = green[:, : rows * CELL_PX, : columns * CELL_PX]
    cells = cut.reshape(-1, rows, CELL_PX, columns, CELL_PX).mean(axis=(2, 4))
    apart = np.abs((days[:, None] - days + YEAR_DAYS / 2) % YEAR_DAYS - YEAR_DAYS / 2)
    others = (apart <= SEASON_DAYS) & (years[:, None] != years)
    known = others.sum(axis=1) >= LASTING_LOOKS
    departures = np.array(
        [cells[look] - _median(cells[others[look]]) for look in np.flatnonzero(known)]
    ).reshape(-1, rows, columns)
    steady = np.zeros(green.shape[1:], bool)
    if len(departures) < LASTING_LOOKS:
        return steady
    size = np.nan_to_num(np.abs(departures))  # a look that did not see the cell proves nothing
    runs = np.lib.stride_tricks.sliding_window_view(size, LASTING_LOOKS, axis=0)
    calm = (runs.min(axis=-1) <= LASTING).all(axis=0)
    steady[: rows * CELL_PX, : columns * CELL_PX] = calm.repeat(CELL_PX, 0).repeat(CELL_PX, 1)
    return steady


def reference_zones(
    kinds: Mapping[str, ZoneKind],
    weights: Mapping[str, Weights],
    eventful: Collection[str] | None,
) -> list[QuietZone]:
    """Zones of the site file in which nothing happens."""
    found = []
    for zone_id, kind in kinds.items():
        if kind == "reference":
            found.append(QuietZone(zone_id, "reference", kind, weights[zone_id]))
        elif eventful is not None and zone_id not in eventful:
            found.append(QuietZone(zone_id, "empty", kind, weights[zone_id]))
    return found


def cut_blocks(
    ground: Ground,
    quiet: Collection[QuietZone],
    busy: Mask,
    *,
    most: int,
) -> list[QuietZone]:
    """Square blocks of quiet ground, at most `most` of each group and size.

    Args:
        ground: of the site.
        quiet: zones by `reference_zones`.
        busy: pixels of zones in which something may happen, shape (y, x).
        most: more are thinned out evenly, in the order of rows; of edges the sharpest are kept.
    """
    reference = np.zeros(busy.shape, bool)
    for zone in quiet:
        if zone.group == "reference":
            reference |= zone.weights >= WHOLE
    away = (
        ndimage.distance_transform_edt(~busy) * RESOLUTION_M > DISTANCE_M if busy.any() else ~busy
    )
    inner = ndimage.binary_erosion(ground.stable, np.ones((3, 3), bool), border_value=1)
    found: list[QuietZone] = []
    for size in SIZES_PX:
        pieces = list(_blocks(reference & inner & away, size))
        rest = ~ndimage.binary_dilation(reference, iterations=1) & away
        edges = [
            block for block in _blocks(ground.stable & rest, size) if _edge(ground, block) >= EDGE
        ]
        edges.sort(key=lambda block: -_edge(ground, block))
        plain = [block for block in _blocks(inner & rest, size) if block not in edges]
        found += _zones("piece", _thinned(pieces, most), busy.shape)
        found += _zones("stable", _thinned(plain, most), busy.shape)
        found += _zones("edge", edges[:most], busy.shape)
    return found


Block = tuple[slice, slice]


def _blocks(allowed: Mask, size: int) -> Iterator[Block]:
    """Blocks on a lattice of their own size that lie in allowed pixels alone."""
    for top in range(0, allowed.shape[0] - size + 1, size):
        for left in range(0, allowed.shape[1] - size + 1, size):
            block = slice(top, top + size), slice(left, left + size)
            if allowed[block].all():
                yield block


def _edge(ground: Ground, block: Block) -> float:
    """Standard deviation of the median picture inside a block, reflectance."""
    return float(np.nan_to_num(ground.picture[block].std()))


def _thinned(blocks: list[Block], most: int) -> list[Block]:
    """At most so many, spread evenly."""
    if len(blocks) <= most:
        return blocks
    return [blocks[place] for place in np.linspace(0, len(blocks) - 1, most).astype(int)]


def _zones(group: Group, blocks: list[Block], shape: tuple[int, ...]) -> Iterator[QuietZone]:
    """Blocks as zones of kind reference: they stand for the rest of the site to each other."""
    for rows, columns in blocks:
        weights = np.zeros(shape, np.float32)
        weights[rows, columns] = 1.0
        size_m = (rows.stop - rows.start) * RESOLUTION_M
        name = f"{group}-{size_m:.0f}m-{rows.start}-{columns.start}"
        yield QuietZone(name, group, "reference", weights)


def _median(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Median over looks, NaN where none saw the pixel."""
    ranked = np.sort(values, axis=0)
    count = np.isfinite(ranked).sum(axis=0)
    places = np.maximum(np.stack([(count - 1) // 2, count // 2]), 0)
    return np.asarray(np.take_along_axis(ranked, places, axis=0).mean(axis=0))
