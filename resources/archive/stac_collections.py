"""Collections and catalogues of the archive in STAC 1.1.0: licence, providers, extent, links.

All links are relative, so that the archive may be moved or copied. Items are in `stac_items`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pystac import (
    Catalog,
    Collection,
    Extent,
    ItemAssetDefinition,
    Link,
    MediaType,
    Provider,
    ProviderRole,
    SpatialExtent,
    TemporalExtent,
)

from resources.archive.chips import MEDIA_TYPE
from resources.archive.stac_items import stac_link
from resources.archive.store import Archive
from resources.attribution import MADE_UP, is_made_up
from resources.models import Bounds

ABOUT: Final = (
    "Chips, masks and residuals of watched sites; licence and attribution in the collections."
)
LEGAL_NOTICE: Final = (
    "https://sentinels.copernicus.eu/documents/247904/690755/Sentinel_Data_Legal_Notice"
)
KINDS: Final = {
    "chips": "windows of the source's items, cropped and never resampled",
    "masks": "what each pixel of a look shows, and how likely it is clear ground",
    "residuals": "brightness of a look beyond what earlier looks let expect",
}
"""Folders of a site, each a collection."""
ASSET_TITLES: Final = {
    "chips": {
        "bands-10m": "bands of 10 m",
        "bands-20m": "bands of 20 m",
        "scl": "Sen2Cor's scene classification",
    },
    "masks": {"mask": "classes", "probability": "probability of clear ground, percent"},
    "residuals": {"residual": "brightness beyond expectation, steps of 0.0001 reflectance"},
}
"""Assets that the items of a kind have."""


@dataclass(frozen=True, slots=True)
class SitePage:
    """What the catalogue says of a site: its ground in degrees, first and last look, credits.

    Without a look there is no first and last, and the site has no collections yet.
    """

    site_id: str
    name: str
    bounds: Bounds
    first: dt.datetime | None
    last: dt.datetime | None
    credits: tuple[str, ...]


def write_catalogs(archive: Archive, page: SitePage) -> None:
    """Write the catalogues and collections through which STAC clients find a site's items."""
    found = [key.split("/") for key in archive.keys(page.site_id) if key.endswith("/item.json")]
    kinds = {kind: sorted(parts[2] for parts in found if parts[1] == kind) for kind in KINDS}
    full = [kind for kind, names in kinds.items() if names and page.first]
    for kind in full:
        key = f"{page.site_id}/{kind}/collection.json"
        links = _collection_links(page, kinds[kind])
        _put_catalog(archive, key, _stac_collection(page, kind), links)
    _put_catalog(
        archive,
        f"{page.site_id}/catalog.json",
        Catalog(page.site_id, ". ".join((page.name, *page.credits)) + "."),
        [stac_link("root", "../catalog.json"), stac_link("parent", "../catalog.json")]
        + [stac_link("child", f"./{kind}/collection.json", kind) for kind in full],
    )
    sites = sorted(set(archive.folders()) | {page.site_id})
    _put_catalog(
        archive,
        "catalog.json",
        Catalog("sitewatch", ABOUT),
        [stac_link("root", "./catalog.json")]
        + [stac_link("child", f"./{name}/catalog.json", name) for name in sites],
    )


def _stac_collection(page: SitePage, kind: str) -> Collection:
    """A site's items of one kind, with licence, providers and extent."""
    box, credit = page.bounds, "; ".join(page.credits)
    span = [one and one.astimezone(dt.UTC) for one in (page.first, page.last)]
    collection = Collection(
        f"{page.site_id}-{kind}",
        f"{KINDS[kind].capitalize()}. {credit}.",
        Extent(
            SpatialExtent([[box.west, box.south, box.east, box.north]]),
            TemporalExtent([span]),
        ),
        f"{page.name}: {kind}",
        extra_fields={"attribution": credit},
        license="other",
        keywords=["Sentinel-2" if _is_real(page) else MADE_UP, kind],
        providers=_collection_providers(is_real=_is_real(page)),
    )
    collection.item_assets = {
        name: ItemAssetDefinition.create(title, None, MEDIA_TYPE, ["data"])
        for name, title in ASSET_TITLES[kind].items()
    }
    return collection


def _is_real(page: SitePage) -> bool:
    return not all(map(is_made_up, page.credits))


def _collection_links(page: SitePage, names: Sequence[str]) -> list[Link]:
    """Upwards, to the terms under which real scenes stand, and to the items."""
    legal = Link("license", LEGAL_NOTICE, title="Copernicus Sentinel legal notice")
    return [
        stac_link("root", "../../catalog.json"),
        stac_link("parent", "../catalog.json"),
        *([legal] if _is_real(page) else []),
        *(Link("item", f"./{name}/item.json", MediaType.GEOJSON) for name in names),
    ]


def _collection_providers(*, is_real: bool) -> list[Provider]:
    """Whose data these are, and who worked them."""
    roles = [ProviderRole.PROCESSOR, ProviderRole.HOST]
    own = Provider("sitewatch", "crops, masks and compares looks", roles)
    if not is_real:
        own.roles = [ProviderRole.PRODUCER, *roles]
        return [own]
    of_scenes = [ProviderRole.PRODUCER, ProviderRole.LICENSOR]
    return [
        Provider(
            "ESA, Copernicus programme", roles=of_scenes, url="https://sentinels.copernicus.eu"
        ),
        own,
    ]


def _put_catalog(archive: Archive, key: str, catalog: Catalog, links: Sequence[Link]) -> None:
    """Write a catalogue or collection with these links and no others."""
    catalog.clear_links()
    catalog.add_links(list(links))
    content = catalog.to_dict(include_self_link=False, transform_hrefs=False)
    archive.put(key, json.dumps(content, indent=1).encode())
