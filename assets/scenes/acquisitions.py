"""Groups catalogue items into acquisitions: one look of one satellite at one site.

Settles what looks like duplicates: neighbouring tiles, split granules, reprocessed versions,
the same product in two collections. Pure: nothing is read or written here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from assets.scenes.versions import Entry, entry_of, settle_versions, tile_of, version_of
from resources.models import Item

SAME_LOOK = dt.timedelta(seconds=30)  # a tile takes about 15 s, a site meets two rows of tiles
NEW_SHARE = 1e-6  # of the site: less new ground than this is rounding, not ground


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One look at a site.

    Attributes:
        acquisition_id: Ours and stable, for example S2B_20241213T081911_R078.
        relative_orbit: 0 where unknown, which is a group of its own.
        sensed_at: When the preferred tile was seen, UTC; the month of the look is decided by it.
            Some catalogues give it only to some minutes, so a look at midnight between two
            months can fall in either, by its source.
        datatake_at: Start of the datatake; None where the catalogue does not give it.
        items: Those to read, the preferred first: where it has pixels, it wins.
        superseded: Older versions and second copies, each with the id of the item that replaced it.
        alternatives: By id of each of `items`, what can be read in its place if its own pixels
            cannot: the same product in other collections first, then older versions, best first.
    """

    acquisition_id: str
    platform: str
    relative_orbit: int
    sensed_at: dt.datetime
    datatake_at: dt.datetime | None
    items: tuple[Item, ...]
    superseded: tuple[tuple[Item, str], ...]
    alternatives: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)


def acquisition_id(platform: str, started_at: dt.datetime, relative_orbit: int | None) -> str:
    """The id of a look, such as S2B_20241213T081911_R078.

    Args:
        platform: such as sentinel-2b.
        started_at: start of the datatake, else time of the look; with a time zone.
        relative_orbit: 1..143; None if unknown, which gives R000.

    Source:
        Parts of the product name: Sentinel-2 Products Specification, S2-PDGS-TAS-DI-PSD.
    """
    short = platform.replace("sentinel-", "s").upper()
    return f"{short}_{started_at.astimezone(dt.UTC):%Y%m%dT%H%M%S}_R{relative_orbit or 0:03d}"


def group_items(
    items: Iterable[Item], *, site_epsg: int, site_area: BaseGeometry
) -> tuple[Acquisition, ...]:
    """The looks at a site, sorted by time; the order of `items` changes nothing.

    Args:
        items: What a search found.
        site_epsg: CRS of the site's grid: tiles in it are preferred.
        site_area: The site, longitude and latitude; items that do not meet it are left out.

    Raises:
        ZeroDivisionError: the site has no area and an item meets it.

    Source:
        Own rules: docs/methods/scenes.md; tests/unit/assets/scenes/test_acquisitions.py.
    """
    seen = [item for item in _distinct_items(items) if item.footprint.intersects(site_area)]
    looks = [
        _build_acquisition(look_id, members, site_epsg, site_area)
        for look_id, members in _items_by_acquisition(seen).items()
    ]
    return tuple(sorted(looks, key=lambda look: (look.sensed_at, look.acquisition_id)))


def _distinct_items(items: Iterable[Item]) -> list[Item]:
    """Each catalogue entry once (paging can repeat one), sorted by id and collection."""
    entries = {entry_of(item): item for item in sorted(items, key=version_of)}
    return [entries[key] for key in sorted(entries)]


def _items_by_acquisition(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Items by the id of their acquisition: equal ids are one look by construction."""
    looks: dict[str, list[Item]] = defaultdict(list)
    untold: dict[tuple[str, int], list[Item]] = defaultdict(list)
    orbits = _datatake_orbits(items)
    for item in items:
        if item.datatake_at is None:
            untold[item.platform, item.relative_orbit or 0].append(item)
        else:
            orbit = item.relative_orbit or orbits.get((item.platform, item.datatake_at))
            looks[acquisition_id(item.platform, item.datatake_at, orbit)].append(item)
    for (platform, orbit), members in untold.items():
        for near in _group_by_time(members, lambda item: item.sensed_at, SAME_LOOK):
            looks[acquisition_id(platform, near[0].sensed_at, orbit)] += near
    return looks


def _datatake_orbits(items: Iterable[Item]) -> dict[tuple[str, dt.datetime], int]:
    """The orbit of each datatake whose items name exactly one."""
    told: dict[tuple[str, dt.datetime], set[int]] = defaultdict(set)
    for item in items:
        if item.datatake_at is not None and item.relative_orbit is not None:
            told[item.platform, item.datatake_at].add(item.relative_orbit)
    return {datatake: min(orbits) for datatake, orbits in told.items() if len(orbits) == 1}


def _group_by_time(
    items: Iterable[Item], time_of: Callable[[Item], dt.datetime], within: dt.timedelta
) -> list[list[Item]]:
    """Items in runs, each within `within` of the first of its run."""
    runs: list[list[Item]] = []
    for item in sorted(items, key=lambda item: (time_of(item), entry_of(item))):
        if runs and time_of(item) - time_of(runs[-1][0]) <= within:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _build_acquisition(
    look_id: str, members: list[Item], site_epsg: int, site_area: BaseGeometry
) -> Acquisition:
    others = settle_versions(members, site_area)
    newest = [item for item in members if entry_of(item) in others]
    used = _choose_tiles(newest, site_epsg, site_area)
    replaced = [(loser, item.item_id) for item in used for loser in others[entry_of(item)]]
    first = used[0]
    return Acquisition(
        acquisition_id=look_id,
        platform=first.platform,
        relative_orbit=next((item.relative_orbit for item in members if item.relative_orbit), 0),
        sensed_at=first.sensed_at,
        datatake_at=next((item.datatake_at for item in used if item.datatake_at), None),
        items=tuple(used),
        superseded=tuple(sorted(replaced, key=lambda pair: entry_of(pair[0]))),
        alternatives={item.item_id: others[entry_of(item)] for item in used},
    )


def _choose_tiles(items: Sequence[Item], site_epsg: int, site_area: BaseGeometry) -> list[Item]:
    """As few tiles as show all that was seen of the site, those in its own CRS first.

    One tile that shows everything comes first and is enough. A tile is taken with all its
    datastrips.
    """
    tiles: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        tiles[tile_of(item)].append(item)
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
            chosen += _datastrips_by_preference(tiles[tile], site_area)
            seen = seen.union(ground[tile])
    return chosen


def _datastrips_by_preference(strips: list[Item], site_area: BaseGeometry) -> list[Item]:
    """Datastrips of a tile: newer baselines first, then those that show most of the site."""

    def preference(item: Item) -> tuple[float, Entry]:
        share = item.footprint.intersection(site_area).area / site_area.area
        return -round(share, 9), entry_of(item)

    by_share = sorted(strips, key=preference)
    return sorted(by_share, key=lambda item: item.processing_baseline or "", reverse=True)
