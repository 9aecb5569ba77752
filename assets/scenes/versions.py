"""Chooses the version of a product that counts: the newest of each datastrip; lists the others.

For the items of one look, which `acquisitions` groups. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import shapely
from shapely.geometry.base import BaseGeometry

from resources.models import Item

SAME_DATASTRIP = dt.timedelta(seconds=5)  # versions of one datastrip may differ by so much
PREFERRED_COLLECTIONS = ("sentinel-2-l2a", "sentinel-2-c1-l2a")
EDGE_SHARE = 0.01  # of the site: versions draw the edge of the swath a little differently
SAME_GROUND = 0.5  # shared part of two footprints' union: twins 1.0, real halves at most 0.2
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # stands for a time of generation not told

Entry = tuple[str, str]
"""Id and collection: what a catalogue lists once."""

Product = list[Item]
"""Copies of one product, that of the preferred collection first."""


def settle_versions(
    members: Iterable[Item], site_area: BaseGeometry
) -> dict[Entry, tuple[Item, ...]]:
    """By entry of the newest version of each tile and datastrip, the others, best first."""
    tiles: dict[str, list[Product]] = defaultdict(list)
    for copies in _group_by_product(members):
        tiles[tile_of(copies[0])].append(copies)
    strips = [
        strip for tile in sorted(tiles) for strip in _group_by_datastrip(tiles[tile], site_area)
    ]
    return {
        entry_of(strip[0][0]): tuple(item for copies in strip for item in copies)[1:]
        for strip in strips
    }


def _group_by_product(members: Iterable[Item]) -> list[Product]:
    """Copies of one product in several collections, that of the preferred one first."""
    products: dict[str, list[Item]] = defaultdict(list)
    for item in members:
        products[item.product_name or "/".join(entry_of(item))].append(item)
    return [
        sorted(copies, key=lambda item: (_collection_rank(item), item.item_id))
        for copies in products.values()
    ]


def _group_by_datastrip(
    products: Iterable[Product], site_area: BaseGeometry
) -> list[list[Product]]:
    """Products of one tile by datastrip, the newest of each first.

    Datastrips of a tile are complementary halves: each takes its own newest version, also where
    the halves then are of two versions, since an older half is better than none.
    """
    strips: list[list[Product]] = []
    for copies in sorted(products, key=lambda copies: version_of(copies[0]), reverse=True):
        strip = next((strip for strip in strips if _is_same_datastrip(copies, strip[0])), None)
        strip = strip or _reprocessed_strip(copies[0], strips, site_area)
        if strip is None:
            strips.append([copies])
        else:
            strip.append(copies)
    return strips


def _is_same_datastrip(copies: Product, newer: Product) -> bool:
    """Whether two products of a tile are of one datastrip, whatever part each shows.

    Where the datastrip of one is unknown, they must be of one time and show the same ground.
    """
    strips = _strip_time(copies), _strip_time(newer)
    if strips[0] and strips[1]:
        return abs(strips[0] - strips[1]) <= SAME_DATASTRIP
    one, other = copies[0], newer[0]
    shared = one.footprint.intersection(other.footprint).area
    is_same = shared >= SAME_GROUND * one.footprint.union(other.footprint).area
    return is_same and abs(one.sensed_at - other.sensed_at) <= SAME_DATASTRIP


def _reprocessed_strip(
    item: Item, strips: Iterable[list[Product]], site_area: BaseGeometry
) -> list[Product] | None:
    """The strip of newer baselines in an item's place: they show all that it shows of the site.

    Reprocessing may have cut the pass into other datastrips, whose times cannot be compared.
    """
    baseline = item.processing_baseline or ""
    newer = [one for one in strips if (one[0][0].processing_baseline or "") > baseline]
    if not newer:
        return None
    ground = item.footprint.intersection(site_area)
    shown = shapely.union_all([strip[0][0].footprint for strip in newer])
    if ground.difference(shown).area > EDGE_SHARE * site_area.area:
        return None
    return max(newer, key=lambda strip: strip[0][0].footprint.intersection(ground).area)


def _strip_time(copies: Product) -> dt.datetime | None:
    """Start of the datastrip, UTC; None where no copy has it."""
    return min((item.datastrip_at for item in copies if item.datastrip_at), default=None)


def tile_of(item: Item) -> str:
    """The MGRS tile, or the place itself where the catalogue names none."""
    if item.mgrs_tile is not None:
        return item.mgrs_tile
    return ",".join(f"{edge:.2f}" for edge in item.footprint.bounds)


def version_of(item: Item) -> tuple[str, dt.datetime, int, str, dt.datetime, str]:
    """Greater for the version to prefer: baseline, time of generation, collection.

    Twins made in the same second differ in the last part of their product name alone.
    """
    generated_at = item.generated_at or LONG_AGO
    published_at = item.published_at or LONG_AGO
    baseline = item.processing_baseline or ""
    return (
        baseline,
        generated_at,
        -_collection_rank(item),
        item.product_name or "",
        published_at,
        item.item_id,
    )


def _collection_rank(item: Item) -> int:
    known = item.collection in PREFERRED_COLLECTIONS
    return PREFERRED_COLLECTIONS.index(item.collection) if known else len(PREFERRED_COLLECTIONS)


def entry_of(item: Item) -> Entry:
    """What the catalogue lists it as."""
    return item.item_id, item.collection
