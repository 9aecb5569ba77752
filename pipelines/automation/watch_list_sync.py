"""The watch list brought into lake and Dagster: sites added, brought up to date, retired.

Called by the command and by the sensor; reading and checking lists is
`resources.watchlist.read`'s job.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import dagster as dg

from assets.partitions import SITES
from resources.grids import box_around, is_grid_of, rebuilt_site_grid, site_grid
from resources.lake.lake import Lake, StoredSite
from resources.models import Grid, Site
from resources.source import Source
from resources.sources.open import EARTH_SEARCH, is_address, open_source
from resources.watchlist.read import read_watch_list


@dataclass(frozen=True, slots=True)
class ListChange:
    """What a watch list says and changed: ids listed, those new or edited, those retired."""

    listed: tuple[str, ...]
    watched: tuple[str, ...]
    retired: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedSite:
    """A site with the source that it is read from, and its grid on that source's pixels."""

    site: Site
    address: str
    source: Source
    grid: Grid


def take_sites(lake: Lake, sites: Sequence[Site], *, location: str | None) -> None:
    """Add sites to the lake or bring them up to date, each with the catalogue it is read from.

    Args:
        lake: where to.
        sites: from a watch list.
        location: catalogue for all of them; None leaves a known site its own, and gives a new
            one Earth Search. The grid follows the pixel lattice of that catalogue.
    """
    for placed in place_sites(sites, lake.sites(), cache(open_source), location=location):
        lake.put_site(placed.site, placed.grid, placed.address)


def place_sites(
    sites: Iterable[Site],
    stored: Iterable[StoredSite],
    opened: Callable[[str], Source],
    *,
    location: str | None,
) -> Iterator[PlacedSite]:
    """Where sites are read from, and the grid that each gets of that; nothing is written.

    Args:
        sites: from a watch list.
        stored: sites that the lake knows.
        opened: the source at an address, the same each time.
        location: as for `take_sites`.
    """
    own = {one.site.site_id: one.source for one in stored}
    for site in sites:
        address = full_address(location or own.get(site.site_id) or EARTH_SEARCH)
        source = opened(address)
        bounds = box_around([zone.geometry for zone in site.zones])
        grid = site_grid(site, lattice=source.lattice(site.epsg, bounds))
        yield PlacedSite(site, address, source, grid)


def with_todays_grid(lake: Lake, stored: StoredSite) -> StoredSite:
    """A stored site on the grid that it would get today; brought up to date in the lake too.

    A grid of an older version is smaller or lies on other edges. With it the hash changes that
    decides what is due: chips of the new window are read, and the months come out of those.
    """
    if is_grid_of(stored.site, stored.grid):
        return stored
    fresh = replace(stored, grid=rebuilt_site_grid(stored.site, stored.grid))
    lake.put_site(fresh.site, fresh.grid, fresh.source)
    return fresh


def full_address(location: str) -> str:
    """An address that means the same wherever a later run is started."""
    return location if is_address(location) else str(Path(location).expanduser().resolve())


def sync_watch_list(
    lake: Lake, path: Path, *, location: str | None, listed_before: Collection[str]
) -> ListChange:
    """Bring the configured list into the lake, and retire sites that have left it.

    Args:
        lake: where to.
        path: the list.
        location: catalogue that new sites are read from.
        listed_before: sites that were on this list the last time. Only these can be retired: a
            site that a command took from a list of its own is none of this list's business.

    Raises:
        WatchListError: the list cannot be used; nothing is changed.
    """
    sites = read_watch_list(path)
    known = {stored.site.site_id: stored for stored in lake.sites()}
    fresh = [
        site
        for site in sites
        if (old := known.get(site.site_id)) is None
        or old.is_retired
        or old.site.config_hash != site.config_hash
        or old.site.false_alarms_per_year != site.false_alarms_per_year
    ]
    if fresh:
        take_sites(lake, fresh, location=location)
    listed = {site.site_id for site in sites}
    retired = sorted(set(listed_before) - listed)
    if retired:
        lake.retire_sites(retired)
    return ListChange(
        tuple(sorted(listed)), tuple(sorted(site.site_id for site in fresh)), tuple(retired)
    )


def partition_requests(
    lake: Lake, instance: dg.DagsterInstance
) -> list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    """Changes that make Dagster's site partitions those of the watched sites."""
    name = str(SITES.name)
    watched = {stored.site.site_id for stored in lake.sites() if not stored.is_retired}
    known = set(instance.get_dynamic_partitions(name))
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if watched - known:
        requests.append(SITES.build_add_request(sorted(watched - known)))
    if known - watched:
        requests.append(SITES.build_delete_request(sorted(known - watched)))
    return requests


def add_partitions(lake: Lake, instance: dg.DagsterInstance) -> None:
    """Make Dagster know every watched site."""
    watched = [stored.site.site_id for stored in lake.sites() if not stored.is_retired]
    instance.add_dynamic_partitions(str(SITES.name), watched)
