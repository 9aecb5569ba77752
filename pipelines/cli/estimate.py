"""What a watch over some months would read, and what it takes of a source's monthly allowance.

Searches catalogues and looks into the archive; reads no pixel and writes nothing. How much a look
takes is each source's own answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import shapely

from assets.scenes.acquisitions import Acquisition, group_items
from assets.scenes.chip_reader import MARGIN_M, has_window
from assets.scenes.fetch import READERS, SPLIT_PASS
from pipelines.automation.watch_list_sync import place_sites
from resources.archive.store import Archive
from resources.costs import Cost, Quota
from resources.errors import SettingsError
from resources.grids import geographic_bounds
from resources.lake.lake import StoredSite
from resources.models import Bounds, Grid, Item, Site
from resources.months import Month
from resources.source import Source
from resources.wiring.dagster import SourceResource

SEARCH_MONTHS: Final = 36
"""Months of one search: sites at the corner of tiles have up to eight items every two days, and
sources end a search at 10,000."""


@dataclass(frozen=True, slots=True)
class SiteToEstimate:
    """A site as it would be read: its grid, and the source of its scenes."""

    site_id: str
    grid: Grid
    source: Source


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What a site, or all sites of a source together, would take.

    Attributes:
        looks: that the catalogue lists in the months.
        unread: those of them with an item whose chip the archive does not have.
        cost: of reading what is missing; of searching nothing is counted.
        quota: of the source; None where it has none, or none that we know.
    """

    source: str
    looks: int
    unread: int
    cost: Cost
    quota: Quota | None


def sites_to_estimate(
    sites: Sequence[Site],
    stored: Iterable[StoredSite],
    sources: SourceResource,
    *,
    location: str | None,
) -> list[SiteToEstimate]:
    """Sites of a list as a run would read them, without putting them on the watch.

    Args:
        sites: of a watch list.
        stored: sites that the lake knows; each keeps the source that it has.
        sources: opens them.
        location: source for all sites; None leaves each its own, Earth Search for a new one.
    """
    placed = place_sites(sites, stored, sources.open, location=location)
    return [SiteToEstimate(one.site.site_id, one.grid, one.source) for one in placed]


def estimate_site(
    place: SiteToEstimate, archive: Archive, months: tuple[Month, Month]
) -> CostEstimate:
    """What reading a site's looks of these months, both included, takes.

    Raises:
        CatalogError: the catalogue cannot be searched.
    """
    looks = list(_listed_acquisitions(place, months))
    window = place.grid.bounds.buffered(MARGIN_M)
    kept = _archived_item_ids(
        place, archive, [item for look in looks for item in look.items], window
    )
    missing = [[item for item in look.items if item.item_id not in kept] for look in looks]
    items = [item for ones in missing for item in ones]
    return CostEstimate(
        source=place.source.name,
        looks=len(looks),
        unread=sum(bool(ones) for ones in missing),
        cost=place.source.cost(items, window, place.grid.epsg) if items else Cost(),
        quota=place.source.quota,
    )


def _archived_item_ids(
    place: SiteToEstimate, archive: Archive, items: Iterable[Item], window: Bounds
) -> set[str]:
    """Items whose chip the archive has, of the window that would be read now."""
    folder = f"{place.site_id}/chips"
    there = set(archive.keys(folder))
    keys = {item.item_id: f"{folder}/{item.item_id}/item.json" for item in items}
    found = [item_id for item_id, key in keys.items() if key in there]
    with ThreadPoolExecutor(READERS) as pool:
        same = pool.map(
            lambda item_id: has_window(archive, keys[item_id], window, place.grid.epsg), found
        )
        return {item_id for item_id, is_same in zip(found, same, strict=True) if is_same}


def totals_by_source(estimates: Iterable[CostEstimate]) -> list[CostEstimate]:
    """Estimates of sites added up for each source, in the order of their names."""
    totals: dict[str, CostEstimate] = {}
    for one in estimates:
        before = totals.get(one.source, CostEstimate(one.source, 0, 0, Cost(), one.quota))
        totals[one.source] = CostEstimate(
            one.source,
            before.looks + one.looks,
            before.unread + one.unread,
            before.cost + one.cost,
            one.quota,
        )
    return [totals[name] for name in sorted(totals)]


def quota_excesses(total: CostEstimate) -> list[str]:
    """What of a source's monthly allowance an estimate goes beyond, in words; empty if nothing."""
    quota = total.quota
    if quota is None:
        return []
    pairs = (
        ("requests", total.cost.requests, quota.requests_a_month),
        (
            "processing units",
            math.ceil(total.cost.processing_units),
            quota.processing_units_a_month,
        ),
        ("bytes", total.cost.bytes, quota.bytes_a_month),
    )
    return [
        f"{needed:,} {unit} of {allowed:,.0f} a month"
        for unit, needed, allowed in pairs
        if allowed is not None and needed > allowed
    ]


def check_quotas(totals: Iterable[CostEstimate]) -> None:
    """Refuse a back-fill that goes beyond what its source allows in a month.

    Raises:
        SettingsError: it does.
    """
    for total in totals:
        beyond = quota_excesses(total)
        if beyond and total.quota is not None:
            raise SettingsError(
                f"This back-fill would take {' and '.join(beyond)} ({total.quota.name}); ask for "
                "fewer months or sites, take another source, or go ahead with --yes."
            )


def estimate_line(totals: Sequence[CostEstimate]) -> str:
    """An estimate in one line."""
    parts = []
    for total in totals:
        quota = total.quota or Quota("")
        takes = [_amount_text(total.cost.requests, quota.requests_a_month, "requests")]
        takes.append(_amount_text(total.cost.bytes / 1e6, _in_millions(quota.bytes_a_month), "MB"))
        units = total.cost.processing_units
        if units or quota.processing_units_a_month is not None:
            takes.append(_amount_text(units, quota.processing_units_a_month, "processing units"))
        what = f"{total.looks} looks listed, {total.unread} to be read"
        parts.append(f"{total.source}: {what}; about {', '.join(takes)}")
    return "Estimate: " + ("; ".join(parts) or "no site") + "."


def estimate_rows(estimates: Sequence[tuple[str, CostEstimate]]) -> list[dict[str, object]]:
    """Estimates with the name of each, as a table; an allowance that is not known is empty."""
    return [
        {
            "site": name,
            "source": one.source,
            "looks": one.looks,
            "to be read": one.unread,
            "requests": one.cost.requests,
            "MB": one.cost.bytes / 1e6,
            "processing units": one.cost.processing_units,
            "requests a month": one.quota and one.quota.requests_a_month,
            "MB a month": one.quota and _in_millions(one.quota.bytes_a_month),
            "units a month": one.quota and one.quota.processing_units_a_month,
        }
        for name, one in estimates
    ]


def _listed_acquisitions(
    place: SiteToEstimate, months: tuple[Month, Month]
) -> Iterator[Acquisition]:
    """Looks of a site in some months, from as few searches as may be."""
    area = geographic_bounds(place.grid)
    start, end = months[0].start, months[1].end
    items: dict[tuple[str, str], Item] = {}
    first = months[0]
    while first <= months[1]:
        last = min(first.plus(SEARCH_MONTHS), months[1].plus(1))
        found = place.source.search(area, first.start, last.start + SPLIT_PASS)
        items |= {(item.collection, item.item_id): item for item in found.items}
        first = last
    box = shapely.box(area.west, area.south, area.east, area.north)
    looks = group_items(items.values(), site_epsg=place.grid.epsg, site_area=box)
    return (look for look in looks if start <= look.sensed_at < end)


def _amount_text(amount: float, allowed: float | None, unit: str) -> str:
    """So many of something, and how many of it a month allows."""
    return f"{amount:,.0f} {unit}" + ("" if allowed is None else f" of {allowed:,.0f} a month")


def _in_millions(number: int | None) -> float | None:
    """Millions of something that may not be known."""
    return None if number is None else number / 1e6
