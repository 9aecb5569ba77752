"""The watch list brought into lake and Dagster: sites added, brought up to date, retired.

Called by the command and by the sensor; reading and checking lists is `resources.watchlist`'s job.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.partitions import SITES
from resources.catalog import EARTH_SEARCH, Source, is_address, open_source
from resources.grids import box_around, site_grid
from resources.lake import Lake
from resources.models import Site
from resources.watchlist import read_watch_list


@dataclass(frozen=True, slots=True)
class ListChange:
    """What a watch list says and changed: ids listed, those new or edited, those retired."""

    listed: tuple[str, ...]
    watched: tuple[str, ...]
    retired: tuple[str, ...]


def take_sites(lake: Lake, sites: Sequence[Site], *, location: str | None) -> None:
    """Add sites to the lake or bring them up to date, each with the catalogue it is read from.

    Args:
        lake: where to.
        sites: from a watch list.
        location: catalogue for all of them; None leaves a known site its own, and gives a new
            one Earth Search. The grid follows the pixel lattice of that catalogue.
    """
    own = {stored.site.site_id: stored.source for stored in lake.sites()}
    opened: dict[str, Source] = {}
    for site in sites:
        address = full_address(location or own.get(site.site_id) or EARTH_SEARCH)
        if address not in opened:
            opened[address] = open_source(address)
        bounds = box_around([zone.geometry for zone in site.zones])
        grid = site_grid(site, lattice=opened[address].lattice(site.epsg, bounds))
        lake.put_site(site, grid, address)


def full_address(location: str) -> str:
    """An address that means the same wherever a later run is started."""
    return location if is_address(location) else str(Path(location).expanduser().resolve())


def follow_list(
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
