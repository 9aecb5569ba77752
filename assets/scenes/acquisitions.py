"""Groups catalogue items into acquisitions: one look of one satellite at one site.

Settles what looks like duplicates: neighbouring tiles, split granules, reprocessed versions,
the same product in two collections. Pure: nothing is read or written here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from resources.models import Item

SAME_LOOK = dt.timedelta(seconds=30)  # a tile takes about 15 s, a site meets two rows of tiles
SAME_DATASTRIP = dt.timedelta(seconds=5)  # versions of one datastrip may differ by so much
PREFERRED_COLLECTIONS = ("sentinel-2-l2a", "sentinel-2-c1-l2a")
NEW_SHARE = 1e-6  # of the site: less new ground than this is rounding, not ground
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # stands for a time of generation not told


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One look at a site.

    Attributes:
        acquisition_id: Ours and stable, for example S2B_20241213T081911_R078.
        relative_orbit: 0 where unknown, which is a group of its own.
        sensed_at: When the preferred tile was seen, UTC.
        datatake_at: Start of the datatake; None where the catalogue does not tell.
        items: Those to read, the preferred first: where it has pixels, it wins.
        superseded: Older versions and second copies, each with the id of the item in its place.
    """

    acquisition_id: str
    platform: str
    relative_orbit: int
    sensed_at: dt.datetime
    datatake_at: dt.datetime | None
    items: tuple[Item, ...]
    superseded: tuple[tuple[Item, str], ...]


def acquisition_id(platform: str, started_at: dt.datetime, relative_orbit: int | None) -> str:
    """Platform, start of the datatake (else time of the look) and orbit, 000 if unknown.

    Source:
        architecture.md 2
    """
    short = platform.replace("sentinel-", "s").upper()
    return f"{short}_{started_at.astimezone(dt.UTC):%Y%m%dT%H%M%S}_R{relative_orbit or 0:03d}"


def group_items(
    items: Iterable[Item], *, site_epsg: int, site_area: BaseGeometry
) -> tuple[Acquisition, ...]:
    """The looks at a site, by time; the order of `items` changes nothing.

    Args:
        items: What a search found.
        site_epsg: CRS of the site's grid: tiles in it are preferred.
        site_area: The site, longitude and latitude; items that do not meet it are no look at it.

    Source:
        facts.md 1.3
    """
    seen = [item for item in _once(items) if item.footprint.intersects(site_area)]
    looks = [
        _acquisition(look_id, members, site_epsg, site_area)
        for look_id, members in _looks(seen).items()
    ]
    return tuple(sorted(looks, key=lambda look: (look.sensed_at, look.acquisition_id)))


def _once(items: Iterable[Item]) -> list[Item]:
    """Each catalogue entry once (paging can repeat one), in an order of their own."""
    entries = {_entry(item): item for item in sorted(items, key=_version)}
    return [entries[key] for key in sorted(entries)]


def _looks(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Items by the id of their acquisition: equal ids are one look by construction."""
    looks: dict[str, list[Item]] = defaultdict(list)
    untold: dict[tuple[str, int], list[Item]] = defaultdict(list)
    for item in items:
        if item.datatake_at is None:
            untold[item.platform, item.relative_orbit or 0].append(item)
        else:
            name = acquisition_id(item.platform, item.datatake_at, item.relative_orbit)
            looks[name].append(item)
    for (platform, orbit), members in untold.items():
        for near in _runs(members, lambda item: item.sensed_at, SAME_LOOK):
            looks[acquisition_id(platform, near[0].sensed_at, orbit)] += near
    return looks


def _runs(
    items: Iterable[Item], time_of: Callable[[Item], dt.datetime], within: dt.timedelta
) -> list[list[Item]]:
    """Items in runs that each lie within so much of the run's first."""
    runs: list[list[Item]] = []
    for item in sorted(items, key=lambda item: (time_of(item), _entry(item))):
        if runs and time_of(item) - time_of(runs[-1][0]) <= within:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _acquisition(
    look_id: str, members: list[Item], site_epsg: int, site_area: BaseGeometry
) -> Acquisition:
    newest, replaced = _settle_versions(members)
    used = _choose_tiles(newest, site_epsg, site_area)
    used_ids = {item.item_id for item in used}
    first = used[0]
    return Acquisition(
        acquisition_id=look_id,
        platform=first.platform,
        relative_orbit=first.relative_orbit or 0,
        sensed_at=first.sensed_at,
        datatake_at=next((item.datatake_at for item in used if item.datatake_at), None),
        items=tuple(used),
        superseded=tuple((item, winner) for item, winner in replaced if winner in used_ids),
    )


def _settle_versions(members: Iterable[Item]) -> tuple[list[Item], list[tuple[Item, str]]]:
    """(newest version of each tile and datastrip, the others with the id of what replaces them)."""
    newest: list[Item] = []
    replaced: list[tuple[Item, str]] = []
    for products in _same_ground(_products(members)):
        winner = max((copies[0] for copies in products), key=_version)
        newest.append(winner)
        losers = [item for copies in products for item in copies if item is not winner]
        replaced += [(item, winner.item_id) for item in losers]
    return newest, sorted(replaced, key=lambda pair: _entry(pair[0]))


def _products(members: Iterable[Item]) -> list[list[Item]]:
    """Copies of one product in several collections, that of the preferred one first."""
    products: dict[str, list[Item]] = defaultdict(list)
    for item in members:
        products[item.product_name or "/".join(_entry(item))].append(item)
    return [
        sorted(copies, key=lambda item: (_rank(item), item.item_id)) for copies in products.values()
    ]


def _same_ground(products: Iterable[list[Item]]) -> list[list[list[Item]]]:
    """Products of one tile and one datastrip; datastrips of a tile are complementary halves.

    Where no copy tells its datastrip, the time of sensing tells halves apart.
    """
    tiles: dict[tuple[str, bool], dict[tuple[str, str], list[Item]]] = defaultdict(dict)
    for copies in products:
        is_told = any(item.datastrip_at for item in copies)
        tiles[_tile(copies[0]), is_told][_entry(copies[0])] = copies
    return [strip for tile in sorted(tiles) for strip in _datastrips(tiles[tile])]


def _datastrips(products: Mapping[tuple[str, str], list[Item]]) -> list[list[list[Item]]]:
    """Products of one tile, by the entry of their first copy, put together by datastrip."""
    firsts = [copies[0] for copies in products.values()]
    runs = _runs(firsts, lambda item: _strip_time(products[_entry(item)]), SAME_DATASTRIP)
    return [[products[_entry(item)] for item in run] for run in runs]


def _choose_tiles(items: Sequence[Item], site_epsg: int, site_area: BaseGeometry) -> list[Item]:
    """As few tiles as show all that was seen of the site, those in its own CRS first.

    One tile that shows everything comes first and is enough. A tile is taken with all its
    datastrips.
    """
    tiles: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        tiles[_tile(item)].append(item)
    ground = {
        tile: shapely.union_all([item.footprint for item in strips]).intersection(site_area)
        for tile, strips in tiles.items()
    }

    def preference(tile: str) -> tuple[bool, float, str]:
        share = ground[tile].area / site_area.area
        return tiles[tile][0].epsg != site_epsg, -round(share, 9), tile

    chosen: list[Item] = []
    seen: BaseGeometry = shapely.Polygon()
    for tile in sorted(tiles, key=preference):
        new_share = ground[tile].difference(seen).area / site_area.area
        if not chosen or new_share > NEW_SHARE:
            chosen += _by_share(tiles[tile], site_area)
            seen = seen.union(ground[tile])
    return chosen


def _by_share(strips: list[Item], site_area: BaseGeometry) -> list[Item]:
    """Datastrips of a tile, the one that shows most of the site first."""

    def preference(item: Item) -> tuple[float, tuple[str, str]]:
        return -round(item.footprint.intersection(site_area).area / site_area.area, 9), _entry(item)

    return sorted(strips, key=preference)


def _strip_time(copies: Sequence[Item]) -> dt.datetime:
    told = [item.datastrip_at for item in copies if item.datastrip_at]
    return min(told) if told else copies[0].sensed_at


def _tile(item: Item) -> str:
    """The MGRS tile, or the place itself where the catalogue names none."""
    if item.mgrs_tile is not None:
        return item.mgrs_tile
    return ",".join(f"{edge:.2f}" for edge in item.footprint.bounds)


def _version(item: Item) -> tuple[str, dt.datetime, int, str, dt.datetime, str]:
    """Greater for the version to prefer: baseline, time of generation, collection.

    Twins made in the same second differ in the last part of their product name alone.
    """
    generated_at = item.generated_at or LONG_AGO
    published_at = item.published_at or LONG_AGO
    baseline = item.processing_baseline or ""
    return (
        baseline,
        generated_at,
        -_rank(item),
        item.product_name or "",
        published_at,
        item.item_id,
    )


def _rank(item: Item) -> int:
    known = item.collection in PREFERRED_COLLECTIONS
    return PREFERRED_COLLECTIONS.index(item.collection) if known else len(PREFERRED_COLLECTIONS)


def _entry(item: Item) -> tuple[str, str]:
    return item.item_id, item.collection
