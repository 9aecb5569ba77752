"""Turns what Sentinel Hub's Catalog lists into items: one for each pass and processing baseline.

The Process API mosaics the tiles of a pass by itself, so they are one item and cost one request.
It selects by time alone: where a deployment keeps two baselines of a pass, it decides which one is
read. As reflectance is asked for, that changes no unit and no offset. No network here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from resources.errors import ItemRefused
from resources.models import ATTRIBUTION, BANDS, REFLECTANCE_BANDS, BandAsset, BandName, Item
from resources.source import SearchResult
from resources.sources.sentinel_hub.evalscript import INPUTS, OFFSET_DN, SCALE
from resources.sources.stac.fields import (
    UnusableItem,
    item_footprint,
    sensing_time,
    sensing_time_if_told,
)
from resources.sources.stac.items import readable_id
from resources.sources.stac.products import ProductName, parse_product_name

COLLECTION: Final = "sentinel-2-l2a"
SLACK: Final = dt.timedelta(seconds=5)
"""Round the sensing times of a pass: the catalogue of services.sentinel-hub.com cuts off fractions
of seconds, and no other satellite comes so soon after."""

Pass = tuple[str, dt.datetime, int]


@dataclass(frozen=True, slots=True)
class _CatalogTile:
    """One feature of the catalogue: a product, by its name."""

    product: ProductName
    sensed_at: dt.datetime
    footprint: BaseGeometry

    @property
    def of_pass(self) -> Pass:
        """Satellite, start of the datatake, and orbit."""
        return self.product.platform, self.product.datatake_at, self.product.relative_orbit


def parse_features(
    features: Iterable[dict[str, Any]],
    source: str,
    area: BaseGeometry,
    *,
    start: dt.datetime,
    end: dt.datetime,
) -> SearchResult:
    """Items of the passes over an area, and what was refused; the order of `features` is no matter.

    Args:
        features: What the Catalog API listed, also other things than asked for.
        source: Name of the source.
        area: Longitude and latitude; what does not meet it is left out.
        start: Items sensed from then on are wanted, UTC.
        end: First moment that is not wanted.
    """
    tiles: dict[str, _CatalogTile] = {}
    refused: list[ItemRefused] = []
    for raw in features:
        if raw.get("collection", COLLECTION) != COLLECTION:
            continue  # not asked for: the server ignored the filter
        try:
            tile = _parse_tile(raw)
        except ValueError as cause:
            refused.append(ItemRefused(readable_id(raw), str(cause), sensing_time_if_told(raw)))
            continue
        if tile.footprint.intersects(area):
            tiles[tile.product.name] = tile
    items = _items_of_passes(tiles.values(), source, area)
    return SearchResult.of((item for item in items if start <= item.sensed_at < end), refused)


def time_range(item: Item) -> tuple[dt.datetime, dt.datetime]:
    """First and last moment, both included, between which the tiles of an item were sensed."""
    _, first, last = item.bands["red"].href.split("/")
    return dt.datetime.fromisoformat(first), dt.datetime.fromisoformat(last)


def _parse_tile(raw: dict[str, Any]) -> _CatalogTile:
    product = parse_product_name(raw.get("id"))
    if product is None:
        raise UnusableItem("its id must be the name of a Sentinel-2 product, as Sentinel Hub's are")
    if product.level != "L2A":
        raise UnusableItem("its product name says Level-1C; surface reflectance (L2A) is needed")
    return _CatalogTile(product, sensing_time(raw), item_footprint(raw))


def _items_of_passes(tiles: Iterable[_CatalogTile], source: str, area: BaseGeometry) -> list[Item]:
    passes: dict[Pass, dict[str, list[_CatalogTile]]] = defaultdict(lambda: defaultdict(list))
    for tile in sorted(tiles, key=lambda tile: tile.product.name):
        passes[tile.of_pass][tile.product.baseline].append(tile)
    items = []
    for versions in passes.values():
        order = _by_preference(versions.values(), area)
        items += [_baseline_item(version, order, source, area) for version in versions.values()]
    return items


def _by_preference(versions: Iterable[Sequence[_CatalogTile]], area: BaseGeometry) -> list[str]:
    """MGRS tiles of a pass, first those that every baseline has, then those that show most.

    The baselines of a pass are told to be versions of one thing by bearing one tile's name.
    """
    count: dict[str, int] = defaultdict(int)
    share: dict[str, float] = defaultdict(float)
    for version in versions:
        for name in {tile.product.mgrs_tile for tile in version}:
            count[name] += 1
            parts = [tile for tile in version if tile.product.mgrs_tile == name]
            share[name] = max(share[name], _area_share(parts, area))
    return sorted(count, key=lambda name: (-count[name], -share[name], name))


def _baseline_item(
    tiles: Sequence[_CatalogTile], order: Sequence[str], source: str, area: BaseGeometry
) -> Item:
    """The item of one pass and baseline, under the name of the tile that stands for all."""
    mgrs_tile = min((tile.product.mgrs_tile for tile in tiles), key=order.index)
    halves = [tile for tile in tiles if tile.product.mgrs_tile == mgrs_tile]
    chosen = min(halves, key=lambda tile: (-_area_share([tile], area), tile.product.name))
    product = chosen.product
    sensed = [tile.sensed_at for tile in tiles]
    return Item(
        item_id=product.name,
        collection=COLLECTION,
        source=source,
        platform=product.platform,
        sensed_at=min(tile.sensed_at for tile in halves),
        footprint=shapely.union_all([tile.footprint for tile in tiles]),
        bands=_process_bands(min(sensed) - SLACK, max(sensed) + SLACK),
        attribution=ATTRIBUTION.format(years=chosen.sensed_at.year),
        datatake_at=product.datatake_at,
        relative_orbit=product.relative_orbit,
        mgrs_tile=product.mgrs_tile,
        processing_baseline=product.baseline,
        generated_at=product.discriminator_at,
        offset_dn_asked=OFFSET_DN,
        product_name=product.name,
    )


def _process_bands(first: dt.datetime, last: dt.datetime) -> dict[BandName, BandAsset]:
    """All that the Process API is asked for; the address says of when."""
    moments = "/".join(moment.astimezone(dt.UTC).isoformat() for moment in (first, last))
    return {
        name: BandAsset(
            name=name,
            href=f"process:{INPUTS[name][0]}/{moments}",
            scale=SCALE if name in REFLECTANCE_BANDS else None,
            offset=OFFSET_DN * SCALE if name in REFLECTANCE_BANDS else None,
            nodata=None if name in ("cloud", "snow") else 0,
        )
        for name in BANDS
    }


def _area_share(tiles: Sequence[_CatalogTile], area: BaseGeometry) -> float:
    """Of the area that tiles show; rounded, since footprints of one tile differ by centimetres."""
    ground = shapely.union_all([tile.footprint for tile in tiles])
    return round(float(ground.intersection(area).area / area.area), 6)
