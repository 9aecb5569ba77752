"""Collections and catalogues of the archive in STAC 1.1.0: licence, providers, extent, links.

All links are relative, so that the archive may be moved or copied. Items are in `stac_items`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from resources.archive.chips import MEDIA_TYPE
from resources.archive.stac_items import VERSION, Json, moment_text, stac_link
from resources.archive.store import Archive
from resources.attribution import MADE_UP, is_made_up
from resources.models import Bounds

ITEM_TYPE: Final = "application/geo+json"
LEGAL_NOTICE: Final = (
    "https://sentinels.copernicus.eu/documents/247904/690755/Sentinel_Data_Legal_Notice"
)
KINDS: Final = {
    "chips": "windows of the source's items, cropped and never resampled",
    "masks": "what each pixel of a look shows, and how likely it is clear ground",
    "residuals": "brightness of a look beyond what earlier looks let expect",
}
"""Folders of a site, each a collection."""


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
        _put_json(
            archive,
            f"{page.site_id}/{kind}/collection.json",
            _stac_collection(page, kind, kinds[kind]),
        )
    site = _stac_catalog(
        page.site_id,
        ". ".join((page.name, *page.credits)) + ".",
        [stac_link("parent", "../catalog.json")]
        + [stac_link("child", f"./{kind}/collection.json", kind) for kind in full],
        root="../catalog.json",
    )
    _put_json(archive, f"{page.site_id}/catalog.json", site)
    sites = sorted(set(archive.folders()) | {page.site_id})
    root = _stac_catalog(
        "sitewatch",
        "Chips, masks and residuals of watched sites; licence and attribution in the collections.",
        [stac_link("child", f"./{name}/catalog.json", name) for name in sites],
        root="./catalog.json",
    )
    _put_json(archive, "catalog.json", root)


def _stac_collection(page: SitePage, kind: str, names: Sequence[str]) -> Json:
    """A site's items of one kind, with licence, providers and extent."""
    box, credit = page.bounds, "; ".join(page.credits)
    is_real = not all(map(is_made_up, page.credits))
    licence = [
        {"rel": "license", "href": LEGAL_NOTICE, "title": "Copernicus Sentinel legal notice"}
    ]
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "id": f"{page.site_id}-{kind}",
        "title": f"{page.name}: {kind}",
        "description": f"{KINDS[kind].capitalize()}. {credit}.",
        "attribution": credit,
        "license": "other",
        "keywords": ["Sentinel-2" if is_real else MADE_UP, kind],
        "providers": _collection_providers(is_real=is_real),
        "extent": {
            "spatial": {"bbox": [[box.west, box.south, box.east, box.north]]},
            "temporal": {"interval": [[moment_text(page.first), moment_text(page.last)]]},
        },
        "item_assets": _item_assets(kind),
        "links": [
            stac_link("root", "../../catalog.json"),
            stac_link("parent", "../catalog.json"),
            *(licence if is_real else []),
            *({"rel": "item", "href": f"./{name}/item.json", "type": ITEM_TYPE} for name in names),
        ],
    }


def _collection_providers(*, is_real: bool) -> list[Json]:
    """Whose data these are, and who worked them."""
    roles = ["processor", "host"] if is_real else ["producer", "processor", "host"]
    own = {"name": "sitewatch", "roles": roles, "description": "crops, masks and compares looks"}
    copernicus = {
        "name": "ESA, Copernicus programme",
        "roles": ["producer", "licensor"],
        "url": "https://sentinels.copernicus.eu",
    }
    return [copernicus, own] if is_real else [own]


def _item_assets(kind: str) -> Json:
    """What assets the items of a kind have."""
    titles = {
        "chips": {
            "bands-10m": "bands of 10 m",
            "bands-20m": "bands of 20 m",
            "scl": "Sen2Cor's scene classification",
        },
        "masks": {"mask": "classes", "probability": "probability of clear ground, percent"},
        "residuals": {"residual": "brightness beyond expectation, steps of 0.0001 reflectance"},
    }
    return {
        name: {"title": title, "type": MEDIA_TYPE, "roles": ["data"]}
        for name, title in titles[kind].items()
    }


def _stac_catalog(catalog_id: str, description: str, links: Sequence[Json], *, root: str) -> Json:
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "id": catalog_id,
        "description": description,
        "links": [stac_link("root", root), *links],
    }


def _put_json(archive: Archive, key: str, content: Json) -> None:
    archive.put(key, json.dumps(content, indent=1).encode())
